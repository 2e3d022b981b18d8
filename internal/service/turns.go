package service

import (
	"context"
	"errors"
	"time"
)

// settleEvery is how often what transactions counted is brought together.
const settleEvery = 2 * time.Second

// KeepCounts brings together what transactions counted, every few seconds until
// ctx ends, and looks now and then for what can't be counted like that. It tells
// failed what went wrong.
func (s *Service) KeepCounts(ctx context.Context, failed func(error)) {
	ticker := time.NewTicker(settleEvery)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
		if err := errors.Join(s.store.SettleTurns(ctx), s.refreshUnused(ctx)); err != nil && ctx.Err() == nil {
			failed(err)
		}
	}
}
