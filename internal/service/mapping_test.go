package service_test

import (
	"context"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"latchkey/internal/console"
	"latchkey/internal/password"
	"latchkey/internal/service"
)

// anyFlow is the provider for flows that began in any order.
type anyFlow struct{ *provider }

func (p *anyFlow) Redeem(context.Context, console.SignInFlow, string) (console.Assertion, error) {
	return p.said, p.err
}

// with is another service on the site's database, with other providers.
func (s *site) with(providers ...service.Provider) *service.Service {
	s.t.Helper()
	svc, err := service.New(s.t.Context(), s.store, service.Options{
		Key: key(1), Now: s.clock.now, Passwords: password.NewWeak(), Providers: providers,
	})
	s.must(err)
	return svc
}

func TestAFirstSignInMakesAnAccount(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		s.sso.settings.Create = true
		s.sso.settings.Mapping = console.Mapping{
			"dev":  {Role: console.RoleMember, Repositories: map[string]console.MemberRole{"web-logs": console.MemberManager}, Scopes: []string{"ReadAccess", "no:such"}},
			"rest": {Role: console.RoleOwner},
		}
		s.sso.said.Groups = []string{"dev", "unheard of"}
		since := len(s.events())
		user, err := s.arrive()
		s.must(err)
		want := console.User{
			GUID: user.GUID, Email: "Jane@example.com", Name: "Jane Doe", Role: console.RoleMember, Scopes: []string{"ReadAccess"},
			Memberships: map[console.GUID]console.MemberRole{s.repo.GUID: console.MemberManager}, CreatedAt: opening, Version: 2,
		}
		if diff := cmp.Diff(want, user); diff != "" {
			t.Errorf("made is somebody else: %s", diff)
		}
		by := origin
		by.Kind, by.Name = console.PrincipalSystem, "Northwind SSO"
		signedIn := s.event(origin.As(user), console.SignedIn, user.AsTarget())
		signedIn.Reason = "With Northwind SSO."
		s.recorded(since, s.event(by, console.UserCreated, user.AsTarget(),
			console.Change{Field: "email", New: "Jane@example.com"}, console.Change{Field: "name", New: "Jane Doe"}, console.Change{Field: "role", New: "member"},
			console.Change{Field: "provider", New: "Northwind SSO"}, console.Change{Field: "scopes", New: "ReadAccess"}, console.Change{Field: "repositories", New: "web-logs: manager"},
		), signedIn)
		s.clock.forward(day)
		again, err := s.arrive()
		s.must(err)
		if diff := cmp.Diff(user, again); diff != "" {
			t.Errorf("the second time they are somebody else: %s", diff)
		}
		if got := len(s.events()) - since; got != 3 {
			t.Errorf("%d events are recorded", got)
		}
		identities, err := s.store.ListIdentities(t.Context(), user.GUID)
		if err != nil || len(identities) != 1 || !identities[0].LastUsedAt.Equal(opening.Add(day)) {
			t.Errorf("they are %+v, %v", identities, err)
		}
	})
}

// TestGroupsAreTheTruth: at every sign-in, for what the mapping names and for
// nothing else.
func TestGroupsAreTheTruth(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		user, identity := s.linked()
		named, other := s.repository("named"), s.repository("other")
		s.must(s.store.PutMembership(t.Context(), user.GUID, other.GUID, console.MemberViewer))
		user.Scopes = []string{"ChangeFiles"}
		s.must(s.store.UpdateUser(t.Context(), user, 1))
		s.sso.said.Subject = identity.Subject
		s.sso.settings.Mapping = console.Mapping{
			"dev":     {Repositories: map[string]console.MemberRole{"Named": console.MemberViewer}, Scopes: []string{"ReadAccess"}},
			"lead":    {Repositories: map[string]console.MemberRole{"named": console.MemberManager}, Scopes: []string{"ChangeDashboards", "ReadAccess"}},
			"auditor": {Role: console.RoleAuditor},
			"admin":   {Role: console.RoleAdministrator},
		}
		stays := true
		for _, step := range []struct {
			groups  []string
			role    console.Role
			scopes  string
			member  console.MemberRole
			changes int
			out     bool
		}{
			{groups: []string{"dev"}, role: console.RoleMember, scopes: "ChangeFiles ReadAccess", member: console.MemberViewer, changes: 2},
			{groups: []string{"dev"}, role: console.RoleMember, scopes: "ChangeFiles ReadAccess", member: console.MemberViewer},
			{groups: []string{"lead", "dev"}, role: console.RoleMember, scopes: "ChangeDashboards ChangeFiles ReadAccess", member: console.MemberManager, changes: 2},
			{groups: []string{"auditor", "admin"}, role: console.RoleAdministrator, scopes: "ChangeFiles", changes: 3},
			{groups: []string{"auditor"}, role: console.RoleAuditor, scopes: "ChangeFiles", changes: 1},
			{groups: []string{"nothing"}, role: console.RoleMember, scopes: "ChangeFiles", changes: 1, out: true},
			{groups: nil, role: console.RoleMember, scopes: "ChangeFiles", out: true},
		} {
			s.sso.said.Groups = step.groups
			stays = stays && step.role == console.RoleMember // other roles have no memberships to come back to
			since := len(s.events())
			_, err := s.arrive()
			want := console.Code("")
			if step.out {
				want = console.CodeUnauthenticated
			}
			s.refused(strings.Join(step.groups, " "), err, want)
			now, err := s.store.FindUser(t.Context(), user.GUID)
			s.must(err)
			memberships, err := s.store.ListMemberships(t.Context(), user.GUID)
			s.must(err)
			if now.Role != step.role || strings.Join(now.Scopes, " ") != step.scopes || memberships[named.GUID] != step.member || (memberships[other.GUID] == console.MemberViewer) != stays {
				t.Errorf("%v: they are %+v with %v", step.groups, now, memberships)
			}
			events := s.events()[since:]
			if step.changes == 0 && len(events) != 1 || step.changes > 0 && (len(events) != 2 || events[0].Action != console.UserEdited || len(events[0].Changes) != step.changes) {
				t.Errorf("%v: recorded are %+v", step.groups, events)
			}
		}
	})
}

// TestARoleFromGroupsEndsOtherSessions: an id from before opens nothing of it.
func TestARoleFromGroupsEndsOtherSessions(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		user, identity := s.linked()
		s.sso.said.Subject, s.sso.said.Groups = identity.Subject, []string{"admin"}
		before := s.session(user, "a")
		s.sso.settings.Mapping = console.Mapping{"admin": {Role: console.RoleAdministrator}}
		promoted, err := s.arrive()
		s.must(err)
		s.alive("a session of the role before", before, false)
		now := s.session(promoted, "b")
		again, err := s.arrive()
		s.must(err)
		s.alive("a session of the same role", now, true)
		s.session(again, "c")
	})
}

// TestTheLastOwnerStaysOne, whatever their groups say.
func TestTheLastOwnerStaysOne(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		owner, ctx := s.people[console.RoleOwner], t.Context()
		s.must(s.store.InsertIdentity(ctx, console.Identity{Issuer: s.sso.settings.Issuer, Subject: "owner-1", User: owner.GUID, CreatedAt: opening, LastUsedAt: opening}))
		s.sso.said.Subject, s.sso.said.Groups = "owner-1", []string{"dev"}
		s.sso.settings.Mapping = console.Mapping{"dev": {Role: console.RoleMember}}
		disabled := s.person(console.User{Name: "Former", Role: console.RoleOwner})
		s.disable(disabled)
		user, err := s.arrive()
		s.must(err)
		if user.Role != console.RoleOwner {
			t.Errorf("the last owner is %s now", user.Role)
		}
		s.person(console.User{Name: "Second", Role: console.RoleOwner})
		if user, err = s.arrive(); err != nil || user.Role != console.RoleMember {
			t.Errorf("one of two owners is %s now, %v", user.Role, err)
		}
	})
}

// TestOfManyOwnersOneStays, though all are demoted at once.
func TestOfManyOwnersOneStays(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		providers, backs := []service.Provider{}, []console.SignInReturn{}
		mapping := console.Mapping{"dev": {Role: console.RoleMember}}
		owners := []console.User{s.people[console.RoleOwner], s.person(console.User{Role: console.RoleOwner}), s.person(console.User{Role: console.RoleOwner})}
		for _, owner := range owners {
			p := &anyFlow{newProvider()}
			p.settings.ID, p.settings.Issuer, p.settings.Mapping = "sso"+string(owner.GUID), "https://sso.example/"+string(owner.GUID), mapping
			p.said.Issuer, p.said.Groups = p.settings.Issuer, []string{"dev"}
			s.must(s.store.InsertIdentity(t.Context(), console.Identity{Issuer: p.settings.Issuer, Subject: p.said.Subject, User: owner.GUID, CreatedAt: opening, LastUsedAt: opening}))
			providers = append(providers, p)
		}
		svc := s.with(providers...)
		for _, p := range providers {
			_, keep, err := svc.StartSignIn(t.Context(), p.Settings().ID, redirect, "/", false)
			s.must(err)
			backs = append(backs, console.SignInReturn{Provider: p.Settings().ID, Redirect: redirect, Flow: keep, State: p.(*anyFlow).flow.State, Code: "the code"})
		}
		roles := together(len(backs), func(i int) console.Role {
			user, _, err := svc.FinishSignIn(t.Context(), origin, backs[i])
			if err != nil {
				t.Error(err)
			}
			return user.Role
		})
		if left := len(slices.DeleteFunc(roles, func(r console.Role) bool { return r != console.RoleOwner })); left != 1 {
			t.Errorf("%d owners are left", left)
		}
	})
}

// TestLinkingByAddress keeps the account as it is, with its password.
func TestLinkingByAddress(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		s.sso.settings.LinkByEmail = true
		account := s.account("jane@example.com")
		since := len(s.events())
		user, err := s.arrive()
		s.must(err)
		if user.GUID != account.GUID || user.Role != account.Role || user.Version != 1 {
			t.Errorf("they become %+v", user)
		}
		actions := []console.Action{}
		for _, event := range s.events()[since:] {
			actions = append(actions, event.Action)
		}
		if !slices.Equal(actions, []console.Action{console.IdentityLinked, console.SignedIn}) {
			t.Errorf("recorded are %v", actions)
		}
		s.try("the password", origin, account.Email, phrase, welcome, 0)
		s.sso.settings.LinkByEmail = false
		s.sso.says(func(said *console.Assertion) { said.Email = "" }) // the subject is enough from now on
		if user, err = s.arrive(); err != nil || user.GUID != account.GUID {
			t.Errorf("the second time they are %+v, %v", user, err)
		}
	})
}

// TestAMappingAddsUp: the mightiest role, everybody's share, names in order.
func TestAMappingAddsUp(t *testing.T) {
	m := console.Mapping{
		console.Everybody: {Scopes: []string{"b"}},
		"dev":             {Role: console.RoleMember, Repositories: map[string]console.MemberRole{"x": console.MemberViewer, "y": console.MemberManager}},
		"ops":             {Role: console.RoleAuditor, Repositories: map[string]console.MemberRole{"x": console.MemberManager, "y": console.MemberViewer}, Scopes: []string{"a", "b"}},
	}
	got, known := m.For([]string{"dev", "ops", "dev"})
	want := console.Entitlement{Role: console.RoleAuditor, Repositories: map[string]console.MemberRole{"x": console.MemberManager, "y": console.MemberManager}, Scopes: []string{"a", "b"}}
	if diff := cmp.Diff(want, got); diff != "" || !known {
		t.Errorf("they add up to something else: %s", diff)
	}
	if got, known = m.For(nil); !known || got.Role != "" || !slices.Equal(got.Scopes, []string{"b"}) {
		t.Errorf("everybody gets %+v", got)
	}
	if _, known = (console.Mapping{"dev": {}}).For([]string{"Dev"}); known {
		t.Error("case does not matter")
	}
	if diff := cmp.Diff(want, m.Named()); diff != "" {
		t.Errorf("named is something else: %s", diff)
	}
}
