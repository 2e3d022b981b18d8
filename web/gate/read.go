package gate

import (
	"cmp"
	"encoding/base64"
	"errors"
	"io"
	"mime"
	"net/http"
	"net/url"
	"strings"
	"sync"

	"github.com/labstack/echo/v4"

	"latchkey/internal/console"
)

// question is a request as far as it could be read.
type question struct {
	// bearer is the credential of whoever asks, empty if there is none.
	bearer string
	// basic is the token string of a GUID and a secret in a Basic credential.
	basic string
	// form is the body, if it is a form; else why it is none.
	form    form
	formErr error
	// empty is that there is no body.
	empty bool
}

const (
	bodyLimit       = 16 << 10
	credentialLimit = 4 << 10
)

// credential is the token string by which somebody says who they are.
func (q question) credential() string { return cmp.Or(q.bearer, q.basic) }

// read takes a request apart and refuses what nobody should guess about: a
// token outside of the one place for it, or two credentials at once.
func read(c echo.Context) (question, error) {
	r := c.Request()
	if r.URL.RawQuery != "" {
		if query, err := url.ParseQuery(r.URL.RawQuery); err != nil || query.Has("token") || query.Has("access_token") {
			return question{}, malformed("A token never belongs in the address: it would be logged on the way.")
		}
	}
	var q question
	scheme, credential, err := credentialOf(r.Header[echo.HeaderAuthorization])
	if err != nil {
		return question{}, err
	}
	switch scheme {
	case "bearer":
		q.bearer = credential
	case "basic":
		c.Set(basicKey, true)
		if q.basic, err = basic(credential); err != nil {
			return question{}, err
		}
	}
	if coding := first(r.Header["Content-Encoding"]); coding != "" && !strings.EqualFold(coding, "identity") {
		return question{}, encoded
	}
	body, err := readBody(c)
	if _, large := errors.AsType[*http.MaxBytesError](err); large {
		return question{}, refusal{status: http.StatusRequestEntityTooLarge, code: "invalid_request", description: "The body is larger than 16 KiB."}
	}
	if err != nil {
		return question{}, malformed("The body ended early.")
	}
	q.empty = len(body) == 0
	q.form, q.formErr = parseForm(first(r.Header[echo.HeaderContentType]), body)
	if q.form.Has("access_token") {
		return question{}, malformed("The credential belongs in the Authorization header only.")
	}
	return q, nil
}

// encoded is for bodies that would have to be unpacked, of which nobody knows how
// long they become.
var encoded = refusal{status: http.StatusUnsupportedMediaType, code: "invalid_request", description: "Send the form as it is, without a Content-Encoding."}

// first is the first of the lines that say something, empty if there is none.
func first(lines []string) string {
	if len(lines) == 0 {
		return ""
	}
	return lines[0]
}

// bodyRoom is where bodies are read that say how long they are. They have secrets,
// of which nothing stays there.
var bodyRoom = sync.Pool{New: func() any { return new([bodyLimit]byte) }}

// readBody reads the body at once if the request says how long it is.
func readBody(c echo.Context) (string, error) {
	r := c.Request()
	if r.ContentLength < 0 || r.ContentLength > bodyLimit {
		body, err := io.ReadAll(http.MaxBytesReader(c.Response(), r.Body, bodyLimit))
		return string(body), err
	}
	room := bodyRoom.Get().(*[bodyLimit]byte)
	defer bodyRoom.Put(room)
	body := room[:r.ContentLength]
	defer clear(body)
	_, err := io.ReadFull(r.Body, body)
	return string(body), err
}

func parseForm(contentType, body string) (form, error) {
	if contentType != echo.MIMEApplicationForm {
		if kind, _, err := mime.ParseMediaType(contentType); err != nil || kind != echo.MIMEApplicationForm {
			return nil, malformed("Send a form: Content-Type application/x-www-form-urlencoded.")
		}
	}
	f, err := readForm(body)
	if err == nil && f.repeats() {
		err = malformed("A parameter occurs twice.")
	}
	return f, err
}

// basicKey marks a request whose credential is a Basic one.
const basicKey = "basic"

// basic reads a Basic credential: the GUID, a colon, and the secret part or the
// whole token string, both form-encoded (RFC 6749, section 2.3.1).
func basic(credential string) (string, error) {
	plain, err := base64.StdEncoding.DecodeString(credential)
	user, password, found := strings.Cut(string(plain), ":")
	if err != nil || !found {
		return "", malformed("Write Authorization: Basic, a space and the GUID and the secret in base64.")
	}
	for _, part := range []*string{&user, &password} {
		if *part, err = url.QueryUnescape(*part); err != nil {
			return "", malformed("The GUID and the secret must be form-encoded.")
		}
	}
	guid, _ := console.ParseGUID(user)
	if secret, whole := strings.CutPrefix(password, string(guid)+"~"); whole {
		password = secret
	}
	return string(guid) + "~" + password, nil
}

// credentialOf returns the one credential of the header lines and its scheme in
// small letters, empty if there is none that we know how to read.
func credentialOf(lines []string) (scheme, credential string, err error) {
	if len(lines) == 0 {
		return "", "", nil
	}
	line := lines[0]
	if len(lines) > 1 || len(line) > credentialLimit || !onePlain(line) {
		return "", "", malformed("Send exactly one credential of at most 4 KiB.")
	}
	scheme, credential, _ = strings.Cut(line, " ")
	switch {
	case strings.EqualFold(scheme, "bearer"):
		scheme = "bearer"
	case strings.EqualFold(scheme, "basic"):
		scheme = "basic"
	default:
		return "", "", nil
	}
	if credential = strings.TrimLeft(credential, " "); credential == "" || strings.Contains(credential, " ") {
		return "", "", malformed("Write Authorization: Bearer, a space and the token string.")
	}
	return scheme, credential, nil
}

// onePlain reports whether line is one value, all of it visible ASCII or spaces.
func onePlain(line string) bool {
	for i := range len(line) {
		if c := line[i]; c < ' ' || c > '~' || c == ',' {
			return false
		}
	}
	return true
}

// malformed refuses a request that could be read in more than one way.
func malformed(description string) error {
	return refusal{status: http.StatusBadRequest, code: "invalid_request", description: description}
}
