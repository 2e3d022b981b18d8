package web_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"latchkey/internal/console"
	"latchkey/internal/store"
	"latchkey/internal/store/storetest"
	"latchkey/web"
	"latchkey/web/webtest"
)

// A world is a site with an owner, a repository with a token, and a member who
// belongs nowhere.
type world struct {
	*webtest.Site
	owner  console.User
	logs   console.Repository
	token  console.Token
	secret console.Secret
	filter console.IPFilter
}

func newWorld(t *testing.T, st *store.Store, change ...func(*web.Options)) world {
	w := world{Site: webtest.New(t, st, change...)}
	w.owner = w.User("Olga", console.RoleOwner)
	w.logs = w.Repository("web-logs")
	w.token, w.secret = w.Token(w.logs, w.owner, "grafana-readonly")
	w.filter = console.IPFilter{GUID: console.NewGUID(), Name: "office", Text: "allow 192.0.2.0/24", CreatedAt: w.Now(), UpdatedAt: w.Now(), Version: 1}
	if err := st.InsertIPFilter(t.Context(), w.filter); err != nil { // without a record, to leave the audit log to its tests
		t.Fatal(err)
	}
	return w
}

// path fills in a route's parameters with what there is.
func (w world) path(route web.Route) string {
	return strings.NewReplacer(":repo", w.logs.Name, ":guid", string(w.token.GUID), ":filter", string(w.filter.GUID), ":code", "NOSUCHCODE", ":name", "ReadAccess", ":type", "personal", ":session", string(w.token.GUID), ":asset", string(w.token.GUID), ":link", string(w.token.GUID)).Replace(route.Path)
}

// toAnybody are the routes that have an answer for everybody who signed in: a
// list without rows, or what is only about themselves.
var toAnybody = map[string]int{
	"GET /":                     http.StatusOK,
	"GET /search":               http.StatusOK,
	"POST /search":              http.StatusSeeOther,
	"GET /tokens":               http.StatusOK,
	"GET /repositories":         http.StatusOK,
	"POST /logout":              http.StatusSeeOther,
	"GET /account/preferences":  http.StatusOK,
	"POST /account/preferences": http.StatusSeeOther,
	"POST /preferences/theme":   http.StatusUnprocessableEntity,
	"POST /preferences/columns": http.StatusSeeOther,
	"POST /secret.env":          http.StatusUnprocessableEntity,

	"POST /confirmation/question":        http.StatusConflict, // passkeys do not work at an address without a name
	"GET /account":                       http.StatusOK,
	"POST /account/password":             http.StatusUnprocessableEntity,
	"GET /account/codes":                 http.StatusSeeOther,
	"POST /account/codes":                http.StatusSeeOther,
	"POST /account/codes/offer":          http.StatusSeeOther,
	"GET /account/passkeys/new":          http.StatusOK,
	"POST /account/passkeys":             http.StatusConflict,
	"POST /account/passkeys/question":    http.StatusConflict,
	"GET /account/recovery-codes":        http.StatusOK,
	"POST /account/recovery-codes":       http.StatusConflict,
	"POST /account/token":                http.StatusUnprocessableEntity,
	"GET /account/token/new":             http.StatusOK,
	"GET /account/token/rotation":        http.StatusSeeOther,
	"GET /account/token/revocation":      http.StatusSeeOther,
	"POST /account/token/revocation":     http.StatusSeeOther,
	"POST /account/sessions/termination": http.StatusSeeOther,
	"GET /jobs":                          http.StatusOK,
	"GET /connect":                       http.StatusOK,
	"GET /api":                           http.StatusOK,
	"GET /api/explorer":                  http.StatusOK,
	"POST /api/explorer":                 http.StatusUnprocessableEntity,
}

// TestEveryRouteIsGuarded asks every route as nobody and as a stranger. A new
// route is tested by being listed.
func TestEveryRouteIsGuarded(t *testing.T) {
	storetest.Each(t, func(t *testing.T, st *store.Store) {
		w := newWorld(t, st)
		stranger := w.User("Stella", console.RoleMember)
		nobody := w.Visitor()
		for _, route := range web.Routes() {
			if route.Public {
				continue
			}
			name := route.Method + " " + route.Path
			path := w.path(route)
			if a := nobody.Do(route.Method, path, ""); a.Status != http.StatusSeeOther || !strings.HasPrefix(a.Header.Get("Location"), "/login") {
				t.Errorf("%s: nobody gets %d to %q", name, a.Status, a.Header.Get("Location"))
			}
			a := nobody.Do(route.Method, path, "", webtest.HTMX("/tokens"))
			if route.Method == http.MethodPost && path != "/logout" {
				if a.Status != http.StatusUnauthorized || a.Header.Get("HX-Redirect") != "" || !a.Has(`hx-partial[hx-target="#session-over"] a[target="_blank"][href="/login"]`) {
					t.Errorf("%s: a form of nobody's is answered %d, %s", name, a.Status, a.Body)
				}
			} else if a.Status != http.StatusUnauthorized || a.Header.Get("HX-Redirect") != "/login?next=%2Ftokens" || a.Body != "" {
				t.Errorf("%s: nobody with htmx gets %d, %q, %q", name, a.Status, a.Header.Get("HX-Redirect"), a.Body)
			}
			v := w.SignedIn(stranger)
			want := toAnybody[name]
			if want == 0 {
				want = http.StatusNotFound
			}
			body := ""
			if route.Method == http.MethodPost {
				body = url.Values{"csrf": {v.CSRF()}}.Encode()
			}
			a = v.Do(route.Method, path, body)
			if a.Status != want {
				t.Errorf("%s: a stranger gets %d, want %d", name, a.Status, want)
			}
			if strings.Contains(a.Body, w.token.Name) || strings.Contains(a.Body, "What web-logs is for") {
				t.Errorf("%s: a stranger sees what is not theirs", name)
			}
		}
	})
}

// TestForeignAndUnknownAreAlike: nobody can tell what exists by asking.
func TestForeignAndUnknownAreAlike(t *testing.T) {
	storetest.Each(t, func(t *testing.T, st *store.Store) {
		w := newWorld(t, st)
		other := w.Repository("other-logs")
		stranger, owner := w.SignedIn(w.User("Stella", console.RoleMember)), w.SignedIn(w.owner)
		same := func(name string, a, b *webtest.Answer) {
			t.Helper()
			clean := func(answer *webtest.Answer) string {
				return strings.ReplaceAll(answer.Body, answer.Header.Get("X-Request-Id"), "ID")
			}
			strip := func(text string) string {
				head, _, _ := strings.Cut(text, `name="next"`)
				_, tail, _ := strings.Cut(text, `name="theme"`)
				return head + tail
			}
			if a.Status != http.StatusNotFound || b.Status != http.StatusNotFound || strip(clean(a)) != strip(clean(b)) {
				t.Errorf("%s: %d and %d, or other words", name, a.Status, b.Status)
			}
		}
		guid := string(console.NewGUID())
		same("token", stranger.Get("/tokens/"+string(w.token.GUID)), stranger.Get("/tokens/"+guid))
		same("repository", stranger.Get("/repositories/web-logs"), stranger.Get("/repositories/no-logs"))
		same("token of another repository", owner.Get("/repositories/"+other.Name+"/settings/tokens/"+string(w.token.GUID)),
			owner.Get("/repositories/"+other.Name+"/settings/tokens/"+guid))
		same("no GUID at all", owner.Get("/tokens/junk"), owner.Get("/tokens/"+guid))
	})
}

// TestAnAuditorReadsAndChangesNothing walks the role between.
func TestAnAuditorReadsAndChangesNothing(t *testing.T) {
	storetest.Each(t, func(t *testing.T, st *store.Store) {
		w := newWorld(t, st)
		v := w.SignedIn(w.User("Aude", console.RoleAuditor))
		list := v.Get("/repositories/web-logs/settings/tokens").Want(http.StatusOK)
		if !list.Has("#t-" + string(w.token.GUID)) {
			t.Error("an auditor does not see the token")
		}
		for _, answer := range []*webtest.Answer{list, v.Get("/tokens"), v.Get(tokenPath(w)), v.Get("/repositories"), v.Get("/repositories/web-logs/settings/general")} {
			for _, selector := range []string{"#new-token", "#first-token", `a[href$="/revocation"]`, `a[href="/repositories/new"]`, `a[href$="/deletion"]`, "#repository-form"} {
				if answer.Has(selector) {
					t.Errorf("an auditor is offered %s", selector)
				}
			}
		}
		csrf := url.Values{"csrf": {v.CSRF()}}
		for _, path := range []string{"/tokens", "/tokens/new", tokenPath(w) + "/revocation", "/repositories", "/repositories/new", "/repositories/web-logs/settings/general", "/repositories/web-logs/deletion"} {
			v.Post(path, csrf).Want(http.StatusForbidden)
		}
		for _, path := range []string{"/tokens/new", tokenPath(w) + "/revocation", "/repositories/new", "/repositories/web-logs/deletion"} {
			v.Get(path).Want(http.StatusForbidden)
		}
	})
}

func tokenPath(w world) string {
	return "/repositories/" + w.logs.Name + "/settings/tokens/" + string(w.token.GUID)
}
