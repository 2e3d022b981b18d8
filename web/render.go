package web

import (
	"bytes"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"time"
	_ "time/tzdata" // a machine without zones reads times like any other

	"github.com/a-h/templ"
	"github.com/labstack/echo/v4"

	"latchkey/internal/console"
	"latchkey/views"
)

// show answers with a page, or with its region alone where htmx swaps it in. It
// renders to memory first, so that a view that fails is never half a page.
func (s *Server) show(c echo.Context, status int, page, region templ.Component) error {
	partial, part := wantsRegion(c.Request()), page
	if partial {
		part = region
	} else if here := c.Request().URL.RequestURI(); isHTMX(c.Request()) && here == currentURL(c.Request()).RequestURI() {
		c.Response().Header().Set("HX-Push-Url", "false") // the same page again is no step of the history
	}
	body := bodies.Get().(*bytes.Buffer)
	body.Reset()
	if err := part.Render(views.WithShell(c.Request().Context(), s.shell(c, partial)), body); err != nil {
		return err
	}
	if partial && hasProved(c) && status >= http.StatusBadRequest {
		// What was confirmed comes back to be mended: the question is answered.
		if err := views.ProofGone().Render(c.Request().Context(), body); err != nil {
			return err
		}
	}
	c.Response().Header().Set(echo.HeaderContentLength, strconv.Itoa(body.Len())) // else it goes out in chunks
	send := func() error {
		defer bodies.Put(body)
		return c.HTMLBlob(status, body.Bytes())
	}
	if later, ok := c.Get(sendKey).(*func() error); ok {
		*later = send
		return nil
	}
	return send()
}

// bodies are where pages are rendered to, one after the other: a page of a list is
// large.
var bodies = sync.Pool{New: func() any { return new(bytes.Buffer) }}

// showPage is show for pages that have no region.
func (s *Server) showPage(c echo.Context, status int, page templ.Component) error {
	return s.show(c, status, page, page)
}

// showForm shows a form on a page of its own, or where htmx asks its dialog. What
// is wrong brings only the form back.
func (s *Server) showForm(c echo.Context, status int, page, dialog, form templ.Component) error {
	if status != http.StatusOK {
		dialog = form
	}
	return s.show(c, status, page, dialog)
}

// shell gathers what surrounds a page. A whole page takes the notices along
// that wait for it.
func (s *Server) shell(c echo.Context, partial bool) views.Shell {
	shell := views.Shell{
		Organization: s.svc.Settings(c.Request().Context()).Organization, Version: s.o.Version,
		Theme: themeOf(c), CSRF: s.csrf(c), Here: views.HomePath(), Reader: s.reader(c),
	}
	if safe(c.Request().Method) {
		shell.Here = c.Request().URL.RequestURI()
	}
	row, ok := rowOf(c)
	if !ok {
		return shell
	}
	shell.User = &row.User
	// Notices that can't be taken now wait for another page: this one may be
	// the one that says that the database is away.
	if waiting := row.Notices; !partial && len(waiting) > 0 && s.keepNotices(c, nil) == nil {
		shell.Notices = waiting
	}
	return shell
}

// showList shows a list under its tidy address.
func (s *Server) showList(c echo.Context, address string, page, region templ.Component) error {
	if wantsRegion(c.Request()) {
		s.pushURL(c, address)
	}
	return s.show(c, http.StatusOK, page, region)
}

// pushURL gives the list on the screen its tidy address, once.
func (s *Server) pushURL(c echo.Context, address string) {
	if address == currentURL(c.Request()).RequestURI() {
		address = "false"
	}
	c.Response().Header().Set("HX-Push-Url", address)
}

// leave goes on to another page, which says what was done.
func (s *Server) leave(c echo.Context, path string, notices ...console.Notice) error {
	if len(notices) > 0 {
		if err := s.keepNotices(c, notices); err != nil {
			return err
		}
	}
	if isHTMX(c.Request()) {
		c.Response().Header().Set("HX-Location", path)
		return c.NoContent(http.StatusOK)
	}
	return c.Redirect(http.StatusSeeOther, path)
}

func (s *Server) keepNotices(c echo.Context, notices []console.Notice) error {
	row, ok := rowOf(c)
	if !ok {
		return nil
	}
	row.Notices = notices
	sessionOf(c).Values[rowValue] = row
	return s.svc.SaveNotices(c.Request().Context(), row.Hash, notices)
}

// wantsRegion reports whether htmx swaps the answer into a part of a page. What
// is boosted, restored from history or asked for without JavaScript is not.
func wantsRegion(r *http.Request) bool { return r.Header.Get("HX-Request-Type") == "partial" }

func isHTMX(r *http.Request) bool { return r.Header.Get("HX-Request") == "true" }

// isTarget reports whether htmx puts the answer into the element with the id.
func isTarget(r *http.Request, id string) bool {
	_, target, _ := strings.Cut(r.Header.Get("HX-Target"), "#")
	return wantsRegion(r) && target == id
}

// currentURL is the page from which htmx asks, by its own account; good for
// nothing but showing the same page again.
func currentURL(r *http.Request) *url.URL {
	current, err := url.Parse(r.Header.Get("HX-Current-URL"))
	if err != nil {
		return &url.URL{Path: views.HomePath()}
	}
	return &url.URL{Path: current.Path, RawPath: current.RawPath, RawQuery: current.RawQuery}
}

// themeOf is the theme that the reader chose, here or in another browser; empty
// for the system's.
func themeOf(c echo.Context) string {
	if row, ok := rowOf(c); ok && row.User.Preferences.Theme != "" {
		return strings.TrimPrefix(row.User.Preferences.Theme, "system")
	}
	cookie, err := c.Cookie("theme")
	if err != nil || cookie.Value != "light" && cookie.Value != "dark" {
		return ""
	}
	return cookie.Value
}

// reader is how whoever asks reads times: in the zone that they chose, else in
// the one that the browser says in a cookie.
func (s *Server) reader(c echo.Context) views.Reader {
	r := views.Reader{Now: s.svc.Now(), Zone: time.UTC}
	if row, ok := rowOf(c); ok && row.User.Preferences.Zone != "" {
		if zone, ok := s.zone(row.User.Preferences.Zone); ok {
			r.Zone = zone
			return r
		}
	}
	if cookie, err := c.Cookie("zone"); err == nil {
		if zone, ok := s.zone(cookie.Value); ok {
			r.Zone = zone
		}
	}
	return r
}

// zoneName is the one spelling of a time zone's name: a path would have many,
// and each would be kept.
var zoneName = regexp.MustCompile(`^[A-Z][A-Za-z0-9_+-]*(/[A-Za-z0-9_+-]+){0,2}$`)

// zone finds a time zone by its name. "Local" is the server's, not the reader's.
func (s *Server) zone(name string) (*time.Location, bool) {
	if known, ok := s.zones.Load(name); ok {
		return known.(*time.Location), true
	}
	if name == "Local" || len(name) > 64 || !zoneName.MatchString(name) {
		return nil, false
	}
	zone, err := time.LoadLocation(name)
	if err != nil {
		return nil, false
	}
	s.zones.Store(name, zone)
	return zone, true
}

// param is a path value. Echo leaves the escapes of unusual spellings in it.
func param(c echo.Context, name string) string {
	value := c.Param(name)
	if c.Request().URL.RawPath == "" {
		return value
	}
	plain, err := url.PathUnescape(value)
	if err != nil {
		return value
	}
	return plain
}

// guidParam is the token that the path names.
func guidParam(c echo.Context) (console.GUID, error) {
	guid, ok := console.ParseGUID(param(c, "guid"))
	if !ok {
		return "", console.NotFound()
	}
	return guid, nil
}
