package console_test

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"latchkey/internal/console"
)

var (
	tokenString = regexp.MustCompile(`^[0-9a-f-]{36}~lk_[0-9A-Za-z]{43}[0-9A-Za-z]{6}$`)
	b64token    = regexp.MustCompile(`^[A-Za-z0-9._~+/-]+=*$`) // RFC 6750, section 2.1
)

const (
	base62    = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
	bodyStart = 40
	bodyEnd   = 83
)

func TestSecretHasItsForm(t *testing.T) {
	for range 1000 {
		guid := console.NewGUID()
		secret := console.NewSecret(guid)
		text := secret.Reveal()
		if !tokenString.MatchString(text) || !b64token.MatchString(text) || !strings.HasPrefix(text, string(guid)+"~") {
			t.Fatalf("%q is no token string of %s", text, guid)
		}
		parsed, again, ok := console.ParseSecret(text)
		if !ok || parsed != guid || again.Reveal() != text {
			t.Fatalf("%q reads as %s, %v", text, parsed, ok)
		}
	}
}

// TestSecretKnown holds the format in place: strings like this one are in the
// hands of clients. The checksum was computed apart from this program.
func TestSecretKnown(t *testing.T) {
	const known = sampleGUID + "~lk_" + "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefg" + "4V9XMu"
	_, _, ok := console.ParseSecret(known)
	if !ok {
		t.Errorf("%s is refused", known)
	}
}

func TestSecretRefusesEveryChange(t *testing.T) {
	text := console.NewSecret(console.NewGUID()).Reveal()
	for i := range len(text) {
		for b := range 256 {
			changed := text[:i] + string([]byte{byte(b)}) + text[i+1:]
			if _, secret, ok := console.ParseSecret(changed); ok != (changed == text) || ok == secret.IsZero() {
				t.Fatalf("%q, changed to %q, is accepted", text, changed)
			}
		}
	}
	for i := range len(text) {
		for name, changed := range map[string]string{
			"cut off at":        text[:i],
			"begun at":          text[i+1:],
			"without a byte at": text[:i] + text[i+1:],
			"with a byte at":    text[:i] + "0" + text[i:],
			"doubled at":        text[:i] + text[i:i+1] + text[i:],
		} {
			if _, _, ok := console.ParseSecret(changed); ok {
				t.Errorf("%q %s %d is accepted", text, name, i)
			}
		}
	}
	for i := range len(text) - 1 {
		if text[i] != text[i+1] {
			swapped := text[:i] + text[i+1:i+2] + text[i:i+1] + text[i+2:]
			if _, _, ok := console.ParseSecret(swapped); ok {
				t.Errorf("%q with %d and %d exchanged is accepted", text, i, i+1)
			}
		}
	}
	for _, changed := range []string{
		"", text + "\n", " " + text, text + " ", text + text[bodyEnd:], strings.ToUpper(text), strings.ToLower(text),
		"Bearer " + text, strings.Replace(text, "~", "%7E", 1), text[37:], strings.Repeat("0", len(text)),
	} {
		if _, _, ok := console.ParseSecret(changed); ok {
			t.Errorf("%q is accepted", changed)
		}
	}
}

// holder is a Secret as a careless programmer might keep it.
type holder struct {
	Secret console.Secret
	hidden console.Secret
	Near   *console.Secret
	Any    any
	List   []console.Secret
	Map    map[string]console.Secret
}

func TestSecretHidesItself(t *testing.T) {
	secret := console.NewSecret(console.NewGUID())
	body := secret.Reveal()[bodyStart:]
	struct_ := holder{
		Secret: secret, hidden: secret, Near: &secret, Any: secret,
		List: []console.Secret{secret}, Map: map[string]console.Secret{"key": secret},
	}
	var said strings.Builder
	say := func(what string, text string) {
		said.WriteString(text)
		for _, trace := range []string{body, hex.EncodeToString([]byte(body)), fmt.Sprintf("%X", body), fmt.Sprint([]byte(body[:8]))[1:20]} {
			if strings.Contains(text, trace) {
				t.Errorf("%s shows it: %s", what, text)
			}
		}
	}
	for _, value := range []any{
		secret, &secret, struct_, &struct_, struct{ console.Secret }{secret}, struct{ hidden console.Secret }{secret},
		[]any{secret}, [1]console.Secret{secret}, map[console.Secret]int{secret: 1}, fmt.Errorf("no: %w", errors.New(fmt.Sprint(struct_))),
	} {
		for _, flag := range []string{"", "+", "#", "-", " ", "0", "200", ".100", "+#"} {
			for _, verb := range "vTtbcdoOqxXUeEfFgGspwz" {
				format := "%" + flag + string(verb)
				say(fmt.Sprintf("%s of %T", format, value), fmt.Sprintf(format, value))
			}
		}
		say(fmt.Sprintf("a print of %T", value), fmt.Sprint(value)+fmt.Sprintln(value))
		if text, err := json.Marshal(value); err == nil {
			say(fmt.Sprintf("JSON of %T", value), string(text))
		}
		for name, handler := range map[string]func(*bytes.Buffer) slog.Handler{
			"text": func(b *bytes.Buffer) slog.Handler { return slog.NewTextHandler(b, nil) },
			"JSON": func(b *bytes.Buffer) slog.Handler { return slog.NewJSONHandler(b, nil) },
		} {
			var log bytes.Buffer
			slog.New(handler(&log)).With("with", value).WithGroup("group").Info("made", "value", value, slog.Group("inner", "value", value))
			say(fmt.Sprintf("a %s log of %T", name, value), log.String())
		}
	}
	for _, test := range []struct{ name, got string }{
		{"%v", fmt.Sprintf("%v", secret)}, {"%+v", fmt.Sprintf("%+v", secret)}, {"%#v", fmt.Sprintf("%#v", secret)},
		{"%s", fmt.Sprintf("%s", secret)}, {"%d", fmt.Sprintf("%d", secret)}, {"String", secret.String()},
		{"GoString", secret.GoString()}, {"LogValue", secret.LogValue().String()},
	} {
		if test.got != "[secret]" {
			t.Errorf("%s says %q", test.name, test.got)
		}
	}
	if text, err := json.Marshal(secret); string(text) != `"[secret]"` || err != nil {
		t.Errorf("JSON says %s, %v", text, err)
	}
	if !strings.Contains(said.String(), "[secret]") {
		t.Error("nothing was said at all")
	}
}

func TestNoSecretIsZero(t *testing.T) {
	if secret := (console.Secret{}); !secret.IsZero() || secret.Reveal() != "" || fmt.Sprint(secret) != "[secret]" {
		t.Errorf("no secret is %v, %q", secret.IsZero(), secret.Reveal())
	}
	if console.NewSecret(console.NewGUID()).IsZero() {
		t.Error("a new secret is none")
	}
}

// TestSecretsAreRandom looks at each position of the body but the first, which
// cannot be even: 2^256 is not a power of 62. The limit is seven deviations
// above what is expected with 61 degrees of freedom, so that chance alone
// exceeds it once in some ten thousand runs.
func TestSecretsAreRandom(t *testing.T) {
	const secrets, limit = 100_000, 61 + 7*11.05
	var counts [bodyEnd][128]int
	seen := make(map[string]bool, secrets)
	guid := console.NewGUID()
	for range secrets {
		text := console.NewSecret(guid).Reveal()
		if seen[text] {
			t.Fatal("the same secret twice")
		}
		seen[text] = true
		for i := bodyStart; i < bodyEnd; i++ {
			counts[i][text[i]]++
		}
	}
	const expected = float64(secrets) / float64(len(base62))
	for i := bodyStart + 1; i < bodyEnd; i++ {
		var chi2 float64
		for _, digit := range []byte(base62) {
			chi2 += (float64(counts[i][digit]) - expected) * (float64(counts[i][digit]) - expected) / expected
		}
		if chi2 > limit {
			t.Errorf("digit %d of the body is uneven: chi-square %.1f, at most %.1f", i-bodyStart+1, chi2, limit)
		}
	}
	for _, digit := range []byte(base62)[:60] {
		if counts[bodyStart][digit] == 0 {
			t.Errorf("no body begins with %c", digit)
		}
	}
}

// TestOnlyRealRandomness keeps the predictable generator out of this package.
func TestOnlyRealRandomness(t *testing.T) {
	files, err := filepath.Glob("*.go")
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	for _, file := range files {
		source, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if !strings.HasSuffix(file, "_test.go") && bytes.Contains(source, []byte(`"math/rand`)) {
			t.Errorf("%s imports math/rand", file)
		}
	}
}

func FuzzParseSecret(f *testing.F) {
	sound := console.NewSecret(sampleGUID).Reveal()
	for _, seed := range []string{
		"", sound, sound[:len(sound)-1], sound + "0", strings.ToUpper(sound), sampleGUID, sampleGUID + "~lk_",
		strings.Repeat("0", len(sound)), strings.Replace(sound, "~", "-", 1), "{" + sound[1:], sound[:10] + "é" + sound[12:],
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		guid, secret, ok := console.ParseSecret(text)
		if !ok {
			if guid != "" || !secret.IsZero() {
				t.Fatalf("%q is refused and yet read as %q", text, guid)
			}
			return
		}
		if secret.Reveal() != text || !strings.HasPrefix(text, string(guid)+"~lk_") || !guid.Valid() {
			t.Fatalf("%q reads as %q of %q", text, secret.Reveal(), guid)
		}
		for i := range len(text) {
			if _, _, ok := console.ParseSecret(text[:i] + string(text[i]^1) + text[i+1:]); ok {
				t.Fatalf("%q is accepted with another byte at %d", text, i)
			}
		}
	})
}
