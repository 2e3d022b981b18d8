package gate

import (
	"net/http"
	"strings"

	"github.com/labstack/echo/v4"

	"latchkey/internal/console"
)

// inactive is the whole answer about everything that is not active, so that
// the answer tells nobody why.
var inactive = []byte(`{"active":false}`)

// introspection is RFC 7662's answer about an active token.
type introspection struct {
	Active    bool         `json:"active"`
	Scope     string       `json:"scope"`
	ClientID  console.GUID `json:"client_id"`
	Username  string       `json:"username,omitempty"`
	TokenType string       `json:"token_type"`
	Expires   *int64       `json:"exp,omitempty"`
	IssuedAt  *int64       `json:"iat"`
	NotBefore *int64       `json:"nbf"`
	Subject   console.GUID `json:"sub"`
	Audience  []string     `json:"aud,omitempty"`
	Issuer    string       `json:"iss,omitempty"`
}

// introspect answers POST /introspect.
func (g *gate) introspect(c echo.Context, q question) error {
	if q.credential() == "" {
		return noCredential
	}
	ctx := c.Request().Context()
	caller, err := g.svc.Authenticate(ctx, q.credential())
	if err != nil {
		return g.strangerFailed(c, err)
	}
	if q.formErr != nil {
		return q.formErr
	}
	text := q.form.Get("token")
	if text == "" {
		return malformed("The form has no token.")
	}
	found, err := g.svc.Introspect(ctx, caller, text)
	if err != nil {
		return err
	}
	if !found.Active {
		if err := g.callerFailed(caller); err != nil {
			return err
		}
		return c.Blob(http.StatusOK, echo.MIMEApplicationJSON, inactive)
	}
	t := found.Token
	return show(c, http.StatusOK, introspection{
		Active: true, Scope: strings.Join(t.Scopes, " "), ClientID: t.GUID, Username: t.Owner.Name, TokenType: "Bearer",
		Expires: seconds(t.ValidTo), IssuedAt: seconds(t.CreatedAt), NotBefore: seconds(t.ActiveFrom()),
		Subject: t.GUID, Audience: repositoryNames(t), Issuer: g.issuer,
	})
}

func repositoryNames(t console.Token) []string {
	names := make([]string, len(t.Repositories))
	for i, r := range t.Repositories {
		names[i] = r.Name
	}
	return names
}
