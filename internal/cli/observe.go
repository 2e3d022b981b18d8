package cli

import (
	"context"
	"fmt"
	"log/slog"
	"maps"
	"net"
	"slices"
	"time"

	"latchkey/internal/config"
	"latchkey/internal/metrics"
	"latchkey/internal/service"
	"latchkey/internal/tracing"
)

// observers tell operators how a server is doing. Each is nil unless it was
// asked for.
type observers struct {
	metrics *metrics.Metrics
	tracer  *tracing.Tracer
}

// observe starts what was asked for. The returned function ends it, after the
// server has ended.
func (p *program) observe(ctx context.Context, c config.Config, svc *service.Service, log *slog.Logger) (o observers, stop func(), err error) {
	var stopMetrics, stopTraces func()
	if o.tracer, stopTraces, err = p.sendTraces(ctx, svc, log); err != nil {
		return o, nil, err
	}
	if o.metrics, stopMetrics, err = serveMetrics(ctx, c.MetricsAddr, svc, log); err != nil {
		stopTraces()
		return o, nil, err
	}
	return o, func() { stopMetrics(); stopTraces() }, nil
}

// serveMetrics serves them at an address, if there is one.
func serveMetrics(ctx context.Context, at string, svc *service.Service, log *slog.Logger) (*metrics.Metrics, func(), error) {
	if at == "" {
		return nil, func() {}, nil
	}
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", at)
	if err != nil {
		return nil, nil, fmt.Errorf("%w (LATCHKEY_METRICS_ADDR or --metrics-addr chooses another address for metrics)", err)
	}
	m := metrics.New(version())
	m.Watch(svc.Figures)
	m.WatchPools(pools(svc))
	log.Info("metrics are served", "address", "http://"+listener.Addr().String()+"/metrics")
	serving, stop := context.WithCancel(context.WithoutCancel(ctx))
	served := make(chan struct{})
	go func() {
		defer close(served)
		if err := m.Serve(serving, listener, log); err != nil {
			log.Error("serving metrics failed", "err", err)
		}
	}()
	return m, func() { stop(); <-served }, nil
}

// sendTraces sends them to where the environment says, if it does.
func (p *program) sendTraces(ctx context.Context, svc *service.Service, log *slog.Logger) (*tracing.Tracer, func(), error) {
	asked, err := tracing.Asked(p.getenv)
	if err != nil || !asked {
		return nil, func() {}, err
	}
	tracer, err := tracing.Start(ctx, version(), log)
	if err == nil {
		err = svc.Observe(tracer.Statement)
	}
	if err != nil {
		return nil, nil, err
	}
	log.Info("traces are sent")
	return tracer, func() {
		if err := tracer.Stop(ctx); err != nil {
			log.Warn("the last traces were not sent", "err", err)
		}
	}, nil
}

func pools(svc *service.Service) []metrics.Pool {
	var all []metrics.Pool
	byName := svc.Pools()
	for _, name := range slices.Sorted(maps.Keys(byName)) {
		all = append(all, metrics.Pool{Name: name, DB: byName[name]})
	}
	return all
}

// clockEvery is how often the clocks are compared.
const clockEvery = 30 * time.Second

// watchClock compares this machine's clock with the database's until ctx ends.
func watchClock(ctx context.Context, svc *service.Service, log *slog.Logger) {
	ticker := time.NewTicker(clockEvery)
	defer ticker.Stop()
	for {
		compareClocks(ctx, svc, log)
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
	}
}

// clockPatience is how long the database may take to tell the time.
const clockPatience = 5 * time.Second

func compareClocks(ctx context.Context, svc *service.Service, log *slog.Logger) {
	ctx, cancel := context.WithTimeout(ctx, clockPatience)
	defer cancel()
	skew, err := svc.CheckClock(ctx)
	if err != nil {
		return // whoever needs the database says so
	}
	if skew.Abs() > service.SkewWorth {
		log.Warn("this machine's clock and the database's differ", "ahead", skew.Round(time.Millisecond).String())
	}
}
