package web

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"latchkey/internal/console"
	"latchkey/views"
)

// search answers GET /search.
func (s *Server) search(c echo.Context) error {
	p, err := s.found(c, c.QueryParam("q"))
	if err != nil {
		return err
	}
	return s.show(c, http.StatusOK, views.FindPage(p), views.FindResults(p))
}

// find answers POST /search: what is found while somebody types, or the page of it.
func (s *Server) find(c echo.Context) error {
	text := c.Request().PostForm.Get("q")
	if console.HasSecret(text) {
		return s.refuseSecret(c)
	}
	if !wantsRegion(c.Request()) {
		return s.leave(c, views.SearchPath(searchText(text)))
	}
	p, err := s.found(c, text)
	if err != nil {
		return err
	}
	return s.show(c, http.StatusOK, views.FindPage(p), views.FindResults(p))
}

func (s *Server) found(c echo.Context, text string) (views.FindProps, error) {
	p := views.FindProps{Text: searchText(text), Reader: s.reader(c)}
	who := actor(c)
	p.Pages = views.PagesFor(who, p.Text)
	var err error
	p.Found, err = s.svc.Find(c.Request().Context(), who, p.Text)
	return p, err
}

// refuseSecret leads to where a token is found by its secret, which goes no further.
func (s *Server) refuseSecret(c echo.Context) error {
	return s.leave(c, views.FindTokenPath(), console.Notice{
		Title: "That looks like a secret", Detail: "A secret belongs in no search: nothing was looked for. Paste it here to find its token.", Bad: true,
	})
}
