package web

import (
	"errors"
	"net/http"

	"github.com/labstack/echo/v4"

	"latchkey/internal/console"
	"latchkey/views"
)

// showInvitation answers GET /invitation/:code.
func (s *Server) showInvitation(c echo.Context) error {
	code := param(c, "code")
	user, err := s.svc.CheckInvitation(c.Request().Context(), code)
	if err != nil {
		return err
	}
	if err := s.expectForm(c); err != nil {
		return err
	}
	return s.showPage(c, http.StatusOK, views.Invitation(views.InvitationProps{Code: code, User: user, Name: user.Name}))
}

// acceptInvitation answers POST /invitation/:code. It signs the person in.
func (s *Server) acceptInvitation(c echo.Context) error {
	form, code := c.Request().PostForm, param(c, "code")
	name := form.Get("name")
	user, err := s.svc.AcceptInvitation(c.Request().Context(), from(c), code, name, form.Get("password"))
	if known, ok := errors.AsType[*console.Error](err); ok && len(known.Fields) > 0 {
		invited, err := s.svc.CheckInvitation(c.Request().Context(), code)
		if err != nil {
			return err
		}
		return s.showPage(c, answers[known.Code].status, views.Invitation(views.InvitationProps{Code: code, User: invited, Name: name, Errors: known.Fields}))
	}
	if err != nil {
		return err
	}
	return s.enter(c, user, views.HomePath(), true)
}
