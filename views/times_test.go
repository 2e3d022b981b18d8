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

// TestWhatEndsTodayIsNotADayAway: a lane says in days how long it is, if it is as
// long as one.
func TestWhatEndsTodayIsNotADayAway(t *testing.T) {
	r := Reader{Now: time.Date(2026, 11, 30, 9, 0, 0, 0, time.UTC), Zone: time.UTC}
	for after, want := range map[time.Duration]string{40 * time.Minute: "in 40 min", 23 * time.Hour: "in 23 h", 24 * time.Hour: "1 d", 25 * time.Hour: "2 d", 90 * 24 * time.Hour: "90 d"} {
		if got := r.untilText(r.Now.Add(after)); got != want {
			t.Errorf("%v reads %q, want %q", after, got, want)
		}
	}
}
