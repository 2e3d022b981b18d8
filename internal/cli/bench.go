package cli

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"time"

	"latchkey/internal/config"
	"latchkey/internal/console"
	"latchkey/internal/cores"
	"latchkey/internal/metrics"
	"latchkey/internal/password"
	"latchkey/internal/service"
	"latchkey/internal/store"
)

type benchCommand struct {
	Pages  benchPagesCommand  `cmd:"" default:"withargs" help:"Measure the token page beside its bare SQL."`
	Gate   benchGateCommand   `cmd:"" help:"Measure verification beside a bare handler that answers the same bytes."`
	Bulk   benchBulkCommand   `cmd:"" help:"Measure verification and the token page while a bulk change is worked off."`
	Beside benchBesideCommand `cmd:"" help:"Measure verification alone and beside pages, exports, and what programs ask for."`
}

// bench is what a benchmark runs on: a filled database and an account of its own.
type bench struct {
	p        *program
	c        config.Config
	key      []byte
	st       *store.Store
	svc      *service.Service
	actor    console.Principal
	user     console.User
	email    string
	password string
	// opened is what it took to open the database and the service over it.
	opened time.Duration
}

// withBench runs do on a database with that many synthetic tokens, if it was
// empty, or on one that an earlier run filled.
func (p *program) withBench(ctx context.Context, tokens int, do func(context.Context, *bench) error) (err error) {
	c, err := p.load()
	if err != nil {
		return err
	}
	c.Listen, c.PublicURL = "127.0.0.1:0", nil
	start := time.Now()
	st, err := p.openStore(ctx, c)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, st.Close()) }()
	b := &bench{p: p, c: c, st: st, actor: operator()}
	if b.key, _, err = config.LoadKey(c); err != nil {
		return err
	}
	if b.svc, err = b.service(ctx, 0); err != nil {
		return err
	}
	b.opened = time.Since(start)
	if err := b.fill(ctx, tokens); err != nil {
		return err
	}
	return do(ctx, b)
}

// service is another service over the same database, which remembers facts of
// so many tokens.
func (b *bench) service(ctx context.Context, facts int) (*service.Service, error) {
	return service.New(ctx, b.st, service.Options{Key: b.key, Now: time.Now, Passwords: password.New(0), Facts: facts,
		Fixed: console.SettingsPatch{Retention: new(time.Duration)}}) // what is measured stays
}

// fill fills an empty database, and makes an account for this run alone.
func (b *bench) fill(ctx context.Context, tokens int) error {
	filled, err := b.st.AnyUser(ctx)
	if err != nil {
		return err
	}
	b.email = "bench-" + string(console.NewGUID()[:8]) + "@localhost.example"
	b.password = string(console.NewGUID())
	b.user, err = b.svc.CreateUser(ctx, b.actor, console.NewUser{Name: "Benchmark", Email: b.email, Password: b.password, Role: console.RoleOwner})
	if err != nil || filled {
		return err
	}
	start := time.Now()
	if err := b.svc.FillSynthetic(ctx, b.actor, tokens); err != nil {
		return err
	}
	b.p.complain("Filled %d tokens in %s.\n", tokens, time.Since(start).Round(100*time.Millisecond))
	return nil
}

// serve starts the whole server over svc, with its work in the background, and
// returns its address and what stops it. It is measured as in earnest; its log
// goes nowhere, as JSON.
func (b *bench) serve(ctx context.Context, svc *service.Service) (base string, stop func() error, err error) {
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", b.c.Listen)
	if err != nil {
		return "", nil, err
	}
	log := slog.New(slog.NewJSONHandler(io.Discard, &slog.HandlerOptions{Level: b.c.LogLevel}))
	serving, cancel := context.WithCancel(ctx)
	cores.Share()
	finish := b.p.background(serving, svc, log)
	served := make(chan error, 1)
	go func() {
		served <- newServer(b.c, svc, listener, log, observers{metrics: metrics.New(version())}).Serve(serving, listener)
	}()
	return "http://" + listener.Addr().String(), func() error {
		cancel()
		err := <-served
		finish()
		return err
	}, nil
}
