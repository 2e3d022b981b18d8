package console_test

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"latchkey/internal/console"
)

// TestNeed has every role against every permission.
func TestNeed(t *testing.T) {
	const (
		yes       = console.Code("")
		forbidden = console.CodeForbidden
		notFound  = console.CodeNotFound
	)
	nothing := [9]console.Code(slices.Repeat([]console.Code{notFound}, 9))
	stranger := [9]console.Code(slices.Repeat([]console.Code{console.CodeUnauthenticated}, 9))
	permissions := []console.Permission{
		console.RepositoryRead, console.RepositoryWrite, console.TokenRead, console.TokenWrite,
		console.ScopeRead, console.ScopeWrite, console.UserWrite, console.AuditRead, "nonsense",
	}
	person := func(role console.Role) console.Principal {
		return console.Principal{Kind: console.PrincipalUser, GUID: console.NewGUID(), Role: role}
	}
	asked := map[console.Role]bool{}
	for _, test := range []struct {
		name  string
		actor console.Principal
		want  [9]console.Code
	}{
		{"an owner", person(console.RoleOwner), [...]console.Code{yes, yes, yes, yes, yes, yes, yes, yes, notFound}},
		{"the program itself", console.System("cli"), [...]console.Code{yes, yes, yes, yes, yes, yes, yes, yes, notFound}},
		{"an administrator", person(console.RoleAdministrator), [...]console.Code{yes, yes, yes, yes, yes, yes, forbidden, yes, notFound}},
		{"an auditor", person(console.RoleAuditor), [...]console.Code{yes, forbidden, yes, forbidden, yes, forbidden, forbidden, yes, notFound}},
		{"a member", person(console.RoleMember), nothing},
		{"a person without a role", person(""), nothing},
		{"a person of a role in capitals", person("OWNER"), nothing},
		{"a token", console.Principal{Kind: console.PrincipalToken, GUID: console.NewGUID(), Scopes: []string{console.ScopeIntrospect}},
			nothing},
		{"nobody", console.Principal{}, stranger},
		{"nobody with a role", console.Principal{Role: console.RoleOwner}, stranger},
	} {
		asked[test.actor.Role] = true
		for i, perm := range permissions {
			if got := console.CodeOf(test.actor.Need(perm)); got != test.want[i] {
				t.Errorf("%s needs %s: %q, want %q", test.name, perm, got, test.want[i])
			}
			if got, want := test.actor.May(perm), test.want[i] == yes; got != want {
				t.Errorf("%s may %s: %v, want %v", test.name, perm, got, want)
			}
		}
	}
	for _, role := range console.Roles {
		if !asked[role] || !role.Valid() || role.Label() == "" {
			t.Errorf("role %q is not asked, not valid or without a label", role)
		}
	}
	for _, role := range []console.Role{"", "OWNER", "root"} {
		if role.Valid() {
			t.Errorf("%q is a role", role)
		}
	}
}

func TestDid(t *testing.T) {
	from := console.Principal{Address: "203.0.113.7", Agent: "Browser", RequestID: "r-1"}
	ann := console.User{GUID: console.NewGUID(), Name: "Ann", Role: console.RoleAuditor}
	actor := from.As(ann)
	if actor.Kind != console.PrincipalUser || actor.Role != console.RoleAuditor || actor.Ref() != ann.Ref() || actor.Address != from.Address {
		t.Errorf("Ann asks as %+v", actor)
	}
	target := console.Target{Kind: console.TargetToken, GUID: console.NewGUID(), Name: "deploy"}
	want := console.AuditEvent{
		At: noon, Action: console.TokenRevoked, ActorKind: console.PrincipalUser, Actor: ann.Ref(), Target: target,
		Address: "203.0.113.7", Agent: "Browser", RequestID: "r-1",
	}
	if diff := cmp.Diff(want, actor.Did(console.TokenRevoked, target, noon)); diff != "" {
		t.Error(diff)
	}
	from.Token = console.NewGUID()
	if got := from.As(ann).Did(console.TokenRevoked, target, noon); got.Through != from.Token || got.Actor != ann.Ref() {
		t.Errorf("by a personal token it is recorded as %+v", got)
	}
}

func TestChanges(t *testing.T) {
	field := func(name, value string) console.Change { return console.Change{Field: name, New: value} }
	for _, test := range []struct {
		name                string
		before, after, want []console.Change
	}{
		{"nothing", nil, nil, nil},
		{"what stays", []console.Change{field("a", "1"), field("b", "")}, []console.Change{field("a", "1"), field("b", "")}, nil},
		{"what changes, comes and goes, in order", []console.Change{field("c", "1"), field("b", ""), field("a", "1"), field("d", "1")},
			[]console.Change{field("a", ""), field("b", "2"), field("c", "1"), field("d", "2")},
			[]console.Change{{Field: "a", Old: "1"}, {Field: "b", New: "2"}, {Field: "d", Old: "1", New: "2"}}},
		{"from nothing", nil, []console.Change{field("a", "1"), field("b", "")}, []console.Change{{Field: "a", New: "1"}}},
	} {
		if diff := cmp.Diff(test.want, console.Changes(test.before, test.after)); diff != "" {
			t.Errorf("%s: %s", test.name, diff)
		}
	}
}

// TestRecordsTellEveryField changes each field of a record that people can set.
func TestRecordsTellEveryField(t *testing.T) {
	full := console.Token{
		Type: console.TypeRepository, Name: "deploy", Description: "text", Scopes: []string{"a", "b"},
		Repositories: []console.RepositoryRef{{Name: "web"}, {Name: "api"}}, ValidFrom: noon, ValidTo: after(ms),
		Owner: console.PersonRef{Name: "Ann"},
	}
	want := []console.Change{
		{Field: "type", New: "repository"}, {Field: "name", New: "deploy"}, {Field: "description", New: "text"}, {Field: "scopes", New: "a b"},
		{Field: "repositories", New: "web api"}, {Field: "valid_from", New: "2026-11-21T12:00:00.000Z"},
		{Field: "valid_to", New: "2026-11-21T12:00:00.001Z"}, {Field: "owner", New: "Ann"},
	}
	if diff := cmp.Diff(want, console.Changes(console.Token{}.Fields(), full.Fields())); diff != "" {
		t.Errorf("a token: %s", diff)
	}
	view := console.Repository{Name: "all", Kind: console.KindView, Description: "text", Connections: []console.Connection{
		{Repository: console.RepositoryRef{Name: "web"}, Filter: "*"}, {Repository: console.RepositoryRef{Name: "api"}, Filter: "error"},
	}}
	want = []console.Change{
		{Field: "name", New: "all"}, {Field: "kind", New: "view"}, {Field: "description", New: "text"}, {Field: "connections", New: "web: *\napi: error"},
	}
	if diff := cmp.Diff(want, console.Changes(console.Repository{}.Fields(), view.Fields())); diff != "" {
		t.Errorf("a view: %s", diff)
	}
}

func TestCount(t *testing.T) {
	for n, want := range map[int]string{0: "0 tokens", 1: "1 token", 2: "2 tokens", 1000: "1000 tokens"} {
		if got := console.Count(n, "token"); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}
