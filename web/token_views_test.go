package web_test

import (
	"net/http"
	"net/url"
	"slices"
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
		form.Values.Set("shared", "yes")
		form.Values.Set("default", "yes")
		form = v.Submit(form).Want(http.StatusUnprocessableEntity).Form("#view-form")
		form.Values.Set("name", "Active <b>readers</b>")
		saved := v.Submit(form).Want(http.StatusSeeOther).Header.Get("Location")
		to := v.Get("/tokens").Want(http.StatusSeeOther).Header.Get("Location")
		if saved != to {
			t.Errorf("saving it leads to %s", saved)
		}
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

// TestAnEmptiedListStaysEmpty: where a list opens with a view, taking away its
// last filter by hand does not bring the view back.
func TestAnEmptiedListStaysEmpty(t *testing.T) {
	storetest.Each(t, func(t *testing.T, st *store.Store) {
		w := newWorld(t, st)
		sample(w)
		v := w.SignedIn(w.owner)
		if remove := v.Get("/tokens?status=active").Want(http.StatusOK).Attr(".chip a", "href"); remove != "/tokens" {
			t.Errorf("without a view the last filter is removed by %q", remove)
		}
		form := v.Get("/tokens/views?status=expired").Want(http.StatusOK).Form("#view-form")
		form.Values.Set("name", "gone")
		form.Values.Set("default", "yes")
		v.Submit(form).Want(http.StatusSeeOther)
		page := v.Get("/tokens?status=active").Want(http.StatusOK)
		remove := page.Attr(".chip a", "href")
		if all := v.Get(remove).Want(http.StatusOK); remove != "/tokens?view=none" || all.Has(".chip") {
			t.Errorf("the last filter is removed by %q", remove)
		}
		if !page.Has(`input[form=token-filters][name=view][value=none]`) {
			t.Error("the filter form would bring the view back")
		}
	})
}

// TestChangingAViewKeepsTheListThatCanBeSaved, and what was typed.
func TestChangingAViewKeepsTheListThatCanBeSaved(t *testing.T) {
	storetest.Each(t, func(t *testing.T, st *store.Store) {
		w := newWorld(t, st)
		v := w.SignedIn(w.owner)
		form := v.Get("/tokens/views?status=active").Want(http.StatusOK).Form("#view-form")
		form.Values.Set("name", "now")
		v.Submit(form).Want(http.StatusSeeOther)
		const here = "/tokens/views?status=revoked"
		page := v.Get(here).Want(http.StatusOK)
		if got := page.Texts(".chip"); !slices.Equal(got, []string{"Status: Revoked", "Status: Active"}) {
			t.Errorf("the filters are %q", got)
		}
		change := page.Form(`section[id^="view-"] form`)
		change.Values.Set("name", "")
		change.Values.Set("shared", "yes")
		refused := v.Submit(change).Want(http.StatusUnprocessableEntity)
		if !refused.Has(`section[id^="view-"] input[name=shared][checked]`) || refused.Has("#view-form input[name=shared][checked]") {
			t.Error("what was ticked is lost, or ticked elsewhere")
		}
		change = refused.Form(`section[id^="view-"] form`)
		change.Values.Set("name", "then")
		if to := v.Submit(change).Want(http.StatusSeeOther).Header.Get("Location"); to != here {
			t.Errorf("a change leads to %s", to)
		}
		for _, deed := range []string{"default", "deletion"} {
			form := v.Get(here).Form(`form[action*="/` + deed + `"]`)
			if to := v.Submit(form).Want(http.StatusSeeOther).Header.Get("Location"); to != here {
				t.Errorf("its %s leads to %s", deed, to)
			}
		}
	})
}

// TestAViewTakesWhatTheListIsNow, and only when that is ticked.
func TestAViewTakesWhatTheListIsNow(t *testing.T) {
	storetest.Each(t, func(t *testing.T, st *store.Store) {
		w := newWorld(t, st)
		sample(w)
		v := w.SignedIn(w.owner)
		form := v.Get("/tokens/views?status=active").Want(http.StatusOK).Form("#view-form")
		form.Values.Set("name", "now")
		v.Submit(form).Want(http.StatusSeeOther)
		link := func() string { return v.Get("/tokens/views").Want(http.StatusOK).Attr(`[id^="view-"] h2 a`, "href") }
		for _, c := range []struct {
			ticked bool
			want   string
		}{{false, "status=active"}, {true, "status=revoked"}} {
			page := v.Get("/tokens/views?status=revoked").Want(http.StatusOK)
			change := page.Form(`section[id^="view-"] form`)
			if c.ticked {
				change.Values.Set("query", page.Attr(`section[id^="view-"] input[name=query]`, "value"))
			}
			v.Submit(change).Want(http.StatusSeeOther)
			if got := link(); !strings.Contains(got, c.want) {
				t.Errorf("ticked %v: it leads to %s", c.ticked, got)
			}
		}
	})
}

// TestColumnsAreThePersonsOrTheViews: those of an address come first, and no
// column at all is a choice, too.
func TestColumnsAreThePersonsOrTheViews(t *testing.T) {
	storetest.Each(t, func(t *testing.T, st *store.Store) {
		w := newWorld(t, st)
		sample(w)
		v, list := w.SignedIn(w.owner), "/tokens?status=active"
		heads := func(address string) (text string) {
			page := v.Get(address).Want(http.StatusOK)
			for _, class := range []string{"guid", "from", "exp", "used"} {
				if cell := page.Has("td.c-" + class); cell != page.Has("th.c-"+class) {
					t.Errorf("%s has half a column %s", address, class)
				} else if cell {
					text += class + " "
				}
			}
			return text
		}
		want := func(when, address, columns string) {
			t.Helper()
			if got := heads(address); got != columns {
				t.Errorf("%s are columns %q, want %q", when, got, columns)
			}
		}
		want("at first", list, "guid from exp used ")
		choose := func(columns ...string) {
			t.Helper()
			form := v.Get(list).Want(http.StatusOK).Form("#columns-form")
			form.Values["column"] = columns
			if to := v.Submit(form).Want(http.StatusSeeOther).Header.Get("Location"); to != list {
				t.Errorf("it goes on to %s", to)
			}
		}
		choose("used", "guid")
		want("after choosing", list, "guid used ")
		want("of an address", list+"&column=name&column=expires", "exp ")
		page := v.Get(list)
		form := v.Get(page.Attr(`.tools a[href^="/tokens/views"]`, "href")).Want(http.StatusOK).Form("#view-form")
		form.Values.Set("name", "mine")
		v.Submit(form).Want(http.StatusSeeOther)
		choose()
		want("after choosing none", list, "")
		want("of the repository's page", "/repositories/web-logs/settings/tokens?status=active", "")
		want("of the view", v.Get("/tokens/views").Attr(`[id^="view-"] h2 a`, "href"), "guid used ")
	})
}
