package console_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"latchkey/internal/console"
)

func TestAgentName(t *testing.T) {
	for agent, want := range map[string]string{
		"Mozilla/5.0 (X11; Linux x86_64; rv:130.0) Gecko/20100101 Firefox/130.0":                                                                  "Firefox on Linux",
		"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/129.0.0.0 Safari/537.36 Edg/129.0.0.0":           "Edge on Windows",
		"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/129.0.0.0 Safari/537.36":                         "Chrome on Windows",
		"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.6 Safari/605.1.15":                   "Safari on Mac",
		"Mozilla/5.0 (iPhone; CPU iPhone OS 17_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.6 Mobile/15E148 Safari/604.1": "Safari on iPhone",
		"Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/129.0.0.0 Mobile Safari/537.36":                            "Chrome on Android",
		"curl/8.5.0": "curl", "": "Unknown browser", "something/1 (X11; Linux)": "A browser on Linux", "bot/2.0 more": "bot/2.0",
		"\u202eevil": "evil", strings.Repeat("x", 300): strings.Repeat("x", 40), "日本": "Unknown browser",
	} {
		if got := console.AgentName(agent); got != want {
			t.Errorf("%.40q is %q, want %q", agent, got, want)
		}
	}
}

func TestProofsGetStale(t *testing.T) {
	now := time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)
	for _, test := range []struct {
		name string
		who  console.Principal
		want bool
	}{
		{"a moment ago", console.Principal{Kind: console.PrincipalUser, ProvedAt: now}, true},
		{"a moment before five minutes", console.Principal{Kind: console.PrincipalUser, ProvedAt: now.Add(-5*time.Minute + 1)}, true},
		{"five minutes ago", console.Principal{Kind: console.PrincipalUser, ProvedAt: now.Add(-5 * time.Minute)}, false},
		{"never", console.Principal{Kind: console.PrincipalUser}, false},
		{"the program itself", console.System("test"), true},
		{"a token", console.Principal{Kind: console.PrincipalToken}, true},
	} {
		if got := test.who.Proved(now); got != test.want {
			t.Errorf("%s: %v", test.name, got)
		}
	}
}

func TestProofsHideThemselves(t *testing.T) {
	p := console.Proof{Password: "canary", Code: "canary", Passkey: "canary"}
	for _, text := range []string{fmt.Sprint(p), fmt.Sprintf("%+v", p), fmt.Sprintf("%#v", p), fmt.Sprintf("%s %v", p, &p), fmt.Sprint(console.Conceal("canary"))} {
		if strings.Contains(text, "canary") {
			t.Errorf("it prints %s", text)
		}
	}
}

func TestFactorNames(t *testing.T) {
	for name, want := range map[string]string{" Phone ": "Phone", "": "Usual", strings.Repeat("ü", 100): strings.Repeat("ü", 100)} {
		if got, err := console.FactorName(name, "Usual"); got != want || err != nil {
			t.Errorf("%q is called %q, %v", name, got, err)
		}
	}
	for _, name := range []string{strings.Repeat("ü", 101), "a\nb", "a\u202eb"} {
		if _, err := console.FactorName(name, "Usual"); console.CodeOf(err) != console.CodeInvalid {
			t.Errorf("%.20q is accepted", name)
		}
	}
}
