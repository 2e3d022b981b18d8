package store_test

import (
	"fmt"
	"reflect"
	"testing"

	"latchkey/internal/console"
	"latchkey/internal/store"
	"latchkey/internal/store/storetest"
)

// TestRowsOfAPageTakeLittle: memory is asked for what a row holds, and for nothing
// on the way to it. SQLite's driver makes values for database/sql alone.
func TestRowsOfAPageTakeLittle(t *testing.T) {
	st := storetest.Open(t, storetest.Postgres(t))
	for i := range console.DefaultPageSize {
		usedToken(t, st, fmt.Sprintf("deploy %d", i))
	}
	read := func() {
		page, err := st.ListTokens(t.Context(), console.TokenFilter{Status: console.FilterAll}, console.TokenSort{Key: console.SortName}, console.PageRequest{}, console.Uncounted, &store.Names{}, noon)
		if err != nil || len(page.Items) != console.DefaultPageSize {
			t.Fatalf("%d tokens, %v", len(page.Items), err)
		}
	}
	if allocations := testing.AllocsPerRun(20, read) / console.DefaultPageSize; allocations > 8 {
		t.Errorf("%.1f allocations for a row", allocations)
	}
}

// TestValuesHaveTheirPlaces, those of lists, too, of which one without values is of
// nothing.
func TestValuesHaveTheirPlaces(t *testing.T) {
	text, values := store.Placed(`a = ? AND b IN ? AND c IN ? AND (d = ? OR e = ?)`, 1, []console.Type{"x", "y"}, []string{}, []byte("z"), nil)
	if want := `a = $1 AND b IN ($2,$3) AND c IN (NULL) AND (d = $4 OR e = $5)`; text != want {
		t.Errorf("it is %s, want %s", text, want)
	}
	if want := []any{1, console.Type("x"), console.Type("y"), []byte("z"), nil}; !reflect.DeepEqual(values, want) {
		t.Errorf("the values are %v, want %v", values, want)
	}
}
