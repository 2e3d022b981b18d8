package web

import (
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/labstack/echo/v4"

	"latchkey/internal/console"
	"latchkey/internal/cores"
)

// atOnce is how many pages of a kind are made at a time for each core.
const atOnce = 3

// turnsOf tells which turns a route takes. Who sends a password waits for others who
// do, and who asks a provider waits for that: neither holds up pages that wait for
// nobody.
func turnsOf() func(route) chan struct{} {
	of := func() chan struct{} { return make(chan struct{}, atOnce*cores.Count()) }
	pages, passwords, providers := of(), of(), of()
	return func(r route) chan struct{} {
		switch r.path {
		case "/login", "/setup/:code", "/invitation/:code", "/account/password":
			if r.method == http.MethodPost {
				return passwords
			}
		case "/login/:provider", "/login/:provider/callback", "/people/single-sign-on":
			return providers
		}
		return pages
	}
}

// takeTurn has few pages made at a time, by those turns, and others wait, so that
// verification, which shares the cores with them, never waits behind many. A turn
// begins when the form is read and ends before the answer is written: nobody holds
// one by being slow. Exports, which go on after that, have a limit of their own. What
// does not wait more than it works goes behind verification, but for the writing of
// a page.
func (s *Server) takeTurn(turns chan struct{}) echo.MiddlewareFunc {
	return func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c echo.Context) error {
			select {
			case turns <- struct{}{}:
			case <-c.Request().Context().Done():
				return &console.Error{Code: console.CodeUnavailable, Message: "Too many pages are asked for at once. Try again in a moment.", RetryAfter: 2 * time.Second}
			}
			leave := sync.OnceFunc(func() { <-turns })
			defer leave()
			c.Response().Before(leave)
			if strings.HasSuffix(c.Path(), "/events") {
				return next(c)
			}
			var send func() error
			c.Set(sendKey, &send)
			err := cores.Behind(func() error { return s.recover(next)(c) }) // there, a panic still knows where it was
			c.Set(sendKey, nil)
			if err != nil || send == nil {
				return err
			}
			return send()
		}
	}
}

// sendKey is where a page that is made in its turn leaves what sends it, of type
// *func() error.
const sendKey = "send"
