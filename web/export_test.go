package web

import (
	"net/http"
	"net/http/httptest"
)

// Route is a line of the site map, for tests that must not miss one.
type Route struct {
	Method, Path string
	Public       bool
}

// Routes is the site map.
func Routes() []Route {
	var all []Route
	for _, r := range routes() {
		all = append(all, Route{r.method, r.path, r.public})
	}
	return all
}

// BaseURL is where services reach the console.
func (s *Server) BaseURL() string { return s.baseURL() }

// PageAbove is the page to go back to from a form that was sent to path, an
// address of route.
func (s *Server) PageAbove(route, path string) string {
	c := s.echo.NewContext(httptest.NewRequest(http.MethodPost, path, nil), nil)
	c.SetPath(route)
	return s.pageAbove(c)
}
