package web

import (
	"errors"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"latchkey/internal/console"
	"latchkey/views"
)

// deviceCookie marks a browser that has signed in as somebody, so that a
// stranger who guesses passwords elsewhere does not slow them down.
const (
	deviceCookie = "latchkey-device"
	deviceMaxAge = 90 * 24 * time.Hour
)

// showLogin answers GET /login.
func (s *Server) showLogin(c echo.Context) error {
	next := s.safeNext(c.QueryParam("next"))
	if actor(c).Known() {
		return c.Redirect(http.StatusSeeOther, next)
	}
	if err := s.expectForm(c); err != nil {
		return err
	}
	return s.showPage(c, http.StatusOK, views.Login(views.LoginProps{Next: next, Lost: c.QueryParam("lost") == "yes", Providers: s.svc.SignInProviders()}))
}

// signIn answers POST /login. Whatever is wrong with an address or a password,
// the answer is the same.
func (s *Server) signIn(c echo.Context) error {
	form := c.Request().PostForm
	email, next := form.Get("email"), s.safeNext(form.Get("next"))
	user, err := s.svc.SignIn(c.Request().Context(), from(c), email, form.Get("password"), s.knowsDevice(c, email))
	switch console.CodeOf(err) {
	case "":
		return s.enter(c, user, next, true)
	case console.CodeUnauthenticated, console.CodeLimited:
		return s.refuse(c, views.LoginProps{Email: searchText(email), Password: true, Next: next}, err)
	}
	return err
}

// refuse shows the sign-in page again, with why it did not work.
func (s *Server) refuse(c echo.Context, p views.LoginProps, err error) error {
	status, words := s.describe(err, c)
	if status == http.StatusUnauthorized {
		status = http.StatusUnprocessableEntity
	}
	s.log(c, status, err)
	p.Problem, p.Providers = words.Message, s.svc.SignInProviders()
	return s.showPage(c, status, views.Login(p))
}

func (s *Server) knowsDevice(c echo.Context, email string) bool {
	cookie, err := c.Cookie(deviceCookie)
	if err != nil {
		return false
	}
	since, seal, _ := strings.Cut(cookie.Value, ".")
	seconds, err := strconv.ParseInt(since, 10, 64)
	return err == nil && s.svc.Sealed(seal, "device", console.Fold(console.Clean(email)), since) &&
		s.svc.Now().Before(time.Unix(seconds, 0).Add(deviceMaxAge))
}

func (s *Server) rememberDevice(c echo.Context, email string) {
	since := strconv.FormatInt(s.svc.Now().Unix(), 10)
	c.SetCookie(&http.Cookie{
		Name: deviceCookie, Value: since + "." + s.svc.Seal("device", console.Fold(console.Clean(email)), since), Path: "/login",
		MaxAge: int(deviceMaxAge / time.Second), HttpOnly: true, Secure: s.secure(), SameSite: http.SameSiteLaxMode,
	})
}

// signOut answers POST /logout.
func (s *Server) signOut(c echo.Context) error {
	session := sessionOf(c)
	session.Values[actorValue] = actor(c)
	session.Options.MaxAge = -1
	if err := session.Save(c.Request(), c.Response()); err != nil {
		return err
	}
	c.Response().Header().Set("Clear-Site-Data", `"cache", "cookies", "storage"`)
	return c.Redirect(http.StatusSeeOther, views.LoginPath(""))
}

// showSetup answers GET /setup/:code.
func (s *Server) showSetup(c echo.Context) error {
	code := param(c, "code")
	if err := s.svc.CheckSetupCode(c.Request().Context(), code); err != nil {
		return err
	}
	if err := s.expectForm(c); err != nil {
		return err
	}
	return s.showPage(c, http.StatusOK, views.Setup(views.SetupProps{Code: code}))
}

// setUp answers POST /setup/:code. It signs the first owner in.
func (s *Server) setUp(c echo.Context) error {
	form, code := c.Request().PostForm, param(c, "code")
	n := console.NewUser{Name: form.Get("name"), Email: form.Get("email"), Password: form.Get("password"), Role: console.RoleOwner}
	user, err := s.svc.SetUp(c.Request().Context(), from(c), code, n)
	if known, ok := errors.AsType[*console.Error](err); ok && len(known.Fields) > 0 {
		return s.showPage(c, answers[known.Code].status, views.Setup(views.SetupProps{Code: code, Name: n.Name, Email: n.Email, Errors: known.Fields}))
	}
	if err != nil {
		return err
	}
	if err := s.begin(c, user, true); err != nil {
		return err
	}
	s.rememberDevice(c, user.Email)
	return s.leave(c, views.TokensPath(""))
}
