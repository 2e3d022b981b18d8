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

func TestThePersonPage(t *testing.T) {
	storetest.Each(t, func(t *testing.T, st *store.Store) {
		w := newWorld(t, st)
		tom := w.member("Tom", console.MemberManager, "ReadAccess")
		w.Token(w.logs, w.owner, "his", func(n *console.NewToken) { n.Owner = tom.GUID })
		v := w.SignedIn(w.owner)
		page := v.Get(personPath(tom)).Want(http.StatusOK)
		if link := page.Attr(`#person-tokens ~ *, a[href^="/tokens?owner="]`, "href"); !slices.Equal(names(v.Get(link)), []string{"his"}) {
			t.Errorf("the tokens that he owns are at %q", link)
		}
		for _, link := range []string{"#history-of", "#history-by"} {
			v.Get(page.Attr(link, "href")).Want(http.StatusOK)
		}
		if v.Get(personPath(w.owner)).Has("#disable-person, #new-link") {
			t.Error("an owner is offered to disable themselves")
		}
		v.Get("/people/" + string(console.NewGUID())).Want(http.StatusNotFound)

		member := page.Form("#m-" + string(w.logs.GUID) + "-form")
		member.Values.Set("as", "viewer")
		v.Submit(member).Want(http.StatusSeeOther)
		if got := w.stored(tom).Memberships[w.logs.GUID]; got != console.MemberViewer {
			t.Errorf("he is %q", got)
		}
		member.Values.Set("action", "end") // based on an older role
		member.Values.Set("confirmed", "yes")
		if a := v.Submit(member).Want(http.StatusConflict); !strings.Contains(a.Text("#person-problem"), "You changed Tom just now.") {
			t.Errorf("a stale membership: %s", a.Text("main"))
		}
		member.Values.Set("was", "viewer")
		v.Submit(member).Want(http.StatusSeeOther)
		add := v.Get(personPath(tom)).Form("#membership-form")
		add.Values.Set("action", "add")
		v.Submit(add).Want(http.StatusUnprocessableEntity)
		add.Values.Set("repository", string(w.logs.GUID))
		v.Submit(add).Want(http.StatusSeeOther)
		if got := v.Get(personPath(tom)).Text("#toasts .toast"); !strings.Contains(got, "Tom is a viewer of web-logs.") {
			t.Errorf("it says %q", got)
		}

		scopes := page.Form("#person-scopes-form")
		scopes.Values["scopes"] = []string{"ReadAccess", "ChangeFiles"}
		v.Submit(scopes).Want(http.StatusSeeOther)
		scopes.Values["scopes"] = []string{"QueryDashboard"}
		stale := v.Submit(scopes).Want(http.StatusConflict)
		if stale.Text("#f-scopes-now") != "Stored now: ChangeFiles and ReadAccess" || !stale.Has(`[value="QueryDashboard"][checked]`) || stale.Has(`[value="ReadAccess"][checked]`) {
			t.Errorf("stale scopes: %s", stale.Text("#person-scopes"))
		}
		v.Submit(stale.Form("#person-scopes-form")).Want(http.StatusSeeOther)
		if got := w.stored(tom).Scopes; !slices.Equal(got, []string{"QueryDashboard"}) {
			t.Errorf("he has %v", got)
		}
		scopes = v.Get(personPath(tom)).Form("#person-scopes-form")
		scopes.Values.Set("scopes", "Fly")
		v.Submit(scopes).Want(http.StatusUnprocessableEntity)
	})
}

func TestEditingAPerson(t *testing.T) {
	storetest.Each(t, func(t *testing.T, st *store.Store) {
		w := newWorld(t, st)
		tom := w.member("Tom", console.MemberManager)
		v := w.SignedIn(w.owner)
		form := v.Get(personPath(tom)+"/edit", webtest.HTMX(personPath(tom))).Want(http.StatusOK).Form("#person-form")
		form.Values.Set("email", "nobody")
		form.Values.Set("name", "")
		refused := v.Submit(form, webtest.HTMX(personPath(tom))).Want(http.StatusUnprocessableEntity)
		if refused.Text("#f-name-err") != "Enter a name." || refused.Text("#f-email-err") != "That is not an email address." || refused.Has("dialog") {
			t.Errorf("it says %s", refused.Text("form"))
		}
		form.Values.Set("email", "tom.ray@example.com")
		form.Values.Set("name", "Tom Ray")
		if a := v.Submit(form, webtest.HTMX(personPath(tom))).Want(http.StatusOK); a.Header.Get("HX-Location") != personPath(tom) {
			t.Errorf("saving leads to %q", a.Header.Get("HX-Location"))
		}
		form.Values.Set("name", "Thomas")
		stale := v.Submit(form).Want(http.StatusConflict)
		if stale.Text("#f-name-now") != "Stored now: Tom Ray" || stale.Attr("#f-name", "value") != "Thomas" || stale.Has("#f-email-now") {
			t.Errorf("a stale form: %s", stale.Text("main"))
		}
		v.Submit(stale.Form("#person-form")).Want(http.StatusSeeOther)
		self := v.Get(personPath(w.owner) + "/edit")
		if self.Has("[name=role]") || !strings.Contains(self.Text("#person-form"), "You can’t change your own role") {
			t.Error("an owner is offered to change their own role")
		}
		mine := self.Form("#person-form")
		v.Submit(mine).Want(http.StatusSeeOther)
		mine.Values.Set("role", "auditor")
		v.Submit(mine).Want(http.StatusUnprocessableEntity)
		admin := w.SignedIn(w.User("Adam", console.RoleAdministrator))
		admin.Get(personPath(tom) + "/edit").Want(http.StatusForbidden)
		admin.Get("/people/new").Want(http.StatusForbidden)
		form.Values.Set("csrf", admin.CSRF())
		admin.Submit(form).Want(http.StatusForbidden)
		admin.Post("/people", url.Values{"csrf": {admin.CSRF()}}).Want(http.StatusForbidden)
	})
}

func TestAnInvitationsLife(t *testing.T) {
	storetest.Each(t, func(t *testing.T, st *store.Store) {
		w := newWorld(t, st)
		v := w.SignedIn(w.owner)
		form := v.Get("/people/new").Want(http.StatusOK).Form("#invite-form")
		if len(form.Values["repository"]) != 3 || form.Values.Get("role") != "member" {
			t.Errorf("the form is %v", form.Values)
		}
		refused := v.Submit(form).Want(http.StatusUnprocessableEntity)
		if refused.Text("#f-email-err") != "Enter an email address." {
			t.Errorf("it says %s", refused.Text("main"))
		}
		form.Values.Set("email", "ines@example.com")
		form.Values["scopes"] = []string{"ReadAccess"}
		form.Values["repository"][1], form.Values["as"][1] = string(w.logs.GUID), "manager"
		made := v.Submit(form).Want(http.StatusCreated)
		link := made.Text("textarea#link")
		if !strings.HasPrefix(link, w.URL+"/invitation/") || made.Header.Get("Cache-Control") != "no-store" {
			t.Fatalf("the link is %q", link)
		}
		if again := v.Submit(form).Want(http.StatusConflict); again.Text("#f-email-err") != "There is already an account with that address." || !again.Has(`[value="ReadAccess"][checked]`) {
			t.Errorf("again: %s", again.Text("main"))
		}
		ines, path := w.find("ines@example.com"), strings.TrimPrefix(link, w.URL)
		if ines.Memberships[w.logs.GUID] != console.MemberManager || !v.Get(personPath(ines)).Has("#new-link") {
			t.Errorf("she is %+v", ines)
		}
		guest := w.Visitor()
		join := guest.Get(path).Want(http.StatusOK)
		if !strings.Contains(join.Text("main"), "ines@example.com") || join.Text("h1") != "Join Latchkey" {
			t.Errorf("the page says %s", join.Text("main"))
		}
		password := join.Form("#invitation-form")
		password.Values.Set("password", "short")
		if a := guest.Submit(password).Want(http.StatusUnprocessableEntity); !strings.Contains(a.Text("#i-pass-err"), "12 characters") || strings.Contains(a.Body, "short\"") {
			t.Errorf("it says %s", a.Text("main"))
		}
		password.Values.Set("name", "Ines Ferreira")
		password.Values.Set("password", webtest.Password)
		guest.Submit(password).Want(http.StatusSeeOther)
		if got := names(guest.Get("/tokens").Want(http.StatusOK)); !slices.Equal(got, []string{"grafana-readonly"}) {
			t.Errorf("she sees %v", got)
		}
		over := w.Visitor().Get(path).Want(http.StatusNotFound)
		if !strings.Contains(over.Text("main"), "Ask whoever sent it to you, or an owner of this console, for a new one.") {
			t.Errorf("a used link says %s", over.Text("main"))
		}

		asked := v.Get(personPath(ines) + "/link").Want(http.StatusOK)
		if !strings.Contains(asked.Text("main"), "their sessions end") {
			t.Errorf("the question is %s", asked.Text("main"))
		}
		reset := v.Submit(asked.Form("#link-form"), webtest.HTMX(personPath(ines))).Want(http.StatusCreated).Text("textarea#link")
		if guest.Get("/tokens").Status != http.StatusSeeOther {
			t.Error("her session goes on")
		}
		join = guest.Get(strings.TrimPrefix(reset, w.URL)).Want(http.StatusOK)
		if join.Text("h1") != "Set a new password" || join.Attr("#i-name", "value") != "Ines Ferreira" {
			t.Errorf("the page says %s", join.Text("main"))
		}
		for _, code := range []string{strings.TrimPrefix(link, w.URL+"/invitation/"), strings.TrimPrefix(reset, w.URL+"/invitation/")} {
			if strings.Contains(w.Log.String(), code) || strings.Contains(v.Get("/audit?period=all").Body, code) {
				t.Error("a code is in the log")
			}
		}
	})
}

func TestLeaving(t *testing.T) {
	storetest.Each(t, func(t *testing.T, st *store.Store) {
		w := newWorld(t, st)
		tom := w.member("Tom", console.MemberManager, "ReadAccess")
		token, _ := w.Token(w.logs, w.owner, "his", func(n *console.NewToken) { n.Owner = tom.GUID })
		his, v := w.SignedIn(tom), w.SignedIn(w.owner)
		ask := v.Get(personPath(tom) + "/departure").Want(http.StatusOK)
		if got := ask.Text("ul.perm"); got != "his Active owned" {
			t.Errorf("the tokens are %q", got)
		}
		aude := w.User("Aude", console.RoleAuditor)
		if got := ask.Texts("#f-to option"); !slices.Equal(got, []string{"Choose a person", "Olga, Owner"}) {
			t.Errorf("to choose from are %q", got)
		}
		form := ask.Form("#departure-form")
		if a := v.Submit(form).Want(http.StatusUnprocessableEntity); a.Text("#f-handover-err") != "Choose what becomes of the tokens." {
			t.Errorf("it says %s", a.Text("main"))
		}
		form.Values.Set("handover", "transfer")
		if a := v.Submit(form, webtest.HTMX(personPath(tom))).Want(http.StatusUnprocessableEntity); a.Text("#f-to-err") != "Choose who gets the tokens." || !a.Has(`[value="transfer"][checked]`) {
			t.Errorf("it says %s", a.Text("form"))
		}
		form.Values.Set("to", string(aude.GUID))
		if a := v.Submit(form).Want(http.StatusUnprocessableEntity); !strings.HasPrefix(a.Text("#f-to-err"), "Aude can’t change his") {
			t.Errorf("it says %s", a.Text("form"))
		}
		his.Get("/tokens").Want(http.StatusOK)
		form.Values.Set("to", string(w.owner.GUID))
		if a := v.Submit(form).Want(http.StatusOK); !strings.Contains(a.Text("main"), "his Given to Olga") {
			t.Errorf("the outcome is %s", a.Text("main"))
		}
		if a := his.Get("/tokens"); a.Status != http.StatusSeeOther {
			t.Errorf("his session goes on with %d", a.Status)
		}
		found, err := w.Store.FindToken(t.Context(), "", token.GUID)
		if err != nil || found.Owner.GUID != w.owner.GUID {
			t.Errorf("the token is owned by %v, %v", found.Owner, err)
		}
		page := v.Get(personPath(tom))
		if page.Has("#new-link") || page.Has("#person-scopes-form") || page.Has("#membership-form") || !page.Has("#enable-person") {
			t.Error("who is disabled is offered more")
		}
		v.Submit(page.Form("#return-form")).Want(http.StatusSeeOther)
		stale := v.Get(personPath(tom) + "/deletion").Want(http.StatusOK).Form("#person-deletion-form")
		if a := v.Submit(stale).Want(http.StatusConflict); !strings.Contains(a.Text("[role=alert]"), "not disabled") {
			t.Errorf("it says %s", a.Text("main"))
		}
		none := v.Get(personPath(tom) + "/departure").Form("#departure-form")
		v.Submit(none).Want(http.StatusSeeOther)
		v.Submit(stale).Want(http.StatusSeeOther)
		if got := v.Get("/people").Text("#toasts .toast"); !strings.Contains(got, "Tom removed") {
			t.Errorf("it says %q", got)
		}
		v.Get(personPath(tom)).Want(http.StatusNotFound)
		if got := v.Get("/audit?period=all&target=" + string(tom.GUID)).Text("main"); !strings.Contains(got, "removed Tom") {
			t.Errorf("the audit log says %s", got)
		}
		v.Post(personPath(w.owner)+"/departure", url.Values{"csrf": {v.CSRF()}, "handover": {"keep"}}).Want(http.StatusConflict)
	})
}

func TestMembersOfARepository(t *testing.T) {
	storetest.Each(t, func(t *testing.T, st *store.Store) {
		w := newWorld(t, st)
		const path = "/repositories/web-logs/settings/people"
		tom, una := w.member("Tom", console.MemberManager), w.member("Una", "")
		w.member("Vic", console.MemberViewer)
		v := w.SignedIn(w.User("Adam", console.RoleAdministrator))
		form := v.Get(path).Want(http.StatusOK).Form("#membership-form")
		form.Values.Set("action", "add")
		if a := v.Submit(form).Want(http.StatusUnprocessableEntity); a.Text("#f-person-err") != "Choose a person." {
			t.Errorf("it says %s", a.Text("main"))
		}
		form.Values.Set("person", string(una.GUID))
		v.Submit(form).Want(http.StatusSeeOther)
		if a := v.Submit(form); a.Status != http.StatusSeeOther { // again
			t.Errorf("adding again gives %d", a.Status)
		}
		page := v.Get(path)
		if got := page.Texts("ul.rows .nm"); !slices.Equal(got, []string{"Tom", "Una", "Vic"}) || page.Has("#membership-form") {
			t.Errorf("the members are %v", got)
		}
		end := page.Form("#m-" + string(una.GUID) + "-form")
		end.Values.Set("action", "end")
		asked := v.Submit(end).Want(http.StatusOK)
		if len(w.stored(una).Memberships) != 1 || asked.Text(".page-form h2") != "End the membership of Una in web-logs?" || asked.Attr(".modal-foot a", "href") != path {
			t.Errorf("nothing is asked: %s", asked.Text("main"))
		}
		end = asked.Form("#membership-end-form")
		v.Submit(end).Want(http.StatusSeeOther)
		if len(w.stored(una).Memberships) != 0 {
			t.Error("the membership goes on")
		}

		manager := w.SignedIn(tom)
		look := manager.Get(path).Want(http.StatusOK)
		if look.Has("ul.rows form") || look.Has("#membership-form") || look.Has(`ul.rows a`) || !look.Has(`.subnav a[href="`+path+`"]`) {
			t.Error("a manager is offered changes")
		}
		end.Values.Set("csrf", manager.CSRF())
		manager.Submit(end).Want(http.StatusForbidden)
		viewer := w.SignedIn(w.find("vic@example.com"))
		viewer.Get(path).Want(http.StatusNotFound)
		if viewer.Get("/repositories/web-logs/settings/general").Want(http.StatusOK).Has(`.subnav a[href="` + path + `"]`) {
			t.Error("the menu of a viewer leads to the members")
		}
		end.Values.Set("csrf", viewer.CSRF())
		viewer.Submit(end).Want(http.StatusNotFound)
	})
}

// TestMembersAreOfferedTheirScopes: no scope to filter by or to grant that they
// do not hold, and a word on whom to ask for others.
func TestMembersAreOfferedTheirScopes(t *testing.T) {
	storetest.Each(t, func(t *testing.T, st *store.Store) {
		w := newWorld(t, st)
		v := w.SignedIn(w.member("Tom", console.MemberManager, "QueryDashboard", "ReadAccess"))
		for _, path := range []string{"/tokens", "/repositories/web-logs/settings/tokens"} {
			var offered []string
			page := v.Get(path).Want(http.StatusOK)
			if got := page.Text("#filter-scopes-hint"); got != "Ask Olga for other scopes." {
				t.Errorf("the filter of %s says %q", path, got)
			}
			for _, box := range page.All(`#filter-scopes input[name="scope"]`) {
				offered = append(offered, webtest.Attr(box, "value"))
			}
			if !slices.Equal(offered, []string{"ReadAccess", "QueryDashboard"}) {
				t.Errorf("%s offers %v", path, offered)
			}
		}
		if v.Get("/tokens?scope=ChangeFiles").Has(".chip-on") {
			t.Error("a scope that is not theirs filters")
		}
		form := v.Get("/repositories/web-logs/settings/tokens/new").Want(http.StatusOK)
		if got := form.Text("#f-scopes-hint"); got != "Ask Olga for other scopes." {
			t.Errorf("the form says %q", got)
		}
		w.User("Adam", console.RoleAdministrator)
		w.User("Bea", console.RoleAdministrator)
		if got := v.Get("/tokens/new").Text("#f-scopes-hint"); got != "Ask Adam, Bea or Olga for other scopes." {
			t.Errorf("the form says %q", got)
		}
		if owner := w.SignedIn(w.owner); owner.Get("/tokens/new").Has("#f-scopes-hint") || owner.Get("/tokens").Has("#filter-scopes-hint") {
			t.Error("an owner is told whom to ask")
		}
	})
}
