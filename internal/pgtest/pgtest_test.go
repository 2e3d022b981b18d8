package pgtest_test

import (
	"context"
	"fmt"
	"net/url"
	"sync/atomic"
	"testing"

	"github.com/jackc/pgx/v5"

	"latchkey/internal/pgtest"
)

var migrations atomic.Int32

func migrate(url string) error {
	migrations.Add(1)
	ctx := context.Background()
	conn, err := pgx.Connect(ctx, url)
	if err != nil {
		return err
	}
	defer conn.Close(ctx)
	_, err = conn.Exec(ctx, `
		CREATE EXTENSION pg_trgm;
		CREATE TABLE parcel (id int PRIMARY KEY, sent timestamptz NOT NULL);
		INSERT INTO parcel VALUES (1, now())`)
	return err
}

func connect(t *testing.T, url string) *pgx.Conn {
	t.Helper()
	conn, err := pgx.Connect(context.Background(), url)
	if err != nil {
		t.Fatal(err)
	}
	// No cleanup: a test may forget a connection and its database still goes.
	return conn
}

func scan[T any](t *testing.T, conn *pgx.Conn, sql string, args ...any) T {
	t.Helper()
	var value T
	if err := conn.QueryRow(context.Background(), sql, args...).Scan(&value); err != nil {
		t.Fatal(err)
	}
	return value
}

func TestEveryTestHasItsOwnCopy(t *testing.T) {
	for i := range 12 {
		t.Run(fmt.Sprint(i), func(t *testing.T) {
			t.Parallel()
			conn := connect(t, pgtest.New(t, migrate))
			if _, err := conn.Exec(context.Background(), "INSERT INTO parcel VALUES (2, now())"); err != nil {
				t.Fatal(err)
			}
			if n := scan[int](t, conn, "SELECT count(*) FROM parcel"); n != 2 {
				t.Errorf("%d parcels, want the migration's and this test's", n)
			}
		})
	}
}

func TestMigratesOnce(t *testing.T) {
	pgtest.New(t, migrate)
	pgtest.New(t, migrate)
	if n := migrations.Load(); n > 1 {
		t.Errorf("migrated %d times", n)
	}
}

func TestFunctionsAreToldApart(t *testing.T) {
	pgtest.New(t, migrate)
	conn := connect(t, pgtest.New(t, func(string) error { return nil }))
	if scan[bool](t, conn, "SELECT to_regclass('parcel') IS NOT NULL") {
		t.Error("a database of another migration")
	}
}

func TestDatabasesAreDropped(t *testing.T) {
	var fresh string
	t.Run("inner", func(t *testing.T) {
		fresh = pgtest.New(t, migrate)
		connect(t, fresh)
	})
	if fresh == "" {
		t.Skip("the inner test was skipped")
	}
	u, err := url.Parse(fresh)
	if err != nil {
		t.Fatal(err)
	}
	conn := connect(t, pgtest.Server(t))
	defer conn.Close(context.Background())
	if n := scan[int](t, conn, "SELECT count(*) FROM pg_database WHERE datname = $1", u.Path[1:]); n != 0 {
		t.Error("the database is still there")
	}
}

func BenchmarkNew(b *testing.B) {
	pgtest.New(b, migrate)
	for b.Loop() {
		pgtest.New(b, migrate)
	}
}
