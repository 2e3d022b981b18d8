package gate

import (
	"encoding/json"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"latchkey/internal/console"
	igate "latchkey/internal/gate"
	"latchkey/internal/store"
	"latchkey/internal/store/storetest"
)

// A boundary is an instant at which a token's worth changes.
type boundary struct {
	name string
	// issue returns a token string, and what is done at the instant, unless that
	// is nothing.
	issue func(s *site, at time.Time) (text string, done func() error)
	// before and from are why it opens nothing until then and from then on.
	before, from console.Reason
}

var boundaries = []boundary{
	{name: "it begins", before: console.ReasonNotYetValid, issue: func(s *site, at time.Time) (string, func() error) {
		_, text := s.reader(at, time.Time{})
		return text, nil
	}},
	{name: "it ends", from: console.ReasonExpired, issue: func(s *site, at time.Time) (string, func() error) {
		_, text := s.reader(time.Time{}, at)
		return text, nil
	}},
	{name: "it is revoked", from: console.ReasonRevoked, issue: func(s *site, _ time.Time) (string, func() error) {
		token, text := s.reader(time.Time{}, time.Time{})
		return text, func() error {
			_, err := s.svc.RevokeToken(s.t.Context(), s.actor, "", token.GUID, "")
			return err
		}
	}},
	{name: "it is disabled", from: console.ReasonDisabled, issue: func(s *site, _ time.Time) (string, func() error) {
		token, text := s.reader(time.Time{}, time.Time{})
		return text, func() error {
			_, err := s.svc.DisableToken(s.t.Context(), s.actor, "", token.GUID, time.Time{})
			return err
		}
	}},
	{name: "its pause ends", before: console.ReasonDisabled, issue: func(s *site, at time.Time) (string, func() error) {
		token, text := s.reader(time.Time{}, time.Time{})
		if _, err := s.svc.DisableToken(s.t.Context(), s.actor, "", token.GUID, at); err != nil {
			s.t.Fatal(err)
		}
		return text, nil
	}},
	{name: "it ends while it is paused", before: console.ReasonDisabled, from: console.ReasonExpired, issue: func(s *site, at time.Time) (string, func() error) {
		token, text := s.reader(time.Time{}, at)
		if _, err := s.svc.DisableToken(s.t.Context(), s.actor, "", token.GUID, time.Time{}); err != nil {
			s.t.Fatal(err)
		}
		return text, nil
	}},
	{name: "the overlap of a rotation ends", from: console.ReasonUnknown, issue: func(s *site, at time.Time) (string, func() error) {
		token, text := s.reader(time.Time{}, time.Time{})
		if err := s.rotate(token, console.Overlap{Until: at}); err != nil {
			s.t.Fatal(err)
		}
		return text, nil
	}},
	{name: "its secret is replaced", from: console.ReasonUnknown, issue: func(s *site, _ time.Time) (string, func() error) {
		token, text := s.reader(time.Time{}, time.Time{})
		return text, func() error { return s.rotate(token, console.Overlap{}) }
	}},
}

func (s *site) rotate(token console.Token, overlap console.Overlap) error {
	_, _, err := s.svc.RotateToken(s.t.Context(), s.actor, "", token.GUID, console.Rotation{Overlap: overlap})
	return err
}

// TestTheTableOfInstants asks all endpoints about each boundary: a millisecond
// before, at it and a millisecond after, of what is looked up and of what is
// remembered.
func TestTheTableOfInstants(t *testing.T) {
	for _, remembering := range []bool{false, true} {
		t.Run(map[bool]string{false: "looked up", true: "remembered"}[remembering], func(t *testing.T) {
			storetest.Each(t, func(t *testing.T, st *store.Store) {
				s, now := newSite(t, st), new(atomic.Pointer[time.Time])
				set := func(at time.Time) { now.Store(&at) }
				set(start)
				s.serve(func() time.Time { return *now.Load() })
				if remembering {
					follow(t, s.svc)
				}
				for i, b := range boundaries {
					at := start.Add(time.Duration(i+1) * time.Hour)
					set(at.Add(-time.Minute))
					text, done := b.issue(s, at)
					set(at.Add(-time.Millisecond))
					for remembering && s.svc.Figures().FactsLag >= igate.Trust {
						time.Sleep(time.Millisecond) // until it is proved anew
					}
					s.wantWorth(b.name+", 1 ms before", text, b.before)
					set(at)
					if done != nil {
						if err := done(); err != nil {
							t.Fatal(err)
						}
					}
					s.wantWorth(b.name+", at the instant", text, b.from)
					set(at.Add(time.Millisecond))
					s.wantWorth(b.name+", 1 ms after", text, b.from)
				}
				if n := s.svc.Figures(); remembering != (n.FactsHits > n.FactsMisses) {
					t.Errorf("%d answers came from memory, %d did not", n.FactsHits, n.FactsMisses)
				}
			})
		})
	}
}

// wantWorth asks every endpoint what a token string is worth.
func (s *site) wantWorth(name, text string, reason console.Reason) {
	s.t.Helper()
	w := s.ask(s.caller, text)
	if active := strings.HasPrefix(w.Body.String(), `{"active":true,`); w.Code != http.StatusOK || active != (reason == "") || !active && w.Body.String() != string(inactive) {
		s.t.Errorf("%s: introspection says %d %s", name, w.Code, w.Body)
	}
	var got verification
	if err := json.Unmarshal(s.hold(text).Body.Bytes(), &got); err != nil || got.Reason != reason || got.Active != (reason == "") {
		s.t.Errorf("%s: its holder learns %+v, want %q", name, got, reason)
	}
	want := http.StatusOK
	if reason != "" {
		want = http.StatusUnauthorized
	}
	for _, kind := range kinds() {
		if a := s.forward(kind, "web-logs/ReadAccess", bearing(text)); a.status != want {
			s.t.Errorf("%s: %s is answered %d, want %d", name, kind, a.status, want)
		}
	}
}
