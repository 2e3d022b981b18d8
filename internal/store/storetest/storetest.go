// Package storetest gives tests a fresh, migrated database of each dialect.
package storetest

import (
	"context"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"latchkey/internal/pgtest"
	"latchkey/internal/store"
)

// Each runs test once on SQLite and once on PostgreSQL, each time on a
// database of its own, in parallel.
func Each(t *testing.T, test func(t *testing.T, st *store.Store)) {
	t.Helper()
	EachURL(t, func(t *testing.T, databaseURL string) { test(t, Open(t, databaseURL)) })
}

// EachURL is Each for tests that open the database themselves.
func EachURL(t *testing.T, test func(t *testing.T, databaseURL string)) {
	t.Helper()
	for _, dialect := range []struct {
		name  string
		fresh func(testing.TB) string
	}{{"sqlite", SQLite}, {"postgres", Postgres}} {
		t.Run(dialect.name, func(t *testing.T) {
			t.Parallel()
			test(t, dialect.fresh(t))
		})
	}
}

// SQLite returns the address of a fresh, migrated SQLite database.
func SQLite(t testing.TB) string {
	t.Helper()
	template, err := sqliteTemplate()
	if err != nil {
		t.Fatalf("prepare a SQLite database: %v", err)
	}
	file := filepath.Join(t.TempDir(), "latchkey.db")
	if err := os.WriteFile(file, template, 0o600); err != nil {
		t.Fatal(err)
	}
	return "sqlite:" + file
}

// Postgres returns the address of a fresh, migrated PostgreSQL database.
func Postgres(t testing.TB) string {
	t.Helper()
	return pgtest.New(t, migrate)
}

// Open opens a database until the test ends.
func Open(t testing.TB, databaseURL string) *store.Store {
	t.Helper()
	st, err := store.Open(context.Background(), databaseURL, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatalf("open the database: %v", err)
	}
	t.Cleanup(func() { _ = st.Close() })
	return st
}

// sqliteTemplate is the content of a migrated SQLite file.
var sqliteTemplate = sync.OnceValues(func() ([]byte, error) {
	folder, err := os.MkdirTemp("", "latchkey-template-")
	if err != nil {
		return nil, err
	}
	defer func() { _ = os.RemoveAll(folder) }()
	file := filepath.Join(folder, "latchkey.db")
	if err := migrate("sqlite:" + file); err != nil {
		return nil, err
	}
	return os.ReadFile(file)
})

func migrate(databaseURL string) error {
	ctx := context.Background()
	st, err := store.Open(ctx, databaseURL, slog.New(slog.DiscardHandler))
	if err != nil {
		return err
	}
	if err := st.Migrate(ctx); err != nil {
		return err
	}
	return st.Close()
}
