package service

import (
	"cmp"
	"context"

	"latchkey/internal/console"
	"latchkey/internal/store"
)

// ListPeople returns a page of the people who pass f, by name.
func (s *Service) ListPeople(ctx context.Context, actor console.Principal, f console.UserFilter, page console.PageRequest) (console.Page[console.User], error) {
	if err := actor.Need(console.UserRead); err != nil {
		return console.Page[console.User]{}, err
	}
	if unsearchable(f.Text) || unsearchable(string(f.Role)) || written(f.Repository) != nil {
		return console.Page[console.User]{}, nil
	}
	return s.store.ListPeople(ctx, f, page)
}

// GetUser returns a person with their memberships by name.
func (s *Service) GetUser(ctx context.Context, actor console.Principal, guid console.GUID) (console.User, []console.MemberOf, error) {
	if err := cmp.Or(actor.Need(console.UserRead), written(guid)); err != nil {
		return console.User{}, nil, err
	}
	user, err := s.store.FindUser(ctx, guid)
	if err != nil {
		return console.User{}, nil, err
	}
	memberships, err := s.store.ListMembershipsOf(ctx, guid)
	return user, memberships, err
}

// FindPerson returns the person with an address, in any case.
func (s *Service) FindPerson(ctx context.Context, actor console.Principal, email string) (console.User, error) {
	if err := actor.Need(console.UserRead); err != nil {
		return console.User{}, err
	}
	if unsearchable(email) {
		return console.User{}, console.NotFound()
	}
	found, _, err := s.store.FindSignIn(ctx, console.Clean(email))
	if err != nil {
		return console.User{}, err
	}
	return s.store.FindUser(ctx, found.GUID)
}

// grantorLimit is how many people are named who can be asked for a scope.
const grantorLimit = 3

// ListGrantors names whom a member can ask for scopes that they don't hold, at
// most three. Who holds every scope need not ask.
func (s *Service) ListGrantors(ctx context.Context, actor console.Principal) ([]console.PersonRef, error) {
	if actor.May(console.TokenRead) || !actor.MaySomewhere(console.TokenRead) {
		return nil, known(actor)
	}
	return atGlance(ctx, s, "grantors", func() ([]console.PersonRef, error) { return s.store.ListGrantors(ctx, grantorLimit) })
}

// UpdateUser changes what a person, who is still at version, is called and
// what they are. Nobody changes their own role, and one owner stays. Who is no
// member any more loses what only members have. Another role ends their sessions:
// no id from before opens what it allows.
func (s *Service) UpdateUser(ctx context.Context, actor console.Principal, guid console.GUID, version int, patch console.UserPatch) (console.User, error) {
	if err := cmp.Or(s.RecordDenial(ctx, actor, actor.Need(console.UserWrite), console.Target{Kind: console.TargetUser, GUID: guid}), written(guid)); err != nil {
		return console.User{}, err
	}
	var user console.User
	err := s.changePeople(ctx, actor, console.UserWrite, func(tx *store.Store, actor console.Principal) error {
		before, err := tx.LockUser(ctx, guid)
		if err != nil {
			return err
		}
		user = patch.Apply(before)
		if before.Version != version {
			return console.Stale(before.AsTarget())
		}
		if err := user.ValidateChange(); err != nil {
			return err
		}
		changes := console.Changes(before.Fields(), user.Fields())
		if len(changes) == 0 {
			return nil
		}
		if user.Role != before.Role {
			if err := mayLeaveRole(ctx, tx, actor, before); err != nil {
				return err
			}
			if err := tx.EndSignIns(ctx, guid, ""); err != nil {
				return err
			}
			ended, err := tx.ListMembershipsOf(ctx, guid)
			if err != nil {
				return err
			}
			if len(ended) > 0 {
				changes = append(changes, console.Change{Field: "memberships", Old: console.MembershipsText(ended)})
			}
		}
		if err := tx.UpdateUser(ctx, user, version); err != nil {
			return err
		}
		user.Version++
		event := actor.Did(console.UserEdited, user.AsTarget(), s.now())
		event.Changes = changes
		return s.record(ctx, tx, event)
	})
	return user, err
}

// mayLeaveRole refuses to take somebody's own role away, and the last owner's.
func mayLeaveRole(ctx context.Context, tx *store.Store, actor console.Principal, user console.User) error {
	p := console.Problems{}
	p.Check(!isSelf(actor, user), "role", "You can’t change your own role. Another owner can.")
	if err := p.Err(); err != nil {
		return err
	}
	last, err := isLastOwner(ctx, tx, user)
	if err == nil && last {
		err = console.Conflict("role", user.Name+" is the last owner. Make somebody else an owner first.")
	}
	return err
}

func isSelf(actor console.Principal, user console.User) bool {
	return actor.Kind == console.PrincipalUser && actor.GUID == user.GUID
}

// isLastOwner reports whether without user nobody could manage people.
func isLastOwner(ctx context.Context, tx *store.Store, user console.User) (bool, error) {
	if user.Role != console.RoleOwner || !user.Enabled() || user.Invited() {
		return false, nil
	}
	others, err := tx.CountOtherOwners(ctx, user.GUID)
	return others == 0, err
}
