package web

import (
	"context"
	"errors"
	"log/slog"
	"maps"
	"math"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"latchkey/internal/console"
	"latchkey/views"
)

// answers are what each code is over HTTP.
var answers = map[console.Code]struct {
	status int
	title  string
}{
	console.CodeInvalid:         {http.StatusUnprocessableEntity, "That can’t be done as asked"},
	console.CodeUnauthenticated: {http.StatusUnauthorized, "Sign in to continue"},
	console.CodeUnproved:        {http.StatusForbidden, "Confirm that it’s you"},
	console.CodeForbidden:       {http.StatusForbidden, "Not allowed"},
	console.CodeNotFound:        {http.StatusNotFound, "Not found"},
	console.CodeConflict:        {http.StatusConflict, "Something is in the way"},
	console.CodeLimited:         {http.StatusTooManyRequests, "Too often"},
	console.CodeUnavailable:     {http.StatusServiceUnavailable, "Out of reach for now"},
	console.CodeInternal:        {http.StatusInternalServerError, "Something went wrong"},
}

// A protocolError is wrong about the request itself, before anything is asked
// of the console.
type protocolError struct {
	status         int
	title, message string
}

func (e *protocolError) Error() string { return e.title }

var (
	errForged = &protocolError{http.StatusForbidden, "Not accepted", "This form did not come from this console. Go back, reload the page and try again."}
	// errStale is for a form of another session, as a rule of the same person's
	// before they signed in again.
	errStale       = &protocolError{http.StatusForbidden, "Not accepted", "This form is too old. Go back, reload the page and try again."}
	errForeignHost = &protocolError{http.StatusMisdirectedRequest, "Wrong address", "The console does not answer under this name. Use its public URL."}
	errTooLarge    = &protocolError{http.StatusRequestEntityTooLarge, "Too large", "That is more than a form of the console can hold."}
	errTellsSecret = &protocolError{http.StatusBadRequest, "Not accepted", "There is a secret in the address of this form, where it would be kept. Nothing was changed."}
	errNoForm      = &protocolError{http.StatusUnsupportedMediaType, "Not a form", "The console takes forms only."}
	errBadForm     = &protocolError{http.StatusBadRequest, "Not readable", "The form could not be read."}
	errMethod      = &protocolError{http.StatusMethodNotAllowed, "Not that way", "This address exists, but not for that kind of request."}
)

// fail is the one place where an error becomes an answer, and the one place
// where it is logged.
func (s *Server) fail(err error, c echo.Context) {
	if c.Response().Committed || gone(err, c) {
		return
	}
	forbidCaching(c)
	if !safe(c.Request().Method) {
		err = s.svc.RecordDenial(c.Request().Context(), actor(c), err, targetOf(c))
	}
	if console.CodeOf(err) == console.CodeUnauthenticated {
		s.sendToLogin(c)
		return
	}
	if errors.Is(err, errStale) && isHTMX(c.Request()) && actor(c).Known() {
		s.keepPage(c, errStale.status)
		return
	}
	if isUnproved(c, err) {
		if err = s.askProof(c, ""); err == nil {
			return
		}
	}
	if wantsRegion(c.Request()) {
		c.Response().Header().Set("HX-Push-Url", "false") // what failed is not what is on the screen
	}
	status, p := s.describe(err, c)
	s.log(c, status, err)
	if err := s.show(c, status, views.ErrorPage(p), views.ErrorNotice(p)); err != nil {
		s.o.Log.Error("error page failed", "request_id", idOf(c), "err", err)
		_ = c.String(http.StatusInternalServerError, "Something went wrong. Request "+idOf(c)+".\n")
	}
}

// log keeps an error that is not the visitor's.
func (s *Server) log(c echo.Context, status int, err error) {
	if status >= http.StatusInternalServerError {
		s.o.Log.LogAttrs(c.Request().Context(), slog.LevelError, "request failed",
			slog.String("route", c.Path()), slog.String("request_id", idOf(c)), slog.String("err", err.Error()))
	}
}

// note is what to say of an error that stopped what had begun, on a page that
// tells how far it came.
func (s *Server) note(c echo.Context, err error) string {
	status, p := s.describe(err, c)
	s.log(c, status, err)
	return p.Message + " Request " + p.RequestID + "."
}

// gone reports whether nobody waits for the answer any more.
func gone(err error, c echo.Context) bool {
	return errors.Is(err, context.Canceled) && c.Request().Context().Err() != nil
}

// describe says what an error means to the person who asked.
func (s *Server) describe(err error, c echo.Context) (int, views.ErrorProps) {
	p := views.ErrorProps{RequestID: idOf(c), Inside: actor(c).Known()}
	err = fromEcho(err)
	if protocol, ok := errors.AsType[*protocolError](err); ok {
		p.Status, p.Title, p.Message = protocol.status, protocol.title, protocol.message
		return p.Status, p
	}
	answer := answers[console.CodeOf(err)]
	p.Status, p.Title = answer.status, answer.title
	p.Message = "It is our fault, not yours. The log has the details under the request’s id."
	if known, ok := errors.AsType[*console.Error](err); ok {
		p.Message = sentence(known)
		if known.RetryAfter > 0 {
			c.Response().Header().Set(echo.HeaderRetryAfter, strconv.Itoa(int(math.Ceil(known.RetryAfter.Seconds()))))
		}
	}
	return p.Status, p
}

// sentence is what an error says, with the problems of fields that have no form
// to stand in and the time to wait.
func sentence(e *console.Error) string {
	text := e.Message
	if e.Code == console.CodeInvalid {
		for _, field := range slices.Sorted(maps.Keys(e.Fields)) {
			text += " " + e.Fields[field]
		}
	}
	if e.Code == console.CodeLimited && e.RetryAfter > 0 {
		text += " Try again in " + console.Count(int(math.Ceil(e.RetryAfter.Seconds())), "second") + "."
	}
	return text
}

// fromEcho says in the console's words what Echo says in its own.
func fromEcho(err error) error {
	his, ok := errors.AsType[*echo.HTTPError](err)
	if !ok {
		return err
	}
	switch his.Code {
	case http.StatusNotFound:
		return console.NotFound()
	case http.StatusMethodNotAllowed:
		return errMethod
	case http.StatusRequestEntityTooLarge:
		return errTooLarge
	}
	return err
}

// keepPage answers a form that htmx sent under a session that is over. The page
// stays, with what was typed into it, and can be made good again.
func (s *Server) keepPage(c echo.Context, status int) {
	over := views.SessionOver()
	if err := s.show(c, status, over, over); err != nil {
		s.o.Log.Error("error page failed", "request_id", idOf(c), "err", err)
	}
}

// sendToLogin asks who is there, and remembers where they wanted to go.
func (s *Server) sendToLogin(c echo.Context) {
	r := c.Request()
	next := r.URL.RequestURI()
	if isHTMX(r) {
		next = currentURL(r).RequestURI()
	} else if !safe(r.Method) {
		next = s.pageAbove(c)
	}
	if next = s.safeNext(next); next == views.HomePath() {
		next = ""
	}
	switch loses := !safe(r.Method) && c.Path() != views.LogoutPath(); {
	case isHTMX(r) && loses:
		s.keepPage(c, http.StatusUnauthorized)
	case isHTMX(r):
		c.Response().Header().Set("HX-Redirect", views.LoginPath(next))
		_ = c.NoContent(http.StatusUnauthorized)
	case loses:
		_ = c.Redirect(http.StatusSeeOther, views.LoginAgainPath(next))
	default:
		_ = c.Redirect(http.StatusSeeOther, views.LoginPath(next))
	}
}

// safeNext returns a page of the console to go on to: next, if it is one that
// the site map has, else the first page.
func (s *Server) safeNext(next string) string {
	path, _, _ := strings.Cut(next, "?")
	clean := len(next) < 2048 && strings.HasPrefix(next, "/") && !strings.HasPrefix(next, "//") &&
		!strings.ContainsFunc(next, func(r rune) bool { return r <= ' ' || r == '\\' || r == 0x7f || r == '#' })
	if !clean {
		return views.HomePath()
	}
	for _, r := range routes() {
		if r.method == http.MethodGet && !r.public && matches(r.path, path) {
			return next
		}
	}
	return views.HomePath()
}

// pageAbove is the page at the request's route, or at the nearest one above it,
// with the same parameters and query. Browsers tell no referrer here.
func (s *Server) pageAbove(c echo.Context) string {
	pattern, path := strings.Split(c.Path(), "/"), strings.Split(c.Request().URL.EscapedPath(), "/")
	for n := min(len(pattern), len(path)); n > 1; n-- {
		above := strings.Join(pattern[:n], "/")
		if slices.ContainsFunc(routes(), func(r route) bool { return r.method == http.MethodGet && !r.public && r.path == above }) {
			return s.safeNext(withQuery(strings.Join(path[:n], "/"), c.QueryParams()))
		}
	}
	return views.HomePath()
}

// matches reports whether path is one of the addresses of pattern.
func matches(pattern, path string) bool {
	want, got := strings.Split(pattern, "/"), strings.Split(path, "/")
	if len(want) != len(got) {
		return false
	}
	for i := range want {
		if want[i] != got[i] && (!strings.HasPrefix(want[i], ":") || got[i] == "" || got[i] == "." || got[i] == "..") {
			return false
		}
	}
	return true
}

// targetOf is what the request's path is about, for the record of a refusal.
func targetOf(c echo.Context) console.Target {
	guid, _ := console.ParseGUID(param(c, "guid"))
	under := func(path string) bool { return c.Path() == path || strings.HasPrefix(c.Path(), path+"/") }
	switch {
	case under("/people"):
		return console.Target{Kind: console.TargetUser, GUID: guid}
	case under("/account"):
		return console.Target{Kind: console.TargetUser, GUID: actor(c).GUID}
	case under("/ip-filters"):
		guid, _ = console.ParseGUID(param(c, "filter"))
		return console.Target{Kind: console.TargetIPFilter, GUID: guid}
	case under("/settings/policies"):
		return console.Target{Kind: console.TargetPolicy, Name: console.Type(searchText(param(c, "type"))).Label()}
	case under("/settings"):
		return console.Settings{}.AsTarget()
	case under("/scopes"):
		return console.Target{Kind: console.TargetScope, Name: searchText(param(c, "name"))}
	case guid != "" || under("/tokens"):
		return console.Target{Kind: console.TargetToken, GUID: guid}
	case under("/repositories"):
		return console.Target{Kind: console.TargetRepository, Name: searchText(param(c, "repo"))}
	}
	return console.Target{}
}
