package store

import (
	"bytes"
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/ncruces/go-sqlite3"
	"github.com/ncruces/go-sqlite3/driver"

	"latchkey/internal/console"
)

// loadTables are the tables that LoadTokens fills, with their columns.
var loadTables = []struct {
	name    string
	columns []string
}{
	{"tokens", []string{
		"id", "guid", "guid_digits", "type", "name", "name_folded", "description", "scopes", "valid_from", "valid_to",
		"created_at", "creator_guid", "creator_name", "owner_guid", "updated_at", "version", "revoked_at", "revoke_reason",
		"disabled_at", "disabled_until", "ip_filter_guid", "phase", "repositories",
	}},
	{"token_scopes", []string{"scope", "token_id"}},
	{"token_repositories", []string{"repository_guid", "token_id"}},
	{"secrets", []string{"hash", "token_id", "key_id", "created_at", "used_at"}},
	{"token_uses", []string{"token_id", "guid", "phase", "used_at", "address", "agent"}},
	{"turn_counts", []string{"facet", "day", "was", "becomes", "n"}},
	{"name_pairs", []string{"pair", "prefix"}},
}

var nameFoldedAt = slices.Index(loadTables[0].columns, nameColumn)

// loadedTables are those of loadTables and what else refers to tokens, as a
// list in SQL.
const loadedTables = `('tokens', 'token_scopes', 'token_repositories', 'secrets', 'token_uses', 'token_days', 'token_assets', 'dashboard_links')`

// LoadTokens fills the empty tables of tokens, a million in about a minute, by
// building indexes afterwards. It writes no audit events.
func (s *Store) LoadTokens(ctx context.Context, tokens iter.Seq2[console.Token, SecretHash], now time.Time) (err error) {
	var some int64
	if err := s.reader(ctx).Raw(`SELECT COUNT(*) FROM (SELECT 1 FROM tokens LIMIT 1) AS t`).Scan(&some).Error; err != nil {
		return err
	}
	if some > 0 {
		return console.Conflict("", "There are tokens already: only an empty database can be filled.")
	}
	pool, err := s.write.DB()
	if err != nil {
		return err
	}
	conn, err := pool.Conn(ctx)
	if err != nil {
		return translate(err)
	}
	defer func() { _ = conn.Close() }()
	for _, pool := range s.Pools() { // idle connections would have the file open
		most := pool.Stats().MaxOpenConnections
		pool.SetMaxIdleConns(0)
		defer pool.SetMaxIdleConns(most)
	}
	usual, err := s.dialect.loadSettings(ctx, conn)
	defer func() { err = errors.Join(err, execAll(context.WithoutCancel(ctx), conn, usual)) }()
	if err != nil {
		return translate(err)
	}
	// It ends here, and not somewhere once ctx does: the usual settings come after it.
	tx, err := conn.BeginTx(context.WithoutCancel(ctx), nil)
	if err != nil {
		return translate(err)
	}
	defer func() { _ = tx.Rollback() }()
	if err := execAll(ctx, tx, []string{`DELETE FROM turn_counts`, `DELETE FROM name_pairs`}); err != nil {
		return translate(err)
	}
	restore, err := s.dialect.dropIndexes(ctx, tx)
	if err != nil {
		return translate(err)
	}
	if err := s.dialect.load(ctx, conn, loadBatches(tokens, now)); err != nil {
		return translate(err)
	}
	if err := execAll(ctx, tx, restore); err != nil {
		return translate(err)
	}
	return translate(tx.Commit())
}

// executor is a connection or a transaction on it.
type executor interface {
	ExecContext(ctx context.Context, statement string, args ...any) (sql.Result, error)
}

func execAll(ctx context.Context, on executor, statements []string) error {
	for _, statement := range statements {
		if _, err := on.ExecContext(ctx, statement); err != nil {
			return err
		}
	}
	return nil
}

// loadRows are the values of a token by the tables of loadTables.
func loadRows(id int64, t console.Token, secret SecretHash, now time.Time) [][][]any {
	rows := [][][]any{{{
		id, string(t.GUID), t.GUID.Digits(), string(t.Type), t.Name, console.Fold(t.Name), t.Description,
		strings.Join(t.Scopes, " "), optional(t.ValidFrom), optional(t.ValidTo), millis(t.CreatedAt),
		string(t.Creator.GUID), t.Creator.Name, reference(t.Owner.GUID), millis(t.UpdatedAt), int64(t.Version),
		optional(t.RevokedAt), t.RevokeReason, optional(t.DisabledAt), optional(t.DisabledUntil), reference(t.IPFilter.GUID), int64(phaseOf(t, now)),
		repositoriesAlong(t.Repositories),
	}}, {}, {}, {{secret.Hash, id, secret.KeyID, millis(t.CreatedAt), optional(t.UsedAt)}}, {{
		id, string(t.GUID), int64(phaseOf(t, now)), max(0, millis(t.UsedAt)), "", "",
	}}}
	for _, scope := range t.Scopes {
		rows[1] = append(rows[1], []any{scope, id})
	}
	for _, r := range t.Repositories {
		rows[2] = append(rows[2], []any{string(r.GUID), id})
	}
	return rows
}

// loadSettings spares the checks of references between rows that are made
// together, and writes straight to the file, if nobody else has it open: new pages
// need no journal, and a log of all of them takes ever longer to read from. A
// connection has memory of up to 256 MB.
func (sqliteDialect) loadSettings(ctx context.Context, conn *sql.Conn) (usual []string, err error) {
	if _, err := conn.ExecContext(ctx, `PRAGMA journal_mode = delete`); err != nil && !errors.Is(err, sqlite3.BUSY) {
		return nil, err
	}
	return []string{`PRAGMA cache_size = -16000`, `PRAGMA foreign_keys = on`, `PRAGMA journal_mode = wal`},
		execAll(ctx, conn, []string{`PRAGMA foreign_keys = off`, `PRAGMA cache_size = -96000`})
}

// loadSettings has the indexes answer alone from the start, which they do for rows
// that are known to be visible to all.
func (postgresDialect) loadSettings(context.Context, *sql.Conn) (usual []string, err error) {
	return []string{`VACUUM (ANALYZE) ` + strings.Trim(strings.ReplaceAll(loadedTables, "'", ""), "()") + `, turn_counts, name_pairs`}, nil
}

// dropIndexes has secrets go to a table whose name is found first, and at the end to
// their own in the order of their hashes, which else would each be on another page.
func (sqliteDialect) dropIndexes(ctx context.Context, tx *sql.Tx) ([]string, error) {
	if _, err := tx.ExecContext(ctx, `CREATE TEMP TABLE secrets AS SELECT hash, token_id, key_id, created_at, used_at FROM main.secrets`); err != nil {
		return nil, err
	}
	indexes, err := dropped(ctx, tx, `SELECT 'DROP ' || type || ' ' || name, sql FROM sqlite_master
		WHERE sql IS NOT NULL AND (type = 'index' AND tbl_name IN `+loadedTables+`
			OR type = 'trigger' AND tbl_name IN ('tokens', 'token_repositories'))`)
	restore := slices.Concat([]string{
		`PRAGMA cache_size = -4000`, // what is sorted in the processor's cache, and merged, is sorted soonest
		`INSERT INTO main.secrets (hash, token_id, key_id, created_at, used_at) SELECT * FROM temp.secrets ORDER BY hash`,
		`DROP TABLE temp.secrets`,
	}, indexes, []string{
		`INSERT INTO tokens_search (tokens_search, rank) VALUES ('hashsize', 100000000)`,
		`INSERT INTO tokens_search (tokens_search) VALUES ('rebuild')`,
		`INSERT INTO tokens_search (tokens_search, rank) VALUES ('hashsize', 1048576)`,
	})
	// Of tables that grow later, statistics of today would mislead for ever.
	for _, table := range loadTables {
		restore = append(restore, `ANALYZE `+table.name)
	}
	return restore, err
}

// dropIndexes drops foreign keys before the keys they refer to, and makes them
// again after these.
func (postgresDialect) dropIndexes(ctx context.Context, tx *sql.Tx) ([]string, error) {
	const constraints = `SELECT format('ALTER TABLE %s DROP CONSTRAINT %I', conrelid::regclass, conname),
		format('ALTER TABLE %s ADD CONSTRAINT %I %s', conrelid::regclass, conname, pg_get_constraintdef(oid))
		FROM pg_constraint WHERE connamespace = current_schema()::regnamespace
			AND conrelid IN (SELECT tablename::regclass FROM pg_tables WHERE schemaname = current_schema() AND tablename IN ` + loadedTables + `)`
	references, err := dropped(ctx, tx, constraints+` AND contype = 'f'`)
	if err != nil {
		return nil, err
	}
	keys, err := dropped(ctx, tx, constraints+` AND contype IN ('p', 'u')`)
	if err != nil {
		return nil, err
	}
	indexes, err := dropped(ctx, tx, `SELECT 'DROP INDEX ' || indexname, indexdef FROM pg_indexes
		WHERE tablename IN `+loadedTables+` AND schemaname = current_schema()`)
	if err != nil {
		return nil, err
	}
	triggers, err := dropped(ctx, tx, `SELECT 'ALTER TABLE ' || name || ' DISABLE TRIGGER USER', 'ALTER TABLE ' || name || ' ENABLE TRIGGER USER'
		FROM (VALUES ('tokens'), ('token_repositories')) AS counted (name)`)
	return slices.Concat(keys, references, indexes, triggers), err
}

// dropped drops what the query lists and returns the statements that make it again.
func dropped(ctx context.Context, tx *sql.Tx, query string) ([]string, error) {
	rows, err := tx.QueryContext(ctx, query)
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }()
	var drops, creates []string
	for rows.Next() {
		var drop, create string
		if err := rows.Scan(&drop, &create); err != nil {
			return nil, err
		}
		drops, creates = append(drops, drop), append(creates, create)
	}
	if err := rows.Err(); err != nil {
		return nil, err
	}
	return creates, execAll(ctx, tx, drops)
}

// loadBatch is how many tokens are written at once.
const loadBatch = 2_000

// loadBatches are the rows of the tokens by the tables of loadTables, each
// table's in the order of its first column, made while those before them are
// written.
func loadBatches(tokens iter.Seq2[console.Token, SecretHash], now time.Time) iter.Seq[[][][]any] {
	return func(yield func([][][]any) bool) {
		batches, stop := make(chan [][][]any, 1), make(chan struct{})
		defer close(stop)
		go func() {
			defer close(batches)
			var id int64
			batch := make([][][]any, len(loadTables))
			send := func() bool {
				for _, rows := range batch {
					slices.SortStableFunc(rows, func(a, b []any) int { return compareFirst(a[0], b[0]) })
				}
				select {
				case batches <- batch:
					batch = make([][][]any, len(loadTables))
					return true
				case <-stop:
					return false
				}
			}
			turns, pairs := turnCounts{}, namePairs{}
			for token, secret := range tokens {
				id++
				turns.add(token)
				for i, rows := range loadRows(id, token, secret, now) {
					batch[i] = append(batch[i], rows...)
				}
				pairs.add(batch[0][len(batch[0])-1][nameFoldedAt].(string))
				if id%loadBatch == 0 && !send() {
					return
				}
			}
			batch[len(batch)-2], batch[len(batch)-1] = turns.rows(), pairs.rows()
			send()
		}()
		for batch := range batches {
			if !yield(batch) {
				return
			}
		}
	}
}

// compareFirst orders the ids, names and hashes that rows begin with.
func compareFirst(a, b any) int {
	switch a := a.(type) {
	case int64:
		return cmp.Compare(a, b.(int64))
	case []byte:
		return bytes.Compare(a, b.([]byte))
	default:
		return strings.Compare(a.(string), b.(string))
	}
}

// load goes round database/sql, which takes more time than SQLite does.
func (sqliteDialect) load(ctx context.Context, conn *sql.Conn, batches iter.Seq[[][][]any]) error {
	return conn.Raw(func(made any) error {
		db := made.(*keepingConn).connection.(driver.Conn).Raw()
		defer db.SetInterrupt(db.SetInterrupt(ctx))
		inserts := make([]*sqlite3.Stmt, len(loadTables))
		for i, table := range loadTables {
			places := strings.TrimSuffix(strings.Repeat("?, ", len(table.columns)), ", ")
			insert, _, err := db.Prepare(fmt.Sprintf("INSERT INTO %s (%s) VALUES (%s)", table.name, strings.Join(table.columns, ", "), places))
			if err != nil {
				return err
			}
			defer func() { _ = insert.Close() }()
			inserts[i] = insert
		}
		for batch := range batches {
			for i, rows := range batch {
				for _, row := range rows {
					for column, value := range row {
						if err := bind(inserts[i], column+1, value); err != nil {
							return err
						}
					}
					if err := inserts[i].Exec(); err != nil {
						return err
					}
				}
			}
		}
		return nil
	})
}

// bind puts a value of a row at a place, of which the first is 1.
func bind(insert *sqlite3.Stmt, place int, value any) error {
	switch value := value.(type) {
	case int64:
		return insert.BindInt64(place, value)
	case int32:
		return insert.BindInt64(place, int64(value))
	case string:
		return insert.BindText(place, value)
	case []byte:
		return insert.BindBlob(place, value)
	case *int64:
		if value != nil {
			return insert.BindInt64(place, *value)
		}
	case *string:
		if value != nil {
			return insert.BindText(place, *value)
		}
	default:
		return fmt.Errorf("no value of a row is a %T", value)
	}
	return insert.BindNull(place)
}

func (postgresDialect) load(ctx context.Context, conn *sql.Conn, batches iter.Seq[[][][]any]) error {
	return conn.Raw(func(raw any) error {
		db := raw.(*stdlib.Conn).Conn()
		for batch := range batches {
			for i, table := range loadTables {
				if _, err := db.CopyFrom(ctx, pgx.Identifier{table.name}, table.columns, pgx.CopyFromRows(batch[i])); err != nil {
					return err
				}
			}
		}
		_, err := db.Exec(ctx, `SELECT setval(pg_get_serial_sequence('tokens', 'id'), GREATEST((SELECT MAX(id) FROM tokens), 1))`)
		return err
	})
}
