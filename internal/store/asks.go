package store

import (
	"context"
	"database/sql"
	"strconv"
	"strings"
	"sync"

	"latchkey/internal/console"
)

// asks are the connections of verification: nothing else can use them up. Its
// statements are few, and are prepared once on each of them.
type asks struct {
	db         *sql.DB
	mu         sync.Mutex
	statements map[string]*sql.Stmt
}

func newAsks(db *sql.DB) *asks { return &asks{db: db, statements: map[string]*sql.Stmt{}} }

func (a *asks) prepare(ctx context.Context, query string) (*sql.Stmt, error) {
	a.mu.Lock()
	statement := a.statements[query]
	a.mu.Unlock()
	if statement != nil {
		return statement, nil
	}
	statement, err := a.db.PrepareContext(ctx, query)
	if err != nil {
		return nil, err
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if first := a.statements[query]; first != nil {
		return first, statement.Close()
	}
	a.statements[query] = statement
	return statement, nil
}

// each calls visit with the rows of a query, one after the other.
func (a *asks) each(ctx context.Context, visit func(*sql.Rows) error, query string, args ...any) error {
	statement, err := a.prepare(ctx, query)
	if err != nil {
		return translate(err)
	}
	rows, err := statement.QueryContext(ctx, args...)
	if err != nil {
		return translate(err)
	}
	return eachRow(rows, func() error { return visit(rows) })
}

// eachRow calls visit at each row, and closes them.
func eachRow(rows *sql.Rows, visit func() error) error {
	for rows.Next() {
		if err := visit(); err != nil {
			_ = rows.Close()
			return err
		}
	}
	if err := rows.Err(); err != nil {
		return translate(err)
	}
	return translate(rows.Close())
}

// FindSecrets calls visit with those of the secrets that exist, also those that
// have ended, over the connections of verification.
func (s *Store) FindSecrets(ctx context.Context, hashes [][]byte, visit func(hash []byte, found FoundSecret)) error {
	places, args := filled(hashes)
	return s.asks.each(ctx, func(rows *sql.Rows) error {
		hash, found, err := scanFound(rows)
		if err == nil {
			visit(hash, found)
		}
		return err
	}, findSecrets+`IN (`+places+`)`, args...)
}

// filled is a list of places for the values, and the values for them. There are
// as many as a power of four, some of them twice, so that there are only a few
// different statements.
func filled(values [][]byte) (places string, args []any) {
	n := 1
	for n < len(values) {
		n *= 4
	}
	var list strings.Builder
	for i := range n {
		if i > 0 {
			list.WriteByte(',')
		}
		list.WriteString("$" + strconv.Itoa(i+1))
		args = append(args, values[i%len(values)])
	}
	return list.String(), args
}

// ListRecorded returns what was recorded after the event with that number, the
// oldest first and at most that many: numbers, actions and targets, over the
// connections of verification. Events are seen in the order of their numbers.
func (s *Store) ListRecorded(ctx context.Context, after int64, limit int) (events []console.AuditEvent, err error) {
	err = s.asks.each(ctx, func(rows *sql.Rows) error {
		var event console.AuditEvent
		err := rows.Scan(&event.ID, &event.Action, &event.Target.Kind, &event.Target.GUID)
		events = append(events, event)
		return err
	}, `SELECT id, action, target_kind, target_guid FROM audit_events WHERE id > $1 ORDER BY id LIMIT $2`, after, limit)
	return events, err
}
