// Package oidc talks to a provider of OpenID Connect: it leads a browser there,
// and makes sure of everything in what comes back before anybody believes it.
package oidc

import (
	"context"
	"errors"
	"net/url"
	"sync"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"

	"latchkey/internal/console"
)

// Provider is one provider. What it says of itself is asked for when it is
// first needed and kept, so that nothing else waits for a provider that is away.
type Provider struct {
	settings console.Provider
	secret   string
	now      func() time.Time

	mu sync.Mutex
	// found is what discovery answered last, at foundAt; failed why it did not,
	// at failedAt.
	found             *discovered
	foundAt, failedAt time.Time
	failed            error
}

// discovered is a provider as it describes itself.
type discovered struct {
	provider *oidc.Provider
	verifier *oidc.IDTokenVerifier
	endpoint oauth2.Endpoint
	userInfo bool
}

const (
	// discoveryLife is how long a description is used before it is asked for again.
	discoveryLife = time.Hour
	// discoveryPause is how long after a failure nobody waits for another.
	discoveryPause = 5 * time.Second
)

// New returns a provider by its settings. The secret is empty for a client that
// has none. It asks the provider nothing.
func New(settings console.Provider, secret string, now func() time.Time) *Provider {
	return &Provider{settings: settings, secret: secret, now: now}
}

// Settings are what the provider was made from.
func (p *Provider) Settings() console.Provider { return p.settings }

// Check returns nil if the provider describes itself as it should.
func (p *Provider) Check(ctx context.Context) error {
	_, err := p.discover(ctx)
	return err
}

// Address is where a browser proves who is there, for flow.
func (p *Provider) Address(ctx context.Context, flow console.SignInFlow) (string, error) {
	found, err := p.discover(ctx)
	if err != nil {
		return "", err
	}
	options := []oauth2.AuthCodeOption{oidc.Nonce(flow.Nonce), oauth2.S256ChallengeOption(flow.Verifier)}
	if flow.Fresh {
		options = append(options, oauth2.SetAuthURLParam("prompt", "login"), oauth2.SetAuthURLParam("max_age", "0"))
	}
	return p.client(found, flow).AuthCodeURL(flow.State, options...), nil
}

func (p *Provider) client(found *discovered, flow console.SignInFlow) *oauth2.Config {
	return &oauth2.Config{
		ClientID: p.settings.ClientID, ClientSecret: p.secret, Endpoint: found.endpoint,
		RedirectURL: flow.Redirect, Scopes: p.settings.Asks,
	}
}

// discover returns the provider's description of itself. Of many who need it at
// once one asks. When asking again fails, the old one is good enough.
func (p *Provider) discover(ctx context.Context) (*discovered, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	now := p.now()
	if p.found != nil && now.Sub(p.foundAt) < discoveryLife {
		return p.found, nil
	}
	if p.failed != nil && now.Sub(p.failedAt) < discoveryPause {
		return p.lastKnown()
	}
	// Whoever asks first may go away; the answer is for everybody.
	ctx, cancel := context.WithTimeout(p.withClient(context.WithoutCancel(ctx)), requestLimit)
	defer cancel()
	found, err := p.ask(ctx)
	if err != nil {
		p.failed, p.failedAt = p.away(err), p.now()
		return p.lastKnown()
	}
	p.found, p.foundAt, p.failed = found, now, nil
	return found, nil
}

func (p *Provider) lastKnown() (*discovered, error) {
	if p.found != nil {
		return p.found, nil
	}
	return nil, p.failed
}

func (p *Provider) ask(ctx context.Context) (*discovered, error) {
	provider, err := oidc.NewProvider(ctx, p.settings.Issuer)
	if err != nil {
		return nil, reasonOf(err)
	}
	var extra struct {
		Keys    string   `json:"jwks_uri"`
		Info    string   `json:"userinfo_endpoint"`
		Methods []string `json:"token_endpoint_auth_methods_supported"`
	}
	if err := provider.Claims(&extra); err != nil {
		return nil, errors.New("its description of itself makes no sense")
	}
	endpoint := provider.Endpoint()
	for _, address := range []string{endpoint.AuthURL, endpoint.TokenURL, extra.Keys} {
		if !p.trustworthy(address) {
			return nil, errors.New("its description of itself has an endpoint that is missing or not protected by TLS")
		}
	}
	endpoint.AuthStyle = authStyle(extra.Methods, p.secret)
	return &discovered{
		provider: provider, endpoint: endpoint, userInfo: p.trustworthy(extra.Info),
		verifier: provider.VerifierContext(ctx, &oidc.Config{ClientID: p.settings.ClientID, Now: p.now}),
	}, nil
}

// trustworthy reports whether an endpoint is an address like the issuer's: TLS,
// unless the issuer is on this machine without it.
func (p *Provider) trustworthy(address string) bool {
	u, err := url.Parse(address)
	issuer, issuerErr := url.Parse(p.settings.Issuer)
	return err == nil && issuerErr == nil && u.Host != "" && (u.Scheme == "https" || u.Scheme == "http" && issuer.Scheme == "http")
}

// authStyle is how the client proves itself. Trying one after the other, as
// the library would, redeems a code twice.
func authStyle(supported []string, secret string) oauth2.AuthStyle {
	if secret == "" {
		return oauth2.AuthStyleInParams
	}
	basic, post := len(supported) == 0, false
	for _, method := range supported {
		basic = basic || method == "client_secret_basic"
		post = post || method == "client_secret_post"
	}
	if !basic && post {
		return oauth2.AuthStyleInParams
	}
	return oauth2.AuthStyleInHeader
}
