// Package web is every way in over HTTP: one Echo, one Service. A handler
// reads, asks and shows, and returns its errors.
package web

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"sync"
	"sync/atomic"
	"time"

	"github.com/labstack/echo/v4"

	"latchkey/internal/service"
	"latchkey/web/graph"
)

// Options are what a Server needs beside the service.
type Options struct {
	// PublicURL is where people reach the console; nil if it was not configured.
	PublicURL *url.URL
	// Listen is the address that the console listens on, for the links that it
	// shows while no public URL is configured.
	Listen string
	// TrustedProxies are whom to believe about a client's address. Empty is nobody.
	TrustedProxies []netip.Prefix
	// Gateways may ask the forward-auth endpoints, which the page about them
	// compares with whom it is for.
	Gateways []netip.Prefix
	Version  string
	Log      *slog.Logger
	// Gate are the endpoints that are not the console's, by their patterns: no
	// session, no forms, no pages. They answer every method.
	Gate map[string]echo.HandlerFunc
	// Graph mounts the API for programs, which has no sessions, forms and pages either. Nil for none.
	Graph func(*echo.Group)
	// Measure is told the surface of every route pattern, and then of each
	// answer. Nil for nobody.
	Measure func(surfaces map[string]string) func(method, route string, status int, took time.Duration)
	// Trace begins the span of a request to a route, with the request's id, and
	// returns the request that carries it and what ends it with the answer's
	// status. Nil for no traces.
	Trace func(r *http.Request, route, id string) (*http.Request, func(status int))
	// DrainDelay is how long a stopping server says that it is not ready before
	// it stops listening: 2 s if zero, none if negative.
	DrainDelay time.Duration
}

// Server answers HTTP.
type Server struct {
	svc      *service.Service
	o        Options
	echo     *echo.Echo
	sessions *sessionStore
	cross    *http.CrossOriginProtection
	// client tells from which address a request comes.
	client   func(*http.Request) netip.Addr
	ids      requestIDs
	always   []headerLine
	zones    sync.Map // of *time.Location by name
	exports  *places
	follows  *places
	explorer *graph.Explorer
	draining atomic.Bool
	measured func(method, route string, status int, took time.Duration)
}

const (
	drainDelay  = 2 * time.Second
	finishDelay = 10 * time.Second
	readyDelay  = time.Second
)

// New returns a server over svc.
func New(svc *service.Service, o Options) *Server {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.DrainDelay == 0 {
		o.DrainDelay = drainDelay
	}
	s := &Server{svc: svc, o: o, echo: echo.New(), cross: http.NewCrossOriginProtection(), exports: newPlaces(exportsAtOnce, exportsOfOne), follows: newPlaces(followsAtOnce, followsOfOne), client: ClientAddress(o.TrustedProxies)}
	s.sessions, s.ids, s.always = newSessionStore(svc, s.secure()), newRequestIDs(), alwaysSent(s.secure())
	s.explorer = graph.NewExplorer(svc, graph.Options{Version: o.Version, Log: o.Log})
	if o.PublicURL != nil {
		// An origin made of a parsed scheme and host is always well-formed.
		_ = s.cross.AddTrustedOrigin(o.PublicURL.Scheme + "://" + o.PublicURL.Host)
	}
	s.mount()
	s.measured = func(string, string, int, time.Duration) {}
	if o.Measure != nil {
		s.measured = o.Measure(s.surfaces())
	}
	return s
}

// secure reports whether people reach the console over TLS.
func (s *Server) secure() bool { return s.o.PublicURL != nil && s.o.PublicURL.Scheme == "https" }

// Handler answers every request.
func (s *Server) Handler() http.Handler { return http.HandlerFunc(s.answer) }

// Serve answers on l until ctx ends. Then it says that it is not ready, goes on
// for the drain delay, and finishes what has begun.
func (s *Server) Serve(ctx context.Context, l net.Listener) error {
	server := &http.Server{
		Handler:           s.Handler(),
		ReadHeaderTimeout: 5 * time.Second,
		ReadTimeout:       pageDeadline, // who sends longer than that gets no page anyway
		WriteTimeout:      30 * time.Second,
		IdleTimeout:       60 * time.Second,
		MaxHeaderBytes:    32 << 10,
		ErrorLog:          slog.NewLogLogger(s.o.Log.Handler(), slog.LevelWarn),
	}
	failed := make(chan error, 1)
	go func() { failed <- server.Serve(l) }()
	select {
	case err := <-failed:
		return err
	case <-ctx.Done():
	}
	s.draining.Store(true)
	if s.o.DrainDelay > 0 {
		select {
		case err := <-failed:
			return err
		case <-time.After(s.o.DrainDelay):
		}
	}
	finish, cancel := context.WithTimeout(context.WithoutCancel(ctx), finishDelay)
	defer cancel()
	if err := server.Shutdown(finish); err != nil {
		return errors.Join(err, server.Close())
	}
	if err := <-failed; !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

// live answers GET /livez: the process runs.
func (s *Server) live(c echo.Context) error { return c.String(http.StatusOK, "ok\n") }

// ready answers GET /readyz: requests that need the database will find it.
func (s *Server) ready(c echo.Context) error {
	ctx, cancel := context.WithTimeout(c.Request().Context(), readyDelay)
	defer cancel()
	if s.draining.Load() || s.svc.Ready(ctx) != nil {
		c.Response().Header().Set(echo.HeaderRetryAfter, "2")
		return c.String(http.StatusServiceUnavailable, "not ready\n")
	}
	return c.String(http.StatusOK, "ready\n")
}
