package service_test

import (
	"context"
	"database/sql"
	"net/url"
	"os"
	"regexp"
	"strings"
	"testing"

	"latchkey/internal/console"
	"latchkey/internal/pgtest"
	"latchkey/internal/store/storetest"
)

// grants are the statements that the README gives for a role of the program's
// own, with another name for it.
func grants(t *testing.T, role string) []string {
	t.Helper()
	readme, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	block := regexp.MustCompile("(?s)```sql\n(.*?)```").FindStringSubmatch(string(readme))
	if block == nil || !strings.Contains(block[1], "latchkey_app") {
		t.Fatal("the README has no grants for latchkey_app")
	}
	return strings.Split(strings.TrimSuffix(strings.TrimSpace(strings.ReplaceAll(block[1], "latchkey_app", role)), ";"), ";\n")
}

// TestTheProgramNeedsNoMoreThanTheReadmeGrants, and with that it can neither
// change the audit log nor take its guard away.
func TestTheProgramNeedsNoMoreThanTheReadmeGrants(t *testing.T) {
	t.Parallel()
	role := "app_" + console.NewGUID().Digits()
	server := open(t, pgtest.Server(t))
	if _, err := server.ExecContext(t.Context(), `CREATE ROLE `+role+` LOGIN PASSWORD 'app'`); err != nil {
		t.Skipf("a role can't be made here: %v", err)
	}
	t.Cleanup(func() { // when its database is gone
		db := open(t, pgtest.Server(t))
		if _, err := db.ExecContext(context.Background(), `DROP ROLE `+role); err != nil {
			t.Error(err)
		}
	})
	s := &site{t: t, url: storetest.Postgres(t), clock: &clock{at: opening}, sso: newProvider()}
	s.raw(grants(t, role)...)
	owned := s.url
	u, err := url.Parse(owned)
	s.must(err)
	u.User = url.UserPassword(role, "app")
	query := u.Query()
	query.Del("user")
	u.RawQuery = query.Encode()
	s.url = u.String()
	s.store = storetest.Open(t, s.url)
	s.must(s.store.Migrate(t.Context()))
	s.Service, err = s.open(key(1))
	s.must(err)
	s.furnish()
	for name, prepare := range everyPreparation() {
		if prepare != nil {
			s.refused(name, prepare(s)(), "")
		}
	}
	s.must(s.Sweep(t.Context()))
	if report := s.verify(""); report.Why != "" {
		t.Errorf("the log it wrote: %+v", report)
	}
	owner := open(t, owned)
	_, err = owner.ExecContext(t.Context(), `DELETE FROM goose_db_version WHERE version_id = (SELECT MAX(version_id) FROM goose_db_version)`)
	s.must(err)
	if err := s.store.Migrate(t.Context()); err == nil || !strings.Contains(err.Error(), "migrate: ") {
		t.Errorf("a schema that is not up to date: %v", err)
	}
	db := s.rawDatabase()
	defer db.Close()
	if who := s.query(db, `SELECT current_user`); who[0] != role {
		t.Fatalf("the test runs as %s", who)
	}
	for _, statement := range []string{
		`DELETE FROM audit_events`, `UPDATE audit_events SET actor_name = 'x'`, `TRUNCATE audit_events`, `DROP TABLE audit_events`,
		`DROP TRIGGER audit_events_append_only ON audit_events`, `ALTER TABLE audit_events DISABLE TRIGGER ALL`,
		`SET session_replication_role = replica`, `DROP FUNCTION audit_events_append_only`,
		`CREATE OR REPLACE FUNCTION audit_events_append_only() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NULL; END $$`,
		`DELETE FROM goose_db_version`, `CREATE TABLE mine (id INT)`,
	} {
		_, err := db.ExecContext(t.Context(), statement)
		if err == nil || !strings.Contains(err.Error(), "permission denied") && !strings.Contains(err.Error(), "must be owner") {
			t.Errorf("%s: %v", statement, err)
		}
	}
}

func open(t *testing.T, databaseURL string) *sql.DB {
	t.Helper()
	db, err := sql.Open("pgx", databaseURL)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	return db
}
