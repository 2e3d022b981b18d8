package gate

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/labstack/echo/v4"

	"latchkey/internal/console"
)

// TestOutcomesAreKnownBeforehand: each worth and each error has one of its own,
// and a token that is active counts as nothing else.
func TestOutcomesAreKnownBeforehand(t *testing.T) {
	if sorted := slices.Sorted(slices.Values(outcomes)); len(slices.Compact(sorted)) != len(outcomes) {
		t.Errorf("an outcome occurs twice: %q", outcomes)
	}
	for _, code := range console.Codes {
		if got := outcomes[outcomeNamed(string(code))]; got != string(code) {
			t.Errorf("%s counts as %s", code, got)
		}
	}
	for _, reason := range append([]console.Reason{console.ReasonUnknown}, console.Reasons...) {
		if got := outcomes[outcomeOf(console.Introspection{Reason: reason})]; got != string(reason) {
			t.Errorf("%s counts as %s", reason, got)
		}
	}
	if outcomes[outcomeActive] != "active" || outcomes[outcomeEnded] != "ended" || outcomes[0] != "internal" || outcomeNamed("made up") != 0 {
		t.Errorf("outcomes are %q", outcomes)
	}
}

// TestWhatIsCounted asks every surface, and looks at what it says of the answer.
func TestWhatIsCounted(t *testing.T) {
	s := newSite(t, sqlite(t))
	counts := map[string]int{}
	s.gate.answers = func(surface, outcome string) func() { return func() { counts[surface+" "+outcome]++ } }
	s.mount()

	_, text := s.reader(time.Time{}, time.Time{})
	_, expired := s.reader(time.Time{}, start.Add(time.Minute))
	s.now = start.Add(time.Minute)
	unknown := console.NewSecret(console.NewGUID()).Reveal()
	form := with("Content-Type", echo.MIMEApplicationForm)
	fail := func(err error) edit {
		return func(*http.Request) {
			s.gate.allow = func(context.Context, string, console.Requirement) (console.Introspection, error) {
				return console.Introspection{}, err
			}
		}
	}
	for _, test := range []struct {
		want string
		do   func()
	}{
		{"introspect active", func() { s.ask(s.caller, text) }},
		{"introspect expired", func() { s.ask(s.caller, expired) }},
		{"introspect unknown", func() { s.ask(s.caller, unknown) }},
		{"introspect unauthenticated", func() { s.ask(unknown, text) }},
		{"introspect unauthenticated", func() { s.send(http.MethodPost, "/introspect", "token="+text, form) }},
		{"introspect forbidden", func() { s.ask(text, text) }},
		{"introspect invalid", func() { s.ask(s.caller, "") }},
		{"introspect invalid", func() { s.send(http.MethodGet, "/introspect", "") }},
		{"introspect invalid", func() { s.send("MADEUP", "/introspect", "") }},
		{"verify active", func() { s.hold(text) }},
		{"verify expired", func() { s.hold(expired) }},
		{"verify unknown", func() { s.hold(unknown) }},
		{"forward-auth/nginx active", func() { s.forward("nginx", "web-logs/ReadAccess", bearing(text)) }},
		{"forward-auth/envoy scope_missing", func() { s.forward("envoy", "web-logs/DeleteEvents", bearing(text)) }},
		{"forward-auth/envoy repository_missing", func() { s.forward("envoy", "other/ReadAccess", bearing(text)) }},
		{"forward-auth/apache expired", func() { s.forward("apache", "-/-", bearing(expired)) }},
		{"forward-auth/apache unauthenticated", func() { s.forward("apache", "-/-") }},
		{"forward-auth/apache forbidden", func() {
			s.forward("apache", "-/-", func(r *http.Request) { r.RemoteAddr = "203.0.113.1:1" })
		}},
		{"forward-auth/caddy invalid", func() { s.send(http.MethodGet, "/forward-auth/caddy/x", "") }},
		{"forward-auth invalid", func() { s.send(http.MethodGet, "/forward-auth/"+text+"/-/-", "") }},
		{"leaks unknown", func() { s.send(http.MethodPost, "/leaks", "token="+unknown, form) }},
		{"revoke unauthenticated", func() { s.send(http.MethodPost, "/revoke", "token="+unknown, form, bearing(unknown)) }},
		{"revoke invalid", func() { s.send(http.MethodPost, "/revoke", "token="+s.caller, form, bearing(text)) }},
		{"revoke ended", func() { s.send(http.MethodPost, "/revoke", "token="+text, form, bearing(text)) }},
		{"leaks ended", func() { s.send(http.MethodPost, "/leaks", "token="+s.caller, form) }},
		{"forward-auth/haproxy limited", func() { s.forward("haproxy", "-/-", bearing(text), fail(console.Limited("Wait.", time.Second))) }},
		{"forward-auth/haproxy unavailable", func() { s.forward("haproxy", "-/-", bearing(text), fail(errors.New("a bug"))) }},
	} {
		clear(counts)
		test.do()
		if diff := cmp.Diff(map[string]int{test.want: 1}, counts); diff != "" {
			t.Errorf("%s:\n%s", test.want, diff)
		}
	}
}
