package store

import (
	"context"
	"time"
)

// Throttle counts what failed under a name, and until when it is to wait.
type Throttle struct {
	Name         string
	Failures     int
	FailedAt     time.Time
	BlockedUntil time.Time
}

// FindThrottle returns the throttle of that name, its zero counts if there is none.
func (s *Store) FindThrottle(ctx context.Context, name string) (Throttle, error) {
	var row struct {
		Failures     int
		FailedAt     int64
		BlockedUntil int64
	}
	done := s.reader(ctx).Raw(`SELECT failures, failed_at, blocked_until FROM throttles WHERE name = ?`, name).Scan(&row)
	if done.Error != nil || row.Failures == 0 {
		return Throttle{Name: name}, done.Error
	}
	return Throttle{Name: name, Failures: row.Failures, FailedAt: fromMillis(row.FailedAt), BlockedUntil: fromMillis(row.BlockedUntil)}, nil
}

// UpdateThrottle keeps t.
func (s *Store) UpdateThrottle(ctx context.Context, t Throttle) error {
	return s.writer(ctx).Exec(`INSERT INTO throttles (name, failures, failed_at, blocked_until) VALUES (?, ?, ?, ?)
		ON CONFLICT (name) DO UPDATE SET failures = excluded.failures, failed_at = excluded.failed_at, blocked_until = excluded.blocked_until`,
		t.Name, t.Failures, millis(t.FailedAt), millis(t.BlockedUntil)).Error
}

// DeleteThrottle forgets the failures under a name.
func (s *Store) DeleteThrottle(ctx context.Context, name string) error {
	return s.writer(ctx).Exec(`DELETE FROM throttles WHERE name = ?`, name).Error
}

// DeleteThrottles forgets what failed last before that time.
func (s *Store) DeleteThrottles(ctx context.Context, before time.Time) error {
	return s.writer(ctx).Exec(`DELETE FROM throttles WHERE failed_at < ?`, millis(before)).Error
}
