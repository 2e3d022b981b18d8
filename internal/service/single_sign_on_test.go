package service_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"latchkey/internal/console"
)

// provider stands for one elsewhere: it says what a test wants.
type provider struct {
	settings console.Provider
	said     console.Assertion
	err      error
	flow     console.SignInFlow
}

func newProvider() *provider {
	p := &provider{settings: console.Provider{ID: "sso", Label: "Northwind SSO", Issuer: "https://sso.example", GroupsClaim: "groups"}}
	p.said = console.Assertion{Issuer: p.settings.Issuer, Subject: "jane-1", Email: "Jane@example.com", Name: "Jane Doe"}
	return p
}

func (p *provider) Settings() console.Provider  { return p.settings }
func (p *provider) Check(context.Context) error { return p.err }
func (p *provider) Address(_ context.Context, flow console.SignInFlow) (string, error) {
	p.flow = flow
	return "https://sso.example/authorize?state=" + flow.State, p.err
}

func (p *provider) Redeem(_ context.Context, flow console.SignInFlow, code string) (console.Assertion, error) {
	if flow.Nonce != p.flow.Nonce || flow.Verifier != p.flow.Verifier || flow.Redirect != p.flow.Redirect || code != "the code" {
		return console.Assertion{}, errors.New("another flow than the one that began")
	}
	return p.said, p.err
}

func (p *provider) says(change func(*console.Assertion)) { change(&p.said) }

const (
	redirect = "https://console.example/login/sso/callback"
	place    = "/repositories/web-logs"
)

// start begins a way to the provider, and returns what comes back from it.
func (s *site) start() console.SignInReturn {
	s.t.Helper()
	_, keep, err := s.StartSignIn(s.t.Context(), "sso", redirect, place, false)
	s.must(err)
	return console.SignInReturn{Provider: "sso", Redirect: redirect, Flow: keep, State: s.sso.flow.State, Code: "the code"}
}

// arrive goes the whole way.
func (s *site) arrive() (console.User, error) {
	s.t.Helper()
	user, _, err := s.FinishSignIn(s.t.Context(), origin, s.start())
	return user, err
}

// linked is a member whom the provider knows.
func (s *site) linked() (console.User, console.Identity) {
	s.t.Helper()
	user := s.person(console.User{Name: "Lin", Role: console.RoleMember})
	identity := console.Identity{Issuer: s.sso.settings.Issuer, Subject: s.fresher("subject"), User: user.GUID, CreatedAt: opening, LastUsedAt: opening}
	s.must(s.store.InsertIdentity(s.t.Context(), identity))
	return user, identity
}

func TestAFlowIsOneBrowsersAndUsedOnce(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		_, identity := s.linked()
		s.sso.says(func(said *console.Assertion) { said.Subject = identity.Subject })
		good := s.start()
		since := len(s.events())
		finish := func(what string, back console.SignInReturn, want console.Code) {
			t.Helper()
			_, flow, err := s.FinishSignIn(t.Context(), origin, back)
			s.refused(what, err, want)
			if want == "" && flow.Next != place {
				t.Errorf("%s leads to %q", what, flow.Next)
			}
		}
		// Anybody can cause these, and have browsers of others cause them: they are
		// recorded together, once a minute.
		recorded := func(tries ...string) {
			t.Helper()
			s.must(s.RecordRepeats(t.Context(), true))
			var got []string
			for _, event := range s.events()[since:] {
				if event.Action == console.SignInRefused && event.Actor.Name == "Somebody at Northwind SSO" && strings.Contains(event.Reason, "did not begin in this browser") {
					got = append(got, event.Changes[0].New)
				}
			}
			if !slices.Equal(got, tries) {
				t.Errorf("refusals are recorded as %v, want %v", got, tries)
			}
		}
		other := s.start()
		for what, change := range map[string]func(*console.SignInReturn){
			"another state":   func(b *console.SignInReturn) { b.State = other.State },
			"no state":        func(b *console.SignInReturn) { b.State = "" },
			"another browser": func(b *console.SignInReturn) { b.Flow = other.Flow },
			"no cookie":       func(b *console.SignInReturn) { b.Flow = "" },
			"a forged flow":   func(b *console.SignInReturn) { b.Flow = strings.Replace(b.Flow, ".sso.", ".sos.", 1) },
			"a longer flow":   func(b *console.SignInReturn) { b.Flow += ".more" },
		} {
			back := good
			change(&back)
			finish(what, back, console.CodeUnauthenticated)
		}
		recorded("1", "5")
		back := good
		back.Provider = "other"
		finish("another provider", back, console.CodeNotFound)
		s.clock.forward(10*time.Minute - ms)
		s.sso.flow = console.SignInFlow{Nonce: s.Seal("flow nonce", id(good)), Verifier: s.Seal("flow verifier", id(good)), Redirect: redirect}
		finish("at the last moment", good, "")
		finish("a second time", good, console.CodeUnauthenticated)
		late := s.start()
		s.clock.forward(10 * time.Minute)
		finish("too late", late, console.CodeUnauthenticated)
		recorded("1", "5", "1", "1")
		if got := s.Figures().SignInsRefused; got != 8 {
			t.Errorf("%d sign-ins are counted as refused", got)
		}
		s.must(s.Sweep(t.Context()))
		s.clock.forward(time.Hour)
		s.must(s.Sweep(t.Context()))
		if left := s.snapshot()["sign_in_flows"]; len(left) != 0 {
			t.Errorf("left are %v", left)
		}
	})
}

// TestAFlowBelongsToItsProvider: what one says is no answer of another.
func TestAFlowBelongsToItsProvider(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		one, other := &anyFlow{newProvider()}, &anyFlow{newProvider()}
		one.settings.ID, other.settings.ID = "one", "other"
		one.settings.Create, other.settings.Create = true, true
		svc := s.with(one, other)
		_, keep, err := svc.StartSignIn(t.Context(), "one", redirect, place, false)
		s.must(err)
		back := console.SignInReturn{Provider: "other", Redirect: redirect, Flow: keep, State: one.flow.State, Code: "the code"}
		_, _, err = svc.FinishSignIn(t.Context(), origin, back)
		s.refused("the answer of another provider", err, console.CodeUnauthenticated)
		back.Provider = "one"
		_, _, err = svc.FinishSignIn(t.Context(), origin, back)
		s.refused("the answer of its own", err, "")
	})
}

// id is the flow's own, which the browser keeps.
func id(back console.SignInReturn) string { id, _, _ := strings.Cut(back.Flow, "."); return id }

func TestManyReturnsOfOneFlow(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		s.sso.settings.Create = true
		back := s.start()
		errs := together(8, func(int) error {
			_, _, err := s.FinishSignIn(t.Context(), origin, back)
			return err
		})
		if got := codes(errs); got[""] != 1 || got[console.CodeUnauthenticated] != 7 {
			t.Errorf("of 8 returns became %v", got)
		}
	})
}

// TestManyFirstSignIns: somebody who comes in several browsers at once is one person.
func TestManyFirstSignIns(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		s.sso.settings.Create = true
		var backs []console.SignInReturn
		for range 4 {
			backs = append(backs, s.start())
		}
		s.sso.flow = console.SignInFlow{}
		ours := &anyFlow{s.sso}
		svc := s.with(ours)
		guids := together(4, func(i int) console.GUID {
			user, _, err := svc.FinishSignIn(t.Context(), origin, backs[i])
			if err != nil {
				t.Error(err)
			}
			return user.GUID
		})
		if slices.Sort(guids); len(slices.Compact(guids)) != 1 {
			t.Errorf("they are %v", guids)
		}
	})
}

// TestWhoIsRefused: with one sentence that says whom to ask, on the record.
func TestWhoIsRefused(t *testing.T) {
	const ask = "Ask an owner"
	for _, row := range []struct {
		name    string
		prepare func(s *site)
		says    string
		reason  string
	}{
		{"unknown", func(s *site) {}, ask, "not known"},
		{"unknown, though others are linked", func(s *site) { s.sso.settings.LinkByEmail = true }, ask, "not known"},
		{"no verified address", func(s *site) { s.sso.settings.Create, s.sso.said.Email = true, "" }, "has not verified your email", "not verified"},
		{"no verified address to link by", func(s *site) { s.sso.settings.LinkByEmail, s.sso.said.Email = true, "" }, "has not verified your email", "not verified"},
		{"an address that is none", func(s *site) { s.sso.settings.Create, s.sso.said.Email = true, "Jane <j@example.com>" }, ask, "can't be used"},
		{"an address that is taken", func(s *site) { s.sso.settings.Create = true; s.account("jane@example.com") }, ask, "an account with that address already"},
		{"in no group", func(s *site) {
			s.sso.settings.Create, s.sso.said.Groups = true, []string{"other"}
			s.sso.settings.Mapping = console.Mapping{"dev": {Role: console.RoleMember}}
		}, "None of your groups", "no group"},
		{"disabled", func(s *site) {
			user, identity := s.linked()
			s.disable(user)
			s.sso.said.Subject = identity.Subject
		}, ask, "disabled"},
		{"disabled, by address", func(s *site) { s.sso.settings.LinkByEmail = true; s.disable(s.account("jane@example.com")) }, ask, "disabled"},
		{"an address that was another's", func(s *site) {
			s.sso.settings.LinkByEmail = true
			user := s.account("jane@example.com")
			s.must(s.store.InsertIdentity(s.t.Context(), console.Identity{Issuer: s.sso.settings.Issuer, Subject: "jane-0", User: user.GUID, CreatedAt: opening, LastUsedAt: opening}))
		}, ask, "somebody else there"},
		{"declined", func(s *site) {
			s.sso.err = &console.Error{Code: console.CodeUnauthenticated, Message: "It can’t be trusted.", Cause: errors.New("the ID token is expired")}
		}, "can’t be trusted", "expired"},
	} {
		t.Run(row.name, func(t *testing.T) {
			each(t, func(t *testing.T, s *site) {
				back := s.start()
				row.prepare(s)
				users, since := s.snapshot()["users"], len(s.events())
				_, _, err := s.FinishSignIn(t.Context(), origin, back)
				s.refused(row.name, err, console.CodeUnauthenticated)
				if !strings.Contains(console.Sentence(err), row.says) {
					t.Errorf("they are told %q", console.Sentence(err))
				}
				if diff := cmp.Diff(users, s.snapshot()["users"]); diff != "" {
					t.Errorf("somebody changed: %s", diff)
				}
				events := s.events()[since:]
				if len(events) != 1 || events[0].Action != console.SignInRefused || !strings.Contains(events[0].Reason, row.reason) || !strings.HasPrefix(events[0].Reason, "Northwind SSO: ") {
					t.Errorf("recorded are %+v", events)
				}
			})
		})
	}
}

// disable disables somebody as they are.
func (s *site) disable(user console.User) {
	s.t.Helper()
	user.DisabledAt = opening
	s.must(s.store.UpdateUser(s.t.Context(), user, user.Version))
}

func TestAProblemAtTheProvider(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		for problem, says := range map[string]string{
			"access_denied": "did not let you in", "login_required": "Try again", "server_error": "has a problem right now", "temporarily_unavailable": "in a moment",
			"invalid_scope": "how this console is registered", "<script>": "could not sign you in",
		} {
			back, since := s.start(), len(s.events())
			back.Code, back.Problem = "", problem
			_, flow, err := s.FinishSignIn(t.Context(), origin, back)
			s.refused(problem, err, console.CodeUnauthenticated)
			if !strings.Contains(console.Sentence(err), says) || flow.Next != place {
				t.Errorf("%s: %q, and on to %q", problem, console.Sentence(err), flow.Next)
			}
			if events := s.events()[since:]; len(events) != 1 || events[0].Actor.Name != "Somebody at Northwind SSO" || strings.Contains(events[0].Reason, "<") {
				t.Errorf("recorded are %+v", events)
			}
		}
		back := s.start()
		back.Issuer = "https://other.example"
		_, _, err := s.FinishSignIn(t.Context(), origin, back)
		s.refused("the answer of another issuer", err, console.CodeUnauthenticated)
		back = s.start()
		back.Code = ""
		_, _, err = s.FinishSignIn(t.Context(), origin, back)
		s.refused("no code", err, console.CodeUnauthenticated)
		s.sso.err = console.Unavailable(errors.New("away"))
		_, _, err = s.StartSignIn(t.Context(), "sso", redirect, place, false)
		s.refused("away at the start", err, console.CodeUnavailable)
	})
}

// TestReturnsAreThrottled: the audit log can't be filled for nothing.
func TestReturnsAreThrottled(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		var last error
		for range 60 {
			back := s.start()
			back.Problem = "access_denied"
			_, _, last = s.FinishSignIn(t.Context(), origin, back)
		}
		s.refused("one too many", last, console.CodeLimited)
	})
}

// TestStrangersToPasswords: an account without one opens with none.
func TestStrangersToPasswords(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		s.sso.settings.Create = true
		user, err := s.arrive()
		s.must(err)
		for _, pass := range []string{"", phrase} {
			s.try("a password", origin, user.Email, pass, wrong, 0)
		}
	})
}

func TestIdentities(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		user, identity := s.linked()
		own := origin.As(user)
		_, identities, err := s.ListIdentities(t.Context(), own, user.GUID)
		s.must(err)
		if diff := cmp.Diff([]console.Identity{identity}, identities); diff != "" {
			t.Errorf("one's own are others: %s", diff)
		}
		_, err = s.DeleteIdentity(t.Context(), own, user.GUID, "unknown")
		s.refused("an unknown one", err, console.CodeNotFound)
		_, err = s.DeleteIdentity(t.Context(), s.as(console.RoleOwner), s.people[console.RoleAuditor].GUID, identity.ID())
		s.refused("another's", err, console.CodeNotFound)
		_, err = s.DeleteIdentity(t.Context(), own, user.GUID, identity.ID())
		s.must(err) // the helper's people have a password

		s.sso.settings.Create = true
		made, err := s.arrive()
		s.must(err)
		_, identities, err = s.ListIdentities(t.Context(), origin.As(made), made.GUID)
		s.must(err)
		_, err = s.DeleteIdentity(t.Context(), origin.As(made), made.GUID, identities[0].ID())
		s.refused("the only way in", err, console.CodeConflict)
		since := len(s.events())
		_, err = s.DeleteIdentity(t.Context(), s.as(console.RoleOwner), made.GUID, identities[0].ID())
		s.must(err)
		s.recorded(since, s.event(s.as(console.RoleOwner), console.IdentityUnlinked, made.AsTarget(), console.Change{Field: "provider", Old: "Northwind SSO"}))
		_, err = s.arrive()
		s.refused("who was unlinked", err, console.CodeUnauthenticated)
	})
}

func TestWhatAProviderIsReportedAs(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		s.sso.settings.Mapping = console.Mapping{"dev": {Scopes: []string{"ReadAccess", "no:such"}, Repositories: map[string]console.MemberRole{"WEB-logs": "viewer", "gone": "viewer"}}}
		s.sso.err = &console.Error{Code: console.CodeUnavailable, Message: "It is away.", Cause: errors.New("it can’t be reached")}
		reports, err := s.ListProviders(t.Context(), s.as(console.RoleAuditor))
		s.must(err)
		if len(reports) != 1 || reports[0].Problem != "it can’t be reached" || !slices.Equal(reports[0].Missing, []string{"gone", "no:such"}) {
			t.Errorf("reported is %+v", reports)
		}
		s.sso.err = nil
		reports, err = s.ListProviders(t.Context(), s.as(console.RoleAuditor))
		s.must(err)
		if reports[0].Problem != "" {
			t.Errorf("reported is %+v", reports)
		}
	})
}
