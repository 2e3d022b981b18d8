package gate

import (
	"encoding/json"
	"errors"
	"math"
	"net/http"
	"strconv"
	"time"

	"github.com/labstack/echo/v4"

	"latchkey/internal/console"
)

// refusal is an answer other than 200: RFC 6749's error object.
type refusal struct {
	status      int
	code        string
	description string
	// challenge ends the WWW-Authenticate header of a 401 and a 403.
	challenge string
	// why the token is refused that the request is about, to be counted and not
	// to be told.
	why console.Reason
}

func (r refusal) Error() string { return r.description }

const realm = `Bearer realm="latchkey"`

// noCredential is for those who did not say who they are. RFC 6750 wants no
// error code in its challenge.
var noCredential = refusal{
	status: http.StatusUnauthorized, code: "invalid_token",
	description: "Send the token string in the header: Authorization: Bearer.", challenge: realm,
}

// unknownClient is for a Basic credential that is not accepted: RFC 6749 wants
// the scheme that was tried in the challenge.
var unknownClient = refusal{
	status: http.StatusUnauthorized, code: "invalid_client",
	description: "The GUID and the secret of the caller are not accepted.", challenge: `Basic realm="latchkey", charset="UTF-8"`,
}

// refusals is how this surface answers each kind of error.
var refusals = map[console.Code]refusal{
	console.CodeInvalid: {status: http.StatusBadRequest, code: "invalid_request", description: "The request is not complete."},
	console.CodeUnauthenticated: {status: http.StatusUnauthorized, code: "invalid_token", description: "The token of the caller is not accepted.",
		challenge: realm + `, error="invalid_token"`},
	// Only people are asked to prove again who they are, and none ask here.
	console.CodeUnproved: {status: http.StatusForbidden, code: "access_denied", description: "This takes a fresh proof of who asks.",
		challenge: realm + `, error="access_denied"`},
	console.CodeForbidden: {status: http.StatusForbidden, code: "insufficient_scope", description: "The caller's token lacks the scope " + console.ScopeIntrospect + ".",
		challenge: realm + `, error="insufficient_scope", scope="` + console.ScopeIntrospect + `"`},
	console.CodeNotFound:    {status: http.StatusNotFound, code: "not_found", description: "There is nothing here."},
	console.CodeConflict:    {status: http.StatusConflict, code: "conflict", description: "Something was changed meanwhile. Ask again."},
	console.CodeLimited:     {status: http.StatusTooManyRequests, code: "slow_down", description: "Too many requests. Ask again later."},
	console.CodeUnavailable: {status: http.StatusServiceUnavailable, code: "temporarily_unavailable", description: "The database does not answer. Ask again later."},
	console.CodeInternal:    {status: http.StatusInternalServerError, code: "server_error", description: "Something went wrong here."},
}

// fail turns an error into an answer, and logs it if it is ours. It says what
// came of the request.
func (g *gate) fail(c echo.Context, err error) (outcome, error) {
	if r, ok := errors.AsType[refusal](err); ok {
		return r.outcome(), answer(c, r)
	}
	if ctxErr := c.Request().Context().Err(); ctxErr != nil {
		err = console.Unavailable(ctxErr) // out of patience, or the asker is gone
	}
	code := console.CodeOf(err)
	if unsaid, ok := g.tell(code); ok {
		g.log.Error("verification failed", "code", string(code), "path", c.Path(),
			"request_id", c.Response().Header().Get(echo.HeaderXRequestID), "err", err, "unsaid", unsaid)
	}
	if e, ok := errors.AsType[*console.Error](err); ok && e.RetryAfter > 0 {
		seconds := int(math.Ceil(e.RetryAfter.Seconds()))
		c.Response().Header().Set(echo.HeaderRetryAfter, strconv.Itoa(seconds))
	}
	if basic, _ := c.Get(basicKey).(bool); basic && code == console.CodeUnauthenticated {
		return outcomeNamed(string(code)), answer(c, unknownClient)
	}
	return outcomeNamed(string(code)), answer(c, refusals[code])
}

// unavailableEvery is how often the log is told that something is unavailable:
// while the database is away, that is what every request is answered.
const unavailableEvery = time.Second

// tell reports whether the log is told of an error with that code, and how many it
// was not told of since the last that was unavailable.
func (g *gate) tell(code console.Code) (unsaid int64, ok bool) {
	if code != console.CodeUnavailable {
		return 0, code == console.CodeInternal
	}
	now, told := g.svc.Clock().UnixNano(), g.told.Load()
	if since := now - told; since >= 0 && since < int64(unavailableEvery) || !g.told.CompareAndSwap(told, now) {
		g.unsaid.Add(1)
		return 0, false
	}
	return g.unsaid.Swap(0), true
}

func answer(c echo.Context, r refusal) error {
	if r.challenge != "" {
		c.Response().Header().Set(echo.HeaderWWWAuthenticate, r.challenge)
	}
	return show(c, r.status, struct {
		Error       string `json:"error"`
		Description string `json:"error_description"`
	}{r.code, r.description})
}

// show writes value as JSON, without a line end, so that equal answers have
// equal bytes whoever wrote them.
func show(c echo.Context, status int, value any) error {
	body, err := json.Marshal(value)
	if err != nil {
		return err
	}
	return write(c, status, body)
}

// asJSON is what all bodies are. Nobody changes it.
var asJSON = []string{echo.MIMEApplicationJSON}

func write(c echo.Context, status int, body []byte) error {
	c.Response().Header()[echo.HeaderContentType] = asJSON
	c.Response().WriteHeader(status)
	_, err := c.Response().Write(body)
	return err
}

// seconds is t in whole seconds since 1970, nil if there is no such instant.
// It rounds down, so that nobody believes a token longer than we do.
func seconds(t time.Time) *int64 {
	if t.IsZero() {
		return nil
	}
	s := t.Unix()
	return &s
}
