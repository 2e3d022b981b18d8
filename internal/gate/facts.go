package gate

import (
	"hash/maphash"
	"maps"
	"sync"
	"sync/atomic"
	"time"

	"latchkey/internal/console"
)

const (
	// Trust is for how long facts are believed without a proof that nothing
	// changed: less than the second in which a change must be seen everywhere,
	// by as much as an answer may take.
	Trust = 900 * time.Millisecond
	// FactAge is how old a fact becomes at most, whatever the proofs say, so that
	// nothing that was written past the console stays unseen.
	FactAge = time.Minute
	// factShards is how many parts the facts are in, of which each has its own lock.
	factShards = 64
)

// Facts is what was last read about secrets that were presented: never what
// follows from it, which depends on the instant and on who asks. It is bounded,
// and believed only as long as somebody proves that nothing changed.
type Facts[F any] struct {
	seed   maphash.Seed
	limit  int // of a shard
	shards [factShards]factShard[F]
	// changes counts what was forgotten, so that what was read before is not
	// kept after it.
	changes atomic.Uint64
	proved  atomic.Pointer[time.Time]
}

type factShard[F any] struct {
	mu    sync.RWMutex
	facts map[console.GUID]*fact[F]
	// hits and misses are how often it answered, and how often it could not.
	hits, misses atomic.Uint64
	_            [64]byte // a cache line of its own
}

// fact is what is known of a secret, and next what of another one of its token.
type fact[F any] struct {
	id   SecretID
	read time.Time
	fact F
	next *fact[F]
	// asked is whether it answered since room was sought in its place.
	asked atomic.Bool
}

// NewFacts returns facts about at most about that many tokens.
func NewFacts[F any](limit int) *Facts[F] {
	f := &Facts[F]{seed: maphash.MakeSeed(), limit: max(1, limit/factShards)}
	for i := range f.shards {
		f.shards[i].facts = map[console.GUID]*fact[F]{}
	}
	return f
}

func (f *Facts[F]) shard(token console.GUID) *factShard[F] {
	return &f.shards[maphash.String(f.seed, string(token))%factShards]
}

// Find returns what is known of a token's secret, if that is still believed.
func (f *Facts[F]) Find(token console.GUID, id SecretID, now time.Time) (known F, ok bool) {
	s := f.shard(token)
	if f.Lag(now) >= Trust {
		s.misses.Add(1)
		return known, false
	}
	s.mu.RLock()
	for one := s.facts[token]; one != nil; one = one.next {
		if one.id == id && now.Sub(one.read) < FactAge {
			known, ok = one.fact, true
			if !one.asked.Load() {
				one.asked.Store(true)
			}
			break
		}
	}
	s.mu.RUnlock()
	if ok {
		s.hits.Add(1)
	} else {
		s.misses.Add(1)
	}
	return known, ok
}

// Lag is how long ago somebody proved that nothing had changed that the facts
// do not show; longer than any trust if nobody ever did.
func (f *Facts[F]) Lag(now time.Time) time.Duration {
	proved := f.proved.Load()
	if proved == nil {
		return FactAge
	}
	return now.Sub(*proved)
}

// Prove says that at that instant all changes were known here.
func (f *Facts[F]) Prove(at time.Time) { f.proved.Store(&at) }

// A Mark is a moment in the sequence of changes.
type Mark uint64

// Mark is what to note before a fact is read, and to keep it with.
func (f *Facts[F]) Mark() Mark { return Mark(f.changes.Load()) }

// Keep remembers what was read at an instant after the mark, unless something
// was forgotten meanwhile: that may have been read too early. It remembers
// nothing while nobody proves anything. Where there is no room it takes the place
// of something that nobody asks for, so that who is asked for once does not drive
// out who is asked for all the time.
func (f *Facts[F]) Keep(mark Mark, token console.GUID, id SecretID, known F, read time.Time) {
	s := f.shard(token)
	s.mu.Lock()
	defer s.mu.Unlock()
	if f.Mark() != mark || f.proved.Load() == nil {
		return
	}
	before := s.facts[token]
	if before == nil && len(s.facts) >= f.limit {
		for other, resident := range s.facts { // whichever comes first: the order is random
			if resident.asked.Swap(false) {
				return
			}
			delete(s.facts, other)
			break
		}
	}
	kept := &fact[F]{id: id, read: read, fact: known}
	// A token has few secrets; what is left of old ones goes with the others.
	for ; before != nil; before = before.next {
		if before.id != id && read.Sub(before.read) < FactAge {
			kept.next = &fact[F]{id: before.id, read: before.read, fact: before.fact, next: kept.next}
		}
	}
	s.facts[token] = kept
}

// Forget drops what is known of a token.
func (f *Facts[F]) Forget(token console.GUID) {
	f.changes.Add(1)
	s := f.shard(token)
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.facts, token)
}

// ForgetAll drops all that is known.
func (f *Facts[F]) ForgetAll() {
	f.changes.Add(1)
	for i := range f.shards {
		s := &f.shards[i]
		s.mu.Lock()
		clear(s.facts)
		s.mu.Unlock()
	}
}

// ForgetIf drops what is known of the tokens with a fact that concerned says is.
func (f *Facts[F]) ForgetIf(concerned func(F) bool) {
	f.changes.Add(1)
	for i := range f.shards {
		s := &f.shards[i]
		s.mu.Lock()
		maps.DeleteFunc(s.facts, func(_ console.GUID, one *fact[F]) bool {
			for one != nil && !concerned(one.fact) {
				one = one.next
			}
			return one != nil
		})
		s.mu.Unlock()
	}
}

// Count is how often facts answered, how often they could not, and of how many
// tokens there are some.
func (f *Facts[F]) Count() (hits, misses uint64, tokens int) {
	for i := range f.shards {
		s := &f.shards[i]
		s.mu.RLock()
		tokens += len(s.facts)
		s.mu.RUnlock()
		hits += s.hits.Load()
		misses += s.misses.Load()
	}
	return hits, misses, tokens
}
