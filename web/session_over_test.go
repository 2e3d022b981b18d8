package web_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"latchkey/internal/store"
	"latchkey/internal/store/storetest"
	"latchkey/views"
	"latchkey/web/webtest"
)

// TestAFormOutlivesItsSession: whoever sends a form after their session ended is
// told that nothing was saved, and how to go on with what they typed.
func TestAFormOutlivesItsSession(t *testing.T) {
	storetest.Each(t, func(t *testing.T, st *store.Store) {
		w := newWorld(t, st)
		v := w.SignedIn(w.owner)
		page := v.Get("/tokens/new").Want(http.StatusOK)
		form := page.Form("#token-form")
		form.Values.Set("name", "typed for minutes")
		if page.Attr("html", "data-user") != string(w.owner.GUID) || !page.Has("#toasts #session-over") {
			t.Errorf("the page does not know whose it is: %q", page.Attr("html", "data-user"))
		}
		v.Post("/logout", url.Values{"csrf": {v.CSRF()}}).Want(http.StatusSeeOther)
		kept := v.Submit(form, webtest.HTMX("/tokens")).Want(http.StatusUnauthorized)
		if kept.Header.Get("HX-Redirect") != "" || !strings.Contains(kept.Text(`hx-partial[hx-target="#session-over"]`), "what you typed stays here") || strings.Contains(kept.Body, "typed for minutes") {
			t.Errorf("with htmx it answers %s", kept.Body)
		}
		lost := v.Submit(form).Want(http.StatusSeeOther)
		if got := v.Get(lost.Header.Get("Location")).Text("#login-form .callout"); !strings.Contains(got, "nothing was saved") || !strings.Contains(got, "go back in the browser") {
			t.Errorf("the sign-in page says %q", got)
		}
		if got := v.Get("/login?next=%2Faudit").Text("#login-form .callout"); strings.Contains(got, "saved") {
			t.Errorf("without a form it says %q", got)
		}
	})
}

// TestATokenThatIsGoneLeavesTheList: a stale row is no way to a page that is not there.
func TestATokenThatIsGoneLeavesTheList(t *testing.T) {
	storetest.Each(t, func(t *testing.T, st *store.Store) {
		w := newWorld(t, st)
		v := w.SignedIn(w.owner)
		path := tokenPath(w)
		if _, err := w.Service.DeleteToken(t.Context(), by(w.owner), "", w.token.GUID, w.token.Name); err != nil {
			t.Fatal(err)
		}
		gone := v.Get(path, webtest.HTMX(list), webtest.Header("HX-Target", "div#panel-slot")).Want(http.StatusNotFound)
		if gone.Header.Get("HX-Push-Url") != "false" || !gone.Has(`hx-partial[hx-target="#token-list"]`) || gone.Has("#"+views.RegionID+" .nm") ||
			strings.Contains(gone.Text(`hx-partial[hx-target="#token-list"]`), w.token.Name) || !strings.Contains(gone.Text(`hx-partial[hx-target="#toasts"]`), "This token is gone") {
			t.Errorf("the answer is %q %s", gone.Header.Get("HX-Push-Url"), gone.Body)
		}
		v.Get(path).Want(http.StatusNotFound)
		if a := v.Get("/tokens/"+strings.Repeat("0", 8)+"/revocation", webtest.HTMX("/tokens")); a.Header.Get("HX-Push-Url") != "false" {
			t.Error("an address that is not there is pushed")
		}
		if got := v.Get("/tokens?guid=zzzz").Text(".empty"); !strings.Contains(got, "with GUID zzzz") {
			t.Errorf("it says %q", got)
		}
	})
}
