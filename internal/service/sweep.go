package service

import (
	"context"
	"errors"
)

// Sweep removes what is over: sessions past their limits and forgotten failures.
func (s *Service) Sweep(ctx context.Context) error {
	now := s.now()
	return errors.Join(
		s.store.DeleteSessions(ctx, s.sessions, now),
		s.store.DeleteThrottles(ctx, now.Add(-throttleMemory)),
	)
}
