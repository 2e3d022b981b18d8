package web_test

import (
	"net/http"
	"testing"

	"latchkey/internal/store/storetest"
	"latchkey/web/webtest"
)

// TestEnterSavesEveryForm: browsers press the first button that submits, which
// must not be one that sends the form somewhere else.
func TestEnterSavesEveryForm(t *testing.T) {
	w := newWorld(t, storetest.Open(t, storetest.SQLite(t)))
	v := w.SignedIn(w.owner)
	view := v.Post("/repositories/new", map[string][]string{"csrf": {v.CSRF()}, "kind": {"view"}, "action": {"add"}}).Want(http.StatusOK)
	for name, page := range map[string]*webtest.Answer{
		"/repositories/new": v.Get("/repositories/new"),
		"a view":            view,
		"/repositories/web-logs/settings/general": v.Get("/repositories/web-logs/settings/general"),
		"/tokens/new":                                 v.Get("/tokens/new"),
		tokenPath(w) + "/edit":                        v.Get(tokenPath(w) + "/edit"),
		"/settings/policies/personal/edit":            v.Get("/settings/policies/personal/edit"),
		"/ip-filters/new":                             v.Get("/ip-filters/new"),
		"/repositories/web-logs/settings/people":      v.Get("/repositories/web-logs/settings/people"),
		"/people/new":                                 v.Get("/people/new"),
		personPath(w.member("Tom", "", "ReadAccess")): v.Get(personPath(w.find("tom@example.com"))),
	} {
		page.Want(http.StatusOK)
		for _, form := range page.All("main form") {
			for node := range form.Descendants() {
				if node.Data != "button" || webtest.Attr(node, "type") != "submit" {
					continue
				}
				if to := webtest.Attr(node, "formaction"); to != "" {
					t.Errorf("%s: Enter in %s goes to %s", name, webtest.Attr(form, "id"), to)
				}
				break
			}
		}
	}
}
