package console_test

import (
	"slices"
	"testing"

	"latchkey/internal/console"
)

// TestChosenColumns: to choose none is a choice, too.
func TestChosenColumns(t *testing.T) {
	for _, c := range []struct{ names, want []string }{
		{nil, nil},
		{[]string{"name"}, []string{"name"}},
		{[]string{"nonsense"}, []string{"name"}},
		{[]string{"used", "guid", "used"}, []string{"name", "guid", "used"}},
	} {
		var got []string
		for _, column := range console.ChosenColumns(c.names) {
			got = append(got, string(column))
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%q are %q, want %q", c.names, got, c.want)
		}
	}
}
