package console_test

import (
	"slices"
	"strings"
	"testing"

	"latchkey/internal/console"
)

// TestWhatPersonalTokensLend: nobody's token does more in a repository than its
// person may there. Managers have all of their scopes, viewers those that read.
func TestWhatPersonalTokensLend(t *testing.T) {
	web, app := console.RepositoryRef{GUID: console.NewGUID(), Name: "web-logs"}, console.RepositoryRef{GUID: console.NewGUID(), Name: "app-logs"}
	catalogue := console.BuiltIn().With([]console.Scope{{Name: "billing:read", Own: true}, {Name: "billing:write", Own: true}, {Name: "billing:gone", Own: true, Retired: true}})
	scopes := []string{"ChangeFiles", "ReadAccess", "billing:gone", "billing:read", "billing:write"}
	const all, reading = "ChangeFiles ReadAccess billing:read billing:write", "ReadAccess billing:read"
	manager, viewer := console.MemberManager, console.MemberViewer
	for _, c := range []struct {
		name     string
		role     console.Role
		web, app console.MemberRole
		// inWeb and inApp are the scopes there, anywhere without a repository named, and
		// told to a token of app-logs that asks; "-" is nothing at all.
		inWeb, inApp, anywhere, told string
	}{
		{"a manager of both", console.RoleMember, manager, manager, all, all, all, all},
		{"a viewer of both", console.RoleMember, viewer, viewer, reading, reading, reading, reading},
		{"a manager of one and viewer of the other", console.RoleMember, viewer, manager, reading, all, reading, all},
		{"the other way round", console.RoleMember, manager, viewer, all, reading, reading, reading},
		{"a manager of one", console.RoleMember, manager, "", all, "-", all, "-"},
		{"a viewer of one", console.RoleMember, "", viewer, "-", reading, reading, reading},
		{"a member of nothing", console.RoleMember, "", "", "-", "-", reading, "-"},
		{"an auditor", console.RoleAuditor, "", "", "", "", "", ""},
	} {
		person := console.User{GUID: console.NewGUID(), Role: c.role, Scopes: scopes, Memberships: map[console.GUID]console.MemberRole{}}
		var memberOf []console.RepositoryRef
		for repository, role := range map[console.RepositoryRef]console.MemberRole{web: c.web, app: c.app} {
			if role != "" {
				person.Memberships[repository.GUID] = role
				memberOf = append(memberOf, repository)
			}
		}
		token := console.Token{Type: console.TypePersonal}.HeldBy(person, memberOf, catalogue)
		for repository, want := range map[string]string{"web-logs": c.inWeb, "APP-logs": c.inApp, "": c.anywhere} {
			told := console.Introspection{Active: true, Token: token}.For(console.Requirement{Repository: repository})
			if got := strings.Join(told.Token.Scopes, " "); told.Active != (want != "-") || told.Active && got != want {
				t.Errorf("%s has in %q %q, active %v; want %q", c.name, repository, got, told.Active, want)
			}
			changes := console.Introspection{Active: true, Token: token}.For(console.Requirement{Repository: repository, Scopes: []string{"ChangeFiles"}})
			if changes.Active != (want == all) {
				t.Errorf("%s changes files in %q: %v", c.name, repository, changes.Active)
			}
		}
		asking := console.Principal{Kind: console.PrincipalToken, Type: console.TypeRepository, Repositories: []console.RepositoryRef{app}}
		told, some := asking.AsksAbout(token)
		if got := strings.Join(told.Scopes, " "); some != (c.told != "-") || some && got != c.told {
			t.Errorf("a token of app-logs is told of %s: %v %q, want %q", c.name, some, got, c.told)
		}
		if !slices.Equal(token.Scopes, console.Token{}.HeldBy(person, memberOf, catalogue).Scopes) {
			t.Errorf("%s: asking changed what it has", c.name)
		}
	}
}
