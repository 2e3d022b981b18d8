package web

import (
	"time"

	"latchkey/views"
)

// wallTime reads what somebody typed into a field of date and time. A time that
// a change of clocks skips is a problem; of one that occurs twice, the first is
// meant.
func wallTime(text string, zone *time.Location) (time.Time, string) {
	if text == "" {
		return time.Time{}, ""
	}
	wall, err := time.Parse(views.WallLayout, text)
	if err != nil {
		if wall, err = time.Parse(views.WallLayout+":05", text); err != nil {
			return time.Time{}, "Enter the whole date and time."
		}
	}
	var found time.Time
	for _, near := range []time.Duration{-24 * time.Hour, 24 * time.Hour} {
		_, offset := wall.Add(near).In(zone).Zone()
		at := wall.Add(-time.Duration(offset) * time.Second).In(zone)
		shown := time.Date(at.Year(), at.Month(), at.Day(), at.Hour(), at.Minute(), at.Second(), 0, time.UTC)
		if shown.Equal(wall) && (found.IsZero() || at.Before(found)) {
			found = at
		}
	}
	if found.IsZero() {
		return time.Time{}, "The clocks skip that time on that day. Choose another."
	}
	return found.UTC(), ""
}
