package service

import (
	"cmp"
	"context"
	"time"

	"latchkey/internal/console"
	"latchkey/internal/store"
)

// RotateToken gives a token a new secret, which exists in this answer only. The
// old one works on for as long as the overlap says. At most two secrets work at
// a time: where two do already, the older one ends at once if the request says
// so, and else the rotation is refused. The request's ID makes it safe to
// repeat: the same again makes no secret and shows none.
func (s *Service) RotateToken(ctx context.Context, actor console.Principal, repo, guid console.GUID, r console.Rotation) (console.Token, console.Secret, error) {
	if err := cmp.Or(actor.NeedSomewhere(console.TokenRead), written(repo, guid, r.ID)); err != nil {
		return console.Token{}, console.Secret{}, err
	}
	var token console.Token
	var secret console.Secret
	err := s.change(ctx, actor, console.TokenRead, func(tx *store.Store, actor console.Principal) (err error) {
		if token, err = lockToken(ctx, tx, actor, repo, guid); err != nil {
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

// rotate gives a new secret to a token that is locked.
func (s *Service) rotate(ctx context.Context, tx *store.Store, actor console.Principal, token console.Token, r console.Rotation) (console.Token, console.Secret, error) {
	none := console.Secret{}
	if err := actor.NeedSecret(token); err != nil {
		return token, none, err
	}
	if err := needAssets(ctx, tx, actor, token); err != nil {
		return token, none, err
	}
	if err := s.needProofFor(ctx, tx, actor, token.Scopes); err != nil {
		return token, none, err
	}
	if token.Type == console.TypePersonal {
		if err := s.needProof(actor); err != nil {
			return token, none, err
		}
	}
	if done, err := tx.FindRotation(ctx, token.GUID, r.ID); done || err != nil {
		return token, none, err
	}
	now := s.now()
	end, err := s.mayRotate(ctx, tx, token, r, now)
	if err != nil {
		return token, none, err
	}
	if r.ID == "" {
		r.ID = console.NewGUID()
	}
	secret := console.NewSecret(token.GUID)
	if err := tx.EndOldSecrets(ctx, token.GUID, now); err != nil {
		return token, none, err
	}
	if err := tx.ReplaceSecret(ctx, token.GUID, s.keys.hashSecret(secret), r.ID, end, r.Overlap.FirstUse, now); err != nil {
		return token, none, err
	}
	if err := tx.TouchToken(ctx, token.GUID, token.Version, now); err != nil {
		return token, none, err
	}
	token.Version, token.UpdatedAt = token.Version+1, now
	return token, secret, s.record(ctx, tx, rotated(actor, token, r, end, now))
}

// mayRotate says until when the present secret works on, or why the token can't
// be rotated.
func (s *Service) mayRotate(ctx context.Context, tx *store.Store, token console.Token, r console.Rotation, now time.Time) (time.Time, error) {
	if status := token.Status(now); status.Final() {
		return time.Time{}, console.Conflict("", "The token is "+string(status)+" and stays so. Make a new one instead.")
	}
	if r.Version != 0 && r.Version != token.Version {
		return time.Time{}, console.Stale(token.AsTarget())
	}
	end, err := r.Overlap.End(token, now)
	if err != nil {
		return end, err
	}
	if err := tx.LockSecrets(ctx, token.GUID); err != nil {
		return end, err
	}
	secrets, err := tx.ListSecrets(ctx, token.GUID)
	if err != nil {
		return end, err
	}
	if _, two := console.Overlapping(secrets, now); two && !r.EndOldest {
		return end, &console.Error{
			Code: console.CodeConflict, Message: "Two secrets work already. Rotating again ends the older one at once.",
			Fields: map[string]string{"end_oldest": "Say that the older secret may end."},
		}
	}
	return end, nil
}

func rotated(actor console.Principal, token console.Token, r console.Rotation, end, now time.Time) console.AuditEvent {
	event := actor.Did(console.TokenRotated, token.AsTarget(), now)
	event.Repositories = token.Repositories
	event.Changes = []console.Change{{Field: "old_secret", New: r.Overlap.Words()}}
	if end.After(now) {
		event.Changes = append(event.Changes, console.Change{Field: "old_secret_until", New: console.TimeText(end)})
	}
	return event
}

// EndOverlap ends at once the secret that works beside a token's current one.
// Where there is none it changes nothing.
func (s *Service) EndOverlap(ctx context.Context, actor console.Principal, repo, guid console.GUID) (console.Token, error) {
	if err := cmp.Or(actor.NeedSomewhere(console.TokenRead), written(repo, guid)); err != nil {
		return console.Token{}, err
	}
	var token console.Token
	err := s.change(ctx, actor, console.TokenRead, func(tx *store.Store, actor console.Principal) (err error) {
		if token, err = lockToken(ctx, tx, actor, repo, guid); err != nil {
			return err
		}
		if err := tx.LockSecrets(ctx, guid); err != nil {
			return err
		}
		now := s.now()
		secrets, err := tx.ListSecrets(ctx, guid)
		if err != nil {
			return err
		}
		if _, two := console.Overlapping(secrets, now); !two || token.Status(now).Final() {
			return nil
		}
		if err := tx.TouchToken(ctx, guid, token.Version, now); err != nil {
			return err
		}
		token.Version, token.UpdatedAt = token.Version+1, now
		return s.endOverlap(ctx, tx, actor, token, now)
	})
	return token, err
}

// endOverlap ends what works beside the current secret of a token that is
// locked, and records who did it.
func (s *Service) endOverlap(ctx context.Context, tx *store.Store, by console.Principal, token console.Token, at time.Time) error {
	secrets, err := tx.ListSecrets(ctx, token.GUID)
	if err != nil {
		return err
	}
	old, _ := console.Overlapping(secrets, at)
	if err := tx.EndOldSecrets(ctx, token.GUID, at); err != nil {
		return err
	}
	event := by.Did(console.TokenOverlapEnded, token.AsTarget(), s.now())
	event.Repositories = token.Repositories
	event.Changes = []console.Change{{Field: "old_secret_until", Old: console.TimeText(old.EndsAt), New: console.TimeText(at)}}
	return s.record(ctx, tx, event)
}

// ListSecrets returns what is known of the secrets that a token has or had, the
// current one first.
func (s *Service) ListSecrets(ctx context.Context, actor console.Principal, repo, guid console.GUID) ([]console.KeptSecret, error) {
	if _, err := s.GetToken(ctx, actor, repo, guid); err != nil {
		return nil, err
	}
	return s.store.ListSecrets(ctx, guid)
}

// FindBySecret returns the token to which a token string belongs, and which of
// its secrets it is, also one that has ended. A text that cannot be a token
// string is invalid; one of a token that actor may not see is as unknown as any other.
func (s *Service) FindBySecret(ctx context.Context, actor console.Principal, text string) (console.Token, console.KeptSecret, error) {
	if err := actor.NeedSomewhere(console.TokenRead); err != nil {
		return console.Token{}, console.KeptSecret{}, err
	}
	guid, secret, whole := console.ParseSecret(text)
	p := console.Problems{}
	p.Check(text != "", "secret", "Paste a token string.")
	p.Check(whole, "secret", "This is not a whole token string: a character is missing or wrong.")
	if err := p.Err(); err != nil {
		return console.Token{}, console.KeptSecret{}, err
	}
	found, err := s.findSecret(ctx, secret)
	if err == nil && (found.Token.GUID != guid || !actor.MaySee(found.Token)) {
		err = console.NotFound()
	}
	if err != nil {
		return console.Token{}, console.KeptSecret{}, err
	}
	if s.replaced(&found) && found.Secret.Live(s.now()) {
		found.Secret.EndsAt = s.now()
	}
	return found.Token, found.Secret, nil
}

// findSecret returns the secret as it is kept, whichever key it was hashed with.
func (s *Service) findSecret(ctx context.Context, secret console.Secret) (found store.FoundSecret, err error) {
	for _, k := range s.keys.all {
		if found, err = s.store.FindSecret(ctx, k.hashSecret(secret).Hash); console.CodeOf(err) != console.CodeNotFound {
			break
		}
	}
	return found, err
}
