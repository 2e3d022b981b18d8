package store

import (
	"context"
	"iter"
	"slices"
	"unicode"
	"unicode/utf8"
)

// A span is where names stand from one on and before another; either end may be open,
// which is empty.
type span struct{ from, to string }

func (s span) has(name string) bool { return name >= s.from && (s.to == "" || name < s.to) }

const (
	// spanLimit is how many spans are walked one after the other, for each is a part of
	// the statement.
	spanLimit = 8
	// pairLimit is how many pairs are asked for.
	pairLimit = 16
	// spansCost is how many entries of an index can be walked over while it is asked
	// where that is of use.
	spansCost = 20_000
)

// spans are where tokens may be whose names have all pairs, in the direction of a list
// from its cursor on, the last of many to the end of the names. Where there is none, no
// token is.
func (s *Store) spans(ctx context.Context, l walk, pairs []string) ([]span, error) {
	var where conditions
	where.add("n.pair = ?", pairs[0])
	for _, pair := range pairs[1:] {
		where.add("(SELECT 1 FROM name_pairs p WHERE p.pair = ? AND p.prefix = n.prefix LIMIT 1) IS NOT NULL", pair)
	}
	if l.from != nil {
		where.add("n.prefix "+l.comparison()+"= ?", prefixOf(l.from.Text))
	}
	var prefixes []string
	err := s.reader(ctx).Raw("SELECT DISTINCT n.prefix FROM name_pairs n"+where.where()+" ORDER BY n.prefix "+l.direction()+" LIMIT ?",
		append(where.args, spanLimit)...).Scan(&prefixes).Error
	spans := make([]span, len(prefixes))
	for i, prefix := range prefixes {
		spans[i] = span{from: prefix, to: behind(prefix)}
	}
	if last := len(spans) - 1; last+1 == spanLimit && l.ascending() {
		spans[last].to = ""
	} else if last+1 == spanLimit {
		spans[last].from = ""
	}
	return spans, err
}

// along are the conditions of a walk along the names within a span, in the direction of
// a list and from its cursor's row on, if it is among them. SQLite goes by one condition
// of each end.
func (s span) along(l walk, fromCursor bool) (c conditions) {
	from, to := s.from != "", s.to != ""
	switch {
	case !fromCursor:
	case l.ascending() && s.from <= l.from.Text:
		from = false
	case !l.ascending() && (!to || l.from.Text < s.to):
		to = false
	default:
		fromCursor = false
	}
	if from {
		c.add("t.name_folded >= ?", s.from)
	}
	if to {
		c.add("t.name_folded < ?", s.to)
	}
	if fromCursor {
		c.add("(t.name_folded, t.guid) "+l.comparison()+" (?, ?)", l.from.Text, l.from.GUID)
	}
	return c
}

// prefixOf is what a name begins with that is told apart from others.
func prefixOf(name string) string {
	_, first := utf8.DecodeRuneInString(name)
	_, second := utf8.DecodeRuneInString(name[first:])
	return name[:first+second]
}

// behind is the first text behind all that begin with a prefix, empty if there is none.
func behind(prefix string) string {
	runes := []rune(prefix)
	for i, r := range slices.Backward(runes) {
		if r == unicode.MaxRune {
			continue
		}
		if r++; !utf8.ValidRune(r) {
			r = '\ue000'
		}
		return string(append(runes[:i], r))
	}
	return ""
}

// pairsIn are each two neighbouring characters of words, once.
func pairsIn(words []string) []string {
	var pairs []string
	for _, word := range words {
		for pair := range pairsOf(word) {
			if len(pairs) < pairLimit && !slices.Contains(pairs, pair) {
				pairs = append(pairs, pair)
			}
		}
	}
	return pairs
}

// pairsOf are each two neighbouring characters of a text, in order.
func pairsOf(text string) iter.Seq[string] {
	return func(yield func(string) bool) {
		before := 0
		for i, r := range text {
			if i > 0 && !yield(text[before:i+utf8.RuneLen(r)]) {
				return
			}
			before = i
		}
	}
}

// A namePair is two neighbouring characters of a name that begins with a prefix.
type namePair struct{ pair, prefix string }

// namePairs are those of many names, as triggers would have noted them one by one.
type namePairs map[namePair]struct{}

func (p namePairs) add(name string) {
	prefix := prefixOf(name)
	for pair := range pairsOf(name) {
		p[namePair{pair, prefix}] = struct{}{}
	}
}

func (p namePairs) rows() [][]any {
	rows := make([][]any, 0, len(p))
	for of := range p {
		rows = append(rows, []any{of.pair, of.prefix})
	}
	return rows
}
