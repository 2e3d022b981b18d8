package cli

import (
	"strings"
	"testing"
	"time"

	"latchkey/internal/console"
)

func TestControlCharactersAreDropped(t *testing.T) {
	const text = "a\x1b]0;title\x07b\u009b31mc\x7f\r\nd\te é 馬 \U0001f511\x00"
	const want = "a]0;titleb31mc\nd\te é 馬 \U0001f511"
	for size := 1; size <= len(text); size++ {
		var out strings.Builder
		w := &plainWriter{to: &out}
		for rest := text; rest != ""; {
			n := min(size, len(rest))
			if wrote, err := w.Write([]byte(rest[:n])); wrote != n || err != nil {
				t.Fatal(wrote, err)
			}
			rest = rest[n:]
		}
		if out.String() != want {
			t.Errorf("written %d bytes at a time: %q, want %q", size, out.String(), want)
		}
	}
}

func TestNothingTypedReachesTheTerminalAsAnEscape(t *testing.T) {
	m := blank(t)
	for _, args := range [][]string{
		{"token", "list", "--repository", "x\x1b[2J\u009b2J"}, {"\x1b[2J\u009b2J"}, {"token", "show", "\x1b[2J"},
		{"repository", "create", "\x1b[2J"},
	} {
		o := m.run(args...)
		if o.code == 0 || strings.ContainsAny(o.stdout+o.stderr, "\x1b\u009b") {
			t.Errorf("%q: %d %q", args, o.code, o.stderr)
		}
	}
}

func TestInstants(t *testing.T) {
	at := time.Date(2026, 12, 31, 8, 30, 0, 0, time.UTC)
	day := time.Date(2026, 12, 31, 0, 0, 0, 0, time.UTC)
	for _, test := range []struct {
		text string
		want time.Time
		ok   bool
	}{
		{"", time.Time{}, true},
		{"2026-12-31", day, true},
		{"2026-12-31T08:30", at, true},
		{"2026-12-31T08:30:00Z", at, true},
		{"2026-12-31T09:30:00+01:00", at, true},
		{"2026-12-31T08:30:00.000Z", at, true},
		{"31.12.2026", time.Time{}, false},
		{"2026-02-30", time.Time{}, false},
		{"90d", time.Time{}, false},
	} {
		if got, ok := console.ParseInstant(test.text); ok != test.ok || !got.Equal(test.want) {
			t.Errorf("%q: %v, %v", test.text, got, ok)
		}
	}
}

func TestEnds(t *testing.T) {
	start := time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)
	for text, want := range map[string]time.Time{
		"":           {},
		"30m":        start.Add(30 * time.Minute),
		"12h":        start.Add(12 * time.Hour),
		"90d":        start.AddDate(0, 0, 90),
		"4w":         start.AddDate(0, 0, 28),
		"1y":         start.AddDate(0, 0, 365),
		"2026-12-31": time.Date(2027, 1, 1, 0, 0, 0, 0, time.UTC),
	} {
		if got, ok := console.ParseEnd(text, start); !ok || !got.Equal(want) {
			t.Errorf("%q: %v, %v; want %v", text, got, ok, want)
		}
	}
	for _, text := range []string{"0d", "-1d", "1.5h", "d", "90", "90 d", "999999y", "1d12h", "never"} {
		if got, ok := console.ParseEnd(text, start); ok {
			t.Errorf("%q is %v", text, got)
		}
	}
}

// TestALongListIsWrittenBeforeItsEnd and does not gather in memory.
func TestALongListIsWrittenBeforeItsEnd(t *testing.T) {
	var out strings.Builder
	l := (&program{stdout: &plainWriter{to: &out}}).list("GUID", "NAME")
	for range listPart + 1 {
		if err := l.row("guid", "name"); err != nil {
			t.Fatal(err)
		}
	}
	if n := strings.Count(out.String(), "\n"); n != listPart+1 {
		t.Errorf("%d lines are written before the end", n)
	}
	if err := l.end(nil); err != nil || strings.Count(out.String(), "\n") != listPart+2 {
		t.Errorf("at the end they are %q, %v", out.String(), err)
	}
}
