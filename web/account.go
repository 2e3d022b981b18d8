package web

import (
	"errors"
	"net/http"

	"github.com/labstack/echo/v4"

	"latchkey/internal/console"
	"latchkey/views"
)

// showAccount answers GET /account.
func (s *Server) showAccount(c echo.Context) error {
	return s.accountPage(c, http.StatusOK, nil)
}

// accountPage is the account of who asks, with what is wrong with a change of
// password.
func (s *Server) accountPage(c echo.Context, status int, problems map[string]string) error {
	ctx, who := c.Request().Context(), actor(c)
	account, err := s.svc.GetAccount(ctx, who)
	if err != nil {
		return err
	}
	_, sessions, err := s.svc.ListSessions(ctx, who, who.GUID)
	if err != nil {
		return err
	}
	personal, secret, err := s.personal(c)
	if err != nil {
		return err
	}
	row, _ := rowOf(c)
	return s.showPage(c, status, views.Account(views.AccountProps{
		Account: account, Errors: problems, Reader: s.reader(c), Personal: personal, PersonalSecret: secret,
		Sessions: views.SessionListProps{Person: account.User, Own: true, Sessions: sessions, Current: row.GUID, CanEnd: true, Reader: s.reader(c)},
	}))
}

// changePassword answers POST /account/password.
func (s *Server) changePassword(c echo.Context) error {
	form := c.Request().PostForm
	err := s.renew(c, func(hash, renewed string) error {
		return s.svc.ChangePassword(c.Request().Context(), actor(c), hash, renewed, form.Get("current"), form.Get("password"))
	})
	if known, ok := errors.AsType[*console.Error](err); ok && (len(known.Fields) > 0 || known.Code == console.CodeLimited) {
		status, p := s.describe(err, c)
		problems := known.Fields
		if problems == nil {
			problems = map[string]string{"current": p.Message}
		}
		return s.accountPage(c, status, problems)
	}
	if err != nil {
		return err
	}
	return s.leave(c, views.AccountPath(), console.Notice{Title: "Password changed", Detail: "Your other sessions have ended."})
}

// endOtherSessions answers POST /account/sessions/termination.
func (s *Server) endOtherSessions(c echo.Context) error {
	row, _ := rowOf(c)
	return s.endSessions(c, actor(c).GUID, row.Hash, views.AccountPath())
}

// endOwnSession answers POST /account/sessions/:session/termination.
func (s *Server) endOwnSession(c echo.Context) error {
	return s.endSession(c, actor(c).GUID, views.AccountPath())
}

// showSessions answers GET /people/:guid/sessions.
func (s *Server) showSessions(c echo.Context) error {
	guid, err := guidParam(c)
	if err != nil {
		return err
	}
	who := actor(c)
	if guid == who.GUID {
		return c.Redirect(http.StatusSeeOther, views.AccountPath())
	}
	person, sessions, err := s.svc.ListSessions(c.Request().Context(), who, guid)
	if err != nil {
		return err
	}
	return s.showPage(c, http.StatusOK, views.PersonSessions(views.SessionListProps{
		Person: person, Sessions: sessions, CanEnd: who.May(console.AccessWrite), Reader: s.reader(c),
	}))
}

// endSessionsOf answers POST /people/:guid/sessions/termination.
func (s *Server) endSessionsOf(c echo.Context) error {
	guid, err := guidParam(c)
	if err != nil {
		return err
	}
	return s.endSessions(c, guid, "", views.SessionsPath(guid))
}

// endSessionOf answers POST /people/:guid/sessions/:session/termination.
func (s *Server) endSessionOf(c echo.Context) error {
	guid, err := guidParam(c)
	if err != nil {
		return err
	}
	return s.endSession(c, guid, views.SessionsPath(guid))
}

func (s *Server) endSessions(c echo.Context, user console.GUID, except, page string) error {
	n, err := s.svc.RevokeSessions(c.Request().Context(), actor(c), user, except)
	if err != nil {
		return err
	}
	return s.leave(c, page, console.Notice{Title: console.Count(n, "session") + " ended"})
}

func (s *Server) endSession(c echo.Context, user console.GUID, page string) error {
	session, ok := console.ParseGUID(param(c, "session"))
	if !ok {
		return console.NotFound()
	}
	if err := s.svc.RevokeSession(c.Request().Context(), actor(c), user, session); err != nil {
		return err
	}
	return s.leave(c, page, console.Notice{Title: "Session ended"})
}
