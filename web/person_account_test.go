package web_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"latchkey/internal/console"
	"latchkey/internal/store"
	"latchkey/internal/store/storetest"
	"latchkey/web/webtest"
)

// TestASecondFactorIsReset by an owner who confirmed it, from the person's page.
func TestASecondFactorIsReset(t *testing.T) {
	storetest.Each(t, func(t *testing.T, st *store.Store) {
		w := newWorld(t, st)
		tom := w.User("Tom", console.RoleMember)
		owner := stale(w, w.owner)
		const none = "Second factor None Last sign-in Not yet"
		if page := owner.Get(personPath(tom)).Want(http.StatusOK); page.Has("#reset-factors") || !strings.Contains(page.Text("main"), none) {
			t.Errorf("the page says %s", page.Text("main"))
		}
		his := w.SignedIn(tom)
		setUpCodes(w, his)
		page := owner.Get(personPath(tom)).Want(http.StatusOK)
		if got := page.Text("#person-factors"); !strings.Contains(got, "One-time codes, added") || !strings.Contains(got, "10 recovery codes are left") || strings.Contains(page.Text("main"), "Not yet") {
			t.Errorf("the page says %s", page.Text("main"))
		}
		if list := owner.Get("/people"); !list.Has("#p-"+string(tom.GUID)+" [title='Has a second factor']") || list.Has("#p-"+string(w.owner.GUID)+" [title='Has a second factor']") {
			t.Error("the list does not tell who has a second factor")
		}
		admin := w.SignedIn(w.User("Adam", console.RoleAdministrator))
		if look := admin.Get(personPath(tom)).Want(http.StatusOK); look.Has("#reset-factors") || !look.Has("#person-factors") {
			t.Error("an administrator is offered a reset, or does not see the factors")
		}
		ask := owner.Get(page.Attr("#reset-factors", "href"), webtest.HTMX(personPath(tom))).Want(http.StatusOK)
		if !ask.Has("dialog[role=alertdialog] #factors-reset-form") {
			t.Errorf("it asks %s", ask.Body)
		}
		proof := owner.Submit(ask.Form("#factors-reset-form")).Want(http.StatusForbidden).Form("#proof-form")
		proof.Values.Set("proof_password", webtest.Password)
		if a := owner.Submit(proof).Want(http.StatusSeeOther); a.Header.Get("Location") != personPath(tom) {
			t.Errorf("it leads to %s", a.Header.Get("Location"))
		}
		his.Get("/tokens").Want(http.StatusSeeOther)
		if page := owner.Get(personPath(tom)); page.Has("#person-factors") || !strings.Contains(page.Text("#toasts"), "Tom has no second factor now") {
			t.Errorf("afterwards the page says %s", page.Text("body"))
		}
		if got := owner.Get("/audit?period=all&target=" + string(tom.GUID)).Text("main"); !strings.Contains(got, "reset the second factors of Tom") {
			t.Errorf("the audit log says %s", got)
		}
	})
}

// TestWhatARoleHoldsIsListed on the page of who has it.
func TestWhatARoleHoldsIsListed(t *testing.T) {
	w := newWorld(t, storetest.Open(t, storetest.SQLite(t)))
	v := w.SignedIn(w.owner)
	if got := v.Get(personPath(w.owner)).Texts("#person-scopes .scope"); !slices.Contains(got, "ReadAccess") || !slices.Contains(got, console.ScopeIntrospect) {
		t.Errorf("an owner holds %v", got)
	}
	if page := v.Get(personPath(w.User("Aude", console.RoleAuditor))); page.Has("#person-scopes .scope") {
		t.Error("an auditor holds scopes")
	}
}
