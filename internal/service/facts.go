package service

import (
	"context"
	"net/netip"
	"sync/atomic"
	"time"

	"latchkey/internal/console"
	"latchkey/internal/gate"
	"latchkey/internal/store"
)

// A fact is what was read of a secret that was presented.
type fact struct {
	store.FoundSecret
	// used is whether it is known to have been used.
	used atomic.Bool
	// place is where its uses are collected.
	place gate.Place
}

const (
	// lookupPatience is how long the database may take to answer verification,
	// less than gateways wait for us. Whoever asks has a request of their own
	// waiting, and is better served by an early refusal.
	lookupPatience = 800 * time.Millisecond
	// One batch at a time is the fastest: while it is under way the next one grows,
	// and two would only take turns on the cores.
	lookupWorkers = 1
	lookupBatch   = 64
	lookupLimit   = 2048
)

func (s *Service) newLookups() *gate.Queue[*fact] {
	return &gate.Queue[*fact]{Ask: s.findSecrets, Patience: lookupPatience, Workers: lookupWorkers, Batch: lookupBatch, Limit: lookupLimit}
}

func (s *Service) findSecrets(ctx context.Context, ids []gate.SecretID) (map[gate.SecretID]*fact, error) {
	hashes := make([][]byte, len(ids))
	for i := range ids {
		hashes[i] = ids[i][:]
	}
	all := make(map[gate.SecretID]*fact, len(ids))
	err := s.store.FindSecrets(ctx, hashes, func(hash []byte, found store.FoundSecret, own []console.Scope) {
		found.IPFilter.Text = s.ipRules.same(found.IPFilter)
		if found.Holder != nil {
			found.Token = found.Token.HeldBy(*found.Holder, found.Token.Repositories, console.BuiltIn().With(own))
		}
		one := &fact{FoundSecret: found}
		one.used.Store(!found.Secret.UsedAt.IsZero())
		all[gate.SecretID(hash)] = one
	})
	return all, err
}

// find returns what is known of a token's secret, and its hash by the key that
// it was made with: from memory, if it is there and nothing can have changed, or
// from the database, if it can be one. Nil is a secret that does not exist. It tells at which
// instant that is so.
func (s *Service) find(ctx context.Context, token console.GUID, secret console.Secret) (one *fact, id gate.SecretID, remembered bool, at time.Time, err error) {
	at = s.clock()
	for i := range s.keys.all {
		id = s.keys.all[i].secretID(secret)
		if one, ok := s.facts.Find(token, id, at); ok {
			return one, id, true, at, nil
		}
	}
	if !secret.Whole() {
		return nil, id, false, at, nil
	}
	mark := s.facts.Mark()
	// All of them, so that it takes as long whether there is one or not.
	for i := range s.keys.all {
		hashed := s.keys.all[i].secretID(secret)
		found, exists, err := s.lookups.Get(ctx, hashed)
		if err != nil {
			return nil, id, false, s.clock(), err
		}
		if exists && found.Token.GUID == token {
			one, id = found, hashed
		}
	}
	if one != nil {
		s.facts.Keep(mark, token, id, one, at)
	}
	return one, id, false, s.clock(), nil
}

// asUnknown lets what was remembered of p take as long as a secret that does not
// exist, and fail as that does, so that whoever is told nothing learns nothing.
func (s *Service) asUnknown(ctx context.Context, p presented) error {
	if !p.remembered {
		return nil
	}
	for range s.keys.all {
		if _, _, err := s.lookups.Get(ctx, p.id); err != nil {
			return err
		}
	}
	return nil
}

const (
	// followEvery is how often the log is asked for what others recorded, if
	// nobody says that there is something.
	followEvery = 200 * time.Millisecond
	// followPatience is how long such a question may take. Without an answer the
	// facts are soon not believed any more, so that it is asked again early.
	followPatience = 500 * time.Millisecond
	followBatch    = 500
	listenAgain    = time.Second
)

// FollowChanges keeps what verification knows true, until ctx ends: everything
// that changes is in the audit log, so it reads what is added there, by whatever
// process, and forgets what that is about. It tells failed of each time that the
// database ceases to answer. Before it begins nothing is kept in memory.
func (s *Service) FollowChanges(ctx context.Context, failed func(error)) {
	heard := make(chan struct{}, 1)
	go s.listen(ctx, heard)
	ticker := time.NewTicker(followEvery)
	defer ticker.Stop()
	last, away := int64(-1), false
	for ctx.Err() == nil {
		next, err := s.follow(ctx, last)
		if err != nil && !away && ctx.Err() == nil {
			failed(err)
		}
		last, away = next, err != nil
		select {
		case <-ctx.Done():
		case <-heard:
		case <-ticker.C:
		}
	}
}

// listen makes it known when the database says that something was recorded.
func (s *Service) listen(ctx context.Context, heard chan<- struct{}) {
	for ctx.Err() == nil {
		_ = s.store.Listen(ctx, func() { // who cannot hear still asks
			select {
			case heard <- struct{}{}:
			default:
			}
		})
		select {
		case <-ctx.Done():
		case <-time.After(listenAgain):
		}
	}
}

// follow reads what was recorded after the event with that number, and returns
// the number of the last one. A negative number begins at the end of the log.
func (s *Service) follow(ctx context.Context, last int64) (int64, error) {
	ctx, cancel := context.WithTimeout(ctx, followPatience)
	defer cancel()
	if last < 0 {
		head, err := s.store.FindAuditHead(ctx)
		if err != nil {
			return last, err
		}
		s.facts.ForgetAll() // what was read before may be older than the head
		last = head.ID
	}
	for {
		at := s.clock()
		events, err := s.store.ListRecorded(ctx, last, followBatch)
		if err != nil {
			return last, err
		}
		s.forget(events)
		if len(events) > 0 {
			last = events[len(events)-1].ID
		}
		if len(events) < followBatch {
			s.facts.Prove(at)
			return last, nil
		}
	}
}

// forget drops the facts that these events made untrue.
func (s *Service) forget(events []console.AuditEvent) {
	for _, event := range events {
		switch {
		case event.Action == console.TokenRefused: // nothing changed
		case event.Target.Kind == console.TargetToken && event.Target.GUID != "":
			s.facts.Forget(event.Target.GUID)
		case event.Action.ChangesTokens():
			s.facts.ForgetAll()
		case event.Action.ChangesPeople():
			s.facts.ForgetIf(func(one *fact) bool { return one.Holder != nil })
		}
	}
}

// presented is what a presented token string is worth, and which secret it is.
type presented struct {
	console.Introspection
	// at is when it is worth that.
	at   time.Time
	id   gate.SecretID
	fact *fact
	// remembered is whether the database was not asked.
	remembered bool
}

// look looks up a token string. What cannot be one never reaches the database,
// and a secret that has ended is as unknown as one that never was.
func (s *Service) look(ctx context.Context, text string, client netip.Addr) (presented, error) {
	guid, secret, ok := console.SplitSecret(text)
	if !ok {
		return presented{Introspection: unknown}, nil
	}
	found, id, remembered, at, err := s.find(ctx, guid, secret)
	if err != nil {
		return presented{}, err
	}
	now := console.Instant(at)
	p := presented{Introspection: unknown, at: now, id: id, fact: found, remembered: remembered}
	if found != nil && found.Secret.Live(now) && !s.replaced(&found.FoundSecret) {
		p.Introspection = found.Token.Introspect(now)
		if found.Holder != nil && p.Active && s.LacksFactor(*found.Holder) {
			p.Active, p.Reason = false, console.ReasonDisabled // until they set one up
		}
		if found.IPFilter.GUID != "" && p.Active {
			p.Introspection = p.From(s.ipRules.judge(found.IPFilter, client))
		}
	}
	if !p.Active {
		return p, s.asUnknown(ctx, p)
	}
	return p, nil
}
