package web

import (
	"net/http"
	"strconv"

	"github.com/labstack/echo/v4"

	"latchkey/internal/console"
	"latchkey/views"
)

// askRotation answers GET .../tokens/:guid/rotation.
func (s *Server) askRotation(c echo.Context) error {
	at, token, err := s.token(c)
	if err != nil {
		return err
	}
	if err := actor(c).NeedSecret(token); err != nil {
		return err
	}
	reader := s.reader(c)
	if token.Status(reader.Now).Final() {
		return s.showEnded(c, http.StatusOK, at, token, reader)
	}
	p, err := s.rotation(c, at, token, reader)
	if err != nil {
		return err
	}
	p.Overlap = console.UsualOverlap
	s.offerRotation(c, &p)
	return s.showRotation(c, http.StatusOK, p)
}

// rotation is the form for a token as it is now.
func (s *Server) rotation(c echo.Context, at place, token console.Token, reader views.Reader) (views.TokenRotationProps, error) {
	p := views.TokenRotationProps{Token: token, Repository: at.name(), Reader: reader, Errors: map[string]string{}}
	var err error
	p.Secrets, err = s.svc.ListSecrets(c.Request().Context(), actor(c), at.guid(), token.GUID)
	return p, err
}

// offerRotation puts a fresh one-time value into the form, with the proof that
// it came from here, for this token, and went to this session.
func (s *Server) offerRotation(c echo.Context, p *views.TokenRotationProps) {
	p.ID = console.NewGUID()
	p.Seal = s.svc.Seal("rotation", formHolder(c), string(p.Token.GUID), string(p.ID))
}

func (s *Server) showRotation(c echo.Context, status int, p views.TokenRotationProps) error {
	page := p
	page.Page = true
	switch status {
	case http.StatusOK:
		return s.show(c, status, views.TokenRotationPage(page), views.TokenRotation(p))
	case http.StatusConflict:
		return s.show(c, status, views.TokenRotationPage(page), views.TokenRotationConflict(p))
	}
	return s.show(c, status, views.TokenRotationPage(page), views.TokenRotationForm(p))
}

// rotateToken answers POST .../tokens/:guid/rotation. The answer to success is
// the only place where the new secret ever appears.
func (s *Server) rotateToken(c echo.Context) error {
	at, token, err := s.token(c)
	if err != nil {
		return err
	}
	if err := actor(c).NeedSecret(token); err != nil {
		return err
	}
	reader := s.formReader(c)
	if token.Status(reader.Now).Final() {
		return s.showEnded(c, http.StatusConflict, at, token, reader)
	}
	p, err := s.rotation(c, at, token, reader)
	if err != nil {
		return err
	}
	r, sound := s.readRotation(c, &p)
	if !sound {
		return s.showRotation(c, http.StatusUnprocessableEntity, p)
	}
	rotated, secret, err := s.svc.RotateToken(c.Request().Context(), actor(c), at.guid(), token.GUID, r)
	switch console.CodeOf(err) {
	case "":
		return s.showRotated(c, at, rotated, secret, p.Reader)
	case console.CodeInvalid:
		p.Errors = fieldsOf(err)
		return s.showRotation(c, http.StatusUnprocessableEntity, p)
	case console.CodeConflict:
		return s.refuseRotation(c, at, p, err)
	}
	return err
}

// readRotation reads the form into p and what it asks for, and reports whether
// that makes sense.
func (s *Server) readRotation(c echo.Context, p *views.TokenRotationProps) (console.Rotation, bool) {
	form := c.Request().PostForm
	p.Overlap, p.Until, p.Seal = form.Get("overlap"), form.Get("until"), form.Get("rotation_seal")
	p.ID, _ = console.ParseGUID(form.Get("rotation"))
	r := console.Rotation{ID: p.ID, EndOldest: form.Get("end_oldest") == "yes"}
	r.Version, _ = strconv.Atoi(form.Get("version"))
	if r.Version < 1 {
		r.Version = p.Token.Version
	}
	known := p.Overlap == views.OverlapUntil
	if known {
		until, problem := wallTime(p.Until, p.Reader.Zone)
		switch r.Overlap.Until = until; {
		case problem != "":
			p.Errors["until"] = problem
		case until.IsZero():
			p.Errors["until"] = "Choose a time."
		}
	} else {
		if p.Until != "" { // typed, and yet it would not count
			p.Errors["until"] = "Choose “Until a time you choose” above, or clear this time."
		}
		r.Overlap, known = console.OverlapNamed(p.Overlap)
	}
	if !known {
		p.Overlap = console.UsualOverlap
		p.Errors["overlap"] = "Choose how long the present secret works."
	}
	if p.ID == "" || !s.svc.Sealed(p.Seal, "rotation", formHolder(c), string(p.Token.GUID), string(p.ID)) {
		s.offerRotation(c, p)
		p.Problem = "This form was not handed out to you. Check it and send it again."
	}
	return r, len(p.Errors) == 0 && p.Problem == ""
}

// refuseRotation shows the form again with what stands in the way now.
func (s *Server) refuseRotation(c echo.Context, at place, typed views.TokenRotationProps, reason error) error {
	token, err := s.svc.GetToken(c.Request().Context(), actor(c), at.guid(), typed.Token.GUID)
	if err != nil {
		return err
	}
	if token.Status(typed.Reader.Now).Final() {
		return s.showEnded(c, http.StatusConflict, at, token, typed.Reader)
	}
	p, err := s.rotation(c, at, token, typed.Reader)
	if err != nil {
		return err
	}
	p.ID, p.Seal, p.Overlap, p.Until, p.Errors = typed.ID, typed.Seal, typed.Overlap, typed.Until, fieldsOf(reason)
	if len(p.Errors) == 0 {
		p.Problem = console.Sentence(reason)
	}
	if p.Errors["rotation"] != "" {
		s.offerRotation(c, &p)
	}
	return s.showRotation(c, http.StatusConflict, p)
}

func (s *Server) showRotated(c echo.Context, at place, token console.Token, secret console.Secret, reader views.Reader) error {
	p := views.TokenSecretProps{Token: token, Repository: at.name(), BaseURL: s.baseURL(), Reader: reader}
	page := p
	page.Page = true
	if secret.IsZero() {
		return s.show(c, http.StatusOK, views.TokenAlreadyRotatedPage(page), views.TokenAlreadyRotated(p))
	}
	// The secret is in hand: what can't be read now must not cost it.
	p.Old = console.KeptSecret{CreatedAt: token.CreatedAt, EndsAt: reader.Now}
	if secrets, err := s.svc.ListSecrets(c.Request().Context(), actor(c), at.guid(), token.GUID); err == nil && len(secrets) > 1 {
		p.Old = secrets[1]
	}
	p.Secret = secret.Reveal()
	c.Response().Header().Set(echo.HeaderLocation, views.TokenPath(at.name(), token.GUID))
	if !wantsRegion(c.Request()) {
		p.Page = true
		return s.showPage(c, http.StatusCreated, views.TokenSecretPage(p))
	}
	list, err := s.onScreen(c, at)
	if err != nil {
		list = nil
	}
	return s.showPage(c, http.StatusCreated, views.TokenCreated(p, list))
}

// askOverlapEnd answers GET .../tokens/:guid/overlap-end.
func (s *Server) askOverlapEnd(c echo.Context) error {
	at, token, err := s.token(c)
	if err != nil {
		return err
	}
	if err := actor(c).NeedToken(console.TokenWrite, token); err != nil {
		return err
	}
	secrets, err := s.svc.ListSecrets(c.Request().Context(), actor(c), at.guid(), token.GUID)
	if err != nil {
		return err
	}
	p := views.OverlapEndProps{Token: token, Repository: at.name(), Reader: s.reader(c)}
	if !token.Status(p.Reader.Now).Final() {
		p.Old, _ = console.Overlapping(secrets, p.Reader.Now)
	}
	page := p
	page.Page = true
	return s.show(c, http.StatusOK, views.OverlapEndPage(page), views.OverlapEnd(p))
}

// endOverlap answers POST .../tokens/:guid/overlap-end.
func (s *Server) endOverlap(c echo.Context) error {
	at, token, err := s.token(c)
	if err != nil {
		return err
	}
	if _, err := s.svc.EndOverlap(c.Request().Context(), actor(c), at.guid(), token.GUID); err != nil {
		return err
	}
	return s.changed(c, at, token.GUID, views.OverlapEndedNotice(token))
}
