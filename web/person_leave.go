package web

import (
	"errors"
	"net/http"

	"github.com/labstack/echo/v4"

	"latchkey/internal/console"
	"latchkey/views"
)

// askDeparture answers GET /people/:guid/departure.
func (s *Server) askDeparture(c echo.Context) error {
	return s.showDeparture(c, http.StatusOK, console.Departure{}, nil)
}

func (s *Server) showDeparture(c echo.Context, status int, d console.Departure, problems map[string]string) error {
	user, err := s.personToChange(c)
	if err != nil {
		return err
	}
	ctx, who := c.Request().Context(), actor(c)
	p := views.DepartureProps{Handover: d.Handover, To: string(d.To), Errors: problems, Reader: s.reader(c)}
	if p.Leaving, err = s.svc.PreviewDeparture(ctx, who, user.GUID); err != nil {
		return err
	}
	heirs, err := s.svc.ListHeirs(ctx, who, user.GUID)
	if err != nil {
		return err
	}
	p.Heirs = []views.Option{{Value: "", Label: "Choose a person"}}
	for _, heir := range heirs {
		p.Heirs = append(p.Heirs, views.Option{Value: string(heir.GUID), Label: heir.Name + ", " + heir.Role.Label()})
	}
	page := p
	page.Page = true
	return s.dialog(c, status, views.DeparturePage(page), views.Departure(p), views.DepartureForm(p))
}

// disablePerson answers POST /people/:guid/departure, and tells what became of
// the tokens.
func (s *Server) disablePerson(c echo.Context) error {
	user, err := s.personToChange(c)
	if err != nil {
		return err
	}
	form := c.Request().PostForm
	d := console.Departure{Handover: console.Handover(form.Get("handover"))}
	if d.Handover == console.HandoverTransfer {
		d.To, _ = console.ParseGUID(form.Get("to"))
	}
	departed, err := s.svc.DisableUser(c.Request().Context(), actor(c), user.GUID, d)
	known, ok := errors.AsType[*console.Error](err)
	switch {
	case ok && len(known.Fields) > 0:
		return s.showDeparture(c, answers[known.Code].status, d, known.Fields)
	case ok && known.Code == console.CodeConflict:
		return s.showDeparture(c, http.StatusConflict, d, map[string]string{"": known.Message})
	case err != nil:
		return err
	}
	if len(departed.Tokens) == 0 {
		return s.leave(c, views.PersonPath(user.GUID), console.Notice{Title: user.Name + " is disabled", Detail: "Their sessions have ended. No token changed."})
	}
	p := views.DepartedProps{Departed: departed, Reader: s.reader(c)}
	if p.Leaving, err = s.svc.PreviewDeparture(c.Request().Context(), actor(c), user.GUID); err != nil {
		return err
	}
	page := p
	page.Page = true
	return s.show(c, http.StatusOK, views.DepartedPage(page), views.Departed(p))
}

// enablePerson answers POST /people/:guid/return.
func (s *Server) enablePerson(c echo.Context) error {
	user, err := s.personToChange(c)
	if err != nil {
		return err
	}
	if user, err = s.svc.EnableUser(c.Request().Context(), actor(c), user.GUID); err != nil {
		return err
	}
	return s.leave(c, views.PersonPath(user.GUID), console.Notice{Title: user.Name + " is enabled", Detail: "They can sign in again."})
}

// askPersonDeletion answers GET /people/:guid/deletion.
func (s *Server) askPersonDeletion(c echo.Context) error {
	user, err := s.personToChange(c)
	if err != nil {
		return err
	}
	return s.showPersonDeletion(c, http.StatusOK, user, "")
}

func (s *Server) showPersonDeletion(c echo.Context, status int, user console.User, problem string) error {
	p := views.PersonDeletionProps{User: user, Problem: problem}
	page := p
	page.Page = true
	return s.dialog(c, status, views.PersonDeletionPage(page), views.PersonDeletion(p), views.PersonDeletionForm(p))
}

// deletePerson answers POST /people/:guid/deletion.
func (s *Server) deletePerson(c echo.Context) error {
	user, err := s.personToChange(c)
	if err != nil {
		return err
	}
	_, err = s.svc.DeleteUser(c.Request().Context(), actor(c), user.GUID)
	if console.CodeOf(err) == console.CodeConflict {
		return s.showPersonDeletion(c, http.StatusConflict, user, console.Sentence(err))
	}
	if err != nil {
		return err
	}
	return s.leave(c, views.PeoplePath(), console.Notice{Title: user.Name + " removed", Detail: "The audit log goes on naming them."})
}
