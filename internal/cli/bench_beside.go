package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"latchkey/internal/console"
)

type benchBesideCommand struct {
	Tokens      int           `default:"10000" placeholder:"N" help:"How many synthetic tokens an empty database is filled with."`
	Presented   int           `default:"200" placeholder:"N" help:"How many tokens are asked about, in no order."`
	Connections int           `default:"8" placeholder:"N" help:"How many ask at once for what goes on beside verification."`
	Rounds      int           `default:"3" placeholder:"N" help:"How often each is measured, in turns."`
	Duration    time.Duration `default:"3s" placeholder:"DURATION" help:"How long one measurement takes."`
}

// besides is something that others ask for, over and over, while verification is
// measured.
type besides struct {
	name    string
	request func(ctx context.Context) (*http.Request, error)
	// wanted is what it is answered with where it has a place at all.
	wanted   int
	gate     paced
	answered atomic.Int64
	refused  atomic.Int64
}

// Run measures POST /introspect, asked every few milliseconds, alone and beside
// each of what else the server can be busy with, in turns, and prints both with
// their ratio.
func (b benchBesideCommand) Run(ctx context.Context, p *program) error {
	return p.withBench(ctx, b.Tokens, func(ctx context.Context, bench *bench) (err error) {
		questions, err := bench.present(ctx, b.Presented)
		if err != nil {
			return err
		}
		_, personal, err := bench.svc.CreatePersonalToken(ctx, console.Principal{ProvedAt: bench.svc.Now()}.As(bench.user), console.NewPersonalToken{GUID: console.NewGUID()})
		if err != nil {
			return err
		}
		base, stop, err := bench.serve(ctx, bench.svc)
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, stop()) }()
		m := &measurement{ctx: ctx, bench: bench}
		if err := m.signIn(base); err != nil {
			return err
		}
		loads := b.loads(m, personal.Reveal())
		for round := range 1 + max(1, b.Rounds) {
			for _, load := range loads {
				if err := b.measure(ctx, m, load, questions); err != nil {
					return fmt.Errorf("beside %s: %w", load.name, err)
				}
				if round == 0 { // was to warm up
					load.gate = paced{name: load.name}
					load.answered.Store(0)
					load.refused.Store(0)
				}
			}
		}
		return b.report(p, loads)
	})
}

// loads are the console, an export, and what programs ask for, as they should and
// as they should not.
func (b benchBesideCommand) loads(m *measurement, personal string) []*besides {
	page := func(path string) func(context.Context) (*http.Request, error) {
		return func(ctx context.Context) (*http.Request, error) {
			return http.NewRequestWithContext(ctx, http.MethodGet, m.base+path, nil)
		}
	}
	body := func(text []byte) func(context.Context) (*http.Request, error) {
		return func(ctx context.Context) (*http.Request, error) {
			r, err := http.NewRequestWithContext(ctx, http.MethodPost, m.base+"/graphql", bytes.NewReader(text))
			if err == nil {
				r.Header.Set("Authorization", "Bearer "+personal)
				r.Header.Set("Content-Type", "application/json")
			}
			return r, err
		}
	}
	document := func(text string) []byte {
		asked, _ := json.Marshal(map[string]string{"query": text}) // of a text it never fails
		return asked
	}
	rows := "tokens(sortBy:Name,limit:50){totalResults results{id name expireAt}}"
	batch := append(append([]byte("["), bytes.Repeat(append(document("{"+rows+"}"), ','), 999)...), append(document("{"+rows+"}"), ']')...)
	var aliases strings.Builder
	for i := range 50 {
		fmt.Fprintf(&aliases, "a%d:%s ", i, rows)
	}
	ok, bad := http.StatusOK, http.StatusBadRequest
	return []*besides{
		{name: "list pages", request: page("/tokens?status=active"), wanted: ok},
		{name: "exports", request: page("/tokens.csv?status=active"), wanted: ok},
		{name: "GraphQL", request: body(document("{" + rows + "}")), wanted: ok},
		{name: "GraphQL, 50 lists at once", request: body(document("{" + aliases.String() + "}")), wanted: ok},
		{name: "GraphQL, 10,000 fields", request: body(document("{viewer{" + strings.Repeat("id name ", 5000) + "}}")), wanted: ok},
		{name: "GraphQL, 15 levels of the schema", request: body(document("{__schema{types{" + strings.Repeat("interfaces{possibleTypes{", 5) + "name" + strings.Repeat("}}", 5) + "}}}")), wanted: ok},
		{name: "GraphQL, braces of 1 MB", request: body(document(strings.Repeat("{a", 240_000) + strings.Repeat("}", 240_000))), wanted: ok},
		{name: "GraphQL, a batch of 1,000", request: body(batch), wanted: bad},
	}
}

// measure asks alone and then beside a load, each for the same time.
func (b benchBesideCommand) measure(ctx context.Context, m *measurement, load *besides, questions [][]byte) error {
	load.gate.name = load.name
	asked := &paced{name: "verification", questions: questions, every: 2 * time.Millisecond}
	alone, end := context.WithCancel(ctx)
	defer end()
	time.AfterFunc(b.Duration, end)
	if err := askAll(alone, m.base, []*paced{asked}); err != nil {
		return err
	}
	load.gate.before = append(load.gate.before, asked.times...)
	meanwhile, end := context.WithCancel(ctx)
	defer end()
	time.AfterFunc(b.Duration, end)
	failures := make([]error, max(1, b.Connections))
	var others sync.WaitGroup
	for i := range failures {
		others.Go(func() { failures[i] = load.ask(meanwhile, m.client) })
	}
	err := askAll(meanwhile, m.base, []*paced{asked})
	others.Wait()
	load.gate.times = append(load.gate.times, asked.times...)
	return errors.Join(append(failures, err, ctx.Err())...)
}

// ask asks for the load, one after the other, until ctx ends.
func (l *besides) ask(ctx context.Context, client *http.Client) error {
	for ctx.Err() == nil {
		request, err := l.request(ctx)
		if err != nil {
			return err
		}
		answer, err := client.Do(request)
		if err != nil {
			break // ctx ended, or the next one says so
		}
		_, _ = io.Copy(io.Discard, answer.Body)
		_ = answer.Body.Close()
		switch answer.StatusCode {
		case l.wanted:
			l.answered.Add(1)
		case http.StatusTooManyRequests, http.StatusServiceUnavailable:
			l.refused.Add(1)
		default:
			return fmt.Errorf("answered %d", answer.StatusCode)
		}
	}
	return nil
}

func (b benchBesideCommand) report(p *program, loads []*besides) error {
	err := p.say("| verification beside | p50 ms alone | meanwhile | | p99 ms alone | meanwhile | | answered a second | refused a second |\n|---|---:|---:|---:|---:|---:|---:|---:|---:|\n")
	seconds := float64(max(1, b.Rounds)) * b.Duration.Seconds()
	for _, load := range loads {
		err = errors.Join(err, p.say("%s | %.0f | %.0f |\n", strings.TrimSuffix(load.gate.line(), " |\n"),
			float64(load.answered.Load())/seconds, float64(load.refused.Load())/seconds))
	}
	return err
}
