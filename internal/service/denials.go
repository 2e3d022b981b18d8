package service

import (
	"cmp"
	"context"
	"errors"
	"maps"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"latchkey/internal/console"
)

// RecordDenial records what the policy refused before a transaction began, and
// returns it; what is no refusal passes. Verbs that change something wrap their
// first look at the actor in it, surfaces what they refuse before they ask a
// verb. What was recorded is not recorded again. Within a transaction nobody
// needs it: change records what was refused there.
func (s *Service) RecordDenial(ctx context.Context, actor console.Principal, refusal error, target console.Target) error {
	return s.noteDenial(ctx, actor, "", refusal, target)
}

// noteDenial records err if it says that actor, whom we know, may not do what
// they asked for. It returns err, or what went wrong with the record.
func (s *Service) noteDenial(ctx context.Context, actor console.Principal, perm console.Permission, err error, target console.Target) error {
	e, ok := errors.AsType[*console.Error](err)
	if !ok || e.Code != console.CodeForbidden && e.Denied == nil || !actor.Known() {
		return err
	}
	console.Deny(e, perm, target)
	if e.Denied.Recorded {
		return err
	}
	if known := e.Denied.Target; known.Name != "" || known.GUID != "" && target.GUID == "" {
		target = known
	}
	target.Name = recordable(target.Name)
	wanted := string(cmp.Or(e.Denied.Wanted, perm))
	event := actor.Did(console.AccessDenied, target, s.now())
	event.Reason = console.Sentence(e)
	event.Changes = []console.Change{{Field: "wanted", New: wanted}}
	if actor.Request != "" {
		event.Changes = append(event.Changes, console.Change{Field: "request", New: actor.Request})
	}
	key := strconv.Quote(string(actor.Kind)+" "+string(actor.GUID)+" "+actor.Name) + strconv.Quote(wanted+" "+actor.Request) +
		strconv.Quote(string(target.Kind)+" "+string(target.GUID)+" "+target.Name)
	if err := s.recordOnce(ctx, "denied "+key, event); err != nil {
		return err
	}
	e.Denied.Recorded = true
	return err
}

// conclude is what a change that ended with err is answered: what was denied is
// recorded, and what is stale says because of whom.
func (s *Service) conclude(ctx context.Context, actor console.Principal, perm console.Permission, err error, target console.Target) error {
	if e, ok := errors.AsType[*console.Error](err); ok && e.Stale != nil {
		s.blame(ctx, actor, e)
		return err
	}
	return s.noteDenial(ctx, actor, perm, err, target)
}

// blame says in a stale error who changed its target last, if the log tells.
func (s *Service) blame(ctx context.Context, actor console.Principal, stale *console.Error) {
	last, err := s.store.FindLastEvent(ctx, *stale.Stale, stale.Stale.Kind.Edits())
	if err != nil || last.Actor.Name == "" {
		return
	}
	who := last.Actor.Name
	if last.ActorKind == actor.Kind && last.Actor.GUID == actor.GUID && actor.GUID != "" {
		who = "You"
	}
	stale.Blame(who, s.now().Sub(last.At))
}

// recordable is a name that somebody typed who may do nothing with it, as a record
// has it: as names are, without what can't be shown and no longer than they are.
func recordable(name string) string {
	plain := []rune(strings.Map(func(r rune) rune {
		if !console.PlainLine(string(r)) {
			return -1
		}
		return r
	}, name))
	return string(plain[:min(len(plain), console.NameLimit)])
}

// recordThrottled notes that who had to wait before they could try again to
// show that they are target.
func (s *Service) recordThrottled(ctx context.Context, who console.Principal, target console.Target, by throttle) error {
	s.figures.signInsThrottled.Add(1)
	event := who.Did(console.SignInThrottled, target, s.now())
	event.Reason = "Too many tries " + by.of + "."
	return s.recordOnce(ctx, by.name, event)
}

const (
	// repeatPause is how often an event that repeats is recorded at most.
	repeatPause = time.Minute
	// repeatLimit is how many kinds of them are told apart at once.
	repeatLimit = 10_000
)

// repeats are the events of the last minute that anybody can cause as often as
// they like. Each is recorded once and then held back and counted, so that a
// flood cannot fill the audit log.
type repeats struct {
	mu   sync.Mutex
	seen map[string]*repeat
}

type repeat struct {
	// recorded is when it was recorded last.
	recorded time.Time
	// held is how often it happened since, latest the last time.
	held   int
	latest console.AuditEvent
}

// claim counts an event and reports how often it happened since it was recorded
// last; 0 if that was within a minute.
func (r *repeats) claim(key string, event console.AuditEvent) int {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.seen == nil {
		r.seen = map[string]*repeat{}
	}
	known := r.seen[key]
	if known == nil && len(r.seen) >= repeatLimit {
		key = string(event.Action)
		known = r.seen[key]
	}
	if known == nil {
		known = &repeat{}
		r.seen[key] = known
	}
	known.held++
	known.latest = event
	if !known.recorded.IsZero() && event.At.Sub(known.recorded) < repeatPause {
		return 0
	}
	count := known.held
	known.held, known.recorded = 0, event.At
	return count
}

// due takes out the events that were held back and are to be recorded now, with
// their numbers, and forgets those that did not happen again.
func (r *repeats) due(now time.Time, all bool) map[string]repeat {
	r.mu.Lock()
	defer r.mu.Unlock()
	due := map[string]repeat{}
	for key, known := range r.seen {
		switch over := now.Sub(known.recorded) >= repeatPause; {
		case known.held > 0 && (over || all):
			due[key] = *known
			known.held, known.recorded = 0, now
		case over:
			delete(r.seen, key)
		}
	}
	return due
}

// giveBack undoes what could not be recorded.
func (r *repeats) giveBack(key string, count int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if known := r.seen[key]; known != nil {
		known.held += count
		known.recorded = time.Time{}
	}
}

// recordOnce records event unless that happened within the last minute.
func (s *Service) recordOnce(ctx context.Context, key string, event console.AuditEvent) error {
	count := s.repeats.claim(key, event)
	if count == 0 {
		return nil
	}
	err := s.recordRepeat(ctx, event, count)
	if err != nil {
		s.repeats.giveBack(key, count)
	}
	return err
}

func (s *Service) recordRepeat(ctx context.Context, event console.AuditEvent, count int) error {
	event, err := s.complete(ctx, event)
	if err != nil {
		return err
	}
	if event.Action == console.SignInRefused {
		s.figures.signInsRefused.Add(uint64(count - 1)) // all but the one that record counts
	}
	event.Changes = append(slices.Clone(event.Changes), console.Change{Field: "attempts", New: strconv.Itoa(count)})
	return s.record(ctx, s.store, event)
}

// complete finds whom or what an event that was told in a hurry is about.
func (s *Service) complete(ctx context.Context, event console.AuditEvent) (console.AuditEvent, error) {
	if event.Action == console.SignInThrottled {
		if event.Target.GUID != "" {
			return event, nil
		}
		user, _, err := s.store.FindSignIn(ctx, event.Target.Name)
		if err == nil {
			event.Target.GUID = user.GUID
		} else if console.CodeOf(err) != console.CodeNotFound {
			return event, err
		}
		return event, nil
	}
	if event.Target.GUID == "" || !event.Target.GUID.Valid() {
		return event, nil
	}
	told, err := s.store.FindLastEvent(ctx, event.Target, nil)
	switch console.CodeOf(err) {
	case "":
		event.Target, event.Repositories = told.Target, told.Repositories
	case console.CodeNotFound:
		err = nil
	}
	return event, err
}

// RecordRepeats records what happened again within a minute of being recorded
// and was held back: what waited for a minute, or all of it.
func (s *Service) RecordRepeats(ctx context.Context, all bool) error {
	var failed error
	due := s.repeats.due(s.now(), all)
	for _, key := range slices.Sorted(maps.Keys(due)) {
		if err := s.recordRepeat(ctx, due[key].latest, due[key].held); err != nil {
			s.repeats.giveBack(key, due[key].held)
			failed = errors.Join(failed, err)
		}
	}
	return failed
}
