// Package gate is what verification keeps in memory, so that it never waits for
// a write.
package gate

import (
	"bytes"
	"maps"
	"slices"
	"sync"
	"time"
)

// SecretID is the keyed hash by which a secret is found.
type SecretID [32]byte

// SecretUse is the use of one secret since the last flush.
type SecretUse struct {
	ID SecretID
	// First and Last are the uses' first and last instants.
	First, Last time.Time
	// Fresh is whether nobody was known to have used the secret before.
	Fresh bool
}

const (
	// FreshDelay is how long a first use waits for its flush, and UsualDelay any other.
	FreshDelay = 200 * time.Millisecond
	UsualDelay = 5 * time.Second
	// remembered is for how many flushes a first use is remembered behind its
	// own, longer than an answer takes that began before it.
	remembered = 12
	// usageLimit is how many secrets are kept in memory while the database is
	// away; of more the uses are forgotten, apart from first ones.
	usageLimit = 100_000
)

// Usage collects what verification sees, until it is flushed. Its zero value is ready.
type Usage struct {
	mu      sync.Mutex
	uses    map[SecretID]SecretUse
	fresh   int
	written map[SecretID]int // first uses, with the number of the flush that wrote them
	flushes int
	turn    sync.Mutex // one flush after the other
}

// Note collects a use of a secret. It waits for nobody.
func (u *Usage) Note(id SecretID, at time.Time, fresh bool) {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.add(SecretUse{ID: id, First: at, Last: at, Fresh: fresh})
}

func (u *Usage) add(use SecretUse) {
	old, known := u.uses[use.ID]
	if !known {
		if len(u.uses) >= usageLimit && !use.Fresh {
			return
		}
		old = SecretUse{ID: use.ID, First: use.First}
	}
	if use.First.Before(old.First) {
		old.First = use.First
	}
	if use.Last.After(old.Last) {
		old.Last = use.Last
	}
	if use.Fresh && !old.Fresh {
		old.Fresh = true
		u.fresh++
	}
	if u.uses == nil {
		u.uses = map[SecretID]SecretUse{}
	}
	u.uses[use.ID] = old
}

// Seen reports whether the secret was used in this process, as far as that may
// not be in the database yet.
func (u *Usage) Seen(id SecretID) bool {
	u.mu.Lock()
	defer u.mu.Unlock()
	_, collected := u.uses[id]
	_, written := u.written[id]
	return collected || written
}

// Urgent reports whether a first use waits to be flushed.
func (u *Usage) Urgent() bool {
	u.mu.Lock()
	defer u.mu.Unlock()
	return u.fresh > 0
}

// Flush gives write what was collected, in the order of the ids. What write does
// not take stays for the next time; meanwhile it counts as seen.
func (u *Usage) Flush(write func([]SecretUse) error) error {
	u.turn.Lock()
	defer u.turn.Unlock()
	u.mu.Lock()
	uses := slices.SortedFunc(maps.Values(u.uses), func(a, b SecretUse) int { return bytes.Compare(a.ID[:], b.ID[:]) })
	u.mu.Unlock()
	if len(uses) > 0 {
		if err := write(uses); err != nil {
			return err
		}
	}
	u.mu.Lock()
	defer u.mu.Unlock()
	u.forget(uses)
	return nil
}

// forget drops what was written, unless it was used once more meanwhile.
func (u *Usage) forget(written []SecretUse) {
	u.flushes++
	maps.DeleteFunc(u.written, func(_ SecretID, flush int) bool { return u.flushes-flush > remembered })
	for _, use := range written {
		now := u.uses[use.ID]
		if use.Fresh {
			u.fresh--
			if u.written == nil {
				u.written = map[SecretID]int{}
			}
			u.written[use.ID] = u.flushes
		}
		if now.Last.Equal(use.Last) {
			delete(u.uses, use.ID)
			continue
		}
		now.Fresh = now.Fresh && !use.Fresh
		u.uses[use.ID] = now
	}
}
