package web

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"latchkey/internal/console"
	"latchkey/views"
)

// askPause answers GET .../tokens/:guid/pause.
func (s *Server) askPause(c echo.Context) error {
	at, token, err := s.token(c)
	if err != nil {
		return err
	}
	if err := actor(c).NeedToken(console.TokenWrite, token); err != nil {
		return err
	}
	reader := s.reader(c)
	if token.Status(reader.Now).Final() {
		return s.showEnded(c, http.StatusOK, at, token, reader)
	}
	p := views.TokenPauseProps{Token: token, Repository: at.name(), Reader: reader}
	if token.Status(reader.Now) == console.StatusDisabled {
		p.Until = reader.Wall(token.DisabledUntil)
	}
	return s.showPause(c, http.StatusOK, p)
}

func (s *Server) showPause(c echo.Context, status int, p views.TokenPauseProps) error {
	page := p
	page.Page = true
	if status == http.StatusOK {
		return s.show(c, status, views.TokenPausePage(page), views.TokenPause(p))
	}
	return s.show(c, status, views.TokenPausePage(page), views.TokenPauseForm(p))
}

// formReader is how whoever sent a form reads times: in the zone in which the
// form was shown.
func (s *Server) formReader(c echo.Context) views.Reader {
	reader := s.reader(c)
	if zone, ok := s.zone(c.Request().PostForm.Get("zone")); ok {
		reader.Zone = zone
	}
	return reader
}

// disableToken answers POST .../tokens/:guid/pause.
func (s *Server) disableToken(c echo.Context) error {
	at, token, err := s.token(c)
	if err != nil {
		return err
	}
	if err := actor(c).NeedToken(console.TokenWrite, token); err != nil {
		return err
	}
	reader, typed := s.formReader(c), c.Request().PostForm.Get("until")
	refused := func(problems map[string]string) error {
		return s.showPause(c, http.StatusUnprocessableEntity, views.TokenPauseProps{
			Token: token, Repository: at.name(), Reader: reader, Until: typed, Errors: problems,
		})
	}
	until, problem := wallTime(typed, reader.Zone)
	if problem != "" {
		return refused(map[string]string{"until": problem})
	}
	paused, err := s.svc.DisableToken(c.Request().Context(), actor(c), at.guid(), token.GUID, until)
	if console.CodeOf(err) == console.CodeInvalid {
		return refused(fieldsOf(err))
	}
	if err != nil {
		return err
	}
	return s.changed(c, at, token.GUID, views.PausedNotice(paused, reader))
}

// enableToken answers POST .../tokens/:guid/resumption.
func (s *Server) enableToken(c echo.Context) error {
	at, token, err := s.token(c)
	if err != nil {
		return err
	}
	enabled, err := s.svc.EnableToken(c.Request().Context(), actor(c), at.guid(), token.GUID)
	if err != nil {
		return err
	}
	return s.changed(c, at, token.GUID, views.EnabledNotice(enabled, s.reader(c)))
}
