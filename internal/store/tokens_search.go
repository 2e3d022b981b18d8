package store

import (
	"iter"
	"math"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"latchkey/internal/console"
)

// trigram is the length below which trigram indexes find nothing.
const trigram = 3

var likeEscapes = strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`)

func likeCondition(column, needle string) (string, []any) {
	return `t.` + column + ` LIKE ? ESCAPE '\'`, []any{"%" + likeEscapes.Replace(needle) + "%"}
}

// matchOf is the trigram index's expression for a column in which needle, which
// is already folded, occurs; it reports whether the index can find it.
func matchOf(column, needle string) (string, bool) {
	return column + ` : "` + strings.ReplaceAll(needle, `"`, `""`) + `"`, utf8.RuneCountInString(needle) >= trigram
}

// digitsColumn is by what tokens are searched by a part of their GUID.
const digitsColumn = "guid_digits"

// partAsked is for how many characters of a word, or digits of a GUID, a trigram index is
// asked: each more takes it longer than to look at what has these by chance. Of as many
// digits that is two GUIDs in a million.
const partAsked = 6

// whole and partOf are what a condition says of a needle: all of it, or what a trigram
// index is asked for, which others may have, too.
func whole(_, needle string) string { return needle }

func (s *Store) partOf(column, needle string) string {
	if column == digitsColumn {
		return needle[:min(len(needle), partAsked)]
	}
	return s.samples.known().rarest(needle)
}

// rarest is the part of a word whose trigrams are rarest in the sample, or all of the word
// where that part is not rare. It has a trigram of letters and digits: PostgreSQL's index
// knows no others, and would be gone through for a part without.
func (s sample) rarest(word string) string {
	part, fewest, runes := word, math.MaxInt, []rune(word)
	for from := range max(0, len(runes)-partAsked+1) {
		window, n, known := string(runes[from:from+partAsked]), 0, false
		for three := range trigramsOf(window) {
			n += s.trigrams[three]
			known = known || strings.IndexFunc(three, separates) < 0
		}
		if known && n < fewest {
			part, fewest = window, n
		}
	}
	if len(s.tokens) == 0 || slices.ContainsFunc(s.tokens, func(t *sampled) bool { return strings.Contains(t.name, part) }) {
		return word
	}
	return part
}

func separates(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) }

// trigramsOf are the trigrams of a text, from the first on.
func trigramsOf(text string) iter.Seq[string] {
	return func(yield func(string) bool) {
		runes := []rune(text)
		for from := range max(0, len(runes)-trigram+1) {
			if !yield(string(runes[from : from+trigram])) {
				return
			}
		}
	}
}

// search is the narrowing by what the trigram index finds in a column.
func (s *Store) search(column, needle string) (narrowing, bool) {
	key := s.partOf(column, needle)
	expression, found := matchOf(column, key)
	if !found {
		return narrowing{}, false
	}
	candidates, keys := s.dialect.contains(column, key)
	contains, args := s.dialect.contains(column, needle)
	return s.only(s.dialect.matching(expression, candidates, keys), contains, args), true
}

// searchGUID is the narrowing by a part of a GUID, or by all of it.
func (s *Store) searchGUID(digits string) (narrowing, bool) {
	guid, all := console.ParseGUID(digits)
	if !all {
		return s.search(digitsColumn, digits)
	}
	args := []any{string(guid)}
	return narrowing{few: s.dialect.among(`SELECT id FROM tokens WHERE guid = ?`), args: args, many: `t.guid = ?`, manyArgs: args}, true
}

// only is n of which only those are kept that pass a condition, if it does not say that already.
func (s *Store) only(n narrowing, condition string, args []any) narrowing {
	if n.many == condition && slices.Equal(n.manyArgs, args) {
		return n
	}
	passes := conditions{sql: []string{condition}}.passes()
	n.few, n.args = s.dialect.among("SELECT t.id FROM tokens t WHERE "+n.few+" AND "+passes+" IS NOT NULL"), slices.Concat(n.args, args)
	n.many, n.manyArgs = condition, args
	return n
}

// either is the condition that a token's name has all words of text, or that its
// GUID has text as a part; empty without any words. It reports whether there is a
// narrowing that says the same.
func (s *Store) either(text string) (string, []any, bool) {
	sql, args, expression := eitherOf(s.dialect, text, whole)
	return sql, args, expression != ""
}

// searchEither is the narrowing of either, if there is one.
func (s *Store) searchEither(text string) (narrowing, bool) {
	candidates, keys, expression := eitherOf(s.dialect, text, s.partOf)
	if candidates == "" || expression == "" {
		return narrowing{}, false
	}
	sql, args, _ := eitherOf(s.dialect, text, whole)
	return s.only(s.dialect.matching(expression, candidates, keys), sql, args), true
}

// eitherOf says either, or what is said of its needles, as a condition and as an
// expression of the trigram index, which is empty where that index cannot find all of it.
func eitherOf(d dialect, text string, said func(column, needle string) string) (sql string, args []any, expression string) {
	var conditions, matches []string
	indexed := true
	add := func(column, needle string) {
		needle = said(column, needle)
		contains, arg := d.contains(column, needle)
		match, found := matchOf(column, needle)
		conditions, args, matches, indexed = append(conditions, contains), append(args, arg...), append(matches, match), indexed && found
	}
	words := console.Words(text)
	if len(words) == 0 {
		return "", nil, ""
	}
	for _, word := range words {
		add(nameColumn, word)
	}
	sql, expression = strings.Join(conditions, " AND "), strings.Join(matches, " AND ")
	if digits, ok := console.GUIDDigits(text); ok && digits != "" {
		add(digitsColumn, digits)
		sql, expression = "("+sql+") OR "+conditions[len(conditions)-1], "("+expression+") OR "+matches[len(matches)-1]
	}
	if !indexed {
		expression = ""
	}
	return "(" + sql + ")", args, expression
}

// found reports whether either holds for a token in the sample.
func found(text string, t *sampled) bool {
	if digits, ok := console.GUIDDigits(text); ok && digits != "" && strings.Contains(t.digits, digits) {
		return true
	}
	return t.named(console.Words(text))
}

// named reports whether a token in the sample has all words in its name.
func (t *sampled) named(words []string) bool {
	return !slices.ContainsFunc(words, func(word string) bool { return !strings.Contains(t.name, word) })
}
