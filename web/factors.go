package web

import (
	"errors"
	"net/http"
	"slices"

	"github.com/labstack/echo/v4"

	"latchkey/internal/console"
	"latchkey/views"
)

// offerCodes answers POST /account/codes/offer: it begins to set up a generator
// of one-time codes.
func (s *Server) offerCodes(c echo.Context) error {
	row, _ := rowOf(c)
	if err := s.svc.OfferCodes(c.Request().Context(), actor(c), row.Hash); err != nil {
		return err
	}
	return s.leave(c, views.CodesPath())
}

// codesOffer is the generator that is being set up. Without one there is a way
// back only.
func (s *Server) codesOffer(c echo.Context) (offer console.CodesOffer, open bool, err error) {
	row, _ := rowOf(c)
	offer, err = s.svc.GetCodesOffer(c.Request().Context(), actor(c), row.Hash, s.issuer(c))
	if console.CodeOf(err) == console.CodeNotFound {
		return offer, false, nil
	}
	return offer, err == nil, err
}

// showCodes answers GET /account/codes.
func (s *Server) showCodes(c echo.Context) error {
	return s.showCodesForm(c, http.StatusOK, views.CodesProps{})
}

func (s *Server) showCodesForm(c echo.Context, status int, p views.CodesProps) error {
	offer, open, err := s.codesOffer(c)
	if err != nil {
		return err
	}
	if !open {
		return s.leave(c, views.AccountPath())
	}
	p.Seed = offer.Seed.Reveal()
	return s.showPage(c, status, views.Codes(p))
}

// showCodesPicture answers GET /account/codes/picture.png, for a camera.
func (s *Server) showCodesPicture(c echo.Context) error {
	offer, open, err := s.codesOffer(c)
	if err != nil {
		return err
	}
	if !open {
		return console.NotFound()
	}
	return c.Blob(http.StatusOK, "image/png", offer.Image)
}

// addCodes answers POST /account/codes.
func (s *Server) addCodes(c echo.Context) error {
	row, _ := rowOf(c)
	form := c.Request().PostForm
	name := form.Get("name")
	codes, err := s.svc.AddCodes(c.Request().Context(), actor(c), row.Hash, name, form.Get("code"))
	if known, ok := errors.AsType[*console.Error](err); ok && len(known.Fields) > 0 {
		return s.showCodesForm(c, answers[known.Code].status, views.CodesProps{Name: name, Errors: known.Fields})
	}
	if console.CodeOf(err) == console.CodeNotFound {
		return s.leave(c, views.AccountPath(), console.Notice{Bad: true, Title: "That took too long", Detail: "Set the app up again."})
	}
	if err != nil {
		return err
	}
	return s.factorAdded(c, codes, "One-time codes set up")
}

// newPasskey answers GET /account/passkeys/new.
func (s *Server) newPasskey(c echo.Context) error {
	return s.showPasskeyForm(c, http.StatusOK, views.PasskeyProps{})
}

func (s *Server) showPasskeyForm(c echo.Context, status int, p views.PasskeyProps) error {
	_, p.Possible = s.party(c)
	p.LocalAddress = s.localAddress(c)
	return s.showPage(c, status, views.NewPasskey(p))
}

// offerPasskey answers POST /account/passkeys/question: what a browser asks of
// the device that is to make a passkey, as JSON.
func (s *Server) offerPasskey(c echo.Context) error {
	row, _ := rowOf(c)
	party, possible := s.party(c)
	if !possible {
		return errNoPasskeys
	}
	options, err := s.svc.OfferPasskey(c.Request().Context(), actor(c), row.Hash, party)
	if err != nil {
		return err
	}
	return c.JSONBlob(http.StatusOK, options)
}

// addPasskey answers POST /account/passkeys.
func (s *Server) addPasskey(c echo.Context) error {
	row, _ := rowOf(c)
	form := c.Request().PostForm
	party, possible := s.party(c)
	if !possible {
		return errNoPasskeys
	}
	codes, err := s.svc.AddPasskey(c.Request().Context(), actor(c), row.Hash, party, form.Get("name"), form.Get("passkey"))
	if known, ok := errors.AsType[*console.Error](err); ok && len(known.Fields) > 0 {
		return s.showPasskeyForm(c, answers[known.Code].status, views.PasskeyProps{Name: form.Get("name"), Errors: known.Fields})
	}
	if err != nil {
		return err
	}
	return s.factorAdded(c, codes, "Passkey added")
}

// factorAdded answers a second factor that was set up. The recovery codes of
// the first one are in this answer only.
func (s *Server) factorAdded(c echo.Context, codes []console.Secret, title string) error {
	if len(codes) == 0 {
		return s.leave(c, views.AccountPath(), console.Notice{Title: title})
	}
	return s.showRecoveryCodes(c, codes, title)
}

func (s *Server) showRecoveryCodes(c echo.Context, codes []console.Secret, title string) error {
	p := views.RecoveryCodesProps{Title: title}
	for _, code := range codes {
		p.Codes = append(p.Codes, code.Reveal())
	}
	return s.showPage(c, http.StatusOK, views.RecoveryCodes(p))
}

// askRecoveryCodes answers GET /account/recovery-codes.
func (s *Server) askRecoveryCodes(c echo.Context) error {
	account, err := s.svc.GetAccount(c.Request().Context(), actor(c))
	if err != nil {
		return err
	}
	return s.showPage(c, http.StatusOK, views.RecoveryCodesQuestion(views.RecoveryCodesQuestionProps{Left: account.RecoveryCodes}))
}

// regenerateRecoveryCodes answers POST /account/recovery-codes.
func (s *Server) regenerateRecoveryCodes(c echo.Context) error {
	codes, err := s.svc.RegenerateRecoveryCodes(c.Request().Context(), actor(c))
	if err != nil {
		return err
	}
	return s.showRecoveryCodes(c, codes, "New recovery codes")
}

// factor is the one of who asks that the path names.
func (s *Server) factor(c echo.Context) (console.Account, console.Factor, error) {
	account, err := s.svc.GetAccount(c.Request().Context(), actor(c))
	if err != nil {
		return account, console.Factor{}, err
	}
	guid, err := guidParam(c)
	i := slices.IndexFunc(account.Factors, func(f console.Factor) bool { return f.GUID == guid })
	if err != nil || i < 0 {
		return account, console.Factor{}, console.NotFound()
	}
	return account, account.Factors[i], nil
}

// editFactor answers GET /account/factors/:guid/edit.
func (s *Server) editFactor(c echo.Context) error {
	_, f, err := s.factor(c)
	if err != nil {
		return err
	}
	return s.showFactorForm(c, http.StatusOK, views.FactorFormProps{Factor: f, Name: f.Name})
}

func (s *Server) showFactorForm(c echo.Context, status int, p views.FactorFormProps) error {
	page := p
	page.Page = true
	if status == http.StatusOK {
		return s.show(c, status, views.FactorFormPage(page), views.FactorForm(p))
	}
	return s.show(c, status, views.FactorFormPage(page), views.FactorFormFields(p))
}

// renameFactor answers POST /account/factors/:guid.
func (s *Server) renameFactor(c echo.Context) error {
	_, f, err := s.factor(c)
	if err != nil {
		return err
	}
	name := c.Request().PostForm.Get("name")
	err = s.svc.RenameFactor(c.Request().Context(), actor(c), f.GUID, name)
	if known, ok := errors.AsType[*console.Error](err); ok && len(known.Fields) > 0 {
		return s.showFactorForm(c, answers[known.Code].status, views.FactorFormProps{Factor: f, Name: name, Errors: known.Fields})
	}
	if err != nil {
		return err
	}
	return s.leave(c, views.AccountPath(), console.Notice{Title: "Renamed"})
}

// askFactorRemoval answers GET /account/factors/:guid/removal.
func (s *Server) askFactorRemoval(c echo.Context) error {
	account, f, err := s.factor(c)
	if err != nil {
		return err
	}
	p := views.FactorRemovalProps{Factor: f, Last: len(account.Factors) == 1, Required: account.FactorRequired}
	page := p
	page.Page = true
	return s.show(c, http.StatusOK, views.FactorRemovalPage(page), views.FactorRemoval(p))
}

// removeFactor answers POST /account/factors/:guid/removal.
func (s *Server) removeFactor(c echo.Context) error {
	_, f, err := s.factor(c)
	if err != nil {
		return err
	}
	if err := s.svc.DeleteFactor(c.Request().Context(), actor(c), f.GUID); err != nil {
		return err
	}
	return s.leave(c, views.AccountPath(), console.Notice{Title: f.Name + " removed"})
}

// askFactorsReset answers GET /people/:guid/factors/reset.
func (s *Server) askFactorsReset(c echo.Context) error {
	user, err := s.personToChange(c)
	if err != nil {
		return err
	}
	p := views.FactorsResetProps{User: user}
	page := p
	page.Page = true
	return s.show(c, http.StatusOK, views.FactorsResetPage(page), views.FactorsReset(p))
}

// resetFactors answers POST /people/:guid/factors/reset.
func (s *Server) resetFactors(c echo.Context) error {
	user, err := s.personToChange(c)
	if err != nil {
		return err
	}
	if user, err = s.svc.ResetFactors(c.Request().Context(), actor(c), user.GUID); err != nil {
		return err
	}
	return s.leave(c, views.PersonPath(user.GUID), console.Notice{Title: user.Name + " has no second factor now", Detail: "Their sessions have ended. They can set one up again under Your account."})
}
