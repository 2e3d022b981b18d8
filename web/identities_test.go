package web_test

import (
	"net/http"
	"strings"
	"testing"

	"latchkey/internal/console"
	"latchkey/internal/oidc/oidctest"
	"latchkey/internal/store"
	"latchkey/internal/store/storetest"
	"latchkey/web/webtest"
)

func TestTheSingleSignOnPage(t *testing.T) {
	storetest.Each(t, func(t *testing.T, st *store.Store) {
		s := newVisit(t, st, func(p *console.Provider) {
			p.Mapping = console.Mapping{
				"platform": {Role: console.RoleAdministrator}, "*": {},
				"developers": {Role: console.RoleMember, Repositories: map[string]console.MemberRole{"web-logs": console.MemberManager, "gone": console.MemberViewer}, Scopes: []string{"ReadAccess", "no:such"}},
			}
		})
		s.Repository("web-logs")
		for _, role := range []console.Role{console.RoleOwner, console.RoleAdministrator, console.RoleAuditor} {
			page := s.SignedIn(s.User(role.Label(), role)).Get("/people/single-sign-on").Want(http.StatusOK)
			text := page.Text("#provider-northwind")
			for _, want := range []string{
				"Northwind SSO Answers", s.liar.URL, "latchkey", s.URL + "/login/northwind/callback", "Get an account of their own.",
				"platform Administrator.", "Everybody May sign in.", "developers Member; manager of web-logs; viewer of gone; holds ReadAccess, no:such.",
				"These do not exist here, and nobody gets them: gone no:such",
			} {
				if !strings.Contains(text, want) {
					t.Errorf("%s does not see %q in %q", role, want, text)
				}
			}
		}
		s.SignedIn(s.User("Mem", console.RoleMember)).Get("/people/single-sign-on").Want(http.StatusNotFound)
	})
	st := storetest.Open(t, storetest.SQLite(t))
	site := webtest.New(t, st)
	v := site.SignedIn(site.User("Olga", console.RoleOwner))
	if page := v.Get("/people/single-sign-on").Want(http.StatusOK); !strings.Contains(page.Text("main"), "No provider is set up") {
		t.Errorf("without providers: %s", page.Text("main"))
	}
	if site.Visitor().Get("/login").Has(".or") {
		t.Error("the sign-in page offers what there is not")
	}
}

func TestUnlinking(t *testing.T) {
	storetest.Each(t, func(t *testing.T, st *store.Store) {
		s := newVisit(t, st, func(p *console.Provider) { p.LinkByEmail = true })
		linked := s.User("Jane", console.RoleMember)
		s.liar.Set(func(l *oidctest.Liar) { l.Authenticated = s.Now() })
		away := s.v.Get("/login/northwind?fresh=1").Want(http.StatusSeeOther).Header.Get("Location")
		s.v.Get(local(t, s.liar.SignIn(t, away))).Want(http.StatusSeeOther)
		path := "/people/" + string(linked.GUID) + "/identities"
		page := s.v.Get(path).Want(http.StatusOK)
		if page.Text("h1") != "How you sign in" || !strings.Contains(page.Text("#identities"), "Northwind SSO As jane-1") {
			t.Errorf("one's own page says %q", page.Text("main"))
		}
		ask := page.Attr("#identities a.btn", "href")
		s.SignedIn(s.User("Mem", console.RoleMember)).Get(ask).Want(http.StatusNotFound)
		auditor := s.SignedIn(s.User("Aude", console.RoleAuditor))
		if a := auditor.Get(path).Want(http.StatusOK); a.Has("#identities a.btn") || a.Text("h1") != "How Jane signs in" {
			t.Errorf("an auditor sees %q", a.Text("main"))
		}
		auditor.Get(ask).Want(http.StatusForbidden)
		s.v.Get(path + "/0123/deletion").Want(http.StatusNotFound)
		inPage, dialog := s.v.Get(ask).Want(http.StatusOK), s.v.Get(ask, webtest.HTMX(path)).Want(http.StatusOK)
		if !dialog.Has("dialog[data-modal] #identity-deletion-form[hx-post]") || !inPage.Has("main .page-form #identity-deletion-form:not([hx-post])") ||
			dialog.Text("dialog h2") != "Unlink Northwind SSO?" || inPage.Text(".page-form h2") != "Unlink Northwind SSO?" {
			t.Error("no dialog, or no page")
		}
		if a := s.v.Submit(inPage.Form("#identity-deletion-form")).Want(http.StatusSeeOther); a.Header.Get("Location") != path {
			t.Errorf("it leads to %s", a.Header.Get("Location"))
		}
		if after := s.v.Get(path); !strings.Contains(after.Text("#identities"), "linked to no provider") || !strings.Contains(after.Text(".toasts"), "Sign-in unlinked") {
			t.Errorf("afterwards: %s", after.Text("body"))
		}
	})
}
