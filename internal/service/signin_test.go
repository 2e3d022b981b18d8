package service_test

import (
	"encoding/base64"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/crypto/argon2"

	"latchkey/internal/console"
)

const annsEmail = "ann@example.com"

// cheapHash is one of phrase that takes no time to check.
var cheapHash = sync.OnceValue(func() string {
	salt := []byte("salt for tests")
	written := base64.RawStdEncoding.EncodeToString
	return "$argon2id$v=19$m=8,t=1,p=1$" + written(salt) + "$" + written(argon2.IDKey([]byte(phrase), salt, 1, 8, 1, 32))
})

// account makes one that signs in with phrase.
func (s *site) account(email string) console.User {
	s.t.Helper()
	user := console.User{GUID: console.NewGUID(), Email: email, Name: email, Role: console.RoleAdministrator, CreatedAt: opening, Version: 1}
	s.must(s.store.InsertUser(s.t.Context(), user, cheapHash()))
	return user
}

// accounts makes several, numbered.
func (s *site) accounts(n int) (emails []string) {
	s.t.Helper()
	for i := range n {
		emails = append(emails, s.account(fmt.Sprintf("user%d@example.com", i)).Email)
	}
	return emails
}

// at is origin with another address.
func at(address string) console.Principal {
	from := origin
	from.Address = address
	return from
}

// try signs in and expects the code; for a wait, also how long it is.
func (s *site) try(what string, from console.Principal, email, pass string, want console.Code, wait time.Duration) {
	s.t.Helper()
	s.trySomewhere(what, from, email, pass, false, want, wait)
}

func (s *site) trySomewhere(what string, from console.Principal, email, pass string, known bool, want console.Code, wait time.Duration) {
	s.t.Helper()
	_, err := s.SignIn(s.t.Context(), from, email, pass, known)
	s.refused(what, err, want)
	if e, ok := errors.AsType[*console.Error](err); ok && e.Code == console.CodeLimited && e.RetryAfter != wait {
		s.t.Errorf("%s: to wait %v, want %v", what, e.RetryAfter, wait)
	}
}

const (
	welcome = console.Code("")
	wrong   = console.CodeUnauthenticated
	waits   = console.CodeLimited
)

func TestSignIn(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		user := s.account(annsEmail)
		since := len(s.events())
		for _, email := range []string{annsEmail, " ANN@Example.com ", "ａｎｎ@example.com"} {
			got, err := s.SignIn(t.Context(), origin, email, phrase, false)
			s.must(err)
			if !reflect.DeepEqual(got, user) {
				t.Errorf("as %q signs in %+v", email, got)
			}
		}
		event := s.event(origin.As(user), console.SignedIn, user.AsTarget())
		s.recorded(since, event, event, event)
	})
}

// TestSignInRefusesAllAlike compares the answers to those who may not enter.
func TestSignInRefusesAllAlike(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		user := s.account(annsEmail)
		gone := console.User{GUID: console.NewGUID(), Email: "gone@example.com", Name: "Gone", Role: console.RoleOwner, CreatedAt: opening, DisabledAt: opening}
		s.must(s.store.InsertUser(t.Context(), gone, cheapHash()))
		since := len(s.events())
		said := map[string]bool{}
		for i, test := range []struct {
			name, email, pass string
			target            console.GUID
			recorded          bool
		}{
			{"a wrong password", annsEmail, phrase + "!", user.GUID, true},
			{"a password in capitals", annsEmail, strings.ToUpper(phrase), user.GUID, true},
			{"no password", annsEmail, "", user.GUID, true},
			{"a password of invalid UTF-8", annsEmail, "\xff", user.GUID, true},
			{"an unknown address", "bob@example.com", phrase, "", true},
			{"a disabled account", "gone@example.com", phrase, gone.GUID, true},
			{"a disabled account and a wrong password", "gone@example.com", "x", gone.GUID, true},
			{"an address that is none", "ann", phrase, "", true},
			{"no address", "", phrase, "", false},
			{"an address that is too long", strings.Repeat("x", 255), phrase, "", false},
			{"an address with a NUL", "ann\x00@example.com", phrase, "", false},
			{"an address of two lines", "ann@example.com\nx", phrase, "", false},
			{"an address of invalid UTF-8", "ann\xff@example.com", phrase, "", false},
			{"a password that is far too long", annsEmail, strings.Repeat("x", 4097), "", false},
		} {
			from := at(fmt.Sprintf("198.51.%d.1", i)) // so that nobody has to wait
			got, err := s.SignIn(t.Context(), from, test.email, test.pass, false)
			s.refused(test.name, err, wrong)
			if got.GUID != "" {
				t.Errorf("%s is answered with %+v", test.name, got)
			}
			said[console.Sentence(err)+fmt.Sprint(err)] = true
			events := s.events()[since:]
			since += len(events)
			if len(events) != 0 != test.recorded || len(events) > 1 {
				t.Errorf("%s: %d events", test.name, len(events))
				continue
			}
			name := test.email
			if !strings.Contains(name, "@") {
				name = "(not an address)"
			}
			for _, event := range events {
				want := console.AuditEvent{
					At: opening, Action: console.SignInRefused, ActorKind: console.PrincipalUser, Actor: console.PersonRef{Name: name},
					Target:  console.Target{Kind: console.TargetUser, GUID: test.target, Name: name},
					Address: from.Address, Agent: from.Agent, RequestID: from.RequestID,
				}
				if fmt.Sprint(event) != fmt.Sprint(want) {
					t.Errorf("%s is recorded as %+v, want %+v", test.name, event, want)
				}
			}
		}
		if len(said) != 1 {
			t.Errorf("the refusals say %v", said)
		}
	})
}

// TestWaitsGrow fails on purpose until the wait no longer grows.
func TestWaitsGrow(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		s.account(annsEmail)
		elsewhere := at("198.51.100.1")
		for i := range 5 {
			s.try(fmt.Sprintf("failure %d, which is free", i+1), origin, annsEmail, "wrong", wrong, 0)
		}
		waits := []time.Duration{1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900, 900}
		for i, wait := range waits {
			wait *= time.Second
			s.try(fmt.Sprintf("failure %d", i+6), origin, annsEmail, "wrong", wrong, 0)
			s.try("at once afterwards, with the right password", origin, annsEmail, phrase, console.CodeLimited, wait)
			s.clock.forward(wait - ms)
			s.try("in the last moment of the wait", origin, annsEmail, phrase, console.CodeLimited, ms)
			if i == 2 {
				s.try("meanwhile from another network", elsewhere, annsEmail, phrase, "", 0)
				s.try("meanwhile as somebody else", origin, "bob@example.com", "wrong", wrong, 0)
			}
			s.clock.forward(ms)
		}
		s.try("the right password after the wait", origin, annsEmail, phrase, "", 0)
		for i := range 6 {
			s.try(fmt.Sprintf("failure %d after success", i+1), origin, annsEmail, "wrong", wrong, 0)
		}
		s.try("then", origin, annsEmail, phrase, console.CodeLimited, time.Second)
	})
}

func TestFailuresAreForgottenAfterADay(t *testing.T) {
	for name, test := range map[string]struct {
		pause time.Duration
		want  console.Code
	}{"after a day": {day, console.CodeLimited}, "after a moment more": {day + ms, wrong}} {
		t.Run(name, func(t *testing.T) {
			each(t, func(t *testing.T, s *site) {
				s.account(annsEmail)
				for range 6 {
					s.try("a failure", origin, annsEmail, "wrong", wrong, 0)
				}
				s.clock.forward(test.pause)
				s.must(s.Sweep(t.Context()))
				s.try("the next", origin, annsEmail, "wrong", wrong, 0)
				s.try("the one after", origin, annsEmail, "wrong", test.want, 2*time.Second)
			})
		})
	}
}

// TestSpellingsShareACounter has one account's address written in many ways.
func TestSpellingsShareACounter(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		s.account("josé@example.com")
		for _, email := range []string{
			"josé@example.com", "JOSÉ@example.com", " josé@example.com", "jose\u0301@example.com", "ｊｏｓé@EXAMPLE.com", "jo\u200dsé@example.com",
		} {
			s.try("as "+email, origin, email, "wrong", wrong, 0)
		}
		for _, address := range []string{"203.0.113.7", "203.0.113.255", "::ffff:203.0.113.9"} {
			s.try("once more from "+address, at(address), "josé@example.com", "wrong", waits, time.Second)
		}
		s.try("from the network beside it", at("203.0.112.7"), "josé@example.com", "wrong", wrong, 0)
		s.try("somebody whose name differs by an accent", origin, "jose@example.com", "wrong", wrong, 0)
	})
}

func TestNetworksOfIPv6(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		s.account(annsEmail)
		for i := range 6 {
			s.try("from one network", at(fmt.Sprintf("2001:db8:1:2::%x", i+1)), annsEmail, "wrong", wrong, 0)
		}
		s.try("from the end of that network", at("2001:db8:1:2:ffff:ffff:ffff:ffff"), annsEmail, "wrong", waits, time.Second)
		s.try("from that network, with a zone", at("2001:db8:1:2::9%eth0"), annsEmail, "wrong", waits, time.Second)
		s.try("from the next network", at("2001:db8:1:3::1"), annsEmail, "wrong", wrong, 0)
		for range 6 {
			s.try("from nowhere that is known", at("unknown"), annsEmail, "wrong", wrong, 0)
		}
		s.try("from nowhere once more", at(""), annsEmail, "wrong", waits, time.Second)
	})
}

// TestManyNetworksSlowAnAccountALittle attacks one account from everywhere.
func TestManyNetworksSlowAnAccountALittle(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		s.account(annsEmail)
		for i := range 20 {
			s.try("a free failure", at(fmt.Sprintf("10.0.%d.1", i)), annsEmail, "wrong", wrong, 0)
		}
		for i, wait := range []time.Duration{time.Second, 2 * time.Second, 2 * time.Second, 2 * time.Second} {
			s.try("a failure too many", at(fmt.Sprintf("10.1.%d.1", i)), annsEmail, "wrong", wrong, 0)
			s.try("its owner, from a browser that is not known", origin, annsEmail, phrase, waits, wait)
			s.trySomewhere("its owner, from a browser that is known", origin, annsEmail, phrase, true, welcome, 0)
			s.clock.forward(wait)
		}
		s.try("its owner, from a browser that is not known, after the wait", origin, annsEmail, phrase, welcome, 0)
		s.try("afterwards all is forgotten", origin, annsEmail, phrase, welcome, 0)
	})
}

// TestKnownBrowserIsSpared has a stranger in the owner's own network fail on purpose.
func TestKnownBrowserIsSpared(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		s.account(annsEmail)
		for range 8 {
			s.try("a stranger's failure", origin, annsEmail, "wrong", wrong, 0)
			s.clock.forward(8 * time.Second)
		}
		s.try("one more", origin, annsEmail, "wrong", wrong, 0)
		s.try("and another", origin, annsEmail, "wrong", waits, 8*time.Second)
		s.trySomewhere("the owner's known browser beside the stranger", origin, annsEmail, phrase, true, welcome, 0)
	})
}

// TestKnownBrowserIsNoWayAround has somebody guess with a stolen mark.
func TestKnownBrowserIsNoWayAround(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		s.account(annsEmail)
		failures := 0
		for i := range 40 {
			_, err := s.SignIn(t.Context(), at(fmt.Sprintf("10.0.%d.1", i)), annsEmail, "wrong", true)
			if console.CodeOf(err) == wrong {
				failures++
			}
		}
		if failures > 10 {
			t.Errorf("%d guesses were free with a browser that is known", failures)
		}
	})
}

func TestOneNetworkTriesManyAccounts(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		s.account(annsEmail)
		others := s.accounts(58)
		for i, email := range others[:50] {
			s.try("a free failure", at(fmt.Sprintf("203.0.113.%d", i)), email, "wrong", wrong, 0)
		}
		for i, wait := range []time.Duration{1, 2, 4, 8, 16, 32, 60, 60} {
			wait *= time.Second
			s.try("a failure too many", origin, others[50+i], "wrong", wrong, 0)
			s.try("then anybody of that network", origin, annsEmail, phrase, waits, wait)
			s.try("then anybody of another", at(fmt.Sprintf("192.0.2.%d", i)), annsEmail, phrase, welcome, 0)
			s.clock.forward(wait)
		}
		s.try("anybody after the wait", origin, annsEmail, phrase, welcome, 0)
	})
}

// TestOfficeSignsInAllDay has more people sign in from one network than may
// fail there: those who succeed don't count.
func TestOfficeSignsInAllDay(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		s.account(annsEmail)
		others := s.accounts(51)
		for i := range 60 {
			s.try(fmt.Sprintf("sign-in %d", i+1), origin, annsEmail, phrase, welcome, 0)
			if i < 10 {
				s.try("a mistake", origin, others[i], "wrong", wrong, 0)
			}
		}
		for _, email := range others[10:50] {
			s.try("what is left of the free mistakes", origin, email, "wrong", wrong, 0)
		}
		s.try("one too many", origin, others[50], "wrong", wrong, 0)
		s.try("then", origin, annsEmail, phrase, waits, time.Second)
	})
}

// TestTypedAddressIsNoOthersCounter types addresses that look like the names
// under which others are counted.
func TestTypedAddressIsNoOthersCounter(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		s.account(annsEmail)
		for email, times := range map[string]int{
			annsEmail + " from 203.0.113.0/24": 10, `"` + annsEmail + `" from 203.0.113.0/24`: 10, `" from 203.0.113.0/24`: 10,
			"from 203.0.113.0/24": 55,
		} {
			s.account(email)
			for i := range times {
				s.try("a stranger as "+email, at(fmt.Sprintf("10.0.%d.1", i)), email, "wrong", wrong, 0)
				s.clock.forward(3 * time.Second)
			}
		}
		s.try("her first mistake", origin, annsEmail, "wrong", wrong, 0)
		s.try("her second mistake", origin, annsEmail, "wrong", wrong, 0)
		s.try("then the right password", origin, annsEmail, phrase, welcome, 0)
	})
}

func TestGuessesAtOnceCannotSlipThrough(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		s.account(annsEmail)
		since := len(s.events())
		var errs []error
		s.crowded("throttles", func() {
			errs = together(32, func(i int) error {
				_, err := s.SignIn(t.Context(), at(fmt.Sprintf("203.0.113.%d", i)), annsEmail, "wrong", false)
				return err
			})
		})
		if got := codes(errs); got[wrong] != 6 || got[waits] != 26 || len(s.events()) != since+7 { // of those who wait only the first is told of
			t.Errorf("the answers are %v, with %d events: %v", got, len(s.events())-since, errs)
		}
	})
}
