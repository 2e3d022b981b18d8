package gate

import (
	"net/http"
	"strings"

	"github.com/labstack/echo/v4"

	"latchkey/internal/console"
)

// done is the whole answer to what ends a token, whether there was one or not.
var done = []byte(`{}`)

// The refusals of RFC 7009.
var (
	foreignToken = refusal{
		status: http.StatusBadRequest, code: "unauthorized_client",
		description: "The token is not the caller's own. Whoever holds it can report it at /leaks.",
	}
	otherKind = refusal{
		status: http.StatusBadRequest, code: "unsupported_token_type", description: "There are no refresh tokens here.",
	}
)

// revoke answers POST /revoke (RFC 7009): a token ends itself.
func (g *gate) revoke(c echo.Context, q question) (outcome, error) {
	if q.credential() == "" {
		return 0, noCredential
	}
	text, err := presentedToken(q)
	if err != nil {
		return 0, err
	}
	ended, err := g.svc.RevokeOwn(c.Request().Context(), from(c), q.credential(), text)
	switch {
	case console.CodeOf(err) == console.CodeForbidden:
		return 0, foreignToken
	case err != nil:
		return 0, g.strangerFailed(c, err)
	}
	if _, _, ours := console.ParseSecret(text); !ours && q.form.Get("token_type_hint") == "refresh_token" {
		return 0, otherKind
	}
	if !ended {
		if err := g.strangerFailed(c, nil); err != nil {
			return 0, err
		}
	}
	return endedOutcome(ended), write(c, http.StatusOK, done)
}

// reportLeak answers POST /leaks: whoever found a token string ends its token.
// The answer does not tell whether there was one.
func (g *gate) reportLeak(c echo.Context, q question) (outcome, error) {
	text, err := presentedToken(q)
	if err != nil {
		return 0, err
	}
	if err := g.svc.LeakReported(c.RealIP()); err != nil {
		return 0, err
	}
	by := from(c)
	by.Kind, by.Name = console.PrincipalSystem, "Leak report"
	ended, err := g.svc.RevokePresented(c.Request().Context(), by, text, "Reported as leaked")
	if err != nil {
		return 0, err
	}
	return endedOutcome(ended), write(c, http.StatusOK, done)
}

// presentedToken is the token string in the form of a question.
func presentedToken(q question) (string, error) {
	if q.formErr != nil {
		return "", q.formErr
	}
	text := q.form.Get("token")
	if text == "" {
		return "", malformed("The form has no token.")
	}
	return text, nil
}

// from says where a request comes from, for the record.
func from(c echo.Context) console.Principal {
	agent := strings.ToValidUTF8(c.Request().UserAgent(), "")
	if len(agent) > console.AgentLimit {
		agent = strings.ToValidUTF8(agent[:console.AgentLimit], "")
	}
	return console.Principal{Address: c.RealIP(), Agent: agent, RequestID: c.Response().Header().Get(echo.HeaderXRequestID)}
}
