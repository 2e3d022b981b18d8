// Package factor is what people prove who they are with, beside a password:
// one-time codes and passkeys. It computes and checks; what is kept of it is
// its caller's business.
package factor

import (
	"bytes"
	"crypto/rand"
	"crypto/subtle"
	"encoding/base32"
	"image/png"
	"net/url"
	"strings"
	"time"

	"github.com/pquerna/otp"
	"github.com/pquerna/otp/hotp"
)

// Codes are those that every generator makes: RFC 6238 with SHA-1, six digits
// and a new code every 30 seconds.
const (
	codeDigits = otp.DigitsSix
	stepLength = 30 * time.Second
	// stepsAside is how many steps a generator's clock may be off, both ways.
	stepsAside = 1
	seedLength = 20
)

var plainBase32 = base32.StdEncoding.WithPadding(base32.NoPadding)

// NewSeed returns what a generator makes its codes from.
func NewSeed() []byte {
	seed := make([]byte, seedLength)
	_, _ = rand.Read(seed)
	return seed
}

// SeedText is a seed as people type it into a generator.
func SeedText(seed []byte) string { return plainBase32.EncodeToString(seed) }

// CodesURL is a seed as a generator's camera reads it, with the names that the
// generator shows.
func CodesURL(seed []byte, issuer, account string) string {
	query := url.Values{"secret": {SeedText(seed)}, "issuer": {issuer}} // the rest is what every generator supposes
	return "otpauth://totp/" + url.PathEscape(issuer+":"+account) + "?" + strings.ReplaceAll(query.Encode(), "+", "%20")
}

// PictureSize is the width of a picture in pixels.
const PictureSize = 264

// Picture is an address as a QR code, a PNG.
func Picture(address string) ([]byte, error) {
	key, err := otp.NewKeyFromURL(address)
	if err != nil {
		return nil, err
	}
	image, err := key.Image(PictureSize, PictureSize)
	if err != nil {
		return nil, err
	}
	var file bytes.Buffer
	err = png.Encode(&file, image)
	return file.Bytes(), err
}

// Code is what a generator with the seed shows at that time.
func Code(seed []byte, at time.Time) (string, error) { return codeOf(seed, stepOf(at)) }

// Step finds the time step whose code was typed, if it is one around now. Spaces
// in it do not matter. Whether the step was used before is for the caller.
func Step(seed []byte, typed string, now time.Time) (step int64, found bool) {
	typed = strings.Join(strings.Fields(typed), "")
	for aside := int64(-stepsAside); aside <= stepsAside; aside++ {
		at := stepOf(now) + aside
		code, err := codeOf(seed, at)
		if err == nil && subtle.ConstantTimeCompare([]byte(code), []byte(typed)) == 1 {
			step, found = at, true
		}
	}
	return step, found
}

func stepOf(at time.Time) int64 { return at.Unix() / int64(stepLength/time.Second) }

func codeOf(seed []byte, step int64) (string, error) {
	return hotp.GenerateCodeCustom(SeedText(seed), uint64(step), hotp.ValidateOpts{Digits: codeDigits, Algorithm: otp.AlgorithmSHA1})
}
