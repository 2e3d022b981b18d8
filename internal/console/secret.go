package console

import (
	"crypto/rand"
	"fmt"
	"hash/crc32"
	"io"
	"log/slog"
	"math/big"
	"regexp"
	"strings"
)

// A token string is "<GUID>~lk_<43 base62><6 base62>": the body carries 256
// bits of randomness, the last six are the CRC-32 (IEEE) of everything before
// them, so that a mistyped or truncated string is refused without a look-up
// and scanners can recognise a leaked one offline.
const (
	secretPrefix   = "~lk_"
	bodyLength     = 43
	checksumLength = 6
	tokenLength    = GUIDLength + len(secretPrefix) + bodyLength + checksumLength

	base62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
)

// A Secret is a token string: the text that proves possession of a token. It
// exists in one answer and in the hands of its owner; the console keeps only a
// keyed hash.
type Secret struct {
	// Behind a pointer, because package fmt prints the unexported fields of
	// others without asking this type's methods.
	text *string
}

// NewSecret mints the token string of guid.
func NewSecret(guid GUID) Secret {
	var entropy [32]byte
	_, _ = rand.Read(entropy[:])
	body := encode62(new(big.Int).SetBytes(entropy[:]), bodyLength)
	text := string(guid) + secretPrefix + body
	sum := checksum(text)
	text += string(sum[:])
	return Secret{&text}
}

// Conceal makes a Secret of any text that opens something, such as the seed of
// one-time codes, so that nothing prints it by accident.
func Conceal(text string) Secret { return Secret{&text} }

// ParseSecret reads a presented token string. It reports false for anything
// that cannot be one: wrong form or wrong checksum.
func ParseSecret(text string) (GUID, Secret, bool) {
	guid, secret, ok := SplitSecret(text)
	if !ok || !secret.Whole() {
		return "", Secret{}, false
	}
	return guid, secret, true
}

// SplitSecret is ParseSecret without the checksum, for whoever knows the whole text
// from before: what is known needs none.
func SplitSecret(text string) (GUID, Secret, bool) {
	if len(text) != tokenLength || text[GUIDLength:GUIDLength+len(secretPrefix)] != secretPrefix {
		return "", Secret{}, false
	}
	guid := GUID(text[:GUIDLength])
	if !guid.Valid() {
		return "", Secret{}, false
	}
	return guid, Secret{&text}, true
}

// Whole reports whether the checksum of a token string is right.
func (s Secret) Whole() bool {
	text := s.Reveal()
	end := len(text) - checksumLength
	if end < 0 {
		return false
	}
	sum := checksum(text[:end])
	return string(sum[:]) == text[end:]
}

// secretLike is the part of a token string that is the secret, or most of it.
var secretLike = regexp.MustCompile(`lk_[0-9A-Za-z]{16,}`)

// WithoutSecret cuts what stands behind the GUID in a token string, and what may
// be a secret by itself, out of a text that somebody put where a name or a GUID
// belongs.
func WithoutSecret(text string) string {
	public, _, _ := strings.Cut(text, secretPrefix)
	return secretLike.ReplaceAllString(public, "")
}

// HasSecret reports whether there is, or may be, a secret in such a text.
func HasSecret(text string) bool { return WithoutSecret(text) != text }

// Reveal returns the token string. Grep for its callers to review every exposure.
func (s Secret) Reveal() string {
	if s.text == nil {
		return ""
	}
	return *s.text
}

// IsZero reports whether there is no secret here.
func (s Secret) IsZero() bool { return s.text == nil }

const redacted = "[secret]"

// Format hides the text from every verb of package fmt, also from wrong ones.
func (Secret) Format(f fmt.State, _ rune)   { _, _ = io.WriteString(f, redacted) }
func (Secret) String() string               { return redacted }
func (Secret) GoString() string             { return redacted }
func (Secret) LogValue() slog.Value         { return slog.StringValue(redacted) }
func (Secret) MarshalText() ([]byte, error) { return []byte(redacted), nil }

func checksum(text string) (digits [checksumLength]byte) {
	sum := crc32.ChecksumIEEE([]byte(text))
	for i := range digits {
		digits[checksumLength-1-i] = base62[sum%62]
		sum /= 62
	}
	return digits
}

// encode62 writes n in base 62, padded with zeros to width digits.
func encode62(n *big.Int, width int) string {
	digits := make([]byte, width)
	base, rest := big.NewInt(62), new(big.Int)
	for i := width - 1; i >= 0; i-- {
		n, rest = new(big.Int).DivMod(n, base, rest)
		digits[i] = base62[rest.Int64()]
	}
	return string(digits)
}
