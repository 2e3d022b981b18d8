// Package gate is what verification keeps in memory, so that it never waits for
// a write.
package gate

import (
	"bytes"
	"cmp"
	"maps"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"latchkey/internal/console"
)

// SecretID is the keyed hash by which a secret is found.
type SecretID [32]byte

// A Use is one presentation of a secret, and what became of it.
type Use struct {
	Secret SecretID
	Token  console.GUID
	At     time.Time
	// Works is whether the secret opens anything at all: then it was used, even
	// if the token was refused what was asked for.
	Works bool
	// Fresh is whether nobody was known to have used the secret before.
	Fresh bool
	// Reason is why the token was refused, empty if it was not.
	Reason console.Reason
	From   console.Presenter
	// Place is that of the secret; nil where nobody remembers it.
	Place *Place
}

// A Place is where the uses of one secret are collected, for whoever notes many to
// remember. Its zero value is that nobody knows. The lock of the secret's shard is
// its own, too.
type Place struct {
	known *collected
	round uint64
}

// SecretUse is the use of one secret since the last flush.
type SecretUse struct {
	ID SecretID
	// First and Last are the uses' first and last instants.
	First, Last time.Time
	// Fresh is whether nobody was known to have used the secret before.
	Fresh bool
}

// TokenUse is what became of one token since the last flush.
type TokenUse struct {
	Token console.GUID
	// Last is when it worked last, zero if it did not, and From who used it then.
	Last time.Time
	From console.Presenter
	// Counts are in no order, each day and reason once.
	Counts []console.DayCount
}

// A Batch is what was collected since the last flush: secrets in the order of
// their ids, tokens in that of their GUIDs.
type Batch struct {
	Secrets []SecretUse
	Tokens  []TokenUse
}

const (
	// FreshDelay is how long a first use waits for its flush, and UsualDelay any other.
	FreshDelay = 200 * time.Millisecond
	UsualDelay = 5 * time.Second
	// remembered is for how many flushes a first use is remembered behind its
	// own, longer than an answer takes that began before it.
	remembered = 12
	// usageLimit is about how many secrets are kept in memory while the database
	// is away; of more the uses are forgotten, apart from first ones.
	usageLimit = 100_000
	// shards are how many parts the memory has, so that uses seldom meet.
	shards = 32
)

// Usage collects what verification sees, until it is flushed. Its zero value is ready.
type Usage struct {
	shards  [shards]shard
	size    atomic.Int64 // secrets in all shards
	fresh   atomic.Int64 // first uses among them
	flushes atomic.Int64
	turn    sync.Mutex // one flush after the other
	// Refusals are those for the audit log.
	Refusals Refusals
}

// A shard is the secrets whose ids begin alike.
type shard struct {
	mu   sync.Mutex
	uses map[SecretID]*collected
	// round is how often something left uses, which no Place may point at then.
	round uint64
	// flushing are those that are being written.
	flushing map[SecretID]*collected
	written  map[SecretID]int64 // first uses, with the number of the flush that wrote them
	_        [64]byte           // neighbours are used by other cores
}

// collected is what is known of a secret's uses since they were written last.
type collected struct {
	token       console.GUID
	first, last time.Time // zero if it did not work
	fresh       bool
	from        console.Presenter
	counts      []console.DayCount
	// room is for the one count that most have.
	room [1]console.DayCount
}

func (u *Usage) shard(id SecretID) *shard { return &u.shards[id[0]%shards] }

// Note collects a use. It waits for nobody.
func (u *Usage) Note(use Use) {
	if use.Reason != "" {
		u.Refusals.note(use)
	}
	s := u.shard(use.Secret)
	s.mu.Lock()
	known := u.known(s, use)
	if known == nil {
		s.mu.Unlock()
		return
	}
	known.count(console.DayOf(use.At), use.Reason, 1)
	if use.Works {
		known.used(use.At, use.At, use.From)
		if use.Fresh && !known.fresh && !u.wrote(s, use.Secret) {
			known.fresh = true
			u.fresh.Add(1)
		}
	}
	s.mu.Unlock()
}

// known is where the uses of a secret are collected, nil if there is no room. The
// shard is locked.
func (u *Usage) known(s *shard, use Use) *collected {
	if p := use.Place; p != nil && p.known != nil && p.round == s.round {
		return p.known
	}
	known := s.uses[use.Secret]
	if known == nil {
		known = u.collect(s, use)
	}
	if use.Place != nil {
		*use.Place = Place{known, s.round}
	}
	return known
}

// wrote reports whether a first use was written already: whoever presents the
// secret may have learnt of it before. It is remembered for as long as that goes
// on. The shard is locked.
func (u *Usage) wrote(s *shard, id SecretID) bool {
	_, written := s.written[id]
	if written {
		s.written[id] = u.flushes.Load()
	}
	return written
}

// collect makes room for a secret, nil if there is none. The shard is locked.
func (u *Usage) collect(s *shard, use Use) *collected {
	if u.size.Load() >= usageLimit && !(use.Fresh && use.Works) {
		return nil
	}
	if s.uses == nil {
		s.uses = map[SecretID]*collected{}
	}
	known := &collected{token: use.Token}
	known.counts = known.room[:0]
	s.uses[use.Secret] = known
	u.size.Add(1)
	return known
}

func (c *collected) used(first, last time.Time, from console.Presenter) {
	if c.first.IsZero() || first.Before(c.first) {
		c.first = first
	}
	if !last.Before(c.last) {
		c.last, c.from = last, kept(from, c.from)
	}
}

// kept is from with an agent that is no longer than it is kept, and a text of its
// own: that of the one before, if they are alike, and no part of a whole request.
func kept(from, before console.Presenter) console.Presenter {
	agent := from.Agent[:min(len(from.Agent), console.AgentLimit)]
	if from.Agent = before.Agent; agent != before.Agent {
		from.Agent = strings.Clone(agent)
	}
	return from
}

func (c *collected) count(day console.Day, reason console.Reason, n int) {
	for i := range c.counts {
		if count := &c.counts[i]; count.Day == day && count.Reason == reason {
			count.N += n
			return
		}
	}
	c.counts = append(c.counts, console.DayCount{Day: day, Reason: reason, N: n})
}

// add joins what was collected of the same secret before.
func (c *collected) add(before *collected) {
	if !before.first.IsZero() {
		c.used(before.first, before.last, before.from)
	}
	for _, count := range before.counts {
		c.count(count.Day, count.Reason, count.N)
	}
}

// Seen reports whether the secret was used in this process, as far as that may
// not be in the database yet.
func (u *Usage) Seen(id SecretID) bool {
	s := u.shard(id)
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, uses := range []map[SecretID]*collected{s.uses, s.flushing} {
		if known := uses[id]; known != nil && !known.first.IsZero() {
			return true
		}
	}
	_, written := s.written[id]
	return written
}

// Urgent reports whether a first use waits to be flushed.
func (u *Usage) Urgent() bool { return u.fresh.Load() > 0 }

// Flush gives write what was collected. What write does not take, all of it or
// what belongs to tokens that it returns as busy, stays for the next time.
func (u *Usage) Flush(write func(Batch) (busy []console.GUID, err error)) error {
	u.turn.Lock()
	defer u.turn.Unlock()
	batch := u.take()
	if len(batch.Secrets)+len(batch.Tokens) == 0 {
		u.settle(func(console.GUID) bool { return false })
		return nil
	}
	busy, err := write(batch)
	u.settle(func(token console.GUID) bool { return err != nil || slices.Contains(busy, token) })
	return err
}

// take makes what was collected what is being written.
func (u *Usage) take() Batch {
	tokens := map[console.GUID]*collected{}
	var batch Batch
	for i := range u.shards {
		s := &u.shards[i]
		s.mu.Lock()
		s.uses, s.flushing = nil, s.uses
		s.round++
		s.mu.Unlock()
		// Nobody changes what is being flushed.
		for id, known := range s.flushing {
			if !known.first.IsZero() {
				batch.Secrets = append(batch.Secrets, SecretUse{ID: id, First: known.first, Last: known.last, Fresh: known.fresh})
			}
			if tokens[known.token] == nil {
				tokens[known.token] = &collected{token: known.token}
			}
			tokens[known.token].add(known)
		}
	}
	for _, token := range tokens {
		batch.Tokens = append(batch.Tokens, TokenUse{Token: token.token, Last: token.last, From: token.from, Counts: token.counts})
	}
	slices.SortFunc(batch.Secrets, func(a, b SecretUse) int { return bytes.Compare(a.ID[:], b.ID[:]) })
	slices.SortFunc(batch.Tokens, func(a, b TokenUse) int { return cmp.Compare(a.Token, b.Token) })
	return batch
}

// settle forgets what was written and goes on to collect what stays.
func (u *Usage) settle(stays func(console.GUID) bool) {
	flushes := u.flushes.Add(1)
	for i := range u.shards {
		s := &u.shards[i]
		s.mu.Lock()
		maps.DeleteFunc(s.written, func(_ SecretID, flush int64) bool { return flushes-flush > remembered })
		for id, known := range s.flushing {
			if stays(known.token) {
				u.keep(s, id, known)
			} else {
				u.forget(s, id, known)
			}
		}
		s.flushing = nil
		s.mu.Unlock()
	}
}

// keep collects on what could not be written. The shard is locked.
func (u *Usage) keep(s *shard, id SecretID, known *collected) {
	if s.uses == nil {
		s.uses = map[SecretID]*collected{}
	}
	if meanwhile := s.uses[id]; meanwhile != nil {
		u.size.Add(-1)
		if meanwhile.fresh && known.fresh {
			u.fresh.Add(-1)
		}
		s.round++
		known.fresh = known.fresh || meanwhile.fresh
		known.add(meanwhile)
	}
	s.uses[id] = known
}

// forget drops what was written, and remembers a first use. The shard is locked.
func (u *Usage) forget(s *shard, id SecretID, known *collected) {
	u.size.Add(-1)
	if !known.fresh {
		return
	}
	u.fresh.Add(-1)
	if s.written == nil {
		s.written = map[SecretID]int64{}
	}
	s.written[id] = u.flushes.Load()
}
