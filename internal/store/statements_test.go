package store

import (
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"testing"

	"github.com/ncruces/go-sqlite3"
	"github.com/ncruces/go-sqlite3/driver"
)

// TestStatementsAreKept by their connection: not while somebody has one in hand, so
// many and no more, also beyond a change of the schema, and none when it ends.
func TestStatementsAreKept(t *testing.T) {
	pool, err := sqliteDialect{file: filepath.Join(t.TempDir(), "kept.db")}.pool("", 1)
	if err != nil {
		t.Fatal(err)
	}
	conn, err := pool.Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	keeps := func() (n int) {
		if err := conn.Raw(func(made any) error { n = len(made.(*keepingConn).kept); return nil }); err != nil {
			t.Fatal(err)
		}
		return n
	}
	exec := func(text string, args ...any) {
		t.Helper()
		if _, err := conn.ExecContext(t.Context(), text, args...); err != nil {
			t.Fatal(err)
		}
	}
	exec(`CREATE TABLE numbers (n INTEGER)`)
	for n := range 3 {
		exec(`INSERT INTO numbers VALUES (?)`, n)
	}
	if n := keeps(); n != 1 {
		t.Errorf("%d statements are kept after one was used", n)
	}
	sum := func(rows *sql.Rows, err error, within func()) (sum int) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		for rows.Next() {
			var n int
			if err := rows.Scan(&n); err != nil {
				t.Fatal(err)
			}
			sum += n
			within()
		}
		if err := rows.Err(); err != nil {
			t.Fatal(err)
		}
		return sum
	}
	const above = `SELECT n FROM numbers WHERE n >= ?`
	rows, err := conn.QueryContext(t.Context(), above, 1)
	outer := sum(rows, err, func() {
		rows, err := conn.QueryContext(t.Context(), above, 2)
		if inner := sum(rows, err, func() {}); inner != 2 {
			t.Errorf("within, the same statement finds %d", inner)
		}
	})
	if outer != 3 {
		t.Errorf("around it, it finds %d", outer)
	}
	exec(`ALTER TABLE numbers ADD COLUMN other INTEGER`)
	exec(`UPDATE numbers SET n = n + 1`)
	rows, err = conn.QueryContext(t.Context(), above, 1)
	if all := sum(rows, err, func() {}); all != 6 {
		t.Errorf("after a change of the schema, it finds %d", all)
	}
	for i := range 2 * statementsKept {
		rows, err := conn.QueryContext(t.Context(), fmt.Sprintf(`SELECT n + %d FROM numbers WHERE n = ?`, i), 1)
		if n := sum(rows, err, func() {}); n != 1+i {
			t.Errorf("statement %d finds %d", i, n)
		}
	}
	if n := keeps(); n != statementsKept {
		t.Errorf("%d statements are kept", n)
	}
	if err := conn.Close(); err != nil {
		t.Error(err)
	}
	if err := pool.Close(); err != nil {
		t.Errorf("a connection that keeps statements ends with %v", err)
	}
}

// TestPlansAreKept by who reads, also where statistics tell of other values.
func TestPlansAreKept(t *testing.T) {
	s, err := Open(t.Context(), "sqlite:"+filepath.Join(t.TempDir(), "plans.db"), slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = s.Close() }()
	for _, text := range []string{
		`CREATE TABLE numbers (n INTEGER, other INTEGER)`, `CREATE INDEX by_n ON numbers (n)`, `CREATE INDEX by_other ON numbers (other)`,
		`INSERT INTO numbers SELECT value, value % 7 FROM generate_series(1, 1000)`, `ANALYZE`,
	} {
		if err := s.writer(t.Context()).Exec(text).Error; err != nil {
			t.Fatal(err)
		}
	}
	pool, err := s.read.DB()
	if err != nil {
		t.Fatal(err)
	}
	conn, err := pool.Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	err = conn.Raw(func(made any) error {
		statement, _, err := made.(*keepingConn).connection.(driver.Conn).Raw().Prepare(`SELECT n FROM numbers WHERE n >= ? AND other = ?`)
		if err != nil {
			return err
		}
		for n := range 3 {
			err = errors.Join(err, statement.BindInt(1, n), statement.BindInt(2, n))
			for statement.Step() {
			}
			err = errors.Join(err, statement.Reset())
		}
		if n := statement.Status(sqlite3.STMTSTATUS_REPREPARE, false); n > 0 {
			t.Errorf("a statement is planned %d times more", n)
		}
		return errors.Join(err, statement.Close())
	})
	if err != nil {
		t.Error(err)
	}
}
