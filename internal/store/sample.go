package store

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"latchkey/internal/console"
)

// A sample is some of the tokens, by which it is told how much a filter keeps, and
// how far along an order that stands. It need not be exact, only good enough to
// choose a way by, so it is kept for a while.
type sample struct {
	tokens []*sampled
	// ranks are the places in console.Statuses of the statuses that the tokens had when the
	// sample was drawn.
	ranks []int
	// orders are the tokens' places along each column that lists are walked along.
	orders map[string][]int
	// scoped are the places of those that have each scope, and in of those in each
	// repository.
	scoped map[string][]int
	in     map[console.GUID][]int
	// trigrams are how often names have each.
	trigrams map[string]int
	// of is about how many tokens there are.
	of int
	at time.Time
}

// sampled is a token with what its name and its GUID are searched by.
type sampled struct {
	console.Token
	name, digits string
}

// marks say of each token of a sample, by its place there, whether it passes.
type marks []bool

const (
	// sampleSize is how many tokens a sample has; where there are no more, all.
	sampleSize = 2000
	sampleAge  = 30 * time.Second
	// bigSampleAge is for a sample of many times as many, which few changes change.
	bigSampleAge = 5 * time.Minute
)

// each is for how many tokens one of the sample stands.
func (s sample) each() float64 { return float64(s.of) / float64(max(1, len(s.tokens))) }

// standFor is about how many tokens so many of the sample stand for, and never none:
// what the sample has not can still be there.
func (s sample) standFor(n int) float64 { return max(float64(n), .5) * s.each() }

// mark marks those that a part of a filter keeps, and says about how many tokens they
// stand for.
func (s sample) mark(part narrowing) (marks, float64) {
	kept, n := make(marks, len(s.tokens)), 0
	if part.places != nil {
		for at := range part.places(s) {
			if !kept[at] {
				kept[at] = true
				n++
			}
		}
		return kept, s.standFor(n)
	}
	for i, token := range s.tokens {
		if part.keeps(token) {
			kept[i] = true
			n++
		}
	}
	return kept, s.standFor(n)
}

// keepsWithin reports whether a part of a filter keeps no more than about so many tokens.
func (s sample) keepsWithin(limit int, part narrowing) bool {
	if s.standFor(0) > float64(limit) {
		return false
	}
	_, about := s.mark(part)
	return about <= float64(limit)
}

// having are those of the sample that have all marks.
func (s sample) having(all ...marks) marks {
	having := slices.Repeat(marks{true}, len(s.tokens))
	for _, marks := range all {
		for i, has := range marks {
			having[i] = having[i] && has
		}
	}
	return having
}

// samples keeps the newest sample.
type samples struct {
	mu     sync.Mutex
	newest sample
}

// known is the newest sample, which may be none.
func (s *samples) known() sample {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.newest
}

// sample is one that is not too old.
func (s *Store) sample(ctx context.Context, now time.Time) (sample, error) {
	s.samples.mu.Lock()
	defer s.samples.mu.Unlock()
	kept, age := s.samples.newest, sampleAge
	if kept.of > 50*sampleSize {
		age = bigSampleAge
	}
	if !kept.at.IsZero() && now.Sub(kept.at).Abs() < age {
		return kept, nil
	}
	drawn, err := s.drawSample(ctx, now)
	if err != nil {
		return sample{}, err
	}
	s.samples.newest = drawn
	return drawn, nil
}

// drawSample reads tokens at even steps from the first to the newest: filters keep
// them by nothing that goes with their ids.
func (s *Store) drawSample(ctx context.Context, now time.Time) (sample, error) {
	var newest int
	if err := s.reader(ctx).Raw(`SELECT COALESCE(MAX(id), 0) FROM tokens`).Scan(&newest).Error; err != nil {
		return sample{}, err
	}
	condition, share := "t.id > 0", 1.0
	if newest > 2*sampleSize {
		ids := make([]string, sampleSize)
		for i := range ids {
			ids[i] = fmt.Sprint(1 + i*newest/sampleSize)
		}
		condition, share = "t.id IN ("+strings.Join(ids, ", ")+")", float64(sampleSize)/float64(newest)
	}
	var rows []tokenRow
	if err := s.reader(ctx).Raw(`SELECT ` + listedColumns + tokenTables + `WHERE ` + condition).Scan(&rows).Error; err != nil {
		return sample{}, err
	}
	tokens := make([]console.Token, len(rows))
	for i, row := range rows {
		tokens[i] = row.token()
	}
	return newSample(tokens, int(float64(len(rows))/share), now), nil
}

// newSample puts tokens that stand for so many at now in order.
func newSample(tokens []console.Token, of int, now time.Time) sample {
	s := sample{of: of, at: now, orders: map[string][]int{}, trigrams: map[string]int{}, scoped: map[string][]int{}, in: map[console.GUID][]int{}}
	var places []int
	for i, token := range tokens {
		s.tokens = append(s.tokens, &sampled{Token: token, name: console.Fold(token.Name), digits: token.GUID.Digits()})
		s.ranks, places = append(s.ranks, slices.Index(console.Statuses, token.Status(now))), append(places, i)
	}
	for i, token := range s.tokens {
		for _, scope := range token.Scopes {
			s.scoped[scope] = append(s.scoped[scope], i)
		}
		for _, repository := range token.Repositories {
			s.in[repository.GUID] = append(s.in[repository.GUID], i)
		}
		for three := range trigramsOf(token.name) {
			s.trigrams[three]++
		}
	}
	for _, column := range []string{nameColumn, "starts_at", "created_at", usedColumn, revokedColumn, "ends_at"} {
		s.orders[column] = slices.Clone(places)
		slices.SortFunc(s.orders[column], func(a, b int) int { return s.tokens[a].compare(s.tokens[b], column) })
	}
	return s
}

// What it costs to walk over an entry of an index, to look something up for it and to
// fetch a token by its id.
const (
	entryCost = 1
	rowCost   = 16
	fetchCost = 40
)

// leastBudget is how many entries each walk may go over.
const leastBudget = 1 << 10

// gap is how many times as far away as on average the first of the filter's tokens has
// to be in the sample, lest it is so by chance, and none is that where a walk has none
// of them: what that takes for too much is no more than the walk itself.
const gap, none = 6, 3

// A stretch is so many tokens of the sample along a walk, of which some pass: the first
// after so many.
type stretch struct{ length, passes, first int }

func (s *stretch) add(passes bool) {
	if passes {
		if s.passes++; s.passes == 1 {
			s.first = s.length
		}
	}
	s.length++
}

// apart is how far those that pass are from each other on average, as in all walks where
// this one has none, and far how far the first is away if that is more than chance.
func (s stretch) apart(all stretch) (apart, far float64) {
	apart, far, distant := float64(s.length)/float64(s.passes), float64(s.first), float64(gap)
	if s.passes == 0 {
		apart, far, distant = float64(all.length)/float64(all.passes), float64(s.length), none
	}
	if far <= distant*apart {
		far = 0
	}
	return apart, far
}

// reach is in about how many walks and over how many entries of indexes the list is
// walked until the page is full, which is as far as the filter's tokens, or those that
// pass by what entries tell, are away in that order, and of how many of these more is
// asked than that.
func (l tokenList) reach(s sample, keeps, told marks) (walks, walked, asked float64) {
	type walk struct{ told, kept stretch }
	along := make([]walk, len(console.Statuses))
	// The column that the tokens of a status are walked along, empty for none.
	columns := make([]string, len(console.Statuses))
	for rank, status := range console.Statuses {
		if slices.Contains(l.statuses, status) && !l.endedLately(status) {
			columns[rank] = l.columnAt(rank)
		}
	}
	var all walk
	for _, column := range slices.Compact(slices.Sorted(slices.Values(columns))) {
		order, ranged := s.orders[column], l.ranged(column)
		from, to := l.ahead(s, column)
		for at := range order {
			if !l.ascending() {
				at = len(order) - 1 - at
			}
			place := order[at]
			rank := s.ranks[place]
			if columns[rank] != column || ranged != nil && !ranged(s.tokens[place]) {
				continue
			}
			kept, passes := keeps[place], told[place]
			all.kept.add(kept)
			all.told.add(passes)
			switch other := l.key == console.SortIsActive && l.from != nil && rank != l.from.Rank; {
			case other && (rank > l.from.Rank) != l.ascending(), !other && (at < from || at >= to):
				continue
			case l.walks() == 1:
				rank = 0
			}
			along[rank].kept.add(kept)
			along[rank].told.add(passes)
		}
	}
	wanted := float64(l.rows)
	for _, rank := range l.turns() {
		w := along[rank]
		if w.kept.length == 0 || wanted <= 0 {
			continue
		}
		entries := float64(w.kept.length) * s.each()
		if all.kept.passes > 0 {
			// Until the page is full where they are as close as on average, and
			// before that as far as the first is further away than that.
			apart, far := w.kept.apart(all.kept)
			_, farTold := w.told.apart(all.told)
			entries = min(entries, wanted*apart+max(far, farTold)*s.each())
		}
		if l.key == console.SortIsActive {
			wanted -= float64(w.kept.passes) * s.each()
		}
		walks, walked = walks+1, walked+entries
		asked += entries * float64(w.told.passes) / float64(w.told.length)
	}
	return walks, walked, asked
}

// turns are the places in console.Statuses for which the list is walked, in its order.
func (l tokenList) turns() []int {
	if l.walks() == 1 {
		return []int{0}
	}
	return l.ranks()
}

// columnAt is the column that the tokens of a status are walked along.
func (l tokenList) columnAt(rank int) string {
	if l.key == console.SortIsActive {
		return rankColumns[console.Statuses[rank]]
	}
	return l.column()
}

// ahead is from where and to where in the order along a column tokens are beyond the
// cursor's row.
func (l tokenList) ahead(s sample, column string) (from, to int) {
	order := s.orders[column]
	if l.from == nil {
		return 0, len(order)
	}
	first := func(least int) int {
		at, _ := slices.BinarySearchFunc(order, least, func(place, least int) int {
			text, at := s.tokens[place].at(column)
			return cmp.Compare(cmp.Or(strings.Compare(text, l.from.Text), cmp.Compare(at, l.from.Time)), least)
		})
		return at
	}
	if l.ascending() {
		return first(1), len(order)
	}
	return 0, first(0)
}

// ranged says of a token whether it is in the range in which a column is walked; nil if
// that is all of it.
func (l tokenList) ranged(column string) func(*sampled) bool {
	var within []func(*sampled) bool
	for _, r := range l.ranges {
		if r.along == column {
			within = append(within, r.keeps)
		}
	}
	if column == nameColumn && l.spans != nil {
		within = append(within, func(t *sampled) bool {
			return slices.ContainsFunc(l.spans, func(s span) bool { return s.has(t.name) })
		})
	}
	if within == nil {
		return nil
	}
	return both(within)
}

// at is where a token stands along a column.
func (t *sampled) at(column string) (text string, instant int64) {
	switch column {
	case nameColumn:
		return t.name, 0
	case "starts_at":
		return "", millis(t.ActiveFrom())
	case "created_at":
		return "", millis(t.CreatedAt)
	case usedColumn:
		return "", t.usedAt()
	case revokedColumn:
		return "", millis(t.RevokedAt)
	}
	return "", t.endsAt()
}

func (t *sampled) usedAt() int64 { return max(0, millis(t.UsedAt)) }

func (t *sampled) endsAt() int64 {
	if t.ValidTo.IsZero() {
		return never
	}
	return millis(t.ValidTo)
}

func (t *sampled) compare(u *sampled, column string) int {
	text, at := t.at(column)
	otherText, otherAt := u.at(column)
	return cmp.Or(strings.Compare(text, otherText), cmp.Compare(at, otherAt))
}
