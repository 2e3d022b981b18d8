package service_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"latchkey/internal/console"
)

// demote makes somebody an administrator, as they are now.
func (s *site) demote(actor console.Principal, guid console.GUID) error {
	s.t.Helper()
	return s.become(actor, guid, console.RoleAdministrator)
}

// become gives a person that role.
func (s *site) become(actor console.Principal, guid console.GUID, role console.Role) error {
	s.t.Helper()
	user, err := s.store.FindUser(s.t.Context(), guid)
	s.must(err)
	_, err = s.UpdateUser(s.t.Context(), actor, guid, user.Version, console.UserPatch{Role: &role})
	return err
}

func TestOneOwnerStays(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		owner, since := s.people[console.RoleOwner], len(s.events())
		invited, _ := s.invited(func(n *console.Invitation) { n.Role = console.RoleOwner })
		disabled := s.person(console.User{Name: "Left", Role: console.RoleOwner, DisabledAt: opening})
		since++ // the invitation
		system := console.System("test")
		s.refused("demote the last", s.demote(system, owner.GUID), console.CodeConflict, "role")
		_, err := s.DisableUser(t.Context(), system, owner.GUID, console.Departure{})
		s.refused("disable the last", err, console.CodeConflict)
		_, err = s.DeleteUser(t.Context(), system, owner.GUID)
		s.refused("remove the last", err, console.CodeConflict)
		s.refused("demote oneself", s.demote(s.as(console.RoleOwner), owner.GUID), console.CodeInvalid, "role")
		_, err = s.DisableUser(t.Context(), s.as(console.RoleOwner), owner.GUID, console.Departure{})
		s.refused("disable oneself", err, console.CodeConflict)
		_, _, err = s.CreateUserLink(t.Context(), s.as(console.RoleOwner), owner.GUID)
		s.refused("lock oneself out", err, console.CodeConflict)
		s.recorded(since)
		s.must(s.demote(system, invited.GUID))
		s.must(s.demote(system, disabled.GUID))

		second := s.person(console.User{Name: "Second", Role: console.RoleOwner})
		s.must(s.demote(origin.As(second), owner.GUID))
		s.refused("act as an owner who was demoted", s.demote(s.as(console.RoleOwner), second.GUID), console.CodeForbidden)
		s.refused("demote the one left", s.demote(system, second.GUID), console.CodeConflict, "role")
	})
}

// TestOwnersWhoDemoteEachOther lets two owners try to get rid of each other at
// once, while both go on working.
func TestOwnersWhoDemoteEachOther(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		for round := range 4 {
			pair := [2]console.User{}
			for i := range pair {
				pair[i] = s.person(console.User{Name: fmt.Sprintf("Owner %d", i), Role: console.RoleOwner})
			}
			if round == 0 {
				s.raw(`UPDATE users SET role = 'auditor' WHERE guid = '` + string(s.people[console.RoleOwner].GUID) + `'`)
			}
			errs := together(16, func(i int) error {
				actor, other := origin.As(pair[i%2]), pair[(i+1)%2]
				switch i / 2 % 3 {
				case 0:
					_, err := s.UpdateUser(t.Context(), actor, other.GUID, 1, console.UserPatch{Role: ptr(console.RoleAuditor)})
					return err
				case 1:
					_, err := s.DisableUser(t.Context(), actor, other.GUID, console.Departure{})
					return err
				}
				_, err := s.CreateRepository(t.Context(), actor, console.NewRepository{Name: s.fresher("r"), Kind: console.KindRepository})
				return err
			})
			for _, err := range errs {
				switch console.CodeOf(err) {
				case "", console.CodeConflict, console.CodeForbidden, console.CodeNotFound, console.CodeUnauthenticated, console.CodeInvalid:
				default:
					t.Errorf("one of them got %v", err)
				}
			}
			left := slices.DeleteFunc(s.users(), func(u console.User) bool { return u.Role != console.RoleOwner || !u.Enabled() })
			if len(left) != 1 {
				t.Fatalf("%d owners are left: %v", len(left), left)
			}
			s.raw(`UPDATE users SET role = 'auditor' WHERE role = 'owner'`)
		}
	})
}

func TestUpdateUser(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		ctx, actor := t.Context(), s.as(console.RoleOwner)
		user := s.member([]string{"ReadAccess"}, map[console.GUID]console.MemberRole{s.repo.GUID: console.MemberManager})
		since := len(s.events())
		update := func(version int, patch console.UserPatch) error {
			_, err := s.UpdateUser(ctx, actor, user.GUID, version, patch)
			return err
		}
		for name, patch := range map[string]console.UserPatch{
			"email": {Email: ptr("nobody")}, "name": {Name: ptr("a\nb")}, "role": {Role: ptr(console.Role("king"))},
		} {
			s.refused("a wrong "+name, update(1, patch), console.CodeInvalid, name)
		}
		s.refused("no name", update(1, console.UserPatch{Name: ptr(" ")}), console.CodeInvalid, "name")
		s.refused("a taken address", update(1, console.UserPatch{Email: ptr(strings.ToUpper(s.people[console.RoleOwner].Email))}), console.CodeConflict, "email")
		s.refused("an older version", update(0, console.UserPatch{Name: ptr("x")}), console.CodeConflict)
		s.must(update(1, console.UserPatch{Name: ptr(" Mem ")}))
		s.recorded(since)
		hash := s.session(user, "a")
		s.alive("a session of an unchanged role", hash, true)

		s.must(update(1, console.UserPatch{Name: ptr("Memo"), Role: ptr(console.RoleAuditor)}))
		user.Name = "Memo"
		s.alive("a session of another role", hash, false)
		s.recorded(since, s.event(actor, console.UserEdited, user.AsTarget(),
			console.Change{Field: "name", Old: "Mem", New: "Memo"}, console.Change{Field: "role", Old: "member", New: "auditor"},
			console.Change{Field: "scopes", Old: "ReadAccess"}, console.Change{Field: "memberships", Old: "web-logs (manager)"}))
		s.must(update(2, console.UserPatch{Role: ptr(console.RoleMember)}))
		if now, err := s.store.FindUser(ctx, user.GUID); err != nil || len(now.Scopes)+len(now.Memberships) > 0 || now.Version != 3 {
			t.Errorf("who was a member before is again %+v, %v", now, err)
		}
		errs := together(16, func(i int) error { return update(3, console.UserPatch{Name: ptr(fmt.Sprint("Name ", i))}) })
		if got := codes(errs); got[""] != 1 || got[console.CodeConflict] != 15 {
			t.Errorf("16 edits at once: %v", got)
		}
	})
}

func TestListPeople(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		ctx, actor := t.Context(), s.as(console.RoleAuditor)
		for i := range 30 {
			s.person(console.User{Name: "Same Name", Email: fmt.Sprintf("p%02d@example.org", i), Role: console.RoleMember})
		}
		ann := s.member(nil, map[console.GUID]console.MemberRole{s.repo.GUID: console.MemberViewer})
		find := func(f console.UserFilter) (names []string) {
			page, err := s.ListPeople(ctx, actor, f, console.PageRequest{Size: 100})
			s.must(err)
			if page.Total != len(page.Items) {
				t.Errorf("%+v: %d of %d", f, len(page.Items), page.Total)
			}
			for _, u := range page.Items {
				names = append(names, u.Name)
			}
			return names
		}
		for _, test := range []struct {
			filter console.UserFilter
			want   int
		}{
			{console.UserFilter{}, 35}, {console.UserFilter{Text: "EXAMPLE.ORG same"}, 30}, {console.UserFilter{Text: "p0 name"}, 10}, {console.UserFilter{Text: "100%"}, 0},
			{console.UserFilter{Role: console.RoleOwner}, 1}, {console.UserFilter{Repository: s.repo.GUID}, 1}, {console.UserFilter{Repository: "x"}, 0},
			{console.UserFilter{Text: "\x00"}, 0}, {console.UserFilter{Role: "king"}, 0},
		} {
			if got := find(test.filter); len(got) != test.want {
				t.Errorf("%+v finds %v", test.filter, got)
			}
		}
		// Forwards and backwards over people of one name, nobody twice.
		seen, request := []console.GUID{}, console.PageRequest{Size: 10}
		for range 5 {
			page, err := s.ListPeople(ctx, actor, console.UserFilter{}, request)
			s.must(err)
			for _, u := range page.Items {
				seen = append(seen, u.GUID)
			}
			if request.Cursor = page.Next; page.Next == "" {
				break
			}
		}
		if slices.Sort(seen); len(seen) != 35 || len(slices.Compact(seen)) != 35 {
			t.Errorf("%d people on all pages", len(seen))
		}
		last, err := s.ListPeople(ctx, actor, console.UserFilter{}, console.PageRequest{Size: 10, Last: true})
		s.must(err)
		before, err := s.ListPeople(ctx, actor, console.UserFilter{}, console.PageRequest{Size: 10, Cursor: last.Previous})
		s.must(err)
		if len(last.Items) != 10 || last.Offset != 25 || before.Offset != 15 || last.Next != "" || before.Next == "" {
			t.Errorf("the last page begins at %d, the one before at %d", last.Offset, before.Offset)
		}

		members, err := s.ListMembers(ctx, actor, s.repo.GUID)
		s.must(err)
		if len(members) != 1 || members[0].GUID != ann.GUID || members[0].Memberships[s.repo.GUID] != console.MemberViewer {
			t.Errorf("the members are %v", members)
		}
		for role, code := range map[console.MemberRole]console.Code{console.MemberManager: "", console.MemberViewer: console.CodeNotFound} {
			who := origin.As(s.member(nil, map[console.GUID]console.MemberRole{s.repo.GUID: role}))
			_, err := s.ListMembers(ctx, who, s.repo.GUID)
			s.refused("list members as "+string(role), err, code)
			_, err = s.ListMembers(ctx, who, s.repository(s.fresher("other")).GUID)
			s.refused("list members elsewhere as "+string(role), err, console.CodeNotFound)
		}
	})
}

func TestListGrantors(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		for i := range 3 {
			s.person(console.User{Name: fmt.Sprint("Admin ", i), Role: console.RoleAdministrator})
		}
		s.person(console.User{Name: "Aaron", Role: console.RoleAdministrator, DisabledAt: opening})
		s.invited(func(n *console.Invitation) { n.Name, n.Role = "Abel", console.RoleAdministrator })
		who := origin.As(s.member(nil, map[console.GUID]console.MemberRole{s.repo.GUID: console.MemberManager}))
		names, err := s.ListGrantors(t.Context(), who)
		s.must(err)
		var got []string
		for _, ref := range names {
			got = append(got, ref.Name)
		}
		if want := []string{"Admin 0", "Admin 1", "Admin 2"}; !slices.Equal(got, want) {
			t.Errorf("to ask are %v, want %v", got, want)
		}
	})
}
