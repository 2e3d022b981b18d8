package service_test

import (
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib"
	"github.com/ncruces/go-sqlite3/driver"

	"latchkey/internal/store"
	"latchkey/internal/store/storetest"
)

// Here a test goes behind the store's back, to break what it needs broken.

// raw does statements on a connection of its own.
func (s *site) raw(statements ...string) {
	s.t.Helper()
	db := s.rawDatabase()
	defer db.Close()
	for _, statement := range statements {
		if _, err := db.ExecContext(s.t.Context(), statement); err != nil {
			s.t.Fatalf("%s: %v", statement, err)
		}
	}
}

func (s *site) rawDatabase() *sql.DB {
	s.t.Helper()
	if file, ok := strings.CutPrefix(s.url, "sqlite:"); ok {
		db, err := driver.Open("file:" + file + "?_pragma=busy_timeout(5000)")
		s.must(err)
		return db
	}
	db, err := sql.Open("pgx", s.url)
	s.must(err)
	return db
}

// crowded does what do does while nobody can write to the table, until several
// transactions wait for that or for each other. Those that do not take turns
// then have all looked before the first of them writes. SQLite's writers take
// turns from the start, so there it just does it.
func (s *site) crowded(table string, do func()) {
	s.t.Helper()
	if strings.HasPrefix(s.url, "sqlite:") {
		do()
		return
	}
	db := s.rawDatabase()
	defer db.Close()
	tx, err := db.BeginTx(s.t.Context(), nil)
	s.must(err)
	_, err = tx.ExecContext(s.t.Context(), `LOCK TABLE `+table+` IN EXCLUSIVE MODE`)
	s.must(err)
	done := make(chan struct{})
	go func() {
		defer close(done)
		do()
	}()
	s.untilWaiting(db, 4)
	s.must(tx.Rollback())
	<-done
}

// untilWaiting returns when so many transactions wait on PostgreSQL.
func (s *site) untilWaiting(db *sql.DB, transactions int) {
	s.t.Helper()
	const waiting = `SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`
	for n, tries := 0, 0; n < transactions && tries < 2000; tries++ {
		time.Sleep(10 * time.Millisecond)
		s.must(db.QueryRowContext(s.t.Context(), waiting).Scan(&n))
	}
}

// snapshot is every row of every table but the search index, as text.
func (s *site) snapshot() map[string][]string {
	s.t.Helper()
	db := s.rawDatabase()
	defer db.Close()
	names := `SELECT tablename FROM pg_tables WHERE schemaname = 'public'`
	if strings.HasPrefix(s.url, "sqlite:") {
		names = `SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'tokens_search%' AND name NOT LIKE 'sqlite_%'`
	}
	all := map[string][]string{}
	for _, table := range s.query(db, names) {
		all[table] = s.query(db, `SELECT * FROM `+table)
		slices.Sort(all[table])
	}
	if len(all) < 10 {
		s.t.Fatalf("the database has %d tables", len(all))
	}
	return all
}

// columns are the names of a table's columns.
func (s *site) columns(table string) []string {
	s.t.Helper()
	db := s.rawDatabase()
	defer db.Close()
	rows, err := db.QueryContext(s.t.Context(), `SELECT * FROM `+table+` LIMIT 0`)
	s.must(err)
	defer rows.Close()
	names, err := rows.Columns()
	s.must(err)
	s.must(rows.Err())
	return names
}

// query returns each row as one text.
func (s *site) query(db *sql.DB, query string) (texts []string) {
	s.t.Helper()
	rows, err := db.QueryContext(s.t.Context(), query)
	s.must(err)
	defer rows.Close()
	columns, err := rows.Columns()
	s.must(err)
	for rows.Next() {
		values, places := make([]any, len(columns)), make([]any, len(columns))
		for i := range values {
			places[i] = &values[i]
		}
		s.must(rows.Scan(places...))
		for i, value := range values {
			if bytes, ok := value.([]byte); ok {
				values[i] = string(bytes)
			}
		}
		text := fmt.Sprint(values[0])
		for _, value := range values[1:] {
			text += fmt.Sprint("|", value)
		}
		texts = append(texts, text)
	}
	s.must(rows.Err())
	return texts
}

// breakAudit makes the database refuse every new event.
func (s *site) breakAudit() {
	s.t.Helper()
	if strings.HasPrefix(s.url, "sqlite:") {
		s.raw(`CREATE TRIGGER broken BEFORE INSERT ON audit_events BEGIN SELECT RAISE(ABORT, 'no room for records'); END`)
		return
	}
	s.raw(`CREATE FUNCTION broken() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'no room for records'; END $$`,
		`CREATE TRIGGER broken BEFORE INSERT ON audit_events FOR EACH ROW EXECUTE FUNCTION broken()`)
}

// mendAudit undoes breakAudit.
func (s *site) mendAudit() {
	s.t.Helper()
	if strings.HasPrefix(s.url, "sqlite:") {
		s.raw(`DROP TRIGGER broken`)
		return
	}
	s.raw(`DROP TRIGGER broken ON audit_events`, `DROP FUNCTION broken`)
}

// disarm takes away what keeps the audit log append-only, as the owner of the
// tables could.
func (s *site) disarm() {
	s.t.Helper()
	if strings.HasPrefix(s.url, "sqlite:") {
		s.raw(`DROP TRIGGER audit_events_no_update`, `DROP TRIGGER audit_events_no_delete`, `DROP TRIGGER audit_events_no_replace`)
		return
	}
	s.raw(`DROP TRIGGER audit_events_append_only ON audit_events`)
}

// emptyKeys makes the database forget with which keys it was used.
func (s *site) emptyKeys() {
	s.t.Helper()
	s.raw(`DELETE FROM keys`)
}

// fresh is another, empty database of the same dialect.
func (s *site) fresh() *store.Store {
	s.t.Helper()
	if strings.HasPrefix(s.url, "sqlite:") {
		return storetest.Open(s.t, storetest.SQLite(s.t))
	}
	return storetest.Open(s.t, storetest.Postgres(s.t))
}

func hashOf(code string) string {
	sum := sha256.Sum256([]byte(code))
	return hex.EncodeToString(sum[:])
}
