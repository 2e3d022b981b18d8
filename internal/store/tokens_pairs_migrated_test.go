package store_test

import (
	"math/rand"
	"path/filepath"
	"testing"
	"time"

	"latchkey/internal/store"
	"latchkey/internal/store/storetest"
)

// TestNamesFromBeforeTheirPairsAreFound: an installation from before 00041 has its
// tokens in all lists by words afterwards, and those that are made and renamed then.
func TestNamesFromBeforeTheirPairsAreFound(t *testing.T) {
	test := func(t *testing.T, st *store.Store) {
		seed := time.Now().UnixNano()
		t.Logf("seed %d", seed)
		m := &listModel{random: rand.New(rand.NewSource(seed))}
		must(t, st.MigrateTo(t.Context(), 40))
		must(t, st.WithColumn(t.Context(), "repositories", "TEXT", func() {
			m.fill(t, st, 100)
			m.makeNamed(t, st, 200)
		}))
		must(t, st.Migrate(t.Context()))
		m.findNames(t, st)
		m.makeNamed(t, st, 50)
		m.renameFirst(t, st, 50)
		m.findNames(t, st)
	}
	t.Run("sqlite", func(t *testing.T) {
		test(t, storetest.Open(t, "sqlite:"+filepath.Join(t.TempDir(), "old.db")))
	})
	t.Run("postgres", func(t *testing.T) {
		st := storetest.Open(t, storetest.Postgres(t))
		must(t, st.Empty(t.Context()))
		test(t, st)
	})
}
