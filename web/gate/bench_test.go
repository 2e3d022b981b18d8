package gate

import (
	"net/http"
	"testing"
	"time"

	"github.com/labstack/echo/v4"
)

// BenchmarkIntrospect asks about a token that was seen before, and about one
// that has to be looked up.
func BenchmarkIntrospect(b *testing.B) {
	for name, warm := range map[string]bool{"memory": true, "database": false} {
		b.Run(name, func(b *testing.B) {
			s := newSite(b, sqlite(b))
			_, text := s.reader(time.Time{}, time.Time{})
			if warm {
				follow(s.t, s.svc)
			}
			b.ReportAllocs()
			for b.Loop() {
				if w := s.ask(s.caller, text); w.Code != http.StatusOK {
					b.Fatal(w.Code)
				}
			}
		})
	}
}

// BenchmarkBare is what a request costs that is answered without a look.
func BenchmarkBare(b *testing.B) {
	s := newSite(b, sqlite(b))
	_, text := s.reader(time.Time{}, time.Time{})
	body := s.ask(s.caller, text).Body.Bytes()
	e := echo.New()
	e.POST("/introspect", func(c echo.Context) error { return c.Blob(http.StatusOK, echo.MIMEApplicationJSON, body) })
	s.server = e
	b.ReportAllocs()
	for b.Loop() {
		s.ask(s.caller, text)
	}
}

// TestIntrospectionAllocatesLittle: what is in memory is answered with few
// allocations beside those of the request and the answer themselves.
func TestIntrospectionAllocatesLittle(t *testing.T) {
	s := newSite(t, sqlite(t))
	_, text := s.reader(time.Time{}, time.Time{})
	follow(s.t, s.svc)
	request := func() { s.ask(s.caller, text) }
	whole := testing.AllocsPerRun(500, request)
	s.server = http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusOK) })
	around := testing.AllocsPerRun(500, request)
	if ours := whole - around; ours > 16 {
		t.Errorf("%.0f allocations for one answer", ours)
	}
}
