package console_test

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"latchkey/internal/console"
)

var (
	logs  = console.RepositoryRef{GUID: "11111111-1111-4111-8111-111111111111", Name: "logs"}
	other = console.RepositoryRef{GUID: "22222222-2222-4222-8222-222222222222", Name: "other"}
)

// asking is a token of that type with those scopes, which asks.
func asking(t console.Type, scopes ...string) console.Principal {
	token := console.Token{Type: t, Scopes: scopes}
	if t == console.TypeRepository {
		token.Repositories = []console.RepositoryRef{logs}
	}
	return console.Principal{}.AsToken(token)
}

func TestATokenMayWhatItsScopesSay(t *testing.T) {
	for _, c := range []struct {
		scope string
		may   []console.Permission
	}{
		{"ChangeIPFilters", []console.Permission{console.IPFilterRead, console.IPFilterWrite}},
		{"ChangeSecurityPolicies", []console.Permission{console.PolicyRead, console.PolicyWrite}},
		{"ManageUsers", []console.Permission{console.UserRead, console.UserInvite}},
		{"ViewUsage", nil},
		{"ChangeOrganizationPermissions", nil},
		{"ChangeAllViewOrRepositoryPermissions", nil},
	} {
		p := asking(console.TypeOrganization, c.scope)
		for _, perm := range []console.Permission{
			console.RepositoryRead, console.RepositoryWrite, console.TokenRead, console.TokenWrite, console.ScopeRead, console.ScopeWrite,
			console.UserRead, console.UserInvite, console.UserWrite, console.AccessWrite, console.MemberRead, console.AuditRead, console.SettingsRead, console.SettingsWrite,
			console.IPFilterRead, console.IPFilterWrite, console.PolicyRead, console.PolicyWrite,
		} {
			if got, want := p.May(perm), slices.Contains(c.may, perm); got != want {
				t.Errorf("a token with %s may %s everywhere: %v", c.scope, perm, got)
			}
		}
	}
}

// TestWhichTokensATokenReaches asks tokens with each scope about tokens of each type.
func TestWhichTokensATokenReaches(t *testing.T) {
	inLogs := console.Token{Type: console.TypeRepository, Scopes: []string{"ReadAccess"}, Repositories: []console.RepositoryRef{logs}}
	inBoth := console.Token{Type: console.TypeRepository, Scopes: []string{"ReadAccess"}, Repositories: []console.RepositoryRef{logs, other}}
	mightier := console.Token{Type: console.TypeRepository, Scopes: []string{"DeleteEvents", "ReadAccess"}, Repositories: []console.RepositoryRef{logs}}
	foreign := console.Token{Type: console.TypeRepository, Scopes: []string{"ReadAccess"}, Repositories: []console.RepositoryRef{other}}
	usage := console.Token{Type: console.TypeOrganization, Scopes: []string{"ViewUsage"}}
	management := console.Token{Type: console.TypeOrganizationManagement, Scopes: []string{"ManageSpecificOrganizations"}}
	health := console.Token{Type: console.TypeSystem, Scopes: []string{"ReadHealthCheck"}}
	personal := console.Token{Type: console.TypePersonal}
	targets := []console.Token{inLogs, inBoth, mightier, foreign, usage, management, health, personal}
	const yes, see = "", console.CodeForbidden
	const no = console.CodeNotFound
	for _, c := range []struct {
		name string
		p    console.Principal
		want []console.Code
	}{
		{"a view token without the right", asking(console.TypeRepository, "ReadAccess"), []console.Code{no, no, no, no, no, no, no, no}},
		{"a view token with the right", asking(console.TypeRepository, "ReadAccess", "ChangeViewOrRepositoryPermissions"), []console.Code{yes, see, see, no, no, no, no, no}},
		{"a view token with nothing but the right", asking(console.TypeRepository, "ChangeViewOrRepositoryPermissions"), []console.Code{no, no, no, no, no, no, no, no}},
		{"one of all views", asking(console.TypeOrganization, "ChangeAllViewOrRepositoryPermissions"), []console.Code{yes, yes, yes, yes, no, no, no, no}},
		{"one of the organization", asking(console.TypeOrganization, "ChangeOrganizationPermissions", "ViewUsage"), []console.Code{no, no, no, no, yes, no, no, no}},
		{"one of the organization that holds less", asking(console.TypeOrganization, "ChangeOrganizationPermissions"), []console.Code{no, no, no, no, see, no, no, no}},
		{"one of the system", asking(console.TypeSystem, "ChangeSystemPermissions", "ReadHealthCheck"), []console.Code{no, no, no, no, no, no, yes, no}},
		{"a personal token's record", asking(console.TypePersonal, "ChangeOrganizationPermissions"), []console.Code{no, no, no, no, see, no, no, no}},
	} {
		var got []console.Code
		for _, target := range targets {
			got = append(got, console.CodeOf(c.p.NeedToken(console.TokenWrite, target)))
			if see := c.p.MaySee(target); see == (got[len(got)-1] == no) {
				t.Errorf("%s and a token of type %s: changing it is %q, seeing it %v", c.name, target.Type, got[len(got)-1], see)
			}
		}
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s: %s", c.name, diff)
		}
	}
}

// TestATokenGivesOnlyWhatItHolds: with the right to the tokens of all views it
// holds what these can have.
func TestATokenGivesOnlyWhatItHolds(t *testing.T) {
	scope := func(name string) console.Scope {
		s, known := console.BuiltIn().Find(name)
		if !known {
			t.Fatalf("no scope %s", name)
		}
		return s
	}
	view := asking(console.TypeRepository, "ReadAccess", "ChangeViewOrRepositoryPermissions")
	all := asking(console.TypeOrganization, "ChangeAllViewOrRepositoryPermissions", "ChangeOrganizationPermissions")
	for _, c := range []struct {
		name  string
		p     console.Principal
		to    console.Type
		scope string
		want  bool
	}{
		{"its own", view, console.TypeRepository, "ReadAccess", true},
		{"the right itself", view, console.TypeRepository, "ChangeViewOrRepositoryPermissions", true},
		{"what it lacks", view, console.TypeRepository, "DeleteEvents", false},
		{"anything of a view, to one", all, console.TypeRepository, "DeleteEvents", true},
		{"what fits more than views, to a view", all, console.TypeRepository, console.ScopeIntrospect, true},
		{"the same to the organization", all, console.TypeOrganization, console.ScopeIntrospect, false},
		{"what it lacks to the organization", all, console.TypeOrganization, "ViewUsage", false},
	} {
		if got := c.p.MayGive(c.to, scope(c.scope)); got != c.want {
			t.Errorf("%s: %v", c.name, got)
		}
	}
	if view.MayMake(console.TypeOrganization) || !view.MayMake(console.TypeRepository) || all.MayMake(console.TypeSystem) || !all.MayMake(console.TypeOrganization) {
		t.Error("tokens make others than those of their types")
	}
	if asking(console.TypeOrganization, "ManageUsers").MayInvite(console.RoleOwner) || !view.MayInvite(console.RoleMember) {
		t.Error("a token invites more than members, or not even these")
	}
}

func TestWhatATokenSees(t *testing.T) {
	for _, c := range []struct {
		name string
		p    console.Principal
		want console.Visibility
	}{
		{"its repositories", asking(console.TypeRepository, "ReadAccess"), console.Visibility{Limited: true, Repositories: []console.GUID{logs.GUID}}},
		{"their tokens, too", asking(console.TypeRepository, "ReadAccess", "ChangeViewOrRepositoryPermissions"),
			console.Visibility{Limited: true, Repositories: []console.GUID{logs.GUID}, Scopes: []string{"ChangeViewOrRepositoryPermissions", "ReadAccess"}}},
		{"all of two types", asking(console.TypeOrganization, "ChangeAllViewOrRepositoryPermissions", "ChangeOrganizationPermissions"),
			console.Visibility{Limited: true, EveryRepository: true, Types: []console.Type{console.TypeRepository, console.TypeOrganization}}},
		{"nothing", asking(console.TypeOrganization, "ViewUsage"), console.Visibility{Limited: true}},
	} {
		if diff := cmp.Diff(c.want, c.p.Sees()); diff != "" {
			t.Errorf("%s: %s", c.name, diff)
		}
		if none := c.p.Sees().NoTokens(); none != (len(c.want.Types) == 0 && len(c.want.Scopes) == 0) {
			t.Errorf("%s: no tokens is %v", c.name, none)
		}
	}
	if !asking(console.TypeRepository).MayIn(console.RepositoryRead, logs.GUID) || asking(console.TypeRepository).MayIn(console.RepositoryRead, other.GUID) ||
		asking(console.TypeOrganization, "ChangeAllViewOrRepositoryPermissions").MayIn(console.RepositoryRead, "") {
		t.Error("a token looks at other repositories than its own, or at all that will be")
	}
}
