package service

import (
	"context"
	"time"
)

// settleEvery is how often what transactions counted is brought together.
const settleEvery = 2 * time.Second

// KeepCounts brings together what transactions counted, every few seconds until
// ctx ends, and tells failed what went wrong.
func (s *Service) KeepCounts(ctx context.Context, failed func(error)) {
	ticker := time.NewTicker(settleEvery)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
		if err := s.store.SettleTurns(ctx); err != nil && ctx.Err() == nil {
			failed(err)
		}
	}
}
