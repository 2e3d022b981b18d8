package store

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strings"
	"sync"
	"time"

	"latchkey/internal/console"
)

// A narrowing is a part of a filter that may keep few tokens or many. Few are
// fetched and sorted; among many, the list is walked in its order and the page
// is full before long. Which it is, is found out by counting, never further
// than it takes to tell.
type narrowing struct {
	// matches selects a row for each token kept.
	matches string
	args    []any
	// few and many are the two ways to say the condition; both take manyArgs
	// or args.
	few      string
	many     string
	manyArgs []any
	// along is the column of which it is a range, empty if it is none: an order by
	// that column is walked within the range, however many it keeps.
	along string
}

// counting stands for the column of a list where tokens are only counted.
const counting = "none"

// fewLimit is how many tokens are at most fetched to be sorted.
const fewLimit = 20_000

// narrow adds the parts to c in the way that suits how many tokens each keeps, and
// reports whether few are fetched, for a list along a column in so many walks. To be counted, tokens
// are always fetched by the part that keeps fewest: there is no page after which
// to stop walking.
func (s *Store) narrow(ctx context.Context, c conditions, f console.TokenFilter, narrowings []narrowing, along string, walks int, now time.Time) (conditions, bool, error) {
	if len(narrowings) == 0 {
		return c, false, nil
	}
	kept, tokens, err := s.estimate(ctx, f, narrowings, now)
	if err != nil {
		return c, false, err
	}
	few, fewest := -1, math.MaxInt
	if along != counting {
		// Fetching m tokens costs as much as walking to a page among m of n
		// when m is about the root of n times the page, as often as is walked.
		fewest = min(fewLimit, int(math.Sqrt(float64(tokens*walks*console.DefaultPageSize))))
	}
	for i := range narrowings {
		of := narrowings[i].along
		if kept[i] < fewest && of != along && (of == "" || kept[i] < fewLimit) {
			few, fewest = i, kept[i]
		}
	}
	for i, n := range narrowings {
		if i == few {
			c.add(n.few, n.args...)
		} else {
			c.add(n.many, n.manyArgs...)
		}
	}
	return c, few >= 0, nil
}

// estimate is how many tokens each part of f keeps, counted no further than to
// fewLimit, of how many in all. It need not be exact, only good enough to choose
// by, so it is kept for a while.
func (s *Store) estimate(ctx context.Context, f console.TokenFilter, narrowings []narrowing, now time.Time) (kept []int, tokens int, err error) {
	key := fmt.Sprintf("%#v", f)
	if known, ok := s.estimates.get(key, now); ok {
		return known.kept, known.tokens, nil
	}
	parts := []string{`SELECT -1 AS place, COALESCE(MAX(id), 0) AS kept FROM tokens`}
	var args []any
	for i, n := range narrowings {
		parts = append(parts, fmt.Sprintf(`SELECT %d, COUNT(*) FROM (SELECT 1 FROM %s LIMIT %d) AS kept`, i, n.matches, fewLimit))
		args = append(args, n.args...)
	}
	var rows []struct{ Place, Kept int }
	if err := s.reader(ctx).Raw(strings.Join(parts, " UNION ALL "), args...).Scan(&rows).Error; err != nil {
		return nil, 0, err
	}
	kept = make([]int, len(narrowings))
	for _, row := range rows {
		if row.Place < 0 {
			tokens = row.Kept
		} else {
			kept[row.Place] = row.Kept
		}
	}
	s.estimates.put(key, estimate{kept: kept, tokens: tokens, at: now})
	return kept, tokens, nil
}

// estimates are kept by what they are of.
type estimates struct {
	mu   sync.Mutex
	kept map[string]estimate
}

type estimate struct {
	kept   []int
	tokens int
	at     time.Time
}

const (
	estimateAge   = 30 * time.Second
	estimatesKept = 1000
)

func (e *estimates) get(key string, now time.Time) (estimate, bool) {
	e.mu.Lock()
	defer e.mu.Unlock()
	kept, ok := e.kept[key]
	return kept, ok && now.Sub(kept.at).Abs() < estimateAge
}

func (e *estimates) put(key string, kept estimate) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.kept == nil || len(e.kept) >= estimatesKept {
		e.kept = map[string]estimate{}
	}
	e.kept[key] = kept
}

// riskyScope is the condition that a scope of a token is one of high risk: of
// those built in, which are its argument, or of the organization's own.
const riskyScope = `(scope IN ? OR scope IN (SELECT name FROM scopes WHERE own = 1 AND risk = 'high'))`

// narrowings are the parts of f that may keep few tokens, the most costly to ask a
// token for at the end.
func (s *Store) narrowings(f console.TokenFilter, now time.Time) []narrowing {
	all := s.ranges(f, now)
	for _, word := range console.Words(f.Name) {
		if n, ok := s.search("name_folded", word); ok {
			all = append(all, n)
		}
	}
	if digits, _ := console.GUIDDigits(f.GUID); digits != "" {
		if n, ok := s.search("guid_digits", digits); ok {
			all = append(all, n)
		}
	}
	if n, ok := s.searchEither(f.Search); ok {
		all = append(all, n)
	}
	return append(all, s.relations(f)...)
}

// relations are the narrowings by what tokens are related to.
func (s *Store) relations(f console.TokenFilter) []narrowing {
	var all []narrowing
	related := func(table, condition string, values any) {
		all = append(all, narrowing{
			matches: table + ` WHERE ` + condition, args: []any{values},
			few:  s.dialect.among(`SELECT token_id FROM ` + table + ` WHERE ` + condition),
			many: `(SELECT 1 FROM ` + table + ` x WHERE x.token_id = t.id AND ` + condition + ` LIMIT 1) IS NOT NULL`, manyArgs: []any{values},
		})
	}
	const repositories, inOne = "token_repositories", "repository_guid IN ?"
	if f.Visible.Limited && len(f.Visible.Types) == 0 && !f.Visible.NoTokens() {
		related(repositories, inOne, f.Visible.Repositories)
		related("token_scopes", "scope IN ?", f.Visible.Scopes)
	}
	if f.Repository != "" {
		related(repositories, inOne, []string{string(f.Repository)})
	}
	if len(f.Repositories) > 0 {
		related(repositories, inOne, f.Repositories)
	}
	if len(f.Scopes) > 0 {
		related("token_scopes", "scope IN ?", f.Scopes)
	}
	if slices.Contains(f.Traits, console.TraitRisky) {
		related("token_scopes", riskyScope, console.BuiltIn().Risky())
	}
	return all
}

// ranges are the narrowings by columns of the tokens themselves.
func (s *Store) ranges(f console.TokenFilter, now time.Time) []narrowing {
	var all []narrowing
	own := func(along, condition string, args ...any) {
		all = append(all, narrowing{
			along: along, matches: `tokens u WHERE ` + condition, args: args,
			few:  s.dialect.among(`SELECT u.id FROM tokens u WHERE ` + condition),
			many: strings.ReplaceAll(condition, "u.", "t."), manyArgs: args,
		})
	}
	if f.IPFilter != "" {
		own("", `u.ip_filter_guid = ?`, string(f.IPFilter))
	}
	if len(f.Types) > 0 {
		own("", `u.type IN ?`, f.Types)
	}
	if len(f.Owners) > 0 {
		own("", `u.owner_guid IN ?`, f.Owners)
	}
	if len(f.Creators) > 0 {
		own("", `u.creator_guid IN ?`, f.Creators)
	}
	if f.ExpiresWithin > 0 {
		own("ends_at", `u.ends_at > ? AND u.ends_at <= ?`, millis(now), millis(now.Add(f.ExpiresWithin)))
	}
	if f.Status == console.FilterExpiring {
		own("ends_at", `u.ends_at > ? AND u.ends_at <= ?`, millis(now), millis(now.Add(console.NoticeWindow)))
	}
	if f.UnusedFor > 0 { // who was made later had no time to be used
		own("created_at", `u.created_at <= ?`, millis(now.Add(-f.UnusedFor)))
	}
	if from, to := f.CreatedFrom, f.CreatedTo; !from.IsZero() || !to.IsZero() {
		if to.IsZero() {
			to = fromMillis(never)
		}
		own("created_at", `u.created_at >= ? AND u.created_at < ?`, millis(from), millis(to))
	}
	return all
}
