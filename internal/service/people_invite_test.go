package service_test

import (
	"fmt"
	"strings"
	"testing"

	"latchkey/internal/console"
	"latchkey/internal/service"
)

func TestInvitation(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		ctx, since, actor := t.Context(), len(s.events()), s.as(console.RoleOwner)
		user, code, err := s.InviteUser(ctx, actor, console.Invitation{
			Email: " ines@example.com ", Role: console.RoleMember, Scopes: []string{"ReadAccess", "ChangeFiles", "ReadAccess"},
			Memberships: []console.Membership{{Repository: s.repo.GUID, Role: console.MemberManager}},
		})
		s.must(err)
		event := s.event(actor, console.UserInvited, user.AsTarget(), console.Change{Field: "email", New: "ines@example.com"},
			console.Change{Field: "name", New: "ines"}, console.Change{Field: "role", New: "member"}, console.Change{Field: "scopes", New: "ChangeFiles ReadAccess"},
			console.Change{Field: "memberships", New: "web-logs (manager)"})
		event.Repositories = []console.RepositoryRef{s.repo.Ref()}
		s.recorded(since, event)
		if len(code) < 26 || strings.Contains(fmt.Sprint(s.snapshot()), code) {
			t.Errorf("the code %s is short, or kept", code)
		}
		for _, pass := range []string{"", phrase} {
			_, err := s.SignIn(ctx, origin, "ines@example.com", pass, false)
			s.refused("sign in before accepting", err, console.CodeUnauthenticated)
		}
		checked, err := s.CheckInvitation(ctx, code)
		s.must(err)
		if checked.GUID != user.GUID || !checked.Invited() || checked.Memberships[s.repo.GUID] != console.MemberManager {
			t.Errorf("the code is for %+v", checked)
		}
		for pass, problem := range map[string]string{"": "password", "short": "password", "passwordpassword": "password"} {
			_, err := s.AcceptInvitation(ctx, origin, code, "Ines", pass)
			s.refused("accept with "+pass, err, console.CodeInvalid, problem)
		}
		since = len(s.events())
		errs := together(8, func(int) error {
			_, err := s.AcceptInvitation(ctx, origin, code, "Ines Ferreira", phrase)
			return err
		})
		if got := codes(errs); got[""] != 1 || got[console.CodeNotFound] != 7 {
			t.Errorf("eight uses at once: %v", errs)
		}
		user, err = s.SignIn(ctx, origin, "INES@example.com", phrase, false)
		s.must(err)
		if user.Name != "Ines Ferreira" || user.Invited() || user.Version != 2 {
			t.Errorf("who accepted is %+v", user)
		}
		joined := s.event(origin.As(user), console.UserJoined, user.AsTarget(), console.Change{Field: "name", Old: "ines", New: "Ines Ferreira"})
		s.recorded(since, joined, s.event(origin.As(user), console.SignedIn, user.AsTarget()))
		_, err = s.CheckInvitation(ctx, code)
		s.refused("look at a used code", err, console.CodeNotFound)
	})
}

func TestInvitationRefuses(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		actor, since := s.as(console.RoleOwner), len(s.events())
		_, err := s.RetireScope(t.Context(), actor, "DeleteEvents", true)
		s.must(err)
		since++
		member := func(m ...console.Membership) console.Invitation {
			return console.Invitation{Email: "a@example.com", Role: console.RoleMember, Memberships: m}
		}
		for name, test := range map[string]struct {
			n      console.Invitation
			code   console.Code
			fields []string
		}{
			"nothing":              {console.Invitation{}, console.CodeInvalid, []string{"email", "role"}},
			"a taken address":      {console.Invitation{Email: s.people[console.RoleOwner].Email, Role: console.RoleAuditor}, console.CodeConflict, []string{"email"}},
			"an unknown scope":     {console.Invitation{Email: "a@example.com", Role: console.RoleMember, Scopes: []string{"Fly"}}, console.CodeInvalid, []string{"scopes"}},
			"a retired scope":      {console.Invitation{Email: "a@example.com", Role: console.RoleMember, Scopes: []string{"DeleteEvents"}}, console.CodeInvalid, []string{"scopes"}},
			"an unknown place":     {member(console.Membership{Repository: console.NewGUID(), Role: console.MemberViewer}), console.CodeInvalid, []string{"memberships"}},
			"no place":             {member(console.Membership{Role: console.MemberViewer}), console.CodeInvalid, []string{"memberships"}},
			"a place that is none": {member(console.Membership{Repository: "x\x00", Role: console.MemberViewer}), console.CodeInvalid, []string{"memberships"}},
			"an unknown role":      {member(console.Membership{Repository: s.repo.GUID, Role: "king"}), console.CodeInvalid, []string{"memberships"}},
			"one place twice": {member(console.Membership{Repository: s.repo.GUID, Role: console.MemberViewer}, console.Membership{Repository: s.repo.GUID, Role: console.MemberManager}),
				console.CodeInvalid, []string{"memberships"}},
		} {
			_, _, err := s.InviteUser(t.Context(), actor, test.n)
			s.refused(name, err, test.code, test.fields...)
		}
		s.recorded(since)
	})
}

func TestLinksEnd(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		ctx, actor := t.Context(), s.as(console.RoleOwner)
		user, first := s.invited()
		_, second, err := s.CreateUserLink(ctx, actor, user.GUID)
		s.must(err)
		gone := func(what, code string) {
			t.Helper()
			_, err := s.CheckInvitation(ctx, code)
			s.refused(what, err, console.CodeNotFound)
			_, err = s.AcceptInvitation(ctx, origin, code, "X", phrase)
			s.refused(what+", used", err, console.CodeNotFound)
			if !strings.Contains(err.Error(), "an owner of this console") {
				t.Errorf("%s does not say whom to ask: %v", what, err)
			}
		}
		gone("a code that was replaced", first)
		gone("a code that never was", "NOSUCHCODE")
		s.clock.set(opening.Add(service.InvitationLifetime - ms))
		_, err = s.CheckInvitation(ctx, second)
		s.must(err)
		s.clock.set(opening.Add(service.InvitationLifetime))
		gone("a code after seven days", second)
		s.must(s.Sweep(ctx))
		for _, row := range s.snapshot()["invitations"] {
			t.Errorf("swept, and yet there is %s", row)
		}
		_, third, err := s.CreateUserLink(ctx, actor, user.GUID)
		s.must(err)
		_, err = s.DisableUser(ctx, actor, user.GUID, console.Departure{})
		s.must(err)
		gone("a code of somebody disabled", third)
		_, _, err = s.CreateUserLink(ctx, actor, user.GUID)
		s.refused("a link for somebody disabled", err, console.CodeConflict)
		_, err = s.EnableUser(ctx, actor, user.GUID)
		s.must(err)
		gone("a code of somebody enabled again", third)
	})
}

func TestLinkForANewPassword(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		ctx, actor := t.Context(), s.as(console.RoleOwner)
		user := s.account("ann@example.com")
		mine, other := s.session(user, "a"), s.session(s.people[console.RoleMember], "b")
		since := len(s.events())
		_, code, err := s.CreateUserLink(ctx, actor, user.GUID)
		s.must(err)
		s.recorded(since, s.event(actor, console.UserLinkCreated, user.AsTarget()))
		s.alive("a session of who has to set a password", mine, false)
		s.alive("somebody else's session", other, true)
		_, err = s.SignIn(ctx, origin, "ann@example.com", phrase, false)
		s.refused("sign in with the password before", err, console.CodeUnauthenticated)
		since = len(s.events())
		user, err = s.AcceptInvitation(ctx, origin, code, user.Name, "another quiet lantern orbit")
		s.must(err)
		s.recorded(since, s.event(origin.As(user), console.UserPasswordSet, user.AsTarget()))
		_, err = s.SignIn(ctx, origin, "ann@example.com", "another quiet lantern orbit", false)
		s.must(err)
	})
}

func TestSetupCodesAreSwept(t *testing.T) {
	eachEmpty(t, func(t *testing.T, s *site) {
		s.setupCode()
		s.must(s.Sweep(t.Context()))
		if n := len(s.snapshot()["setup_codes"]); n != 1 {
			t.Errorf("%d codes are left while they work", n)
		}
		s.clock.forward(day)
		s.must(s.Sweep(t.Context()))
		if n := len(s.snapshot()["setup_codes"]); n != 0 {
			t.Errorf("%d codes are left that no longer work", n)
		}
	})
}
