package service

import (
	"cmp"
	"context"
	"crypto/rand"
	"slices"
	"time"

	"latchkey/internal/console"
	"latchkey/internal/store"
)

// InvitationLifetime is how long the link works with which somebody sets a
// password.
const InvitationLifetime = 7 * 24 * time.Hour

// InviteUser makes an account without a password, and the code with which its
// owner sets one: once, within InvitationLifetime. Only its hash is kept.
func (s *Service) InviteUser(ctx context.Context, actor console.Principal, n console.Invitation) (console.User, string, error) {
	if err := s.RecordDenial(ctx, actor, actor.Need(console.UserInvite), console.Target{Kind: console.TargetUser}); err != nil {
		return console.User{}, "", err
	}
	n = n.Clean()
	if err := n.Validate(); err != nil {
		return console.User{}, "", err
	}
	var user console.User
	code := rand.Text() // at least 128 bits
	err := s.changePeople(ctx, actor, console.UserInvite, func(tx *store.Store, actor console.Principal) error {
		if !actor.MayInvite(n.Role) || len(n.Memberships) > 0 && !actor.May(console.AccessWrite) {
			return console.Forbidden("Only an owner can invite somebody who is more than a member without repositories.")
		}
		if err := mayAssign(ctx, tx, actor, n.Scopes); err != nil {
			return err
		}
		memberships, err := membershipsOf(ctx, tx, n.Memberships)
		if err != nil {
			return err
		}
		now := s.now()
		user = console.User{GUID: console.NewGUID(), Email: n.Email, Name: n.Name, Role: n.Role, Scopes: n.Scopes, InvitedAt: now, CreatedAt: now, Version: 1}
		if err := tx.InsertUser(ctx, user, ""); err != nil {
			return err
		}
		for _, m := range n.Memberships {
			if err := tx.PutMembership(ctx, user.GUID, m.Repository, m.Role); err != nil {
				return err
			}
		}
		if err := tx.PutInvitation(ctx, user.GUID, hashCode(code), now.Add(InvitationLifetime)); err != nil {
			return err
		}
		event := actor.Did(console.UserInvited, user.AsTarget(), now)
		event.Changes = console.Changes(console.User{}.Fields(), user.Fields())
		if len(memberships) > 0 {
			event.Changes = append(event.Changes, console.Change{Field: "memberships", New: console.MembershipsText(memberships)})
		}
		for _, m := range memberships {
			event.Repositories = append(event.Repositories, m.Repository)
		}
		return s.record(ctx, tx, event)
	})
	if err != nil {
		return console.User{}, "", err
	}
	return user, code, nil
}

// membershipsOf finds and holds the repositories that somebody shall belong to.
func membershipsOf(ctx context.Context, tx *store.Store, wanted []console.Membership) ([]console.MemberOf, error) {
	if len(wanted) == 0 {
		return nil, nil
	}
	guids := make([]console.GUID, len(wanted))
	for i, m := range wanted {
		guids[i] = m.Repository
	}
	var refs []console.RepositoryRef
	err := written(guids...)
	if err == nil {
		refs, err = tx.LockRepositories(ctx, guids)
	}
	if console.CodeOf(err) == console.CodeNotFound || slices.Contains(guids, "") {
		p := console.Problems{}
		p.Check(false, "memberships", "There is no such repository.")
		return nil, p.Err()
	}
	memberships := make([]console.MemberOf, 0, len(refs))
	for _, ref := range refs {
		at := slices.IndexFunc(wanted, func(m console.Membership) bool { return m.Repository == ref.GUID })
		memberships = append(memberships, console.MemberOf{Repository: ref, Role: wanted[at].Role})
	}
	return memberships, err
}

// mayAssign refuses scopes that can't be assigned, or not by actor.
func mayAssign(ctx context.Context, tx *store.Store, actor console.Principal, scopes []string) error {
	catalogue, err := catalogueOf(ctx, tx)
	if err != nil {
		return err
	}
	if err := catalogue.ValidateGain(scopes); err != nil {
		return err
	}
	p := console.Problems{}
	for _, name := range scopes {
		p.Check(actor.Holds(name), "scopes", "You don’t hold "+name+", so you can’t assign it.")
	}
	return p.Err()
}

// CreateUserLink makes a fresh code with which a person sets a password, in
// place of any before. Who has one already can't sign in with it any more, and
// their sessions end.
func (s *Service) CreateUserLink(ctx context.Context, actor console.Principal, guid console.GUID) (console.User, string, error) {
	if err := cmp.Or(s.RecordDenial(ctx, actor, actor.Need(console.UserWrite), console.Target{Kind: console.TargetUser, GUID: guid}), written(guid)); err != nil {
		return console.User{}, "", err
	}
	var user console.User
	code := rand.Text()
	err := s.changePeople(ctx, actor, console.UserWrite, func(tx *store.Store, actor console.Principal) (err error) {
		if user, err = tx.LockUser(ctx, guid); err != nil {
			return err
		}
		switch {
		case isSelf(actor, user):
			return console.Conflict("", "You would lock yourself out. Another owner can make a link for you.")
		case !user.Enabled():
			return console.Conflict("", user.Name+" is disabled. Enable them first.")
		case !user.Invited():
			if err := tx.UpdateCredentials(ctx, user, ""); err != nil {
				return err
			}
			if err := tx.EndSignIns(ctx, guid, ""); err != nil {
				return err
			}
			user.Version++
		}
		now := s.now()
		if err := tx.PutInvitation(ctx, guid, hashCode(code), now.Add(InvitationLifetime)); err != nil {
			return err
		}
		if err := s.endPersonalToken(ctx, tx, actor, guid, regained); err != nil {
			return err
		}
		return s.record(ctx, tx, actor.Did(console.UserLinkCreated, user.AsTarget(), now))
	})
	if err != nil {
		return console.User{}, "", err
	}
	return user, code, nil
}

// InvitationEnd is until when somebody's link works; the zero time if they
// have none that does.
func (s *Service) InvitationEnd(ctx context.Context, actor console.Principal, guid console.GUID) (time.Time, error) {
	if err := cmp.Or(actor.Need(console.UserRead), written(guid)); err != nil {
		return time.Time{}, err
	}
	return s.store.FindInvitationEnd(ctx, guid, s.now())
}

// errLinkOver is the one answer for links that were never made, were used or
// replaced, or are too old.
func errLinkOver() error {
	return &console.Error{Code: console.CodeNotFound, Message: "This link was used already, was replaced or is too old. Ask whoever sent it to you, or an owner of this console, for a new one."}
}

// CheckInvitation returns whose password the code would set now.
func (s *Service) CheckInvitation(ctx context.Context, code string) (console.User, error) {
	return s.invited(ctx, s.store, code, s.store.FindUser)
}

func (s *Service) invited(ctx context.Context, tx *store.Store, code string,
	find func(context.Context, console.GUID) (console.User, error),
) (console.User, error) {
	guid, err := tx.FindInvitation(ctx, hashCode(code), s.now())
	if err != nil {
		return console.User{}, err
	}
	if guid == "" {
		return console.User{}, errLinkOver()
	}
	user, err := find(ctx, guid)
	if console.CodeOf(err) == console.CodeNotFound || err == nil && !user.Enabled() {
		return console.User{}, errLinkOver()
	}
	return user, err
}

// AcceptInvitation sets the name and the password of whoever has the code. Of
// many simultaneous uses of one code exactly one succeeds.
func (s *Service) AcceptInvitation(ctx context.Context, from console.Principal, code, name, pass string) (console.User, error) {
	user, err := s.CheckInvitation(ctx, code)
	if err != nil {
		return console.User{}, err
	}
	n := console.NewUser{Email: user.Email, Name: name, Password: pass, Role: user.Role}.Clean()
	hash, err := s.hashPassword(ctx, n)
	if err != nil {
		return console.User{}, err
	}
	err = s.store.Tx(ctx, func(tx *store.Store) error {
		if err := tx.Exclusive(ctx, "people"); err != nil {
			return err
		}
		before, err := s.invited(ctx, tx, code, tx.LockUser)
		if err != nil {
			return err
		}
		user = before
		user.Name, user.InvitedAt, user.Version = n.Name, time.Time{}, before.Version+1
		if err := tx.UpdateCredentials(ctx, user, hash); err != nil {
			return err
		}
		if err := tx.DeleteInvitation(ctx, user.GUID); err != nil {
			return err
		}
		if err := tx.EndSignIns(ctx, user.GUID, ""); err != nil {
			return err
		}
		user.Epoch++
		action := console.UserPasswordSet
		if before.Invited() {
			action = console.UserJoined
		}
		event := from.As(user).Did(action, user.AsTarget(), s.now())
		event.Changes = console.Changes(before.Fields(), user.Fields())
		return s.record(ctx, tx, event)
	})
	if err == nil {
		user.SecondFactor, err = s.store.HasFactor(ctx, user.GUID) // a link replaces a password, and nothing else
	}
	return user, err
}
