package web_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"latchkey/internal/console"
	"latchkey/internal/store"
	"latchkey/internal/store/storetest"
	"latchkey/web/webtest"
)

// hostile is what people and programs send that no form has.
var hostile = map[string]string{
	"nothing":      "",
	"much":         strings.Repeat("x", 20_000),
	"markup":       `"><img src=x onerror=alert(1)><script>alert(1)</script>`,
	"htmx":         `' hx-get='/logout' hx-trigger='load`,
	"partial":      `<hx-partial hx-target="#main"><div hx-swap-oob="true" id="main">`,
	"link":         "javascript:alert(1)",
	"template":     "{{7*7}}${7*7}",
	"bidi":         "abc\u202etxt.exe",
	"zero width":   "ad\u200bmin",
	"separators":   "a\u2028b\u2029c",
	"NUL":          "a\x00b",
	"broken UTF-8": "a\xff\xfeb",
	"lines":        "a\r\nSet-Cookie: b=c",
	"SQL":          `'; DROP TABLE tokens; --`,
	"wildcards":    strings.Repeat("%_", 100),
	"path":         "../../../etc/passwd",
}

// attacks are texts that must never stand in a page unescaped.
var attacks = []string{"<img src=x", "<script>alert", "hx-get='/logout'", `<hx-partial hx-target="#main"`, `href="javascript:`}

// TestHostileInput sends each to each field of each form. None breaks the
// server, none comes back as markup.
func TestHostileInput(t *testing.T) {
	storetest.Each(t, func(t *testing.T, st *store.Store) {
		w := newWorld(t, st)
		v := w.SignedIn(w.owner)
		csrf := v.CSRF()
		forms := map[string]url.Values{
			list:                         filled(v, list+"/new", "target").Values,
			"/tokens":                    with(filled(v, "/tokens/new", "target").Values, "repository", "web-logs"),
			list + "/new":                with(filled(v, list+"/new", "target").Values, "action", "regenerate"),
			tokenPath(w) + "/revocation": {"csrf": {csrf}, "reason": {"no"}},
			"/repositories":              {"csrf": {csrf}, "name": {"r"}, "kind": {"view"}, "description": {"d"}, "connection_repository": {"web-logs"}, "connection_filter": {"*"}},
			"/repositories/new":          {"csrf": {csrf}, "name": {"r"}, "kind": {"view"}, "description": {"d"}, "action": {"add"}, "connection_repository": {"web-logs"}, "connection_filter": {"*"}},
			"/repositories/web-logs/settings/general": {"csrf": {csrf}, "name": {"web-logs"}, "description": {"d"}, "version": {"0"}, "action": {""}},
			"/preferences/theme":                      {"csrf": {csrf}, "theme": {"dark"}, "next": {"/tokens"}},
			"/secret.env":                             {"csrf": {csrf}, "secret": {w.secret.Reveal()}},
			"/login":                                  {"csrf": {csrf}, "email": {"nobody@example.com"}, "password": {"x"}, "next": {"/tokens"}},
			"/setup/NOSUCHCODE":                       {"csrf": {csrf}, "name": {"n"}, "email": {"e@example.com"}, "password": {webtest.Password}},
		}
		for path, values := range forms {
			for field := range values {
				if field == "csrf" {
					continue
				}
				missing := with(values, field, "")
				missing.Del(field)
				check(t, path+" without "+field, v.Post(path, missing))
				for name, text := range hostile {
					changed := with(values, field, text)
					check(t, path+" "+field+" "+name, v.Post(path, changed))
					check(t, path+" "+field+" "+name+" htmx", v.Post(path, changed, webtest.HTMX(list)))
				}
			}
			large := with(values, "description", strings.Repeat("x", 1<<20))
			if a := v.Post(path, large); a.Status != http.StatusRequestEntityTooLarge {
				t.Errorf("%s with a megabyte gives %d", path, a.Status)
			}
			v.Do(http.MethodPost, path, "%zz=%zz&csrf="+csrf).Want(http.StatusBadRequest)
			v.Do(http.MethodPost, path, strings.Repeat("a=b&", 5000)+"csrf="+csrf)
		}
		// What was accepted stands on every page as text.
		for _, path := range []string{"/tokens?limit=100", list + "?limit=100&status=all", "/repositories?limit=100", "/repositories/web-logs"} {
			check(t, path, v.Get(path).Want(http.StatusOK))
		}
		token, _ := w.Token(w.logs, w.owner, "again "+hostile["markup"], func(n *console.NewToken) { n.Description = hostile["partial"] })
		for _, path := range []string{"/tokens?q=img", "/tokens/" + string(token.GUID), "/tokens/" + string(token.GUID) + "/revocation"} {
			a := v.Get(path).Want(http.StatusOK)
			check(t, path, a)
			if !strings.Contains(a.Text("main"), "<img src=x onerror=alert(1)>") {
				t.Errorf("%s does not show the name as it is", path)
			}
			check(t, path+" htmx", v.Get(path, webtest.HTMX(list)))
		}
	})
}

// TestHostileAddresses does the same to everything that is read from an address.
func TestHostileAddresses(t *testing.T) {
	storetest.Each(t, func(t *testing.T, st *store.Store) {
		w := newWorld(t, st)
		v := w.SignedIn(w.owner)
		parameters := []string{"q", "guid", "scope", "status", "type", "repository", "owner", "creator", "expires", "created_from", "created_to", "sort", "dir", "limit", "cursor", "page", "name", "scopes", "valid_to", "next"}
		for name, text := range hostile {
			for _, parameter := range parameters {
				query := "?" + url.Values{parameter: {text}}.Encode()
				for _, path := range []string{"/tokens", list, "/repositories", "/tokens/new", "/login"} {
					check(t, path+" "+parameter+" "+name, v.Get(path+query))
				}
			}
			escaped := url.PathEscape(text)
			if text == "" || len(text) > 1000 {
				continue
			}
			for _, path := range []string{"/tokens/" + escaped, "/repositories/" + escaped, "/repositories/" + escaped + "/settings/tokens", "/setup/" + escaped, list + "/" + escaped} {
				a := v.Get(path)
				check(t, path, a)
				if a.Status != http.StatusNotFound && !(name == "nothing") {
					t.Errorf("%s gives %d", path, a.Status)
				}
			}
		}
	})
}

func check(t *testing.T, what string, a *webtest.Answer) {
	t.Helper()
	if a.Status >= http.StatusInternalServerError {
		t.Errorf("%s gives %d: %.300s", what, a.Status, a.Text("body"))
	}
	for _, attack := range attacks {
		if strings.Contains(a.Body, attack) {
			t.Errorf("%s comes back as markup: %s", what, attack)
		}
	}
}
