package web_test

import (
	"net/http"
	"regexp"
	"strings"
	"testing"

	"latchkey/internal/store"
	"latchkey/internal/store/storetest"
	"latchkey/web"
	"latchkey/web/webtest"
)

// detail is what belongs into the log and not onto a page.
var detail = regexp.MustCompile(`(?i)sql|closed|database/|\.go:|gorm|pgx|goroutine|panic|dial tcp|/tmp/`)

// TestEveryRouteWithoutADatabase: an honest 503 with an id, and no detail.
func TestEveryRouteWithoutADatabase(t *testing.T) {
	storetest.Each(t, func(t *testing.T, st *store.Store) {
		w := newWorld(t, st)
		v := w.SignedIn(w.owner)
		if err := st.Close(); err != nil {
			t.Fatal(err)
		}
		for _, route := range web.Routes() {
			for _, htmx := range []bool{false, true} {
				var options []webtest.Option
				if htmx {
					options = append(options, webtest.HTMX("/tokens"))
				}
				a := v.Do(route.Method, w.path(route), "", options...)
				name := route.Method + " " + route.Path
				if a.Status != http.StatusServiceUnavailable || a.Header.Get("Retry-After") == "" {
					t.Errorf("%s: %d, Retry-After %q", name, a.Status, a.Header.Get("Retry-After"))
				}
				if id := a.Header.Get("X-Request-Id"); id == "" || !strings.Contains(a.Body, id) {
					t.Errorf("%s: the page does not say its request's id", name)
				}
				if found := detail.FindString(strings.ReplaceAll(a.Text("body"), a.Header.Get("X-Request-Id"), "")); found != "" {
					t.Errorf("%s: the page says %q", name, found)
				}
				if htmx != a.Has(`template[type="partial"], hx-partial[hx-target="#toasts"]`) {
					t.Errorf("%s: the wrong kind of answer: %.200s", name, a.Body)
				}
			}
		}
		v.Get("/livez").Want(http.StatusOK)
		if a := v.Get("/readyz").Want(http.StatusServiceUnavailable); a.Header.Get("Retry-After") == "" {
			t.Error("/readyz does not say when to ask again")
		}
		style := w.Visitor().Get("/login").Want(http.StatusOK).Attr(`link[rel="stylesheet"]`, "href")
		v.Get(style).Want(http.StatusOK)
	})
}

func TestReadiness(t *testing.T) {
	storetest.Each(t, func(t *testing.T, st *store.Store) {
		v := webtest.New(t, st).Visitor()
		v.Get("/livez").Want(http.StatusOK)
		v.Get("/readyz").Want(http.StatusOK)
	})
}
