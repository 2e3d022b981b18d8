package web

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"latchkey/internal/console"
	"latchkey/views"
)

// tokenEdit prepares the form that changes the token which the path names.
func (s *Server) tokenEdit(c echo.Context, in tokenInput) (*tokenForm, error) {
	f, err := s.tokenForm(c, in, console.TokenRead)
	if err != nil {
		return nil, err
	}
	guid, err := guidParam(c)
	if err != nil {
		return nil, err
	}
	token, err := s.svc.GetToken(c.Request().Context(), f.who, f.at.guid(), guid)
	if err == nil {
		err = f.who.NeedToken(console.TokenWrite, token)
	}
	if err != nil {
		return nil, err
	}
	f.change(token)
	return f, s.findAssets(c, f)
}

// change makes f the form of a change to the token: what can't change stays.
func (f *tokenForm) change(token console.Token) {
	f.token, f.in.kind, f.in.guid = &token, token.Type, token.GUID
}

// editToken answers GET .../tokens/:guid/edit.
func (s *Server) editToken(c echo.Context) error {
	f, err := s.tokenEdit(c, tokenInput{})
	if err != nil {
		return err
	}
	if f.token.Status(s.svc.Now()).Final() || !f.token.Type.Creatable() {
		return s.showEnded(c, http.StatusOK, f.at, *f.token, f.reader)
	}
	f.fillStored()
	return s.showTokenForm(c, http.StatusOK, f)
}

// fillStored fills the form with what is stored.
func (f *tokenForm) fillStored() {
	t := f.token
	f.in.name, f.in.description, f.in.scopes, f.in.version = t.Name, t.Description, t.Scopes, t.Version
	f.in.validFrom, f.in.validTo, f.in.owner = f.reader.Wall(t.ValidFrom), f.reader.Wall(t.ValidTo), string(t.Owner.GUID)
	f.in.ipFilter, f.in.assets = string(t.IPFilter.GUID), ticks(t.Assets)
}

// showEnded says why a token can't be changed.
func (s *Server) showEnded(c echo.Context, status int, at place, token console.Token, reader views.Reader) error {
	p := views.TokenEndedProps{Token: token, Repository: at.name(), Reader: reader}
	page := p
	page.Page = true
	if status == http.StatusOK {
		return s.show(c, status, views.TokenEndedPage(page), views.TokenEnded(p))
	}
	return s.show(c, status, views.TokenEndedPage(page), views.TokenEndedMeanwhile(p))
}

// updateToken answers POST .../tokens/:guid. A form that is based on an older
// state comes back with what is stored beside what was typed; saving it again
// is on purpose.
func (s *Server) updateToken(c echo.Context) error {
	f, err := s.tokenEdit(c, readTokenInput(c.Request().PostForm))
	if err != nil {
		return err
	}
	ctx, patch := c.Request().Context(), f.patch()
	if len(f.errors) > 0 {
		f.note(patch.Apply(*f.token).ValidateChange(*f.token, s.svc.Now(), f.catalogue))
		return s.showTokenForm(c, http.StatusUnprocessableEntity, f)
	}
	saved, err := s.svc.UpdateToken(ctx, f.who, f.at.guid(), f.token.GUID, f.in.version, patch)
	switch code := console.CodeOf(err); {
	case err == nil:
		return s.changed(c, f.at, saved.GUID, console.Notice{Title: saved.Name + " saved"})
	case code == console.CodeConflict && len(fieldsOf(err)) == 0:
		return s.showConflict(c, f, console.Sentence(err))
	case code == console.CodeInvalid || code == console.CodeConflict:
		f.note(err)
		return s.showTokenForm(c, answers[code].status, f)
	}
	return err
}

// patch is what the form changes. A restriction does not go because a form
// does not know of it. A date that still reads as it is stored is
// left alone: the stored one may be more exact than its field.
func (f *tokenForm) patch() console.TokenPatch {
	p := console.TokenPatch{Name: &f.in.name, Description: &f.in.description, Scopes: &f.in.scopes}
	if len(f.in.scopes) == 0 && f.policies.Of(f.in.kind).PermissionsFixed {
		p.Scopes = nil // the form shows them without a choice
	}
	if grants := f.in.grants(); f.in.asksForAssets {
		p.Assets = &grants
	}
	if owner, ok := console.ParseGUID(f.in.owner); ok {
		p.Owner = &owner
	} else if f.in.owner != "" {
		f.errors["owner"] = "There is no such person."
	}
	if filter := console.GUID(f.in.ipFilter); f.in.asksForFilter {
		p.IPFilter = &filter
	}
	if f.in.validFrom != f.reader.Wall(f.token.ValidFrom) {
		at, problem := wallTime(f.in.validFrom, f.reader.Zone)
		f.complain("valid_from", problem)
		p.ValidFrom = &at
	}
	if f.in.validTo != f.reader.Wall(f.token.ValidTo) {
		at, problem := wallTime(f.in.validTo, f.reader.Zone)
		f.complain("valid_to", problem)
		p.ValidTo = &at
	}
	return p
}

// complain keeps a problem beside its field, if there is one.
func (f *tokenForm) complain(field, problem string) {
	if problem != "" {
		f.errors[field] = problem
	}
}

// showConflict brings back the form of a token that somebody else changed, as
// stale says.
func (s *Server) showConflict(c echo.Context, f *tokenForm, stale string) error {
	ctx := c.Request().Context()
	token, err := s.svc.GetToken(ctx, f.who, f.at.guid(), f.token.GUID)
	if err != nil {
		return err
	}
	if token.Status(s.svc.Now()).Final() {
		return s.showEnded(c, http.StatusConflict, f.at, token, f.reader)
	}
	f.change(token)
	f.in.version, f.stale = token.Version, stale
	return s.showTokenForm(c, http.StatusConflict, f)
}
