package service_test

import (
	"strings"
	"testing"
	"time"

	"latchkey/internal/console"
	"latchkey/internal/factor/factortest"
	"latchkey/internal/password"
	"latchkey/internal/service"
)

// needing is the site's service where these roles need a second factor.
func (s *site) needing(roles ...console.Role) *service.Service {
	s.t.Helper()
	svc, err := service.New(s.t.Context(), s.store, service.Options{
		Key: key(1), Now: s.clock.now, Passwords: password.NewWeak(), FactorRoles: roles,
	})
	s.must(err)
	return svc
}

// TestWhatNeedsAFreshProof tries it before and after the proof is stale.
func TestWhatNeedsAFreshProof(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		owner := s.people[console.RoleOwner]
		proved := func(ago time.Duration) console.Principal {
			actor := origin.As(owner)
			actor.ProvedAt = s.clock.now().Add(-ago)
			return actor
		}
		never := origin.As(owner)
		never.ProvedAt = time.Time{}
		for name, do := range map[string]func(actor console.Principal) error{
			"a risky token": func(actor console.Principal) error {
				_, _, err := s.CreateToken(t.Context(), actor, s.request(s.fresher("token"), func(n *console.NewToken) { n.Scopes = []string{"ReadAccess", "DeleteEvents"} }))
				return err
			},
			"a token that becomes risky": func(actor console.Principal) error {
				token, _ := s.make(s.fresher("token"))
				_, err := s.UpdateToken(t.Context(), actor, "", token.GUID, 1, console.TokenPatch{Scopes: ptr([]string{"ReadAccess", "DeleteEvents"})})
				return err
			},
			"a risky token from elsewhere": func(actor console.Principal) error {
				filter, err := s.CreateIPFilter(t.Context(), origin.As(owner), console.NewIPFilter{Name: s.fresher("filter"), Text: "allow 10.0.0.0/8"})
				s.must(err)
				token, _ := s.make(s.fresher("token"), filtered(filter), func(n *console.NewToken) { n.Scopes = []string{"DeleteEvents"} })
				_, err = s.UpdateToken(t.Context(), actor, "", token.GUID, 1, console.TokenPatch{IPFilter: ptr(console.GUID(""))})
				return err
			},
			"a risky token for longer": func(actor console.Principal) error {
				token, _ := s.make(s.fresher("token"), to(s.clock.now().Add(day)), func(n *console.NewToken) { n.Scopes = []string{"DeleteEvents"} })
				_, err := s.UpdateToken(t.Context(), actor, "", token.GUID, 1, console.TokenPatch{ValidTo: ptr(s.clock.now().Add(2 * day))})
				return err
			},
			"revoking several": func(actor console.Principal) error {
				token, _ := s.make(s.fresher("token"))
				_, err := s.ApplyBulk(t.Context(), actor, "", []console.GUID{token.GUID}, console.BulkRequest{Verb: console.BulkRevoke})
				return err
			},
			"extending several of which one is risky": func(actor console.Principal) error {
				harmless, _ := s.make(s.fresher("token"), to(s.clock.now().Add(day)))
				risky, _ := s.make(s.fresher("token"), to(s.clock.now().Add(day)), func(n *console.NewToken) { n.Scopes = []string{"DeleteEvents"} })
				outcomes, err := s.ApplyBulk(t.Context(), actor, "", []console.GUID{harmless.GUID, risky.GUID}, console.BulkRequest{Verb: console.BulkExtend, ValidTo: s.clock.now().Add(2 * day)})
				if err != nil && len(outcomes) > 0 {
					t.Errorf("some were extended before the proof was asked for: %+v", outcomes)
				}
				return err
			},
			"deleting several": func(actor console.Principal) error {
				token, _ := s.make(s.fresher("token"))
				_, err := s.ApplyBulk(t.Context(), actor, "", []console.GUID{token.GUID}, console.BulkRequest{Verb: console.BulkDelete})
				return err
			},
			"a person": func(actor console.Principal) error {
				_, err := s.CreateUser(t.Context(), actor, console.NewUser{Email: s.fresher("p") + "@example.com", Password: phrase, Role: console.RoleMember})
				return err
			},
			"somebody's sessions": func(actor console.Principal) error {
				_, err := s.RevokeSessions(t.Context(), actor, s.people[console.RoleMember].GUID, "")
				return err
			},
			"a second factor": func(actor console.Principal) error {
				return s.OfferCodes(t.Context(), s.without(actor), s.fresher("session"))
			},
		} {
			since := len(s.events())
			s.refused(name+" at five minutes", do(proved(console.ProofLifetime)), console.CodeUnproved)
			s.refused(name+" without any proof", do(never), console.CodeUnproved)
			for _, event := range s.events()[since:] {
				if event.Action != console.TokenCreated && event.Action != console.IPFilterCreated {
					t.Errorf("%s: recorded is %s", name, event.Action)
				}
			}
			s.refused(name+" a moment before", do(proved(console.ProofLifetime-ms)), "")
		}
		for name, do := range map[string]func() error{
			"a harmless token": func() error {
				_, _, err := s.CreateToken(t.Context(), never, s.request("harmless"))
				return err
			},
			"pausing several": func() error {
				token, _ := s.make("paused")
				_, err := s.ApplyBulk(t.Context(), never, "", []console.GUID{token.GUID}, console.BulkRequest{Verb: console.BulkDisable})
				return err
			},
			"one's own sessions": func() error {
				_, err := s.RevokeSessions(t.Context(), never, owner.GUID, "")
				return err
			},
			"a risky token for less": func() error {
				token, _ := s.make("ending", to(s.clock.now().Add(2*day)), func(n *console.NewToken) { n.Scopes = []string{"DeleteEvents"} })
				_, err := s.UpdateToken(t.Context(), never, "", token.GUID, 1, console.TokenPatch{ValidTo: ptr(s.clock.now().Add(day))})
				return err
			},
			"a harmless token for longer": func() error {
				token, _ := s.make("longer", to(s.clock.now().Add(day)))
				_, err := s.UpdateToken(t.Context(), never, "", token.GUID, 1, console.TokenPatch{ValidTo: ptr(s.clock.now().Add(2 * day))})
				return err
			},
			"a risky token that stays so": func() error {
				token, _ := s.make("risky", func(n *console.NewToken) { n.Scopes = []string{"DeleteEvents"} })
				_, err := s.UpdateToken(t.Context(), never, "", token.GUID, 1, console.TokenPatch{Description: ptr("new")})
				return err
			},
		} {
			s.refused(name+" without a proof", do(), "")
		}
	})
}

// TestWhoMayNotIsNotAsked: a proof is asked of those only whom it helps.
func TestWhoMayNotIsNotAsked(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		actor := s.as(console.RoleAdministrator)
		actor.ProvedAt = time.Time{}
		_, err := s.CreateUser(t.Context(), actor, console.NewUser{Email: "p@example.com", Password: phrase, Role: console.RoleMember})
		s.refused("an administrator makes an account", err, console.CodeForbidden)
	})
}

func TestProve(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		user, seed := s.generator(annsEmail)
		hash := s.sessionOf(user)
		s.clock.forward(time.Hour / 4)
		actor := origin.As(user)
		actor.ProvedAt = opening
		device := s.passkey(origin.As(user))
		passkey := func() string {
			question, err := s.AskProof(t.Context(), actor, hash, party)
			s.must(err)
			return device.Prove(question)
		}
		for name, proof := range map[string]console.Proof{
			"a wrong password": {Password: "wrong"}, "a wrong code": {Code: "000000"}, "nothing": {},
			"no passkey's answer": {Passkey: "{}"}, "not even JSON": {Passkey: "x"},
		} {
			since := len(s.events())
			got, err := s.Prove(t.Context(), actor, hash, hash, party, proof)
			s.refused(name, err, console.CodeUnproved)
			if !got.ProvedAt.Equal(opening) {
				t.Errorf("%s proves something", name)
			}
			s.recorded(since, s.event(actor, console.ProofRefused, user.AsTarget()))
			s.raw(`DELETE FROM throttles`)
		}
		answer := passkey()
		for name, proof := range map[string]console.Proof{"the password": {Password: phrase}, "a code": {Code: s.code(seed)}, "a passkey": {Passkey: answer}} {
			got, err := s.Prove(t.Context(), actor, hash, hash, party, proof)
			s.refused(name, err, "")
			session, err := s.FindSession(t.Context(), hash)
			s.must(err)
			if !got.ProvedAt.Equal(s.clock.now()) || !session.ProvedAt.Equal(s.clock.now()) {
				t.Errorf("%s: proved at %v, the session at %v", name, got.ProvedAt, session.ProvedAt)
			}
			s.raw(`UPDATE sessions SET proved_at = 0`)
		}
		_, err := s.Prove(t.Context(), actor, hash, hash, party, console.Proof{Passkey: answer})
		s.refused("the same answer again", err, console.CodeUnproved)
		_, err = s.Prove(t.Context(), actor, "another session", "another session", party, console.Proof{Passkey: passkey()})
		s.refused("the answer in another session", err, console.CodeUnproved)
		late := passkey()
		s.clock.forward(5 * time.Minute)
		_, err = s.Prove(t.Context(), actor, hash, hash, party, console.Proof{Passkey: late})
		s.refused("after five minutes", err, console.CodeUnproved)
		elsewhere := *device
		elsewhere.Origin = "http://localhost.example.com:8080"
		question, err := s.AskProof(t.Context(), actor, hash, party)
		s.must(err)
		_, err = s.Prove(t.Context(), actor, hash, hash, party, console.Proof{Passkey: elsewhere.Prove(question)})
		s.refused("from another site", err, console.CodeUnproved)
		question, err = s.AskProof(t.Context(), actor, hash, party)
		s.must(err)
		_, err = s.Prove(t.Context(), actor, hash, hash, party, console.Proof{Passkey: factortest.New(t, party.Origin).Prove(question)})
		s.refused("another device", err, console.CodeUnproved)
	})
}

// TestAProofRenewsTheSession: who knows its id from before can't do what the proof
// allows, and a question that was put to it can still be answered.
func TestAProofRenewsTheSession(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		user := s.account(annsEmail)
		actor, old, renewed := origin.As(user), s.sessionOf(user), strings.Repeat("r", 64)
		s.must(s.OfferCodes(t.Context(), actor, old))
		_, err := s.Prove(t.Context(), actor, old, renewed, party, console.Proof{Password: "wrong"})
		s.refused("a wrong proof", err, console.CodeUnproved)
		s.alive("the session after a wrong proof", old, true)
		before := s.sessions(user)
		_, err = s.Prove(t.Context(), actor, old, renewed, party, console.Proof{Password: phrase})
		s.must(err)
		s.alive("the id from before", old, false)
		s.alive("the fresh id", renewed, true)
		if after := s.sessions(user); len(after) != 1 || after[0].GUID != before[0].GUID {
			t.Errorf("of %v became %v", before, after)
		}
		if _, err := s.GetCodesOffer(t.Context(), actor, renewed, "x"); err != nil {
			t.Errorf("what was offered before is gone: %v", err)
		}
		// Who sends the same form twice is not given a session that there is not.
		again := strings.Repeat("a", 64)
		_, err = s.Prove(t.Context(), actor, old, again, party, console.Proof{Password: phrase})
		s.refused("the id from before, once more", err, console.CodeUnauthenticated)
		s.refused("a password by it", s.ChangePassword(t.Context(), actor, old, again, phrase, "another "+phrase), console.CodeUnauthenticated)
		s.alive("the fresh id", renewed, true)
	})
}

func TestProofsAreThrottled(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		actor := origin.As(s.account(annsEmail))
		for range 6 {
			_, err := s.Prove(t.Context(), actor, "", "", party, console.Proof{Password: "wrong"})
			s.refused("a wrong password", err, console.CodeUnproved)
		}
		_, err := s.Prove(t.Context(), actor, "", "", party, console.Proof{Password: phrase})
		s.refused("the right one while waiting", err, console.CodeLimited)
		s.waited(actor)
	})
}

func TestSigningInWithAPasskey(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		user := s.account(annsEmail)
		device := s.passkey(origin.As(user))
		hash := s.held(user)
		question, err := s.AskSignIn(t.Context(), hash, party)
		s.must(err)
		answer := device.Prove(question)
		_, err = s.CompleteSignIn(t.Context(), origin, s.held(user), party, console.Proof{Passkey: answer}, false)
		s.refused("in another sign-in", err, console.CodeInvalid)
		got, err := s.CompleteSignIn(t.Context(), origin, hash, party, console.Proof{Passkey: answer}, false)
		if err != nil || got.GUID != user.GUID {
			t.Errorf("signed in is %q, %v", got.Name, err)
		}
		device.Counter = 0
		hash = s.held(user)
		question, err = s.AskSignIn(t.Context(), hash, party)
		s.must(err)
		_, err = s.CompleteSignIn(t.Context(), origin, hash, party, console.Proof{Passkey: device.Prove(question)}, false)
		s.refused("a copy, which counts from the beginning", err, console.CodeInvalid)
	})
}

func TestPasskeyWithoutRecord(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		actor := origin.As(s.account(annsEmail))
		question, err := s.OfferPasskey(t.Context(), actor, "session", party)
		s.must(err)
		s.breakAudit()
		codes, err := s.AddPasskey(t.Context(), actor, "session", party, "", factortest.New(t, party.Origin).Make(question))
		s.refused("without a record", err, console.CodeInternal)
		account, err := s.GetAccount(t.Context(), actor)
		if err != nil || len(account.Factors)+account.RecoveryCodes+len(codes) != 0 {
			t.Errorf("the account is %+v, %v", account, err)
		}
	})
}

func TestChangePassword(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		user := s.account(annsEmail)
		actor := origin.As(user)
		actor.ProvedAt = time.Time{} // the old password is the proof
		mine, other := s.sessionOf(user), s.sessionOf(user)
		held, next, renewed := s.held(user), "another "+phrase, strings.Repeat("r", 64)
		s.refused("without the old one", s.ChangePassword(t.Context(), actor, mine, renewed, "", next), console.CodeInvalid, "current")
		s.refused("with a wrong one", s.ChangePassword(t.Context(), actor, mine, renewed, "wrong", next), console.CodeInvalid, "current")
		s.refused("a short one", s.ChangePassword(t.Context(), actor, mine, renewed, phrase, "short"), console.CodeInvalid, "password")
		s.refused("the same", s.ChangePassword(t.Context(), actor, mine, renewed, phrase, phrase), console.CodeInvalid, "password")
		s.refused("one to guess", s.ChangePassword(t.Context(), actor, mine, renewed, phrase, strings.Repeat("password", 2)), console.CodeInvalid, "password")
		since := len(s.events())
		s.must(s.ChangePassword(t.Context(), actor, mine, renewed, phrase, next))
		s.recorded(since, s.event(actor, console.PasswordChanged, user.AsTarget()))
		s.alive("the session that changed it", renewed, true)
		s.alive("the same under the id that it had", mine, false)
		s.alive("another one", other, false)
		_, err := s.HeldSignIn(t.Context(), held)
		s.refused("a sign-in under way", err, console.CodeUnauthenticated)
		s.try("the old password", origin, annsEmail, phrase, wrong, 0)
		s.try("the new one", origin, annsEmail, next, welcome, 0)
	})
}
