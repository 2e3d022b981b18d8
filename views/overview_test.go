package views

import (
	"slices"
	"testing"

	"latchkey/internal/console"
)

func TestTheScaleOfRequestsHasRoomForTheHighestBar(t *testing.T) {
	for most, want := range map[int][]string{
		0: {"3", "2", "1", "0"}, 1: {"3", "2", "1", "0"}, 3: {"3", "2", "1", "0"}, 4: {"6", "4", "2", "0"}, 13: {"15", "10", "5", "0"}, 31: {"45", "30", "15", "0"},
		627_775: {"750", "500", "250", "0"}, 107_000_000: {"120", "80", "40", "0"}, 2500: {"3", "2", "1", "0"},
	} {
		plot := OverviewProps{Overview: console.Overview{Requests: console.NewRequests(10, 10, []console.RequestSeries{{Days: []int{most}, Total: most}})}}.requests()
		got := plot.scale()
		if !slices.Equal(got, want) {
			t.Errorf("up to %d it is %q, want %q", most, got, want)
		}
		for _, part := range plot.bars() {
			if part.y == "" || part.y[0] == '-' {
				t.Errorf("up to %d a bar begins at %s", most, part.y)
			}
		}
	}
}

// TestTotalsReadAsKnown: one that was counted no further, or not at all, is no
// number.
func TestTotalsReadAsKnown(t *testing.T) {
	if got := Count(console.Uncounted); got != "many" {
		t.Errorf("what was not counted reads %q", got)
	}
	for total, want := range map[int]string{0: "0", console.TotalLimit + 1: "10,001", console.Beyond: "10,000+"} {
		if got := Count(total); got != want || amountText(console.AmountOf(total)) != want {
			t.Errorf("%d reads %q and %q, want %q", total, got, amountText(console.AmountOf(total)), want)
		}
	}
}
