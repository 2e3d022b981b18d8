package console

import (
	"regexp"
	"strconv"
	"strings"
	"time"
)

// timeFormats are the ways to write an instant, the last ones as spreadsheets do.
// Those without a zone are UTC.
var timeFormats = []string{time.RFC3339, "2006-01-02T15:04", "2006-01-02", "2006-01-02 15:04", "2006-01-02 15:04:05"}

// What to say to somebody who wrote a time in another way.
const (
	InstantForms = "Write 2026-12-31, 2026-12-31T08:00 or 2026-12-31T08:00:00+01:00"
	LengthForms  = ", or a time such as 12h, 90d or 1y"
)

// ParseInstant reads an instant. Nothing is the zero time.
func ParseInstant(text string) (time.Time, bool) {
	if text == "" {
		return time.Time{}, true
	}
	for _, format := range timeFormats {
		if t, err := time.Parse(format, text); err == nil {
			return t.UTC(), true
		}
	}
	return time.Time{}, false
}

// ParseEnd reads an instant, or a length of time from start on. A day includes
// itself: what ends on the 31st ends with its last moment.
func ParseEnd(text string, start time.Time) (time.Time, bool) {
	if day, err := time.Parse(time.DateOnly, text); err == nil {
		return day.AddDate(0, 0, 1), true
	}
	return ParseUntil(text, start)
}

// ParseUntil is ParseEnd for what is over as soon as the day begins.
func ParseUntil(text string, start time.Time) (time.Time, bool) {
	if length, ok := ParseLength(text); ok {
		return start.Add(length), true
	}
	return ParseInstant(text)
}

// ParseSince reads an instant, or a length of time before now.
func ParseSince(text string, now time.Time) (time.Time, bool) {
	if length, ok := ParseLength(text); ok {
		return now.Add(-length), true
	}
	return ParseInstant(text)
}

var lengthForm = regexp.MustCompile(`^([1-9][0-9]{0,5})(m|h|d|w|y)$`)

// ParseLength reads a number and its unit: 30m, 12h, 90d, 4w, 1y. A year has
// 365 days.
func ParseLength(text string) (time.Duration, bool) {
	parts := lengthForm.FindStringSubmatch(text)
	if parts == nil {
		return 0, false
	}
	const day = 24 * time.Hour
	units := map[string]time.Duration{"m": time.Minute, "h": time.Hour, "d": day, "w": 7 * day, "y": 365 * day}
	count, err := strconv.ParseInt(parts[1], 10, 64)
	length := time.Duration(count) * units[parts[2]]
	return length, err == nil && length/units[parts[2]] == time.Duration(count) && length > 0
}

// Ago is how long something is past, in whole words: "2 minutes ago".
func Ago(d time.Duration) string {
	n, unit, ok := strings.Cut(Span(d.Abs()), " ")
	if !ok {
		return "just now"
	}
	if long := map[string]string{"s": "second", "min": "minute", "h": "hour"}[unit]; long != "" {
		unit = long
		if n != "1" {
			unit += "s"
		}
	}
	return n + " " + unit + " ago"
}

// Span is a length of time in its largest fitting unit, rounded; empty for next
// to none.
func Span(d time.Duration) string {
	const day = 24 * time.Hour
	for _, unit := range []struct {
		length     time.Duration
		most       int
		name, many string
	}{
		{time.Second, 59, "s", "s"}, {time.Minute, 59, "min", "min"}, {time.Hour, 23, "h", "h"},
		{day, 29, "day", "days"}, {7 * day, 8, "week", "weeks"},
		{365 * day / 12, 23, "month", "months"}, {365 * day, 1 << 30, "year", "years"},
	} {
		switch n := int(d.Round(unit.length) / unit.length); {
		case n == 0:
			return ""
		case n == 1:
			return "1 " + unit.name
		case n <= unit.most:
			return strconv.Itoa(n) + " " + unit.many
		}
	}
	return ""
}
