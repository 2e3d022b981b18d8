package service_test

import (
	"slices"
	"testing"

	"latchkey/internal/console"
)

// TestOnlyWhoMayChangeTokensGetsThem: they are offered, and nobody else is
// taken.
func TestOnlyWhoMayChangeTokensGetsThem(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		ctx, actor := t.Context(), s.as(console.RoleOwner)
		user, tokens := s.leaver()
		in := func(repo console.GUID, role console.MemberRole) map[console.GUID]console.MemberRole {
			return map[console.GUID]console.MemberRole{repo: role}
		}
		guest, _ := s.invited(func(n *console.Invitation) { n.Role = console.RoleAdministrator })
		manager := s.member([]string{"ReadAccess"}, in(s.repo.GUID, console.MemberManager))
		refused := map[string]console.User{
			"an auditor": s.people[console.RoleAuditor], "somebody invited": guest, "somebody disabled": s.gone(), "themselves": user,
			"a viewer":               s.member([]string{"ReadAccess"}, in(s.repo.GUID, console.MemberViewer)),
			"a manager elsewhere":    s.member([]string{"ReadAccess"}, in(s.repository(s.fresher("other")).GUID, console.MemberManager)),
			"a manager without it":   s.member([]string{"ChangeFiles"}, in(s.repo.GUID, console.MemberManager)),
			"a member of no place":   s.member([]string{"ReadAccess"}, nil),
			"somebody who is no one": {GUID: console.NewGUID()},
		}
		heirs, err := s.ListHeirs(ctx, actor, user.GUID)
		s.must(err)
		offered := func(user console.User) bool {
			return slices.ContainsFunc(heirs, func(heir console.User) bool { return heir.GUID == user.GUID })
		}
		for _, heir := range []console.User{manager, s.people[console.RoleOwner], s.people[console.RoleAdministrator]} {
			if !offered(heir) {
				t.Errorf("%s is not offered", heir.Role)
			}
		}
		since := len(s.events())
		for name, heir := range refused {
			if offered(heir) {
				t.Errorf("%s is offered", name)
			}
			_, err := s.DisableUser(ctx, actor, user.GUID, console.Departure{Handover: console.HandoverTransfer, To: heir.GUID})
			s.refused(name, err, console.CodeInvalid, "to")
		}
		s.recorded(since)
		_, err = s.DisableUser(ctx, actor, user.GUID, console.Departure{Handover: console.HandoverTransfer, To: manager.GUID})
		s.must(err)
		if owner := s.token(tokens["owned"].GUID).Owner; owner.GUID != manager.GUID {
			t.Errorf("the owner is %s", owner.Name)
		}
		_, err = s.ListHeirs(ctx, origin.As(manager), user.GUID)
		s.refused("a member lists heirs", err, console.CodeNotFound)
	})
}
