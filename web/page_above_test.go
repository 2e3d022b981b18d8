package web_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"latchkey/internal/console"
	"latchkey/internal/store"
	"latchkey/internal/store/storetest"
	"latchkey/web"
)

// TestThereIsAPageToGoBackTo from whatever asks for a proof: without
// JavaScript, Cancel leads there.
func TestThereIsAPageToGoBackTo(t *testing.T) {
	w := newWorld(t, storetest.Open(t, storetest.SQLite(t)))
	s := web.New(w.Service, web.Options{})
	values := strings.NewReplacer(":guid", "G", ":repo", "web-logs", ":session", "S", ":identity", "I", ":filter", "F", ":name", "N", ":type", "system")
	above := map[string]string{
		"/people":                                     "/people",
		"/people/access":                              "/people",
		"/people/:guid":                               "/people/:guid",
		"/people/:guid/scopes":                        "/people/:guid",
		"/people/:guid/memberships":                   "/people/:guid",
		"/people/:guid/return":                        "/people/:guid",
		"/people/:guid/link":                          "/people/:guid/link",
		"/people/:guid/departure":                     "/people/:guid/departure",
		"/people/:guid/factors/reset":                 "/people/:guid/factors/reset",
		"/people/:guid/deletion":                      "/people/:guid/deletion",
		"/people/:guid/sessions/termination":          "/people/:guid/sessions",
		"/people/:guid/sessions/:session/termination": "/people/:guid/sessions",
		"/people/:guid/identities/:identity/deletion": "/people/:guid/identities/:identity/deletion",
		"/repositories/:repo/settings/people":         "/repositories/:repo/settings/people",
		"/account/password":                           "/account",
		"/account/codes/offer":                        "/account/codes",
		"/account/passkeys":                           "/account",
		"/account/passkeys/question":                  "/account",
		"/account/factors/:guid":                      "/account",
		"/account/sessions/:session/termination":      "/account",
		"/tokens/bulk/execution":                      "/tokens",
		"/tokens/:guid/rotation":                      "/tokens/:guid/rotation",
		"/tokens/:guid/resumption":                    "/tokens/:guid",
		"/repositories/:repo/settings/tokens":         "/repositories/:repo/settings/tokens",
		"/settings/policies/:type":                    "/settings/policies",
		"/settings":                                   "/settings",
		"/confirmation/question":                      "/",
	}
	for _, route := range web.Routes() {
		if route.Method != http.MethodPost || route.Public {
			continue
		}
		got := s.PageAbove(route.Path, values.Replace(route.Path)+"?q=x")
		if want, ok := above[route.Path]; ok && got != values.Replace(want)+"?q=x" && want != "/" {
			t.Errorf("%s goes back to %s, want %s", route.Path, got, want)
		}
		delete(above, route.Path)
		page, _, _ := strings.Cut(got, "?")
		if !slices.ContainsFunc(web.Routes(), func(r web.Route) bool { return r.Method == http.MethodGet && values.Replace(r.Path) == page }) {
			t.Errorf("%s goes back to %s, which is no page", route.Path, got)
		}
	}
	for route := range above {
		t.Errorf("there is no route %s", route)
	}
}

// TestCancelLeadsBack from the question on a page of its own, and keeps the
// filters of the list.
func TestCancelLeadsBack(t *testing.T) {
	storetest.Each(t, func(t *testing.T, st *store.Store) {
		w := newWorld(t, st)
		w.member("Tom", "", "ReadAccess")
		v := stale(w, w.User("Adam", console.RoleAdministrator))
		form := v.Get("/people?q=tom").Form("#access-form")
		form.Values["cell"], form.Values["save"] = nil, []string{"yes"}
		asked := v.Submit(form).Want(http.StatusForbidden)
		if got := asked.Attr(".page-form .modal-foot a", "href"); got != "/people?q=tom" {
			t.Errorf("Cancel leads to %s", got)
		}
	})
}
