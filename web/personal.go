package web

import (
	"net/http"
	"time"

	"github.com/a-h/templ"
	"github.com/labstack/echo/v4"

	"latchkey/internal/console"
	"latchkey/views"
)

// newSecretForm is what the forms of tokens share that are made on other pages,
// as shown and as read.
type newSecretForm struct {
	props    views.NewSecretProps
	guid     console.GUID
	validTo  time.Time
	ipFilter console.GUID
}

// newSecret prepares these fields for a type of tokens: with a fresh GUID or, if a
// form was sent, with what it says.
func (s *Server) newSecret(c echo.Context, of console.Type) (newSecretForm, error) {
	ctx := c.Request().Context()
	in := readTokenInput(c.Request().PostForm)
	f := newSecretForm{guid: in.guid, ipFilter: console.GUID(in.ipFilter), props: views.NewSecretProps{
		GUID: in.guid, GUIDSeal: in.seal, ValidTo: in.validTo, IPFilter: in.ipFilter, Reader: s.formReader(c), Errors: map[string]string{},
	}}
	policies, err := s.svc.Policies(ctx)
	if err != nil {
		return f, err
	}
	f.props.Policy = policies.Of(of)
	filters, err := s.svc.IPFilterNames(ctx, actor(c))
	if err != nil {
		return f, err
	}
	choices := tokenForm{ipFilters: filters, policies: policies, in: tokenInput{kind: of}}
	f.props.IPFilters = choices.ipFilterChoices()
	switch {
	case c.Request().Method != http.MethodPost:
		s.freshGUID(c, &f)
		return f, nil
	case !s.handedOut(c, in):
		s.freshGUID(c, &f)
		f.props.Errors["guid"] = "That form was not handed out to you. Check it and send it again."
	}
	var problem string
	if f.validTo, problem = wallTime(in.validTo, f.props.Reader.Zone); problem != "" {
		f.props.Errors["valid_to"] = problem
	}
	return f, nil
}

func (s *Server) freshGUID(c echo.Context, f *newSecretForm) {
	f.guid = console.NewGUID()
	f.props.GUID, f.props.GUIDSeal = f.guid, s.svc.Seal("guid", formHolder(c), string(f.guid))
}

// sound reports whether the form can be read.
func (f newSecretForm) sound() bool { return len(f.props.Errors) == 0 }

// unsound is the status of the form that comes back with what is wrong; 0 if
// nothing is that can be mended.
func (s *Server) unsound(c echo.Context, f *newSecretForm, err error) int {
	code := console.CodeOf(err)
	switch {
	case err == nil && f.sound():
		return 0
	case err == nil:
		return http.StatusUnprocessableEntity
	case code != console.CodeInvalid && code != console.CodeConflict:
		return 0
	}
	if f.props.Errors = fieldsOf(err); len(f.props.Errors) == 0 {
		f.props.Errors = map[string]string{"": console.Sentence(err)}
	}
	if f.props.Errors["guid"] != "" {
		s.freshGUID(c, f)
	}
	return answers[code].status
}

// showNewSecret shows a new secret on a page of its own, or where htmx asks over
// what shows its token.
func (s *Server) showNewSecret(c echo.Context, p views.TokenSecretProps, over templ.Component) error {
	page := p
	page.Page = true
	if p.Secret == "" {
		return s.show(c, http.StatusOK, views.TokenAlreadyCreatedPage(page), views.TokenAlreadyCreated(p))
	}
	return s.show(c, http.StatusCreated, views.TokenSecretPage(page), over)
}

// showPersonalSecret is showNewSecret of the reader's personal token.
func (s *Server) showPersonalSecret(c echo.Context, p views.TokenSecretProps) error {
	p.Leave, p.BaseURL = views.AccountPath(), s.baseURL()
	behind := views.AccountProps{Reader: s.reader(c)}
	if token, kept, err := s.personal(c); err == nil { // else it must not cost the secret, which is in hand
		behind.Personal, behind.PersonalSecret = token, kept
	}
	return s.showNewSecret(c, p, views.PersonalTokenMade(p, behind))
}

// personal is the reader's personal token; nil if they have none.
func (s *Server) personal(c echo.Context) (*console.Token, console.KeptSecret, error) {
	token, secrets, err := s.svc.PersonalToken(c.Request().Context(), actor(c))
	if console.CodeOf(err) == console.CodeNotFound {
		return nil, console.KeptSecret{}, nil
	}
	if err != nil || len(secrets) == 0 {
		return nil, console.KeptSecret{}, err
	}
	return &token, secrets[0], nil
}

// newPersonalToken answers GET /account/token/new.
func (s *Server) newPersonalToken(c echo.Context) error {
	fields, err := s.newSecret(c, console.TypePersonal)
	if err != nil {
		return err
	}
	return s.showPersonalForm(c, http.StatusOK, fields)
}

func (s *Server) showPersonalForm(c echo.Context, status int, fields newSecretForm) error {
	before, _, err := s.personal(c)
	if err != nil {
		return err
	}
	p := views.PersonalTokenFormProps{New: fields.props, Before: before}
	return s.showForm(c, status, views.PersonalTokenFormPage(p), views.PersonalTokenForm(p), views.PersonalTokenFields(p))
}

// createPersonalToken answers POST /account/token.
func (s *Server) createPersonalToken(c echo.Context) error {
	fields, err := s.newSecret(c, console.TypePersonal)
	if err != nil {
		return err
	}
	var token console.Token
	var secret console.Secret
	if fields.sound() {
		token, secret, err = s.svc.CreatePersonalToken(c.Request().Context(), actor(c), console.NewPersonalToken{
			GUID: fields.guid, ValidTo: fields.validTo, IPFilter: fields.ipFilter,
		})
	}
	if problem := s.unsound(c, &fields, err); problem != 0 {
		return s.showPersonalForm(c, problem, fields)
	}
	if err != nil {
		return err
	}
	return s.showPersonalSecret(c, views.TokenSecretProps{Token: token, Secret: secret.Reveal(), Reader: s.reader(c)})
}

// askPersonalRotation answers GET /account/token/rotation.
func (s *Server) askPersonalRotation(c echo.Context) error { return s.askPersonal(c, true) }

// askPersonalRevocation answers GET /account/token/revocation.
func (s *Server) askPersonalRevocation(c echo.Context) error { return s.askPersonal(c, false) }

func (s *Server) askPersonal(c echo.Context, rotates bool) error {
	token, _, err := s.personal(c)
	if err != nil {
		return err
	}
	if token == nil {
		return s.leave(c, views.AccountPath())
	}
	p := views.PersonalQuestionProps{Token: *token, Rotates: rotates, Rotation: console.NewGUID()}
	return s.show(c, http.StatusOK, views.PersonalQuestionPage(p), views.PersonalQuestion(p))
}

// rotatePersonalToken answers POST /account/token/rotation. The answer to success
// is the only place where the new secret ever appears.
func (s *Server) rotatePersonalToken(c echo.Context) error {
	id, _ := console.ParseGUID(c.Request().PostForm.Get("rotation"))
	token, secret, err := s.svc.RotatePersonalToken(c.Request().Context(), actor(c), actor(c).GUID, console.Rotation{ID: id, EndOldest: true})
	if err != nil {
		return err
	}
	p := views.TokenSecretProps{Token: token, Secret: secret.Reveal(), Reader: s.reader(c)}
	p.Old = console.KeptSecret{CreatedAt: token.CreatedAt, EndsAt: p.Reader.Now}
	if secret.IsZero() {
		return s.leave(c, views.AccountPath(), console.Notice{Title: "The secret was rotated before", Detail: "It was shown once. Rotate it again if nobody stored it."})
	}
	return s.showPersonalSecret(c, p)
}

// revokePersonalToken answers POST /account/token/revocation.
func (s *Server) revokePersonalToken(c echo.Context) error {
	if err := s.svc.RevokePersonalToken(c.Request().Context(), actor(c)); err != nil {
		return err
	}
	return s.leave(c, views.AccountPath(), console.Notice{Title: "Your personal token has ended"})
}
