package store_test

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"testing"

	"latchkey/internal/console"
	"latchkey/internal/store"
	"latchkey/internal/store/storetest"
)

// TestFillingLeavesTheUsualSettings, whether it comes to an end, fails or is stopped.
func TestFillingLeavesTheUsualSettings(t *testing.T) {
	st := storetest.Open(t, storetest.SQLite(t))
	must(t, st.InsertKey(t.Context(), "key", noon))
	settings := func() (all []string) {
		t.Helper()
		pools := st.Pools()
		for _, of := range slices.Sorted(maps.Keys(pools)) {
			pool := pools[of]
			for _, name := range []string{"journal_mode", "synchronous", "foreign_keys", "cache_size"} {
				var value string
				must(t, pool.QueryRowContext(t.Context(), "PRAGMA "+name).Scan(&value))
				all = append(all, fmt.Sprint(name, " ", value, " of ", pool.Stats().MaxOpenConnections))
			}
			if pool.Stats().Idle != 1 {
				t.Errorf("%d connections are kept", pool.Stats().Idle)
			}
		}
		return all
	}
	usual := settings()
	fill := func(ctx context.Context, after func(i int, token *console.Token)) error {
		return st.LoadTokens(ctx, func(yield func(console.Token, store.SecretHash) bool) {
			for i := range 5000 {
				token := console.Token{GUID: console.NewGUID(), Type: console.TypeOrganization, Name: "probe", CreatedAt: noon, Version: 1}
				after(i, &token)
				if !yield(token, store.SecretHash{Hash: fmt.Appendf(nil, "%d", i), KeyID: "key"}) {
					return
				}
			}
		}, noon)
	}
	stopped, stop := context.WithCancel(t.Context())
	for _, one := range []struct {
		how   string
		ctx   context.Context
		after func(int, *console.Token)
		fails bool
	}{
		{"fails", t.Context(), func(_ int, token *console.Token) { token.GUID = "same" }, true},
		{"is stopped", stopped, func(i int, _ *console.Token) {
			if i == 4000 {
				stop()
			}
		}, true},
		{"ends", t.Context(), func(int, *console.Token) {}, false},
	} {
		if err := fill(one.ctx, one.after); (err != nil) != one.fails {
			t.Errorf("filling that %s: %v", one.how, err)
		}
		if got := settings(); !slices.Equal(got, usual) {
			t.Errorf("filling that %s leaves %q, not %q", one.how, got, usual)
		}
	}
	stop()
}
