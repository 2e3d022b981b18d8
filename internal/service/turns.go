package service

import (
	"context"
	"errors"
	"time"
)

// settleEvery is how often what transactions counted is brought together.
const settleEvery = 2 * time.Second

// KeepCounts brings together what transactions counted, every few seconds until
// ctx ends, looks now and then for what can't be counted like that, and counts long
// lists anew, so that no page waits for it. It tells failed what went wrong.
func (s *Service) KeepCounts(ctx context.Context, failed func(error)) {
	ticker := time.NewTicker(settleEvery)
	defer ticker.Stop()
	recounts, end := s.counts.take()
	defer end()
	for {
		var err error
		select {
		case <-ctx.Done():
			return
		case r := <-recounts:
			err = s.counts.answer(ctx, r)
		case <-ticker.C:
			err = errors.Join(s.store.SettleTurns(ctx), s.refreshUnused(ctx))
		}
		if err != nil && ctx.Err() == nil {
			failed(err)
		}
	}
}
