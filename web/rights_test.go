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
	"make tokens":         {"own": "yyf yyf-", "foreign": "yyf ----", "absent": "--- ----"},
	"see a repository":    {"own": "yyy yyy-", "foreign": "yyy ----", "absent": "--- ----"},
	"change a repository": {"own": "yyf fff-", "foreign": "yyf ----", "absent": "--- ----"},
	"make repositories":   {"own": "yyf fff-"},
	"see scopes":          {"own": "yyy ----"},
	"change scopes":       {"own": "yyf ----"},
	"see settings":        {"own": "yyy ----"},
	"change settings":     {"own": "yff ----"},
	"see policies":        {"own": "yyy ----"},
	"change policies":     {"own": "yff ----"},
	"read the audit log":  {"own": "yyy ----"},
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
	"GET /":                   "own",
	"POST /logout":            "own",
	"POST /preferences/theme": "own",
	"POST /secret.env":        "own",
	"GET /tokens":             "own",
	"GET /repositories":       "own",

	"POST /tokens":                "make tokens",
	"GET /tokens/new":             "make tokens",
	"POST /tokens/new":            "make tokens",
	"POST /tokens/bulk":           "make tokens",
	"POST /tokens/bulk/execution": "make tokens",

	"GET /tokens/:guid":             "see a token",
	"POST /tokens/:guid":            "change a token",
	"GET /tokens/:guid/edit":        "change a token",
	"GET /tokens/:guid/pause":       "change a token",
	"POST /tokens/:guid/pause":      "change a token",
	"POST /tokens/:guid/resumption": "change a token",
	"GET /tokens/:guid/revocation":  "change a token",
	"POST /tokens/:guid/revocation": "change a token",
	"GET /tokens/:guid/deletion":    "change a token",
	"POST /tokens/:guid/deletion":   "change a token",

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

	"GET /repositories/:repo/settings/tokens/:guid":             "see a token",
	"POST /repositories/:repo/settings/tokens/:guid":            "change a token",
	"GET /repositories/:repo/settings/tokens/:guid/edit":        "change a token",
	"GET /repositories/:repo/settings/tokens/:guid/pause":       "change a token",
	"POST /repositories/:repo/settings/tokens/:guid/pause":      "change a token",
	"POST /repositories/:repo/settings/tokens/:guid/resumption": "change a token",
	"GET /repositories/:repo/settings/tokens/:guid/revocation":  "change a token",
	"POST /repositories/:repo/settings/tokens/:guid/revocation": "change a token",
	"GET /repositories/:repo/settings/tokens/:guid/deletion":    "change a token",
	"POST /repositories/:repo/settings/tokens/:guid/deletion":   "change a token",

	"GET /scopes":                      "see scopes",
	"POST /scopes":                     "change scopes",
	"GET /scopes/new":                  "change scopes",
	"POST /scopes/:name":               "change scopes",
	"GET /scopes/:name/edit":           "change scopes",
	"GET /scopes/:name/retirement":     "change scopes",
	"POST /scopes/:name/retirement":    "change scopes",
	"GET /scopes/:name/reinstatement":  "change scopes",
	"POST /scopes/:name/reinstatement": "change scopes",

	"GET /settings/policies":                "see policies",
	"POST /settings/policies/:type":         "change policies",
	"GET /settings/policies/:type/edit":     "change policies",
	"POST /settings/policies/:type/preview": "change policies",

	"GET /settings":             "see settings",
	"POST /settings":            "change settings",
	"GET /account/preferences":  "own",
	"POST /account/preferences": "own",

	"GET /audit": "read the audit log",
}

// commandRights are the commands that take the same rights. Words with a colon
// are parameters, and FRESH is new each time.
var commandRights = map[string][]string{
	"see a token": {"token show :guid", "token history :guid"},
	"change a token": {
		"token edit :guid --description new", "token disable :guid", "token enable :guid", "token revoke :guid", "token delete :guid",
	},
	"make repositories":  {"repository create r-FRESH"},
	"change scopes":      {"scope create xFRESH:read --label Read --type system", "scope retire :name", "scope reinstate :name"},
	"see settings":       {"settings show"},
	"see policies":       {"policy list"},
	"change policies":    {"policy edit personal --maximum-lifetime 30d"},
	"change settings":    {"settings edit --keep 30d"},
	"read the audit log": {"audit list", "audit verify"},
}
