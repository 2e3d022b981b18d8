package views

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"latchkey/internal/console"
)

// Reader is how a person reads times: in a zone, as of now.
type Reader struct {
	Now  time.Time
	Zone *time.Location
}

const (
	dateLayout  = "2 Jan 2006"
	clockLayout = "15:04"
	// WallLayout is a wall time as an input of type datetime-local has it.
	WallLayout = "2006-01-02T15:04"
	// DayLayout is a day as an input of type date has it.
	DayLayout = "2006-01-02"
)

// Date is the day of t.
func (r Reader) Date(t time.Time) string { return t.In(r.Zone).Format(dateLayout) }

// DayText says a day that an input of type date has, as Date does; empty for none.
func DayText(day string) string {
	t, err := time.Parse(DayLayout, day)
	if err != nil {
		return ""
	}
	return t.Format(dateLayout)
}

// Clock is the time of day of t, with its zone.
func (r Reader) Clock(t time.Time) string {
	return t.In(r.Zone).Format(clockLayout) + " " + zoneAt(t.In(r.Zone))
}

// Moment is t as one text.
func (r Reader) Moment(t time.Time) string { return r.Date(t) + ", " + r.Clock(t) }

// Bound is an end of a half-open time as people choose it: a day where it begins
// or ends with one, the last one that belongs to it.
func (r Reader) Bound(t time.Time, last bool) string {
	year, month, day := t.In(r.Zone).Date()
	switch {
	case !t.Equal(time.Date(year, month, day, 0, 0, 0, 0, r.Zone)):
		return r.Moment(t)
	case last:
		return r.Date(t.Add(-time.Nanosecond))
	}
	return r.Date(t)
}

// Wall is t as an input of type datetime-local has it; empty for no time.
func (r Reader) Wall(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.In(r.Zone).Format(WallLayout)
}

// Machine is t for the datetime attribute.
func (r Reader) Machine(t time.Time) string { return t.UTC().Format(time.RFC3339) }

// ZoneName names the reader's zone and how it stands to UTC now.
func (r Reader) ZoneName() string {
	name := r.Zone.String()
	if name == "UTC" {
		return "UTC"
	}
	_, offset := r.Now.In(r.Zone).Zone()
	return name + " (" + utcOffset(offset) + ")"
}

// Relative is t seen from now: "in 3 months", "21 days ago".
func (r Reader) Relative(t time.Time) string {
	d := t.Sub(r.Now)
	text := console.Span(d.Abs())
	switch {
	case text == "":
		return "now"
	case d > 0:
		return "in " + text
	}
	return text + " ago"
}

// past is Relative for what has happened, also if another clock is ahead.
func (r Reader) past(t time.Time) string {
	if t.After(r.Now) {
		t = r.Now
	}
	return r.Relative(t)
}

// Days is a number of days.
func Days(n int) string { return plural(n, "day", "days") }

// Ago is a time that has passed, in whole words.
func (r Reader) Ago(t time.Time) string { return console.Ago(r.Now.Sub(t)) }

// plural is a number with its noun, with thousands set apart.
func plural(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return Number(n) + " " + many
}

// Number is n with its thousands set apart.
func Number(n int) string {
	digits := strconv.Itoa(n)
	for i := len(digits) - 3; i > 0; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	return digits
}

// zoneAt is the short name of t's zone. Zones without letters are written as
// their distance to UTC.
func zoneAt(t time.Time) string {
	name, offset := t.Zone()
	if strings.HasPrefix(name, "+") || strings.HasPrefix(name, "-") {
		return utcOffset(offset)
	}
	return name
}

func utcOffset(seconds int) string {
	sign := "+"
	if seconds < 0 {
		sign, seconds = "−", -seconds
	}
	if minutes := seconds / 60 % 60; minutes != 0 {
		return fmt.Sprintf("UTC%s%d:%02d", sign, seconds/3600, minutes)
	}
	return fmt.Sprintf("UTC%s%d", sign, seconds/3600)
}
