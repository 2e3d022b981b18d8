package web

import (
	"context"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/labstack/echo/v4"

	"latchkey/internal/console"
)

// TestPagesTakeTurns: a page waits for another's turn, which ends with the first
// byte of its answer, with an error and with a panic, and no longer than its time.
func TestPagesTakeTurns(t *testing.T) {
	s, turns := &Server{}, make(chan struct{}, 1)
	ask := func(ctx context.Context, handle echo.HandlerFunc) error {
		r := httptest.NewRequestWithContext(ctx, http.MethodGet, "/", nil)
		return s.takeTurn(turns)(handle)(echo.New().NewContext(r, httptest.NewRecorder()))
	}
	page := func(c echo.Context) error { return c.NoContent(http.StatusOK) }
	over, cancel := context.WithCancel(t.Context())
	cancel()
	for name, end := range map[string]func(echo.Context) error{
		"an error": func(echo.Context) error { return console.NotFound() },
		"a panic":  func(echo.Context) error { panic("broken") },
		"a byte":   page,
	} {
		func() {
			defer func() { _ = recover() }()
			_ = ask(t.Context(), func(c echo.Context) error {
				if err := ask(over, page); console.CodeOf(err) != console.CodeUnavailable {
					t.Errorf("a page beside another that is made: %v", err)
				}
				if name != "a byte" {
					return end(c)
				}
				if err := end(c); err != nil {
					return err
				}
				if len(turns) != 0 {
					t.Error("who reads slowly keeps its turn")
				}
				return nil
			})
		}()
		if err := ask(t.Context(), page); err != nil || len(turns) != 0 {
			t.Errorf("after %s: %v, %d turns are taken", name, err, len(turns))
		}
	}
}

// TestPasswordsHoldNoPageUp: who checks them, and waits for others who do, has turns
// of their own.
func TestPasswordsHoldNoPageUp(t *testing.T) {
	of := turnsOf()
	checks, page := of(route{method: http.MethodPost, path: "/login"}), of(route{method: http.MethodGet, path: "/tokens"})
	if checks == page || checks == of(route{method: http.MethodGet, path: "/login/:provider"}) {
		t.Error("who signs in takes the turns of others")
	}
	sends := 0
	for _, r := range routes() {
		switch r.path {
		case "/login", "/setup/:code", "/invitation/:code", "/account/password":
			if r.method == http.MethodPost {
				sends++
			}
			if (of(r) == checks) != (r.method == http.MethodPost) {
				t.Errorf("%s %s takes the turns of others", r.method, r.path)
			}
		default:
			if of(r) == checks {
				t.Errorf("%s %s takes the turns of those who send a password", r.method, r.path)
			}
		}
	}
	if sends != 4 {
		t.Errorf("there are %d such routes", sends)
	}
}

// TestPlacesAreFewForOne, and few for all.
func TestPlacesAreFewForOne(t *testing.T) {
	p := newPlaces(3, 2)
	var leaves []func()
	for i, step := range []struct {
		who  console.GUID
		free bool
	}{{"ann", true}, {"ann", true}, {"ann", false}, {"ben", true}, {"ben", false}, {"cem", false}} {
		leave, free := p.take(step.who)
		if free != step.free {
			t.Errorf("step %d: %s gets a place: %t", i, step.who, free)
		}
		if free {
			leaves = append(leaves, leave)
		}
	}
	for _, leave := range leaves {
		leave()
	}
	if p.total != 0 || len(p.taken) != 0 {
		t.Errorf("in the end %d places are taken, by %v", p.total, p.taken)
	}
}
