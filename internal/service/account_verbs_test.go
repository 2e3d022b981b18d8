package service_test

import (
	"context"
	"maps"
	"strings"

	"latchkey/internal/console"
	"latchkey/internal/factor"
	"latchkey/internal/factor/factortest"
)

// mine are verbs on one's own account, which everybody has who is a person.
var mine = authority{"system": console.CodeNotFound, "token": console.CodeNotFound, "nobody": console.CodeUnauthenticated}

// party is the console as passkeys know it.
var party = console.RelyingParty{ID: "localhost", Name: "Latchkey", Origin: "http://localhost:8080"}

// accountVerbs are the verbs on accounts, tried like all others.
var accountVerbs = map[string]guarded{
	"GetAccount": {mine, func(s *site, ctx context.Context, actor console.Principal) error {
		_, err := s.GetAccount(ctx, actor)
		return err
	}},
	"ChangePassword": {mine, func(s *site, ctx context.Context, actor console.Principal) error {
		s.must(s.store.UpdatePassword(ctx, actor.GUID, cheapHash()))
		session := s.ownSession(actor)
		return s.ChangePassword(ctx, actor, session, session, phrase, "other "+phrase)
	}},
	"Prove": {mine, func(s *site, ctx context.Context, actor console.Principal) error {
		s.must(s.store.UpdatePassword(ctx, actor.GUID, cheapHash()))
		session := s.ownSession(actor)
		_, err := s.Prove(ctx, actor, session, session, party, console.Proof{Password: phrase})
		return err
	}},
	"AskProof": {mine, func(s *site, ctx context.Context, actor console.Principal) error {
		if actor.Kind == console.PrincipalUser {
			s.passkey(actor)
		}
		_, err := s.AskProof(ctx, actor, s.fresher("session"), party)
		return err
	}},
	"OfferCodes": {mine, func(s *site, ctx context.Context, actor console.Principal) error {
		return s.OfferCodes(ctx, s.without(actor), s.fresher("session"))
	}},
	"GetCodesOffer": {mine, func(s *site, ctx context.Context, actor console.Principal) error {
		session := s.fresher("session")
		if actor.Kind == console.PrincipalUser {
			s.must(s.OfferCodes(ctx, s.without(actor), session))
		}
		_, err := s.GetCodesOffer(ctx, actor, session, "Latchkey")
		return err
	}},
	"AddCodes": {mine, func(s *site, ctx context.Context, actor console.Principal) error {
		session := s.fresher("session")
		if actor.Kind != console.PrincipalUser {
			_, err := s.AddCodes(ctx, actor, session, "", "000000")
			return err
		}
		seed := s.offered(s.without(actor), session)
		_, err := s.AddCodes(ctx, actor, session, "", s.code(seed))
		return err
	}},
	"OfferPasskey": {mine, func(s *site, ctx context.Context, actor console.Principal) error {
		_, err := s.OfferPasskey(ctx, actor, s.fresher("session"), party)
		return err
	}},
	"AddPasskey": {mine, func(s *site, ctx context.Context, actor console.Principal) error {
		session := s.fresher("session")
		answer := "{}"
		if actor.Kind == console.PrincipalUser {
			question, err := s.OfferPasskey(ctx, actor, session, party)
			s.must(err)
			answer = factortest.New(s.t, party.Origin).Make(question)
		}
		_, err := s.AddPasskey(ctx, actor, session, party, "", answer)
		return err
	}},
	"RenameFactor": {mine, func(s *site, ctx context.Context, actor console.Principal) error {
		return s.RenameFactor(ctx, actor, s.factorOf(actor), "Another name")
	}},
	"DeleteFactor": {mine, func(s *site, ctx context.Context, actor console.Principal) error {
		return s.DeleteFactor(ctx, actor, s.factorOf(actor))
	}},
	"RegenerateRecoveryCodes": {mine, func(s *site, ctx context.Context, actor console.Principal) error {
		s.factorOf(actor)
		_, err := s.RegenerateRecoveryCodes(ctx, actor)
		return err
	}},
	"ResetFactors": {managing, func(s *site, ctx context.Context, actor console.Principal) error {
		_, err := s.ResetFactors(ctx, actor, s.secured(s.fresher("person")+"@example.com").GUID)
		return err
	}},
	"GetAccountOf": {lookingUp, func(s *site, ctx context.Context, actor console.Principal) error {
		_, err := s.GetAccountOf(ctx, actor, s.somebody().GUID)
		return err
	}},
	"GetLastSignIn": {lookingUp, func(s *site, ctx context.Context, actor console.Principal) error {
		_, err := s.GetLastSignIn(ctx, actor, s.somebody().GUID)
		return err
	}},
	"ListSessions": {lookingUp, func(s *site, ctx context.Context, actor console.Principal) error {
		user := s.account(s.fresher("person") + "@example.com")
		s.sessionOf(user)
		_, sessions, err := s.ListSessions(ctx, actor, user.GUID)
		return seen(len(sessions), err)
	}},
	"RevokeSession": {writing, func(s *site, ctx context.Context, actor console.Principal) error {
		user := s.account(s.fresher("person") + "@example.com")
		s.sessionOf(user)
		return s.RevokeSession(ctx, actor, user.GUID, s.sessions(user)[0].GUID)
	}},
	"RevokeSessions": {writing, func(s *site, ctx context.Context, actor console.Principal) error {
		user := s.account(s.fresher("person") + "@example.com")
		s.sessionOf(user)
		n, err := s.RevokeSessions(ctx, actor, user.GUID, "")
		return seen(n, err)
	}},
}

// everyVerb is verbs and those on accounts.
func everyVerb() map[string]guarded {
	all := maps.Clone(verbs)
	maps.Copy(all, accountVerbs)
	maps.Copy(all, previewVerbs)
	return all
}

// onAccount prepares a person with a generator of codes and a session.
func onAccount(do func(s *site, actor console.Principal) error) func(s *site) func() error {
	return func(s *site) func() error {
		actor := origin.As(s.secured(s.fresher("person") + "@example.com"))
		s.sessionOf(console.User{GUID: actor.GUID})
		return func() error { return do(s, actor) }
	}
}

// everyPreparation is preparations and those for accounts.
func everyPreparation() map[string]func(s *site) func() error {
	all := maps.Clone(preparations)
	maps.Copy(all, map[string]func(s *site) func() error{
		"ChangePassword": func(s *site) func() error {
			actor := origin.As(s.secured(s.fresher("person") + "@example.com"))
			session := s.ownSession(actor)
			return func() error {
				return s.ChangePassword(s.t.Context(), actor, session, session, phrase, "other "+phrase)
			}
		},
		"AddCodes": func(s *site) func() error {
			actor, session := origin.As(s.account(s.fresher("person")+"@example.com")), s.fresher("session")
			seed := s.offered(actor, session)
			return func() error {
				codes, err := s.AddCodes(s.t.Context(), actor, session, "", s.code(seed))
				if err != nil && codes != nil {
					s.t.Error("recovery codes that are not kept are answered")
				}
				return err
			}
		},
		"AddPasskey": nil, // see TestPasskeyWithoutRecord
		"RenameFactor": onAccount(func(s *site, actor console.Principal) error {
			return s.RenameFactor(s.t.Context(), actor, s.factorOf(actor), "Another name")
		}),
		"DeleteFactor": onAccount(func(s *site, actor console.Principal) error {
			return s.DeleteFactor(s.t.Context(), actor, s.factorOf(actor))
		}),
		"RegenerateRecoveryCodes": onAccount(func(s *site, actor console.Principal) error {
			_, err := s.RegenerateRecoveryCodes(s.t.Context(), actor)
			return err
		}),
		"ResetFactors": onAccount(func(s *site, actor console.Principal) error {
			_, err := s.ResetFactors(s.t.Context(), s.as(console.RoleOwner), actor.GUID)
			return err
		}),
		"RevokeSession": onAccount(func(s *site, actor console.Principal) error {
			return s.RevokeSession(s.t.Context(), actor, actor.GUID, s.sessions(console.User{GUID: actor.GUID})[0].GUID)
		}),
		"RevokeSessions": onAccount(func(s *site, actor console.Principal) error {
			_, err := s.RevokeSessions(s.t.Context(), actor, actor.GUID, "")
			return err
		}),
		"CompleteSignIn": func(s *site) func() error {
			user, seed := s.generator(s.fresher("person") + "@example.com")
			hash := s.fresher("sign-in")
			s.must(s.HoldSignIn(s.t.Context(), user, hash))
			return func() error {
				code, err := factor.Code(seed, s.clock.now().Add(codePeriod)) // the one before was used to set it up
				s.must(err)
				_, err = s.CompleteSignIn(s.t.Context(), origin, hash, party, console.Proof{Code: code}, false)
				return err
			}
		},
	})
	return all
}

// without removes actor's second factors.
func (s *site) without(actor console.Principal) console.Principal {
	s.t.Helper()
	s.must(s.store.DeleteFactorsOf(s.t.Context(), actor.GUID))
	return actor
}

// factorOf is a second factor of actor, made if there is none.
func (s *site) factorOf(actor console.Principal) console.GUID {
	s.t.Helper()
	if actor.Kind != console.PrincipalUser {
		return console.NewGUID()
	}
	account, err := s.GetAccount(s.t.Context(), actor)
	s.must(err)
	if len(account.Factors) == 0 {
		s.passkey(actor)
		account, err = s.GetAccount(s.t.Context(), actor)
		s.must(err)
	}
	return account.Factors[0].GUID
}

// sessionOf begins a session of user and returns its hash.
func (s *site) sessionOf(user console.User) string {
	s.t.Helper()
	hash := strings.ReplaceAll(s.fresher(""), "-", "") + strings.Repeat("0", 32)
	s.begin(hash, user)
	return hash
}

// ownSession begins a session of an actor, if they are a person.
func (s *site) ownSession(actor console.Principal) string {
	s.t.Helper()
	if actor.Kind != console.PrincipalUser {
		return ""
	}
	user, err := s.store.FindUser(s.t.Context(), actor.GUID)
	s.must(err)
	return s.sessionOf(user)
}

// sessions are a person's, as they see them.
func (s *site) sessions(user console.User) []console.Session {
	s.t.Helper()
	_, sessions, err := s.ListSessions(s.t.Context(), origin.As(console.User{GUID: user.GUID}), user.GUID)
	s.must(err)
	return sessions
}
