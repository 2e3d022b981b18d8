package graph

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net/http"
	"net/url"
	"strings"

	"github.com/labstack/echo/v4"

	"latchkey/internal/console"
)

// request is one operation, as clients send it.
type request struct {
	Query         string         `json:"query"`
	OperationName string         `json:"operationName"`
	Variables     map[string]any `json:"variables"`
}

const (
	// bodyLimit is wider than that of forms: LogScale's clients send documents and
	// variables of that size, and the contract promises it. What a body may cost is
	// bounded by what is in it, see limits.go, and only who is known is read from.
	bodyLimit       = 1 << 20
	credentialLimit = 4 << 10
	agentLimit      = 300
)

// known finds out who asks. What the query of the address says does not count: some
// clients put the operation's name there.
func (g *graph) known(ctx context.Context, c echo.Context) (*asking, error) {
	r := c.Request()
	if r.Method != http.MethodPost {
		c.Response().Header().Set(echo.HeaderAllow, http.MethodPost)
		return nil, refusal{http.StatusMethodNotAllowed, "Only POST is answered here."}
	}
	if query, err := url.ParseQuery(r.URL.RawQuery); err != nil || query.Has("token") || query.Has("access_token") {
		return nil, refusal{http.StatusBadRequest, "A token never belongs in the address: it would be logged on the way."}
	}
	return g.authenticate(ctx, c)
}

// readBody finds out what for, and does no work for it yet.
func readBody(c echo.Context) ([]byte, error) {
	r := c.Request()
	if kind, _, err := mime.ParseMediaType(r.Header.Get(echo.HeaderContentType)); err != nil || kind != echo.MIMEApplicationJSON || r.Header.Get(echo.HeaderContentEncoding) != "" {
		return nil, refusal{http.StatusUnsupportedMediaType, "Send JSON: Content-Type application/json."}
	}
	if r.ContentLength > bodyLimit {
		return nil, tooLarge
	}
	body, err := io.ReadAll(http.MaxBytesReader(c.Response(), r.Body, bodyLimit))
	if _, large := errors.AsType[*http.MaxBytesError](err); large {
		return nil, tooLarge
	}
	if err != nil {
		return nil, refusal{http.StatusBadRequest, "The body ended early."}
	}
	return body, nil
}

// authenticate is by the one token string in the Authorization header.
func (g *graph) authenticate(ctx context.Context, c echo.Context) (*asking, error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	r := c.Request()
	agent := strings.ToValidUTF8(r.UserAgent(), "")
	agent = strings.ToValidUTF8(agent[:min(len(agent), agentLimit)], "")
	from := console.Principal{
		Address: c.RealIP(), Agent: agent, RequestID: c.Response().Header().Get(echo.HeaderXRequestID), Request: r.Method + " " + c.Path(),
	}
	caller, err := g.svc.AuthenticateCaller(ctx, credential(r.Header[echo.HeaderAuthorization]),
		console.Presenter{Address: g.client(r), Agent: agent}, from)
	if console.CodeOf(err) == console.CodeUnauthenticated {
		err = cmp.Or(g.svc.StrangerFailed(from.Address), err)
	}
	return &asking{Caller: caller, id: from.RequestID}, err
}

// credential is the token string of the header lines, empty if there is not
// exactly one.
func credential(lines []string) string {
	if len(lines) != 1 || len(lines[0]) > credentialLimit {
		return ""
	}
	scheme, text, _ := strings.Cut(lines[0], " ")
	if !strings.EqualFold(scheme, "bearer") {
		return ""
	}
	return strings.Trim(text, " ")
}

var tooLarge = refusal{http.StatusRequestEntityTooLarge, "The body is larger than 1 MiB."}

// decode reads one operation out of a body, and nothing behind it.
func decode(body []byte) (request, error) {
	var r request
	decoder := json.NewDecoder(bytes.NewReader(body))
	decoder.UseNumber()
	sound := bytes.HasPrefix(bytes.TrimLeft(body, " \t\r\n"), []byte("{")) && decoder.Decode(&r) == nil
	if _, behind := decoder.Token(); !sound || !errors.Is(behind, io.EOF) {
		return r, refusal{http.StatusBadRequest, "The body is not one JSON object with query, variables and operationName. Line ends in a text are written as \\n."}
	}
	if r.Query == "" {
		return r, refusal{http.StatusBadRequest, "The JSON object has no query."}
	}
	r.Variables, _ = plain(r.Variables).(map[string]any)
	return r, nil
}

// plain is a value of JSON with its numbers as the library takes them, so that
// no text is made of one by accident. Whole numbers beyond 2^53 stay exact.
func plain(value any) any {
	switch value := value.(type) {
	case map[string]any:
		for key, element := range value {
			value[key] = plain(element)
		}
	case []any:
		for i, element := range value {
			value[i] = plain(element)
		}
	case json.Number:
		const exact = 1 << 53
		if whole, err := value.Int64(); err == nil && (whole > exact || whole < -exact) {
			return Long(whole)
		}
		number, err := value.Float64()
		if err != nil {
			return beyond{}
		}
		return number
	}
	return value
}

// beyond is a number that no type here can be.
type beyond struct{}
