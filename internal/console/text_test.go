package console_test

import (
	"slices"
	"testing"
	"unicode"
	"unicode/utf8"

	"latchkey/internal/console"
)

func TestClean(t *testing.T) {
	for text, want := range map[string]string{
		"":                        "",
		"deploy":                  "deploy",
		" \t\n deploy key \u00a0": "deploy key",
		"\u3000deploy\u2003":      "deploy",
		"one\r\ntwo\r\n":          "one\ntwo",
		"e\u0301":                 "é",
		"é":                       "é",
		"\u1112\u1161\u11ab":      "한",
		"\u212b":                  "Å",
		"ﬁ":                       "ﬁ",
		"STRASSE":                 "STRASSE",
		"ＡＢＣ":                     "ＡＢＣ",
		"a\u200db":                "a\u200db",
	} {
		got := console.Clean(text)
		if got != want {
			t.Errorf("%q becomes %q, want %q", text, got, want)
		}
		if again := console.Clean(got); again != got {
			t.Errorf("%q becomes %q at first and %q afterwards", text, got, again)
		}
	}
}

// TestFoldJoins has texts in groups that a person would call the same.
func TestFoldJoins(t *testing.T) {
	groups := [][]string{
		{"deploy", "Deploy", "DEPLOY", "ｄｅｐｌｏｙ", "ＤＥＰＬＯＹ", "de\u200dploy", "dep\u200cloy", "dep\ufe0floy", "dep\u034floy"},
		{"straße", "STRASSE", "Strasse", "STRAẞE", "straſſe"},
		{"café", "cafe\u0301", "CAFÉ", "CAFE\u0301", "cafe\u200d\u0301", "cafe\ufe0f\u0301"},
		{"ärger", "Ärger", "A\u0308RGER"},
		{"привет", "ПРИВЕТ"},
		{"σίσυφος", "ΣΊΣΥΦΟΣ", "ΣΊΣΥΦΟσ"},
		{"한글", "\u1112\u1161\u11ab\u1100\u1173\u11af"},
		{"カタカナ", "ｶﾀｶﾅ"},
		{"ガ", "ｶﾞ", "カ\u3099"},
		{"office", "oﬃce", "OFFICE"},
		{"m²", "M2", "m2"},
		{"kelvin", "\u212aelvin"},
		{"a b", "a\u00a0b", "A\u3000B"},
		{"می\u200cخواهم", "میخواهم"},
	}
	seen := map[string]string{}
	for _, group := range groups {
		want := console.Fold(group[0])
		for _, text := range group {
			if got := console.Fold(text); got != want {
				t.Errorf("%q folds to %q, but %q to %q", text, got, group[0], want)
			}
		}
		if other, taken := seen[want]; taken {
			t.Errorf("%q and %q fold to the same", group[0], other)
		}
		seen[want] = group[0]
	}
	for _, pair := range [][2]string{{"resume", "résumé"}, {"а", "a"}, {"o", "ö"}, {"deploy", "de ploy"}, {"i", "ı"}} {
		if console.Fold(pair[0]) == console.Fold(pair[1]) {
			t.Errorf("%q and %q fold to the same", pair[0], pair[1])
		}
	}
}

// TestFoldOfEveryCharacter asks of all characters what must hold for all.
func TestFoldOfEveryCharacter(t *testing.T) {
	for r := range characters {
		for _, text := range []string{string(r), "e" + string(r) + "\u0301", "ß" + string(r)} {
			once := console.Fold(text)
			if twice := console.Fold(once); twice != once {
				t.Errorf("%+q folds to %+q and that to %+q", text, once, twice)
			}
		}
		upper, lower := string(unicode.ToUpper(r)), string(unicode.ToLower(r))
		if r != 'ı' && r != 'İ' && console.Fold(lower) != console.Fold(upper) && unicode.ToLower(unicode.ToUpper(r)) == unicode.ToLower(r) {
			t.Errorf("%+q and %+q do not fold to the same", upper, lower)
		}
		if invisible(r) && console.Fold("a"+string(r)+"b") != "ab" {
			t.Errorf("%U, which cannot be seen, makes another name: %+q", r, console.Fold("a"+string(r)+"b"))
		}
	}
}

// characters yields every character that is not an ideograph, a Hangul
// syllable, of private use or without a meaning so far: those have neither case
// nor parts that vary, and there are a million of them.
func characters(yield func(rune) bool) {
	for _, block := range [][2]rune{{1, 0x33ff}, {0xa000, 0xac00}, {0xd7a4, 0xd7ff}, {0xf900, 0x16fff}, {0x1b000, 0x1ffff}, {0xe0000, 0xe0fff}} {
		for r := block[0]; r <= block[1]; r++ {
			if !yield(r) {
				return
			}
		}
	}
}

// invisible reports whether r is a character that shows nothing by itself.
func invisible(r rune) bool {
	return unicode.In(r, unicode.Cf, unicode.Other_Default_Ignorable_Code_Point, unicode.Variation_Selector)
}

func TestNamesCannotHide(t *testing.T) {
	spelling := []rune{'\u200c', '\u200d'}
	for r := rune(0); r <= unicode.MaxRune; r++ {
		if !utf8.ValidRune(r) {
			continue
		}
		text := "a" + string(r) + "b"
		hides := invisible(r) && !unicode.Is(unicode.Variation_Selector, r) && !slices.Contains(spelling, r)
		breaks := unicode.In(r, unicode.Cc, unicode.Zl, unicode.Zp, unicode.Co) || r == utf8.RuneError
		if got, want := console.PlainLine(text), !hides && !breaks; got != want {
			t.Errorf("%U may stand in a name: %v, want %v", r, got, want)
		}
		if got, want := console.PlainText(text), !hides && !breaks || r == '\n' || r == '\t'; got != want {
			t.Errorf("%U may stand in a description: %v, want %v", r, got, want)
		}
	}
}

func TestWords(t *testing.T) {
	for search, want := range map[string][]string{
		"":                                  nil,
		"  \t\u00a0\u3000 ":                 nil,
		"Grafana":                           {"grafana"},
		" CI  Ｄeploy\tSTRASSE":              {"ci", "deploy", "strasse"},
		"\u200d":                            nil,
		"ci CI ｃｉ deploy ci":                {"ci", "deploy"},
		"a b c d e f g h i j k l m n o p q": {"a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k", "l", "m", "n", "o", "p"},
	} {
		if got := console.Words(search); !slices.Equal(got, want) {
			t.Errorf("%q has the words %q, want %q", search, got, want)
		}
	}
}
