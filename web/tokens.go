package web

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"latchkey/internal/console"
	"latchkey/views"
)

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

// showToken answers GET .../tokens/:guid: the list, and the token's details beside it.
func (s *Server) showToken(c echo.Context) error {
	s.glance(c)
	at, token, err := s.token(c)
	if console.CodeOf(err) == console.CodeNotFound && wantsRegion(c.Request()) {
		return s.showGone(c, err)
	}
	if err != nil {
		return err
	}
	list, err := s.tokenList(c, at, c.QueryParams())
	if err != nil {
		return err
	}
	props, err := s.beside(c, list, token)
	if err != nil {
		return err
	}
	return s.show(c, http.StatusOK, views.TokenList(props), views.TokenPanelSwap(props))
}

// showGone answers the click on a token of a list that is gone: the list on the
// screen loses its row.
func (s *Server) showGone(c echo.Context, gone error) error {
	at, err := s.place(c)
	if err != nil {
		return gone
	}
	list, err := s.onScreen(c, at)
	if err != nil || list == nil {
		return gone
	}
	c.Response().Header().Set("HX-Push-Url", "false")
	swap := views.TokenGone(list)
	return s.show(c, http.StatusNotFound, swap, swap)
}

// changed answers a change of a token. A list on the screen shows it at once;
// the token's own page is loaded again, as is any other.
func (s *Server) changed(c echo.Context, at place, guid console.GUID, notice console.Notice) error {
	page := views.TokenPath(at.name(), guid)
	if !wantsRegion(c.Request()) {
		return s.leave(c, page, notice)
	}
	if current := currentURL(c.Request()); current.EscapedPath() == page {
		return s.leave(c, current.RequestURI(), notice)
	}
	return s.showChange(c, at, page, notice)
}

// showChange brings the list on the screen into step, or leaves for another page.
func (s *Server) showChange(c echo.Context, at place, page string, notice console.Notice) error {
	list, err := s.onScreen(c, at)
	if err != nil {
		return err
	}
	if list == nil {
		return s.leave(c, page, notice)
	}
	swap := views.TokenChanged(notice, list)
	return s.show(c, http.StatusOK, swap, swap)
}

// askRevocation answers GET .../tokens/:guid/revocation.
func (s *Server) askRevocation(c echo.Context) error {
	at, token, err := s.token(c)
	if err != nil {
		return err
	}
	if err := actor(c).NeedToken(console.TokenWrite, token); err != nil {
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
	return s.changed(c, at, token.GUID, views.RevokedNotice(revoked, s.reader(c)))
}

// askDeletion answers GET .../tokens/:guid/deletion.
func (s *Server) askDeletion(c echo.Context) error {
	at, token, err := s.token(c)
	if err != nil {
		return err
	}
	if err := actor(c).NeedToken(console.TokenWrite, token); err != nil {
		return err
	}
	return s.showTokenDeletion(c, http.StatusOK, views.TokenDeletionProps{Token: token, Repository: at.name()})
}

func (s *Server) showTokenDeletion(c echo.Context, status int, p views.TokenDeletionProps) error {
	p.Reader = s.reader(c)
	page := p
	page.Page = true
	if status == http.StatusOK {
		return s.show(c, status, views.TokenDeletionPage(page), views.TokenDeletion(p))
	}
	return s.show(c, status, views.TokenDeletionPage(page), views.TokenDeletionForm(p))
}

// deleteToken answers POST .../tokens/:guid/deletion. The page that the person
// was on may be the token's, which is no more.
func (s *Server) deleteToken(c echo.Context) error {
	at, token, err := s.token(c)
	if err != nil {
		return err
	}
	confirmed := c.Request().PostForm.Get("confirm")
	_, err = s.svc.DeleteToken(c.Request().Context(), actor(c), at.guid(), token.GUID, confirmed)
	if fields := fieldsOf(err); console.CodeOf(err) == console.CodeInvalid {
		return s.showTokenDeletion(c, http.StatusUnprocessableEntity, views.TokenDeletionProps{Token: token, Repository: at.name(), Confirmed: confirmed, Errors: fields})
	}
	if err != nil {
		return err
	}
	notice := console.Notice{Title: token.Name + " deleted", Detail: "Its audit entries stay."}
	if wantsRegion(c.Request()) {
		return s.showChange(c, at, at.path(), notice)
	}
	return s.leave(c, at.path(), notice)
}
