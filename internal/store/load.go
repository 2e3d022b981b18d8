package store

import (
	"context"
	"database/sql"
	"fmt"
	"iter"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"

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
		"disabled_at", "disabled_until",
	}},
	{"token_scopes", []string{"scope", "token_id"}},
	{"token_repositories", []string{"repository_guid", "token_id"}},
	{"secrets", []string{"hash", "token_id", "key_id", "created_at"}},
}

// LoadTokens fills the empty tables of tokens, a million in about a minute, by
// building indexes afterwards. It writes no audit events.
func (s *Store) LoadTokens(ctx context.Context, tokens iter.Seq2[console.Token, SecretHash]) error {
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
	indexes, err := s.dialect.dropIndexes(ctx, conn)
	if err != nil {
		return translate(err)
	}
	if err := s.dialect.load(ctx, conn, tokens); err != nil {
		return translate(err)
	}
	for _, statement := range indexes {
		if _, err := conn.ExecContext(ctx, statement); err != nil {
			return translate(err)
		}
	}
	return nil
}

// loadRows are the values of a token by the tables of loadTables.
func loadRows(id int64, t console.Token, secret SecretHash) [][][]any {
	var owner *string
	if t.Owner.GUID != "" {
		guid := string(t.Owner.GUID)
		owner = &guid
	}
	rows := [][][]any{{{
		id, string(t.GUID), t.GUID.Digits(), string(t.Type), t.Name, console.Fold(t.Name), t.Description,
		strings.Join(t.Scopes, " "), optional(t.ValidFrom), optional(t.ValidTo), millis(t.CreatedAt),
		string(t.Creator.GUID), t.Creator.Name, owner, millis(t.UpdatedAt), int64(t.Version),
		optional(t.RevokedAt), t.RevokeReason, optional(t.DisabledAt), optional(t.DisabledUntil),
	}}, {}, {}, {{secret.Hash, id, secret.KeyID, millis(t.CreatedAt)}}}
	for _, scope := range t.Scopes {
		rows[1] = append(rows[1], []any{scope, id})
	}
	for _, r := range t.Repositories {
		rows[2] = append(rows[2], []any{string(r.GUID), id})
	}
	return rows
}

func (sqliteDialect) dropIndexes(ctx context.Context, conn *sql.Conn) ([]string, error) {
	rebuild := []string{`INSERT INTO tokens_search (tokens_search) VALUES ('rebuild')`, `ANALYZE`}
	return dropped(ctx, conn, rebuild, `SELECT 'DROP ' || type || ' ' || name, sql FROM sqlite_master
		WHERE sql IS NOT NULL AND (type = 'index' AND tbl_name IN ('tokens', 'token_scopes', 'token_repositories', 'secrets')
			OR type = 'trigger' AND tbl_name = 'tokens')`)
}

func (postgresDialect) dropIndexes(ctx context.Context, conn *sql.Conn) ([]string, error) {
	return dropped(ctx, conn, []string{`ANALYZE`}, `SELECT 'DROP INDEX ' || indexname, indexdef FROM pg_indexes
		WHERE tablename IN ('tokens', 'token_scopes', 'token_repositories', 'secrets') AND schemaname = current_schema()
			AND indexname NOT LIKE '%\_pkey' AND indexname NOT LIKE '%\_key'`)
}

// dropped drops what the query lists and returns the statements that make it again.
func dropped(ctx context.Context, conn *sql.Conn, after []string, query string) ([]string, error) {
	rows, err := conn.QueryContext(ctx, query)
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
	for _, statement := range drops {
		if _, err := conn.ExecContext(ctx, statement); err != nil {
			return nil, err
		}
	}
	return append(creates, after...), nil
}

func (sqliteDialect) load(ctx context.Context, conn *sql.Conn, tokens iter.Seq2[console.Token, SecretHash]) error {
	tx, err := conn.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }()
	inserts := make([]*sql.Stmt, len(loadTables))
	for i, table := range loadTables {
		places := strings.TrimSuffix(strings.Repeat("?, ", len(table.columns)), ", ")
		inserts[i], err = tx.PrepareContext(ctx, fmt.Sprintf("INSERT INTO %s (%s) VALUES (%s)", table.name, strings.Join(table.columns, ", "), places))
		if err != nil {
			return err
		}
	}
	var id int64
	for token, secret := range tokens {
		id++
		for i, rows := range loadRows(id, token, secret) {
			for _, row := range rows {
				if _, err := inserts[i].ExecContext(ctx, row...); err != nil {
					return err
				}
			}
		}
	}
	return tx.Commit()
}

// loadBatch is how many tokens are copied to PostgreSQL at once.
const loadBatch = 10_000

func (postgresDialect) load(ctx context.Context, conn *sql.Conn, tokens iter.Seq2[console.Token, SecretHash]) error {
	return conn.Raw(func(raw any) error {
		db := raw.(*stdlib.Conn).Conn()
		batch := make([][][]any, len(loadTables))
		flush := func() error {
			for i, table := range loadTables {
				if _, err := db.CopyFrom(ctx, pgx.Identifier{table.name}, table.columns, pgx.CopyFromRows(batch[i])); err != nil {
					return err
				}
				batch[i] = batch[i][:0]
			}
			return nil
		}
		var id int64
		for token, secret := range tokens {
			id++
			for i, rows := range loadRows(id, token, secret) {
				batch[i] = append(batch[i], rows...)
			}
			if id%loadBatch == 0 {
				if err := flush(); err != nil {
					return err
				}
			}
		}
		if err := flush(); err != nil {
			return err
		}
		_, err := db.Exec(ctx, `SELECT setval(pg_get_serial_sequence('tokens', 'id'), GREATEST((SELECT MAX(id) FROM tokens), 1))`)
		return err
	})
}
