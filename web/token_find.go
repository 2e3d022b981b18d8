package web

import (
	"net/http"
	"regexp"
	"strings"

	"github.com/labstack/echo/v4"

	"latchkey/internal/console"
	"latchkey/views"
)

// askSecret answers GET /tokens/find.
func (s *Server) askSecret(c echo.Context) error {
	if err := actor(c).NeedSomewhere(console.TokenRead); err != nil {
		return err
	}
	return s.showFind(c, http.StatusOK, views.TokenFindProps{})
}

func (s *Server) showFind(c echo.Context, status int, p views.TokenFindProps) error {
	p.Reader = s.reader(c)
	page := p
	page.Page = true
	if status == http.StatusOK {
		return s.show(c, status, views.TokenFindPage(page), views.TokenFind(p))
	}
	return s.show(c, status, views.TokenFindPage(page), views.TokenFindForm(p))
}

// findBySecret answers POST /tokens/find. What was pasted goes no further than
// to the look-up: not into the answer, an address or the log.
func (s *Server) findBySecret(c echo.Context) error {
	text := pastedSecret(c.Request().PostForm.Get("secret"))
	token, secret, err := s.svc.FindBySecret(c.Request().Context(), actor(c), text)
	switch console.CodeOf(err) {
	case "":
		return s.showFind(c, http.StatusOK, views.TokenFindProps{Asked: true, Token: token, Secret: secret})
	case console.CodeInvalid:
		return s.showFind(c, http.StatusUnprocessableEntity, views.TokenFindProps{Errors: fieldsOf(err)})
	case console.CodeNotFound:
		// Who may see no token at all is told no more than by the form.
		if err := actor(c).NeedSomewhere(console.TokenRead); err != nil {
			return err
		}
		return s.showFind(c, http.StatusOK, views.TokenFindProps{Asked: true})
	}
	return err
}

var beforeSecret = regexp.MustCompile(`^(?:(?:export\s+)?[A-Za-z_][A-Za-z0-9_]*\s*=\s*|(?i:(?:authorization\s*:\s*)?bearer\s+))`)

// pastedSecret is the token string in what was pasted: also in a line of a .env
// file, such as the one that the console makes, or in the header of a request.
func pastedSecret(text string) string {
	text = strings.TrimSpace(text)
	text = strings.TrimPrefix(text, beforeSecret.FindString(text))
	if n := len(text); n >= 2 && (text[0] == '"' || text[0] == '\'') && text[n-1] == text[0] {
		text = text[1 : n-1]
	}
	return strings.TrimSpace(text)
}
