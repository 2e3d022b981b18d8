package cli

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net"
	"net/http"
	"net/url"
	"runtime"
	"slices"
	"time"

	"github.com/labstack/echo/v4"

	"latchkey/internal/console"
)

type benchGateCommand struct {
	Tokens      int           `default:"10000" placeholder:"N" help:"How many synthetic tokens an empty database is filled with."`
	Presented   int           `default:"2000" placeholder:"N" help:"How many tokens are asked about, in no order."`
	Connections int           `default:"32" placeholder:"N" help:"How many ask at once."`
	Rounds      int           `default:"5" placeholder:"N" help:"How often each is measured, in turns."`
	Duration    time.Duration `default:"2s" placeholder:"DURATION" help:"How long one measurement takes."`
}

// A contestant is a server that is asked the same questions.
type contestant struct {
	name    string
	address string
	rounds  []load
}

// Run measures POST /introspect, with who asks and what is used, of tokens seen
// before and of tokens that are not in memory, beside a bare handler of the same
// framework that answers the same bytes: in turns, in one process with the
// clients.
func (b benchGateCommand) Run(ctx context.Context, p *program) error {
	return p.withBench(ctx, b.Tokens, func(ctx context.Context, bench *bench) (err error) {
		questions, err := bench.present(ctx, b.Presented)
		if err != nil {
			return err
		}
		small, err := bench.service(ctx, 1)
		if err != nil {
			return err
		}
		seen, stopSeen, err := bench.serve(ctx, bench.svc)
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, stopSeen()) }()
		unseen, stopUnseen, err := bench.serve(ctx, small)
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, stopUnseen()) }()
		header, answer, err := firstAnswer(ctx, seen, questions[0])
		if err != nil {
			return err
		}
		bare, stopBare, err := serveBare(ctx, header, answer)
		if err != nil {
			return err
		}
		defer stopBare()
		each, err := b.remember(ctx, bench, seen, questions)
		if err != nil {
			return err
		}
		contestants := []*contestant{{name: "bare Echo", address: bare}, {name: "seen before", address: seen}, {name: "not in memory", address: unseen}}
		for range max(1, b.Rounds) {
			for _, one := range contestants {
				measured, err := generate(ctx, one.address, questions, b.Connections, b.Duration)
				if err != nil {
					return fmt.Errorf("%s: %w", one.name, err)
				}
				one.rounds = append(one.rounds, measured)
			}
		}
		facts := bench.svc.Figures()
		if err := p.say("| verification | requests a second | of bare Echo | p50 ms | p99 ms | p99 of bare Echo’s | processor µs | of bare Echo’s | allocations |\n|---|---:|---:|---:|---:|---:|---:|---:|---:|\n"); err != nil {
			return err
		}
		for _, one := range contestants {
			if err := p.say("%s", one.line(contestants[0])); err != nil {
				return err
			}
		}
		return p.say("\n%d tokens in memory, of about %d bytes each; %d answers from there, %d from the database.\n",
			facts.FactsTokens, each, facts.FactsHits, facts.FactsMisses)
	})
}

// line is a line of the table: the medians of all rounds, each beside the round
// of the bare handler just before it.
func (c *contestant) line(bare *contestant) string {
	var rates, shares, p50s, p99s, tails, costs, burdens, allocations []float64
	for i, round := range c.rounds {
		rates = append(rates, round.rate())
		shares = append(shares, 100*round.rate()/bare.rounds[i].rate())
		p50s = append(p50s, round.p50.Seconds()*1000)
		p99s = append(p99s, round.p99.Seconds()*1000)
		tails = append(tails, round.p99.Seconds()/bare.rounds[i].p99.Seconds())
		costs = append(costs, round.cost())
		burdens = append(burdens, round.cost()/bare.rounds[i].cost())
		allocations = append(allocations, float64(round.allocations)/float64(round.answers))
	}
	return fmt.Sprintf("| %s | %.0f | %.0f %% | %.2f | %.2f | %.2f | %.1f | %.2f | %.0f |\n", c.name,
		median(rates), median(shares), median(p50s), median(p99s), median(tails), median(costs), median(burdens), median(allocations))
}

// remember has all questions' tokens in memory, with none of them used for the
// first time after that, and returns how many bytes each takes.
func (b benchGateCommand) remember(ctx context.Context, bench *bench, address string, questions [][]byte) (each int, err error) {
	// What the first questions of all take is no token's.
	if _, err := generate(ctx, address, questions[:1], b.Connections, b.Duration/4); err != nil {
		return 0, err
	}
	before, known := heap(), bench.svc.Figures().FactsTokens
	if _, err := generate(ctx, address, questions, b.Connections, b.Duration); err != nil {
		return 0, err
	}
	return (heap() - before) / max(1, bench.svc.Figures().FactsTokens-known), nil
}

// heap is how many bytes are in use.
func heap() int {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int(m.HeapAlloc)
}

func median(values []float64) float64 {
	slices.Sort(values)
	return values[len(values)/2]
}

// present makes tokens, which end in a day, and returns a question to POST
// /introspect about each, from one that may ask about them.
func (b *bench) present(ctx context.Context, n int) (questions [][]byte, err error) {
	repositories, err := b.svc.RepositoryNames(ctx, b.actor, console.RepositoryRead, console.KindRepository)
	if err != nil || len(repositories) == 0 {
		return nil, errors.Join(err, errors.New("the database has no repository: use one that a benchmark filled"))
	}
	run, end := string(console.NewGUID()[:8]), b.svc.Now().AddDate(0, 0, 1)
	create := func(name string, scope string) (console.Secret, error) {
		_, secret, err := b.svc.CreateToken(ctx, b.actor, console.NewToken{
			GUID: console.NewGUID(), Type: console.TypeRepository, Name: name, Repositories: []console.GUID{repositories[0].GUID}, Scopes: []string{scope}, ValidTo: end,
		})
		return secret, err
	}
	caller, err := create("bench "+run+" caller", console.ScopeIntrospect)
	if err != nil {
		return nil, err
	}
	for i := range max(1, n) {
		secret, err := create(fmt.Sprintf("bench %s %d", run, i), "ReadAccess")
		if err != nil {
			return nil, err
		}
		questions = append(questions, introspectionRequest(caller, secret))
	}
	return questions, nil
}

func introspectionRequest(caller, presented console.Secret) []byte {
	body := url.Values{"token": {presented.Reveal()}}.Encode()
	return fmt.Appendf(nil, "POST /introspect HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer %s\r\n"+
		"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: %d\r\n\r\n%s", caller.Reveal(), len(body), body)
}

// serveBare serves a handler that answers everything with the same bytes, header
// lines included.
func serveBare(ctx context.Context, header http.Header, body []byte) (base string, stop func(), err error) {
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return "", nil, err
	}
	e := echo.New()
	e.POST("/introspect", func(c echo.Context) error {
		maps.Copy(c.Response().Header(), header)
		return c.Blob(http.StatusOK, echo.MIMEApplicationJSON, body)
	})
	server := &http.Server{Handler: e, ReadHeaderTimeout: 5 * time.Second}
	go func() { _ = server.Serve(listener) }()
	return "http://" + listener.Addr().String(), func() { _ = server.Close() }, nil
}
