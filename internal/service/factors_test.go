package service_test

import (
	"bytes"
	"encoding/base32"
	"strings"
	"testing"
	"time"

	"latchkey/internal/console"
	"latchkey/internal/factor"
	"latchkey/internal/factor/factortest"
)

const codePeriod = 30 * time.Second

// offered is the seed of a generator that actor begins to set up.
func (s *site) offered(actor console.Principal, session string) []byte {
	s.t.Helper()
	s.must(s.OfferCodes(s.t.Context(), actor, session))
	offer, err := s.GetCodesOffer(s.t.Context(), actor, session, "Latchkey")
	s.must(err)
	seed, err := base32.StdEncoding.WithPadding(base32.NoPadding).DecodeString(offer.Seed.Reveal())
	s.must(err)
	if len(seed) != 20 || len(offer.Image) == 0 || !strings.HasPrefix(offer.URL.Reveal(), "otpauth://totp/Latchkey:") {
		s.t.Errorf("offered are %d bytes, %s", len(seed), offer.URL.Reveal())
	}
	return seed
}

// code is what a generator with that seed shows now.
func (s *site) code(seed []byte) string {
	s.t.Helper()
	code, err := factor.Code(seed, s.clock.now())
	s.must(err)
	return code
}

// generator makes an account with a generator of codes.
func (s *site) generator(email string) (console.User, []byte) {
	s.t.Helper()
	user, session := s.account(email), s.fresher("session")
	actor := origin.As(user)
	seed := s.offered(actor, session)
	_, err := s.AddCodes(s.t.Context(), actor, session, "Phone", s.code(seed))
	s.must(err)
	return user, seed
}

// secured makes an account with a second factor.
func (s *site) secured(email string) console.User {
	s.t.Helper()
	user, _ := s.generator(email)
	return user
}

// passkey adds one to actor's account, and returns the device that has it.
func (s *site) passkey(actor console.Principal) *factortest.Authenticator {
	s.t.Helper()
	session := s.fresher("session")
	question, err := s.OfferPasskey(s.t.Context(), actor, session, party)
	s.must(err)
	device := factortest.New(s.t, party.Origin)
	_, err = s.AddPasskey(s.t.Context(), actor, session, party, "Key", device.Make(question))
	s.must(err)
	return device
}

// held is a sign-in of user that waits for their second factor.
func (s *site) held(user console.User) string {
	s.t.Helper()
	hash := s.fresher("sign-in")
	s.must(s.HoldSignIn(s.t.Context(), user, hash))
	return hash
}

// complete tries a code as the second factor of a sign-in.
func (s *site) complete(hash, code string) error {
	_, err := s.CompleteSignIn(s.t.Context(), origin, hash, party, console.Proof{Code: code}, false)
	return err
}

func TestACodeWorksOnce(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		user, seed := s.generator(annsEmail)
		s.refused("the code that set the generator up", s.complete(s.held(user), s.code(seed)), console.CodeInvalid)
		s.clock.forward(codePeriod)
		code := s.code(seed)
		hash, since := s.held(user), len(s.events())
		s.refused("a fresh code with spaces", s.complete(hash, " "+code[:3]+" "+code[3:]+" "), "")
		s.recorded(since, s.event(origin.As(user), console.SignedIn, user.AsTarget(), console.Change{Field: "second_factor", New: "One-time codes: Phone"}))
		s.refused("the same sign-in again", s.complete(hash, code), console.CodeUnauthenticated)
		for name, again := range map[string]string{"the same code": code, "with spaces": code[:3] + " " + code[3:], "with a space before": " " + code, "with a line end": code + "\n"} {
			since := len(s.events())
			s.refused(name, s.complete(s.held(user), again), console.CodeInvalid)
			s.recorded(since, s.event(origin.As(user), console.FactorRefused, user.AsTarget()))
		}
	})
}

func TestCodesOfTheStepsAround(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		user, seed := s.generator(annsEmail)
		start := opening.Add(time.Hour)
		for i, test := range []struct {
			aside time.Duration
			want  console.Code
		}{{-2 * codePeriod, console.CodeInvalid}, {-codePeriod, ""}, {0, ""}, {codePeriod, ""}, {2 * codePeriod, console.CodeInvalid}} {
			s.clock.set(start.Add(time.Duration(i) * time.Hour))
			code, err := factor.Code(seed, s.clock.now().Add(test.aside))
			s.must(err)
			s.refused(test.aside.String()+" aside", s.complete(s.held(user), code), test.want)
		}
	})
}

// TestSimultaneousCodes: of sixteen tries with one code, one signs in.
func TestSimultaneousCodes(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		user, seed := s.generator(annsEmail)
		s.clock.forward(codePeriod)
		code := s.code(seed)
		var hashes []string
		for range 16 {
			hashes = append(hashes, s.held(user))
		}
		got := codes(together(16, func(i int) error {
			from := at("198.51." + string(rune('0'+i%10)) + "." + string(rune('1'+i/10)))
			_, err := s.CompleteSignIn(t.Context(), from, hashes[i], party, console.Proof{Code: code[:i%6] + " " + code[i%6:]}, false)
			return err
		}))
		if got[""] != 1 || got[""]+got[console.CodeInvalid]+got[console.CodeLimited] != 16 {
			t.Errorf("sixteen tries with one code: %v", got)
		}
	})
}

func TestSecondFactorsAreThrottled(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		user, seed := s.generator(annsEmail)
		s.clock.forward(codePeriod)
		for range 5 {
			s.refused("a wrong code", s.complete(s.held(user), "000000"), console.CodeInvalid)
		}
		s.refused("the sixth", s.complete(s.held(user), "000000"), console.CodeInvalid)
		s.refused("the right code while waiting", s.complete(s.held(user), s.code(seed)), console.CodeLimited)
		s.waited(origin.As(user))
		_, err := s.CompleteSignIn(t.Context(), origin, s.held(user), party, console.Proof{Code: s.code(seed)}, true)
		s.refused("the right code on a known device", err, "")
	})
}

// waited checks that it is recorded last that who had to wait, by their name.
func (s *site) waited(who console.Principal) {
	s.t.Helper()
	events := s.events()
	e := events[len(events)-1]
	if e.Action != console.SignInThrottled || e.Actor != who.Ref() || e.Target != (console.Target{Kind: console.TargetUser, GUID: who.GUID, Name: who.Name}) {
		s.t.Errorf("recorded is %s by %+v about %+v", e.Action, e.Actor, e.Target)
	}
}

func TestHeldSignInsEnd(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		user, seed := s.generator(annsEmail)
		hash, other := s.held(user), s.held(user)
		s.clock.forward(10*time.Minute - ms)
		s.refused("a moment before the end", s.complete(hash, s.code(seed)), "")
		s.clock.forward(ms)
		s.refused("at the end", s.complete(other, s.code(seed)), console.CodeUnauthenticated)
		s.refused("an unknown one", s.complete("unknown", s.code(seed)), console.CodeUnauthenticated)
		hash = s.held(user)
		s.raw(`UPDATE users SET disabled_at = 1 WHERE guid = '` + string(user.GUID) + `'`)
		s.clock.forward(codePeriod)
		s.refused("of who was disabled meanwhile", s.complete(hash, s.code(seed)), console.CodeUnauthenticated)
	})
}

func TestSigningInWaitsForTheFactor(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		s.secured(annsEmail)
		since := len(s.events())
		user, err := s.SignIn(t.Context(), origin, annsEmail, phrase, false)
		s.must(err)
		if !user.SecondFactor {
			t.Error("signing in does not tell that a second factor is to come")
		}
		s.recorded(since)
	})
}

func TestRecoveryCodes(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		user := s.secured(annsEmail)
		actor := origin.As(user)
		all, err := s.RegenerateRecoveryCodes(t.Context(), actor)
		s.must(err)
		if len(all) != 10 {
			t.Fatalf("there are %d recovery codes", len(all))
		}
		for table, rows := range s.snapshot() {
			for _, code := range all {
				plain := strings.ReplaceAll(code.Reveal(), "-", "")
				if text := strings.Join(rows, "\n"); strings.Contains(text, plain) || strings.Contains(text, code.Reveal()) {
					t.Errorf("a recovery code stands in %s", table)
				}
			}
		}
		first := all[0].Reveal()
		s.refused("as typed carelessly", s.complete(s.held(user), " "+strings.ToLower(strings.ReplaceAll(first, "-", " "))), "")
		s.refused("again", s.complete(s.held(user), first), console.CodeInvalid)
		account, err := s.GetAccount(t.Context(), actor)
		if err != nil || account.RecoveryCodes != 9 {
			t.Errorf("%d are left, %v", account.RecoveryCodes, err)
		}
		_, err = s.Prove(t.Context(), actor, "", "", party, console.Proof{Code: all[1].Reveal()})
		s.refused("as a proof", err, console.CodeUnproved)
		_, err = s.RegenerateRecoveryCodes(t.Context(), actor)
		s.must(err)
		s.refused("one of the old ones", s.complete(s.held(user), all[2].Reveal()), console.CodeInvalid)
	})
}

// TestSeedsAreSealed: who has the database alone makes no codes.
func TestSeedsAreSealed(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		user, seed := s.generator(annsEmail)
		text := factor.SeedText(seed)
		for table, rows := range s.snapshot() {
			for _, row := range rows {
				if strings.Contains(row, text) || bytes.Contains([]byte(row), seed) {
					t.Errorf("the seed stands in %s", table)
				}
			}
		}
		other, _ := s.generator("bob@example.com")
		s.raw(`UPDATE factors SET material = (SELECT material FROM factors WHERE user_guid = '` + string(other.GUID) + `') WHERE user_guid = '` + string(user.GUID) + `'`)
		s.clock.forward(codePeriod)
		s.refused("with a seed that was moved from another account", s.complete(s.held(user), s.code(seed)), console.CodeInternal)
	})
}

func TestDeleteFactor(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		user := s.secured(annsEmail)
		actor := origin.As(user)
		s.passkey(actor)
		account, err := s.GetAccount(t.Context(), actor)
		s.must(err)
		if len(account.Factors) != 2 || account.RecoveryCodes != 10 {
			t.Fatalf("the account is %+v", account)
		}
		stranger := origin.As(s.people[console.RoleOwner])
		s.refused("somebody else's", s.DeleteFactor(t.Context(), stranger, account.Factors[0].GUID), console.CodeNotFound)
		s.must(s.DeleteFactor(t.Context(), actor, account.Factors[0].GUID))
		s.refused("again", s.DeleteFactor(t.Context(), actor, account.Factors[0].GUID), console.CodeNotFound)
		needed := s.needing(console.RoleAdministrator)
		s.refused("the last one, by who needs one", needed.DeleteFactor(t.Context(), actor, account.Factors[1].GUID), console.CodeConflict)
		s.must(s.DeleteFactor(t.Context(), actor, account.Factors[1].GUID))
		account, err = s.GetAccount(t.Context(), actor)
		if err != nil || account.RecoveryCodes != 0 || account.User.SecondFactor {
			t.Errorf("what is left is %+v, %v", account, err)
		}
		if !needed.LacksFactor(account.User) || s.LacksFactor(account.User) {
			t.Error("who needs a second factor and has none is not known")
		}
	})
}

// TestWhoSeesHowPeopleSignIn: whoever reads about people sees the second
// factors and the last sign-in, and an owner takes the factors away, but not
// their own.
func TestWhoSeesHowPeopleSignIn(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		ctx, auditor, owner := t.Context(), s.as(console.RoleAuditor), s.as(console.RoleOwner)
		user, seed := s.generator(annsEmail)
		if at, err := s.GetLastSignIn(ctx, auditor, user.GUID); err != nil || !at.IsZero() {
			t.Errorf("before they signed in they did at %v, %v", at, err)
		}
		s.clock.forward(codePeriod)
		s.must(s.complete(s.held(user), s.code(seed)))
		signedIn := s.clock.now()
		s.clock.forward(time.Hour)
		if at, err := s.GetLastSignIn(ctx, auditor, user.GUID); err != nil || !at.Equal(signedIn) {
			t.Errorf("they signed in at %v, %v, want %v", at, err, signedIn)
		}
		secured := func() bool {
			page, err := s.ListPeople(ctx, auditor, console.UserFilter{Text: annsEmail}, console.PageRequest{})
			s.must(err)
			return len(page.Items) == 1 && page.Items[0].SecondFactor
		}
		account, err := s.GetAccountOf(ctx, auditor, user.GUID)
		s.must(err)
		if len(account.Factors) != 1 || account.RecoveryCodes != 10 || !secured() {
			t.Errorf("they have %+v", account)
		}
		s.passkey(owner)
		_, err = s.ResetFactors(ctx, owner, owner.GUID)
		s.refused("reset one's own", err, console.CodeConflict)
		after, err := s.ResetFactors(ctx, owner, user.GUID)
		s.must(err)
		if account, err = s.GetAccountOf(ctx, auditor, user.GUID); err != nil || len(account.Factors)+account.RecoveryCodes != 0 || after.SecondFactor || secured() {
			t.Errorf("they are left with %+v, %v", account, err)
		}
	})
}

// TestFactorsResetAndRemovedAtOnce: who resets somebody's second factors and they who
// remove one meanwhile do not wait for each other for ever.
func TestFactorsResetAndRemovedAtOnce(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		owner, someone := s.as(console.RoleOwner), origin.As(s.secured("someone@example.com"))
		factor, waiting := s.factorOf(someone), func() {}
		if !strings.HasPrefix(s.url, "sqlite:") { // whose writers take turns from the start
			db := s.rawDatabase()
			defer db.Close()
			waiting = func() { s.untilWaiting(db, 2) }
		}
		var errs []error
		s.crowded("recovery_codes", func() {
			errs = together(4, func(i int) error {
				if i < 2 {
					_, err := s.ResetFactors(t.Context(), owner, someone.GUID)
					return err
				}
				waiting()
				return s.DeleteFactor(t.Context(), someone, factor)
			})
		})
		if got := codes(errs); got[""] != 1 || got[console.CodeConflict]+got[console.CodeNotFound] != 3 {
			t.Errorf("reset and removed: %v", errs)
		}
	})
}
