package service

import (
	"cmp"
	"context"
	"slices"

	"latchkey/internal/console"
	"latchkey/internal/store"
)

// ChangeAccess changes the scopes of members, of all of them or, if one can't
// be changed or is not at their version any more, of none. It answers those
// who changed.
func (s *Service) ChangeAccess(ctx context.Context, actor console.Principal, changes []console.AccessChange) ([]console.User, error) {
	if err := s.RecordDenial(ctx, actor, actor.Need(console.AccessWrite), console.Target{Kind: console.TargetUser}); err != nil {
		return nil, err
	}
	for _, change := range changes {
		if change.User == "" || written(change.User) != nil {
			return nil, console.NotFound()
		}
	}
	var changed []console.User
	err := s.changePeople(ctx, actor, console.AccessWrite, func(tx *store.Store, actor console.Principal) error {
		if err := actor.Need(console.AccessWrite); err != nil {
			return err
		}
		changed = nil
		var events []console.AuditEvent
		for _, change := range changes {
			before, after, err := s.changeScopes(ctx, tx, actor, change)
			if err != nil {
				return err
			}
			if slices.Equal(before.Scopes, after.Scopes) {
				continue
			}
			event := actor.Did(console.UserAccessChanged, after.AsTarget(), s.now())
			event.Changes = console.Changes(before.Fields(), after.Fields())
			events, changed = append(events, event), append(changed, after)
		}
		for _, event := range events {
			if err := s.record(ctx, tx, event); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return changed, nil
}

// CheckPerson is the conflict of a change to user that is based on another
// version than theirs; nil if it is theirs.
func (s *Service) CheckPerson(ctx context.Context, actor console.Principal, user console.User, version int) error {
	if err := actor.Need(console.UserRead); err != nil || user.Version == version {
		return err
	}
	return s.conclude(ctx, actor, "", console.Stale(user.AsTarget()), console.Target{})
}

func (s *Service) changeScopes(ctx context.Context, tx *store.Store, actor console.Principal, change console.AccessChange) (before, after console.User, err error) {
	if before, err = tx.LockUser(ctx, change.User); err != nil {
		return before, after, err
	}
	switch {
	case before.Version != change.Version:
		return before, after, console.Stale(before.AsTarget())
	case before.Role != console.RoleMember:
		return before, after, console.Conflict("", before.Name+" is no member: scopes are assigned to members only.")
	case !before.Enabled():
		return before, after, console.Conflict("", before.Name+" is disabled. Enable them first.")
	}
	after = before
	after.Scopes = change.Apply(before.Scopes)
	gained := slices.DeleteFunc(slices.Clone(after.Scopes), func(name string) bool { return slices.Contains(before.Scopes, name) })
	if err := mayAssign(ctx, tx, actor, gained); err != nil {
		return before, after, err
	}
	slices.Sort(before.Scopes)
	if slices.Equal(before.Scopes, after.Scopes) {
		return before, before, nil
	}
	err = tx.UpdateUser(ctx, after, change.Version)
	after.Version++
	return before, after, err
}

// ListMembers returns the members of a repository by name, at most 1,000, to
// those who may know: its managers, and who sees everybody.
func (s *Service) ListMembers(ctx context.Context, actor console.Principal, repo console.GUID) ([]console.User, error) {
	if err := cmp.Or(actor.NeedIn(console.MemberRead, repo), written(repo)); err != nil {
		return nil, err
	}
	return s.store.ListMembers(ctx, repo, nameLimit)
}

// UpdateMembership makes a member somebody in a repository; an empty role ends
// it. Was is the role on which the change is based.
func (s *Service) UpdateMembership(ctx context.Context, actor console.Principal, guid, repo console.GUID, was, role console.MemberRole) (console.User, error) {
	if err := cmp.Or(s.RecordDenial(ctx, actor, actor.NeedIn(console.AccessWrite, repo), console.Target{Kind: console.TargetUser, GUID: guid}), written(guid, repo)); err != nil {
		return console.User{}, err
	}
	p := console.Problems{}
	p.Check(role == "" || role.Valid(), "as", "Choose manager or viewer.")
	if err := p.Err(); err != nil {
		return console.User{}, err
	}
	var user console.User
	err := s.changePeople(ctx, actor, console.AccessWrite, func(tx *store.Store, actor console.Principal) error {
		if err := actor.NeedIn(console.AccessWrite, repo); err != nil {
			return err
		}
		refs, err := tx.LockRepositories(ctx, []console.GUID{repo})
		if err != nil {
			return err
		}
		if user, err = tx.LockUser(ctx, guid); err != nil {
			return err
		}
		now := user.Memberships[repo]
		switch {
		case user.Role != console.RoleMember:
			return console.Conflict("", user.Name+" is no member: only members belong to repositories.")
		case now == role:
			return nil
		case now != was:
			return console.Stale(user.AsTarget())
		case !user.Enabled() && role != "":
			return console.Conflict("", user.Name+" is disabled. Enable them first.")
		}
		if err := tx.PutMembership(ctx, guid, repo, role); err != nil {
			return err
		}
		user.Memberships[repo] = role
		action := console.MemberChanged
		switch {
		case now == "":
			action = console.MemberAdded
		case role == "":
			action = console.MemberRemoved
			delete(user.Memberships, repo)
		}
		event := actor.Did(action, user.AsTarget(), s.now())
		event.Repositories = refs
		event.Changes = []console.Change{{Field: "member", Old: string(now), New: string(role)}}
		return s.record(ctx, tx, event)
	})
	return user, err
}
