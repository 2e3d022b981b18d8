package webtest

import (
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptrace"
	"net/url"
	"strings"
	"testing"

	"latchkey/internal/console"
)

// A Visitor is a browser: it keeps cookies, and follows no redirect by itself.
type Visitor struct {
	t      testing.TB
	site   *Site
	client *http.Client
}

// Visitor returns a browser that nobody has signed in with.
func (s *Site) Visitor() *Visitor {
	jar, err := cookiejar.New(nil)
	if err != nil {
		s.T.Fatal(err)
	}
	return &Visitor{t: s.T, site: s, client: &http.Client{
		Jar: jar, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

// SignedIn returns a browser in which user has signed in through the form.
func (s *Site) SignedIn(user console.User) *Visitor {
	s.T.Helper()
	v := s.Visitor()
	form := v.Get("/login").Form("#login-form")
	form.Values.Set("email", user.Email)
	form.Values.Set("password", Password)
	if a := v.Submit(form); a.Status != http.StatusSeeOther {
		s.T.Fatalf("signing in as %s gives %d: %s", user.Name, a.Status, a.Text("main"))
	}
	return v
}

// An Option changes a request.
type Option func(*http.Request)

// Header sets a header.
func Header(name, value string) Option {
	return func(r *http.Request) { r.Header.Set(name, value) }
}

// HTMX makes the request one of htmx for a part of the page at path.
func HTMX(path string) Option {
	return func(r *http.Request) {
		r.Header.Set("HX-Request", "true")
		r.Header.Set("HX-Request-Type", "partial")
		r.Header.Set("HX-Current-URL", "http://"+r.URL.Host+path)
	}
}

// Host makes the request one to another name.
func Host(name string) Option { return func(r *http.Request) { r.Host = name } }

// Get asks for a page.
func (v *Visitor) Get(path string, options ...Option) *Answer {
	v.t.Helper()
	return v.Do(http.MethodGet, path, "", options...)
}

// Post sends values as a form, as they are.
func (v *Visitor) Post(path string, values url.Values, options ...Option) *Answer {
	v.t.Helper()
	return v.Do(http.MethodPost, path, values.Encode(), options...)
}

// Submit sends a form that a page showed.
func (v *Visitor) Submit(form Form, options ...Option) *Answer {
	v.t.Helper()
	return v.Post(form.Action, form.Values, options...)
}

// Do sends any request, reads its answer, and returns when the site has nothing
// more to do for it.
func (v *Visitor) Do(method, path, body string, options ...Option) *Answer {
	v.t.Helper()
	var content io.Reader
	if body != "" {
		content = strings.NewReader(body)
	}
	var connection string
	ctx := httptrace.WithClientTrace(v.t.Context(), &httptrace.ClientTrace{GotConn: func(got httptrace.GotConnInfo) { connection = got.Conn.LocalAddr().String() }})
	request, err := http.NewRequestWithContext(ctx, method, v.site.URL+path, content)
	if err != nil {
		v.t.Fatal(err)
	}
	if method != http.MethodGet && method != http.MethodHead {
		request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	for _, option := range options {
		option(request)
	}
	response, err := v.client.Do(request)
	if err != nil {
		v.t.Fatalf("%s %s: %v", method, path, err)
	}
	defer func() { _ = response.Body.Close() }()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		v.t.Fatalf("%s %s: %v", method, path, err)
	}
	busy := v.site.busy(connection)
	busy.Lock()
	defer busy.Unlock()
	return &Answer{t: v.t, Status: response.StatusCode, Header: response.Header, Body: string(text)}
}

// CSRF is the token that the session's forms carry.
func (v *Visitor) CSRF() string {
	v.t.Helper()
	if token := v.Get("/repositories").Attr(`input[name="csrf"]`, "value"); token != "" {
		return token
	}
	return v.Get("/login").Attr(`input[name="csrf"]`, "value")
}

// Cookie is the value of a cookie, empty without it.
func (v *Visitor) Cookie(name string) string {
	for _, cookie := range v.client.Jar.Cookies(v.url("/login")) {
		if cookie.Name == name {
			return cookie.Value
		}
	}
	return ""
}

// SetCookie puts a cookie into the browser.
func (v *Visitor) SetCookie(name, value string) {
	v.client.Jar.SetCookies(v.url("/"), []*http.Cookie{{Name: name, Value: value, Path: "/"}})
}

func (v *Visitor) url(path string) *url.URL {
	u, err := url.Parse(v.site.URL + path)
	if err != nil {
		v.t.Fatal(err)
	}
	return u
}
