// Package graph is the API for programs: GraphQL in LogScale's dialect. Whoever
// asks brings a token string. There are no sessions, no cookies and no HTML, and
// every resolver calls the verbs that the console's pages call.
package graph

import (
	"context"
	_ "embed"
	"fmt"
	"log/slog"
	"net/http"
	"net/netip"
	"runtime/debug"
	"time"

	"github.com/graph-gophers/graphql-go"
	"github.com/graph-gophers/graphql-go/log"
	"github.com/labstack/echo/v4"

	"latchkey/internal/console"
	"latchkey/internal/cores"
	"latchkey/internal/service"
)

// Options are what the API needs beside the service.
type Options struct {
	// Version is that of the program.
	Version string
	// Client tells from which address a request comes; the zero address is an
	// unknown one, from which no token works that has an IP filter. So are all
	// without Client.
	Client func(*http.Request) netip.Addr
	Log    *slog.Logger
}

//go:embed schema.graphqls
var schema string

type graph struct {
	svc     *service.Service
	version string
	client  func(*http.Request) netip.Addr
	log     *slog.Logger
	schema  *graphql.Schema
	places  *places
	began   time.Time
}

// Mount returns what adds the API's routes to a group. The group brings the
// request's id, the security headers, recovery and the access log. It panics if
// the schema does not fit the resolvers.
func Mount(svc *service.Service, o Options) func(*echo.Group) {
	return newGraph(svc, o).mount
}

func newGraph(svc *service.Service, o Options) *graph {
	if o.Client == nil {
		o.Client = func(*http.Request) netip.Addr { return netip.Addr{} }
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	g := &graph{
		svc: svc, version: dialectVersion + "--latchkey-" + o.Version, client: o.Client, log: o.Log,
		places: newPlaces(cores.Count()), began: svc.Clock(),
	}
	g.schema = graphql.MustParseSchema(schema, &root{svc: svc, version: g.version},
		graphql.UseStringDescriptions(), graphql.MaxDepth(depthLimit), graphql.MaxSelections(selectionLimit),
		graphql.OverlapValidationLimit(overlapLimit), graphql.MaxParallelism(parallelism),
		graphql.Tracer(counter{}), graphql.Logger(log.LoggerFunc(g.logPanic)), graphql.PanicHandler(panics{}))
	return g
}

// dialectVersion is the version of LogScale whose schema this is: some clients
// ask for it before they ask for anything else.
const dialectVersion = "1.204.0"

// mount also answers below one more segment: a base address may have a path, which
// not every proxy takes away.
func (g *graph) mount(group *echo.Group) {
	for _, base := range []string{"", "/:prefix"} {
		group.Any(base+"/graphql", g.answer)
		group.RouteNotFound(base+"/graphql", g.answer) // methods that Any does not know
		for path, handle := range map[string]echo.HandlerFunc{"/api/v1/status": g.status, "/api/v1/health-json": g.health} {
			group.GET(base+path, handle)
			group.HEAD(base+path, handle)
		}
	}
}

// asking is the request that a resolver answers a part of.
type asking struct {
	service.Caller
	// id is the request's.
	id   string
	cost cost
}

type askingKey struct{}

func askedBy(ctx context.Context) *asking {
	a, _ := ctx.Value(askingKey{}).(*asking)
	return a
}

// caller is who asks.
func caller(ctx context.Context) console.Principal { return askedBy(ctx).Principal }

// patience is how long an operation may take.
const patience = 2 * time.Second

// answer answers POST /graphql.
func (g *graph) answer(c echo.Context) error {
	c.Response().Header().Set(echo.HeaderCacheControl, "no-store")
	ctx := c.Request().Context()
	a, err := g.known(ctx, c)
	if err != nil {
		return g.refuse(c, err)
	}
	own, forget, err := g.places.admit(a.GUID)
	if err != nil {
		c.Response().Header().Set(echo.HeaderConnection, "close") // else the server reads the body first
		return g.refuse(c, err)
	}
	defer forget()
	body, err := readBody(c)
	if err != nil {
		return g.refuse(c, err)
	}
	var answer []byte
	err = g.inPlace(ctx, own, func() error {
		r, err := decode(body)
		if err != nil {
			return err
		}
		var response *graphql.Response
		if r.Query, err = measure(r.Query); err != nil {
			response = failed(err)
		} else if response, err = g.run(ctx, a, r); err != nil {
			return err
		}
		answer, err = g.encode(a.id, response)
		return err
	})
	if err != nil {
		return g.refuse(c, err)
	}
	return c.JSONBlob(http.StatusOK, answer)
}

// inPlace lets do answer when there is a place for it, and not at all if there is
// none for long: all that takes work is done there, behind verification.
func (g *graph) inPlace(ctx context.Context, own *callerPlaces, do func() error) error {
	leave, err := g.places.enter(ctx, own)
	if err != nil {
		return err
	}
	defer leave()
	return cores.Behind(func() (err error) {
		defer func() {
			if cause := recover(); cause != nil { // here, it still knows where it was
				g.logPanic(ctx, cause)
				err = errPanic
			}
		}()
		return do()
	})
}

// run runs an operation. It fails if that takes too long.
func (g *graph) run(ctx context.Context, a *asking, r request) (*graphql.Response, error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	running, stop := context.WithCancelCause(context.WithValue(ctx, askingKey{}, a))
	defer stop(nil)
	a.cost.stop = stop
	response := g.schema.Exec(running, r.Query, r.OperationName, r.Variables)
	if err := context.Cause(running); err != nil {
		if ctx.Err() != nil {
			return nil, console.Unavailable(err) // out of patience, or the asker is gone
		}
		return failed(err), nil
	}
	return response, nil
}

// panics is what is said when a resolver panics.
type panics struct{}

func (g *graph) logPanic(ctx context.Context, value any) {
	g.log.Error("graphql panicked", "request_id", idOf(ctx), "err", fmt.Sprint(value), "stack", string(debug.Stack()))
}

func idOf(ctx context.Context) string {
	if a := askedBy(ctx); a != nil {
		return a.id
	}
	return ""
}
