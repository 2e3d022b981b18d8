package service

import (
	"cmp"
	"context"
	"time"

	"latchkey/internal/console"
	"latchkey/internal/store"
)

// UpdateToken changes a token that is still at version. A token that expired
// or was revoked cannot be edited back to life. Scopes that it gains need the
// right to grant them; those that it has may stay. What changes nothing is
// neither written nor recorded.
func (s *Service) UpdateToken(ctx context.Context, actor console.Principal, repo, guid console.GUID, version int, patch console.TokenPatch) (console.Token, error) {
	var heir console.GUID
	if patch.Owner != nil && patch.Owner.Valid() {
		heir = *patch.Owner
	}
	return s.changeTokenFor(ctx, actor, repo, guid, heir, func(tx *store.Store, actor console.Principal, before console.Token, now time.Time) (console.Token, console.Action, error) {
		after := patch.Apply(before)
		if err := before.Type.NeedChangeable(); err != nil {
			return after, "", err
		}
		if before.Version != version {
			// Before its dates are judged by what somebody else changed.
			return after, "", console.Stale(before.AsTarget())
		}
		catalogue, err := catalogueOf(ctx, tx)
		if err != nil {
			return after, "", err
		}
		if err := after.ValidateChange(before, now, catalogue); err != nil {
			return after, "", err
		}
		if err := mayGrant(ctx, tx, actor, after.Type, after.Added(before)); err != nil {
			return after, "", err
		}
		if err := s.needProofFor(ctx, tx, actor, after.Empowered(before)); err != nil {
			return after, "", err
		}
		if err := abides(ctx, tx, console.NewPolicyCase(&before, after, now)); err != nil {
			return after, "", err
		}
		claim := after.AsNew().Clean()
		if after.Owner.GUID == before.Owner.GUID {
			claim.Owner = "" // who has left may stay the owner of what they had
		}
		repositories, owner, err := s.belongsTo(ctx, tx, actor, claim)
		if err != nil {
			return after, "", err
		}
		if err := mayGrantAssets(ctx, tx, actor, repositories, after.GainedGrants(before)); err != nil {
			return after, "", err
		}
		if claim.Owner != "" {
			after.Owner = owner
		}
		if after.IPFilter.GUID != before.IPFilter.GUID {
			if after.IPFilter, err = keepIPFilter(ctx, tx, after.IPFilter.GUID); err != nil {
				return after, "", err
			}
		}
		if console.Fold(after.Name) != console.Fold(before.Name) {
			if err := s.claimName(ctx, tx, claim, now); err != nil {
				return after, "", err
			}
		}
		if after.IPFilter == before.IPFilter && len(after.ChangesFrom(before)) == 0 {
			return before, "", nil
		}
		if !after.SameGrants(before) {
			if err := tx.ReplaceGrants(ctx, after); err != nil {
				return after, "", err
			}
		}
		return after, console.TokenEdited, tx.UpdateToken(ctx, stamped(after, now), version)
	})
}

// DisableToken pauses a token, until a time or, with the zero time, until it is
// enabled again.
func (s *Service) DisableToken(ctx context.Context, actor console.Principal, repo, guid console.GUID, until time.Time) (console.Token, error) {
	return s.changeToken(ctx, actor, repo, guid, func(tx *store.Store, actor console.Principal, before console.Token, now time.Time) (console.Token, console.Action, error) {
		after := before
		after.DisabledUntil = console.Instant(until)
		p := console.Problems{}
		p.Check(until.IsZero() || until.After(now), "until", "Choose a time in the future.")
		if err := p.Err(); err != nil {
			return after, "", err
		}
		if before.Status(now) == console.StatusDisabled && before.DisabledUntil.Equal(after.DisabledUntil) {
			return before, "", nil
		}
		after.DisabledAt = now
		return after, console.TokenDisabled, tx.UpdateToken(ctx, stamped(after, now), before.Version)
	})
}

// EnableToken ends a token's pause. Enabling what is not paused is not an error.
func (s *Service) EnableToken(ctx context.Context, actor console.Principal, repo, guid console.GUID) (console.Token, error) {
	return s.changeToken(ctx, actor, repo, guid, func(tx *store.Store, actor console.Principal, before console.Token, now time.Time) (console.Token, console.Action, error) {
		if before.DisabledAt.IsZero() {
			return before, "", nil
		}
		after := before
		after.DisabledAt, after.DisabledUntil = time.Time{}, time.Time{}
		return after, console.TokenEnabled, tx.UpdateToken(ctx, stamped(after, now), before.Version)
	})
}

func stamped(t console.Token, now time.Time) console.Token {
	t.UpdatedAt = now
	return t
}

// changeToken locks a token that has not ended, lets change write it, and
// records what changed. change answers an empty action when it wrote nothing.
func (s *Service) changeToken(ctx context.Context, actor console.Principal, repo, guid console.GUID,
	change func(tx *store.Store, actor console.Principal, before console.Token, now time.Time) (console.Token, console.Action, error),
) (console.Token, error) {
	return s.changeTokenFor(ctx, actor, repo, guid, "", change)
}

// changeTokenFor is changeToken for what may give the token to heir, if that is
// anybody. They stay as they are meanwhile, and are held before the token: who
// leaves is, too.
func (s *Service) changeTokenFor(ctx context.Context, actor console.Principal, repo, guid, heir console.GUID,
	change func(tx *store.Store, actor console.Principal, before console.Token, now time.Time) (console.Token, console.Action, error),
) (console.Token, error) {
	if err := cmp.Or(actor.NeedSomewhere(console.TokenRead), written(repo, guid)); err != nil {
		return console.Token{}, err
	}
	var token console.Token
	err := s.change(ctx, actor, console.TokenRead, func(tx *store.Store, actor console.Principal) error {
		if _, err := tx.KeepUser(ctx, heir); err != nil && console.CodeOf(err) != console.CodeNotFound {
			return err
		}
		before, err := lockToken(ctx, tx, actor, repo, guid)
		if err != nil {
			return err
		}
		now := s.now() // waiting for the lock takes time, too
		if status := before.Status(now); status.Final() {
			return console.Conflict("", "The token is "+string(status)+" and stays so. Make a new one instead.")
		}
		after, action, err := change(tx, actor, before, now)
		if token = after; err != nil || action == "" {
			return err
		}
		token.Version, token.UpdatedAt = before.Version+1, now
		event := actor.Did(action, after.AsTarget(), now)
		event.Repositories, event.Changes = after.Repositories, after.ChangesFrom(before)
		return s.record(ctx, tx, event)
	})
	return token, err
}

// DeleteToken removes a token; the audit log goes on telling of it. An active
// one takes its name as confirmation.
func (s *Service) DeleteToken(ctx context.Context, actor console.Principal, repo, guid console.GUID, confirm string) (console.Token, error) {
	if err := cmp.Or(actor.NeedSomewhere(console.TokenRead), written(repo, guid)); err != nil {
		return console.Token{}, err
	}
	var token console.Token
	err := s.change(ctx, actor, console.TokenRead, func(tx *store.Store, actor console.Principal) (err error) {
		if token, err = lockToken(ctx, tx, actor, repo, guid); err != nil {
			return err
		}
		now := s.now()
		p := console.Problems{}
		p.Check(token.Status(now) != console.StatusActive || console.Clean(confirm) == token.Name, "confirm", "Type the token’s name to confirm.")
		if err := p.Err(); err != nil {
			return err
		}
		if err := tx.DeleteToken(ctx, guid); err != nil {
			return err
		}
		event := actor.Did(console.TokenDeleted, token.AsTarget(), now)
		event.Repositories, event.Changes = token.Repositories, console.Changes(token.Fields(), console.Token{}.Fields())
		return s.record(ctx, tx, event)
	})
	return token, err
}
