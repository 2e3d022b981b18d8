package graph

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"maps"
	"math"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/graph-gophers/graphql-go"
	gqlerrors "github.com/graph-gophers/graphql-go/errors"
	"github.com/labstack/echo/v4"

	"latchkey/internal/console"
)

// refusal is an answer without GraphQL: a status and a sentence, which clients
// print as they come.
type refusal struct {
	status  int
	message string
}

func (r refusal) Error() string { return r.message }

// A reply is how this surface answers one kind of error.
type reply struct {
	// before is the status if it comes before the operation begins.
	before int
	// within is the status if it comes of the operation. Clients show what is wrong
	// only with 200.
	within int
	// name is the error's code in an answer with 200.
	name string
}

var replies = map[console.Code]reply{
	console.CodeInvalid:         {http.StatusBadRequest, http.StatusOK, "INVALID"},
	console.CodeUnauthenticated: {http.StatusUnauthorized, http.StatusUnauthorized, "UNAUTHENTICATED"},
	// Only people are asked to prove again who they are, and none ask here.
	console.CodeUnproved:    {http.StatusForbidden, http.StatusOK, "FORBIDDEN"},
	console.CodeForbidden:   {http.StatusForbidden, http.StatusOK, "FORBIDDEN"},
	console.CodeNotFound:    {http.StatusNotFound, http.StatusOK, "NOT_FOUND"},
	console.CodeConflict:    {http.StatusConflict, http.StatusOK, "CONFLICT"},
	console.CodeLimited:     {http.StatusTooManyRequests, http.StatusOK, "LIMITED"},
	console.CodeUnavailable: {http.StatusServiceUnavailable, http.StatusServiceUnavailable, "UNAVAILABLE"},
	console.CodeInternal:    {http.StatusInternalServerError, http.StatusOK, "INTERNAL"},
}

// refuse answers what came before the operation, or what there is no answer with
// 200 for.
func (g *graph) refuse(c echo.Context, err error) error {
	if r, ok := errors.AsType[refusal](err); ok {
		return c.String(r.status, r.message)
	}
	code := console.CodeOf(err)
	if code == console.CodeInternal || code == console.CodeUnavailable {
		g.log.Error("graphql failed", "code", string(code), "request_id", c.Response().Header().Get(echo.HeaderXRequestID), "err", err)
	}
	if code == console.CodeUnauthenticated {
		c.Response().Header().Set(echo.HeaderWWWAuthenticate, `Bearer realm="latchkey"`)
	}
	if e, ok := errors.AsType[*console.Error](err); ok && e.RetryAfter > 0 {
		c.Response().Header().Set(echo.HeaderRetryAfter, strconv.Itoa(int(math.Ceil(e.RetryAfter.Seconds()))))
	}
	return c.String(replies[code].before, sentence(err, c.Response().Header().Get(echo.HeaderXRequestID)))
}

// sentence is what an error says to whoever asked: everything that is wrong, since
// many clients show nothing else.
func sentence(err error, id string) string {
	e, ok := errors.AsType[*console.Error](err)
	if !ok || e.Code == console.CodeInternal {
		return "Something went wrong here. Request " + id
	}
	var all []string
	for _, field := range slices.Sorted(maps.Keys(e.Fields)) {
		all = append(all, e.Fields[field])
	}
	return cmp.Or(strings.Join(all, " "), e.Message)
}

// problem is an error as clients decode it. State is LogScale's own: what is
// wrong by field.
type problem struct {
	Message    string               `json:"message"`
	Path       []any                `json:"path,omitempty"`
	Locations  []gqlerrors.Location `json:"locations,omitempty"`
	Extensions map[string]string    `json:"extensions"`
	State      map[string]string    `json:"state,omitempty"`
}

// result is an answer: errors first, as the specification advises.
type result struct {
	Errors []problem `json:"errors,omitempty"`
	Data   any       `json:"data"`
}

// failed is a response to an operation of which nothing is told.
func failed(err error) *graphql.Response {
	return &graphql.Response{Errors: []*gqlerrors.QueryError{{Message: err.Error(), ResolverError: err}}}
}

// encode is the answer to the request with that id, or the error that there is no
// answer with 200 for.
func (g *graph) encode(id string, response *graphql.Response) ([]byte, error) {
	for _, failure := range response.Errors {
		if err := failure.ResolverError; err != nil && replies[console.CodeOf(err)].within != http.StatusOK {
			return nil, err
		}
	}
	return json.Marshal(g.resultOf(id, response))
}

// resultOf is the answer to the request with that id, and logs what is ours in it.
func (g *graph) resultOf(id string, response *graphql.Response) result {
	answer := result{}
	if len(response.Data) > 0 {
		answer.Data = response.Data
	}
	for _, failure := range response.Errors {
		if len(failure.Path) == 0 {
			answer.Data = nil // the operation itself is unsound
		}
		answer.Errors = append(answer.Errors, g.problemOf(id, failure))
	}
	return answer
}

func (g *graph) problemOf(id string, failure *gqlerrors.QueryError) problem {
	p := problem{Message: failure.Message, Path: failure.Path, Locations: failure.Locations}
	code, err := console.CodeInvalid, failure.ResolverError
	switch {
	case err != nil:
		if code = console.CodeOf(err); code == console.CodeInternal {
			g.log.Error("graphql failed", "code", string(code), "path", failure.Path, "request_id", id, "err", err)
		}
		p.Message, p.State = sentence(err, id), stateOf(err)
	case strings.Contains(failure.Message, "could not unmarshal"):
		p.Message = "A variable or an argument has the wrong type." // the library tells Go's
	}
	p.Extensions = map[string]string{"code": replies[code].name}
	return p
}

// fieldNames are the dialect's names for the fields of the console.
var fieldNames = map[string]string{
	"scopes": "permissions", "valid_to": "expireAt", "ip_filter": "ipFilterId", "repository": "viewIds",
	"rules": "ipFilter", "email": "username", "maximum": "enforceExpirationAfterMs", "assets": "assetPermissionAssignments",
}

func stateOf(err error) map[string]string {
	e, ok := errors.AsType[*console.Error](err)
	if !ok || len(e.Fields) == 0 {
		return nil
	}
	state := map[string]string{}
	for field, sentence := range e.Fields {
		state[cmp.Or(fieldNames[field], field)] = sentence
	}
	return state
}

// MakePanicError is for the library: what is ours stays ours.
func (panics) MakePanicError(ctx context.Context, _ any) *gqlerrors.QueryError {
	return &gqlerrors.QueryError{Message: sentence(errPanic, idOf(ctx)), ResolverError: errPanic}
}

var errPanic = errors.New("an operation panicked")
