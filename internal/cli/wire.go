package cli

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"os"
	"os/user"
	"path/filepath"
	"time"

	"latchkey/internal/config"
	"latchkey/internal/console"
	"latchkey/internal/oidc"
	"latchkey/internal/password"
	"latchkey/internal/service"
	"latchkey/internal/store"
	"latchkey/web"
	"latchkey/web/gate"
	"latchkey/web/graph"
)

// load returns the configuration that flags and environment make.
func (p *program) load() (config.Config, error) { return config.Load(*p.settings, p.getenv) }

// logger writes what the program has to say about itself, to stderr.
func (p *program) logger(c config.Config) *slog.Logger {
	options := &slog.HandlerOptions{Level: c.LogLevel, ReplaceAttr: nameAlways}
	if c.LogFormat == "json" || c.LogFormat == "" && !p.terminal {
		return slog.New(slog.NewJSONHandler(p.stderr, options))
	}
	return slog.New(slog.NewTextHandler(p.stderr, options))
}

// nameAlways shows as information what no setting can turn off.
func nameAlways(groups []string, a slog.Attr) slog.Attr {
	if level, ok := a.Value.Any().(slog.Level); ok && len(groups) == 0 && a.Key == slog.LevelKey && level == levelAlways {
		a.Value = slog.AnyValue(slog.LevelInfo)
	}
	return a
}

// migrationLogger is for what migrations do: each of their statements, which
// is more than anybody wants to read who did not ask for it.
func (p *program) migrationLogger(c config.Config) *slog.Logger {
	if c.LogLevel > slog.LevelDebug {
		return slog.New(slog.DiscardHandler)
	}
	return p.logger(c)
}

// openStore opens the database and brings its schema up to date, making both
// if there are none yet.
func (p *program) openStore(ctx context.Context, c config.Config) (*store.Store, error) {
	keepFilesPrivate()
	if file, ok := c.SQLiteFile(); ok {
		if err := p.makeFile(file); err != nil {
			return nil, err
		}
	}
	st, err := store.Open(ctx, c.DatabaseURL, p.migrationLogger(c))
	if err != nil {
		return nil, err
	}
	if err := st.Migrate(ctx); err != nil {
		if _, away := errors.AsType[net.Error](err); away {
			err = console.Unavailable(err)
		}
		return nil, errors.Join(err, st.Close())
	}
	return st, nil
}

// makeFile makes an empty SQLite database that only its owner can read. It says
// so, because a typing mistake would otherwise look like lost data.
func (p *program) makeFile(path string) error {
	file, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("make the database: %w", err)
	}
	if full, err := filepath.Abs(path); err == nil {
		path = full
	}
	p.complain("Starting a new database in %s\n", path)
	return file.Close()
}

// openService opens everything below the surfaces, to live by the clock now.
// The returned function closes it again.
func (p *program) openService(ctx context.Context, c config.Config, now func() time.Time) (*service.Service, func() error, error) {
	st, err := p.openStore(ctx, c)
	if err != nil {
		return nil, nil, err
	}
	key, created, err := config.LoadKey(c)
	if err != nil {
		return nil, nil, errors.Join(err, st.Close())
	}
	svc, err := service.New(ctx, st, service.Options{
		Key:         key,
		OldKeys:     c.OldKeys(),
		Now:         now,
		Passwords:   password.New(0),
		Fixed:       c.Fixed(),
		FactorRoles: c.RequireSecondFactor,
		Providers:   providers(c, now),
	})
	if err != nil {
		if created && errors.Is(err, service.ErrOtherKey) { // it would pass for this database's key
			err = fmt.Errorf("the key file %s is missing, and %w", c.KeyFile, err)
			err = errors.Join(err, os.Remove(c.KeyFile))
		}
		return nil, nil, errors.Join(err, st.Close())
	}
	if created {
		p.complain("Made the key file %s. Keep a copy of it, apart from the database: without it no token can be verified.\n", c.KeyFile)
	}
	return svc, st.Close, nil
}

// providers are those of OpenID Connect. None is asked anything yet.
func providers(c config.Config, now func() time.Time) []service.Provider {
	all := make([]service.Provider, len(c.Providers))
	for i, settings := range c.Providers {
		all[i] = oidc.New(settings, c.ClientSecret(settings.ID), now)
	}
	return all
}

// newServer puts all HTTP surfaces together, to answer on listener.
func newServer(c config.Config, svc *service.Service, listener net.Listener, log *slog.Logger, o observers) *web.Server {
	drain := c.DrainDelay
	if drain == 0 {
		drain = -1 // to web, zero means its own default
	}
	asked := gate.Options{
		Issuer: address(c, listener), Client: web.ClientAddress(c.TrustedProxies), Log: log,
		Gateways: c.Gateways, Proxies: c.TrustedProxies,
	}
	options := web.Options{
		PublicURL:      c.PublicURL,
		Listen:         listener.Addr().String(),
		TrustedProxies: c.TrustedProxies,
		Log:            log,
		Gateways:       c.Gateways,
		Version:        version(),
		DrainDelay:     drain,
	}
	if o.metrics != nil {
		options.Measure, asked.Answers = o.metrics.Requests, o.metrics.Answer
	}
	if o.tracer != nil {
		options.Trace = o.tracer.Request
	}
	options.Gate = gate.Routes(svc, asked)
	options.Graph = graph.Mount(svc, graph.Options{Version: version(), Client: asked.Client, Log: log})
	return web.New(svc, options)
}

// withService runs do over an open service, as the program itself or as the
// person that --as names.
func (p *program) withService(ctx context.Context, do func(*service.Service, console.Principal) error) (err error) {
	c, err := p.load()
	if err != nil {
		return err
	}
	svc, closeAll, err := p.openService(ctx, c, time.Now)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, closeAll()) }()
	actor := operator()
	if p.as != "" {
		if actor, err = svc.ActAs(ctx, actor, p.as); err != nil {
			return err
		}
	}
	return do(svc, actor)
}

// operator is who acts on the command line: the program, for whoever runs it.
func operator() console.Principal {
	name := "Command line"
	if u, err := user.Current(); err == nil && u.Username != "" {
		name += " (" + u.Username + ")"
	}
	return console.System(name)
}
