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

// ownScope makes a scope of the organization's own.
func ownScope(w world, name string) console.Scope {
	w.T.Helper()
	scope, err := w.Service.CreateScope(w.T.Context(), by(w.owner), console.NewScope{
		Name: name, Label: "What " + name + " allows", Group: "Billing", Types: []console.Type{console.TypeRepository},
	})
	if err != nil {
		w.T.Fatal(err)
	}
	return scope
}

func TestTheScopesPage(t *testing.T) {
	storetest.Each(t, func(t *testing.T, st *store.Store) {
		w := newWorld(t, st)
		ownScope(w, "billing:read")
		if _, err := w.Service.RetireScope(t.Context(), by(w.owner), "QueryDashboard", true); err != nil {
			t.Fatal(err)
		}
		v := w.SignedIn(w.owner)
		page := v.Get("/scopes").Want(http.StatusOK)
		if page.Attr(`.side a[href="/scopes"]`, "aria-current") != "page" {
			t.Error("the menu does not lead here")
		}
		row := func(name string) string { return page.Text(`tr[id="s-` + name + `"]`) }
		for name, want := range map[string]string{
			"ReadAccess":            "ReadAccess Data read access Repository Catalogue 1 token",
			"DeleteEvents":          "DeleteEvents Delete events Repository High risk Catalogue No tokens",
			"QueryDashboard":        "QueryDashboard Dashboard query access Repository Retired Catalogue No tokens",
			"billing:read":          "billing:read What billing:read allows Repository Own No tokens",
			console.ScopeIntrospect: "latchkey:introspect Ask what other tokens are worth Repository, Organization, System Catalogue No tokens",
		} {
			if got := row(name); got != want {
				t.Errorf("%s shows as %q, want %q", name, got, want)
			}
		}
		if link := page.Attr(`tr[id="s-ReadAccess"] .c-use a`, "href"); link != "/tokens?scope=ReadAccess" || len(names(v.Get(link))) != 1 {
			t.Errorf("its tokens are at %s", link)
		}
		groups := page.Texts("tr.group th")
		if sorted := slices.Clone(groups); len(groups) < 10 || !slices.Contains(groups, "Billing") || len(slices.Compact(slices.Sorted(slices.Values(sorted)))) != len(groups) {
			t.Errorf("the groups are %q", groups)
		}
		for query, want := range map[string][]string{
			"?q=READ+invoices": nil, "?q=billing": {"billing:read"}, "?q=cluster+ingest": {"IngestAcrossAllReposWithinCluster"}, "?q=data+retention": {"ChangeRetention"},
		} {
			if got := v.Get("/scopes" + query).Want(http.StatusOK).Texts("tbody code"); !slices.Equal(got, want) {
				t.Errorf("%s finds %q, want %q", query, got, want)
			}
		}
		if got := v.Get("/scopes?q=nothing+at+all").Text(".empty"); !strings.HasPrefix(got, "No scopes match") {
			t.Errorf("an empty result says %q", got)
		}
		region := v.Get("/scopes?q=billing", webtest.HTMX("/scopes")).Want(http.StatusOK)
		if region.Has("nav") || region.Header.Get("HX-Push-Url") != "/scopes?q=billing" || region.Text(`hx-partial[hx-target="#scope-matches"]`) != "1 scope" {
			t.Errorf("the region is %.300s", region.Body)
		}
		auditor := w.SignedIn(w.User("Aude", console.RoleAuditor)).Get("/scopes").Want(http.StatusOK)
		if auditor.Has("#new-scope") || auditor.Has(".c-act a") {
			t.Error("an auditor is offered changes")
		}
		member := w.SignedIn(w.User("Stella", console.RoleMember)).Get("/tokens").Want(http.StatusOK)
		if member.Has(`a[href="/scopes"]`) || member.Has(`a[href="/audit"]`) {
			t.Error("the menu of a member leads to what is not theirs")
		}
	})
}

func TestAddingAndEditingAScope(t *testing.T) {
	storetest.Each(t, func(t *testing.T, st *store.Store) {
		w := newWorld(t, st)
		v := w.SignedIn(w.owner)
		here := webtest.HTMX("/scopes?q=billing")
		form := v.Get("/scopes/new").Want(http.StatusOK).Form("#scope-form")
		refused := v.Submit(form).Want(http.StatusUnprocessableEntity)
		for selector, want := range map[string]string{
			"#f-name-err": "Give the scope a name.", "#f-label-err": "Say what the scope allows.", "#f-types-err": "Choose which tokens can have it.",
		} {
			if got := refused.Text(selector); got != want {
				t.Errorf("%s is %q, want %q", selector, got, want)
			}
		}
		form.Values = url.Values{"csrf": form.Values["csrf"], "label": {"Read invoices"}, "group": {"Billing"}, "risk": {"high"}, "types": {"repository", "system"}}
		for name, problem := range map[string]string{
			"Billing": "Use a form such as billing:read: lower-case words, joined by a colon.", "latchkey:introspect": "Names that begin with latchkey: are the console’s own.",
		} {
			form.Values.Set("name", name)
			if a := v.Submit(form, here).Want(http.StatusUnprocessableEntity); a.Text("#f-name-err") != problem || a.Has("dialog") {
				t.Errorf("%s: %q", name, a.Text("#f-name-err"))
			}
		}
		form.Values.Set("name", " billing:read ")
		a := v.Submit(form, here).Want(http.StatusOK)
		if got := a.Texts(`hx-partial[hx-target="#scope-list"] code`); !slices.Equal(got, []string{"billing:read"}) || a.Text("#toasts strong, hx-partial strong") != "billing:read added" {
			t.Errorf("the answer is %.400s", a.Body)
		}
		if a := v.Submit(form).Want(http.StatusConflict); a.Text("#f-name-err") != "There is already a scope with that name." {
			t.Errorf("a taken name: %s", a.Text("#f-name-err"))
		}
		created := v.Get(list + "/new").Want(http.StatusOK)
		if !created.Has(`input[value="billing:read"]`) || !strings.Contains(created.Text("#token-form"), "Read invoices") {
			t.Error("tokens can't have it")
		}

		edit := v.Get("/scopes/billing:read/edit").Want(http.StatusOK).Form("#scope-form")
		if edit.Action != "/scopes/billing:read" || edit.Values.Get("label") != "Read invoices" || edit.Values.Get("risk") != "high" || edit.Values.Get("name") != "" {
			t.Errorf("the form is %v", edit)
		}
		edit.Values.Set("label", "Read all invoices")
		edit.Values.Set("name", "billing:write") // has no effect
		v.Submit(edit).Want(http.StatusSeeOther)
		if got := v.Get("/scopes?q=invoices").Text(".c-name"); got != "billing:read Read all invoices" {
			t.Errorf("saved as %q", got)
		}
		edit.Values.Set("label", "Mine")
		stale := v.Submit(edit).Want(http.StatusConflict)
		if stale.Text("#f-label-now") != "Stored now: Read all invoices" || stale.Has("#f-group-now") || stale.Attr("#f-label", "value") != "Mine" || !strings.Contains(stale.Text(".callout-warn"), "You changed this scope just now.") {
			t.Errorf("a stale form: %s", stale.Text("#scope-form"))
		}
		v.Submit(stale.Form("#scope-form"), here).Want(http.StatusOK)
		v.Get("/scopes/ReadAccess/edit").Want(http.StatusConflict)
		v.Get("/scopes/no:such/edit").Want(http.StatusNotFound)
		v.Post("/scopes/ReadAccess", edit.Values).Want(http.StatusConflict)
		v.Post("/scopes/no:such", edit.Values).Want(http.StatusNotFound)
	})
}

func TestRetiringAScope(t *testing.T) {
	storetest.Each(t, func(t *testing.T, st *store.Store) {
		w := newWorld(t, st)
		v := w.SignedIn(w.owner)
		asked := v.Get("/scopes/ReadAccess/retirement").Want(http.StatusOK)
		if !strings.Contains(asked.Text("main"), "No token gets it any more. 1 token has it and keeps it.") {
			t.Errorf("the question is %s", asked.Text("main"))
		}
		v.Submit(asked.Form("#scope-retirement-form")).Want(http.StatusSeeOther)
		page := v.Get("/scopes")
		if page.Text("#toasts strong") != "ReadAccess retired" || !strings.Contains(page.Text(`tr[id="s-ReadAccess"]`), "Retired") {
			t.Errorf("the list says %s", page.Text(`tr[id="s-ReadAccess"]`))
		}
		if v.Get(list + "/new").Has(`input[value="ReadAccess"]`) {
			t.Error("a retired scope is offered")
		}
		edit := v.Get(tokenPath(w) + "/edit")
		if !edit.Has(`input[value="ReadAccess"][checked]`) {
			t.Error("a token that has it loses it by being edited")
		}
		v.Submit(edit.Form("#token-form")).Want(http.StatusSeeOther)
		asked = v.Get("/scopes/ReadAccess/reinstatement", webtest.HTMX("/scopes")).Want(http.StatusOK)
		a := v.Submit(asked.Form("#scope-retirement-form"), webtest.HTMX("/scopes")).Want(http.StatusOK)
		if !a.Has(`hx-partial[hx-target="#scope-list"]`) || !v.Get(list+"/new").Has(`input[value="ReadAccess"]`) {
			t.Errorf("reinstated: %.300s", a.Body)
		}
		v.Get("/scopes/no:such/retirement").Want(http.StatusNotFound)
		csrf := url.Values{"csrf": {v.CSRF()}}
		v.Post("/scopes/no:such/retirement", csrf).Want(http.StatusNotFound)
		v.Post("/scopes/no:such/reinstatement", csrf).Want(http.StatusNotFound)
	})
}
