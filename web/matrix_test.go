package web_test

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"latchkey/internal/cli"
	"latchkey/internal/console"
	"latchkey/internal/store/storetest"
	"latchkey/web"
	"latchkey/web/webtest"
)

// TestEverySurfaceDecidesAlike asks for everything, as everybody, about
// everything, by every route and by every command, and holds the decisions
// against the one table of rights. A route, a command or a right that is added
// without its place in the tables fails.
func TestEverySurfaceDecidesAlike(t *testing.T) {
	storetest.EachURL(t, func(t *testing.T, databaseURL string) {
		m := newMatrix(t, databaseURL)
		asked := map[string]bool{}
		for _, route := range web.Routes() {
			name := route.Method + " " + route.Path
			right, listed := routeRights[name]
			if !listed && !route.Public {
				t.Errorf("say in routeRights what right %s takes", name)
			}
			if !listed || right == "own" {
				continue
			}
			asked[right] = true
			m.askRoute(route, right)
		}
		commands, err := cli.Commands()
		if err != nil || len(commands) < 40 {
			t.Fatalf("%d commands, %v", len(commands), err)
		}
		for _, command := range commands {
			if !listed(command) {
				t.Errorf("say in commandRights what right latchkey %s takes", command)
			}
		}
		for right, commands := range commandRights {
			m.askCommands(right, commands)
		}
		for _, question := range graphRights { // asked in a test of their own
			asked[question.right] = true
		}
		for right := range rights {
			if !asked[right] {
				t.Errorf("no route and no operation takes the right to %s", right)
			}
		}
	})
}

// matrix is a site on which everybody asks for everything.
type matrix struct {
	*webtest.Site
	databaseURL string
	owner       console.User
	repos       map[string]console.Repository
	people      map[string]console.User
	visitors    map[string]*webtest.Visitor
	csrf        map[string]string
}

func newMatrix(t *testing.T, databaseURL string) *matrix {
	m := &matrix{
		Site: webtest.New(t, storetest.Open(t, databaseURL)), databaseURL: databaseURL,
		people: map[string]console.User{}, visitors: map[string]*webtest.Visitor{}, csrf: map[string]string{},
	}
	m.repos = map[string]console.Repository{"own": m.Repository("web-logs"), "foreign": m.Repository("other-logs")}
	for _, name := range actors {
		role := console.Role(name)
		if !role.Valid() {
			role = console.RoleMember
		}
		m.people[name] = m.User(name, role)
	}
	m.owner = m.people["owner"]
	m.member("manager", console.MemberManager, "ReadAccess", "ChangeFiles")
	m.member("half manager", console.MemberManager, "ReadAccess")
	m.member("viewer", console.MemberViewer, "ReadAccess")
	for name, person := range m.people {
		m.visitors[name] = m.SignedIn(person)
		m.csrf[name] = m.visitors[name].CSRF()
	}
	return m
}

// target is a new thing of that name that the right is about, as the parameters
// of a path.
func (m *matrix) target(right, name string) map[string]string {
	m.T.Helper()
	if strings.HasSuffix(right, " sessions") {
		return m.signedIn(name == "absent")
	}
	repo, ok := m.repos[name]
	if !ok {
		repo = m.repos["own"]
	}
	parameters := map[string]string{"repo": repo.Name, "name": "ReadAccess", "type": "personal"}
	if strings.HasSuffix(right, " people") || right == "change access" {
		parameters["guid"] = string(console.NewGUID())
		if name != "absent" {
			parameters["guid"] = string(m.invited())
		}
		return parameters
	}
	if strings.HasSuffix(right, " a person") {
		return m.person(name)
	}
	if strings.HasSuffix(right, " a job") {
		return m.job(name)
	}
	if strings.HasSuffix(right, " IP filters") {
		named, guid := "f-"+console.NewGUID().Digits(), console.NewGUID()
		if name != "absent" {
			guid = m.IPFilter(named, "").GUID
		}
		return map[string]string{"filter": string(guid), "named": named}
	}
	if strings.HasSuffix(right, " assets") {
		return m.linked(repo, name == "absent")
	}
	if !strings.HasSuffix(right, " a token") {
		if name == "absent" {
			parameters["repo"] = "no-logs"
		}
		return parameters
	}
	scopes := map[string][]string{
		"own": {"ReadAccess"}, "partly": {"ReadAccess", "ChangeFiles"}, "other": {"ChangeFiles"}, "foreign": {"ReadAccess"}, "organization": {"ViewUsage"},
	}[name]
	guid := console.NewGUID()
	if name != "absent" {
		token, _ := m.Token(repo, m.owner, string(guid), func(n *console.NewToken) {
			if n.Scopes = scopes; name == "organization" {
				n.Type, n.Repositories = console.TypeOrganization, nil
			}
		})
		guid = token.GUID
	}
	parameters["guid"] = string(guid)
	return parameters
}

// linked is a new dashboard with a link to it, or nothing.
func (m *matrix) linked(repo console.Repository, absent bool) map[string]string {
	m.T.Helper()
	if absent {
		return map[string]string{"repo": "no-logs", "asset": string(console.NewGUID()), "link": string(console.NewGUID())}
	}
	by, name := console.System("test"), console.NewGUID().Digits()
	asset, err := m.Service.CreateAsset(m.T.Context(), by, console.NewAsset{Repository: repo.GUID, Type: console.AssetDashboard, Name: name})
	if err != nil {
		m.T.Fatal(err)
	}
	link, _, err := m.Service.CreateDashboardLink(m.T.Context(), by, console.NewDashboardLink{GUID: console.NewGUID(), Dashboard: asset.GUID, Name: name})
	if err != nil {
		m.T.Fatal(err)
	}
	return map[string]string{"repo": repo.Name, "asset": string(asset.GUID), "link": string(link.GUID)}
}

// invited is a new member.
func (m *matrix) invited() console.GUID {
	m.T.Helper()
	user, _, err := m.Service.InviteUser(m.T.Context(), console.System("test"), console.Invitation{
		Email: console.NewGUID().Digits() + "@example.com", Role: console.RoleMember,
	})
	if err != nil {
		m.T.Fatal(err)
	}
	return user.GUID
}

// job is a bulk change that an owner started, or none.
func (m *matrix) job(name string) map[string]string {
	m.T.Helper()
	guid := console.NewGUID()
	if name != "absent" {
		job, err := m.Service.StartBulkJob(m.T.Context(), console.System("test"), console.TokenFilter{Name: string(guid)}, console.BulkRequest{Verb: console.BulkEnable})
		if err != nil {
			m.T.Fatal(err)
		}
		guid = job.GUID
	}
	return map[string]string{"guid": string(guid)}
}

// person is a new person who is linked to a provider, or nobody.
func (m *matrix) person(name string) map[string]string {
	m.T.Helper()
	identity := console.Identity{Issuer: "https://sso.example", Subject: string(console.NewGUID()), User: console.NewGUID(), CreatedAt: m.Now(), LastUsedAt: m.Now()}
	if name != "absent" {
		identity.User = m.User(string(identity.User), console.RoleMember).GUID
		if err := m.Store.InsertIdentity(m.T.Context(), identity); err != nil {
			m.T.Fatal(err)
		}
	}
	return map[string]string{"guid": string(identity.User), "identity": identity.ID()}
}

// signedIn is somebody with a session, or nobody, as the parameters of a path.
func (m *matrix) signedIn(absent bool) map[string]string {
	m.T.Helper()
	user := console.User{GUID: console.NewGUID(), Name: "Somebody", Role: console.RoleMember, CreatedAt: m.Now()}
	if absent {
		return map[string]string{"guid": string(user.GUID), "session": string(console.NewGUID())}
	}
	user.Email = string(user.GUID) + "@example.com"
	if err := m.Store.InsertUser(m.T.Context(), user, "none"); err != nil {
		m.T.Fatal(err)
	}
	if _, err := m.Service.StartSession(m.T.Context(), console.Session{Hash: string(user.GUID), User: user}); err != nil {
		m.T.Fatal(err)
	}
	sessions, err := m.Store.ListSessions(m.T.Context(), user.GUID)
	if err != nil || len(sessions) != 1 {
		m.T.Fatalf("%d sessions, %v", len(sessions), err)
	}
	return map[string]string{"guid": string(user.GUID), "session": string(sessions[0].GUID)}
}

// askRoute asks everybody's browser for a route, about each target.
func (m *matrix) askRoute(route web.Route, right string) {
	m.T.Helper()
	for _, target := range targets(right) {
		if !strings.Contains(route.Path, ":") && target != "own" {
			continue // it is about nothing in particular
		}
		for _, actor := range actors {
			want := rights.expect(right, actor, target)
			if target == "organization" && strings.Contains(route.Path, ":repo") {
				want = notFound // it belongs to none
			}
			path := route.Path
			for parameter, value := range m.target(right, target) {
				path = strings.ReplaceAll(path, ":"+parameter, url.PathEscape(value))
			}
			body := ""
			if route.Method == http.MethodPost {
				body = url.Values{"csrf": {m.csrf[actor]}}.Encode()
			}
			answer := m.visitors[actor].Do(route.Method, path, body)
			if got := decisionOf(answered[answer.Status]); got != want || answer.Status == http.StatusInternalServerError {
				m.T.Errorf("%s %s (%s), the %s: %d, so %q, want %q", route.Method, route.Path, target, actor, answer.Status, got, want)
			}
		}
	}
}

// listed reports whether a command has its place in the tables.
func listed(command string) bool {
	if slices.Contains(ownCommands, command) {
		return true
	}
	for _, asked := range commandRights {
		if slices.ContainsFunc(asked, func(line string) bool { return strings.HasPrefix(line+" ", command+" ") }) {
			return true
		}
	}
	return false
}

// askCommands runs commands on behalf of everybody, about each target.
func (m *matrix) askCommands(right string, commands []string) {
	m.T.Helper()
	for _, command := range commands {
		for _, target := range targets(right) {
			if !strings.Contains(command, ":") && target != "own" {
				continue
			}
			for _, actor := range actors {
				args := []string{"--as", m.people[actor].Email}
				parameters := m.target(right, target)
				for _, word := range strings.Fields(command) {
					if value, ok := parameters[strings.TrimPrefix(word, ":")]; ok && word[0] == ':' {
						word = value
					}
					args = append(args, strings.ReplaceAll(word, "FRESH", console.NewGUID().Digits()))
				}
				want := rights.expect(right, actor, target)
				exit, said := m.run(args)
				got := exitDecisions[exit]
				if strings.Contains(said, "There is no repository") {
					got = notFound // of a flag, which makes it a field to mend
				}
				if got != want {
					m.T.Errorf("latchkey %s (%s): exit code %d, so %q, want %q: %s", strings.Join(args, " "), target, exit, got, want, said)
				}
			}
		}
	}
}

// run runs the program on the site's database.
func (m *matrix) run(args []string) (exit int, said string) {
	env := map[string]string{"LATCHKEY_DATABASE_URL": m.databaseURL, "LATCHKEY_KEY": strings.Repeat("07", 32)}
	var output strings.Builder
	exit = cli.Run(m.T.Context(), args, strings.NewReader(webtest.Password+"\n"), &output, &output, func(name string) string { return env[name] })
	return exit, output.String()
}
