package web

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"regexp"
	"runtime/debug"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"github.com/labstack/echo/v4"

	"latchkey/internal/console"
	"latchkey/views"
)

// formLimit bounds the body of a form. Every form fits, the longest text of an IP
// filter included; a file to import comes on top, see limitBody.
const formLimit = 64 << 10

// contentSecurityPolicy lets a page use what the console itself serves, and
// nothing written into the page.
const contentSecurityPolicy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; " +
	"connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'; object-src 'none'"

// requestID is the form of an id that somebody before us gave the request.
var requestID = regexp.MustCompile(`^[A-Za-z0-9._-]{8,64}$`)

// answer gives every answer what all of them carry, and leaves the rest to Echo.
// It is no middleware of Echo's, which is made anew for every request.
func (s *Server) answer(w http.ResponseWriter, r *http.Request) {
	header := w.Header()
	header[echo.HeaderXRequestID] = []string{s.identify(r)}
	for _, line := range s.always {
		header[line.name] = line.values
	}
	if s.draining.Load() {
		// Who asks again does so over another connection, before this one is closed
		// while a question is on its way.
		header.Set("Connection", "close")
	}
	s.echo.ServeHTTP(w, r)
}

// identify returns the id of a request, which its answer and its log line carry.
// Only a proxy that we trust may have chosen it: the audit log keeps it.
func (s *Server) identify(r *http.Request) string {
	given := r.Header[echo.HeaderXRequestID]
	if len(given) == 0 || !s.fromProxy(r) || !requestID.MatchString(given[0]) {
		return s.ids.next()
	}
	return given[0]
}

// requestIDs are ids of requests: this process's mark, and their number.
type requestIDs struct {
	process string
	n       *atomic.Uint64
}

func newRequestIDs() requestIDs {
	return requestIDs{process: strings.ToLower(rand.Text()[:16]) + "-", n: new(atomic.Uint64)}
}

func (i requestIDs) next() string {
	var room [32]byte
	return string(strconv.AppendUint(append(room[:0], i.process...), i.n.Add(1), 36))
}

// trace has the request traced, by the site map and its id.
func (s *Server) trace(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		r, end := s.o.Trace(c.Request(), c.Path(), idOf(c))
		c.SetRequest(r)
		defer func() { end(c.Response().Status) }()
		return next(c)
	}
}

// fromProxy reports whether a trusted proxy hands the request on.
func (s *Server) fromProxy(r *http.Request) bool {
	peer, ok := console.ParseAddr(console.Peer(r.RemoteAddr))
	return ok && console.Within(s.o.TrustedProxies, peer)
}

func idOf(c echo.Context) string { return c.Response().Header().Get(echo.HeaderXRequestID) }

// A headerLine is a line of the header of every answer. Nobody changes its values.
type headerLine struct {
	name   string
	values []string
}

// alwaysSent are the lines that keep a browser from what no page of ours does.
func alwaysSent(secure bool) []headerLine {
	lines := []headerLine{
		{"Content-Security-Policy", []string{contentSecurityPolicy}},
		{"X-Content-Type-Options", []string{"nosniff"}},
		{"Referrer-Policy", []string{"no-referrer"}},
		{"Cross-Origin-Opener-Policy", []string{"same-origin"}},
		{"Cross-Origin-Resource-Policy", []string{"same-origin"}},
		{"Permissions-Policy", []string{"camera=(), geolocation=(), microphone=(), payment=(), usb=()"}},
		{"X-Frame-Options", []string{"DENY"}},
	}
	if secure {
		lines = append(lines, headerLine{echo.HeaderStrictTransportSecurity, []string{"max-age=31536000"}})
	}
	return lines
}

// logAccess writes one line a request, at this level unless it failed by a fault
// of ours, and has it measured: where it went by the site map, never its address or its content,
// which may be secret.
func (s *Server) logAccess(usual slog.Level) echo.MiddlewareFunc {
	return func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c echo.Context) error {
			start := s.svc.Clock()
			if err := next(c); err != nil {
				c.Error(err)
			}
			took := s.svc.Clock().Sub(start)
			s.measured(c.Request().Method, c.Path(), c.Response().Status, took)
			ctx, level := c.Request().Context(), usual
			// While the database is away every request fails, and nobody reads that many lines.
			if status := c.Response().Status; status >= http.StatusInternalServerError && status != http.StatusServiceUnavailable {
				level = slog.LevelInfo
			}
			if s.o.Log.Enabled(ctx, level) {
				s.o.Log.LogAttrs(ctx, level, "request",
					slog.String("method", c.Request().Method), slog.String("route", c.Path()),
					slog.Int("status", c.Response().Status), slog.Duration("duration", took),
					slog.String("request_id", idOf(c)), slog.String("address", c.RealIP()))
			}
			return nil
		}
	}
}

// recover makes a panic an internal error: this request fails, the process lives.
func (s *Server) recover(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) (err error) {
		defer func() {
			switch cause := recover(); cause {
			case nil:
			case http.ErrAbortHandler:
				panic(cause)
			default:
				err = fmt.Errorf("panic: %v\n%s", cause, debug.Stack())
			}
		}()
		return next(c)
	}
}

// pageDeadline is how long a page may take to be made.
const pageDeadline = 10 * time.Second

// limitTime ends what a page asks of the database when it takes too long. An
// export takes as long as its reader does, and limits its steps itself.
func (s *Server) limitTime(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		if exportFormat(c) != "" {
			return next(c)
		}
		whole := c.Request().Context()
		ctx, cancel := context.WithTimeout(whole, pageDeadline)
		defer cancel()
		c.SetRequest(c.Request().WithContext(ctx))
		err := next(c)
		c.SetRequest(c.Request().WithContext(whole)) // an error has a page, too
		return err
	}
}

// private keeps pages out of every cache: they show what only their reader may see.
func (s *Server) private(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		forbidCaching(c)
		return next(c)
	}
}

func forbidCaching(c echo.Context) {
	c.Response().Header().Set(echo.HeaderCacheControl, "no-store")
	c.Response().Header().Set(echo.HeaderVary, "HX-Request-Type, Cookie")
}

// checkHost refuses names that are not ours, so that a page of somebody else's
// name that points here cannot act with a person's session.
func (s *Server) checkHost(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		name, dotted := hostName(c.Request().Host)
		if !s.ours(name) || dotted && !safe(c.Request().Method) {
			return errForeignHost
		}
		return next(c)
	}
}

// ours reports whether the console answers under name. An address is ours while
// no public URL is configured: pointing a foreign page here needs a name.
func (s *Server) ours(name string) bool {
	if name == "localhost" || name == "127.0.0.1" || name == "::1" {
		return true
	}
	if s.o.PublicURL == nil {
		_, err := netip.ParseAddr(name)
		return err == nil
	}
	public, _ := hostName(s.o.PublicURL.Host)
	return name == public
}

// hostName is the name in a Host header without its port, its brackets, its
// case and the dot that may end it, which it reports.
func hostName(host string) (name string, dotted bool) {
	if bare, _, err := net.SplitHostPort(host); err == nil {
		host = bare
	}
	host = strings.ToLower(strings.TrimSuffix(strings.TrimPrefix(host, "["), "]"))
	name, dotted = strings.CutSuffix(host, ".")
	return name, dotted
}

func safe(method string) bool {
	return method == http.MethodGet || method == http.MethodHead || method == http.MethodOptions
}

// limitBody bounds what a form may send, and only where a file belongs a file, too.
// A body that says that it is longer is refused unread.
func (s *Server) limitBody(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		limit := int64(formLimit)
		if takesFile(c) {
			limit += console.ImportSize
		}
		if c.Request().ContentLength > limit {
			return errTooLarge
		}
		c.Request().Body = http.MaxBytesReader(c.Response(), c.Request().Body, limit)
		return next(c)
	}
}

// checkOrigin refuses changes that another site asks a browser to make.
func (s *Server) checkOrigin(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		if err := s.cross.Check(c.Request()); err != nil {
			return errForged
		}
		return next(c)
	}
}

// keepSecretsOut lets nobody ask under an address with a secret in it, which
// histories and logs keep, and pages write into their forms. A page is asked for
// again without it. What a provider says for itself is no secret of ours.
func (s *Server) keepSecretsOut(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		clean, told := withoutSecret(c.Request().URL)
		switch {
		case !told || c.Path() == views.ProviderCallbackPath(":provider"):
			return next(c)
		case !safe(c.Request().Method):
			return errTellsSecret
		case c.Path() == views.SearchPath("") || c.Path() == views.FindTokenPath():
			return s.refuseSecret(c)
		case c.Path() == anyPath:
			clean = views.HomePath()
		}
		return c.Redirect(http.StatusSeeOther, clean)
	}
}

// requireUser lets only people who signed in pass.
func (s *Server) requireUser(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		if !actor(c).Known() {
			return console.Unauthenticated()
		}
		return next(c)
	}
}

// checkForm reads the form of a change and refuses one that does not carry its
// session's token, or has fields that its route does not know. It covers browsers
// that say nothing about a request's origin.
func (s *Server) checkForm(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		r := c.Request()
		if safe(r.Method) {
			return next(c)
		}
		if err := readForm(c); err != nil {
			return err
		}
		token := r.PostForm.Get("csrf")
		if token == "" {
			token = r.Header.Get("X-CSRF-Token")
		}
		if holder := formHolder(c); holder == "" || !s.svc.Sealed(token, "csrf", holder) {
			return errStale
		}
		if err := checkFields(c); err != nil {
			return err
		}
		return next(c)
	}
}

// takesFile reports whether a route is one to which a form sends a file.
func takesFile(c echo.Context) bool {
	return c.Path() == views.ImportsPath() && !safe(c.Request().Method)
}

// readForm reads a form of the kind that its route takes.
func readForm(c echo.Context) error {
	r := c.Request()
	kind, _, _ := strings.Cut(r.Header.Get(echo.HeaderContentType), ";")
	read := r.ParseForm
	switch {
	case takesFile(c) && kind == echo.MIMEMultipartForm:
		read = func() error { return r.ParseMultipartForm(formLimit + console.ImportSize) } // all of it in memory
	case r.ContentLength != 0 && kind != echo.MIMEApplicationForm:
		return errNoForm
	}
	if err := read(); err != nil {
		if _, large := errors.AsType[*http.MaxBytesError](err); large {
			return errTooLarge
		}
		return errBadForm
	}
	return nil
}
