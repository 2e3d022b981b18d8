package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"latchkey/internal/console"
	"latchkey/internal/cores"
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
	name string
	// questions are whole requests, each on a connection for it alone: who ask at once
	// take turns with them.
	questions [][]byte
	// wanted is the status that it is answered with where it has a place at all.
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
		loads, err := b.loads(m, personal.Reveal())
		if err != nil {
			return err
		}
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
func (b benchBesideCommand) loads(m *measurement, personal string) ([]*besides, error) {
	page, err := m.question("/tokens?status=active", "Connection: close\r\n")
	if err != nil {
		return nil, err
	}
	export, err := m.question("/tokens.csv?status=active", "Connection: close\r\n")
	if err != nil {
		return nil, err
	}
	body := func(text []byte) []byte {
		return fmt.Appendf(nil, "POST /graphql HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nAuthorization: Bearer %s\r\n"+
			"Content-Type: application/json\r\nContent-Length: %d\r\n\r\n%s", personal, len(text), text)
	}
	document := func(text string) []byte {
		asked, _ := json.Marshal(map[string]string{"query": text}) // of a text it never fails
		return asked
	}
	rows := "tokens(sortBy:Name,limit:50){totalResults results{id name expireAt}}"
	batch := append(append([]byte("["), bytes.Repeat(append(document("{"+rows+"}"), ','), 999)...), append(document("{"+rows+"}"), ']')...)
	lists := body(document("{" + rows + "}"))
	var aliases strings.Builder
	for i := range 50 {
		fmt.Fprintf(&aliases, "a%d:%s ", i, rows)
	}
	ok, bad := http.StatusOK, http.StatusBadRequest
	return []*besides{
		{name: "list pages", questions: [][]byte{page}, wanted: ok},
		{name: "pages, exports and GraphQL at once", questions: [][]byte{page, export, lists}, wanted: ok},
		{name: "exports", questions: [][]byte{export}, wanted: ok},
		{name: "GraphQL", questions: [][]byte{lists}, wanted: ok},
		{name: "GraphQL, 50 lists at once", questions: [][]byte{body(document("{" + aliases.String() + "}"))}, wanted: ok},
		{name: "GraphQL, 10,000 fields", questions: [][]byte{body(document("{viewer{" + strings.Repeat("id name ", 5000) + "}}"))}, wanted: ok},
		{name: "GraphQL, 15 levels of the schema", questions: [][]byte{body(document("{__schema{types{" + strings.Repeat("interfaces{possibleTypes{", 5) + "name" + strings.Repeat("}}", 5) + "}}}"))}, wanted: ok},
		{name: "GraphQL, braces of 1 MB", questions: [][]byte{body(document(strings.Repeat("{a", 240_000) + strings.Repeat("}", 240_000)))}, wanted: ok},
		{name: "GraphQL, a batch of 1,000", questions: [][]byte{body(batch)}, wanted: bad},
	}, nil
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
		// Elsewhere they would be other machines.
		others.Go(func() {
			failures[i] = cores.Behind(func() error { return load.ask(meanwhile, m.base, load.questions[i%len(load.questions)]) })
		})
	}
	err := askAll(meanwhile, m.base, []*paced{asked})
	others.Wait()
	load.gate.times = append(load.gate.times, asked.times...)
	return errors.Join(append(failures, err, ctx.Err())...)
}

// ask asks for the load, one after the other, until ctx ends.
func (l *besides) ask(ctx context.Context, base string, question []byte) error {
	buffer := make([]byte, 64<<10)
	for ctx.Err() == nil {
		status, err := once(ctx, strings.TrimPrefix(base, "http://"), question, buffer)
		switch {
		case ctx.Err() != nil:
		case errors.Is(err, syscall.ECONNRESET), errors.Is(err, syscall.EPIPE): // it was not read to its end
			l.refused.Add(1)
		case err != nil:
			return err
		case status == l.wanted:
			l.answered.Add(1)
		case status == http.StatusTooManyRequests || status == http.StatusServiceUnavailable:
			l.refused.Add(1)
		default:
			return fmt.Errorf("answered %d", status)
		}
	}
	return nil
}

// once asks once, reads the answer to its end and returns its status.
func once(ctx context.Context, address string, question, buffer []byte) (status int, err error) {
	conn, err := new(net.Dialer).DialContext(ctx, "tcp", address)
	if err != nil {
		return 0, err
	}
	defer func() { _ = conn.Close() }()
	defer context.AfterFunc(ctx, func() { _ = conn.Close() })()
	if _, err := conn.Write(question); err != nil {
		return 0, err
	}
	n, err := io.ReadAtLeast(conn, buffer, len("HTTP/1.1 200"))
	if err != nil {
		return 0, err
	}
	if status, err = strconv.Atoi(string(buffer[len("HTTP/1.1 "):len("HTTP/1.1 200")])); err != nil {
		return 0, fmt.Errorf("the answer was %q", buffer[:n])
	}
	for err == nil {
		_, err = conn.Read(buffer)
	}
	if err == io.EOF {
		err = nil
	}
	return status, err
}

func (b benchBesideCommand) report(p *program, loads []*besides) error {
	err := p.say("| verification beside | p50 ms alone | meanwhile | | p99 ms alone | meanwhile | | answered a second | refused a second |\n|---|---:|---:|---:|---:|---:|---:|---:|---:|\n")
	seconds := float64(max(1, b.Rounds)) * b.Duration.Seconds()
	for _, load := range loads {
		err = errors.Join(err, p.say("%s | %.0f | %.0f |\n", strings.TrimSuffix(load.gate.line(.5, .99), " |\n"),
			float64(load.answered.Load())/seconds, float64(load.refused.Load())/seconds))
	}
	return err
}
