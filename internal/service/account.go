package service

import (
	"cmp"
	"context"
	"slices"
	"time"

	"latchkey/internal/console"
	"latchkey/internal/password"
	"latchkey/internal/store"
)

// GetAccount is what actor sees of their own account. Tokens and the program
// itself have none.
func (s *Service) GetAccount(ctx context.Context, actor console.Principal) (console.Account, error) {
	if actor.Kind != console.PrincipalUser {
		return console.Account{}, cmp.Or(known(actor), console.NotFound())
	}
	return s.account(ctx, s.store, actor.GUID)
}

// GetAccountOf is GetAccount of anybody, for who reads about people.
func (s *Service) GetAccountOf(ctx context.Context, actor console.Principal, guid console.GUID) (console.Account, error) {
	if err := cmp.Or(actor.Need(console.UserRead), written(guid)); err != nil {
		return console.Account{}, err
	}
	return s.account(ctx, s.store, guid)
}

// GetLastSignIn is when somebody last signed in, as the audit log and their
// sessions tell; the zero time if they never did.
func (s *Service) GetLastSignIn(ctx context.Context, actor console.Principal, guid console.GUID) (time.Time, error) {
	if err := cmp.Or(actor.Need(console.UserRead), written(guid)); err != nil {
		return time.Time{}, err
	}
	last, err := s.store.ListAuditEvents(ctx, console.AuditFilter{Actor: guid, Actions: []console.Action{console.SignedIn, console.UserJoined}}, console.PageRequest{Size: 1})
	if err != nil {
		return time.Time{}, err
	}
	var at time.Time
	for _, event := range last.Items {
		at = event.At
	}
	sessions, err := s.store.ListSessions(ctx, guid)
	for _, session := range sessions {
		if session.CreatedAt.After(at) {
			at = session.CreatedAt
		}
	}
	return at, err
}

func (s *Service) account(ctx context.Context, tx *store.Store, guid console.GUID) (console.Account, error) {
	user, err := tx.FindUser(ctx, guid)
	if err != nil {
		return console.Account{}, err
	}
	hash, err := tx.FindPassword(ctx, guid)
	if err != nil {
		return console.Account{}, err
	}
	a := console.Account{User: user, HasPassword: hash != "", FactorRequired: slices.Contains(s.factorRoles, user.Role)}
	factors, err := tx.ListFactors(ctx, guid)
	if err != nil {
		return console.Account{}, err
	}
	for _, f := range factors {
		a.Factors = append(a.Factors, f.Factor)
	}
	a.User.SecondFactor = len(a.Factors) > 0
	a.RecoveryCodes, err = tx.CountRecoveryCodes(ctx, guid)
	return a, err
}

// LacksFactor reports whether the role of somebody who signed in needs a
// second factor and they have none: they may set one up and do nothing else.
func (s *Service) LacksFactor(user console.User) bool {
	return !user.SecondFactor && slices.Contains(s.factorRoles, user.Role)
}

// changeOwn runs do in a transaction for a person as they are at that moment,
// who changes what they sign in with. It takes a fresh proof.
func (s *Service) changeOwn(ctx context.Context, actor console.Principal, do func(tx *store.Store, actor console.Principal) error) error {
	if actor.Kind != console.PrincipalUser {
		return cmp.Or(known(actor), console.NotFound())
	}
	return s.lockOwn(ctx, actor, func(tx *store.Store, actor console.Principal) error {
		if err := s.needProof(actor); err != nil {
			return err
		}
		return do(tx, actor)
	})
}

// lockOwn runs do in a transaction for a person as they are at that moment, who
// changes their own row or what belongs to it: such changes take turns.
func (s *Service) lockOwn(ctx context.Context, actor console.Principal, do func(tx *store.Store, actor console.Principal) error) error {
	return s.store.Tx(ctx, func(tx *store.Store) error {
		if err := tx.Exclusive(ctx, "account "+string(actor.GUID)); err != nil {
			return err
		}
		// More than current asks for: do may change the row itself, and two that
		// had it shared would wait for each other.
		if _, err := tx.LockUser(ctx, actor.GUID); err != nil && console.CodeOf(err) != console.CodeNotFound {
			return err
		}
		actor, err := s.current(ctx, tx, actor)
		if err != nil {
			return err
		}
		return do(tx, actor)
	})
}

// ChangePassword gives actor another password. The one that they have is its
// proof, and so the session with that hash stays, under the hash renewed; all
// others end, and so do sign-ins under way.
func (s *Service) ChangePassword(ctx context.Context, actor console.Principal, session, renewed, before, after string) error {
	account, err := s.GetAccount(ctx, actor)
	if err != nil {
		return err
	}
	p := console.Problems{}
	p.Check(account.HasPassword, "current", "You sign in without a password here.")
	p.Check(before != "", "current", "Enter the password that you have now.")
	p.CheckPassword(after, "password")
	p.Check(before != after || after == "", "password", "That is the password that you have now.")
	p.Check(!password.Guessable(after, account.User.Email, account.User.Name), "password", "That password is easy to guess. A few unrelated words make a good one.")
	if err := p.Err(); err != nil {
		return err
	}
	proved, err := s.Prove(ctx, actor, session, session, console.RelyingParty{}, console.Proof{Password: before})
	if console.CodeOf(err) == console.CodeUnproved {
		p.Check(false, "current", "That is not the password that you have now.")
		return p.Err()
	}
	if err != nil {
		return err
	}
	hash, err := s.passwords.Hash(ctx, after)
	if err != nil {
		return busy(err)
	}
	return s.changeOwn(ctx, proved, func(tx *store.Store, actor console.Principal) error {
		if err := tx.UpdatePassword(ctx, actor.GUID, hash); err != nil {
			return err
		}
		if err := tx.ProveSession(ctx, session, renewed, s.now()); err != nil {
			return err
		}
		if err := tx.EndSignIns(ctx, actor.GUID, renewed); err != nil {
			return err
		}
		return s.record(ctx, tx, actor.Did(console.PasswordChanged, account.User.AsTarget(), s.now()))
	})
}
