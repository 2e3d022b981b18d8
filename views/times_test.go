package views

import (
	"testing"
	"time"
)

// TestBoundsReadAsChosen: a day that was chosen is read as that day where its
// reader's days begin when the chooser's do, else as an instant.
func TestBoundsReadAsChosen(t *testing.T) {
	paris, err := time.LoadLocation("Europe/Paris")
	if err != nil {
		t.Fatal(err)
	}
	spring := time.Date(2026, 3, 30, 0, 0, 0, 0, paris) // the day before has 23 hours
	for _, test := range []struct {
		zone *time.Location
		at   time.Time
		last bool
		want string
	}{
		{paris, spring, false, "30 Mar 2026"},
		{paris, spring, true, "29 Mar 2026"},
		{time.UTC, spring, true, "29 Mar 2026, 22:00 UTC"},
		{paris, spring.Add(time.Second), false, "30 Mar 2026, 00:00 CEST"},
	} {
		if got := (Reader{Zone: test.zone}).Bound(test.at, test.last); got != test.want {
			t.Errorf("%v, last %v, reads %q, want %q", test.at, test.last, got, test.want)
		}
	}
}
