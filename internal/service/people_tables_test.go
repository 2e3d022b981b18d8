package service_test

import (
	"context"
	"fmt"

	"latchkey/internal/console"
)

// accessing is who may say which repositories and scopes members have.
var accessing = writing

// peopleVerbs are the verbs about people.
var peopleVerbs = map[string]guarded{
	"ListPeople": {lookingUp, func(s *site, ctx context.Context, actor console.Principal) error {
		page, err := s.ListPeople(ctx, actor, console.UserFilter{}, console.PageRequest{})
		return seen(len(page.Items), err)
	}},
	"GetUser": {lookingUp, func(s *site, ctx context.Context, actor console.Principal) error {
		_, _, err := s.GetUser(ctx, actor, s.people[console.RoleOwner].GUID)
		return err
	}},
	"CheckPerson": {lookingUp, func(s *site, ctx context.Context, actor console.Principal) error {
		return s.CheckPerson(ctx, actor, s.people[console.RoleMember], 1)
	}},
	"FindPerson": {lookingUp, func(s *site, ctx context.Context, actor console.Principal) error {
		_, err := s.FindPerson(ctx, actor, s.people[console.RoleOwner].Email)
		return err
	}},
	"InvitationEnd": {lookingUp, func(s *site, ctx context.Context, actor console.Principal) error {
		_, err := s.InvitationEnd(ctx, actor, s.people[console.RoleOwner].GUID)
		return err
	}},
	"ListMembers": {lookingUp, func(s *site, ctx context.Context, actor console.Principal) error {
		_, err := s.ListMembers(ctx, actor, s.repo.GUID)
		return err
	}},
	"ListGrantors": {listing, func(s *site, ctx context.Context, actor console.Principal) error {
		names, err := s.ListGrantors(ctx, actor)
		if err == nil && len(names) > 0 {
			return fmt.Errorf("%s is told %v", actor.Name, names)
		}
		return err
	}},
	"InviteUser": {managing, func(s *site, ctx context.Context, actor console.Principal) error {
		_, _, err := s.InviteUser(ctx, actor, console.Invitation{Email: s.fresher("person") + "@example.com", Role: console.RoleMember})
		return err
	}},
	"CreateUserLink": {managing, func(s *site, ctx context.Context, actor console.Principal) error {
		_, _, err := s.CreateUserLink(ctx, actor, s.somebody().GUID)
		return err
	}},
	"UpdateUser": {managing, func(s *site, ctx context.Context, actor console.Principal) error {
		name := "New"
		_, err := s.UpdateUser(ctx, actor, s.somebody().GUID, 1, console.UserPatch{Name: &name})
		return err
	}},
	"ChangeAccess": {accessing, func(s *site, ctx context.Context, actor console.Principal) error {
		_, err := s.ChangeAccess(ctx, actor, []console.AccessChange{{User: s.somebody().GUID, Version: 1, Gain: []string{"ReadAccess"}}})
		return err
	}},
	"UpdateMembership": {accessing, func(s *site, ctx context.Context, actor console.Principal) error {
		_, err := s.UpdateMembership(ctx, actor, s.somebody().GUID, s.repo.GUID, "", console.MemberViewer)
		return err
	}},
	"PreviewDeparture": {lookingUp, func(s *site, ctx context.Context, actor console.Principal) error {
		_, err := s.PreviewDeparture(ctx, actor, s.somebody().GUID)
		return err
	}},
	"ListHeirs": {lookingUp, func(s *site, ctx context.Context, actor console.Principal) error {
		_, err := s.ListHeirs(ctx, actor, s.somebody().GUID)
		return err
	}},
	"DisableUser": {managing, func(s *site, ctx context.Context, actor console.Principal) error {
		_, err := s.DisableUser(ctx, actor, s.somebody().GUID, console.Departure{})
		return err
	}},
	"EnableUser": {managing, func(s *site, ctx context.Context, actor console.Principal) error {
		_, err := s.EnableUser(ctx, actor, s.gone().GUID)
		return err
	}},
	"DeleteUser": {managing, func(s *site, ctx context.Context, actor console.Principal) error {
		_, err := s.DeleteUser(ctx, actor, s.gone().GUID)
		return err
	}},
}

// somebody is a fresh member without anything.
func (s *site) somebody() console.User {
	return s.person(console.User{Name: "Somebody", Role: console.RoleMember})
}

// gone is a fresh member who was disabled.
func (s *site) gone() console.User {
	s.t.Helper()
	departed, err := s.DisableUser(s.t.Context(), s.as(console.RoleOwner), s.somebody().GUID, console.Departure{})
	s.must(err)
	return departed.User
}

// invited invites a fresh member and returns the code.
func (s *site) invited(changes ...func(*console.Invitation)) (console.User, string) {
	s.t.Helper()
	n := console.Invitation{Email: s.fresher("person") + "@example.com", Name: "Ines", Role: console.RoleMember}
	for _, change := range changes {
		change(&n)
	}
	user, code, err := s.InviteUser(s.t.Context(), s.as(console.RoleOwner), n)
	s.must(err)
	return user, code
}

// onSomebody prepares a person of its own.
func onSomebody(make func(s *site) console.User, do func(s *site, user console.User) error) func(s *site) func() error {
	return func(s *site) func() error {
		user := make(s)
		return func() error { return do(s, user) }
	}
}

// peoplePreparations make what the verbs about people change.
var peoplePreparations = map[string]func(s *site) func() error{
	"InviteUser": func(s *site) func() error {
		return func() error {
			user, code, err := s.InviteUser(s.t.Context(), s.as(console.RoleOwner), console.Invitation{
				Email: "invited@example.com", Role: console.RoleMember, Scopes: []string{"ReadAccess"},
				Memberships: []console.Membership{{Repository: s.repo.GUID, Role: console.MemberManager}},
			})
			if err != nil && (code != "" || user.GUID != "") {
				s.t.Error("somebody who was not invited is answered")
			}
			return err
		}
	},
	"AcceptInvitation": func(s *site) func() error {
		_, code := s.invited()
		return func() error {
			_, err := s.AcceptInvitation(s.t.Context(), origin, code, "Ines", phrase)
			return err
		}
	},
	"CreateUserLink": onSomebody((*site).somebody, func(s *site, user console.User) error {
		_, _, err := s.CreateUserLink(s.t.Context(), s.as(console.RoleOwner), user.GUID)
		return err
	}),
	"UpdateUser": onSomebody((*site).somebody, func(s *site, user console.User) error {
		role := console.RoleAuditor
		_, err := s.UpdateUser(s.t.Context(), s.as(console.RoleOwner), user.GUID, 1, console.UserPatch{Role: &role})
		return err
	}),
	"ChangeAccess": onSomebody((*site).somebody, func(s *site, user console.User) error {
		_, err := s.ChangeAccess(s.t.Context(), s.as(console.RoleOwner), []console.AccessChange{{User: user.GUID, Version: 1, Gain: []string{"ReadAccess"}}})
		return err
	}),
	"UpdateMembership": onSomebody((*site).somebody, func(s *site, user console.User) error {
		_, err := s.UpdateMembership(s.t.Context(), s.as(console.RoleOwner), user.GUID, s.repo.GUID, "", console.MemberManager)
		return err
	}),
	"DisableUser": onSomebody((*site).somebody, func(s *site, user console.User) error {
		_, err := s.DisableUser(s.t.Context(), s.as(console.RoleOwner), user.GUID, console.Departure{})
		return err
	}),
	"EnableUser": onSomebody((*site).gone, func(s *site, user console.User) error {
		_, err := s.EnableUser(s.t.Context(), s.as(console.RoleOwner), user.GUID)
		return err
	}),
	"DeleteUser": onSomebody((*site).gone, func(s *site, user console.User) error {
		_, err := s.DeleteUser(s.t.Context(), s.as(console.RoleOwner), user.GUID)
		return err
	}),
}
