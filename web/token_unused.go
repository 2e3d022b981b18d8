package web

import (
	"strconv"
	"strings"

	"latchkey/internal/console"
	"latchkey/views"
)

// never is how the address says that a token was never used.
const never = "never"

// readUnused reads how long tokens were not used, as an address has it (never,
// 30d) or as somebody types it (never used, 30 days, 30). What it can't read is
// no such filter.
func readUnused(text string) (neverUsed bool, days int) {
	text = strings.TrimSpace(console.Fold(searchText(text)))
	if text == never || text == console.Fold(views.NeverUsed) {
		return true, 0
	}
	number := strings.ReplaceAll(strings.TrimRight(text, " days"), ",", "")
	if n, err := strconv.Atoi(number); err == nil && n > 0 && n <= daysLimit {
		return false, n
	}
	return false, 0
}

// unused is how the address says how long tokens were not used, empty for no
// such filter.
func (q tokenQuery) unused() string {
	switch {
	case q.neverUsed:
		return never
	case q.unusedDays > 0:
		return strconv.Itoa(q.unusedDays) + "d"
	}
	return ""
}

// unusedText is the same for people.
func (q tokenQuery) unusedText() string {
	switch {
	case q.neverUsed:
		return views.NeverUsed
	case q.unusedDays > 0:
		return views.Days(q.unusedDays)
	}
	return ""
}
