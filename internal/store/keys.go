package store

import (
	"context"
	"time"
)

// InsertKey notes that secrets are hashed with the key of that id; once is enough.
func (s *Store) InsertKey(ctx context.Context, id string, now time.Time) error {
	return s.writer(ctx).Exec(`INSERT INTO keys (id, created_at) VALUES (?, ?) ON CONFLICT (id) DO NOTHING`, id, millis(now)).Error
}

// ListKeys returns the ids of the keys that secrets were hashed with, the newest first.
func (s *Store) ListKeys(ctx context.Context) ([]string, error) {
	var ids []string
	err := s.reader(ctx).Raw(`SELECT id FROM keys ORDER BY created_at DESC, id`).Scan(&ids).Error
	return ids, err
}
