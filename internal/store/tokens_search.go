package store

import (
	"slices"
	"strings"
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

// search is the narrowing by what the trigram index finds in a column.
func (s *Store) search(column, needle string) (narrowing, bool) {
	expression, found := matchOf(column, needle)
	if !found {
		return narrowing{}, false
	}
	contains, args := s.dialect.contains(column, needle)
	return s.dialect.matching(expression, contains, args), true
}

// either is the condition that a token's name has all words of text, or that its
// GUID has text as a part; empty without any words. It reports whether there is a
// narrowing that says the same.
func (s *Store) either(text string) (string, []any, bool) {
	sql, args, expression := eitherOf(s.dialect, text)
	return sql, args, expression != ""
}

// searchEither is the narrowing of either, if there is one.
func (s *Store) searchEither(text string) (narrowing, bool) {
	sql, args, expression := eitherOf(s.dialect, text)
	if sql == "" || expression == "" {
		return narrowing{}, false
	}
	return s.dialect.matching(expression, sql, args), true
}

// eitherOf says either as a condition and as an expression of the trigram index,
// which is empty where that index cannot find all of it.
func eitherOf(d dialect, text string) (sql string, args []any, expression string) {
	var conditions, matches []string
	whole := true
	add := func(column, needle string) {
		contains, arg := d.contains(column, needle)
		match, found := matchOf(column, needle)
		conditions, args, matches, whole = append(conditions, contains), append(args, arg...), append(matches, match), whole && found
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
		add("guid_digits", digits)
		sql, expression = "("+sql+") OR "+conditions[len(conditions)-1], "("+expression+") OR "+matches[len(matches)-1]
	}
	if !whole {
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
