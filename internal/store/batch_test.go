package store

import (
	"errors"
	"log/slog"
	"path/filepath"
	"testing"
)

// TestBatchesUndoInMemory: only they do, and all of a batch happens, or nothing.
func TestBatchesUndoInMemory(t *testing.T) {
	st, err := Open(t.Context(), "sqlite:"+filepath.Join(t.TempDir(), "latchkey.db"), slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = st.Close() })
	if err := st.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	setting := func(s *Store) (value int) {
		t.Helper()
		if err := s.writer(t.Context()).Raw(`PRAGMA temp_store`).Scan(&value).Error; err != nil {
			t.Fatal(err)
		}
		return value
	}
	const files, memory = 0, 2
	failure := errors.New("no")
	for _, fails := range []error{failure, nil} {
		err := st.TxOfBatch(t.Context(), func(tx *Store) error {
			if got := setting(tx); got != memory {
				t.Errorf("temporary storage is %d in a batch, want %d", got, memory)
			}
			return errors.Join(fails, tx.InsertKey(t.Context(), "key", fromMillis(0)))
		})
		if !errors.Is(err, fails) {
			t.Errorf("the batch ends with %v, want %v", err, fails)
		}
		keys, err := st.ListKeys(t.Context())
		if err != nil || (len(keys) == 1) != (fails == nil) {
			t.Errorf("after %v there are the keys %q, %v", fails, keys, err)
		}
		if got := setting(st); got != files {
			t.Errorf("temporary storage is %d afterwards, want %d", got, files)
		}
	}
}
