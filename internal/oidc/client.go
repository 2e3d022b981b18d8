package oidc

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/url"
	"regexp"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"

	"latchkey/internal/console"
)

const (
	// requestLimit is how long a provider may take to answer.
	requestLimit = 5 * time.Second
	// answerLimit is how much it may say, in bytes.
	answerLimit = 1 << 20
)

// client asks providers. It follows no redirects: a provider is where its
// issuer says, and a client's secret goes nowhere else.
var client = &http.Client{
	Timeout: requestLimit,
	CheckRedirect: func(*http.Request, []*http.Request) error {
		return http.ErrUseLastResponse
	},
	Transport: bounded{&http.Transport{
		Proxy:                 http.ProxyFromEnvironment,
		DialContext:           (&net.Dialer{Timeout: 3 * time.Second}).DialContext,
		TLSHandshakeTimeout:   3 * time.Second,
		ResponseHeaderTimeout: requestLimit,
		IdleConnTimeout:       30 * time.Second,
		MaxIdleConnsPerHost:   4,
		ForceAttemptHTTP2:     true,
	}},
}

// bounded reads no more of an answer than its limit.
type bounded struct{ next http.RoundTripper }

func (b bounded) RoundTrip(r *http.Request) (*http.Response, error) {
	response, err := b.next.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	body := response.Body
	response.Body = struct {
		io.Reader
		io.Closer
	}{io.LimitReader(body, answerLimit), body}
	return response, nil
}

func (p *Provider) withClient(ctx context.Context) context.Context {
	return oidc.ClientContext(ctx, client)
}

// away says that the provider can't be asked now.
func (p *Provider) away(cause error) error {
	return &console.Error{
		Code: console.CodeUnavailable, Message: p.settings.Label + " doesn’t answer as it should right now. Try again in a moment.",
		RetryAfter: discoveryPause, Cause: cause,
	}
}

// distrust refuses what came back. The reason is for the record: it tells what
// was wrong and quotes nothing.
func (p *Provider) distrust(reason string) error {
	return &console.Error{
		Code: console.CodeUnauthenticated, Message: "The answer of " + p.settings.Label + " can’t be trusted. Start signing in again.",
		Cause: errors.New(reason),
	}
}

// errorWord is the form of the words with which providers name errors.
var errorWord = regexp.MustCompile(`^[a-z_]{1,60}$`)

// reasonOf is what to tell of an error of the libraries, which quote answers,
// and answers may hold what nobody should read.
func reasonOf(err error) error {
	if e, ok := errors.AsType[*oidc.IssuerMismatchError](err); ok {
		return errors.New("it calls itself " + shown(e.Discovered) + ", not " + e.Provided)
	}
	if e, ok := errors.AsType[*oauth2.RetrieveError](err); ok {
		if errorWord.MatchString(e.ErrorCode) {
			return errors.New("it answered " + e.ErrorCode)
		}
		return errors.New("it answered with an error")
	}
	if e, ok := errors.AsType[*url.Error](err); ok {
		if e.Timeout() {
			return errors.New("it took too long to answer")
		}
		if op, ok := errors.AsType[*net.OpError](e); ok {
			return op
		}
		return errors.New("it can’t be reached")
	}
	if errors.Is(err, context.DeadlineExceeded) {
		return errors.New("it took too long to answer")
	}
	return errors.New("its answer makes no sense")
}

// shown is an issuer as it may be shown: short, and an address.
func shown(issuer string) string {
	if u, err := url.Parse(issuer); err != nil || len(issuer) > 200 || u.Host == "" {
		return "something else"
	}
	return issuer
}
