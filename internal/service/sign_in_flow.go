package service

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"encoding/base64"
	"strconv"
	"strings"
	"time"

	"latchkey/internal/console"
)

// A Provider proves who somebody is, by OpenID Connect. Its errors are
// *console.Error; the cause of an unauthenticated one is for the record.
type Provider interface {
	// Settings are the same for ever.
	Settings() console.Provider
	// Check returns nil if the provider can be used now.
	Check(ctx context.Context) error
	// Address is where a browser proves who is there.
	Address(ctx context.Context, flow console.SignInFlow) (string, error)
	// Redeem returns what the provider says for the code that came back, after
	// checking that it is the provider's word, for this flow and for us.
	Redeem(ctx context.Context, flow console.SignInFlow, code string) (console.Assertion, error)
}

// flowLifetime is how long somebody may take to sign in at a provider.
const flowLifetime = 10 * time.Minute

// SignInProviders are the providers at which people may sign in, in order.
func (s *Service) SignInProviders() []console.Provider {
	settings := make([]console.Provider, len(s.providers))
	for i, p := range s.providers {
		settings[i] = p.Settings()
	}
	return settings
}

func (s *Service) provider(id string) (Provider, error) {
	for _, p := range s.providers {
		if p.Settings().ID == id {
			return p, nil
		}
	}
	return nil, console.NotFound()
}

// StartSignIn begins a way to a provider and back to redirect. It returns the
// provider's address, and what the browser has to keep and to bring back. With
// fresh the provider has to ask who is there even if it knows.
func (s *Service) StartSignIn(ctx context.Context, provider, redirect, next string, fresh bool) (address, keep string, err error) {
	p, err := s.provider(provider)
	if err != nil {
		return "", "", err
	}
	flow := console.SignInFlow{Provider: provider, Redirect: redirect, Next: next, Fresh: fresh, StartedAt: s.now()}
	id := rand.Text() // at least 128 bits
	s.bind(&flow, id)
	if address, err = p.Address(ctx, flow); err != nil {
		return "", "", err
	}
	return address, s.sealFlow(id, flow), nil
}

// bind derives what ties answers to the flow. The browser keeps the id, and
// nobody without the key can make the rest from it.
func (s *Service) bind(flow *console.SignInFlow, id string) {
	flow.State, flow.Nonce, flow.Verifier = s.Seal("flow state", id), s.Seal("flow nonce", id), s.Seal("flow verifier", id)
}

// sealFlow is the flow as the browser keeps it.
func (s *Service) sealFlow(id string, flow console.SignInFlow) string {
	parts := []string{
		id, flow.Provider, strconv.FormatInt(flow.StartedAt.UnixMilli(), 10), strconv.FormatBool(flow.Fresh),
		base64.RawURLEncoding.EncodeToString([]byte(flow.Next)),
	}
	return strings.Join(append(parts, s.Seal("flow", parts...)), ".")
}

// openFlow returns the flow that a browser brings back and its id. It reports
// false for one that is not ours, not of this provider, over, or answered with
// another state.
func (s *Service) openFlow(back console.SignInReturn) (flow console.SignInFlow, id string, ok bool) {
	parts := strings.Split(back.Flow, ".")
	if len(parts) != 6 || !s.Sealed(parts[5], "flow", parts[:5]...) || parts[1] != back.Provider {
		return flow, "", false
	}
	started, startErr := strconv.ParseInt(parts[2], 10, 64)
	next, nextErr := base64.RawURLEncoding.DecodeString(parts[4])
	if startErr != nil || nextErr != nil {
		return flow, "", false
	}
	flow = console.SignInFlow{
		Provider: parts[1], Redirect: back.Redirect, Next: string(next), Fresh: parts[3] == "true", StartedAt: time.UnixMilli(started).UTC(),
	}
	s.bind(&flow, parts[0])
	if s.now().Sub(flow.StartedAt) >= flowLifetime || !hmac.Equal([]byte(back.State), []byte(flow.State)) {
		return flow, "", false
	}
	return flow, parts[0], true
}
