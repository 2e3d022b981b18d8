package store_test

import (
	"slices"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"

	"latchkey/internal/console"
	"latchkey/internal/store"
)

// slice walks the list in slices, each from the cursor of the one before and
// from the beginning, and compares rows, order and count.
func (m *listModel) slice(t *testing.T, st *store.Store, f console.TokenFilter, sort console.TokenSort, size int) {
	t.Helper()
	want := slices.DeleteFunc(slices.Clone(m.tokens), func(token console.Token) bool { return !keeps(f, token) })
	slices.SortFunc(want, func(a, b console.Token) int {
		if sort.Descending {
			a, b = b, a
		}
		return order(sort.Key, a, b)
	})
	if total, err := st.CountAllTokens(t.Context(), f, noon); err != nil || total != len(want) {
		t.Fatalf("%+v: counted %d, want %d: %v", f, total, len(want), err)
	}
	cursor := ""
	for skip := 0; ; skip += size {
		expected := guids(want[min(skip, len(want)):min(skip+size, len(want))])
		part, next, err := st.SliceTokens(t.Context(), f, sort, cursor, 0, size, noon)
		if diff := gocmp.Diff(expected, guids(part)); err != nil || diff != "" {
			t.Fatalf("%+v %+v from the cursor at %d: %v\n%s", f, sort, skip, err, diff)
		}
		if again, _, err := st.SliceTokens(t.Context(), f, sort, "", skip, size, noon); err != nil || !slices.Equal(guids(again), expected) {
			t.Fatalf("%+v %+v from the beginning at %d: %v", f, sort, skip, err)
		}
		if cursor = next; len(part) < size {
			return
		}
	}
}
