package service

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"slices"
	"strings"

	"latchkey/internal/console"
	"latchkey/internal/factor"
	"latchkey/internal/store"
)

// OfferCodes begins to set up a generator of one-time codes, with a fresh seed
// that waits in the session for the generator's first code.
func (s *Service) OfferCodes(ctx context.Context, actor console.Principal, session string) error {
	return s.changeOwn(ctx, actor, func(tx *store.Store, actor console.Principal) error {
		account, err := s.account(ctx, tx, actor.GUID)
		if err != nil {
			return err
		}
		if account.Has(console.FactorCodes) {
			return console.Conflict("", "You have one-time codes already. Remove them to set up another generator.")
		}
		sealed, err := s.keys.sealSeed(actor.GUID, factor.NewSeed())
		if err != nil {
			return err
		}
		return s.putChallenge(ctx, tx, actor.GUID, session, newCodesPurpose, sealed, signInLifetime)
	})
}

// GetCodesOffer is the generator that actor is setting up in a session.
func (s *Service) GetCodesOffer(ctx context.Context, actor console.Principal, session, issuer string) (console.CodesOffer, error) {
	account, err := s.GetAccount(ctx, actor)
	if err != nil {
		return console.CodesOffer{}, err
	}
	seed, err := s.offeredSeed(ctx, s.store, actor.GUID, session)
	if err != nil {
		return console.CodesOffer{}, err
	}
	address := factor.CodesURL(seed, issuer, account.User.Email)
	picture, err := factor.Picture(address)
	return console.CodesOffer{Seed: console.Conceal(factor.SeedText(seed)), URL: console.Conceal(address), Image: picture}, err
}

func (s *Service) offeredSeed(ctx context.Context, tx *store.Store, user console.GUID, session string) ([]byte, error) {
	offer, err := tx.FindChallenge(ctx, session, newCodesPurpose, s.now())
	if err != nil {
		return nil, err
	}
	return s.keys.unsealSeed(user, offer.Material)
}

// AddCodes finishes to set up a generator, with a code that it shows. To the
// first second factor belong recovery codes, which this answer alone has.
func (s *Service) AddCodes(ctx context.Context, actor console.Principal, session, name, code string) ([]console.Secret, error) {
	name, err := console.FactorName(name, "Authenticator app")
	if err != nil {
		return nil, err
	}
	var recovery []console.Secret
	err = s.changeOwn(ctx, actor, func(tx *store.Store, actor console.Principal) error {
		seed, err := s.offeredSeed(ctx, tx, actor.GUID, session)
		if err != nil {
			return err
		}
		now := s.now()
		step, right := factor.Step(seed, code, now)
		p := console.Problems{}
		p.Check(strings.TrimSpace(code) != "", "code", "Enter the code that the app shows.")
		p.Check(right, "code", "That is not the code that the app shows now. Check that the clocks agree.")
		if err := p.Err(); err != nil {
			return err
		}
		sealed, err := s.keys.sealSeed(actor.GUID, seed)
		if err != nil {
			return err
		}
		added := store.FactorMaterial{Handle: string(actor.GUID), Material: sealed, LastStep: step, Factor: console.Factor{
			GUID: console.NewGUID(), User: actor.GUID, Kind: console.FactorCodes, Name: name, CreatedAt: now, UsedAt: now,
		}}
		if _, err := tx.DeleteChallenge(ctx, session, newCodesPurpose); err != nil {
			return err
		}
		recovery, err = s.addFactor(ctx, tx, actor, added)
		return err
	})
	if err != nil {
		return nil, err
	}
	return recovery, nil
}

// OfferPasskey begins to set up a passkey: it is the question to the browser,
// as JSON for its script.
func (s *Service) OfferPasskey(ctx context.Context, actor console.Principal, session string, party console.RelyingParty) ([]byte, error) {
	account, err := s.GetAccount(ctx, actor)
	if err != nil {
		return nil, err
	}
	have, err := s.passkeys(ctx, s.store, actor.GUID)
	if err != nil {
		return nil, err
	}
	question, err := factor.NewPasskey(party, account.User, asKept(have))
	if err != nil {
		return nil, err
	}
	return question.Options, s.putChallenge(ctx, s.store, actor.GUID, session, newPasskeyPurpose, question.State, challengeLifetime)
}

// AddPasskey finishes to set up a passkey, with the browser's answer. To the
// first second factor belong recovery codes, which this answer alone has.
func (s *Service) AddPasskey(ctx context.Context, actor console.Principal, session string, party console.RelyingParty, name, answer string) ([]console.Secret, error) {
	account, err := s.GetAccount(ctx, actor)
	if err != nil {
		return nil, err
	}
	if name, err = console.FactorName(name, "Passkey"); err != nil {
		return nil, err
	}
	if err := s.needProof(actor); err != nil {
		return nil, err
	}
	tooLate := &console.Error{Code: console.CodeInvalid, Message: "The passkey was not accepted. Try again.", Fields: map[string]string{"passkey": "The passkey was not accepted. Try again."}}
	asked, err := s.takeChallenge(ctx, actor.GUID, session, newPasskeyPurpose)
	if err != nil {
		return nil, err
	}
	if asked == nil {
		return nil, tooLate
	}
	made, err := factor.MadePasskey(party, account.User, asked, []byte(answer))
	if errors.Is(err, factor.ErrRefused) {
		return nil, tooLate
	}
	if err != nil {
		return nil, err
	}
	var recovery []console.Secret
	err = s.changeOwn(ctx, actor, func(tx *store.Store, actor console.Principal) (err error) {
		recovery, err = s.addFactor(ctx, tx, actor, store.FactorMaterial{Handle: made.Handle, Material: made.Record, Factor: console.Factor{
			GUID: console.NewGUID(), User: actor.GUID, Kind: console.FactorPasskey, Name: name, CreatedAt: s.now(),
		}})
		return err
	})
	if err != nil {
		return nil, err
	}
	return recovery, nil
}

// addFactor keeps and records a second factor, and answers the recovery codes
// that the first one comes with.
func (s *Service) addFactor(ctx context.Context, tx *store.Store, actor console.Principal, f store.FactorMaterial) ([]console.Secret, error) {
	had, err := tx.HasFactor(ctx, actor.GUID)
	if err != nil {
		return nil, err
	}
	if err := tx.InsertFactor(ctx, f); err != nil {
		return nil, err
	}
	var recovery []console.Secret
	if !had {
		if recovery, err = s.newRecoveryCodes(ctx, tx, actor.GUID); err != nil {
			return nil, err
		}
	}
	event := actor.Did(console.FactorAdded, own(actor), f.CreatedAt)
	event.Changes = []console.Change{{Field: "second_factor", New: f.AsText()}}
	return recovery, s.record(ctx, tx, event)
}

// own is actor as the target of what they do to their own account.
func own(actor console.Principal) console.Target {
	return console.Target{Kind: console.TargetUser, GUID: actor.GUID, Name: actor.Name}
}

// RenameFactor gives one of actor's second factors another name.
func (s *Service) RenameFactor(ctx context.Context, actor console.Principal, guid console.GUID, name string) error {
	return s.changeFactor(ctx, actor, guid, func(tx *store.Store, actor console.Principal, all []console.Factor, f console.Factor) error {
		name, err := console.FactorName(name, "")
		if err != nil || name == f.Name {
			return err
		}
		if err := tx.RenameFactor(ctx, guid, name); err != nil {
			return err
		}
		event := actor.Did(console.FactorRenamed, own(actor), s.now())
		event.Changes = []console.Change{{Field: "second_factor", Old: f.AsText(), New: f.Kind.Label() + ": " + name}}
		return s.record(ctx, tx, event)
	})
}

// DeleteFactor removes one of actor's second factors, and with the last one
// the recovery codes. Who needs one keeps the last.
func (s *Service) DeleteFactor(ctx context.Context, actor console.Principal, guid console.GUID) error {
	return s.changeFactor(ctx, actor, guid, func(tx *store.Store, actor console.Principal, all []console.Factor, f console.Factor) error {
		last := len(all) == 1
		if last && slices.Contains(s.factorRoles, actor.Role) {
			return console.Conflict("", "Your role needs a second factor. Add another one before you remove this one.")
		}
		if err := tx.DeleteFactor(ctx, guid); err != nil {
			return err
		}
		if last {
			if err := tx.ReplaceRecoveryCodes(ctx, actor.GUID, nil); err != nil {
				return err
			}
		}
		event := actor.Did(console.FactorRemoved, own(actor), s.now())
		event.Changes = []console.Change{{Field: "second_factor", Old: f.AsText()}}
		return s.record(ctx, tx, event)
	})
}

// changeFactor is changeOwn of one of actor's second factors.
func (s *Service) changeFactor(ctx context.Context, actor console.Principal, guid console.GUID,
	do func(tx *store.Store, actor console.Principal, all []console.Factor, f console.Factor) error,
) error {
	return s.changeOwn(ctx, actor, func(tx *store.Store, actor console.Principal) error {
		account, err := s.account(ctx, tx, actor.GUID)
		if err != nil {
			return err
		}
		i := slices.IndexFunc(account.Factors, func(f console.Factor) bool { return f.GUID == guid })
		if i < 0 {
			return console.NotFound()
		}
		return do(tx, actor, account.Factors, account.Factors[i])
	})
}

// RegenerateRecoveryCodes replaces actor's recovery codes, which this answer
// alone has.
func (s *Service) RegenerateRecoveryCodes(ctx context.Context, actor console.Principal) ([]console.Secret, error) {
	var codes []console.Secret
	err := s.changeOwn(ctx, actor, func(tx *store.Store, actor console.Principal) error {
		has, err := tx.HasFactor(ctx, actor.GUID)
		if err != nil {
			return err
		}
		if !has {
			return console.Conflict("", "Recovery codes stand in for a second factor. Set one up first.")
		}
		if codes, err = s.newRecoveryCodes(ctx, tx, actor.GUID); err != nil {
			return err
		}
		return s.record(ctx, tx, actor.Did(console.RecoveryRegenerated, own(actor), s.now()))
	})
	if err != nil {
		return nil, err
	}
	return codes, nil
}

// ResetFactors removes the second factors of a person who lost them all, and
// ends their sessions. Nobody resets their own.
func (s *Service) ResetFactors(ctx context.Context, actor console.Principal, guid console.GUID) (console.User, error) {
	if err := cmp.Or(s.RecordDenial(ctx, actor, actor.Need(console.UserWrite), console.Target{Kind: console.TargetUser, GUID: guid}), written(guid)); err != nil {
		return console.User{}, err
	}
	var user console.User
	err := s.changePeople(ctx, actor, console.UserWrite, func(tx *store.Store, actor console.Principal) error {
		if _, err := tx.LockUser(ctx, guid); err != nil {
			return err
		}
		account, err := s.account(ctx, tx, guid)
		user = account.User
		switch {
		case err != nil:
			return err
		case isSelf(actor, user):
			return console.Conflict("", "Remove your own second factors under Your account.")
		case len(account.Factors)+account.RecoveryCodes == 0:
			return console.Conflict("", user.Name+" has no second factor.")
		}
		user.SecondFactor = false
		if err := tx.DeleteFactorsOf(ctx, user.GUID); err != nil {
			return err
		}
		if err := tx.ReplaceRecoveryCodes(ctx, user.GUID, nil); err != nil {
			return err
		}
		if err := tx.EndSignIns(ctx, user.GUID, ""); err != nil {
			return err
		}
		event := actor.Did(console.FactorsReset, user.AsTarget(), s.now())
		for _, f := range account.Factors {
			event.Changes = append(event.Changes, console.Change{Field: "second_factor", Old: f.AsText()})
		}
		if err := s.endPersonalToken(ctx, tx, actor, user.GUID, regained); err != nil {
			return err
		}
		return s.record(ctx, tx, event)
	})
	return user, err
}

// recoveryCodes is how many of them somebody gets.
const recoveryCodes = 10

func (s *Service) newRecoveryCodes(ctx context.Context, tx *store.Store, user console.GUID) ([]console.Secret, error) {
	var codes []console.Secret
	var hashes []string
	for range recoveryCodes {
		code := rand.Text()[:10] // 50 bits
		codes = append(codes, console.Conceal(code[:5]+"-"+code[5:]))
		hashes = append(hashes, s.keys.hashRecoveryCode(user, code))
	}
	return codes, tx.ReplaceRecoveryCodes(ctx, user, hashes)
}

// plainRecoveryCode is a recovery code as it is hashed: without the spaces, the
// hyphen and the case of how it was typed; empty if it cannot be one.
func plainRecoveryCode(typed string) string {
	plain := strings.ToUpper(strings.Join(strings.FieldsFunc(typed, func(r rune) bool { return r == ' ' || r == '-' || r == '\t' }), ""))
	if len(plain) != 10 {
		return ""
	}
	return plain
}
