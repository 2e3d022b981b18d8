package store

import (
	"bytes"
	"context"

	"latchkey/internal/console"
)

// ListAuditSince returns the actions that were recorded after a link, at most
// limit of them, and the newest link that it came to. It is not the same log if
// that link is not in it: another database was put in its place.
func (s *Store) ListAuditSince(ctx context.Context, link AuditLink, limit int) (actions []console.Action, newest AuditLink, same bool, err error) {
	var rows []struct {
		ID     int64
		Action string
		Hash   []byte
	}
	err = s.reader(ctx).Raw(`SELECT id, action, hash FROM audit_events WHERE id >= ? ORDER BY id LIMIT ?`, link.ID, limit+1).Scan(&rows).Error
	if err != nil || len(rows) == 0 || rows[0].ID != link.ID || !bytes.Equal(rows[0].Hash, link.Hash) {
		return nil, AuditLink{}, false, err
	}
	for _, row := range rows {
		newest = AuditLink{ID: row.ID, Hash: row.Hash}
		if row.ID != link.ID {
			actions = append(actions, console.Action(row.Action))
		}
	}
	return actions, newest, true, nil
}
