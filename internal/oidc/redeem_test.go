package oidc_test

import (
	"encoding/base64"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"latchkey/internal/console"
	"latchkey/internal/oidc"
	"latchkey/internal/oidc/oidctest"
)

var jane = oidctest.Person{Subject: "jane-1", Email: "jane@example.com", Verified: true, Name: "Jane Doe", Groups: []string{"dev", "ops"}}

// flow is a way to a provider that began now.
func flow(now time.Time) console.SignInFlow {
	return console.SignInFlow{
		Provider: "northwind", Redirect: "http://127.0.0.1:8080/login/northwind/callback",
		State: "the-state", Nonce: "the-nonce", Verifier: strings.Repeat("verifier-", 6), StartedAt: now,
	}
}

// redeem goes the whole way with a liar and returns what becomes of it.
func redeem(t *testing.T, l *oidctest.Liar, f console.SignInFlow, change ...func(*console.SignInFlow)) (console.Assertion, error) {
	t.Helper()
	p := oidc.New(l.Settings("northwind"), oidctest.ClientSecret, time.Now)
	address, err := p.Address(t.Context(), f)
	if err != nil {
		t.Fatal(err)
	}
	back, err := url.Parse(l.SignIn(t, address))
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range change {
		c(&f)
	}
	return p.Redeem(t.Context(), f, back.Query().Get("code"))
}

func TestAGoodProvider(t *testing.T) {
	said, err := redeem(t, oidctest.StartLiar(t, jane, time.Now), flow(time.Now()))
	if err != nil {
		t.Fatal(err)
	}
	said.Issuer = ""
	want := console.Assertion{Subject: "jane-1", Email: "jane@example.com", Name: "Jane Doe", Groups: []string{"dev", "ops"}}
	if diff := cmp.Diff(want, said); diff != "" {
		t.Errorf("said is something else: %s", diff)
	}
}

// TestTheRequest: PKCE by S256, state, nonce, and no more than was asked for.
func TestTheRequest(t *testing.T) {
	l := oidctest.StartLiar(t, jane, time.Now)
	p := oidc.New(l.Settings("northwind"), oidctest.ClientSecret, time.Now)
	address, err := p.Address(t.Context(), flow(time.Now()))
	if err != nil {
		t.Fatal(err)
	}
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	q := u.Query()
	challenge := q.Get("code_challenge")
	q.Del("code_challenge")
	want := url.Values{
		"response_type": {"code"}, "client_id": {oidctest.ClientID}, "scope": {"openid profile email"}, "state": {"the-state"}, "nonce": {"the-nonce"},
		"redirect_uri": {flow(time.Now()).Redirect}, "code_challenge_method": {"S256"},
	}
	if diff := cmp.Diff(want, q); diff != "" || len(challenge) != 43 || strings.Contains(address, "verifier-") {
		t.Errorf("the address is %s: %s", address, diff)
	}
	fresh := flow(time.Now())
	fresh.Fresh = true
	if address, err = p.Address(t.Context(), fresh); err != nil || !strings.Contains(address, "prompt=login") || !strings.Contains(address, "max_age=0") {
		t.Errorf("fresh proof is asked for at %s, %v", address, err)
	}
}

// TestLies: whatever is not exactly as it should be is refused, with a reason
// for the record and without a word of the token.
func TestLies(t *testing.T) {
	claim := func(name string, value any) func(*oidctest.Liar) {
		return func(l *oidctest.Liar) { l.Claims = func(claims map[string]any) { claims[name] = value } }
	}
	several := func(more map[string]any) func(*oidctest.Liar) {
		return func(l *oidctest.Liar) {
			l.Claims = func(claims map[string]any) {
				for name, value := range more {
					claims[name] = value
				}
			}
		}
	}
	for _, test := range []struct {
		name   string
		lie    func(*oidctest.Liar)
		reason string
	}{
		{"another nonce", claim("nonce", "another"), "belongs to another sign-in"},
		{"no nonce", claim("nonce", nil), "belongs to another sign-in"},
		{"another audience", claim("aud", "somebody else"), "for somebody else"},
		{"no audience", claim("aud", nil), "for somebody else"},
		{"another party", several(map[string]any{"aud": []string{oidctest.ClientID, "other"}, "azp": "other"}), "made for somebody else"},
		{"several audiences and no party", claim("aud", []string{oidctest.ClientID, "other"}), "made for somebody else"},
		{"another issuer", claim("iss", "https://other.example"), "another issuer"},
		{"almost the issuer", func(l *oidctest.Liar) {
			l.Claims = func(claims map[string]any) { claims["iss"] = fmt.Sprint(claims["iss"]) + "/" }
		}, "another issuer"},
		{"expired", claim("exp", time.Now().Add(-time.Second).Unix()), "expired"},
		{"no end", func(l *oidctest.Liar) {
			l.Claims = func(claims map[string]any) { delete(claims, "exp") }
		}, "expired"},
		{"an end that is no time", claim("exp", "never"), "makes no sense"},
		{"not yet valid", claim("nbf", time.Now().Add(time.Hour).Unix()), "not valid yet"},
		{"nobody", claim("sub", ""), "names nobody"},
		{"a long subject", claim("sub", strings.Repeat("s", 256)), "names nobody"},
		{"control characters", claim("sub", "jane\x00"), "names nobody"},
		{"another access token", claim("at_hash", "bm8"), "another access token"},
		{"alg none", func(l *oidctest.Liar) {
			l.Header = func(header map[string]any) { header["alg"] = "none" }
			l.Sign = func(string) string { return "" }
		}, "not signed by the provider"},
		{"signed with the client's secret", func(l *oidctest.Liar) {
			l.Header = func(header map[string]any) { header["alg"] = "HS256" }
			l.Sign = func(string) string { return base64.RawURLEncoding.EncodeToString([]byte("any")) }
		}, "not signed by the provider"},
		{"a bad signature", func(l *oidctest.Liar) {
			l.Sign = func(string) string { return base64.RawURLEncoding.EncodeToString(make([]byte, 256)) }
		}, "not signed by the provider"},
		{"an unknown key", func(l *oidctest.Liar) {
			l.Header = func(header map[string]any) { header["kid"] = "two" }
		}, "not signed by the provider"},
		{"user info of another person", func(l *oidctest.Liar) {
			l.Claims = func(claims map[string]any) { delete(claims, "email") }
			l.UserInfo = func(claims map[string]any) { claims["sub"] = "john-1" }
		}, "about somebody else"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			l := oidctest.StartLiar(t, jane, time.Now)
			test.lie(l)
			said, err := redeem(t, l, flow(time.Now()))
			distrusted(t, err, test.reason)
			if diff := cmp.Diff(console.Assertion{}, said); diff != "" {
				t.Errorf("something is believed: %s", diff)
			}
		})
	}
}

func distrusted(t *testing.T, err error, reason string) {
	t.Helper()
	e, ok := errors.AsType[*console.Error](err)
	if !ok || e.Code != console.CodeUnauthenticated || e.Cause == nil || !strings.Contains(e.Cause.Error(), reason) {
		t.Fatalf("the error is %v, want one about %q", err, reason)
	}
	if strings.Contains(err.Error(), "eyJ") || strings.Contains(err.Error(), "secret detail") {
		t.Errorf("the error quotes what came back: %v", err)
	}
}

func TestTheCodeIsBoundToTheVerifier(t *testing.T) {
	for name, verifier := range map[string]string{"another": strings.Repeat("another-", 6), "none": ""} {
		_, err := redeem(t, oidctest.StartLiar(t, jane, time.Now), flow(time.Now()), func(f *console.SignInFlow) { f.Verifier = verifier })
		if err == nil {
			t.Errorf("%s: no error", name)
			continue
		}
		distrusted(t, err, "refused the code")
	}
}

func TestFreshProof(t *testing.T) {
	for name, test := range map[string]struct {
		at     time.Duration
		claims func(map[string]any)
		good   bool
	}{
		"now":            {good: true},
		"a minute's lag": {at: -50 * time.Second, good: true},
		"long ago":       {at: -2 * time.Minute},
		"in the future":  {at: time.Hour},
		"unsaid":         {claims: func(claims map[string]any) { delete(claims, "auth_time") }},
		"no number":      {claims: func(claims map[string]any) { claims["auth_time"] = "now" }},
	} {
		now := time.Now()
		l := oidctest.StartLiar(t, jane, time.Now)
		l.Authenticated, l.Claims = now.Add(test.at), test.claims
		f := flow(now)
		f.Fresh = true
		_, err := redeem(t, l, f)
		if test.good != (err == nil) {
			t.Errorf("%s: %v", name, err)
		}
		if err != nil {
			distrusted(t, err, "did not ask again")
		}
	}
}

// TestWhatIsBelieved: an address only if it is verified, groups in any form.
func TestWhatIsBelieved(t *testing.T) {
	l := oidctest.StartLiar(t, jane, time.Now)
	for name, test := range map[string]struct {
		claims map[string]any
		info   map[string]any
		email  string
		groups []string
	}{
		"unverified":                {claims: map[string]any{"email_verified": false}, groups: jane.Groups},
		"not said to be verified":   {claims: map[string]any{"email_verified": nil}, groups: jane.Groups},
		"verified as a text":        {claims: map[string]any{"email_verified": "true"}, email: jane.Email, groups: jane.Groups},
		"one group as a text":       {claims: map[string]any{"groups": "dev"}, email: jane.Email, groups: []string{"dev"}},
		"groups that are no list":   {claims: map[string]any{"groups": 7}, email: jane.Email},
		"a group called everybody":  {claims: map[string]any{"groups": []string{"*", "dev"}}, email: jane.Email, groups: []string{"dev"}},
		"all beside the token":      {claims: map[string]any{"email": nil, "groups": nil}, info: map[string]any{"email": "j@example.com", "email_verified": true, "groups": []string{"x"}}, email: "j@example.com", groups: []string{"x"}},
		"verified here, told there": {claims: map[string]any{"email": nil, "email_verified": true}, info: map[string]any{"email": "j@example.com"}, groups: jane.Groups},
	} {
		l.Set(func(l *oidctest.Liar) {
			l.Claims = func(claims map[string]any) { merge(claims, test.claims) }
			l.UserInfo = func(claims map[string]any) { merge(claims, test.info) }
		})
		said, err := redeem(t, l, flow(time.Now()))
		if err != nil {
			t.Fatal(name, err)
		}
		if diff := cmp.Diff(test.groups, said.Groups); said.Email != test.email || diff != "" && len(test.groups)+len(said.Groups) > 0 {
			t.Errorf("%s: believed are %q and %q", name, said.Email, said.Groups)
		}
	}
}

func merge(claims, more map[string]any) {
	for name, value := range more {
		if value == nil {
			delete(claims, name)
		} else {
			claims[name] = value
		}
	}
}
