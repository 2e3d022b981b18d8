package web_test

import (
	"slices"
	"strings"

	"latchkey/internal/console"
)

// A decision is what becomes of a question as far as rights go: whether what is
// asked for makes sense comes after it.
type decision string

const (
	yes       decision = "yes"
	forbidden decision = "forbidden"
	notFound  decision = "not found"
)

func decisionOf(code console.Code) decision {
	switch code {
	case console.CodeForbidden:
		return forbidden
	case console.CodeNotFound:
		return notFound
	}
	return yes
}

// exitDecisions are the decisions by exit code of the command line.
var exitDecisions = map[int]decision{0: yes, 2: yes, 6: yes, 3: notFound, 4: forbidden}

// actors are everybody that there can be: people of each role, and members who
// manage web-logs with both of the scopes that its tokens have, with one of
// them, who view it with one, and who belong nowhere.
var actors = []string{"owner", "administrator", "auditor", "manager", "half manager", "viewer", "member"}

// rightsTable says for each right who has it: a column for each actor, a line
// for each target, "y" yes, "f" forbidden, "-" not found.
type rightsTable map[string]map[string]string

var rights = rightsTable{
	// The targets are tokens: of web-logs with the one scope, with both, and
	// with the other one, of a repository of nobody's, of the organization, and
	// of nobody at all.
	"see a token": {
		"own": "yyy yyy-", "partly": "yyy yyy-", "other": "yyy y---", "foreign": "yyy ----", "organization": "yyy ----", "absent": "--- ----",
	},
	"change a token": {
		"own": "yyf yyf-", "partly": "yyf yff-", "other": "yyf y---", "foreign": "yyf ----", "organization": "yyf ----", "absent": "--- ----",
	},
	// The targets are jobs that an owner started, and none at all.
	"see a job":    {"own": "yyy ----", "absent": "--- ----"},
	"change a job": {"own": "yyf ----", "absent": "--- ----"},
	"find tokens":  {"own": "yyy yyy-"},
	"make tokens":  {"own": "yyf yyf-", "foreign": "yyf ----", "absent": "--- ----"},
	// Of the organization and of the system.
	"make other tokens": {"own": "yyf fff-"},
	// The targets are dashboards of web-logs, of a repository of nobody's, and of nothing.
	"share a dashboard":   {"own": "yyf fff-", "foreign": "yyf ----", "absent": "--- ----"},
	"see a repository":    {"own": "yyy yyy-", "foreign": "yyy ----", "absent": "--- ----"},
	"change a repository": {"own": "yyf fff-", "foreign": "yyf ----", "absent": "--- ----"},
	"make repositories":   {"own": "yyf fff-"},
	// The targets are what is registered of a repository, and links to it.
	"see assets":         {"own": "yyy yyy-", "foreign": "yyy ----", "absent": "--- ----"},
	"change assets":      {"own": "yyf yyf-", "foreign": "yyf ----", "absent": "--- ----"},
	"share assets":       {"own": "yyf fff-", "foreign": "yyf ----", "absent": "--- ----"},
	"see scopes":         {"own": "yyy ----"},
	"change scopes":      {"own": "yyf ----"},
	"see people":         {"own": "yyy ----", "absent": "--- ----"},
	"change people":      {"own": "yff ----", "absent": "--- ----"},
	"change access":      {"own": "yyf ----", "absent": "--- ----"},
	"see members":        {"own": "yyy yy--", "foreign": "yyy ----", "absent": "--- ----"},
	"change members":     {"own": "yyf ff--", "foreign": "yyf ----", "absent": "--- ----"},
	"see settings":       {"own": "yyy ----"},
	"change settings":    {"own": "yff ----"},
	"see policies":       {"own": "yyy ----"},
	"change policies":    {"own": "yff ----"},
	"read the audit log": {"own": "yyy ----"},
	// The targets are people: others who are linked to a provider, and nobody.
	"see a person":    {"own": "yyy ----", "absent": "--- ----"},
	"change a person": {"own": "yff ----", "absent": "-ff ----"},
	// The targets are people with a session: somebody, and nobody at all.
	"see sessions":      {"own": "yyy ----", "absent": "--- ----"},
	"end sessions":      {"own": "yyf ----", "absent": "--f ----"},
	"see IP filters":    {"own": "yyy ----", "absent": "--- ----"},
	"change IP filters": {"own": "yyf ----", "absent": "--- ----"},
}

// targets are what a right can be about.
func targets(right string) []string {
	var all []string
	for target := range rights[right] {
		all = append(all, target)
	}
	slices.Sort(all)
	return all
}

func (r rightsTable) expect(right, actor, target string) decision {
	column := strings.ReplaceAll(r[right][target], " ", "")[slices.Index(actors, actor)]
	return map[byte]decision{'y': yes, 'f': forbidden, '-': notFound}[column]
}

// member makes somebody a member of web-logs who holds those scopes.
func (m *matrix) member(name string, role console.MemberRole, scopes ...string) {
	m.T.Helper()
	m.Member(m.people[name], m.repos["own"], role, scopes...)
}

// routeRights are the rights that the routes take. "own" is what everybody has:
// pages about oneself, and lists that leave out what one may not see.
var routeRights = map[string]string{
	"GET /":                     "own",
	"GET /search":               "own",
	"POST /search":              "own",
	"POST /logout":              "own",
	"POST /preferences/theme":   "own",
	"POST /preferences/columns": "own",
	"POST /secret.env":          "own",
	"GET /tokens":               "own",
	"GET /repositories":         "own",
	"GET /connect":              "own",
	"GET /api":                  "own",
	"GET /api/explorer":         "own",
	"POST /api/explorer":        "own", // the API decides, as it does for programs

	"POST /tokens":                   "make tokens",
	"GET /tokens/new":                "make tokens",
	"POST /tokens/new":               "make tokens",
	"POST /tokens/bulk":              "make tokens",
	"POST /tokens/bulk/execution":    "make tokens",
	"GET /emergency":                 "make tokens",
	"POST /emergency":                "make tokens",
	"GET /jobs":                      "own",
	"GET /jobs/:guid":                "see a job",
	"GET /jobs/:guid/events":         "see a job",
	"GET /jobs/:guid/outcomes.csv":   "see a job",
	"GET /jobs/:guid/outcomes.jsonl": "see a job",
	"POST /jobs/:guid/cancellation":  "change a job",

	"GET /tokens.csv":     "find tokens",
	"GET /tokens.jsonl":   "find tokens",
	"POST /tokens/export": "find tokens",

	"GET /repositories/:repo/settings/tokens.csv":     "see a repository",
	"GET /repositories/:repo/settings/tokens.jsonl":   "see a repository",
	"POST /repositories/:repo/settings/tokens/export": "see a repository",

	"GET /tokens/views":                                             "find tokens",
	"POST /tokens/views":                                            "find tokens",
	"POST /tokens/views/:view":                                      "own",
	"POST /tokens/views/:view/default":                              "own",
	"POST /tokens/views/:view/deletion":                             "own",
	"GET /repositories/:repo/settings/tokens/views":                 "see a repository",
	"POST /repositories/:repo/settings/tokens/views":                "see a repository",
	"POST /repositories/:repo/settings/tokens/views/:view":          "own",
	"POST /repositories/:repo/settings/tokens/views/:view/default":  "own",
	"POST /repositories/:repo/settings/tokens/views/:view/deletion": "own",

	"GET /tokens/import":  "make tokens",
	"POST /tokens/import": "make tokens",
	// Imports are their maker's own, and of others not found.
	"GET /tokens/import/:import":               "own",
	"POST /tokens/import/:import/secrets.csv":  "own",
	"POST /tokens/import/:import/rotation.csv": "own",

	"GET /tokens/find":  "find tokens",
	"POST /tokens/find": "find tokens",

	"GET /tokens/:guid":              "see a token",
	"POST /tokens/:guid":             "change a token",
	"GET /tokens/:guid/edit":         "change a token",
	"GET /tokens/:guid/pause":        "change a token",
	"POST /tokens/:guid/pause":       "change a token",
	"POST /tokens/:guid/resumption":  "change a token",
	"GET /tokens/:guid/rotation":     "change a token",
	"POST /tokens/:guid/rotation":    "change a token",
	"GET /tokens/:guid/overlap-end":  "change a token",
	"POST /tokens/:guid/overlap-end": "change a token",
	"GET /tokens/:guid/revocation":   "change a token",
	"POST /tokens/:guid/revocation":  "change a token",
	"GET /tokens/:guid/deletion":     "change a token",
	"POST /tokens/:guid/deletion":    "change a token",

	"POST /repositories":                                      "make repositories",
	"GET /repositories/new":                                   "make repositories",
	"POST /repositories/new":                                  "make repositories",
	"GET /repositories/:repo":                                 "see a repository",
	"GET /repositories/:repo/deletion":                        "change a repository",
	"POST /repositories/:repo/deletion":                       "change a repository",
	"GET /repositories/:repo/settings":                        "see a repository",
	"GET /repositories/:repo/settings/general":                "see a repository",
	"POST /repositories/:repo/settings/general":               "change a repository",
	"GET /repositories/:repo/settings/tokens":                 "see a repository",
	"POST /repositories/:repo/settings/tokens":                "make tokens",
	"GET /repositories/:repo/settings/tokens/new":             "make tokens",
	"POST /repositories/:repo/settings/tokens/new":            "make tokens",
	"POST /repositories/:repo/settings/tokens/bulk":           "make tokens",
	"POST /repositories/:repo/settings/tokens/bulk/execution": "make tokens",

	"GET /repositories/:repo/settings/tokens/:guid":              "see a token",
	"POST /repositories/:repo/settings/tokens/:guid":             "change a token",
	"GET /repositories/:repo/settings/tokens/:guid/edit":         "change a token",
	"GET /repositories/:repo/settings/tokens/:guid/pause":        "change a token",
	"POST /repositories/:repo/settings/tokens/:guid/pause":       "change a token",
	"POST /repositories/:repo/settings/tokens/:guid/resumption":  "change a token",
	"GET /repositories/:repo/settings/tokens/:guid/rotation":     "change a token",
	"POST /repositories/:repo/settings/tokens/:guid/rotation":    "change a token",
	"GET /repositories/:repo/settings/tokens/:guid/overlap-end":  "change a token",
	"POST /repositories/:repo/settings/tokens/:guid/overlap-end": "change a token",
	"GET /repositories/:repo/settings/tokens/:guid/revocation":   "change a token",
	"POST /repositories/:repo/settings/tokens/:guid/revocation":  "change a token",
	"GET /repositories/:repo/settings/tokens/:guid/deletion":     "change a token",
	"POST /repositories/:repo/settings/tokens/:guid/deletion":    "change a token",

	"GET /repositories/:repo/settings/dashboards":                          "see assets",
	"GET /repositories/:repo/settings/assets":                              "see assets",
	"POST /repositories/:repo/settings/assets":                             "change assets",
	"GET /repositories/:repo/settings/assets/new":                          "change assets",
	"GET /repositories/:repo/settings/assets/:asset":                       "see assets",
	"POST /repositories/:repo/settings/assets/:asset":                      "change assets",
	"GET /repositories/:repo/settings/assets/:asset/edit":                  "change assets",
	"GET /repositories/:repo/settings/assets/:asset/deletion":              "change assets",
	"POST /repositories/:repo/settings/assets/:asset/deletion":             "share assets",
	"POST /repositories/:repo/settings/assets/:asset/links":                "share assets",
	"GET /repositories/:repo/settings/assets/:asset/links/new":             "share assets",
	"GET /repositories/:repo/settings/assets/:asset/links/:link/edit":      "share assets",
	"POST /repositories/:repo/settings/assets/:asset/links/:link":          "share assets",
	"GET /repositories/:repo/settings/assets/:asset/links/:link/deletion":  "share assets",
	"POST /repositories/:repo/settings/assets/:asset/links/:link/deletion": "share assets",

	"GET /scopes":                      "see scopes",
	"POST /scopes":                     "change scopes",
	"GET /scopes/new":                  "change scopes",
	"POST /scopes/:name":               "change scopes",
	"GET /scopes/:name/edit":           "change scopes",
	"GET /scopes/:name/retirement":     "change scopes",
	"POST /scopes/:name/retirement":    "change scopes",
	"GET /scopes/:name/reinstatement":  "change scopes",
	"POST /scopes/:name/reinstatement": "change scopes",

	"GET /people":                           "see people",
	"GET /people/:guid":                     "see people",
	"POST /people":                          "change people",
	"GET /people/new":                       "change people",
	"POST /people/:guid":                    "change people",
	"GET /people/:guid/edit":                "change people",
	"GET /people/:guid/link":                "change people",
	"POST /people/:guid/link":               "change people",
	"GET /people/:guid/departure":           "change people",
	"POST /people/:guid/departure":          "change people",
	"POST /people/:guid/return":             "change people",
	"GET /people/:guid/factors/reset":       "change people",
	"POST /people/:guid/factors/reset":      "change people",
	"GET /people/:guid/deletion":            "change people",
	"POST /people/:guid/deletion":           "change people",
	"POST /people/access":                   "change access",
	"POST /people/:guid/scopes":             "change access",
	"POST /people/:guid/memberships":        "change access",
	"GET /settings/policies":                "see policies",
	"POST /settings/policies/:type":         "change policies",
	"GET /settings/policies/:type/edit":     "change policies",
	"POST /settings/policies/:type/preview": "change policies",

	"GET /repositories/:repo/settings/people":  "see members",
	"POST /repositories/:repo/settings/people": "change members",

	"GET /settings":                                    "see settings",
	"POST /settings":                                   "change settings",
	"GET /account/preferences":                         "own",
	"POST /account/preferences":                        "own",
	"GET /people/single-sign-on":                       "see people",
	"GET /people/:guid/identities":                     "see a person",
	"GET /people/:guid/identities/:identity/deletion":  "change a person",
	"POST /people/:guid/identities/:identity/deletion": "change a person",

	"GET /audit":                                       "read the audit log",
	"GET /audit.csv":                                   "read the audit log",
	"GET /audit.jsonl":                                 "read the audit log",
	"GET /people/:guid/sessions":                       "see sessions",
	"POST /people/:guid/sessions/termination":          "end sessions",
	"POST /people/:guid/sessions/:session/termination": "end sessions",

	"POST /confirmation/question":                 "own",
	"GET /account":                                "own",
	"POST /account/password":                      "own",
	"GET /account/codes":                          "own",
	"POST /account/codes":                         "own",
	"POST /account/codes/offer":                   "own",
	"GET /account/codes/picture.png":              "own",
	"POST /account/passkeys":                      "own",
	"GET /account/passkeys/new":                   "own",
	"POST /account/passkeys/question":             "own",
	"GET /account/recovery-codes":                 "own",
	"POST /account/recovery-codes":                "own",
	"POST /account/factors/:guid":                 "own",
	"GET /account/factors/:guid/edit":             "own",
	"GET /account/factors/:guid/removal":          "own",
	"POST /account/factors/:guid/removal":         "own",
	"POST /account/token":                         "own",
	"GET /account/token/new":                      "own",
	"GET /account/token/rotation":                 "own",
	"POST /account/token/rotation":                "own",
	"GET /account/token/revocation":               "own",
	"POST /account/token/revocation":              "own",
	"POST /account/sessions/termination":          "own",
	"POST /account/sessions/:session/termination": "own",
	"GET /ip-filters":                             "see IP filters",
	"POST /ip-filters":                            "change IP filters",
	"GET /ip-filters/new":                         "change IP filters",
	"POST /ip-filters/check":                      "change IP filters",
	"GET /ip-filters/:filter":                     "see IP filters",
	"POST /ip-filters/:filter":                    "change IP filters",
	"GET /ip-filters/:filter/edit":                "change IP filters",
	"GET /ip-filters/:filter/deletion":            "change IP filters",
	"POST /ip-filters/:filter/deletion":           "change IP filters",
	"GET /repositories/:repo/settings/ip-filters": "see a repository",
}

// commandRights are the commands that take the same rights. Words with a colon
// are parameters, and FRESH is new each time.
var commandRights = map[string][]string{
	"find tokens": {"token export --format csv"},
	"see a token": {"token show :guid", "token history :guid"},
	"change a token": {
		"token edit :guid --description new", "token rotate :guid", "token end-overlap :guid", "token disable :guid", "token enable :guid", "token revoke :guid", "token delete :guid",
	},
	"make tokens": {
		"token create --name FRESH --scope ReadAccess --repository :repo", "token import - --dry-run",
		"bulk revoke --name FRESH", "bulk disable --name FRESH", "bulk enable --name FRESH", "bulk extend --valid-to 90d --name FRESH", "bulk transfer --to FRESH",
		"bulk add-scope ReadAccess --name FRESH", "bulk remove-scope ReadAccess --name FRESH", "bulk delete --name FRESH",
	},
	"see a job":         {"bulk show :guid", "bulk outcomes :guid", "bulk resume :guid"},
	"change a job":      {"bulk cancel :guid"},
	"make repositories": {"repository create r-FRESH"},
	"see assets":        {"asset list --repository :repo", "dashboard links :asset"},
	"change assets":     {"asset create a-FRESH --repository :repo", "asset edit :asset --name a-FRESH"},
	"share assets":      {"asset delete :asset", "dashboard link :asset --name FRESH", "dashboard unlink :asset :link"},
	"see scopes":        {"scope list"},
	"change scopes":     {"scope create xFRESH:read --label Read --type system", "scope edit :name --label Read", "scope retire :name", "scope reinstate :name"},
	"see people":        {"user list", "user show :guid"},
	"change people": {
		"user add --email aFRESH@example.com --role member --password-stdin", "user invite --email iFRESH@example.com --role member", "user link :guid",
		"user edit :guid --name New", "user disable :guid", "user reset-factors :guid", "user enable :guid", "user remove :guid",
	},
	"change access":      {"user edit :guid --add-scope ReadAccess", "user member :guid --repository web-logs --repository-role viewer"},
	"see settings":       {"settings show"},
	"see policies":       {"policy list"},
	"change policies":    {"policy edit personal --maximum-lifetime 30d"},
	"change settings":    {"settings edit --keep 30d"},
	"read the audit log": {"audit list", "audit verify", "audit export --format csv"},
	"see IP filters":     {"ip-filter list", "ip-filter show :named", "ip-filter test :named 10.0.0.1"},
	"change IP filters":  {"ip-filter create f-FRESH", "ip-filter edit :named --rename f-FRESH", "ip-filter delete :named"},
}

// ownCommands are those that answer everybody with what is theirs, and those of
// whoever runs the program, which act for nobody.
var ownCommands = []string{
	"token list", "repository list", "bulk list",
	"personal show", "personal create", "personal rotate", "personal revoke",
	"serve", "migrate", "demo", "bench pages", "bench gate", "bench bulk", "bench beside", "config", "version",
}
