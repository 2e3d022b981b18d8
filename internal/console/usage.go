package console

import (
	"cmp"
	"net/netip"
	"slices"
	"time"
)

// Reasons are all reasons for which a token of ours is refused, in the order in
// which they are told. What is unknown is no token of ours.
var Reasons = []Reason{
	ReasonExpired, ReasonNotYetValid, ReasonDisabled, ReasonRevoked, ReasonIPRefused, ReasonScopeMissing, ReasonRepositoryMissing,
}

const (
	// UsageKeptDays is for how many days it is kept how often a token was used
	// and refused. When it was used last is kept as long as the token.
	UsageKeptDays = 90
	// UsageShownDays is how many days, today included, a token's details show.
	UsageShownDays = 30
	// AgentLimit bounds what is kept of a program's name for itself, in bytes.
	AgentLimit = 300
)

// Presenter is who presented a token, as far as we were told.
type Presenter struct {
	// Address is the zero address if it is unknown.
	Address netip.Addr
	// Agent is the program's name for itself, empty if it is unknown.
	Agent string
}

// A Day is a day in UTC, counted from the beginning of 1970.
type Day int

const secondsPerDay = 24 * 60 * 60

// DayOf is the day on which t is.
func DayOf(t time.Time) Day {
	seconds := t.Unix()
	day := seconds / secondsPerDay
	if seconds%secondsPerDay < 0 {
		day--
	}
	return Day(day)
}

// Start is the first instant of d.
func (d Day) Start() time.Time { return time.Unix(int64(d)*secondsPerDay, 0).UTC() }

// DayCount is how often a token was answered in one way on one day.
type DayCount struct {
	Day Day
	// Reason is why it was refused; empty counts what was allowed.
	Reason Reason
	N      int
}

// Compare orders counts by days, and within one by reasons.
func (c DayCount) Compare(other DayCount) int {
	return cmp.Or(cmp.Compare(c.Day, other.Day), cmp.Compare(c.Reason, other.Reason))
}

// Usage is how a token was used.
type Usage struct {
	// UsedAt is when it worked last, zero if it never did, and Address and
	// Agent are from where and by what, as far as that was told.
	UsedAt  time.Time
	Address string
	Agent   string
	// Since is the first of the days that are counted, Today the last.
	Since, Today Day
	// Counts are in their order.
	Counts []DayCount
}

// DayUsage is how a token was used on one day.
type DayUsage struct {
	Day              Day
	Allowed, Refused int
}

// Days are all days of u, also those without a use.
func (u Usage) Days() []DayUsage {
	if u.Today < u.Since {
		return nil
	}
	days := make([]DayUsage, u.Today-u.Since+1)
	for i := range days {
		days[i].Day = u.Since + Day(i)
	}
	for _, count := range u.Counts {
		if count.Day < u.Since || count.Day > u.Today {
			continue
		}
		if day := &days[count.Day-u.Since]; count.Reason == "" {
			day.Allowed += count.N
		} else {
			day.Refused += count.N
		}
	}
	return days
}

// ReasonCount is how often a token was refused for one reason.
type ReasonCount struct {
	Reason Reason
	N      int
}

// Refusals are how often the token was refused on all of the days, the most
// frequent reason first.
func (u Usage) Refusals() []ReasonCount {
	var counts []ReasonCount
	for _, reason := range Reasons {
		n := 0
		for _, count := range u.Counts {
			if count.Reason == reason {
				n += count.N
			}
		}
		if n > 0 {
			counts = append(counts, ReasonCount{reason, n})
		}
	}
	slices.SortStableFunc(counts, func(a, b ReasonCount) int { return b.N - a.N })
	return counts
}

// Totals are how often the token was allowed and refused on all of the days.
func (u Usage) Totals() (allowed, refused int) {
	for _, day := range u.Days() {
		allowed, refused = allowed+day.Allowed, refused+day.Refused
	}
	return allowed, refused
}
