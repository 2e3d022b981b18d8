package console

import (
	"slices"
	"strings"
	"time"
)

// StatusFilter narrows a list of tokens by what they are now.
type StatusFilter string

// The status filters beside the statuses themselves.
const (
	// FilterAll keeps every token.
	FilterAll StatusFilter = "all"
	// FilterCurrent keeps what is active or scheduled, and what expired less
	// than the retention window ago.
	FilterCurrent StatusFilter = "current"
	// FilterInactive keeps what is not active.
	FilterInactive StatusFilter = "inactive"
	// FilterExpiring keeps what is active and ends within the notice window.
	FilterExpiring  StatusFilter = "expiring"
	FilterActive                 = StatusFilter(StatusActive)
	FilterScheduled              = StatusFilter(StatusScheduled)
	FilterDisabled               = StatusFilter(StatusDisabled)
	FilterExpired                = StatusFilter(StatusExpired)
	FilterRevoked                = StatusFilter(StatusRevoked)
)

// StatusFilters are all of them, in the order in which they are offered.
var StatusFilters = []StatusFilter{
	FilterCurrent, FilterAll, FilterActive, FilterInactive, FilterExpiring,
	FilterScheduled, FilterDisabled, FilterExpired, FilterRevoked,
}

// Label is the filter's name for people.
func (f StatusFilter) Label() string { return Status(f).Label() }

// Statuses are those that a token passing the filter can have, in the order of
// Statuses.
func (f StatusFilter) Statuses() []Status {
	switch f {
	case FilterAll, "":
		return Statuses
	case FilterCurrent:
		return []Status{StatusExpired, StatusScheduled, StatusActive}
	case FilterInactive:
		return []Status{StatusRevoked, StatusExpired, StatusDisabled, StatusScheduled}
	case FilterExpiring:
		return []Status{StatusActive}
	}
	return []Status{Status(f)}
}

// Keeps reports whether t passes the filter at now.
func (f StatusFilter) Keeps(t Token, now time.Time) bool {
	status := t.Status(now)
	switch f {
	case FilterAll, "":
		return true
	case FilterCurrent:
		return status == StatusActive || status == StatusScheduled ||
			status == StatusExpired && t.ValidTo.After(now.Add(-RetentionWindow))
	case FilterInactive:
		return status != StatusActive
	case FilterExpiring:
		return t.Expiring(now, NoticeWindow)
	}
	return status == Status(f)
}

// TokenFilter says which tokens to list. Its zero value lists all that the
// asker may see; every field that is set narrows.
type TokenFilter struct {
	// Visible is what whoever asks may see.
	Visible Visibility
	// Repository keeps the tokens of one repository, and Repositories those of any
	// of them.
	Repository   GUID
	Repositories []GUID
	// Search keeps tokens in whose name all of its words occur, or in whose GUID it
	// occurs itself.
	Search string
	// Name keeps tokens in whose name all of these words occur, in any order.
	Name string
	// GUID keeps tokens in whose GUID this part occurs.
	GUID string
	// Scopes keeps tokens that have at least one of these.
	Scopes []string
	Status StatusFilter
	// Retention is how long ago a token may have expired and still be current;
	// RetentionWindow if zero.
	Retention time.Duration
	Types     []Type
	Owners    []GUID
	Creators  []GUID
	// IPFilter keeps tokens that use this IP filter.
	IPFilter GUID
	// Traits keeps tokens that have all of these.
	Traits []Trait
	// ExpiresWithin keeps tokens that have not ended and end within this time.
	ExpiresWithin time.Duration
	// NeverUsed keeps tokens that nobody ever used.
	NeverUsed bool
	// UnusedFor keeps tokens that are older than this and were not used since.
	UnusedFor time.Duration
	// CreatedFrom and CreatedTo keep tokens created in [from, to).
	CreatedFrom time.Time
	CreatedTo   time.Time
}

// TokenSort is an order of tokens.
type TokenSort struct {
	Key        TokenSortKey
	Descending bool
}

// TokenSortKey names what tokens are ordered by. Every order ends in the GUID.
type TokenSortKey string

// The sort keys. SortIsActive orders by status, then by the instant at which
// the token enters or leaves it: scheduled tokens by their start, revoked ones
// by their revocation, all others by their end.
const (
	SortName     TokenSortKey = "name"
	SortIsActive TokenSortKey = "active"
	SortExpires  TokenSortKey = "expires"
	SortStarts   TokenSortKey = "starts"
	// SortUsed orders by the last use; before all others stand those without one.
	SortUsed    TokenSortKey = "used"
	SortCreated TokenSortKey = "created"
)

// TokenSortKeys are all sort keys.
var TokenSortKeys = []TokenSortKey{SortName, SortIsActive, SortExpires, SortStarts, SortUsed, SortCreated}

// ReadTokenSort is the order that a key and a direction, asc or desc, name: by name
// where the key is none, in its usual direction where that is none.
func ReadTokenSort(key, direction string) TokenSort {
	sort := TokenSort{Key: TokenSortKey(key)}
	if !slices.Contains(TokenSortKeys, sort.Key) {
		sort.Key = SortName
	}
	sort.Descending = sort.Key.UsuallyDescending()
	if direction == "asc" || direction == "desc" {
		sort.Descending = direction == "desc"
	}
	return sort
}

// UsuallyDescending is how a list is sorted by k unless it is said: what is active
// stands before what is not, what was used lately before what was not, and all else
// in the usual order.
func (k TokenSortKey) UsuallyDescending() bool { return k == SortIsActive || k == SortUsed }

// StatusCounts says how many tokens match a filter, by status filter, each as a
// Total.
type StatusCounts map[StatusFilter]int

// Fields are the parts of f that are set, as a record tells them.
func (f TokenFilter) Fields() []Change {
	days := func(d time.Duration) string {
		if d == 0 {
			return ""
		}
		return Count(int(d/(24*time.Hour)), "day")
	}
	all := []Change{
		{Field: "repository", New: string(f.Repository)},
		{Field: "name", New: WithoutSecret(f.Name)},
		{Field: "guid", New: WithoutSecret(f.GUID)},
		{Field: "scopes", New: joined(f.Scopes)},
		{Field: "status", New: string(f.Status)},
		{Field: "types", New: joined(f.Types)},
		{Field: "owner", New: joined(f.Owners)},
		{Field: "creator", New: joined(f.Creators)},
		{Field: "ip_filter", New: string(f.IPFilter)},
		{Field: "traits", New: joined(f.Traits)},
		{Field: "expires_within", New: days(f.ExpiresWithin)},
		{Field: "unused_for", New: days(f.UnusedFor)},
		{Field: "created_from", New: TimeText(f.CreatedFrom)},
		{Field: "created_to", New: TimeText(f.CreatedTo)},
	}
	if f.NeverUsed {
		all = append(all, Change{Field: "unused_for", New: "ever"})
	}
	return slices.DeleteFunc(all, func(c Change) bool { return c.New == "" })
}

// joined is texts of a kind in one.
func joined[T ~string](all []T) string {
	texts := make([]string, len(all))
	for i, one := range all {
		texts[i] = string(one)
	}
	return strings.Join(texts, " ")
}
