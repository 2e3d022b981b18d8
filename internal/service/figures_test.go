package service_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"latchkey/internal/console"
	"latchkey/internal/gate"
)

// TestTheClocksAreCompared, whose own is an hour off at first. The limit of what
// is ready is far from what a busy machine can add.
func TestTheClocksAreCompared(t *testing.T) {
	eachEmpty(t, func(t *testing.T, s *site) {
		if s.Figures().ClockKnown {
			t.Error("a skew is known that nobody measured")
		}
		s.must(s.Ready(t.Context()))
		for _, test := range []struct {
			off   time.Duration
			ready bool
		}{{time.Hour, false}, {0, true}, {-time.Hour, false}, {25 * time.Second, true}, {-25 * time.Second, true}, {35 * time.Second, false}} {
			s.clock.set(time.Now().Add(test.off))
			skew, err := s.CheckClock(t.Context())
			if err != nil || (skew-test.off).Abs() > 4*time.Second || s.Figures().ClockSkew != skew || !s.Figures().ClockKnown {
				t.Errorf("%v off is measured as %v, %v; %+v", test.off, skew, err, s.Figures())
			}
			if err := s.Ready(t.Context()); (err == nil) != test.ready {
				t.Errorf("%v off: ready says %v", test.off, err)
			}
		}
		s.must(s.store.Close())
		before := s.Figures()
		if _, err := s.CheckClock(t.Context()); err == nil || s.Figures() != before {
			t.Errorf("without a database: %v, %+v", err, s.Figures())
		}
	})
}

func TestFiguresCount(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		ann := s.account(annsEmail)
		s.try("a wrong password", origin, annsEmail, "wrong", console.CodeUnauthenticated, 0)
		s.try("nobody", origin, "nobody@example.com", "wrong", console.CodeUnauthenticated, 0)
		s.try("the right one", origin, ann.Email, phrase, "", 0)
		s.must(s.Sweep(t.Context()))
		s.must(s.FlushUsage(t.Context(), false))
		id, _, err := s.AuditHead(t.Context())
		s.must(err)
		want := console.Figures{SignInsRefused: 2, Sweeps: 1, AuditHead: id, FactsLag: gate.FactAge}
		if diff := cmp.Diff(want, s.Figures()); diff != "" || id == 0 {
			t.Errorf("figures (-want +got):\n%s", diff)
		}
		for range 20 {
			_, _ = s.SignIn(t.Context(), origin, "nobody@example.com", "wrong", false)
		}
		if got := s.Figures(); got.SignInsThrottled == 0 || got.SignInsRefused+got.SignInsThrottled != 22 {
			t.Errorf("after twenty more tries: %+v", got)
		}
		_, text := s.make("ci")
		caller, _ := s.gateway()
		if worth, err := s.Introspect(t.Context(), caller, text, nowhere); err != nil || !worth.Active {
			t.Fatal(worth.Reason, err)
		}
		s.must(s.store.Close())
		swept, flushed := s.Sweep(t.Context()), s.FlushUsage(t.Context(), false)
		if got := s.Figures(); swept == nil || flushed == nil || got.SweepsFailed != 1 || got.UsageFlushesFailed != 1 || got.Sweeps != 1 {
			t.Errorf("without a database: %v, %v, %+v", swept, flushed, got)
		}
	})
}
