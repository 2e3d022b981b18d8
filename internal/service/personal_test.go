package service_test

import (
	"context"
	"fmt"
	"net/netip"
	"slices"
	"testing"
	"time"

	"latchkey/internal/console"
)

// ownAccount is who has an account: people.
var ownAccount = authority{"system": console.CodeNotFound, "token": console.CodeNotFound, "nobody": console.CodeUnauthenticated}

// personalVerbs are the verbs about one's own personal token.
var personalVerbs = map[string]guarded{
	"PersonalToken": {ownAccount, func(s *site, ctx context.Context, actor console.Principal) error {
		s.personal(actor)
		_, secrets, err := s.PersonalToken(ctx, actor)
		return seen(len(secrets), err)
	}},
	"CreatePersonalToken": {ownAccount, func(s *site, ctx context.Context, actor console.Principal) error {
		_, _, err := s.CreatePersonalToken(ctx, actor, console.NewPersonalToken{GUID: console.NewGUID()})
		return err
	}},
	"RotatePersonalToken": {ownAccount, func(s *site, ctx context.Context, actor console.Principal) error {
		s.personal(actor)
		_, _, err := s.RotatePersonalToken(ctx, actor, actor.GUID, console.Rotation{})
		return err
	}},
	"RevokePersonalToken": {ownAccount, func(s *site, ctx context.Context, actor console.Principal) error {
		s.personal(actor)
		return s.RevokePersonalToken(ctx, actor)
	}},
}

// personalPreparations are the preparations of what they change.
var personalPreparations = map[string]func(s *site) func() error{
	"CreatePersonalToken": func(s *site) func() error {
		actor := origin.As(s.person(console.User{Name: "New", Role: console.RoleMember}))
		return func() error {
			token, secret, err := s.CreatePersonalToken(s.t.Context(), actor, console.NewPersonalToken{GUID: console.NewGUID()})
			if err != nil && (!secret.IsZero() || token.GUID != "") {
				s.t.Errorf("a token that was not made is answered")
			}
			return err
		}
	},
	"RotatePersonalToken": onPersonal(func(s *site, actor console.Principal) error {
		_, _, err := s.RotatePersonalToken(s.t.Context(), actor, actor.GUID, console.Rotation{})
		return err
	}),
	"RevokePersonalToken": onPersonal(func(s *site, actor console.Principal) error { return s.RevokePersonalToken(s.t.Context(), actor) }),
}

func onPersonal(do func(s *site, actor console.Principal) error) func(s *site) func() error {
	return func(s *site) func() error {
		actor := origin.As(s.person(console.User{Name: "Pat", Role: console.RoleMember}))
		s.personal(actor)
		return func() error { return do(s, actor) }
	}
}

// personal makes actor's personal token, if they are somebody.
func (s *site) personal(actor console.Principal) (console.Token, string) {
	s.t.Helper()
	if actor.Kind != console.PrincipalUser {
		return console.Token{}, ""
	}
	token, secret, err := s.CreatePersonalToken(s.t.Context(), actor, console.NewPersonalToken{GUID: console.NewGUID()})
	s.must(err)
	s.made = append(s.made, secret.Reveal())
	return token, secret.Reveal()
}

// worth is what a token string is worth now.
func (s *site) worth(text string) console.Introspection {
	s.t.Helper()
	found, err := s.Verify(s.t.Context(), text, nowhere)
	s.must(err)
	return found
}

// TestPersonalTokensDoWhatTheirPeopleMay changes what a person may, and asks at
// each step what their token is worth.
func TestPersonalTokensDoWhatTheirPeopleMay(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		ctx, owner := t.Context(), s.as(console.RoleOwner)
		s.remember(s.Service)
		app := s.repository("app-logs")
		person := s.member([]string{"ReadAccess"}, map[console.GUID]console.MemberRole{s.repo.GUID: console.MemberViewer})
		_, text := s.personal(origin.As(person))
		good := func(when, repository string, scopes ...string) {
			t.Helper()
			found, err := s.Allow(ctx, text, console.Requirement{Repository: repository, Scopes: scopes})
			s.must(err)
			if !found.Active {
				t.Errorf("%s it is not good for %v in %q: %s", when, scopes, repository, found.Reason)
			}
		}
		bad := func(when, repository string, reason console.Reason, scopes ...string) {
			t.Helper()
			found, err := s.Allow(ctx, text, console.Requirement{Repository: repository, Scopes: scopes})
			s.must(err)
			if found.Active || found.Reason != reason {
				t.Errorf("%s it is good for %v in %q, or is not because of %s", when, scopes, repository, found.Reason)
			}
		}
		good("at first", "web-logs", "ReadAccess")
		bad("at first", "web-logs", console.ReasonScopeMissing, "ChangeFiles")
		bad("at first", "app-logs", console.ReasonRepositoryMissing, "ReadAccess")

		_, err := s.ChangeAccess(ctx, owner, []console.AccessChange{{User: person.GUID, Version: 1, Gain: []string{"ChangeFiles"}}})
		s.must(err)
		good("with another scope", "web-logs", "ReadAccess")
		bad("with a scope to change what its person only looks at", "web-logs", console.ReasonScopeMissing, "ChangeFiles")
		_, err = s.UpdateMembership(ctx, owner, person.GUID, app.GUID, "", console.MemberManager)
		s.must(err)
		good("with another membership", "app-logs", "ChangeFiles")
		bad("with another membership", "web-logs", console.ReasonScopeMissing, "ChangeFiles")
		bad("in all repositories", "", console.ReasonScopeMissing, "ChangeFiles")
		_, err = s.UpdateMembership(ctx, owner, person.GUID, s.repo.GUID, console.MemberViewer, "")
		s.must(err)
		bad("without the first membership", "web-logs", console.ReasonRepositoryMissing, "ReadAccess")

		role := console.RoleAdministrator
		after, err := s.UpdateUser(ctx, owner, person.GUID, 2, console.UserPatch{Role: &role})
		s.must(err)
		n := s.newScope()
		_, err = s.CreateScope(ctx, owner, n)
		s.must(err)
		good("as an administrator", "web-logs", "ReadAccess", "DeleteEvents", "ChangeIPFilters", n.Name)
		bad("what only owners may", "web-logs", console.ReasonScopeMissing, "ManageUsers")
		_, err = s.RetireScope(ctx, owner, n.Name, true)
		s.must(err)
		bad("of a retired scope", "web-logs", console.ReasonScopeMissing, n.Name)
		role = console.RoleAuditor
		_, err = s.UpdateUser(ctx, owner, person.GUID, after.Version, console.UserPatch{Role: &role})
		s.must(err)
		good("as an auditor", "web-logs")
		bad("as an auditor", "web-logs", console.ReasonScopeMissing, "ReadAccess")

		_, err = s.DisableUser(ctx, owner, person.GUID, console.Departure{})
		s.must(err)
		bad("of who is disabled", "web-logs", console.ReasonRevoked)
		_, err = s.EnableUser(ctx, owner, person.GUID)
		s.must(err)
		bad("of who came back", "web-logs", console.ReasonRevoked)
	})
}

// TestPersonalTokenIsItsPerson: who shows one asks as its person, as they are at
// that moment, and may do what needs a fresh proof elsewhere.
func TestPersonalTokenIsItsPerson(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		ctx, owner := t.Context(), s.as(console.RoleOwner)
		person := s.member([]string{"DeleteEvents"}, map[console.GUID]console.MemberRole{s.repo.GUID: console.MemberManager})
		token, text := s.personal(origin.As(person))
		actor, err := s.Authenticate(ctx, text, console.Presenter{Address: netip.MustParseAddr("192.0.2.1")})
		s.must(err)
		if actor.Kind != console.PrincipalUser || actor.GUID != person.GUID || actor.Role != console.RoleMember || actor.Token != token.GUID ||
			!slices.Equal(actor.Scopes, person.Scopes) || actor.Memberships[s.repo.GUID] != console.MemberManager {
			t.Errorf("it asks as %+v", actor)
		}
		made, _, err := s.CreateToken(ctx, actor, s.request("risky", func(n *console.NewToken) { n.Scopes = []string{"DeleteEvents"} }))
		s.must(err)
		_, err = s.DisableToken(ctx, origin.As(person), "", made.GUID, time.Time{})
		s.must(err)
		for name, f := range map[string]console.AuditFilter{"of that token": {Target: made.GUID}, "through the other": {Through: token.GUID}} {
			page, err := s.ListAuditEvents(ctx, owner, f, console.PageRequest{})
			s.must(err)
			var got []string
			for _, e := range page.Items {
				got = append(got, fmt.Sprint(e.Action, " by ", e.Actor.Name, " through ", e.Through))
			}
			want := []string{fmt.Sprint("token.created by ", person.Name, " through ", token.GUID)}
			if f.Target != "" {
				want = slices.Insert(want, 0, "token.disabled by "+person.Name+" through ")
			}
			if !slices.Equal(got, want) {
				t.Errorf("%s is recorded %q, want %q", name, got, want)
			}
		}
		if report := s.verify(""); report.Why != "" {
			t.Errorf("the log is %+v", report)
		}
		_, err = s.ChangeAccess(ctx, owner, []console.AccessChange{{User: person.GUID, Version: 1, Lose: []string{"DeleteEvents"}}})
		s.must(err)
		_, _, err = s.CreateToken(ctx, actor, s.request("risky again", func(n *console.NewToken) { n.Scopes = []string{"DeleteEvents"} }))
		s.refused("a scope that its person lost", err, console.CodeInvalid, "scopes")
	})
}

func TestPersonalTokens(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		ctx := t.Context()
		actor := origin.As(s.person(console.User{Name: "Pat", Role: console.RoleMember}))
		_, _, err := s.PersonalToken(ctx, actor)
		s.refused("before there is one", err, console.CodeNotFound)
		_, _, err = s.RotatePersonalToken(ctx, actor, actor.GUID, console.Rotation{})
		s.refused("rotating none", err, console.CodeNotFound)
		s.refused("revoking none", s.RevokePersonalToken(ctx, actor), "")

		unproved := actor
		unproved.ProvedAt = time.Time{}
		_, _, err = s.CreatePersonalToken(ctx, unproved, console.NewPersonalToken{GUID: console.NewGUID()})
		s.refused("without a proof", err, console.CodeUnproved)
		_, _, err = s.CreatePersonalToken(ctx, actor, console.NewPersonalToken{GUID: console.NewGUID(), ValidTo: opening, IPFilter: "x"})
		s.refused("unsound", err, console.CodeInvalid, "ip_filter", "valid_to")

		since := len(s.events())
		n := console.NewPersonalToken{GUID: console.NewGUID(), ValidTo: opening.Add(day)}
		first, secret, err := s.CreatePersonalToken(ctx, actor, n)
		s.must(err)
		if first.Name != "Personal token of Pat" || first.Owner != actor.Ref() || secret.IsZero() || !s.worth(secret.Reveal()).Active {
			t.Errorf("made is %+v", first)
		}
		again, none, err := s.CreatePersonalToken(ctx, actor, n)
		s.must(err)
		if again.GUID != first.GUID || !none.IsZero() {
			t.Errorf("the same request again answers %+v and %q", again, none.Reveal())
		}
		_, _, err = s.CreatePersonalToken(ctx, s.as(console.RoleOwner), n)
		s.refused("somebody else's GUID", err, console.CodeConflict, "guid")

		second, text := s.personal(actor)
		if s.worth(secret.Reveal()).Reason != console.ReasonRevoked || !s.worth(text).Active {
			t.Error("both work, or the wrong one")
		}
		var actions []console.Action
		for _, e := range s.events()[since:] {
			actions = append(actions, e.Action)
		}
		if want := []console.Action{console.TokenCreated, console.TokenRevoked, console.TokenCreated}; !slices.Equal(actions, want) {
			t.Errorf("recorded are %v", actions)
		}

		for _, name := range []console.GUID{actor.GUID, second.GUID} {
			_, rotated, err := s.RotatePersonalToken(ctx, actor, name, console.Rotation{})
			s.must(err)
			if s.worth(text).Active || !s.worth(rotated.Reveal()).Active {
				t.Error("after a rotation the old secret works, or the new one does not")
			}
			text = rotated.Reveal()
		}
		_, _, err = s.RotatePersonalToken(ctx, actor, first.GUID, console.Rotation{})
		s.refused("rotating the one before", err, console.CodeNotFound)
		_, _, err = s.RotatePersonalToken(ctx, unproved, actor.GUID, console.Rotation{})
		s.refused("rotating without a proof", err, console.CodeUnproved)
		_, _, err = s.RotateToken(ctx, s.as(console.RoleOwner), "", second.GUID, console.Rotation{})
		s.refused("an owner's rotation of somebody else's", err, console.CodeForbidden)
		_, err = s.UpdateToken(ctx, s.as(console.RoleOwner), "", second.GUID, second.Version, console.TokenPatch{Name: ptr("mine")})
		s.refused("editing it", err, console.CodeConflict)
		_, _, err = s.CreateToken(ctx, s.as(console.RoleOwner), s.request("forged", ofType(console.TypePersonal)))
		s.refused("making one for somebody", err, console.CodeInvalid, "type")

		s.must(s.RevokePersonalToken(ctx, actor))
		if s.worth(text).Active {
			t.Error("it works after its end")
		}
	})
}

// TestPersonalTokensAbide: the policy for the type holds.
func TestPersonalTokensAbide(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		_, err := s.UpdatePolicy(t.Context(), s.as(console.RoleOwner), 0, console.Policy{Type: console.TypePersonal, Allowed: true, MaximumDays: 7, IPFilterRequired: true}, true)
		s.must(err)
		_, _, err = s.CreatePersonalToken(t.Context(), s.as(console.RoleMember), console.NewPersonalToken{GUID: console.NewGUID()})
		s.refused("one without an end and a filter", err, console.CodeInvalid, "ip_filter", "valid_to")
	})
}

// TestAPersonalTokenKeepsItsLimits: who has somebody's token, and nothing else of
// theirs, gets none that lasts longer or works from more addresses.
func TestAPersonalTokenKeepsItsLimits(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		ctx, actor := t.Context(), s.as(console.RoleMember)
		filters := map[string]console.IPFilter{}
		for _, name := range []string{"office", "elsewhere"} {
			filter, err := s.CreateIPFilter(ctx, s.as(console.RoleOwner), console.NewIPFilter{Name: name, Text: "allow 192.0.2.0/24"})
			s.must(err)
			filters[name] = filter
		}
		end := opening.Add(day)
		first, _, err := s.CreatePersonalToken(ctx, actor, console.NewPersonalToken{GUID: console.NewGUID(), ValidTo: end, IPFilter: filters["office"].GUID})
		s.must(err)
		asking := actor
		asking.Token = first.GUID
		_, _, err = s.CreatePersonalToken(ctx, asking, console.NewPersonalToken{GUID: console.NewGUID(), ValidTo: end.Add(time.Hour), IPFilter: filters["elsewhere"].GUID})
		s.refused("a wider one", err, console.CodeInvalid, "ip_filter", "valid_to")
		next, _, err := s.CreatePersonalToken(ctx, asking, console.NewPersonalToken{GUID: console.NewGUID()})
		s.must(err)
		if !next.ValidTo.Equal(end) || next.IPFilter.GUID != filters["office"].GUID {
			t.Errorf("asked by the token before it, the next one is %+v", next)
		}
		widest, _, err := s.CreatePersonalToken(ctx, actor, console.NewPersonalToken{GUID: console.NewGUID()})
		s.must(err)
		if !widest.ValidTo.IsZero() || widest.IPFilter.GUID != "" {
			t.Errorf("asked by the person, the next one is %+v", widest)
		}
	})
}

// TestPersonalTokensEndWithOldWaysToSignIn: whoever had these may have made one.
func TestPersonalTokensEndWithOldWaysToSignIn(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		ctx, owner := t.Context(), s.as(console.RoleOwner)
		user, _ := s.generator("ann@example.com")
		for what, recover := range map[string]func() error{
			"a new link":     func() error { _, _, err := s.CreateUserLink(ctx, owner, user.GUID); return err },
			"a factor reset": func() error { _, err := s.ResetFactors(ctx, owner, user.GUID); return err },
		} {
			_, text := s.personal(origin.As(user))
			s.must(recover())
			if worth := s.worth(text); worth.Active || worth.Reason != console.ReasonRevoked {
				t.Errorf("after %s the personal token is worth %+v", what, worth)
			}
		}
	})
}

// TestNoPersonalTokenInsteadOfAFactor: nobody gets round the factor that they need.
func TestNoPersonalTokenInsteadOfAFactor(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		actor, needing := s.as(console.RoleAdministrator), s.needing(console.RoleAdministrator)
		_, _, err := needing.CreatePersonalToken(t.Context(), actor, console.NewPersonalToken{GUID: console.NewGUID()})
		s.refused("one by who lacks a factor", err, console.CodeForbidden)
		_, _, err = s.CreatePersonalToken(t.Context(), actor, console.NewPersonalToken{GUID: console.NewGUID()})
		s.must(err)
		_, _, err = needing.RotatePersonalToken(t.Context(), actor, actor.GUID, console.Rotation{})
		s.refused("its rotation", err, console.CodeForbidden)
	})
}

// TestOnePersonalTokenEach: of several requests at once one token is left.
func TestOnePersonalTokenEach(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		actor := s.as(console.RoleMember)
		for _, err := range together(5, func(int) error {
			_, _, err := s.CreatePersonalToken(t.Context(), actor, console.NewPersonalToken{GUID: console.NewGUID()})
			return err
		}) {
			s.must(err)
		}
		page, err := s.ListTokens(t.Context(), s.as(console.RoleOwner), console.TokenFilter{Types: []console.Type{console.TypePersonal}, Status: console.FilterActive},
			console.TokenSort{Key: console.SortName}, console.PageRequest{})
		s.must(err)
		if len(page.Items) != 1 {
			t.Errorf("%d are active", len(page.Items))
		}
	})
}
