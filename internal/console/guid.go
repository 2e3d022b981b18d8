package console

import (
	"crypto/rand"
	"fmt"
	"strings"
)

// GUID identifies a record for good: a UUID, lower case, with hyphens. It is
// public; knowing one opens nothing.
type GUID string

// GUIDLength is the length of every GUID, in bytes.
const GUIDLength = 36

// NewGUID returns a random GUID (UUID version 4, RFC 9562).
func NewGUID() GUID {
	var b [16]byte
	_, _ = rand.Read(b[:]) // never fails: crypto/rand ends the program instead
	return GUIDFrom(b[:])
}

// GUIDFrom is the GUID made of at least 16 random bytes.
func GUIDFrom(random []byte) GUID {
	b := [16]byte(random)
	b[6] = b[6]&0x0f | 0x40
	b[8] = b[8]&0x3f | 0x80
	return GUID(fmt.Sprintf("%x-%x-%x-%x-%x", b[0:4], b[4:6], b[6:8], b[8:10], b[10:16]))
}

// ParseGUID reads a GUID as people write it: in any case, with or without
// braces, hyphens and spaces.
func ParseGUID(text string) (GUID, bool) {
	d, ok := GUIDDigits(text)
	if !ok || len(d) != 32 {
		return "", false
	}
	return GUID(d[:8] + "-" + d[8:12] + "-" + d[12:16] + "-" + d[16:20] + "-" + d[20:]), true
}

// GUIDDigits returns the hexadecimal digits of a GUID or of a part of one,
// forgiving case, braces, hyphens and spaces. It reports false when anything
// else occurs, for then no GUID can contain the text.
func GUIDDigits(text string) (string, bool) {
	var b strings.Builder
	for _, r := range strings.ToLower(text) {
		switch {
		case r >= '0' && r <= '9', r >= 'a' && r <= 'f':
			b.WriteRune(r)
		case r == '-', r == '{', r == '}', r == ' ', r == '\t', r == '\u00a0':
		default:
			return "", false
		}
	}
	return b.String(), true
}

// Valid reports whether g is written as GUIDs are kept.
func (g GUID) Valid() bool {
	if len(g) != GUIDLength {
		return false
	}
	for i := range len(g) {
		c := g[i]
		switch i {
		case 8, 13, 18, 23:
			if c != '-' {
				return false
			}
		default:
			if (c < '0' || c > '9') && (c < 'a' || c > 'f') {
				return false
			}
		}
	}
	return true
}

// Digits are the 32 hexadecimal digits of g.
func (g GUID) Digits() string { return strings.ReplaceAll(string(g), "-", "") }
