package store_test

import (
	"net/url"
	"path"
	"testing"

	"github.com/jackc/pgx/v5"

	"latchkey/internal/console"
	"latchkey/internal/store/storetest"
)

// TestARefusingServerIsAway: a database that lets nobody in is away, as one that
// can't be reached is.
func TestARefusingServerIsAway(t *testing.T) {
	address := storetest.Postgres(t)
	st := storetest.Open(t, address)
	if err := st.Close(); err != nil {
		t.Fatal(err)
	}
	other, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	name := path.Base(other.Path)
	other.Path = "/postgres"
	admin, err := pgx.Connect(t.Context(), other.String())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = admin.Close(t.Context()) }()
	if _, err := admin.Exec(t.Context(), `ALTER DATABASE `+pgx.Identifier{name}.Sanitize()+` ALLOW_CONNECTIONS false`); err != nil {
		t.Fatal(err)
	}
	if err := storetest.Open(t, address).Migrate(t.Context()); console.CodeOf(err) != console.CodeUnavailable {
		t.Errorf("it says %v", err)
	}
}
