package oidc_test

import (
	"bytes"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"latchkey/internal/console"
	"latchkey/internal/oidc"
	"latchkey/internal/oidc/oidctest"
)

// TestARealProvider goes the whole way with a provider that others wrote.
func TestARealProvider(t *testing.T) {
	op := oidctest.StartOP(t, &jane)
	op.Register("http://127.0.0.1:8080", "northwind")
	settings := op.Settings("northwind")
	settings.Mapping = console.Mapping{"dev": {}}
	p := oidc.New(settings, oidctest.ClientSecret, time.Now)
	for _, fresh := range []bool{false, true} {
		f := flow(time.Now())
		f.Fresh = fresh
		address, err := p.Address(t.Context(), f)
		if err != nil {
			t.Fatal(err)
		}
		back, err := url.Parse(op.SignIn(t, address, jane.Subject))
		if err != nil {
			t.Fatal(err)
		}
		if back.Query().Get("state") != f.State {
			t.Errorf("the state that comes back is %q", back.Query().Get("state"))
		}
		said, err := p.Redeem(t.Context(), f, back.Query().Get("code"))
		if err != nil || said.Subject != jane.Subject || said.Email != jane.Email || said.Name != jane.Name || len(said.Groups) != 2 || said.Issuer != op.URL {
			t.Errorf("fresh %v: said is %+v, %v", fresh, said, err)
		}
		if _, err := p.Redeem(t.Context(), f, back.Query().Get("code")); console.CodeOf(err) != console.CodeUnauthenticated {
			t.Errorf("the code works twice: %v", err)
		}
		other := f
		other.Verifier = strings.Repeat("another-", 6)
		if back, err = url.Parse(op.SignIn(t, address, jane.Subject)); err != nil {
			t.Fatal(err)
		}
		if _, err := p.Redeem(t.Context(), other, back.Query().Get("code")); console.CodeOf(err) != console.CodeUnauthenticated {
			t.Errorf("the code works with another verifier: %v", err)
		}
	}
}

// TestAProviderThatIsAway keeps nobody waiting for long, and comes back.
func TestAProviderThatIsAway(t *testing.T) {
	clock := time.Now()
	now := func() time.Time { return clock }
	l := oidctest.StartLiar(t, jane, now)
	l.Set(func(l *oidctest.Liar) { l.Away = true })
	p := oidc.New(l.Settings("northwind"), oidctest.ClientSecret, now)
	for range 3 {
		e, ok := errors.AsType[*console.Error](p.Check(t.Context()))
		if !ok || e.Code != console.CodeUnavailable || e.RetryAfter == 0 || !strings.Contains(e.Message, "Northwind SSO") {
			t.Fatalf("the error is %v", e)
		}
	}
	const description = "/.well-known/openid-configuration"
	if asked := l.Asked(description); asked != 1 {
		t.Errorf("it was asked %d times at once", asked)
	}
	l.Set(func(l *oidctest.Liar) { l.Away = false })
	clock = clock.Add(time.Minute)
	for range 3 {
		if err := p.Check(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if asked := l.Asked(description); asked != 2 {
		t.Errorf("it was asked %d times", asked)
	}
	l.Set(func(l *oidctest.Liar) { l.Away = true })
	clock = clock.Add(2 * time.Hour)
	if _, err := p.Address(t.Context(), flow(clock)); err != nil {
		t.Errorf("what it said before is forgotten: %v", err)
	}
	if _, err := p.Redeem(t.Context(), flow(clock), "code"); console.CodeOf(err) != console.CodeUnavailable {
		t.Errorf("redeeming gives %v", err)
	}
	gone := oidc.New(console.Provider{ID: "x", Label: "X", Issuer: "http://127.0.0.1:1"}, "", now)
	if err := gone.Check(t.Context()); console.CodeOf(err) != console.CodeUnavailable {
		t.Errorf("a provider that is not there gives %v", err)
	}
}

// TestAProviderThatDescribesItselfWrongly is not believed.
func TestAProviderThatDescribesItselfWrongly(t *testing.T) {
	for name, change := range map[string]func(map[string]any){
		"another issuer":       func(d map[string]any) { d["issuer"] = "https://other.example" },
		"no endpoint":          func(d map[string]any) { delete(d, "token_endpoint") },
		"a script":             func(d map[string]any) { d["authorization_endpoint"] = "javascript:alert(1)" },
		"keys from nowhere":    func(d map[string]any) { d["jwks_uri"] = "file:///etc/passwd" },
		"a number for a name":  func(d map[string]any) { d["issuer"] = 7 },
		"a list for an answer": func(d map[string]any) { d["token_endpoint_auth_methods_supported"] = "basic" },
	} {
		l := oidctest.StartLiar(t, jane, time.Now)
		l.Discovery = change
		err := oidc.New(l.Settings("northwind"), oidctest.ClientSecret, time.Now).Check(t.Context())
		if console.CodeOf(err) != console.CodeUnavailable {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestAProviderLeadsNowhereElse: the client's secret is for it alone.
func TestAProviderLeadsNowhereElse(t *testing.T) {
	other := oidctest.StartLiar(t, jane, time.Now)
	l := oidctest.StartLiar(t, jane, time.Now)
	p := oidc.New(l.Settings("northwind"), oidctest.ClientSecret, time.Now)
	if err := p.Check(t.Context()); err != nil {
		t.Fatal(err)
	}
	l.Set(func(l *oidctest.Liar) {
		l.Instead = func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, other.URL+r.URL.Path, http.StatusTemporaryRedirect)
		}
	})
	if _, err := p.Redeem(t.Context(), flow(time.Now()), "code"); console.CodeOf(err) != console.CodeUnavailable || other.Asked("/token") != 0 {
		t.Errorf("the secret goes elsewhere, %v", err)
	}
}

// TestAProviderThatNeverStopsTalking is not listened to for ever.
func TestAProviderThatNeverStopsTalking(t *testing.T) {
	l := oidctest.StartLiar(t, jane, time.Now)
	said := 0
	l.Instead = func(w http.ResponseWriter, _ *http.Request) {
		for said = 0; said < 64<<20; {
			n, err := w.Write(bytes.Repeat([]byte(" "), 64<<10))
			if said += n; err != nil {
				return
			}
		}
	}
	if err := oidc.New(l.Settings("northwind"), "", time.Now).Check(t.Context()); console.CodeOf(err) != console.CodeUnavailable {
		t.Errorf("the error is %v", err)
	}
	l.Set(func(*oidctest.Liar) {
		if said >= 64<<20 {
			t.Error("all of it was read")
		}
	})
}

// TestAWrongSecretIsOurMatter: whoever signs in can't mend it.
func TestAWrongSecretIsOurMatter(t *testing.T) {
	l := oidctest.StartLiar(t, jane, time.Now)
	p := oidc.New(l.Settings("northwind"), "a wrong secret", time.Now)
	_, err := p.Redeem(t.Context(), flow(time.Now()), "code")
	e, ok := errors.AsType[*console.Error](err)
	if !ok || e.Code != console.CodeUnavailable || !strings.Contains(e.Error(), "invalid_client") || strings.Contains(e.Error(), "secret") {
		t.Errorf("the error is %v", err)
	}
}
