package gate

import (
	"errors"
	"io"
	"mime"
	"net/http"
	"net/url"
	"strings"

	"github.com/labstack/echo/v4"
)

// question is a request as far as it could be read.
type question struct {
	// bearer is the credential of whoever asks, empty if there is none.
	bearer string
	// form is the body, if it is a form; else why it is none.
	form    url.Values
	formErr error
}

const (
	bodyLimit       = 16 << 10
	credentialLimit = 4 << 10
)

// read takes a request apart and refuses what nobody should guess about: a
// token outside of the one place for it, or two credentials at once.
func read(c echo.Context) (question, error) {
	r := c.Request()
	query, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil || query.Has("token") || query.Has("access_token") {
		return question{}, malformed("A token never belongs in the address: it would be logged on the way.")
	}
	var q question
	if q.bearer, err = bearer(r.Header[echo.HeaderAuthorization]); err != nil {
		return question{}, err
	}
	body, err := io.ReadAll(http.MaxBytesReader(c.Response(), r.Body, bodyLimit))
	if _, large := errors.AsType[*http.MaxBytesError](err); large {
		return question{}, refusal{status: http.StatusRequestEntityTooLarge, code: "invalid_request", description: "The body is larger than 16 KiB."}
	}
	if err != nil {
		return question{}, malformed("The body ended early.")
	}
	q.form, q.formErr = parseForm(r.Header.Get(echo.HeaderContentType), string(body))
	if q.form.Has("access_token") {
		return question{}, malformed("The credential belongs in the Authorization header only.")
	}
	return q, nil
}

func parseForm(contentType, body string) (url.Values, error) {
	kind, _, err := mime.ParseMediaType(contentType)
	if err != nil || kind != echo.MIMEApplicationForm {
		return nil, malformed("Send a form: Content-Type application/x-www-form-urlencoded.")
	}
	form, err := url.ParseQuery(body)
	if err != nil {
		return nil, malformed("The form can't be read.")
	}
	for _, values := range form {
		if len(values) > 1 {
			return form, malformed("A parameter occurs twice.")
		}
	}
	return form, nil
}

// bearer returns the one credential of the header lines, empty if there is
// none that we know how to read.
func bearer(lines []string) (string, error) {
	if len(lines) == 0 {
		return "", nil
	}
	line := lines[0]
	if len(lines) > 1 || len(line) > credentialLimit || strings.ContainsFunc(line, notPlain) || strings.Contains(line, ",") {
		return "", malformed("Send exactly one credential of at most 4 KiB.")
	}
	scheme, credential, _ := strings.Cut(line, " ")
	if !strings.EqualFold(scheme, "Bearer") {
		return "", nil
	}
	if credential = strings.TrimLeft(credential, " "); credential == "" || strings.Contains(credential, " ") {
		return "", malformed("Write Authorization: Bearer, a space and the token string.")
	}
	return credential, nil
}

// notPlain reports what is not visible ASCII or a space.
func notPlain(r rune) bool { return r < ' ' || r > '~' }

// malformed refuses a request that could be read in more than one way.
func malformed(description string) error {
	return refusal{status: http.StatusBadRequest, code: "invalid_request", description: description}
}
