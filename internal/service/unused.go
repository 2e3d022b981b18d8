package service

import (
	"context"
	"sync"
	"time"

	"latchkey/internal/console"
	"latchkey/internal/store"
)

// keptUnused are the tokens that nobody used for long, as somebody saw them last
// who sees every token. To find them is to look at all that are active: where
// these are many it is done beside the answers, and they are told what was found.
type keptUnused struct {
	mu    sync.Mutex
	found console.UnusedTokens
	// asked is when somebody wanted to know.
	asked time.Time
}

const (
	// unusedLooks is among how many active tokens they are looked for at once.
	unusedLooks = 20_000
	// unusedEvery is how often they are looked for, while somebody asks.
	unusedEvery, unusedAsked = time.Minute, time.Hour
)

// findUnused adds the active tokens that nobody used for long.
func (s *Service) findUnused(ctx context.Context, o *console.Overview, v console.Visibility, now time.Time) (err error) {
	if v.Limited || o.Statuses[console.StatusActive].N <= unusedLooks {
		o.Unused, err = s.lookForUnused(ctx, v, now)
		return err
	}
	s.unused.mu.Lock()
	defer s.unused.mu.Unlock()
	s.unused.asked = now
	o.Unused = s.unused.found
	return nil
}

func (s *Service) lookForUnused(ctx context.Context, v console.Visibility, now time.Time) (console.UnusedTokens, error) {
	f := console.TokenFilter{Visible: v, Status: console.FilterActive, UnusedFor: console.OverviewUnused}
	amount, err := s.countActive(ctx, f, now)
	if err != nil || amount.N == 0 {
		return console.UnusedTokens{At: now}, err
	}
	some, err := s.store.ListTokens(ctx, f, console.TokenSort{Key: console.SortCreated}, console.PageRequest{Size: overviewUnused}, 0, &store.Names{}, now)
	return console.UnusedTokens{Amount: amount, Some: some.Items, At: now}, err
}

// refreshUnused looks for unused tokens again if somebody asked for them lately.
func (s *Service) refreshUnused(ctx context.Context) error {
	now := s.now()
	s.unused.mu.Lock()
	due := now.Sub(s.unused.asked) < unusedAsked && now.Sub(s.unused.found.At) >= unusedEvery
	s.unused.mu.Unlock()
	if !due {
		return nil
	}
	found, err := s.lookForUnused(ctx, console.Visibility{}, now)
	if err == nil {
		s.unused.mu.Lock()
		defer s.unused.mu.Unlock()
		s.unused.found = found
	}
	return err
}
