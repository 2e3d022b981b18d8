package console

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"
)

const (
	zeroWidthNonJoiner = '\u200c' // Persian and Indic scripts spell with them,
	zeroWidthJoiner    = '\u200d' // so they stay in names; Fold drops them.
)

// Clean brings typed text into the one form in which it is kept: Unicode NFC,
// no space around it, line ends as \n.
func Clean(text string) string {
	text = strings.ReplaceAll(text, "\r\n", "\n")
	return norm.NFC.String(strings.TrimSpace(text))
}

// Fold makes texts that differ only in case, width, accents' encoding or what
// cannot be seen equal, for any language. It is how names are searched, sorted
// and kept unique.
func Fold(text string) string {
	// What cannot be seen goes first: it may stand between a letter and its accent.
	text = norm.NFKC.String(strings.Map(visible, text))
	text = norm.NFKC.String(cases.Fold().String(text))
	text = norm.NFKC.String(strings.ReplaceAll(text, "i\u0307", "i")) // the Turkish İ is typed as i elsewhere
	return strings.Map(foldCherokee, text)
}

func visible(r rune) rune {
	if r > unicode.MaxASCII && unicode.In(r, unicode.Cf, unicode.Other_Default_Ignorable_Code_Point, unicode.Variation_Selector) {
		return -1
	}
	return r
}

// foldCherokee makes Cherokee capital, as Unicode folds it: package cases
// exchanges its capital and small letters instead.
func foldCherokee(r rune) rune {
	switch {
	case r >= '\uab70' && r <= '\uabbf':
		return r - '\uab70' + '\u13a0'
	case r >= '\u13f8' && r <= '\u13fd':
		return r - '\u13f8' + '\u13f0'
	}
	return r
}

// wordLimit is how many keywords a search has; further ones are ignored, for
// each costs a look at every name.
const wordLimit = 16

// Words splits a search into its folded keywords, each once.
func Words(search string) []string {
	var words []string
	for word := range strings.FieldsSeq(Fold(search)) {
		if len(words) == wordLimit {
			break
		}
		if !slices.Contains(words, word) {
			words = append(words, word)
		}
	}
	return words
}

// HasWords reports whether all keywords of search occur in text.
func HasWords(text, search string) bool {
	text = Fold(text)
	return !slices.ContainsFunc(Words(search), func(word string) bool { return !strings.Contains(text, word) })
}

// PlainLine reports whether text can stand in a name: valid UTF-8 without
// control characters, line breaks, or characters that reorder or hide text.
func PlainLine(text string) bool { return plain(text, "") }

// PlainText is PlainLine for texts of several lines.
func PlainText(text string) bool { return plain(text, "\n\t") }

func plain(text, allowed string) bool {
	if !utf8.ValidString(text) {
		return false
	}
	for _, r := range text {
		switch {
		case strings.ContainsRune(allowed, r), r == zeroWidthJoiner, r == zeroWidthNonJoiner:
		case unicode.In(r, unicode.Cc, unicode.Cf, unicode.Co, unicode.Zl, unicode.Zp, unicode.Other_Default_Ignorable_Code_Point),
			r == utf8.RuneError:
			return false
		}
	}
	return true
}
