package factor_test

import (
	"bytes"
	"image/png"
	"net/url"
	"strings"
	"testing"
	"time"

	"latchkey/internal/factor"
)

// TestCodesOfTheStandard are the examples of RFC 6238, appendix B, for SHA-1, cut
// to six digits.
func TestCodesOfTheStandard(t *testing.T) {
	seed := []byte("12345678901234567890")
	for at, want := range map[int64]string{
		59: "287082", 1111111109: "081804", 1111111111: "050471", 1234567890: "005924", 2000000000: "279037", 20000000000: "353130",
	} {
		got, err := factor.Code(seed, time.Unix(at, 0))
		if err != nil || got != want {
			t.Errorf("at %d the code is %s, %v, want %s", at, got, err, want)
		}
		if step, found := factor.Step(seed, " "+want[:2]+" "+want[2:]+"\t", time.Unix(at, 0)); !found || step != at/30 {
			t.Errorf("at %d the code is of step %d, %v", at, step, found)
		}
	}
	for _, typed := range []string{"", "287081", "28708", "2870822", "०२८७०८", "-287082"} {
		if _, found := factor.Step(seed, typed, time.Unix(59, 0)); found {
			t.Errorf("%q is accepted", typed)
		}
	}
}

func TestSeedsDiffer(t *testing.T) {
	if a, b := factor.NewSeed(), factor.NewSeed(); len(a) != 20 || bytes.Equal(a, b) {
		t.Errorf("seeds of %d bytes, alike: %v", len(a), bytes.Equal(a, b))
	}
}

func TestPictureOfAnAddress(t *testing.T) {
	address := factor.CodesURL([]byte("12345678901234567890"), "Latchkey Zürich & Co", "ann+x@example.com")
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "otpauth" || u.Host != "totp" || u.Path != "/Latchkey Zürich & Co:ann+x@example.com" ||
		u.Query().Get("secret") != "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ" || u.Query().Get("issuer") != "Latchkey Zürich & Co" || strings.Contains(address, "+x@") && strings.Contains(u.RawQuery, "+") {
		t.Errorf("the address is %s, %v", address, err)
	}
	file, err := factor.Picture(address)
	if err != nil {
		t.Fatal(err)
	}
	picture, err := png.Decode(bytes.NewReader(file))
	if err != nil || picture.Bounds().Dx() != factor.PictureSize {
		t.Errorf("the picture: %v, %v", picture, err)
	}
}
