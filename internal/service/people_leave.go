package service

import (
	"cmp"
	"context"
	"slices"
	"time"

	"latchkey/internal/console"
	"latchkey/internal/store"
)

// leavingShown is how many tokens of somebody who leaves are named beforehand.
const leavingShown = 50

// PreviewDeparture says which live tokens somebody owns or made.
func (s *Service) PreviewDeparture(ctx context.Context, actor console.Principal, guid console.GUID) (console.Leaving, error) {
	var leaving console.Leaving
	if err := cmp.Or(actor.Need(console.UserRead), written(guid)); err != nil {
		return leaving, err
	}
	var err error
	if leaving.User, err = s.store.FindUser(ctx, guid); err != nil {
		return leaving, err
	}
	now := s.now()
	if leaving.Owned, err = s.store.CountTokensOf(ctx, guid, false, now); err != nil {
		return leaving, err
	}
	all, err := s.store.CountTokensOf(ctx, guid, true, now)
	if err != nil {
		return leaving, err
	}
	leaving.Made = all - leaving.Owned
	leaving.Tokens, err = s.store.ListTokensOf(ctx, guid, true, now, leavingShown)
	return leaving, err
}

// ListHeirs returns the people to whom everything can be given that somebody
// owns who leaves, or the first HandoverLimit tokens of it, by name.
func (s *Service) ListHeirs(ctx context.Context, actor console.Principal, leaver console.GUID) ([]console.User, error) {
	if err := cmp.Or(actor.Need(console.UserRead), written(leaver)); err != nil {
		return nil, err
	}
	tokens, err := s.store.ListTokensOf(ctx, leaver, false, s.now(), console.HandoverLimit)
	if err != nil {
		return nil, err
	}
	people, err := s.store.ListUsers(ctx, nameLimit)
	return slices.DeleteFunc(people, func(user console.User) bool {
		return user.GUID == leaver || slices.ContainsFunc(tokens, func(t console.Token) bool { return !user.MayTakeOver(t) })
	}), err
}

// handoverPatience is how long a handover goes on to the next tokens: a page has
// to be done within twice that.
const handoverPatience = 5 * time.Second

// DisableUser ends somebody's sessions and lets them sign in no more. What
// becomes of the tokens that they own or made happens with it, to the first
// HandoverLimit of them at once and to the others after that, as long as
// patience lasts; their personal token ends. For who is disabled already, only
// the tokens are dealt with. Nobody disables themselves, and one owner stays.
func (s *Service) DisableUser(ctx context.Context, actor console.Principal, guid console.GUID, d console.Departure) (console.Departed, error) {
	var departed console.Departed
	if err := cmp.Or(s.RecordDenial(ctx, actor, actor.Need(console.UserWrite), console.Target{Kind: console.TargetUser, GUID: guid}), written(guid, d.To)); err != nil {
		return departed, err
	}
	for began := s.clock(); ; {
		part, err := s.depart(ctx, actor, guid, d)
		if err != nil {
			return departed, err
		}
		departed.User, departed.Left = part.User, part.Left
		departed.Tokens = append(departed.Tokens, part.Tokens...)
		if part.Left == 0 || s.clock().Sub(began) >= handoverPatience {
			return departed, nil
		}
	}
}

// depart disables somebody, if they are not, and deals with at most HandoverLimit
// of their tokens.
func (s *Service) depart(ctx context.Context, actor console.Principal, guid console.GUID, d console.Departure) (console.Departed, error) {
	var departed console.Departed
	err := s.changePeople(ctx, actor, console.UserWrite, func(tx *store.Store, actor console.Principal) (err error) {
		departed = console.Departed{}
		before, err := tx.LockUser(ctx, guid)
		if err != nil {
			return err
		}
		if err := mayDisable(ctx, tx, actor, before); err != nil {
			return err
		}
		departed.User = before
		now := s.now()
		tokens, to, err := s.handover(ctx, tx, actor, &departed, d, now)
		if err != nil {
			return err
		}
		var events []console.AuditEvent
		if before.Enabled() {
			departed.User.DisabledAt = now
			if err := endAccess(ctx, tx, departed.User); err != nil {
				return err
			}
			departed.User.Version++
			event := actor.Did(console.UserDisabled, before.AsTarget(), now)
			event.Changes = console.Changes(before.Fields(), departed.User.Fields())
			if len(tokens) > 0 {
				event.Changes = append(event.Changes, console.Change{Field: "tokens", New: handoverText(d, len(tokens), to)})
			}
			events = append(events, event)
		}
		personal, err := tx.LockPersonalToken(ctx, before.GUID, now)
		if err == nil {
			_, event, err := s.handOver(ctx, tx, actor, personal, before, console.PersonRef{}, now)
			if err != nil {
				return err
			}
			events = append(events, event)
		} else if console.CodeOf(err) != console.CodeNotFound {
			return err
		}
		for _, token := range tokens {
			after, event, err := s.handOver(ctx, tx, actor, token, before, to, now)
			if err != nil {
				return err
			}
			departed.Tokens, events = append(departed.Tokens, after), append(events, event)
		}
		for _, event := range events { // last, for they make others wait
			if err := s.record(ctx, tx, event); err != nil {
				return err
			}
		}
		return nil
	})
	return departed, err
}

func mayDisable(ctx context.Context, tx *store.Store, actor console.Principal, user console.User) error {
	if isSelf(actor, user) {
		return console.Conflict("", "You can’t disable yourself. Another owner can.")
	}
	last, err := isLastOwner(ctx, tx, user)
	if err == nil && last {
		err = console.Conflict("", user.Name+" is the last owner. Make somebody else an owner first.")
	}
	return err
}

// handover locks the tokens that d touches and finds who gets them.
func (s *Service) handover(ctx context.Context, tx *store.Store, actor console.Principal, departed *console.Departed, d console.Departure, now time.Time) ([]console.Token, console.PersonRef, error) {
	leaver := departed.User.GUID
	all, err := tx.CountTokensOf(ctx, leaver, true, now)
	if err == nil {
		err = d.Validate(all)
	}
	if err != nil || all == 0 || d.Handover == console.HandoverKeep {
		return nil, console.PersonRef{}, err
	}
	p := console.Problems{}
	var heir console.User
	var to console.PersonRef
	if d.Handover == console.HandoverTransfer {
		heir, err = tx.FindUser(ctx, d.To)
		if err != nil && console.CodeOf(err) != console.CodeNotFound {
			return nil, to, err
		}
		p.Check(err == nil && heir.Enabled() && heir.GUID != leaver, "to", "There is no such person.")
		if err := p.Err(); err != nil {
			return nil, to, err
		}
		to = heir.Ref()
	}
	made := d.Handover == console.HandoverRevoke
	touched, err := tx.CountTokensOf(ctx, leaver, made, now)
	if err != nil {
		return nil, to, err
	}
	tokens, err := tx.LockTokensOf(ctx, leaver, made, now, console.HandoverLimit)
	for _, token := range tokens {
		if err := actor.NeedToken(console.TokenWrite, token); err != nil {
			return nil, to, err
		}
		p.Check(to.GUID == "" || heir.MayTakeOver(token), "to", heir.Name+" can’t change "+token.Name+", so it can’t be theirs. Choose somebody else.")
	}
	departed.Left = max(0, touched-len(tokens))
	return tokens, to, cmp.Or(err, p.Err())
}

// endAccess keeps that user is disabled, and ends what they could go on with.
func endAccess(ctx context.Context, tx *store.Store, user console.User) error {
	if err := tx.UpdateUser(ctx, user, user.Version); err != nil {
		return err
	}
	if err := tx.DeleteInvitation(ctx, user.GUID); err != nil {
		return err
	}
	return tx.EndSignIns(ctx, user.GUID, "")
}

// handOver transfers a token, or revokes it when nobody gets it.
func (s *Service) handOver(ctx context.Context, tx *store.Store, actor console.Principal, before console.Token, leaver console.User, to console.PersonRef, now time.Time) (console.Token, console.AuditEvent, error) {
	after := before
	after.UpdatedAt, after.Version = now, before.Version+1
	action, reason := console.TokenEdited, leaver.Name+" left."
	if to.GUID != "" {
		after.Owner = to
		if err := tx.TransferToken(ctx, before.GUID, to.GUID, now); err != nil {
			return after, console.AuditEvent{}, err
		}
	} else {
		action = console.TokenRevoked
		after.RevokedAt, after.ValidTo, after.RevokeReason = now, now, reason
		if err := tx.RevokeToken(ctx, before.GUID, reason, now); err != nil {
			return after, console.AuditEvent{}, err
		}
	}
	event := actor.Did(action, before.AsTarget(), now)
	event.Repositories, event.Reason = before.Repositories, reason
	event.Changes = console.Changes(before.Fields(), after.Fields())
	return after, event, nil
}

func handoverText(d console.Departure, n int, to console.PersonRef) string {
	if d.Handover == console.HandoverTransfer {
		return console.Count(n, "token") + " given to " + to.Name
	}
	return console.Count(n, "token") + " revoked"
}

// EnableUser lets a disabled person sign in again. Enabling who is not disabled
// is not an error.
func (s *Service) EnableUser(ctx context.Context, actor console.Principal, guid console.GUID) (console.User, error) {
	if err := cmp.Or(s.RecordDenial(ctx, actor, actor.Need(console.UserWrite), console.Target{Kind: console.TargetUser, GUID: guid}), written(guid)); err != nil {
		return console.User{}, err
	}
	var user console.User
	err := s.changePeople(ctx, actor, console.UserWrite, func(tx *store.Store, actor console.Principal) error {
		before, err := tx.LockUser(ctx, guid)
		if user = before; err != nil || before.Enabled() {
			return err
		}
		user.DisabledAt = time.Time{}
		if err := tx.UpdateUser(ctx, user, before.Version); err != nil {
			return err
		}
		user.Version++
		event := actor.Did(console.UserEnabled, user.AsTarget(), s.now())
		event.Changes = console.Changes(before.Fields(), user.Fields())
		return s.record(ctx, tx, event)
	})
	return user, err
}

// DeleteUser removes a disabled person who owns no live token. The audit log
// goes on telling of them, and of the tokens that they made.
func (s *Service) DeleteUser(ctx context.Context, actor console.Principal, guid console.GUID) (console.User, error) {
	if err := cmp.Or(s.RecordDenial(ctx, actor, actor.Need(console.UserWrite), console.Target{Kind: console.TargetUser, GUID: guid}), written(guid)); err != nil {
		return console.User{}, err
	}
	var user console.User
	err := s.changePeople(ctx, actor, console.UserWrite, func(tx *store.Store, actor console.Principal) (err error) {
		if user, err = tx.LockUser(ctx, guid); err != nil {
			return err
		}
		if user.Enabled() {
			return console.Conflict("", user.Name+" is not disabled. Disable them first.")
		}
		now := s.now()
		owned, err := tx.CountTokensOf(ctx, guid, false, now)
		if err != nil {
			return err
		}
		if owned > 0 {
			return console.Conflict("", user.Name+" still owns "+console.Count(owned, "live token")+". Transfer or revoke what they own first.")
		}
		if err := tx.DeleteUser(ctx, guid); err != nil {
			return err
		}
		event := actor.Did(console.UserDeleted, user.AsTarget(), now)
		event.Changes = console.Changes(user.Fields(), console.User{}.Fields())
		return s.record(ctx, tx, event)
	})
	return user, err
}
