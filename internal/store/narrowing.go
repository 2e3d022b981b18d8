package store

import (
	"context"
	"math"
	"slices"
	"strings"
	"time"

	"latchkey/internal/console"
)

// A narrowing is a part of a filter that may keep few tokens or many. Few are
// fetched and sorted; among many, the list is walked in its order and the page
// is full before long. A sample tells which costs less.
type narrowing struct {
	// few and many are the two ways to say the condition; both take manyArgs
	// or args.
	few      string
	args     []any
	many     string
	manyArgs []any
	// keeps says it of a token in the sample.
	keeps func(*sampled) bool
	// named is whether it asks for nothing but the name.
	named bool
	// along is the column of which it is a range, empty if it is none: an order by
	// that column is walked within the range, however many it keeps. within
	// says it of what is walked along.
	along, within string
}

// narrowed is a filter in the way that suits how many tokens its parts keep.
type narrowed struct {
	// where are its conditions but for those of named, which ask for nothing but
	// the name: along the names, an index answers them alone.
	where, named conditions
	// few is whether where fetches few tokens, which are then sorted.
	few bool
}

// all are the conditions in one.
func (n narrowed) all() conditions {
	c := n.where
	for i, sql := range n.named.sql {
		c = c.and(sql, n.named.args[i])
	}
	return c
}

// rangeLimit is how many tokens of a range are at most fetched to be counted.
const rangeLimit = 20_000

// narrow adds the parts to n. For a list, the part that keeps fewest fetches its
// tokens where that costs less than to walk until the page is full. To be counted,
// without a list, they always are: there is no page after which to stop walking.
func (s *Store) narrow(ctx context.Context, n narrowed, parts []narrowing, others []func(*sampled) bool, list *tokenList, now time.Time) (narrowed, error) {
	if len(parts) == 0 {
		return n, nil
	}
	known, err := s.sample(ctx, now)
	if err != nil {
		return n, err
	}
	few, fewest := -1, math.Inf(1)
	for i, part := range parts {
		kept := known.estimate(part.keeps)
		if part.along != "" && (list == nil && kept > rangeLimit || list != nil && part.along == list.along()) {
			continue
		}
		if kept < fewest {
			few, fewest = i, kept
		}
	}
	if list != nil && few >= 0 {
		keeps, named := both(others), func(*sampled) bool { return true }
		for _, part := range parts {
			keeps = both([]func(*sampled) bool{keeps, part.keeps})
			if part.named && list.along() == nameColumn {
				named = both([]func(*sampled) bool{named, part.keeps})
			}
		}
		if list.walkCost(known, keeps, named) < fewest*(rowCost+entryCost) {
			few = -1
		}
	}
	n.few = few >= 0
	for i, part := range parts {
		switch {
		case i == few:
			n.where.add(part.few, part.args...)
		case part.named:
			n.named.add(part.many, part.manyArgs...)
		default:
			n.where.add(part.many, part.manyArgs...)
		}
	}
	return n, nil
}

// both is whether all say so.
func both(all []func(*sampled) bool) func(*sampled) bool {
	return func(t *sampled) bool {
		for _, keeps := range all {
			if !keeps(t) {
				return false
			}
		}
		return true
	}
}

// riskyScope is the condition that a scope of a token is one of high risk: of
// those built in, which are its argument, or of the organization's own.
const riskyScope = `(scope IN ? OR scope IN (SELECT name FROM scopes WHERE own = 1 AND risk = 'high'))`

// narrowings are the parts of f that may keep few tokens, the most costly to ask a
// token for at the end.
func (s *Store) narrowings(f console.TokenFilter, counted bool, now time.Time) []narrowing {
	all := s.ranges(f, counted, now)
	for _, word := range console.Words(f.Name) {
		if n, ok := s.search(nameColumn, word); ok {
			n.named, n.keeps = true, func(t *sampled) bool { return strings.Contains(t.name, word) }
			all = append(all, n)
		}
	}
	if digits, _ := console.GUIDDigits(f.GUID); digits != "" {
		if n, ok := s.search("guid_digits", digits); ok {
			n.keeps = func(t *sampled) bool { return strings.Contains(t.digits, digits) }
			all = append(all, n)
		}
	}
	if n, ok := s.searchEither(f.Search); ok {
		n.keeps = func(t *sampled) bool { return found(f.Search, t) }
		all = append(all, n)
	}
	return append(all, s.relations(f)...)
}

// relations are the narrowings by what tokens are related to.
func (s *Store) relations(f console.TokenFilter) []narrowing {
	var all []narrowing
	related := func(table, condition string, values any, keeps func(*sampled) bool) {
		all = append(all, narrowing{
			few: s.dialect.among(`SELECT token_id FROM ` + table + ` WHERE ` + condition), args: []any{values},
			many: `(SELECT 1 FROM ` + table + ` x WHERE x.token_id = t.id AND ` + condition + ` LIMIT 1) IS NOT NULL`, manyArgs: []any{values},
			keeps: keeps,
		})
	}
	in := func(repositories ...console.GUID) {
		related("token_repositories", "repository_guid IN ?", repositories, func(t *sampled) bool {
			return slices.ContainsFunc(t.Repositories, func(r console.RepositoryRef) bool { return slices.Contains(repositories, r.GUID) })
		})
	}
	may := func(condition string, scopes []string) {
		related("token_scopes", condition, scopes, func(t *sampled) bool {
			return slices.ContainsFunc(t.Scopes, func(scope string) bool { return slices.Contains(scopes, scope) })
		})
	}
	const oneOf = "scope IN ?"
	if f.Visible.Limited && len(f.Visible.Types) == 0 && !f.Visible.NoTokens() {
		in(f.Visible.Repositories...)
		may(oneOf, f.Visible.Scopes)
	}
	if f.Repository != "" {
		in(f.Repository)
	}
	if len(f.Repositories) > 0 {
		in(f.Repositories...)
	}
	if len(f.Scopes) > 0 {
		may(oneOf, f.Scopes)
	}
	if slices.Contains(f.Traits, console.TraitRisky) {
		may(riskyScope, console.BuiltIn().Risky())
	}
	return all
}

// ranges are the narrowings by columns of the tokens themselves and by their last use.
func (s *Store) ranges(f console.TokenFilter, counted bool, now time.Time) []narrowing {
	var all []narrowing
	own := func(along, condition string, keeps func(*sampled) bool, args ...any) {
		of := strings.ReplaceAll(condition, "u.", "t.")
		all = append(all, narrowing{
			along: along, within: of, keeps: keeps,
			few: s.dialect.among(`SELECT u.id FROM tokens u WHERE ` + condition), args: args,
			many: of, manyArgs: args,
		})
	}
	if f.IPFilter != "" {
		own("", `u.ip_filter_guid = ?`, func(t *sampled) bool { return t.IPFilter.GUID == f.IPFilter }, string(f.IPFilter))
	}
	if len(f.Types) > 0 {
		own("", `u.type IN ?`, func(t *sampled) bool { return slices.Contains(f.Types, t.Type) }, f.Types)
	}
	if len(f.Owners) > 0 {
		own("", `u.owner_guid IN ?`, func(t *sampled) bool { return slices.Contains(f.Owners, t.Owner.GUID) }, f.Owners)
	}
	if len(f.Creators) > 0 {
		own("", `u.creator_guid IN ?`, func(t *sampled) bool { return slices.Contains(f.Creators, t.Creator.GUID) }, f.Creators)
	}
	ends := func(within time.Duration) {
		from, to := millis(now), millis(now.Add(within))
		own("ends_at", `u.ends_at > ? AND u.ends_at <= ?`, func(t *sampled) bool { return t.endsAt() > from && t.endsAt() <= to }, from, to)
	}
	if f.ExpiresWithin > 0 {
		ends(f.ExpiresWithin)
	}
	if f.Status == console.FilterExpiring {
		ends(console.NoticeWindow)
	}
	if f.NeverUsed {
		all = append(all, s.unused(0, counted))
	}
	if f.UnusedFor > 0 { // who was made later had no time to be used
		since := millis(now.Add(-f.UnusedFor))
		all = append(all, s.unused(since, counted))
		own("created_at", `u.created_at <= ?`, func(t *sampled) bool { return millis(t.CreatedAt) <= since }, since)
	}
	if from, to := f.CreatedFrom, f.CreatedTo; !from.IsZero() || !to.IsZero() {
		if to.IsZero() {
			to = fromMillis(never)
		}
		own("created_at", `u.created_at >= ? AND u.created_at < ?`,
			func(t *sampled) bool { return !t.CreatedAt.Before(from) && t.CreatedAt.Before(to) }, millis(from), millis(to))
	}
	return all
}
