package service

import (
	"context"
	"database/sql"
	"fmt"
	"sync/atomic"
	"time"

	"latchkey/internal/console"
	"latchkey/internal/store"
)

// tallies is what figures are made of.
type tallies struct {
	skew      atomic.Pointer[time.Duration]
	auditHead atomic.Int64

	signInsRefused, factorsRefused, signInsThrottled atomic.Uint64
	sweeps, sweepsFailed                             atomic.Uint64
	usageFlushesFailed                               atomic.Uint64
}

// Figures is how the service is doing. It asks nobody.
func (s *Service) Figures() console.Figures {
	c := &s.figures
	f := console.Figures{
		AuditHead:      c.auditHead.Load(),
		SignInsRefused: c.signInsRefused.Load(), FactorsRefused: c.factorsRefused.Load(), SignInsThrottled: c.signInsThrottled.Load(),
		Sweeps: c.sweeps.Load(), SweepsFailed: c.sweepsFailed.Load(),
		UsageFlushesFailed: c.usageFlushesFailed.Load(),
		FactsLag:           s.facts.Lag(s.clock()),
	}
	f.FactsHits, f.FactsMisses, f.FactsTokens = s.facts.Count()
	if skew := c.skew.Load(); skew != nil {
		f.ClockSkew, f.ClockKnown = *skew, true
	}
	return f
}

// Pools are the pools of connections to the database, to be watched.
func (s *Service) Pools() map[string]*sql.DB { return s.store.Pools() }

// Observe has what is asked of the database told to begin. It is called before
// the service is used, if at all.
func (s *Service) Observe(begin store.Begin) error { return s.store.Observe(begin) }

const (
	// SkewWorth is how far our clock may differ from the database's before it
	// is worth a warning, and skewLimit before nobody should be sent here: what
	// is valid and what is not would depend on whom one asks.
	SkewWorth = 2 * time.Second
	skewLimit = 30 * time.Second
)

// CheckClock measures how far our clock is ahead of the database's. An answer
// that took longer than what is to be found says too little.
func (s *Service) CheckClock(ctx context.Context) (time.Duration, error) {
	before := s.clock()
	theirs, err := s.store.Now(ctx)
	if err != nil {
		return 0, err
	}
	took := s.clock().Sub(before)
	if took > SkewWorth {
		return 0, fmt.Errorf("the database took %v to tell the time", took)
	}
	skew := before.Add(took / 2).Sub(theirs)
	s.figures.skew.Store(&skew)
	return skew, nil
}

// checkSkew returns an error if the clock was too far off when it was measured last.
func (s *Service) checkSkew() error {
	if skew := s.figures.skew.Load(); skew != nil && skew.Abs() > skewLimit {
		return fmt.Errorf("this machine's clock is %v ahead of the database's", *skew)
	}
	return nil
}
