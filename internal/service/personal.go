package service

import (
	"cmp"
	"context"

	"latchkey/internal/console"
	"latchkey/internal/store"
)

// PersonalToken is actor's own, with what is known of its secrets; not_found if
// they have none that is not over.
func (s *Service) PersonalToken(ctx context.Context, actor console.Principal) (console.Token, []console.KeptSecret, error) {
	if err := needPerson(actor); err != nil {
		return console.Token{}, nil, err
	}
	token, err := s.store.FindPersonalToken(ctx, actor.GUID, s.now())
	if err != nil {
		return console.Token{}, nil, err
	}
	secrets, err := s.store.ListSecrets(ctx, token.GUID)
	return token, secrets, err
}

// needPerson returns nil for a person: nobody else has an account.
func needPerson(actor console.Principal) error {
	if actor.Kind != console.PrincipalUser {
		return cmp.Or(known(actor), console.NotFound())
	}
	return nil
}

// CreatePersonalToken makes actor's personal token and its secret, which exists
// in this answer only. The one that they had ends with it: a person has one. The
// GUID makes it safe to repeat, as with CreateToken.
func (s *Service) CreatePersonalToken(ctx context.Context, actor console.Principal, n console.NewPersonalToken) (console.Token, console.Secret, error) {
	if err := needPerson(actor); err != nil {
		return console.Token{}, console.Secret{}, err
	}
	request, now := n.AsNew(actor.Ref()).Clean(), s.now()
	made, found, err := s.madeBefore(ctx, actor, request)
	if found || err != nil {
		return made, console.Secret{}, err
	}
	if err := n.Validate(now); err != nil {
		return console.Token{}, console.Secret{}, err
	}
	token, secret := request.Token(actor, now), console.NewSecret(n.GUID)
	err = s.changeOwn(ctx, actor, func(tx *store.Store, actor console.Principal) (err error) {
		if err := s.needFactor(ctx, tx, actor); err != nil {
			return err
		}
		token.Name, token.Owner = n.AsNew(actor.Ref()).Name, actor.Ref()
		if token.IPFilter, err = keepIPFilter(ctx, tx, n.IPFilter); err != nil {
			return err
		}
		before, err := tx.LockPersonalToken(ctx, actor.GUID, now)
		if err == nil && actor.Token == before.GUID {
			token, err = token.NoWiderThan(before)
		}
		if err := cmp.Or(notFoundIsFine(err), abides(ctx, tx, console.NewPolicyCase(nil, token, now))); err != nil {
			return err
		}
		if err == nil {
			err = s.revoke(ctx, tx, actor, before, "Another one took its place.", now)
		}
		if err != nil && console.CodeOf(err) != console.CodeNotFound {
			return err
		}
		return s.insertToken(ctx, tx, actor, token, secret)
	})
	return s.made(ctx, actor, request, token, secret, err)
}

// RotatePersonalToken gives actor's personal token a new secret, as RotateToken
// does. It goes by the token's GUID or by theirs.
func (s *Service) RotatePersonalToken(ctx context.Context, actor console.Principal, guid console.GUID, r console.Rotation) (console.Token, console.Secret, error) {
	if err := cmp.Or(needPerson(actor), written(guid, r.ID)); err != nil {
		return console.Token{}, console.Secret{}, err
	}
	var token console.Token
	var secret console.Secret
	err := s.changeOwn(ctx, actor, func(tx *store.Store, actor console.Principal) (err error) {
		if err := s.needFactor(ctx, tx, actor); err != nil {
			return err
		}
		token, err = tx.LockPersonalToken(ctx, actor.GUID, s.now())
		if err == nil && guid != actor.GUID && guid != token.GUID {
			err = console.NotFound()
		}
		if err != nil {
			return err
		}
		token, secret, err = s.rotate(ctx, tx, actor, token, r)
		return err
	})
	if err != nil {
		return console.Token{}, console.Secret{}, err
	}
	return token, secret, nil
}

// needFactor refuses who has yet to set up the second factor that they need: a
// token of theirs would get round it.
func (s *Service) needFactor(ctx context.Context, tx *store.Store, actor console.Principal) error {
	account, err := s.account(ctx, tx, actor.GUID)
	if err == nil && s.LacksFactor(account.User) {
		err = console.Forbidden("Set up a second factor first: your role needs one.")
	}
	return err
}

func notFoundIsFine(err error) error {
	if console.CodeOf(err) == console.CodeNotFound {
		return nil
	}
	return err
}

// RevokePersonalToken ends actor's personal token for good. Where there is none it
// changes nothing.
func (s *Service) RevokePersonalToken(ctx context.Context, actor console.Principal) error {
	if err := needPerson(actor); err != nil {
		return err
	}
	return s.store.Tx(ctx, func(tx *store.Store) error {
		actor, err := s.current(ctx, tx, actor)
		if err != nil {
			return err
		}
		return s.endPersonalToken(ctx, tx, actor, actor.GUID, "")
	})
}

// endPersonalToken revokes the personal token of somebody, if they have one.
func (s *Service) endPersonalToken(ctx context.Context, tx *store.Store, by console.Principal, user console.GUID, reason string) error {
	now := s.now()
	token, err := tx.LockPersonalToken(ctx, user, now)
	if err == nil {
		err = s.revoke(ctx, tx, by, token, reason, now)
	}
	return notFoundIsFine(err)
}

// regained is why a personal token ends when somebody gets new ways to sign in:
// whoever had the old ones may have made it.
const regained = "Its person got new ways to sign in."
