package service_test

import (
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"strings"

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
