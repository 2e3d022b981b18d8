package service

import (
	"cmp"
	"context"
	"errors"
	"strconv"
	"time"

	"latchkey/internal/console"
	"latchkey/internal/factor"
	"latchkey/internal/store"
)

// needProof returns unproved for a person whose last proof of who they are is
// not fresh. What is risky asks, once it is clear that they may do it at all.
func (s *Service) needProof(actor console.Principal) error {
	if actor.Proved(s.now()) {
		return nil
	}
	return console.Unproved()
}

// needProofFor is needProof for giving these scopes to a token: those that are
// marked as risky ask for it.
func (s *Service) needProofFor(ctx context.Context, tx *store.Store, actor console.Principal, scopes []string) error {
	catalogue, err := catalogueOf(ctx, tx)
	if err != nil {
		return err
	}
	for _, name := range scopes {
		if scope, known := catalogue.Find(name); known && scope.Risk == console.RiskHigh {
			return s.needProof(actor)
		}
	}
	return nil
}

// The purposes of challenges: what they are for, and how long they can be answered.
const (
	signInPurpose        = "sign-in"
	signInPasskeyPurpose = "passkey to sign in"
	proofPurpose         = "passkey to prove"
	newPasskeyPurpose    = "new passkey"
	newCodesPurpose      = "new codes"

	signInLifetime    = 10 * time.Minute
	challengeLifetime = 5 * time.Minute
)

// Prove checks a fresh proof of who actor is, by their password, a one-time
// code or a passkey, and notes in the session that they gave it. The session
// goes on under the hash renewed, so that who knew its id before may do no more
// than before. It answers the actor as proved; a wrong proof leaves them unproved
// and the session as it is.
func (s *Service) Prove(ctx context.Context, actor console.Principal, session, renewed string, party console.RelyingParty, proof console.Proof) (console.Principal, error) {
	if actor.Kind != console.PrincipalUser {
		return actor, cmp.Or(known(actor), console.NotFound())
	}
	user := console.User{GUID: actor.GUID, Name: actor.Name}
	throttles := proofThrottles(actor.GUID)
	if counted, err := s.countAttempt(ctx, throttles); err != nil {
		if counted.blockedBy != nil {
			err = cmp.Or(s.recordThrottled(ctx, actor, user.AsTarget(), *counted.blockedBy), err)
		}
		return actor, err
	}
	use, err := s.examine(ctx, user, session, proofPurpose, party, proof)
	if err != nil {
		return actor, err
	}
	accepted, now := "", s.now()
	err = s.store.Tx(ctx, func(tx *store.Store) (err error) {
		if accepted, err = use(tx, now); err != nil || accepted == "" {
			return err
		}
		if err := s.forgive(ctx, tx, throttles); err != nil {
			return err
		}
		return tx.ProveSession(ctx, session, renewed, now)
	})
	if err == nil && accepted == "" {
		refused := &console.Error{Code: console.CodeUnproved, Message: "That isn’t right, or the code was used before."}
		if proof.Password != "" {
			refused.Message = "That isn’t right. Enter the password that you sign in with."
		}
		err = cmp.Or(s.record(ctx, s.store, actor.Did(console.ProofRefused, user.AsTarget(), now)), error(refused))
	}
	if err != nil {
		return actor, err
	}
	actor.ProvedAt = now
	return actor, nil
}

// AskProof is the question to actor's passkeys, as JSON for the browser's
// script, whose answer is a proof.
func (s *Service) AskProof(ctx context.Context, actor console.Principal, session string, party console.RelyingParty) ([]byte, error) {
	if actor.Kind != console.PrincipalUser {
		return nil, cmp.Or(known(actor), console.NotFound())
	}
	user, err := s.store.FindUser(ctx, actor.GUID)
	if err != nil {
		return nil, err
	}
	return s.askPasskey(ctx, user, session, proofPurpose, party)
}

// proofThrottles slow down who guesses at a proof within a session.
func proofThrottles(user console.GUID) []throttle {
	return []throttle{{name: "proof " + string(user), of: "to confirm", free: 5, limit: 15 * time.Minute, forgives: true}}
}

// A use spends what was shown, in the transaction of what it proves, and says
// how the person proved who they are; nothing if they did not.
type use func(tx *store.Store, now time.Time) (how string, err error)

func refused(*store.Store, time.Time) (string, error) { return "", nil }

// examine does what of checking a proof takes long, or may happen only once
// whatever comes of it. The rest is its use.
func (s *Service) examine(ctx context.Context, user console.User, holder, purpose string, party console.RelyingParty, proof console.Proof) (use, error) {
	switch {
	case proof.Password != "":
		return s.examinePassword(ctx, user, proof.Password)
	case proof.Passkey != "":
		return s.examinePasskey(ctx, user, holder, purpose, party, proof.Passkey)
	}
	return func(tx *store.Store, now time.Time) (string, error) { return s.useCode(ctx, tx, user, proof.Code, now) }, nil
}

func (s *Service) examinePassword(ctx context.Context, user console.User, typed string) (use, error) {
	hash, err := s.store.FindPassword(ctx, user.GUID)
	if err != nil || hash == "" || len(typed) > 4*console.PasswordLimit {
		return refused, err
	}
	right, err := s.passwords.Verify(ctx, hash, typed)
	if err != nil || !right {
		return refused, busy(err)
	}
	return func(*store.Store, time.Time) (string, error) { return "Password", nil }, nil
}

// useCode uses a one-time code, once.
func (s *Service) useCode(ctx context.Context, tx *store.Store, user console.User, typed string, now time.Time) (string, error) {
	factors, err := tx.ListFactors(ctx, user.GUID)
	if err != nil {
		return "", err
	}
	for _, f := range factors {
		if f.Kind != console.FactorCodes {
			continue
		}
		seed, err := s.keys.unsealSeed(user.GUID, f.Material)
		if err != nil {
			return "", err
		}
		step, found := factor.Step(seed, typed, now)
		if !found {
			continue
		}
		if fresh, err := tx.UseStep(ctx, f.GUID, step, now); err != nil || !fresh {
			return "", err
		}
		return f.AsText(), nil
	}
	return "", nil
}

// examinePasskey checks a passkey's answer to the question that was asked. The
// question is over, whatever the answer.
func (s *Service) examinePasskey(ctx context.Context, user console.User, holder, purpose string, party console.RelyingParty, answer string) (use, error) {
	asked, err := s.takeChallenge(ctx, user.GUID, holder, purpose)
	if err != nil || asked == nil {
		return refused, err
	}
	have, err := s.passkeys(ctx, s.store, user.GUID)
	if err != nil {
		return refused, err
	}
	proved, err := factor.ProvedPasskey(party, user, asKept(have), asked, []byte(answer))
	if errors.Is(err, factor.ErrRefused) {
		return refused, nil
	}
	if err != nil {
		return refused, err
	}
	return func(tx *store.Store, now time.Time) (string, error) {
		for _, f := range have {
			if f.Handle == proved.Handle {
				return f.AsText(), tx.UsePasskey(ctx, f.GUID, proved.Record, now)
			}
		}
		return "", nil
	}, nil
}

// askPasskey asks for a proof by one of user's passkeys, in place of the
// question before it.
func (s *Service) askPasskey(ctx context.Context, user console.User, holder, purpose string, party console.RelyingParty) ([]byte, error) {
	have, err := s.passkeys(ctx, s.store, user.GUID)
	if err != nil {
		return nil, err
	}
	if len(have) == 0 {
		return nil, console.Conflict("", "You have no passkey.")
	}
	question, err := factor.AskPasskey(party, user, asKept(have))
	if err != nil {
		return nil, err
	}
	return question.Options, s.putChallenge(ctx, s.store, user.GUID, holder, purpose, question.State, challengeLifetime)
}

// passkeys are those of user's second factors.
func (s *Service) passkeys(ctx context.Context, tx *store.Store, user console.GUID) ([]store.FactorMaterial, error) {
	all, err := tx.ListFactors(ctx, user)
	var passkeys []store.FactorMaterial
	for _, f := range all {
		if f.Kind == console.FactorPasskey {
			passkeys = append(passkeys, f)
		}
	}
	return passkeys, err
}

// asKept are passkeys as they are checked.
func asKept(passkeys []store.FactorMaterial) []factor.Passkey {
	kept := make([]factor.Passkey, len(passkeys))
	for i, f := range passkeys {
		kept[i] = factor.Passkey{Handle: f.Handle, Record: f.Material}
	}
	return kept
}

func (s *Service) putChallenge(ctx context.Context, tx *store.Store, user console.GUID, holder, purpose string, material []byte, lifetime time.Duration) error {
	return tx.PutChallenge(ctx, store.Challenge{
		Holder: holder, Purpose: purpose, User: user, Material: material, ExpiresAt: s.now().Add(lifetime),
	})
}

// takeChallenge ends a question to user and returns what is needed to check its
// answer; nothing if none is open.
func (s *Service) takeChallenge(ctx context.Context, user console.GUID, holder, purpose string) ([]byte, error) {
	var asked []byte
	err := s.store.Tx(ctx, func(tx *store.Store) error {
		challenge, err := tx.FindChallenge(ctx, holder, purpose, s.now())
		if err != nil {
			return err
		}
		taken, err := tx.DeleteChallenge(ctx, holder, purpose)
		if taken && challenge.User == user {
			asked = challenge.Material
		}
		return err
	})
	if console.CodeOf(err) == console.CodeNotFound {
		return nil, nil
	}
	return asked, err
}

// factorThrottles are what a second factor's tries at signing in count under.
// Who tries knows the password already, so that nobody else is slowed down.
func factorThrottles(user console.GUID, address string, knownDevice bool) []throttle {
	account := "second factor " + string(user)
	if knownDevice {
		return []throttle{{name: account + " on a known device", of: "at the second factor on a device that it knows", free: 5, limit: 15 * time.Minute, forgives: true}}
	}
	return []throttle{
		{name: account + " from " + strconv.Quote(console.Network(address)), of: "at the second factor from " + console.Network(address), free: 5, limit: 15 * time.Minute, forgives: true},
		{name: account, of: "at the second factor from anywhere", free: 20, limit: 15 * time.Minute, forgives: true},
	}
}
