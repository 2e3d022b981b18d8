package store

import (
	"context"
	"database/sql"
	"strings"

	"github.com/jackc/pgx/v5/stdlib"

	"latchkey/internal/console"
)

// asks are the connections of verification: nothing else can use them up.
type asks struct {
	db    *sql.DB
	query query
}

// scanner is a row of an answer.
type scanner interface{ Scan(values ...any) error }

// query calls visit with the rows of an answer, one after the other. Statements
// are prepared once on each connection.
type query func(ctx context.Context, visit func(row scanner) error, statement string, args ...any) error

// queryPostgres goes round database/sql, which takes as long for a row as
// PostgreSQL does.
func queryPostgres(db *sql.DB) query {
	return func(ctx context.Context, visit func(row scanner) error, statement string, args ...any) error {
		conn, err := db.Conn(ctx)
		if err != nil {
			return err
		}
		defer func() { _ = conn.Close() }()
		return conn.Raw(func(driver any) error {
			rows, err := driver.(*stdlib.Conn).Conn().Query(ctx, statement, args...)
			if err != nil {
				return err
			}
			defer rows.Close()
			for rows.Next() {
				if err := visit(rows); err != nil {
					return err
				}
			}
			return rows.Err()
		})
	}
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

// hashes has places for as many as a power of four, some of them twice, so that
// there are only a few different statements.
func (sqliteDialect) hashes(values [][]byte) (among string, args []any) {
	n := 1
	for n < len(values) {
		n *= 4
	}
	for i := range n {
		args = append(args, values[i%len(values)])
	}
	return "IN (?" + strings.Repeat(",?", n-1) + ")", args
}

func (postgresDialect) hashes(values [][]byte) (among string, args []any) {
	return "= ANY ($1)", []any{values}
}

// FindSecrets calls visit with those of the secrets that exist, also those that
// have ended, each with its token as of one moment, over the connections of
// verification. Beside a personal token there are the scopes of that moment which
// the organization added.
func (s *Store) FindSecrets(ctx context.Context, hashes [][]byte, visit func(hash []byte, found FoundSecret, own []console.Scope)) error {
	var lent [][]byte
	among, args := s.dialect.hashes(hashes)
	err := s.asks.query(ctx, func(row scanner) error {
		hash, found, err := scanFound(row)
		switch {
		case err != nil:
			return err
		case found.Token.Type == console.TypePersonal || found.Token.Type == console.TypeDashboardLink:
			lent = append(lent, hash)
		default:
			visit(hash, found, nil)
		}
		return nil
	}, findSecrets+among, args...)
	if err != nil || len(lent) == 0 {
		return translate(err)
	}
	return s.findLent(ctx, lent, visit)
}

// ListRecorded returns what was recorded after the event with that number, the
// oldest first and at most that many: numbers, actions and targets, over the
// connections of verification. Events are seen in the order of their numbers.
func (s *Store) ListRecorded(ctx context.Context, after int64, limit int) (events []console.AuditEvent, err error) {
	err = s.asks.query(ctx, func(row scanner) error {
		var event console.AuditEvent
		err := row.Scan(&event.ID, &event.Action, &event.Target.Kind, &event.Target.GUID)
		events = append(events, event)
		return err
	}, `SELECT id, action, target_kind, target_guid FROM audit_events`+s.dialect.byKey()+` WHERE id > $1 ORDER BY id LIMIT $2`, after, limit)
	return events, translate(err)
}
