package service_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"latchkey/internal/console"
)

// gateway is a token that may ask, and its string.
func (s *site) gateway(changes ...func(*console.NewToken)) (console.Principal, string) {
	s.t.Helper()
	_, text := s.make("gateway", append([]func(*console.NewToken){ofType(console.TypeOrganization, console.ScopeIntrospect)}, changes...)...)
	caller, err := s.Authenticate(s.t.Context(), text, console.Presenter{})
	if err != nil {
		return console.Principal{}, text
	}
	return caller, text
}

// TestWorthAtTheBoundaries asks both doors at the instants around each date.
func TestWorthAtTheBoundaries(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		caller, _ := s.gateway()
		start, end, revocation := opening.Add(time.Hour), opening.Add(2*time.Hour), opening.Add(90*time.Minute)
		whole, wholeText := s.make("with both dates", from(start), to(end))
		_, openText := s.make("without dates")
		revoked, revokedText := s.make("revoked on the way")
		s.clock.set(revocation)
		_, err := s.RevokeToken(t.Context(), s.as(console.RoleOwner), "", revoked.GUID, "")
		s.must(err)
		for _, test := range []struct {
			name, text string
			at         time.Time
			want       console.Reason
		}{
			{"a moment before valid from", wholeText, start.Add(-ms), console.ReasonNotYetValid},
			{"at valid from", wholeText, start, ""},
			{"a moment after valid from", wholeText, start.Add(ms), ""},
			{"a moment before valid to", wholeText, end.Add(-ms), ""},
			{"less than can be kept before valid to", wholeText, end.Add(-1), ""},
			{"at valid to", wholeText, end, console.ReasonExpired},
			{"a moment after valid to", wholeText, end.Add(ms), console.ReasonExpired},
			{"a moment before its creation", openText, opening.Add(-ms), console.ReasonNotYetValid},
			{"at its creation", openText, opening, ""},
			{"a thousand years later", openText, opening.AddDate(1000, 0, 0), ""},
			{"as it is revoked", revokedText, revocation, console.ReasonRevoked},
			{"a moment after it was revoked", revokedText, revocation.Add(ms), console.ReasonRevoked},
			{"after it was revoked, by a clock that was set back", revokedText, revocation.Add(-ms), console.ReasonRevoked},
		} {
			s.clock.set(test.at)
			for door, ask := range map[string]func() (console.Introspection, error){
				"introspection": func() (console.Introspection, error) { return s.Introspect(t.Context(), caller, test.text, nowhere) },
				"verification":  func() (console.Introspection, error) { return s.Verify(t.Context(), test.text, nowhere) },
			} {
				worth, err := ask()
				if err != nil || worth.Reason != test.want || worth.Active != (test.want == "") {
					t.Errorf("%s of a token %s: %v, %q, %v, want %q", door, test.name, worth.Active, worth.Reason, err, test.want)
				}
			}
			_, err := s.Authenticate(t.Context(), test.text, console.Presenter{})
			want := console.CodeUnauthenticated
			if test.want == "" {
				want = ""
			}
			s.refused("signing in with a token "+test.name, err, want)
		}
		s.clock.set(start)
		worth, err := s.Introspect(t.Context(), caller, wholeText, nowhere)
		s.must(err)
		whole.Creator, whole.UpdatedAt, whole.Version = console.PersonRef{}, time.Time{}, 0 // nobody is told
		if diff := cmp.Diff(whole, worth.Token); diff != "" {
			t.Errorf("what it tells of the token: %s", diff)
		}
	})
}

func TestAuthenticate(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		caller, _ := s.gateway()
		if caller.Kind != console.PrincipalToken || caller.Name != "gateway" || caller.Role != "" || len(caller.Scopes) != 1 || caller.Scopes[0] != console.ScopeIntrospect {
			t.Errorf("the token asks as %+v", caller)
		}
		token, text := s.make("deploy")
		stranger := console.NewSecret(console.NewGUID()).Reveal()
		impostor := console.NewSecret(token.GUID).Reveal()
		for name, given := range map[string]string{
			"nothing": "", "a GUID": string(token.GUID), "a secret of no token": stranger, "another secret of the token": impostor,
			"a token string in capitals": strings.ToUpper(text), "half a token string": text[:60], "a token string and more": text + "x",
			"a token string with another body": text[:50] + flip(text[50:51]) + text[51:], "a NUL": "\x00", "invalid UTF-8": "\xff",
		} {
			actor, err := s.Authenticate(t.Context(), given, console.Presenter{})
			s.refused(name, err, console.CodeUnauthenticated)
			if actor.Known() {
				t.Errorf("%s is %+v", name, actor)
			}
			worth, err := s.Introspect(t.Context(), caller, given, nowhere)
			if err != nil || worth.Active || worth.Reason != console.ReasonUnknown || worth.Token.GUID != "" {
				t.Errorf("%s is worth %+v, %v", name, worth, err)
			}
		}
	})
}

// flip is another character of the same alphabet.
func flip(character string) string {
	if character == "x" {
		return "y"
	}
	return "x"
}

func TestWhoMayIntrospect(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		_, text := s.make("deploy")
		caller, callerText := s.gateway()
		later, laterText := s.make("other gateway", ofType(console.TypeSystem, console.ScopeIntrospect))
		for _, test := range []struct {
			name  string
			actor console.Principal
			want  console.Code
		}{
			{"a token with the scope", caller, ""},
			{"a token without the scope", console.Principal{Kind: console.PrincipalToken, GUID: console.NewGUID(), Scopes: []string{"ManageUsers", "latchkey"}}, console.CodeForbidden},
			{"a token without scopes", console.Principal{Kind: console.PrincipalToken, GUID: console.NewGUID()}, console.CodeForbidden},
			{"an owner", s.as(console.RoleOwner), console.CodeUnauthenticated},
			{"an owner with scopes", console.Principal{Kind: console.PrincipalUser, Role: console.RoleOwner, Scopes: []string{console.ScopeIntrospect}}, console.CodeUnauthenticated},
			{"the program itself", console.System("cli"), console.CodeUnauthenticated},
			{"nobody", console.Principal{}, console.CodeUnauthenticated},
			{"nobody with the scope", console.Principal{Scopes: []string{console.ScopeIntrospect}}, console.CodeUnauthenticated},
		} {
			for what, given := range map[string]string{"a token": text, "nonsense": "nonsense"} {
				worth, err := s.Introspect(t.Context(), test.actor, given, nowhere)
				s.refused(test.name+" asks about "+what, err, test.want)
				if err != nil && (worth.Active || worth.Reason != "" || worth.Token.GUID != "") {
					t.Errorf("%s is told %+v about %s", test.name, worth, what)
				}
			}
		}
		worth, err := s.Introspect(t.Context(), caller, callerText, nowhere)
		s.refused("a token asks about itself", err, console.CodeUnauthenticated)
		if worth.Active || worth.Token.GUID != "" {
			t.Errorf("a token learns about itself %+v", worth)
		}
		if worth, err := s.Introspect(t.Context(), caller, laterText, nowhere); !worth.Active || worth.Token.GUID != later.GUID {
			t.Errorf("another gateway is worth %+v, %v", worth, err)
		}
		if worth, err := s.Verify(t.Context(), callerText, nowhere); !worth.Active {
			t.Errorf("to its holder, the gateway is worth %+v, %v", worth, err)
		}
	})
}

// TestCallerMustBeActive signs in with a caller in every other status.
func TestCallerMustBeActive(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		owner := s.as(console.RoleOwner)
		_, text := s.gateway(from(opening.Add(time.Hour)), to(opening.Add(3*time.Hour)))
		sign := func(what string, want console.Code) console.Principal {
			t.Helper()
			caller, err := s.Authenticate(t.Context(), text, console.Presenter{})
			s.refused("a caller "+what, err, want)
			return caller
		}
		sign("not yet valid", console.CodeUnauthenticated)
		s.clock.forward(time.Hour)
		caller := sign("as it begins", "")
		_, err := s.DisableToken(t.Context(), owner, "", caller.GUID, s.clock.now().Add(time.Hour))
		s.must(err)
		sign("paused", console.CodeUnauthenticated)
		s.clock.forward(time.Hour)
		sign("as its pause ends", "")
		s.clock.forward(time.Hour - ms)
		sign("in its last moment", "")
		s.clock.forward(ms)
		sign("as it expires", console.CodeUnauthenticated)
		caller, text = s.gateway()
		sign("fresh", "")
		_, err = s.RevokeToken(t.Context(), owner, "", caller.GUID, "")
		s.must(err)
		sign("revoked", console.CodeUnauthenticated)
	})
}

// TestBrokenStringsNeverReachTheDatabase closes it and looks who notices.
func TestBrokenStringsNeverReachTheDatabase(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		caller, _ := s.gateway()
		_, text := s.make("deploy")
		s.must(s.store.Close())
		if _, err := s.Verify(t.Context(), text, nowhere); console.CodeOf(err) != console.CodeUnavailable {
			t.Fatalf("a sound string does not reach the database either: %v", err)
		}
		_, err := s.Authenticate(t.Context(), text, console.Presenter{})
		s.refused("signing in with a sound string", err, console.CodeUnavailable)
		broken := []string{"", "x", string(make([]byte, 1<<20)), text[:88], text + "0", text[1:], strings.Replace(text, "~", "-", 1)}
		for i := range text {
			broken = append(broken, text[:i]+flip(text[i:i+1])+text[i+1:])
		}
		for _, given := range broken {
			if worth, err := s.Verify(t.Context(), given, nowhere); err != nil || worth.Reason != console.ReasonUnknown || worth.Active {
				t.Errorf("verifying %.100q: %+v, %v", given, worth, err)
			}
			if worth, err := s.Introspect(t.Context(), caller, given, nowhere); err != nil || worth.Reason != console.ReasonUnknown {
				t.Errorf("introspecting %.100q: %+v, %v", given, worth, err)
			}
			_, err := s.Authenticate(t.Context(), given, console.Presenter{})
			s.refused("signing in with a broken string", err, console.CodeUnauthenticated)
		}
	})
}
