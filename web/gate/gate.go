// Package gate answers services that ask what a token is worth, by introspection
// (RFC 7662), verification by the holder and forward-auth for gateways, and lets
// who holds a token end it, by revocation (RFC 7009) and reports of leaks. It has
// no sessions, no cookies and no HTML; every answer is kept by nobody.
package gate

import (
	"cmp"
	"context"
	"log/slog"
	"net/http"
	"net/netip"
	"strings"
	"sync/atomic"
	"time"

	"github.com/labstack/echo/v4"

	"latchkey/internal/console"
	"latchkey/internal/service"
)

// Options are what the gate needs beside the service.
type Options struct {
	// Issuer is the base URL under which this console is known.
	Issuer string
	// Client tells from which address a request comes; the zero address is an
	// unknown one, from which no token works that has an IP filter. So are all
	// without Client.
	Client func(*http.Request) netip.Addr
	Log    *slog.Logger
	// Gateways may ask the forward-auth endpoints, and nobody else.
	Gateways []netip.Prefix
	// Proxies may stand before the gateways: they are nobody's client either.
	Proxies []netip.Prefix
	// Answers returns what is called at each answer of a surface with that
	// outcome. Nil for nothing.
	Answers func(surface, outcome string) func()
}

// Routes returns what answers at each pattern, whatever the method. Whoever adds
// them to a router brings the request's id, the security headers, recovery and
// the access log.
func Routes(svc *service.Service, o Options) map[string]echo.HandlerFunc {
	return newGate(svc, o).routes()
}

func newGate(svc *service.Service, o Options) *gate {
	if o.Client == nil {
		o.Client = func(*http.Request) netip.Addr { return netip.Addr{} }
	}
	return &gate{
		svc: svc, issuer: o.Issuer, client: o.Client, log: o.Log,
		gateways: o.Gateways, proxies: o.Proxies, allow: svc.Allow, answers: o.Answers,
	}
}

func (g *gate) routes() map[string]echo.HandlerFunc {
	routes := map[string]echo.HandlerFunc{}
	for path, handle := range map[string]handler{
		"/introspect": g.introspect,
		"/verify":     g.verify,
		"/revoke":     limitTime(g.revoke),
		"/leaks":      limitTime(g.reportLeak),
	} {
		routes[path] = g.post(path, handle)
	}
	// One pattern for each kind of gateway, so that logs and metrics tell them apart.
	for family := range families {
		routes[forwardPath+family+"/*"] = g.forwardAuth(forwardPath + family)
	}
	routes[forwardPath+"*"] = g.forwardAuth(strings.TrimSuffix(forwardPath, "/"))
	return routes
}

type gate struct {
	svc    *service.Service
	issuer string
	client func(*http.Request) netip.Addr
	log    *slog.Logger

	gateways, proxies []netip.Prefix
	// allow is the service's; a test puts another answer in its place.
	allow func(ctx context.Context, text string, r console.Requirement) (console.Introspection, error)
	// answers is the option; nil for nothing.
	answers func(surface, outcome string) func()
	// told is when the log was told last that something is unavailable, in Unix
	// nanoseconds, and unsaid how often it was not since.
	told, unsaid atomic.Int64
}

// These keep an answer from everybody's cache: RFC 6749, section 5.1, asks for
// both. Nobody changes the values.
var noStore, noCache = []string{"no-store"}, []string{"no-cache"}

// A handler answers a POST and says what came of it, or returns why it does not
// answer.
type handler func(c echo.Context, q question) (outcome, error)

// patience is how long the database may take to change something. What is only
// asked has less, which the service sees to.
const patience = 2 * time.Second

// limitTime ends what a change asks of the database when it takes too long.
func limitTime(handle handler) handler {
	return func(c echo.Context, q question) (outcome, error) {
		whole := c.Request().Context()
		ctx, cancel := context.WithTimeout(whole, patience)
		defer cancel()
		c.SetRequest(c.Request().WithContext(ctx))
		came, err := handle(c, q)
		if err != nil && ctx.Err() != nil && whole.Err() == nil {
			err = console.Unavailable(ctx.Err())
		}
		c.SetRequest(c.Request().WithContext(whole))
		return came, err
	}
}

// post lets a handler answer well-formed POST requests, and answers all others.
func (g *gate) post(path string, handle handler) echo.HandlerFunc {
	return g.counted(path, func(c echo.Context) (outcome, error) {
		if c.Request().Method != http.MethodPost {
			c.Response().Header().Set(echo.HeaderAllow, http.MethodPost)
			return 0, refusal{status: http.StatusMethodNotAllowed, code: "invalid_request", description: "Only POST is answered here."}
		}
		q, err := read(c)
		if err != nil {
			return 0, err
		}
		return handle(c, q)
	})
}

// strangerFailed counts a request of somebody unknown that came to nothing, and
// returns the reason, or that there were too many. An error that is ours counts
// for nobody.
func (g *gate) strangerFailed(c echo.Context, reason error) error {
	if reason != nil && console.CodeOf(reason) != console.CodeUnauthenticated {
		return reason
	}
	return cmp.Or(g.svc.StrangerFailed(c.RealIP()), reason)
}

// counted lets ask answer, answers what it does not, and counts what came of it.
// What panics counts as an error of ours.
func (g *gate) counted(path string, ask func(echo.Context) (outcome, error)) echo.HandlerFunc {
	tally := g.tally(strings.TrimPrefix(path, "/"))
	return func(c echo.Context) (err error) {
		came := outcomeInternal
		defer func() { tally[came]() }()
		header := c.Response().Header()
		header[echo.HeaderCacheControl], header["Pragma"] = noStore, noCache
		if came, err = ask(c); err != nil {
			came, err = g.fail(c, err)
		}
		return err
	}
}
