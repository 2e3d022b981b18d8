package store

import (
	"bytes"
	"context"

	"latchkey/internal/console"
)

// ListAuditSince returns the actions that were recorded after a link, without
// what bulk changes did to single tokens, and the newest link. It is not the same
// log if that link is not in it, for another database was put in its place, nor
// if so much was recorded since that it is not worth looking through: that is more
// than limit.
func (s *Store) ListAuditSince(ctx context.Context, link AuditLink, limit int) (actions []console.Action, newest AuditLink, same bool, err error) {
	rows, err := s.reader(ctx).Raw(`SELECT id, action, hash FROM audit_events`+s.dialect.byKey()+` WHERE id >= ? AND id <= ? AND (parent = '' OR id = ?)
		UNION ALL SELECT id, action, hash FROM audit_events`+s.dialect.byKey()+` WHERE id = (`+s.newestRecorded()+`) ORDER BY id`,
		link.ID, link.ID+int64(limit), link.ID).Rows()
	if err != nil {
		return nil, AuditLink{}, false, err
	}
	found := false
	err = eachRow(rows, func() error {
		var action console.Action
		err := rows.Scan(&newest.ID, &action, &newest.Hash)
		switch {
		case newest.ID != link.ID:
			actions = append(actions, action)
		case bytes.Equal(newest.Hash, link.Hash):
			found = true
		}
		return err
	})
	if err != nil || !found {
		return nil, AuditLink{}, false, err
	}
	return actions, newest, newest.ID-link.ID <= int64(limit), nil
}
