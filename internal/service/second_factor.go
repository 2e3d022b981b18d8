package service

import (
	"cmp"
	"context"
	"time"

	"latchkey/internal/console"
	"latchkey/internal/store"
)

// HoldSignIn keeps a sign-in that waits for user's second factor, for ten
// minutes, under the hash of an id that its browser alone has.
func (s *Service) HoldSignIn(ctx context.Context, user console.User, hash string) error {
	return s.store.Tx(ctx, func(tx *store.Store) error {
		if err := stillGood(ctx, tx, user); err != nil {
			return err
		}
		return s.putChallenge(ctx, tx, user.GUID, hash, signInPurpose, []byte{}, signInLifetime)
	})
}

// HeldSignIn returns who waits under hash to show a second factor, as far as
// the page that asks for it needs to know. Without one it is unauthenticated.
func (s *Service) HeldSignIn(ctx context.Context, hash string) (console.Account, error) {
	held, err := s.store.FindChallenge(ctx, hash, signInPurpose, s.now())
	if console.CodeOf(err) == console.CodeNotFound {
		return console.Account{}, console.Unauthenticated()
	}
	if err != nil {
		return console.Account{}, err
	}
	account, err := s.account(ctx, s.store, held.User)
	if err == nil && !account.User.DisabledAt.IsZero() || console.CodeOf(err) == console.CodeNotFound {
		return console.Account{}, console.Unauthenticated()
	}
	return account, err
}

// AskSignIn is the question to the passkeys of who waits under hash, as JSON
// for the browser's script.
func (s *Service) AskSignIn(ctx context.Context, hash string, party console.RelyingParty) ([]byte, error) {
	held, err := s.HeldSignIn(ctx, hash)
	if err != nil {
		return nil, err
	}
	return s.askPasskey(ctx, held.User, hash, signInPasskeyPurpose, party)
}

// CompleteSignIn checks the second factor of who waits under hash: a one-time
// code, a passkey or a recovery code. Only after it may a session start.
func (s *Service) CompleteSignIn(ctx context.Context, from console.Principal, hash string, party console.RelyingParty, proof console.Proof, knownDevice bool) (console.User, error) {
	held, err := s.HeldSignIn(ctx, hash)
	if err != nil {
		return console.User{}, err
	}
	user := held.User
	throttles := factorThrottles(user.GUID, from.Address, knownDevice)
	if counted, err := s.countAttempt(ctx, throttles); err != nil {
		if counted.blockedBy != nil {
			err = cmp.Or(s.recordThrottled(ctx, from.As(user), user.AsTarget(), *counted.blockedBy), err)
		}
		return console.User{}, err
	}
	proof.Password = "" // was the first factor
	use, err := s.examine(ctx, user, hash, signInPasskeyPurpose, party, proof)
	if err != nil {
		return console.User{}, err
	}
	accepted, who := "", from.As(user)
	var events []console.AuditEvent // recorded last: that makes others wait
	err = s.store.Tx(ctx, func(tx *store.Store) (err error) {
		now := s.now()
		events = nil
		if accepted, err = use(tx, now); err == nil && accepted == "" {
			accepted, events, err = s.useRecoveryCode(ctx, tx, who, proof.Code, now)
		}
		if err != nil || accepted == "" {
			return err
		}
		if waited, err := tx.DeleteChallenge(ctx, hash, signInPurpose); err != nil || !waited {
			return cmp.Or(err, console.Unauthenticated())
		}
		if err := s.forgive(ctx, tx, throttles); err != nil {
			return err
		}
		event := who.Did(console.SignedIn, user.AsTarget(), now)
		event.Changes = []console.Change{{Field: "second_factor", New: accepted}}
		for _, event := range append(events, event) {
			if err := s.record(ctx, tx, event); err != nil {
				return err
			}
		}
		return nil
	})
	if err == nil && accepted == "" {
		refused := &console.Error{Code: console.CodeInvalid, Message: "That isn’t right, or the code was used before."}
		err = cmp.Or(s.record(ctx, s.store, who.Did(console.FactorRefused, user.AsTarget(), s.now())), error(refused))
	}
	if err != nil {
		return console.User{}, err
	}
	return user, nil
}

// useRecoveryCode uses one up, and answers what is to be recorded beside the sign-in.
func (s *Service) useRecoveryCode(ctx context.Context, tx *store.Store, who console.Principal, typed string, now time.Time) (string, []console.AuditEvent, error) {
	code := plainRecoveryCode(typed)
	if code == "" {
		return "", nil, nil
	}
	used := false
	for _, k := range s.keys.all {
		if used {
			break
		}
		var err error
		if used, err = tx.DeleteRecoveryCode(ctx, who.GUID, k.hashRecoveryCode(who.GUID, code)); err != nil {
			return "", nil, err
		}
	}
	if !used {
		return "", nil, nil
	}
	left, err := tx.CountRecoveryCodes(ctx, who.GUID)
	if err != nil {
		return "", nil, err
	}
	event := who.Did(console.RecoveryUsed, console.Target{Kind: console.TargetUser, GUID: who.GUID, Name: who.Name}, now)
	event.Changes = []console.Change{{Field: "left", New: console.Count(left, "code")}}
	return "Recovery code", []console.AuditEvent{event}, nil
}
