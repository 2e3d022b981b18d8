package web

import (
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strconv"

	"github.com/labstack/echo/v4"

	"latchkey/internal/console"
	"latchkey/views"
)

// scopeInput is what the form of a scope may send.
type scopeInput struct {
	console.NewScope
	version int
}

func readScopeInput(form url.Values) scopeInput {
	in := scopeInput{NewScope: console.NewScope{
		Name: form.Get("name"), Label: form.Get("label"), Group: form.Get("group"), Risk: console.Risk(form.Get("risk")),
	}}
	for _, t := range form["types"] {
		in.Types = append(in.Types, console.Type(t))
	}
	in.version, _ = strconv.Atoi(form.Get("version"))
	return in
}

// newScope answers GET /scopes/new.
func (s *Server) newScope(c echo.Context) error {
	if err := actor(c).Need(console.ScopeWrite); err != nil {
		return err
	}
	return s.showScopeForm(c, http.StatusOK, scopeInput{}, views.ScopeFormProps{})
}

// editScope answers GET /scopes/:name/edit.
func (s *Server) editScope(c echo.Context) error {
	scope, err := s.scope(c)
	if err != nil {
		return err
	}
	if !scope.Own {
		return console.Conflict("", "This scope belongs to the catalogue and can’t be edited.")
	}
	return s.showScopeForm(c, http.StatusOK, storedScope(scope), views.ScopeFormProps{Scope: &scope})
}

func storedScope(scope console.Scope) scopeInput {
	return scopeInput{version: scope.Version, NewScope: console.NewScope{
		Name: scope.Name, Label: scope.Label, Group: scope.Group, Risk: scope.Risk, Types: scope.Types,
	}}
}

// showScopeForm shows the form as typed; p says what it is the form of, and
// what is wrong.
func (s *Server) showScopeForm(c echo.Context, status int, in scopeInput, p views.ScopeFormProps) error {
	catalogue, err := s.svc.Catalogue(c.Request().Context())
	if err != nil {
		return err
	}
	p.Name, p.Label, p.Group, p.Risky, p.Version = in.Name, in.Label, in.Group, in.Risk == console.RiskHigh, in.version
	for _, t := range console.CreatableTypes {
		p.Types = append(p.Types, views.Choice{Value: string(t), Label: t.Label(), Chosen: slices.Contains(in.Types, t)})
	}
	for _, group := range catalogue.Groups() {
		p.Groups = append(p.Groups, group.Name)
	}
	page := p
	page.Page = true
	if status == http.StatusOK {
		return s.show(c, status, views.ScopeFormPage(page), views.ScopeForm(p))
	}
	return s.show(c, status, views.ScopeFormPage(page), views.ScopeFormFields(p))
}

// createScope answers POST /scopes.
func (s *Server) createScope(c echo.Context) error {
	in := readScopeInput(c.Request().PostForm)
	scope, err := s.svc.CreateScope(c.Request().Context(), actor(c), in.NewScope)
	if known, ok := errors.AsType[*console.Error](err); ok && len(known.Fields) > 0 {
		return s.showScopeForm(c, answers[known.Code].status, in, views.ScopeFormProps{Errors: known.Fields})
	}
	if err != nil {
		return err
	}
	return s.scopeChanged(c, console.Notice{Title: scope.Name + " added"})
}

// updateScope answers POST /scopes/:name. A form that is based on an older
// state comes back with what is stored beside what was typed.
func (s *Server) updateScope(c echo.Context) error {
	scope, err := s.scope(c)
	if err != nil {
		return err
	}
	in := readScopeInput(c.Request().PostForm)
	saved, err := s.svc.UpdateScope(c.Request().Context(), actor(c), scope.Name, in.version, in.NewScope)
	known, ok := errors.AsType[*console.Error](err)
	switch {
	case ok && len(known.Fields) > 0:
		return s.showScopeForm(c, answers[known.Code].status, in, views.ScopeFormProps{Scope: &scope, Errors: known.Fields})
	case ok && known.Code == console.CodeConflict && scope.Own:
		if scope, err = s.scope(c); err != nil {
			return err
		}
		in.version = scope.Version
		return s.showScopeForm(c, http.StatusConflict, in, views.ScopeFormProps{Scope: &scope, Changed: known.Message})
	case err != nil:
		return err
	}
	return s.scopeChanged(c, console.Notice{Title: saved.Name + " saved"})
}
