package web

import (
	"crypto/rand"
	"net/http"
	"strings"

	"github.com/labstack/echo/v4"

	"latchkey/internal/console"
	"latchkey/views"
)

// heldMaxAge is how long a browser keeps the id of a sign-in that waits, in
// seconds; the service decides how long it is good for.
const heldMaxAge = 10 * 60

// enter goes on with somebody who has shown a first factor: to the page that
// asks for the second one, if they have one, else in. Proved is whether they
// showed it just now.
func (s *Server) enter(c echo.Context, user console.User, next string, proved bool) error {
	if !user.SecondFactor {
		return s.admit(c, user, next, proved)
	}
	id := rand.Text()
	if err := s.svc.HoldSignIn(c.Request().Context(), user, hashSession(id)); err != nil {
		return err
	}
	s.setHeld(c, id, heldMaxAge)
	return c.Redirect(http.StatusSeeOther, views.SecondFactorPath(next))
}

// admit starts the session of somebody who has shown all that is asked of them,
// and goes on to next.
func (s *Server) admit(c echo.Context, user console.User, next string, proved bool) error {
	if err := s.begin(c, user, proved); err != nil {
		return err
	}
	s.rememberDevice(c, user.Email)
	return c.Redirect(http.StatusSeeOther, next)
}

// heldCookie is the name of the cookie of a sign-in that waits.
func (s *Server) heldCookie() string { return s.sessions.cookie + "-sign-in" }

func (s *Server) setHeld(c echo.Context, id string, maxAge int) {
	c.SetCookie(&http.Cookie{
		Name: s.heldCookie(), Value: id, Path: "/", MaxAge: maxAge, HttpOnly: true, Secure: s.secure(), SameSite: http.SameSiteLaxMode,
	})
}

// held is the hash of the id of the sign-in that waits in this browser.
func (s *Server) held(c echo.Context) string {
	cookie, err := c.Cookie(s.heldCookie())
	if err != nil || !sessionID.MatchString(cookie.Value) {
		return ""
	}
	return hashSession(cookie.Value)
}

// showSecondFactor answers GET /login/second-factor.
func (s *Server) showSecondFactor(c echo.Context) error {
	if err := s.expectForm(c); err != nil {
		return err
	}
	return s.askSecondFactor(c, http.StatusOK, s.safeNext(c.QueryParam("next")), "")
}

// askSecondFactor asks for the second factor of the sign-in that waits; without
// one, for the first factor.
func (s *Server) askSecondFactor(c echo.Context, status int, next, problem string) error {
	account, err := s.svc.HeldSignIn(c.Request().Context(), s.held(c))
	if console.CodeOf(err) == console.CodeUnauthenticated {
		return c.Redirect(http.StatusSeeOther, views.LoginPath(nextOf(next)))
	}
	if err != nil {
		return err
	}
	_, possible := s.party(c)
	return s.showPage(c, status, views.SecondFactor(views.SecondFactorProps{
		Next: next, Problem: problem, Codes: account.Has(console.FactorCodes), Recovery: account.RecoveryCodes > 0,
		Passkeys: account.Has(console.FactorPasskey), PasskeysPossible: possible,
	}))
}

// nextOf is next as the sign-in page wants it: nothing for the first page.
func nextOf(next string) string {
	if next == views.HomePath() {
		return ""
	}
	return next
}

// completeSignIn answers POST /login/second-factor.
func (s *Server) completeSignIn(c echo.Context) error {
	form, hash := c.Request().PostForm, s.held(c)
	next, ctx := s.safeNext(form.Get("next")), c.Request().Context()
	account, err := s.svc.HeldSignIn(ctx, hash)
	if console.CodeOf(err) == console.CodeUnauthenticated {
		return c.Redirect(http.StatusSeeOther, views.LoginPath(nextOf(next)))
	}
	if err != nil {
		return err
	}
	party, _ := s.party(c)
	proof := console.Proof{Code: strings.TrimSpace(form.Get("code")), Passkey: form.Get("passkey")}
	if proof.Passkey == "" && proof.Code == "" {
		return s.askSecondFactor(c, http.StatusUnprocessableEntity, next, "Enter a code.")
	}
	user, err := s.svc.CompleteSignIn(ctx, from(c), hash, party, proof, s.knowsDevice(c, account.User.Email))
	switch console.CodeOf(err) {
	case "":
	case console.CodeInvalid, console.CodeLimited:
		status, p := s.describe(err, c)
		return s.askSecondFactor(c, status, next, p.Message)
	case console.CodeUnauthenticated:
		return c.Redirect(http.StatusSeeOther, views.LoginPath(nextOf(next)))
	default:
		return err
	}
	s.setHeld(c, "", -1)
	return s.admit(c, user, next, true)
}

// askSignInPasskey answers POST /login/second-factor/question: what a browser
// asks of a passkey, as JSON.
func (s *Server) askSignInPasskey(c echo.Context) error {
	party, possible := s.party(c)
	if !possible {
		return errNoPasskeys
	}
	options, err := s.svc.AskSignIn(c.Request().Context(), s.held(c), party)
	if err != nil {
		return err
	}
	return c.JSONBlob(http.StatusOK, options)
}
