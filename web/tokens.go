package web

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"latchkey/internal/console"
	"latchkey/views"
)

// home answers GET /.
func (s *Server) home(c echo.Context) error {
	return c.Redirect(http.StatusSeeOther, views.TokensPath(""))
}

// token is the one that the path names, with the place where it is looked at.
func (s *Server) token(c echo.Context) (place, console.Token, error) {
	at, err := s.place(c)
	if err != nil {
		return at, console.Token{}, err
	}
	guid, err := guidParam(c)
	if err != nil {
		return at, console.Token{}, err
	}
	token, err := s.svc.GetToken(c.Request().Context(), actor(c), at.guid(), guid)
	return at, token, err
}

// showToken answers GET .../tokens/:guid.
func (s *Server) showToken(c echo.Context) error {
	at, token, err := s.token(c)
	if err != nil {
		return err
	}
	history, err := s.svc.TokenHistory(c.Request().Context(), actor(c), token.GUID)
	if err != nil {
		return err
	}
	catalogue, err := s.svc.Catalogue(c.Request().Context())
	if err != nil {
		return err
	}
	return s.showPage(c, http.StatusOK, views.TokenShow(views.TokenShowProps{
		Token: token, Repository: at.repository, Reader: s.reader(c), CanWrite: actor(c).May(console.TokenWrite),
		Catalogue: catalogue, History: history,
	}))
}

// askRevocation answers GET .../tokens/:guid/revocation.
func (s *Server) askRevocation(c echo.Context) error {
	at, token, err := s.token(c)
	if err != nil {
		return err
	}
	if err := actor(c).Need(console.TokenWrite); err != nil {
		return err
	}
	return s.showRevocation(c, http.StatusOK, views.TokenRevocationProps{Token: token, Repository: at.name()})
}

func (s *Server) showRevocation(c echo.Context, status int, p views.TokenRevocationProps) error {
	p.Reader = s.reader(c)
	page := p
	page.Page = true
	if status == http.StatusOK {
		return s.show(c, status, views.TokenRevocationPage(page), views.TokenRevocation(p))
	}
	return s.show(c, status, views.TokenRevocationPage(page), views.TokenRevocationForm(p))
}

// revokeToken answers POST .../tokens/:guid/revocation.
func (s *Server) revokeToken(c echo.Context) error {
	at, token, err := s.token(c)
	if err != nil {
		return err
	}
	reason := c.Request().PostForm.Get("reason")
	revoked, err := s.svc.RevokeToken(c.Request().Context(), actor(c), at.guid(), token.GUID, reason)
	if fields := fieldsOf(err); console.CodeOf(err) == console.CodeInvalid {
		return s.showRevocation(c, http.StatusUnprocessableEntity, views.TokenRevocationProps{
			Token: token, Repository: at.name(), Reason: reason, Errors: fields,
		})
	}
	if err != nil {
		return err
	}
	notice := views.RevokedNotice(revoked, s.reader(c))
	if wantsRegion(c.Request()) {
		list, err := s.currentTokenList(c, at)
		if err != nil {
			return err
		}
		if list != nil {
			swap := views.TokenRevoked(notice, list)
			return s.show(c, http.StatusOK, swap, swap)
		}
		return s.leave(c, views.TokenPath(at.name(), token.GUID), notice)
	}
	return s.leave(c, at.path(), notice)
}
