package service_test

import (
	"slices"
	"testing"

	"latchkey/internal/console"
)

func TestChangeAccess(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		ctx, actor := t.Context(), s.as(console.RoleAdministrator)
		ann, bob := s.member([]string{"DeleteEvents", "ReadAccess"}, nil), s.member([]string{"ReadAccess"}, nil)
		_, err := s.RetireScope(ctx, actor, "DeleteEvents", true)
		s.must(err)
		gone := s.gone()
		since := len(s.events())
		change := func(changes ...console.AccessChange) error {
			_, err := s.ChangeAccess(ctx, actor, changes)
			return err
		}
		gain := func(user console.User, version int, scopes ...string) console.AccessChange {
			return console.AccessChange{User: user.GUID, Version: version, Gain: scopes}
		}
		for name, test := range map[string]struct {
			change console.AccessChange
			code   console.Code
			fields []string
		}{
			"an unknown scope":  {gain(bob, 1, "Fly"), console.CodeInvalid, []string{"scopes"}},
			"a retired scope":   {gain(bob, 1, "DeleteEvents"), console.CodeInvalid, []string{"scopes"}},
			"an older version":  {gain(bob, 0, "ChangeFiles"), console.CodeConflict, nil},
			"an auditor":        {gain(s.people[console.RoleAuditor], 1, "ChangeFiles"), console.CodeConflict, nil},
			"an owner":          {gain(s.people[console.RoleOwner], 1, "ChangeFiles"), console.CodeConflict, nil},
			"somebody unknown":  {console.AccessChange{User: console.NewGUID(), Version: 1}, console.CodeNotFound, nil},
			"nobody":            {console.AccessChange{Version: 1}, console.CodeNotFound, nil},
			"somebody disabled": {gain(gone, 2, "ChangeFiles"), console.CodeConflict, nil},
		} {
			s.refused(name, change(gain(ann, 1, "ChangeFiles"), test.change), test.code, test.fields...)
		}
		s.must(change(gain(ann, 1, "ReadAccess"), console.AccessChange{User: bob.GUID, Version: 1, Lose: []string{"ChangeFiles"}}))
		s.recorded(since)

		since = len(s.events())
		s.must(change(gain(ann, 1, "ChangeFiles"), console.AccessChange{User: bob.GUID, Version: 1, Gain: []string{"ChangeFiles"}, Lose: []string{"ReadAccess"}}))
		s.recorded(since,
			s.event(actor, console.UserAccessChanged, ann.AsTarget(), console.Change{Field: "scopes", Old: "DeleteEvents ReadAccess", New: "ChangeFiles DeleteEvents ReadAccess"}),
			s.event(actor, console.UserAccessChanged, bob.AsTarget(), console.Change{Field: "scopes", Old: "ReadAccess", New: "ChangeFiles"}))
		s.must(change(console.AccessChange{User: ann.GUID, Version: 2, Lose: []string{"DeleteEvents"}}))
		s.refused("give a retired scope back", change(gain(ann, 3, "DeleteEvents")), console.CodeInvalid, "scopes")
		errs := together(16, func(i int) error { return change(gain(ann, 3, []string{"QueryDashboard", "ChangeParsers"}[i%2])) })
		if got := codes(errs); got[""] != 1 || got[console.CodeConflict] != 15 {
			t.Errorf("16 changes at once: %v", got)
		}
		if now, err := s.store.FindUser(ctx, ann.GUID); err != nil || len(now.Scopes) != 3 || now.Version != 4 {
			t.Errorf("in the end she has %v at version %d, %v", now.Scopes, now.Version, err)
		}
	})
}

func TestUpdateMembership(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		ctx, actor := t.Context(), s.as(console.RoleAdministrator)
		user, since := s.member(nil, nil), len(s.events())
		put := func(who console.Principal, guid console.GUID, was, role console.MemberRole) error {
			_, err := s.UpdateMembership(ctx, who, guid, s.repo.GUID, was, role)
			return err
		}
		const manager, viewer, none = console.MemberManager, console.MemberViewer, console.MemberRole("")
		s.refused("an unknown role", put(actor, user.GUID, none, "king"), console.CodeInvalid, "as")
		s.refused("an owner", put(actor, s.people[console.RoleOwner].GUID, none, viewer), console.CodeConflict)
		s.refused("an unknown person", put(actor, console.NewGUID(), none, viewer), console.CodeNotFound)
		_, err := s.UpdateMembership(ctx, actor, user.GUID, console.NewGUID(), none, viewer)
		s.refused("an unknown repository", err, console.CodeNotFound)
		s.must(put(actor, user.GUID, none, none))
		s.recorded(since)

		s.must(put(actor, user.GUID, none, viewer))
		s.must(put(actor, user.GUID, none, viewer)) // again
		s.refused("based on no membership", put(actor, user.GUID, none, manager), console.CodeConflict)
		s.must(put(actor, user.GUID, viewer, manager))
		s.refused("end based on an older role", put(actor, user.GUID, viewer, none), console.CodeConflict)
		s.refused("a manager", put(origin.As(user), user.GUID, manager, viewer), console.CodeNotFound) // as they were
		boss, err := s.store.FindUser(ctx, user.GUID)
		s.must(err)
		s.refused("a manager of the repository", put(origin.As(boss), user.GUID, manager, viewer), console.CodeForbidden)
		events := s.events()
		denial := events[len(events)-1]
		if denial.Action != console.AccessDenied || denial.Actor != boss.Ref() {
			t.Errorf("what a manager was refused is recorded as %+v", denial)
		}
		s.must(put(actor, user.GUID, manager, none))
		var want []console.AuditEvent
		for action, change := range map[console.Action]console.Change{
			console.MemberAdded: {Field: "member", New: "viewer"}, console.MemberChanged: {Field: "member", Old: "viewer", New: "manager"},
			console.MemberRemoved: {Field: "member", Old: "manager"},
		} {
			event := s.event(actor, action, user.AsTarget(), change)
			event.Repositories = []console.RepositoryRef{s.repo.Ref()}
			want = append(want, event)
		}
		slices.SortFunc(want, func(a, b console.AuditEvent) int {
			return slices.Index(console.Actions, a.Action) - slices.Index(console.Actions, b.Action)
		})
		s.recorded(since, slices.Insert(want, 2, denial)...)

		gone := s.gone()
		s.refused("add somebody disabled", put(actor, gone.GUID, none, viewer), console.CodeConflict)
		s.must(s.store.PutMembership(ctx, gone.GUID, s.repo.GUID, viewer))
		s.must(put(actor, gone.GUID, viewer, none))
		errs := together(16, func(i int) error { return put(actor, user.GUID, none, console.MemberRoles[i%2]) })
		if got := codes(errs); got[""] != 8 || got[console.CodeConflict] != 8 {
			t.Errorf("16 additions at once: %v", got)
		}
	})
}
