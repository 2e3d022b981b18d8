package web_test

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"latchkey/internal/console"
	"latchkey/internal/store"
	"latchkey/internal/store/storetest"
	"latchkey/web/webtest"
)

func TestAnythingIsFoundByNameOrGUID(t *testing.T) {
	storetest.Each(t, func(t *testing.T, st *store.Store) {
		w := newWorld(t, st)
		w.Token(w.Repository("graf-logs"), w.owner, "Straße nach Oslo")
		w.User("Grafton Lee", console.RoleAuditor)
		w.Token(w.logs, w.owner, "a leeward deploy")
		w.Token(w.logs, w.owner, "leeward")
		v := w.SignedIn(w.owner)
		digits := strings.ReplaceAll(string(w.token.GUID), "-", "")
		for text, want := range map[string][]string{
			"graf":                        {"grafana-readonly", "graf-logs", "Grafton Lee"},
			"GRAF read":                   {"grafana-readonly"},
			"gr":                          {"grafana-readonly", "graf-logs", "Grafton Lee", "API"},
			"strasse":                     {"Straße nach Oslo"},
			string(w.token.GUID):          {"grafana-readonly"},
			strings.ToUpper(digits[4:20]): {"grafana-readonly"},
			"lee":                         {"leeward", "a leeward deploy", "Grafton Lee"},
			"audit log":                   {"Audit log"},
			"theme":                       {"Preferences"},
			"100%_":                       nil,
			"nothing at all":              nil,
		} {
			live := v.Post("/search", url.Values{"q": {text}, "csrf": {v.CSRF()}}, webtest.HTMX("/tokens")).Want(http.StatusOK)
			page := v.Get("/search?" + url.Values{"q": {text}}.Encode()).Want(http.StatusOK)
			for _, found := range [][]string{live.Texts("[role=option]"), page.Texts(".rows a")} {
				var names []string
				for _, line := range found {
					for _, name := range want {
						if strings.HasPrefix(line, name) {
							names = append(names, name)
						}
					}
				}
				if len(found) != len(want) || !slices.Equal(names, want) {
					t.Errorf("%q finds %q, want %q", text, found, want)
				}
			}
			if len(want) == 0 && !strings.Contains(live.Text("body"), "Nothing has “"+text+"” in its name.") {
				t.Errorf("nothing is told as %q", live.Text("body"))
			}
		}
		if got := v.Get("/search?q=graf").Attr(".rows a", "href"); got != "/tokens/"+string(w.token.GUID) {
			t.Errorf("a token that was found leads to %s", got)
		}
		for i := range 7 {
			ended, _ := w.Token(w.logs, w.owner, fmt.Sprint("deploy ", i))
			if _, err := w.Service.RevokeToken(t.Context(), console.System("test"), "", ended.GUID, ""); err != nil {
				t.Fatal(err)
			}
		}
		w.Token(w.logs, w.owner, "deploy 9")
		for text, want := range map[string]string{"deploy": "deploy 9", "deploy 1": "deploy 1"} {
			if got := v.Get("/search?q=" + url.QueryEscape(text)).Texts(".rows a"); !strings.HasPrefix(got[0], want) {
				t.Errorf("%q finds %q, where %s is not the first", text, got, want)
			}
		}
		for range 7 {
			w.Token(w.logs, w.owner, "many-"+string(console.NewGUID()))
		}
		many := v.Get("/search?q=many")
		if len(many.All(".rows a")) != console.FindLimit+1 || v.Get(many.Attr(".rows li:last-child a", "href")).Text("#token-list") == "" {
			t.Errorf("many tokens show as %q", many.Texts(".rows a"))
		}
		// Without JavaScript the form leads to the page.
		form := v.Get("/tokens").Form("#search-form")
		form.Values.Set("q", " graf ")
		if a := v.Submit(form).Want(http.StatusSeeOther); a.Header.Get("Location") != "/search?q=graf" {
			t.Errorf("the form leads to %s", a.Header.Get("Location"))
		}
	})
}

func TestSearchKeepsToWhatItsReaderSees(t *testing.T) {
	storetest.Each(t, func(t *testing.T, st *store.Store) {
		w := newWorld(t, st)
		w.Repository("grafted-logs")
		w.Token(w.logs, w.owner, "grafana-writes", func(n *console.NewToken) { n.Scopes = []string{"ChangeFiles"} })
		viewer, stranger := w.User("Grafton Lee", console.RoleMember), w.User("Mo", console.RoleMember)
		w.Member(viewer, w.logs, console.MemberViewer, "ReadAccess")
		v := w.SignedIn(viewer)
		for text, want := range map[string]int{"graf": 1, "gr": 2, "logs": 1, "lee": 0, "audit": 0, "settings": 0, "account": 1} {
			if got := v.Get("/search?q=" + text).Texts(".rows a"); len(got) != want {
				t.Errorf("a viewer finds %q by %s", got, text)
			}
		}
		s := w.SignedIn(stranger)
		for _, text := range []string{"graf", "web", "logs", string(w.token.GUID)} {
			if got := s.Get("/search?q=" + text).Texts(".rows a"); len(got) != 0 {
				t.Errorf("a stranger finds %q by %s", got, text)
			}
		}
	})
}

// TestASecretIsNotSearchedFor: it leads to where a token is found by its secret, and
// is in no answer, address or log.
func TestASecretIsNotSearchedFor(t *testing.T) {
	w := newWorld(t, storetest.Open(t, storetest.SQLite(t)))
	v := w.SignedIn(w.owner)
	whole := w.secret.Reveal()
	for _, text := range []string{whole, "token " + whole, whole[36:], whole[37:], whole[:60]} {
		form := v.Get("/tokens").Form("#search-form")
		form.Values.Set("q", text)
		for _, a := range []*webtest.Answer{
			v.Submit(form).Want(http.StatusSeeOther), v.Get("/search?" + url.Values{"q": {text}}.Encode()).Want(http.StatusSeeOther),
		} {
			if a.Header.Get("Location") != "/tokens/find" || strings.Contains(a.Body, text) {
				t.Errorf("a secret leads to %q", a.Header.Get("Location"))
			}
		}
		live := v.Submit(form, webtest.HTMX("/tokens"))
		if live.Header.Get("HX-Location") != "/tokens/find" || live.Body != "" {
			t.Errorf("while it is typed a secret leads to %q", live.Header.Get("HX-Location"))
		}
		if page := v.Get("/tokens/find"); !strings.Contains(page.Text("#toasts"), "That looks like a secret") {
			t.Errorf("nobody says why: %q", page.Text("#toasts"))
		}
	}
	if strings.Contains(w.Log.String(), whole[40:60]) {
		t.Error("a secret is in the log")
	}
}
