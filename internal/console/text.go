package console

import (
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

// Fold makes texts that differ only in case, width or accents' encoding equal,
// for any language. It is how names are searched, sorted and kept unique.
func Fold(text string) string {
	text = norm.NFKC.String(cases.Fold().String(norm.NFKC.String(text)))
	return strings.Map(func(r rune) rune {
		if unicode.Is(unicode.Cf, r) {
			return -1
		}
		return r
	}, text)
}

// Words splits a search into its folded keywords.
func Words(search string) []string { return strings.Fields(Fold(search)) }

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
		case unicode.In(r, unicode.Cc, unicode.Cf, unicode.Co, unicode.Zl, unicode.Zp), r == utf8.RuneError:
			return false
		}
	}
	return true
}
