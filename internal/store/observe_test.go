package store_test

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"

	"latchkey/internal/console"
	"latchkey/internal/store"
	"latchkey/internal/store/storetest"
)

// TestWhatIsAskedIsObserved: statements and transactions, with their errors and
// without their values, and only those that somebody wants to know of.
func TestWhatIsAskedIsObserved(t *testing.T) {
	storetest.EachURL(t, func(t *testing.T, databaseURL string) {
		type wanted struct{}
		var mu sync.Mutex
		var seen []string
		st := storetest.Open(t, databaseURL)
		if err := st.Observe(func(ctx context.Context) func(string, error) {
			if ctx.Value(wanted{}) == nil {
				return nil
			}
			return func(what string, err error) {
				mu.Lock()
				defer mu.Unlock()
				seen = append(seen, what+" "+string(console.CodeOf(err)))
			}
		}); err != nil {
			t.Fatal(err)
		}
		mine := errors.New("mine")
		for _, ctx := range []context.Context{t.Context(), context.WithValue(t.Context(), wanted{}, true)} {
			_, err := st.FindIPFilter(ctx, console.NewGUID())
			if console.CodeOf(err) != console.CodeNotFound {
				t.Error(err)
			}
			err = st.Tx(ctx, func(tx *store.Store) error {
				if err := tx.InsertKey(ctx, "k", noon); err != nil {
					return err
				}
				return tx.Tx(ctx, func(*store.Store) error { return mine })
			})
			if !errors.Is(err, mine) {
				t.Error(err)
			}
		}
		if want := []string{"SELECT ip_filters ", "INSERT keys ", "TRANSACTION internal"}; !slices.Equal(seen, want) {
			t.Errorf("seen is %q, want %q", seen, want)
		}
	})
}
