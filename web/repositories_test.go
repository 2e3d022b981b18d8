package web_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"latchkey/internal/console"
	"latchkey/internal/store"
	"latchkey/internal/store/storetest"
	"latchkey/web/webtest"
)

func TestTheListOfRepositories(t *testing.T) {
	storetest.Each(t, func(t *testing.T, st *store.Store) {
		w := newWorld(t, st)
		sample(w)
		v := w.SignedIn(w.owner)
		a := v.Get("/repositories").Want(http.StatusOK)
		if got := a.Texts("tbody .nm"); !slices.Equal(got, []string{"other-logs", "web-logs"}) {
			t.Errorf("the list is %q", got)
		}
		if got := a.Text("tbody tr:last-child"); got != "WL web-logs What web-logs is for 2 of 6 6 1 expiring Repository Tokens" {
			t.Errorf("a row says %q", got)
		}
		if a.Text("#repository-count") != "2 repositories" {
			t.Errorf("there are %q", a.Text("#repository-count"))
		}
		found := v.Get("/repositories?q=WEB", webtest.HTMX("/repositories")).Want(http.StatusOK)
		if got := found.Texts("tbody .nm"); !slices.Equal(got, []string{"web-logs"}) || found.Header.Get("HX-Push-Url") != "/repositories?q=WEB" {
			t.Errorf("searching shows %q at %q", got, found.Header.Get("HX-Push-Url"))
		}
		if got := v.Get("/repositories?q=none").Text(".empty"); !strings.HasPrefix(got, "No repositories match Nothing has “none” in its name.") {
			t.Errorf("nothing found: %q", got)
		}
		for i := range 30 {
			w.Repository(fmt.Sprintf("r-%02d", i))
		}
		first := v.Get("/repositories?limit=25")
		second := v.Get(first.Attr(`a[aria-label="Next page"]`, "href"))
		if first.Text(".foot .num") != "1–25 of 32" || second.Text(".foot .num") != "26–32 of 32" {
			t.Errorf("pages say %q and %q", first.Text(".foot .num"), second.Text(".foot .num"))
		}
	})
}

func TestMakingRepositoriesAndViews(t *testing.T) {
	storetest.Each(t, func(t *testing.T, st *store.Store) {
		w := newWorld(t, st)
		v := w.SignedIn(w.owner)
		form := v.Get("/repositories/new").Want(http.StatusOK).Form("#repository-form")
		refused := v.Submit(form).Want(http.StatusUnprocessableEntity)
		if refused.Text("#f-name-err") != "Give it a name." {
			t.Errorf("no name: %q", refused.Text("#f-name-err"))
		}
		for name, status := range map[string]int{
			"a b": 422, "a/b": 422, "..": 422, "new": 422, strings.Repeat("a", 101): 422, "Web-Logs": 409, "\u202egol": 422, "<b>": 422,
		} {
			form.Values.Set("name", name)
			if a := v.Submit(form); a.Status != status || a.Text("#f-name-err") == "" || a.Attr("#f-name", "value") != name {
				t.Errorf("%q: %d, %q", name, a.Status, a.Text("#f-name-err"))
			}
		}
		form.Values.Set("name", "Zürich.logs")
		form.Values.Set("description", "Lines\nof text")
		a := v.Submit(form).Want(http.StatusSeeOther)
		shown := v.Get(a.Header.Get("Location")).Want(http.StatusOK)
		if !strings.Contains(shown.Text("main"), "Lines of text") || !strings.Contains(shown.Text("#toasts"), "Zürich.logs created") {
			t.Errorf("the repository's page says %q", shown.Text("main"))
		}
		v.Get("/repositories/Z%c3%bcrich%2elogs/settings/tokens").Want(http.StatusOK)

		view := v.Post("/repositories/new", with(form.Values, "kind", "view")).Want(http.StatusOK).Form("#repository-form")
		view.Values.Set("name", "both")
		if a := v.Submit(view).Want(http.StatusUnprocessableEntity); a.Text("#f-connections-err") != "Choose at least one repository that the view reads from." {
			t.Errorf("an empty view: %q", a.Text("#f-connections-err"))
		}
		more := v.Post("/repositories/new", with(view.Values, "action", "add")).Want(http.StatusOK).Form("#repository-form")
		if len(more.Values["connection_repository"]) != len(view.Values["connection_repository"])+1 {
			t.Error("Add another does not")
		}
		more.Values["connection_repository"] = []string{"web-logs", "", "Zürich.logs"}
		more.Values["connection_filter"] = []string{"status=500", "", ""}
		v.Submit(more).Want(http.StatusSeeOther)
		text := v.Get("/repositories/both").Text("main")
		if !strings.Contains(text, "web-logs status=500") || !strings.Contains(text, "Zürich.logs *") {
			t.Errorf("the view's page says %s", text)
		}
		if !strings.Contains(v.Get("/repositories/web-logs").Text("main"), "both") {
			t.Error("the repository does not name its view")
		}
		v.Get("/repositories/both/settings").Want(http.StatusSeeOther)
	})
}

// TestTwoEditors: the second one sees what the first one wrote, and nothing is lost.
func TestTwoEditors(t *testing.T) {
	storetest.Each(t, func(t *testing.T, st *store.Store) {
		w := newWorld(t, st)
		one, two := w.SignedIn(w.owner), w.SignedIn(w.owner)
		path := "/repositories/web-logs/settings/general"
		first, second := one.Get(path).Form("#repository-form"), two.Get(path).Form("#repository-form")
		first.Values.Set("description", "first's words")
		a := one.Submit(first).Want(http.StatusSeeOther)
		if !strings.Contains(one.Get(a.Header.Get("Location")).Text("#toasts"), "web-logs saved") {
			t.Error("saving is not said")
		}
		second.Values.Set("description", "second's words")
		clash := two.Submit(second).Want(http.StatusConflict)
		if !strings.Contains(clash.Text("main"), "Now: first's words") || clash.Text("#f-desc") != "second's words" {
			t.Errorf("the second sees %s", clash.Text("#repository-form"))
		}
		if got := one.Get("/repositories/web-logs").Text("main"); !strings.Contains(got, "first's words") {
			t.Error("the first's words are gone")
		}
		two.Submit(clash.Form("#repository-form")).Want(http.StatusSeeOther)
		if got := one.Get("/repositories/web-logs").Text("main"); !strings.Contains(got, "second's words") {
			t.Error("the second can't save after all")
		}
		rename := two.Get(path).Form("#repository-form")
		rename.Values.Set("name", "site-logs")
		a = two.Submit(confirmed(two.Submit(rename).Want(http.StatusUnprocessableEntity))).Want(http.StatusSeeOther)
		two.Get(a.Header.Get("Location")).Want(http.StatusOK)
		two.Get("/repositories/site-logs/settings/tokens/" + string(w.token.GUID)).Want(http.StatusOK)
	})
}

// confirmed is the form of a repository with the box ticked that asks for it.
func confirmed(a *webtest.Answer) webtest.Form {
	form := a.Form("#repository-form")
	form.Values.Set("confirm", a.Attr("#confirm-name", "value"))
	return form
}

// TestRenamingARepository: who renames knows what stops working and says so, and
// whoever saves under the old name meanwhile loses nothing.
func TestRenamingARepository(t *testing.T) {
	storetest.Each(t, func(t *testing.T, st *store.Store) {
		w := newWorld(t, st)
		one, two := w.SignedIn(w.owner), w.SignedIn(w.owner)
		path := "/repositories/web-logs/settings/general"
		shown := one.Get(path)
		for _, told := range []string{"the page Settings, Tokens", "/forward-auth/…/web-logs/….", "stop working at once"} {
			if !strings.Contains(shown.Text("#repository-form"), told) {
				t.Errorf("the form does not say %q: %s", told, shown.Text("#repository-form"))
			}
		}
		if one.Get("/repositories/new").Has("#repository-form .callout") {
			t.Error("a new one warns of its old name")
		}
		form, stale := shown.Form("#repository-form"), two.Get(path).Form("#repository-form")
		form.Values.Set("name", "site-logs")
		asked := one.Submit(form).Want(http.StatusUnprocessableEntity)
		one.Get(path).Want(http.StatusOK)
		again := confirmed(asked)
		again.Values.Set("name", "edge-logs") // not the name that was confirmed
		asked = one.Submit(again).Want(http.StatusUnprocessableEntity)
		if got := asked.Text("#f-confirm"); !strings.Contains(got, "Rename it to edge-logs, and let the old addresses stop working") {
			t.Errorf("it asks %q", got)
		}
		one.Submit(confirmed(asked)).Want(http.StatusSeeOther)

		stale.Values.Set("description", "typed for minutes")
		clash := two.Submit(stale).Want(http.StatusConflict)
		if clash.Text("#f-desc") != "typed for minutes" || !strings.Contains(clash.Text("#repository-form"), "Now: edge-logs") {
			t.Errorf("under the old name: %s", clash.Text("main"))
		}
		fixed := clash.Form("#repository-form")
		fixed.Values.Set("name", "edge-logs")
		two.Submit(fixed).Want(http.StatusSeeOther)
		if got := two.Get("/repositories/edge-logs").Text(".lede"); got != "typed for minutes" {
			t.Errorf("saved is %q", got)
		}
		fixed = two.Get("/repositories/edge-logs/settings/general").Form("#repository-form")
		fixed.Values.Set("name", "Edge-Logs")
		two.Submit(fixed).Want(http.StatusSeeOther)
	})
}

func TestDeletingARepository(t *testing.T) {
	storetest.Each(t, func(t *testing.T, st *store.Store) {
		w := newWorld(t, st)
		v := w.SignedIn(w.owner)
		asked := v.Get("/repositories/web-logs/deletion").Want(http.StatusOK)
		if asked.Has("#deletion-form [data-save]") || !strings.Contains(asked.Text("#deletion-form"), "web-logs has 1 token that can still be active.") {
			t.Errorf("it asks although it can't: %q", asked.Text("#deletion-form"))
		}
		form := asked.Form("#deletion-form")
		refused := v.Submit(form).Want(http.StatusConflict)
		if !strings.Contains(refused.Text("#deletion-form"), "web-logs has 1 token that can still be active.") {
			t.Errorf("with a token in it: %q", refused.Text("#deletion-form"))
		}
		htmx := v.Submit(form, webtest.HTMX("/repositories/web-logs/settings/general")).Want(http.StatusConflict)
		if !htmx.Has(`hx-partial[hx-target="#deletion-form"] form`) {
			t.Errorf("with htmx: %.300s", htmx.Body)
		}
		if _, err := w.Service.RevokeToken(t.Context(), console.Principal{}.As(w.owner), w.logs.GUID, w.token.GUID, ""); err != nil {
			t.Fatal(err)
		}
		if !v.Get("/repositories/web-logs/deletion").Has("#deletion-form [data-save]") {
			t.Error("it can't be deleted without live tokens")
		}
		a := v.Submit(form, webtest.HTMX("/repositories/web-logs/settings/general")).Want(http.StatusOK)
		if a.Header.Get("HX-Location") != "/repositories" {
			t.Errorf("htmx is sent to %q", a.Header.Get("HX-Location"))
		}
		if !strings.Contains(v.Get("/repositories").Text("#toasts"), "web-logs deleted") {
			t.Error("deleting is not said")
		}
		v.Get("/repositories/web-logs").Want(http.StatusNotFound)
		v.Submit(form).Want(http.StatusNotFound)
	})
}
