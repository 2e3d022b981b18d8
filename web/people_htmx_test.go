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

// TestSavingAccessStaysOnTheList: the proof is asked over the list, and what is
// in the way comes back into it.
func TestSavingAccessStaysOnTheList(t *testing.T) {
	storetest.Each(t, func(t *testing.T, st *store.Store) {
		w := newWorld(t, st)
		tom := w.member("Tom", "", "ReadAccess")
		v := stale(w, w.User("Adam", console.RoleAdministrator))
		page := v.Get("/people").Want(http.StatusOK)
		if page.Attr("#access-form", "hx-trigger") != "change, submit" || page.Attr("#access-form", "hx-target") != "#people-list" {
			t.Error("saving leaves the list")
		}
		here := []webtest.Option{webtest.HTMX("/people"), webtest.Header("HX-Source", "form#access-form"), webtest.Header("HX-Target", "div#people-list")}
		form := page.Form("#access-form")
		form.Values["cell"] = []string{"0.1"}
		if a := v.Submit(form, here...).Want(http.StatusOK); a.Attr("hx-partial", "hx-target") != "#access-bar" || !a.Has("#save-access") {
			t.Errorf("a tick is answered by %s", a.Body)
		}
		form.Values.Set("save", "yes")
		asked := v.Submit(form, here...).Want(http.StatusForbidden)
		if asked.Attr("hx-partial", "hx-target") != "#modal-root" || len(w.stored(tom).Scopes) != 1 {
			t.Errorf("the question goes to %s", asked.Body)
		}
		proof := asked.Form("#proof-form")
		proof.Values.Set("proof_password", webtest.Password)
		w.must(w.Service.ChangeAccess(t.Context(), by(w.owner), []console.AccessChange{{User: tom.GUID, Version: tom.Version, Gain: []string{"ChangeFiles"}}}))
		clash := v.Submit(proof, here...).Want(http.StatusConflict)
		if outside := strings.TrimSpace(partial.ReplaceAllString(clash.Body, "")); outside != "" {
			t.Errorf("beside its partials a clash has %q", outside)
		}
		if got := clash.Text(`hx-partial[hx-target="#people-list"] #access-changed`); !strings.Contains(got, w.owner.Name+" changed Tom ") || !clash.Has(`hx-partial[hx-swap="delete"]`) {
			t.Errorf("a clash says %q", got)
		}
		again := clash.Form("#access-form")
		again.Values.Set("save", "yes")
		if a := v.Submit(again, here...).Want(http.StatusOK); a.Header.Get("HX-Location") != "/people" {
			t.Errorf("saving leads to %q", a.Header.Get("HX-Location"))
		}
		if got := w.stored(tom).Scopes; !slices.Contains(got, "QueryDashboard") || slices.Contains(got, "ReadAccess") {
			t.Errorf("Tom has %v", got)
		}
	})
}

// TestAnInvitedPersonStandsInTheList that the dialog is over, and is counted.
func TestAnInvitedPersonStandsInTheList(t *testing.T) {
	storetest.Each(t, func(t *testing.T, st *store.Store) {
		w := newWorld(t, st)
		v := w.SignedIn(w.owner)
		form := v.Get("/people/new").Form("#invite-form")
		form.Values.Set("email", "tom@example.com")
		done := v.Submit(form, webtest.HTMX("/people?q=tom")).Want(http.StatusCreated)
		if got := done.Texts(`hx-partial[hx-target="#people-list"] .mx a.nm`); !slices.Equal(got, []string{"tom"}) {
			t.Errorf("the list has %q", got)
		}
		if got := done.Text(`hx-partial[hx-target="#people-matches"]`); got != "1 person" {
			t.Errorf("the list counts %q", got)
		}
		if got := done.Text(`hx-partial[hx-target="#access-tabs"] a[aria-current]`); got != "People 2" {
			t.Errorf("the tab counts %q", got)
		}
		form.Values.Set("email", "una@example.com")
		if elsewhere := v.Submit(form, webtest.HTMX("/tokens")).Want(http.StatusCreated); !elsewhere.Has("#link") || elsewhere.Has("hx-partial") {
			t.Error("another page is given the list")
		}
	})
}

// TestNamesOfScopesAreWhole where they may be broken.
func TestNamesOfScopesAreWhole(t *testing.T) {
	w := newWorld(t, storetest.Open(t, storetest.SQLite(t)))
	page := w.SignedIn(w.owner).Get("/people").Want(http.StatusOK)
	if !strings.Contains(page.Body, ">Read<wbr>Access<") {
		t.Errorf("a heading is %q", page.Text("th.sc"))
	}
}

// TestTheTabsOfAccessStayOnAllTheirPages.
func TestTheTabsOfAccessStayOnAllTheirPages(t *testing.T) {
	w := newWorld(t, storetest.Open(t, storetest.SQLite(t)))
	v := w.SignedIn(w.owner)
	for path, current := range map[string]string{"/people": "People 1", "/scopes": "Scopes", "/people/single-sign-on": "Single sign-on"} {
		page := v.Get(path).Want(http.StatusOK)
		if got := page.Text("#access-tabs a[aria-current]"); !strings.HasPrefix(got, current) || len(page.All("#access-tabs a")) != 3 {
			t.Errorf("%s: the tabs are at %q", path, got)
		}
	}
}

// TestAnInvitationSpeaksOfItsLink when its dialog is closed too early.
func TestAnInvitationSpeaksOfItsLink(t *testing.T) {
	w := newWorld(t, storetest.Open(t, storetest.SQLite(t)))
	v := w.SignedIn(w.owner)
	form := v.Get("/people/new").Form("#invite-form")
	form.Values.Set("email", "tom@example.com")
	if got := v.Submit(form).Want(http.StatusCreated).Text("[data-ask]"); got != "Copy the link, or tick “I’ve sent the link”, before closing." {
		t.Errorf("it says %q", got)
	}
}

// TestALinkThatOpensHereOnlySaysSo, and leads to where the reader is.
func TestALinkThatOpensHereOnlySaysSo(t *testing.T) {
	w := newWorld(t, storetest.Open(t, storetest.SQLite(t)))
	v := w.SignedIn(w.owner)
	for host, here := range map[string]bool{"127.0.0.1:8080": true, "localhost:8080": true, "[::1]:8080": true, "192.0.2.1:8080": false} {
		form := v.Get("/people/new").Form("#invite-form")
		form.Values.Set("email", string(console.NewGUID())+"@example.com")
		made := v.Submit(form, webtest.Host(host), webtest.Header("Cookie", "latchkey="+v.Cookie("latchkey"))).Want(http.StatusCreated)
		if made.Has("#only-here") != here || !strings.HasPrefix(made.Text("#link"), "http://"+host+"/invitation/") {
			t.Errorf("at %s the link is %s", host, made.Text("#link"))
		}
	}
}
