package console_test

import (
	"regexp"
	"strings"
	"testing"

	"latchkey/internal/console"
)

const sampleGUID = "0ad09d9b-9bbe-4b29-bc0b-6d9f74a8ace4"

var guidV4 = regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`)

func TestParseGUID(t *testing.T) {
	digits := strings.ReplaceAll(sampleGUID, "-", "")
	for _, test := range []struct {
		name, text string
		ok         bool
	}{
		{"as it is kept", sampleGUID, true},
		{"in capitals", strings.ToUpper(sampleGUID), true},
		{"without hyphens", digits, true},
		{"in braces", "{" + sampleGUID + "}", true},
		{"in capitals and braces, without hyphens", "{" + strings.ToUpper(digits) + "}", true},
		{"with spaces around it", "  " + sampleGUID + "\t", true},
		{"with no-break spaces around it", "\u00a0" + sampleGUID + "\u00a0", true},
		{"with a space after each hyphen", strings.ReplaceAll(sampleGUID, "-", "- "), true},
		{"with hyphens elsewhere", "0-" + digits[1:], true},
		{"empty", "", false},
		{"of hyphens alone", "----", false},
		{"without its last digit", sampleGUID[:35], false},
		{"with one digit more", sampleGUID + "0", false},
		{"with a letter that is no digit", sampleGUID[:35] + "g", false},
		{"with the letter O for a zero", "O" + sampleGUID[1:], false},
		{"with full width digits", "０" + sampleGUID[1:], false},
		{"with a hyphen of another kind", strings.Replace(sampleGUID, "-", "\u2010", 1), false},
		{"with a line break", sampleGUID + "\n", false},
		{"with a NUL", sampleGUID + "\x00", false},
		{"of invalid UTF-8", sampleGUID[:35] + "\xff", false},
		{"as a URN", "urn:uuid:" + sampleGUID, false},
		{"as a token string", sampleGUID + "~lk_", false},
	} {
		guid, ok := console.ParseGUID(test.text)
		if ok != test.ok || ok && guid != sampleGUID || !ok && guid != "" {
			t.Errorf("one %s: %q, %v", test.name, guid, ok)
		}
	}
}

func TestGUIDDigits(t *testing.T) {
	for text, want := range map[string]string{
		"":               "",
		"-{ }-":          "",
		"0AD0":           "0ad0",
		"{0ad09d9b-9bbe": "0ad09d9b9bbe",
		" 9b - 9B\t":     "9b9b",
		"ace4}\u00a0":    "ace4",
	} {
		if got, ok := console.GUIDDigits(text); got != want || !ok {
			t.Errorf("%q has the digits %q, %v, want %q", text, got, ok, want)
		}
	}
	for _, text := range []string{"g", "0x0a", "%", "_", "'", `"`, "\x00", "\xff", "ａ", "a\nb", "\u200b"} {
		if got, ok := console.GUIDDigits(text); got != "" || ok {
			t.Errorf("%q counts as part of a GUID: %q", text, got)
		}
	}
	if got, want := console.GUID(sampleGUID).Digits(), "0ad09d9b9bbe4b29bc0b6d9f74a8ace4"; got != want {
		t.Errorf("the digits are %s, want %s", got, want)
	}
}

func TestNewGUIDsAreVersion4AndDiffer(t *testing.T) {
	seen := map[console.GUID]bool{}
	for range 100_000 {
		guid := console.NewGUID()
		if !guidV4.MatchString(string(guid)) {
			t.Fatalf("%s is no UUID of version 4", guid)
		}
		if seen[guid] {
			t.Fatalf("%s was given twice", guid)
		}
		seen[guid] = true
	}
}

func FuzzParseGUID(f *testing.F) {
	for _, seed := range []string{
		"", sampleGUID, strings.ToUpper(sampleGUID), "{" + sampleGUID + "}", "0ad09d9b 9bbe 4b29 bc0b 6d9f74a8ace4",
		"\u00a0" + sampleGUID, sampleGUID[:35], sampleGUID + "0", "\u212a", "\xff", "00000000-0000-0000-0000-000000000000",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		guid, ok := console.ParseGUID(text)
		if guid.Valid() != ok {
			t.Fatalf("%q: %q, %v", text, guid, ok)
		}
		if !ok {
			return
		}
		for _, written := range []string{string(guid), strings.ToUpper(string(guid)), "{" + guid.Digits() + "}"} {
			if again, ok := console.ParseGUID(written); again != guid || !ok {
				t.Errorf("%q is %q, but %q is %q", text, guid, written, again)
			}
		}
		if digits, ok := console.GUIDDigits(text); digits != guid.Digits() || !ok || len(digits) != 32 {
			t.Errorf("%q is %q, but has the digits %q", text, guid, digits)
		}
	})
}
