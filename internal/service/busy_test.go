package service_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"latchkey/internal/console"
	"latchkey/internal/password"
	"latchkey/internal/service"
)

// TestWhatWasNotTriedDoesNotCount: when too many sign in at once, some are sent
// away untried, and have not failed.
func TestWhatWasNotTriedDoesNotCount(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		s.account(annsEmail)
		hasher := password.New(1)
		svc, err := service.New(t.Context(), s.store, service.Options{Key: key(1), Now: s.clock.now, Passwords: hasher})
		s.must(err)
		for range 3 {
			s.try("a failure", origin, annsEmail, "wrong", wrong, 0)
		}
		before, since := s.snapshot()["throttles"], len(s.events())
		ctx, leave := context.WithCancel(t.Context())
		var crowd sync.WaitGroup
		for range 120 {
			crowd.Go(func() {
				for ctx.Err() == nil {
					if err := hasher.VerifyNothing(ctx, "x"); errors.Is(err, password.ErrBusy) {
						time.Sleep(time.Millisecond)
					}
				}
			})
		}
		sentAway := 0
		for range 200 {
			since = len(s.events()) // some get through
			soon, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
			_, err := svc.SignIn(soon, origin, annsEmail, phrase, false)
			cancel()
			if e, ok := errors.AsType[*console.Error](err); ok && e.Code == console.CodeLimited && e.Message == "Many people are signing in right now." {
				sentAway++
				break
			}
			// It waited in the queue until its time was over: that counts.
			before = s.snapshot()["throttles"]
			s.clock.forward(15 * time.Minute)
		}
		leave()
		crowd.Wait()
		if sentAway == 0 {
			t.Fatal("nobody was sent away")
		}
		if diff := cmp.Diff(before, s.snapshot()["throttles"]); diff != "" {
			t.Errorf("it counts: %s", diff)
		}
		s.recorded(since)
		s.try("afterwards", origin, annsEmail, phrase, welcome, 0)
	})
}
