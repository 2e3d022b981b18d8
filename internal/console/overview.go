package console

import (
	"cmp"
	"slices"
	"time"
)

// An Amount is a number of things, as far as they were counted.
type Amount struct {
	N int
	// Beyond is whether there are more than N.
	Beyond bool
}

// AmountOf is the amount of a total.
func AmountOf(total int) Amount {
	if total == Beyond {
		return Amount{N: TotalLimit, Beyond: true}
	}
	return Amount{N: total}
}

const (
	// OverviewExpiry is how far ahead an overview looks for what expires, and
	// OverviewSoon what of that is soon.
	OverviewExpiry = 90 * 24 * time.Hour
	OverviewSoon   = 7 * 24 * time.Hour
	// OverviewUnused is for how long a token was not used that is worth a look.
	OverviewUnused = 90 * 24 * time.Hour
	// OverviewRecent is how many days, today included, what ended counts as recent.
	OverviewRecent = 30
	// OverviewRequests is of how many days, today included, requests are shown.
	OverviewRequests = 14
)

// Overview is what an administrator looks at first. All of it is about what its
// reader may see.
type Overview struct {
	// Repositories is how many there are.
	Repositories int
	// Tokens are all of them, and Statuses those of each status.
	Tokens   Amount
	Statuses map[Status]Amount
	// Expiring are those active tokens that end within the notice window, Soon and
	// Later those that do within OverviewSoon and OverviewExpiry.
	Expiring, Soon, Later Amount
	// Soonest are those of them that end first.
	Soonest []Token
	// NextStart is when the next scheduled token begins, zero if none does.
	NextStart time.Time
	// Ended and Revoked are how many did within OverviewRecent days, or -1 if
	// nobody counted.
	Ended, Revoked int
	// Risky are active tokens with a scope of high risk and without an end,
	// Orphaned those whose owner is disabled, and Open those without an IP filter.
	Risky, Orphaned, Open Amount
	// Leavers are some of the owners of Orphaned.
	Leavers []PersonRef
	Unused  UnusedTokens
	// Requests is nil if they are too many to be added up.
	Requests *Requests
	// Recent are the latest events about tokens, the newest first.
	Recent []AuditEvent
}

// UnusedTokens are active tokens that nobody used for OverviewUnused.
type UnusedTokens struct {
	Amount Amount
	// Some are those that were made first.
	Some []Token
	// At is when they were counted; zero if they were not yet.
	At time.Time
}

// Requests is how often tokens were used in repositories, day by day.
type Requests struct {
	// Since is the first day, Today the last.
	Since, Today Day
	// Series are those of the repositories with the most requests, and of all others.
	Series []RequestSeries
}

// RequestSeries is how often tokens of a repository were used each day, whether
// they were allowed or refused.
type RequestSeries struct {
	// Repository is empty for all others together.
	Repository RepositoryRef
	Days       []int
	Total      int
}

// RequestSeriesLimit is how many repositories are shown by themselves.
const RequestSeriesLimit = 3

// NewRequests puts the series of repositories in their order, the most first, and
// all but the first ones together.
func NewRequests(since, today Day, series []RequestSeries) *Requests {
	slices.SortFunc(series, func(a, b RequestSeries) int {
		named := func(s RequestSeries) int { return min(len(s.Repository.Name), 1) }
		return cmp.Or(named(b)-named(a), b.Total-a.Total, cmp.Compare(a.Repository.Name, b.Repository.Name))
	})
	r := &Requests{Since: since, Today: today}
	others := RequestSeries{Days: make([]int, today-since+1)}
	for i, one := range series {
		if i < RequestSeriesLimit && one.Repository.Name != "" {
			r.Series = append(r.Series, one)
			continue
		}
		others.Total += one.Total
		for day, n := range one.Days {
			others.Days[day] += n
		}
	}
	if others.Total > 0 {
		r.Series = append(r.Series, others)
	}
	return r
}

// Totals are the requests of all series by day.
func (r *Requests) Totals() []int {
	totals := make([]int, r.Today-r.Since+1)
	for _, series := range r.Series {
		for day, n := range series.Days {
			totals[day] += n
		}
	}
	return totals
}

// BulkEnds are the actions that tell how a bulk change ended.
var BulkEnds = []Action{BulkFinished, BulkCancelled, BulkStopped}

// TokenDeeds are the actions that change tokens, by which a token's story is told.
var TokenDeeds = []Action{
	TokenCreated, TokenEdited, TokenDisabled, TokenEnabled, TokenRotated, TokenOverlapEnded, TokenRevoked, TokenDeleted,
}
