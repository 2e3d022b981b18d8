package store_test

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"latchkey/internal/console"
	"latchkey/internal/pgtest"
	"latchkey/internal/store"
	"latchkey/internal/store/storetest"
)

var noon = time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)

func TestUniqueConstraintsAreConflicts(t *testing.T) {
	storetest.Each(t, func(t *testing.T, st *store.Store) {
		ctx := t.Context()
		repository := console.Repository{GUID: console.NewGUID(), Name: "Ärger", Kind: console.KindRepository, CreatedAt: noon, UpdatedAt: noon, Version: 1}
		if err := st.InsertRepository(ctx, repository); err != nil {
			t.Fatal(err)
		}
		repository.GUID, repository.Name = console.NewGUID(), "ÄRGER"
		if err := st.InsertRepository(ctx, repository); console.CodeOf(err) != console.CodeConflict {
			t.Errorf("a taken repository name: %v", err)
		}
		user := console.User{GUID: console.NewGUID(), Email: "Ann@example.com", Name: "Ann", Role: console.RoleOwner, CreatedAt: noon}
		if err := st.InsertUser(ctx, user, "x"); err != nil {
			t.Fatal(err)
		}
		user.GUID, user.Email = console.NewGUID(), "ann@EXAMPLE.com"
		if err := st.InsertUser(ctx, user, "x"); console.CodeOf(err) != console.CodeConflict {
			t.Errorf("a taken address: %v", err)
		}
	})
}

func TestClosedDatabaseIsUnavailable(t *testing.T) {
	storetest.Each(t, func(t *testing.T, st *store.Store) {
		if err := st.Close(); err != nil {
			t.Fatal(err)
		}
		if _, err := st.FindUser(t.Context(), console.NewGUID()); console.CodeOf(err) != console.CodeUnavailable {
			t.Errorf("reading a row: %v", err)
		}
		if _, err := st.FindToken(t.Context(), "", console.NewGUID()); console.CodeOf(err) != console.CodeUnavailable {
			t.Errorf("reading rows: %v", err)
		}
		err := st.Tx(t.Context(), func(tx *store.Store) error { return nil })
		if console.CodeOf(err) != console.CodeUnavailable {
			t.Errorf("a transaction: %v", err)
		}
	})
}

func TestTransactionIsAllOrNothing(t *testing.T) {
	storetest.Each(t, func(t *testing.T, st *store.Store) {
		ctx, stop := t.Context(), errors.New("stop")
		err := st.Tx(ctx, func(tx *store.Store) error {
			if err := tx.InsertSetupCode(ctx, "code", noon.Add(time.Hour)); err != nil {
				return err
			}
			return stop
		})
		if !errors.Is(err, stop) {
			t.Fatalf("got %v", err)
		}
		if found, err := st.FindSetupCode(ctx, "code", noon); found || err != nil {
			t.Errorf("what was rolled back is there: %v %v", found, err)
		}
	})
}

func TestSimultaneousMigrations(t *testing.T) {
	databases := map[string]string{
		"sqlite":   "sqlite:" + filepath.Join(t.TempDir(), "new.db"),
		"postgres": pgtest.New(t, func(string) error { return nil }),
	}
	for name, databaseURL := range databases {
		t.Run(name, func(t *testing.T) {
			done := make(chan error)
			for range 8 {
				st := storetest.Open(t, databaseURL)
				go func() { done <- st.Migrate(t.Context()) }()
			}
			for range 8 {
				if err := <-done; err != nil {
					t.Error(err)
				}
			}
			if err := storetest.Open(t, databaseURL).Ping(t.Context()); err != nil {
				t.Errorf("afterwards: %v", err)
			}
		})
	}
}

// TestBothDialectsHaveTheSameMigrations holds the folders together.
func TestBothDialectsHaveTheSameMigrations(t *testing.T) {
	names := func(folder string) (names []string) {
		entries, err := os.ReadDir(filepath.Join("migrations", folder))
		if err != nil {
			t.Fatal(err)
		}
		for _, entry := range entries {
			names = append(names, entry.Name())
		}
		return names
	}
	if diff := cmp.Diff(names("sqlite"), names("postgres")); diff != "" {
		t.Error(diff)
	}
}

// TestTokensAreReadWhileIndexesAreMade: on PostgreSQL, who drops an index keeps its table
// from everybody until the migration ends, so that what takes long comes first. The
// earlier ones made indexes that are as good as empty, or columns.
func TestTokensAreReadWhileIndexesAreMade(t *testing.T) {
	files, err := filepath.Glob("migrations/postgres/*.sql")
	if err != nil {
		t.Fatal(err)
	}
	from := slices.Index(files, filepath.FromSlash("migrations/postgres/00038_walks.sql"))
	for _, file := range files[from:] {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if first, last := strings.Index(string(text), "DROP INDEX"), strings.LastIndex(string(text), "CREATE INDEX"); first >= 0 && first < last {
			t.Errorf("%s makes an index after it dropped one", file)
		}
	}
}
