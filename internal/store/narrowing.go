package store

import (
	"context"
	"iter"
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
	// few and many are two ways to say the condition; they take args and manyArgs.
	few  string
	args []any
	// set is a third, which takes args and first finds all ids that it keeps; empty
	// where no index has them.
	set      string
	many     string
	manyArgs []any
	// keeps says it of a token in the sample, or places where it is said of those there,
	// who may come more than once.
	keeps  func(*sampled) bool
	places func(sample) iter.Seq[int]
	// named is whether it asks for nothing but the name, and related for nothing but
	// the id.
	named, related bool
	// along is the column of which it is a range, empty if it is none: an order by
	// that column is walked within the range, however many it keeps. within
	// says it of what is walked along.
	along, within string
}

// narrowed is a filter in the way that suits how many tokens its parts keep.
type narrowed struct {
	// where are its conditions but for those of named, which ask for nothing but
	// the name, and of related, for nothing but the id: the entries of an index
	// have what is asked for, and the tokens' rows are not read. Of some, so have those
	// of ending, which ask for nothing but the end.
	where, named, related, ending conditions
	// few is whether related fetches few tokens, which are then sorted.
	few bool
}

// all are the conditions in one.
func (n narrowed) all() conditions { return n.related.with(n.where).with(n.named).with(n.ending) }

// none is whether it keeps all tokens.
func (n narrowed) none() bool {
	return !n.few && len(n.related.sql)+len(n.where.sql)+len(n.named.sql)+len(n.ending.sql) == 0
}

// rangeLimit is how many tokens of a range are at most fetched to be counted.
const rangeLimit = 20_000

// narrow adds the parts to n. For a list, the part that keeps fewest fetches its
// tokens where that costs less than to walk until the page is full, and where a walk
// breaks off that goes on for longer. To be counted, without a list, they always are:
// there is no page after which to stop walking. Names have all words.
func (s *Store) narrow(ctx context.Context, n narrowed, parts []narrowing, others []func(*sampled) bool, words []string, list *tokenList, now time.Time) (narrowed, error) {
	if list != nil {
		list.among = n.by(parts, -1, nil)
	}
	pairs := pairsIn(words)
	if len(parts) == 0 && len(pairs) == 0 {
		return n, nil
	}
	known, err := s.sample(ctx, now)
	if err != nil {
		return n, err
	}
	few, fewest, kept, marked := -1, math.Inf(1), make([]float64, len(parts)), make([]marks, len(parts))
	for i, part := range parts {
		marked[i], kept[i] = known.mark(part)
		if part.along != "" && (list == nil && kept[i] > rangeLimit || list != nil && part.along == list.along()) {
			continue
		}
		if kept[i] < fewest {
			few, fewest = i, kept[i]
		}
	}
	fetching := fewest * fetchCost
	if list == nil {
		n = n.by(parts, few, nil)
		if len(pairs) > 0 && min(fetching, float64(known.of)) > spansCost {
			anywhere, err := s.spans(ctx, walk{}, pairs)
			if err != nil {
				return n, err
			}
			if len(anywhere) == 0 {
				n.where.add("1 = 0")
				n.few = true
			}
		}
		return n, nil
	}
	way := s.courseOf(list, known, parts, marked, kept, others, words)
	if list.along() == nameColumn && len(pairs) > 0 && min(fetching, way.cost) > spansCost {
		if list.spans, err = s.spans(ctx, list.walk, pairs); err != nil {
			return n, err
		}
		way = s.courseOf(list, known, parts, marked, kept, others, words)
	}
	if fetching <= way.cost {
		return n.by(parts, few, nil), nil
	}
	// All walks together break off where fetching would have been done. Statements are
	// prepared by their text: few budgets make few of them.
	if budget := math.Exp2(math.Round(math.Log2(max(leastBudget, way.walked/max(1, way.walks)*fetching/max(1, way.cost))))); few >= 0 && budget < float64(known.of) {
		list.budget, list.fewer = int(budget), n.by(parts, few, nil)
	}
	return n.by(parts, -1, way.sets), nil
}

// A course is how a list is walked: in how many walks, over how many entries of indexes,
// which parts are asked by their sets, and what all of it costs.
type course struct {
	walks, walked, cost float64
	sets                []bool
}

// courseOf is that of a list whose parts keep so many tokens each, of the sample those
// marked, and whose names have all words.
func (s *Store) courseOf(list *tokenList, known sample, parts []narrowing, marked []marks, kept []float64, others []func(*sampled) bool, words []string) course {
	var tell []marks
	for i, part := range parts {
		if part.along == endColumn && slices.Contains(tellsEnd, list.along()) {
			tell = append(tell, marked[i])
		}
	}
	if list.along() == nameColumn && len(words) > 0 {
		named, _ := known.mark(narrowing{keeps: func(t *sampled) bool { return t.named(words) }})
		tell = append(tell, named)
	}
	keeps, told, passes := known.having(marked...), known.having(tell...), both(others)
	for i, token := range known.tokens {
		keeps[i] = keeps[i] && passes(token)
	}
	walks, walked, asked := list.reach(known, keeps, told)
	w := course{walks: walks, walked: walked, cost: walked * entryCost, sets: make([]bool, len(parts))}
	most, each := s.dialect.sets()
	asking := asked * rowCost
	for i, part := range parts {
		walkedAlong := part.along != "" && (part.along == list.along() || part.along == endColumn && slices.Contains(tellsEnd, list.along()))
		if part.set != "" && !walkedAlong && kept[i] <= most && walks*kept[i]*each < asked*rowCost {
			w.sets[i], asking = true, asked*entryCost
			w.cost += walks * kept[i] * each
		}
	}
	w.cost += asking
	return w
}

// by is n with the parts: one that fetches few tokens, if it is not -1, and those that
// are asked by their sets.
func (n narrowed) by(parts []narrowing, few int, sets []bool) narrowed {
	var first, related conditions
	n.where, n.named, n.ending = n.where.and(""), n.named.and(""), n.ending.and("")
	n.few = few >= 0
	for i, part := range parts {
		switch {
		case i == few:
			first.add(part.few, part.args...)
		case sets != nil && sets[i]:
			first.add(part.set, part.args...)
		case part.related:
			related.add(part.many, part.manyArgs...)
		case part.named:
			n.named.add(part.many, part.manyArgs...)
		case part.along == endColumn:
			n.ending.add(part.many, part.manyArgs...)
		default:
			n.where.add(part.many, part.manyArgs...)
		}
	}
	n.related = first.with(related)
	return n
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
		if n, ok := s.searchGUID(digits); ok {
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
	related := func(table, condition string, values any, places func(sample) iter.Seq[int]) {
		ids, set := `SELECT token_id AS id FROM `+table+` WHERE `+condition, ""
		if condition != riskyScope { // of which PostgreSQL does not know how many it keeps
			set = s.dialect.in(ids)
		}
		all = append(all, narrowing{
			few: s.dialect.among(ids), args: []any{values}, set: set,
			many: `(SELECT 1 FROM ` + table + ` x WHERE x.token_id = t.id AND ` + condition + ` LIMIT 1) IS NOT NULL`, manyArgs: []any{values},
			related: true, places: places,
		})
	}
	in := func(repositories ...console.GUID) {
		related("token_repositories", "repository_guid IN ?", repositories, func(s sample) iter.Seq[int] { return placesOf(s.in, repositories) })
	}
	may := func(condition string, scopes []string) {
		related("token_scopes", condition, scopes, func(s sample) iter.Seq[int] { return placesOf(s.scoped, scopes) })
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

// placesOf are the places of all keys.
func placesOf[K comparable](places map[K][]int, keys []K) iter.Seq[int] {
	return func(yield func(int) bool) {
		for _, key := range keys {
			for _, at := range places[key] {
				if !yield(at) {
					return
				}
			}
		}
	}
}

// ranges are the narrowings by columns of the tokens themselves and by their last use.
func (s *Store) ranges(f console.TokenFilter, counted bool, now time.Time) []narrowing {
	var all []narrowing
	own := func(along, condition string, keeps func(*sampled) bool, args ...any) {
		of, ids, set := strings.ReplaceAll(condition, "u.", "t."), `SELECT u.id FROM tokens u WHERE `+condition, ""
		if along != "" {
			set = s.dialect.in(ids)
		}
		all = append(all, narrowing{
			along: along, within: of, keeps: keeps,
			few: s.dialect.among(ids), args: args, set: set,
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
		own(endColumn, `u.ends_at > ? AND u.ends_at <= ?`, func(t *sampled) bool { return t.endsAt() > from && t.endsAt() <= to }, from, to)
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
