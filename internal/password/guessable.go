package password

import (
	"cmp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/trustelem/zxcvbn"
	"golang.org/x/text/unicode/norm"
)

const (
	// guessLimit is how many guesses a password must withstand. Sign-in is
	// throttled, so this is far more than anybody can try there; against a
	// stolen hash it is weeks of one processor.
	guessLimit = 1e8
	// judged is how much of a password is looked at, because the time that it
	// takes grows faster than the length: at this one, a fifth of a second for
	// the worst text, under a millisecond for most.
	judged = 64
	// fewLetters is how many different characters are too few at any length, and
	// how many beside the personal texts.
	fewLetters = 4
	// personalLimit bounds what one personal text adds to the work.
	personalLimit = 256
)

// Guessable reports whether an attacker would try password early: one of the
// common ones in any case, a repetition, a sequence or a keyboard row, or
// little more than the personal texts given, such as the person's address and
// name.
func Guessable(password string, personal ...string) bool {
	text := []rune(strings.ToLower(norm.NFKC.String(password)))
	text = text[:min(len(text), judged)]
	if different(text) <= fewLetters {
		return true
	}
	known := pieces(personal)
	if remainder(string(text), known) <= fewLetters {
		return true
	}
	// Capitals count, so the guess is made at the text as it was typed.
	typed := []rune(norm.NFKC.String(password))
	unit := typed[:min(len(typed), period(text))]
	repeats := (len(text) + len(unit) - 1) / len(unit)
	return zxcvbn.PasswordStrength(string(unit), known).Guesses*float64(repeats) < guessLimit
}

// different counts the different characters of text.
func different(text []rune) int {
	seen := map[rune]bool{}
	for _, r := range text {
		seen[r] = true
	}
	return len(seen)
}

// pieces are the personal texts, their words, and their words run together.
func pieces(personal []string) []string {
	var all []string
	for _, text := range personal {
		text = strings.ToLower(norm.NFKC.String(text))
		text = string([]rune(text)[:min(utf8.RuneCountInString(text), personalLimit)])
		words := strings.FieldsFunc(text, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsNumber(r) })
		for _, piece := range append(words, text, strings.Join(words, "")) {
			if utf8.RuneCountInString(piece) >= 3 {
				all = append(all, piece)
			}
		}
	}
	// The longest first, so that a piece is not broken by one of its parts.
	slices.SortFunc(all, func(a, b string) int { return cmp.Or(cmp.Compare(len(b), len(a)), cmp.Compare(a, b)) })
	return slices.Compact(all)
}

// remainder counts the characters of text that no piece explains.
func remainder(text string, pieces []string) int {
	for _, piece := range pieces {
		text = strings.ReplaceAll(text, piece, "")
	}
	return utf8.RuneCountInString(text)
}

// period is the length of the shortest text of which text is a repetition, the
// last time perhaps not in full. It is the length of text if there is none.
func period(text []rune) int {
	for length := 1; length <= len(text)/2; length++ {
		if slices.Equal(text[length:], text[:len(text)-length]) {
			return length
		}
	}
	return len(text)
}
