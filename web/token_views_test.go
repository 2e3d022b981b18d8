package web_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"latchkey/internal/console"
	"latchkey/internal/store"
	"latchkey/internal/store/storetest"
)

// TestAListOpensWithItsView, which shows to each reader what is theirs and can
// be cleared.
func TestAListOpensWithItsView(t *testing.T) {
	storetest.Each(t, func(t *testing.T, st *store.Store) {
		w := newWorld(t, st)
		sample(w)
		v := w.SignedIn(w.owner)
		page := v.Get("/tokens?status=active&sort=expires&scope=ReadAccess&limit=25")
		href := page.Attr(`.tools a[href^="/tokens/views"]`, "href")
		form := v.Get(href).Want(http.StatusOK).Form("#view-form")
		if a := v.Submit(form).Want(http.StatusUnprocessableEntity); a.Text("#f-name-err") != "Give the view a name." {
			t.Errorf("no name is answered %s", a.Text("main"))
		}
		form.Values.Set("name", "Active <b>readers</b>")
		form.Values.Set("shared", "yes")
		form.Values.Set("default", "yes")
		v.Submit(form).Want(http.StatusSeeOther)
		to := v.Get("/tokens").Want(http.StatusSeeOther).Header.Get("Location")
		query, err := url.Parse(to)
		if err != nil || query.Query().Get("status") != "active" || query.Query().Get("sort") != "expires" || query.Query().Get("limit") != "25" || query.Query().Get("scope") != "ReadAccess" {
			t.Fatalf("it opens with %s", to)
		}
		opened := v.Get(to).Want(http.StatusOK)
		cleared := opened.Attr(".chips a.link-btn", "href")
		if cleared != "/tokens?view=none" || v.Get(cleared).Want(http.StatusOK).Has(".chip") {
			t.Errorf("it is cleared by %q", cleared)
		}
		aude := w.SignedIn(w.User("Aude", console.RoleAuditor))
		aude.Get("/tokens").Want(http.StatusOK)
		shared := aude.Get("/tokens/views").Want(http.StatusOK)
		if !strings.Contains(shared.Text("main"), "Active <b>readers</b> Shared by Olga") || shared.Has("input[name=shared]") {
			t.Errorf("an auditor is shown %s", shared.Text("main"))
		}
		mia := w.User("Mia", console.RoleMember)
		w.Member(mia, w.logs, console.MemberViewer, "ChangeFiles")
		reader := w.SignedIn(mia)
		if a := reader.Get(to).Want(http.StatusOK); !strings.Contains(a.Text("main"), "There is no scope “ReadAccess” to filter by.") || strings.Contains(a.Text("main"), "grafana-readonly") {
			t.Errorf("who does not hold the scope is shown %s", a.Text("main"))
		}
	})
}
