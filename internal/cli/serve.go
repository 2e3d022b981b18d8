package cli

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"strconv"
	"sync"
	"time"

	"golang.org/x/net/netutil"

	"latchkey/internal/config"
	"latchkey/internal/cores"
	"latchkey/internal/service"
)

type serveCommand struct{}

// Run serves until ctx ends, and then until what is under way is answered.
func (serveCommand) Run(ctx context.Context, p *program) (err error) {
	c, err := p.load()
	if err != nil {
		return err
	}
	svc, closeAll, err := p.openService(ctx, c, time.Now)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, closeAll()) }()
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", c.Listen)
	if err != nil {
		return fmt.Errorf("%w (LATCHKEY_LISTEN or --listen chooses another address)", err)
	}
	log := p.logger(c)
	observing, stopObserving, err := p.observe(ctx, c, svc, log)
	if err != nil {
		return errors.Join(err, listener.Close())
	}
	defer stopObserving()
	if err := p.welcome(ctx, c, svc, listener); err != nil {
		return errors.Join(err, listener.Close())
	}
	defer p.background(ctx, svc, log)()
	cores.Share()
	return newServer(c, svc, listener, log, observing).Serve(ctx, netutil.LimitListener(listener, connectionLimit))
}

// background starts what the server does beside answering, some of it until ctx
// ends. The returned function ends the rest: what is asked while the server
// finishes is answered and written down, too.
func (p *program) background(ctx context.Context, svc *service.Service, log *slog.Logger) (finish func()) {
	warn := func(message string) func(error) {
		return func(err error) { log.Warn(message, "err", err) }
	}
	sweeping, stop := context.WithCancel(ctx)
	using, stopUsing := context.WithCancel(context.WithoutCancel(ctx))
	go func() {
		defer cores.GoLast()()
		sweep(sweeping, svc, log)
	}()
	var work sync.WaitGroup
	work.Go(func() { tellHead(sweeping, svc, log) })
	work.Go(func() { watchClock(sweeping, svc, log) })
	work.Go(func() {
		defer cores.GoLast()()
		svc.WorkBulkJobs(sweeping, warn("working off bulk changes failed"))
	})
	work.Go(func() { svc.FollowChanges(using, warn("the database cannot be asked for changes")) })
	work.Go(func() { svc.KeepUsage(using, warn("writing down what was used failed")) })
	work.Go(func() {
		defer cores.GoBehind()()
		svc.KeepCounts(sweeping, warn("adding up what was counted failed"))
	})
	return func() {
		stopUsing()
		stop()
		work.Wait()
	}
}

// connectionLimit is how many connections are open at once; more wait outside,
// so that they cannot use up the process.
const connectionLimit = 8192

// welcome tells the person at the terminal where to go. The setup link is a
// credential, so it goes to stdout and never into the log.
func (p *program) welcome(ctx context.Context, c config.Config, svc *service.Service, listener net.Listener) error {
	code, err := svc.NewSetupCode(ctx)
	if err != nil {
		return err
	}
	here := address(c, listener)
	text := "Latchkey is ready on " + here + "\n"
	if code != "" {
		text += "\nMake the first account here:\n\n  " + here + "/setup/" + code +
			"\n\nThe link works once, within 30 minutes; the next start prints another.\n"
	}
	return p.say("%s", text)
}

// address is where people reach the console. A name to listen on is no name to
// be reached under, so without a public URL it is the address behind the name.
func address(c config.Config, listener net.Listener) string {
	if c.PublicURL != nil {
		return c.PublicURL.String()
	}
	at, ok := listener.Addr().(*net.TCPAddr)
	if !ok {
		return "http://" + listener.Addr().String()
	}
	host := at.IP.String()
	if at.IP.IsUnspecified() {
		host = "127.0.0.1"
	}
	return "http://" + net.JoinHostPort(host, strconv.Itoa(at.Port))
}

// sweepEvery is how often what is over is removed.
const sweepEvery = 10 * time.Minute

func sweep(ctx context.Context, svc *service.Service, log *slog.Logger) {
	ticker := time.NewTicker(sweepEvery)
	defer ticker.Stop()
	for {
		if err := svc.Sweep(ctx); err != nil && ctx.Err() == nil {
			log.Warn("removing what is over failed", "err", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
	}
}
