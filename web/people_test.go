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
	"latchkey/web/webtest"
)

// member makes a member with scopes, who is something in the world's repository.
func (w world) member(name string, role console.MemberRole, scopes ...string) console.User {
	w.T.Helper()
	user := w.User(name, console.RoleMember)
	if len(scopes) > 0 {
		w.must(w.Service.ChangeAccess(w.T.Context(), by(w.owner), []console.AccessChange{{User: user.GUID, Version: 1, Gain: scopes}}))
	}
	if role != "" {
		w.must(w.Service.UpdateMembership(w.T.Context(), by(w.owner), user.GUID, w.logs.GUID, "", role))
	}
	return w.stored(user)
}

func (w world) must(_ any, err error) {
	w.T.Helper()
	if err != nil {
		w.T.Fatal(err)
	}
}

func (w world) stored(user console.User) console.User {
	w.T.Helper()
	found, err := w.Store.FindUser(w.T.Context(), user.GUID)
	if err != nil {
		w.T.Fatal(err)
	}
	return found
}

func personPath(user console.User) string { return "/people/" + string(user.GUID) }

func TestThePeoplePage(t *testing.T) {
	storetest.Each(t, func(t *testing.T, st *store.Store) {
		w := newWorld(t, st)
		tom := w.member("Tom Ray", console.MemberManager, "ReadAccess")
		w.User("Aude", console.RoleAuditor)
		left := w.User("Pia", console.RoleAdministrator)
		w.must(w.Service.DisableUser(t.Context(), by(w.owner), left.GUID, console.Departure{}))
		v := w.SignedIn(w.owner)
		page := v.Get("/people").Want(http.StatusOK)
		if page.Attr(`.side a[href="/people"]`, "aria-current") != "page" || page.Text(".tabs a[aria-current]") != "People 4" || !page.Has(`.tabs a[href="/scopes"]`) {
			t.Error("the menu and the tabs do not lead here")
		}
		for user, want := range map[console.GUID]string{
			tom.GUID: "Tom Ray tom.ray@example.com Member", w.owner.GUID: "Olga olga@example.com Owner", left.GUID: "Pia Disabled on 21 Nov 2026 Disabled",
		} {
			if got := page.Text("#p-" + string(user)); !strings.Contains(got, want) {
				t.Errorf("a row says %q, want %q", got, want)
			}
		}
		box := func(user console.User, scope string) string {
			for _, label := range page.All("#p-" + string(user.GUID) + " td.cell label") {
				if strings.HasPrefix(webtest.Text(label), scope+" for "+user.Name) {
					state := ""
					for node := range label.Descendants() {
						for _, attr := range node.Attr {
							if attr.Key == "checked" || attr.Key == "disabled" {
								state += attr.Key + " "
							}
						}
					}
					return strings.TrimSpace(state)
				}
			}
			return "none"
		}
		for name, got := range map[string]string{
			"checked": box(tom, "ReadAccess"), "": box(tom, "QueryDashboard"), "checked disabled": box(w.owner, "QueryDashboard"), "disabled": box(left, "ReadAccess"),
		} {
			if got != name {
				t.Errorf("a box is %q, want %q", got, name)
			}
		}
		if !page.Has(`.tbl-scroll[role="region"][tabindex="0"][aria-label]`) || !page.Has("#invite") {
			t.Error("the region has no name, or nobody can be invited")
		}
		for query, want := range map[string][]string{
			"?q=RAY+tom": {"Tom Ray"}, "?q=example.com+olga": {"Olga"}, "?role=auditor": {"Aude"}, "?repository=web-logs": {"Tom Ray"},
			"?role=king&q=aude": {"Aude"}, "?repository=nowhere&q=olga": {"Olga"}, "?q=nobody": nil,
		} {
			if got := v.Get("/people" + query).Want(http.StatusOK).Texts(".mx a.nm"); !slices.Equal(got, want) {
				t.Errorf("%s finds %q, want %q", query, got, want)
			}
		}
		region := v.Get("/people?group=Ingest&q=tom", webtest.HTMX("/people")).Want(http.StatusOK)
		if region.Has("nav.side") || region.Header.Get("HX-Push-Url") != "/people?group=Ingest&q=tom" || len(region.All("th.sc")) != 4 || region.Text(`hx-partial[hx-target="#people-matches"]`) != "1 person" {
			t.Errorf("the region is %.300s", region.Body)
		}
		for query, want := range map[string]struct {
			opened  int
			columns []string
		}{
			"":                                  {7, []string{"Data access", "Data management"}},
			"?group=Ingest&group=Data+access":   {6, []string{"Data access", "Ingest"}},
			"?group=nothing":                    {7, []string{"Data access", "Data management"}},
			"?group=Search+and+view&q=ray":      {12, []string{"Search and view"}},
			"?group=Ingest&group=Ingest&q=olga": {4, []string{"Ingest"}},
		} {
			page := v.Get("/people" + query).Want(http.StatusOK)
			if got := page.Texts("th[colspan]"); !slices.Equal(got, want.columns) || len(page.All("th.sc")) != want.opened || len(page.All("th.sum"))+len(got) != 20 {
				t.Errorf("%q opens %q with %d scopes", query, got, len(page.All("th.sc")))
			}
		}
		if got := page.Texts("#p-" + string(tom.GUID) + " td.sum")[0]; got != "0 of 12" {
			t.Errorf("of a closed group they hold %s", got)
		}
		if got := page.Attr("#group-Ingest", "href"); got != "/people?group=Data+access&group=Data+management&group=Ingest" || page.Attr("#group-Ingest", "aria-expanded") != "false" {
			t.Errorf("a closed group opens with %s", got)
		}
		only := v.Get("/people?group=Ingest").Want(http.StatusOK)
		if only.Has("#group-Ingest") || only.Attr(`input[form="people-filters"][name="group"]`, "value") != "Ingest" {
			t.Error("the only open group can be closed, or the filters forget it")
		}
		auditor := w.SignedIn(w.stored(w.find("aude@example.com")))
		look := auditor.Get("/people").Want(http.StatusOK)
		if look.Has("#access-form") || look.Has("#invite") || look.Has(".mx .check:not([disabled])") {
			t.Error("an auditor is offered changes")
		}
		for _, selector := range []string{"form#person-scopes-form", "#membership-form", "#edit-person", "#disable-person"} {
			if auditor.Get(personPath(tom)).Want(http.StatusOK).Has(selector) {
				t.Errorf("an auditor is offered %s", selector)
			}
		}
		v = w.SignedIn(tom)
		if v.Get("/tokens").Has(`a[href="/people"]`) {
			t.Error("the menu of a member leads to people")
		}
		v.Get("/people").Want(http.StatusNotFound)
		v.Get(personPath(tom)).Want(http.StatusNotFound)
	})
}

// find is the person with that address.
func (w world) find(email string) console.User {
	w.T.Helper()
	user, err := w.Service.FindPerson(w.T.Context(), by(w.owner), email)
	if err != nil {
		w.T.Fatal(err)
	}
	return user
}

func TestChangingAccess(t *testing.T) {
	storetest.Each(t, func(t *testing.T, st *store.Store) {
		w := newWorld(t, st)
		tom, una := w.member("Tom", "", "ReadAccess"), w.member("Una", "")
		v := w.SignedIn(w.User("Adam", console.RoleAdministrator))
		form := v.Get("/people?q=example").Want(http.StatusOK).Form("#access-form")
		if !slices.Equal(form.Values["person"], []string{string(tom.GUID), string(una.GUID)}) || !slices.Equal(form.Values["cell"], []string{"0.0"}) {
			t.Fatalf("the form is %v", form.Values)
		}
		none := v.Submit(form).Want(http.StatusOK)
		if none.Has("[name=save]") || !none.Has("#access-bar .no-js") {
			t.Error("nothing can be saved when nothing changed")
		}
		form.Values["cell"] = []string{"0.1", "1.0"}
		const sentences = "Tom gains QueryDashboard and loses ReadAccess. Una gains ReadAccess."
		bar := v.Submit(form, webtest.HTMX("/people?q=example")).Want(http.StatusOK)
		if bar.Has("main") || !strings.Contains(bar.Text("div.sub"), sentences) || bar.Text(".badge") != "3 changes" || bar.Attr("#discard", "href") != "/people?q=example" {
			t.Errorf("the bar is %s", bar.Body)
		}
		review := v.Submit(form).Want(http.StatusOK)
		if !strings.Contains(review.Text("#access-bar"), sentences) || len(w.stored(una).Scopes) != 0 {
			t.Errorf("the review says %s", review.Text("#access-bar"))
		}
		again := review.Form("#access-form")
		if !slices.Equal(again.Values["cell"], []string{"0.1", "1.0"}) || !slices.Equal(again.Values["base"], []string{"0", ""}) {
			t.Errorf("the review carries %v", again.Values)
		}
		again.Values.Set("save", "yes")
		if a := v.Submit(again).Want(http.StatusSeeOther); a.Header.Get("Location") != "/people?q=example" {
			t.Errorf("saving leads to %s", a.Header.Get("Location"))
		}
		if got := v.Get("/people").Text("#toasts .toast"); !strings.Contains(got, "Access saved") || !strings.Contains(got, sentences) {
			t.Errorf("it says %q", got)
		}
		if got := w.stored(tom).Scopes; !slices.Equal(got, []string{"QueryDashboard"}) {
			t.Errorf("Tom has %v", got)
		}

		// The form is older than what was just saved, and than what an owner does now.
		w.must(w.Service.ChangeAccess(t.Context(), by(w.owner), []console.AccessChange{{User: una.GUID, Version: 2, Gain: []string{"QueryDashboard"}}}))
		una = w.stored(una)
		form.Values["cell"], form.Values["save"] = []string{"0.0", "1.0"}, []string{"yes"}
		stale := v.Submit(form).Want(http.StatusConflict)
		if got := stale.Text("#access-changed"); !strings.Contains(got, w.owner.Name+" changed Una ") || strings.Contains(got, "Tom") {
			t.Errorf("a stale form says %q", got)
		}
		if got := stale.Text("#p-" + string(una.GUID) + " .now-stored"); got != "Stored now: ReadAccess and QueryDashboard" {
			t.Errorf("stored now is %q", got)
		}
		if len(w.stored(una).Scopes) != 2 || w.stored(una).Version != una.Version {
			t.Error("a stale form was saved")
		}
		merged := stale.Form("#access-form")
		if !slices.Equal(merged.Values["cell"], []string{"0.1", "1.0", "1.1"}) {
			t.Errorf("the form comes back with %v", merged.Values["cell"])
		}
		v.Post("/people/access", url.Values{"csrf": form.Values["csrf"], "save": {"yes"}, "person": {string(w.owner.GUID)}, "version": {"1"}, "base": {""}, "scope": {"ReadAccess"}, "cell": {"0.0"}}).Want(http.StatusConflict)
		w.must(w.Service.RetireScope(t.Context(), by(w.owner), "ChangeParsers", true))
		retired := v.Post("/people/access", url.Values{"csrf": form.Values["csrf"], "save": {"yes"}, "person": {string(tom.GUID)}, "version": {"3"}, "base": {""}, "scope": {"ChangeParsers"}, "cell": {"0.0"}}).Want(http.StatusUnprocessableEntity)
		if !strings.Contains(retired.Text("#access-problem"), "ChangeParsers is retired") {
			t.Errorf("a retired scope: %s", retired.Text("main"))
		}
		for _, junk := range []url.Values{{}, {"person": {"x"}, "version": {"y"}, "base": {"z"}, "cell": {"9.9"}}, {"person": {string(console.NewGUID())}, "version": {"1"}, "base": {"0"}, "scope": {"ReadAccess"}}} {
			junk.Set("csrf", form.Values.Get("csrf"))
			if a := v.Post("/people/access", junk); a.Status != http.StatusOK && a.Status != http.StatusConflict {
				t.Errorf("%v is answered by %d", junk, a.Status)
			}
		}
	})
}
