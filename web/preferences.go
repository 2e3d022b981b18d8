package web

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"latchkey/internal/console"
)

const themeMaxAge = 365 * 24 * 60 * 60

// setTheme answers POST /preferences/theme. The choice stays with the person,
// and in the browser for the page on which they sign in.
func (s *Server) setTheme(c echo.Context) error {
	form := c.Request().PostForm
	cookie := &http.Cookie{Name: "theme", Path: "/", MaxAge: themeMaxAge, HttpOnly: true, Secure: s.secure(), SameSite: http.SameSiteLaxMode}
	switch theme := form.Get("theme"); theme {
	case "light", "dark", "system":
		cookie.Value = theme
	default:
		return &console.Error{Code: console.CodeInvalid, Message: "There is no such theme."}
	}
	c.SetCookie(cookie)
	if err := s.svc.UpdatePreferences(c.Request().Context(), actor(c), console.PreferencesPatch{Theme: &cookie.Value}); err != nil {
		return err
	}
	if isHTMX(c.Request()) {
		return c.NoContent(http.StatusNoContent)
	}
	return c.Redirect(http.StatusSeeOther, s.safeNext(form.Get("next")))
}

// setColumns answers POST /preferences/columns: which columns lists of tokens
// have for the person, unless an address asks for others.
func (s *Server) setColumns(c echo.Context) error {
	form := c.Request().PostForm
	chosen := console.ChosenColumns(append(form["column"], string(console.ColumnName)))
	if err := s.svc.UpdatePreferences(c.Request().Context(), actor(c), console.PreferencesPatch{Columns: chosen}); err != nil {
		return err
	}
	return c.Redirect(http.StatusSeeOther, s.safeNext(form.Get("next")))
}

// downloadSecret answers POST /secret.env: the secret that the page just showed,
// as a file. Nothing is kept of it here.
func (s *Server) downloadSecret(c echo.Context) error {
	text := c.Request().PostForm.Get("secret")
	if _, _, ok := console.ParseSecret(text); !ok {
		return &console.Error{Code: console.CodeInvalid, Message: "That is not a secret, or it is no longer shown."}
	}
	header := c.Response().Header()
	header.Set(echo.HeaderContentDisposition, `attachment; filename="latchkey.env"`)
	return c.Blob(http.StatusOK, echo.MIMETextPlainCharsetUTF8, []byte("LATCHKEY_TOKEN="+text+"\n"))
}
