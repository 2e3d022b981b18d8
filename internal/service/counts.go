package service

import (
	"cmp"
	"context"
	"crypto/sha256"
	"fmt"
	"slices"
	"sync"
	"time"

	"latchkey/internal/console"
	"latchkey/internal/gate"
	"latchkey/internal/store"
)

// keptCounts are counts of lists, kept until a token changes, and those of long
// lists for some seconds more: they cost more than a page does. Every change that
// somebody makes is in the audit log, so the log's newest number says whether
// one was made; when time changes a status next is known beforehand.
type keptCounts struct {
	mu     sync.Mutex
	counts map[string]keptCount
	// recounts are for who counts lists anew beside what is asked; nil without one.
	recounts chan recount
	asked    map[string]bool
}

// A recount is of the list with that key.
type recount struct {
	key   string
	count func(context.Context) error
}

type keptCount struct {
	counts console.StatusCounts
	head   int64
	// from and until are when the counts hold, half-open.
	from, until time.Time
}

// holds reports whether the counts are those at now, or of a list that is long and
// was counted less than age ago.
func (k keptCount) holds(head int64, now time.Time, age time.Duration) bool {
	if k.longSince(now, age) {
		return true
	}
	return k.head == head && !now.Before(k.from) && now.Before(k.until)
}

// longSince reports whether they are of a list that is long and was counted less than
// age ago.
func (k keptCount) longSince(now time.Time, age time.Duration) bool {
	return k.counts[console.FilterAll] > longList && now.Sub(k.from).Abs() < age
}

const (
	longList    = 2000
	longListAge = 10 * time.Second
	addedUpAge  = time.Second
	// recountWithin is how much older counts are shown while they are counted anew:
	// no page of many waits for that, however often something changes.
	recountWithin = 2 * time.Second
	// recountsAtOnce is how many lists wait for that at most.
	recountsAtOnce = 16
)

// countedAtOnce is how many tokens are read at most to count a list before it is
// shown: some milliseconds.
const countedAtOnce = 2000

// countsKept is how many filters' counts are kept.
const countsKept = 500

// countTokens counts the tokens that pass f by the status filters that every
// list shows, and by its own. Unless the count is waited for, what takes longer than
// a page is not counted: nil then, if it was not counted before.
func (s *Service) countTokens(ctx context.Context, f console.TokenFilter, now time.Time, waited bool) (console.StatusCounts, error) {
	statuses := []console.StatusFilter{console.FilterAll, console.FilterCurrent, console.FilterActive, console.FilterInactive}
	if !slices.Contains(statuses, f.Status) {
		statuses = append(statuses, f.Status)
	}
	head, err := s.auditHead(ctx)
	if err != nil {
		return nil, err
	}
	key, age := keyOf(f), longListAge
	if store.AddsUp(f) {
		age = addedUpAge
	}
	kept, ok := s.counts.get(key)
	if ok && kept.holds(head, now, age) {
		return kept.counts, nil
	}
	again := func(ctx context.Context) error {
		_, err := s.countAnew(ctx, key, head, f, statuses, s.now())
		return err
	}
	if ok && kept.longSince(now, age+recountWithin) && s.counts.ask(recount{key, again}) {
		return kept.counts, nil
	}
	if !waited {
		if soon, err := s.store.CountsAtOnce(ctx, f, countedAtOnce, now); err != nil || !soon {
			return nil, err
		}
	}
	return s.countAnew(ctx, key, head, f, statuses, now)
}

// countAnew counts, and keeps what it counted under that key, as of a log that ended
// with head, or later.
func (s *Service) countAnew(ctx context.Context, key string, head int64, f console.TokenFilter, statuses []console.StatusFilter, now time.Time) (console.StatusCounts, error) {
	counts, err := s.store.CountTokens(ctx, f, statuses, now)
	if err != nil {
		return counts, err
	}
	if f.ExpiresWithin > 0 || f.Status == console.FilterExpiring { // these move with every instant
		s.counts.put(key, keptCount{counts: counts, from: now, until: now})
		return counts, nil
	}
	until, err := s.store.FindNextTurn(ctx, cmp.Or(f.Retention, console.RetentionWindow), now)
	if f.NeverUsed || f.UnusedFor > 0 { // uses are no changes, and written now and then
		until = earlier(until, now.Add(gate.UsualDelay))
	}
	if err == nil {
		s.counts.put(key, keptCount{counts: counts, head: head, from: now, until: until})
	}
	return counts, err
}

// keyOf is one text for everything that is asked for, and as short however long
// that is: whoever asks decides what is kept.
func keyOf(asked ...any) string {
	sum := sha256.Sum256(fmt.Appendf(nil, "%#v", asked))
	return string(sum[:])
}

func earlier(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
}

func (k *keptCounts) get(key string) (keptCount, bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	kept, ok := k.counts[key]
	return kept, ok
}

// ask reports whether the list is counted anew by somebody else.
func (k *keptCounts) ask(r recount) bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.recounts == nil || k.asked[r.key] {
		return k.recounts != nil
	}
	select {
	case k.recounts <- r:
		k.asked[r.key] = true
		return true
	default:
		return false
	}
}

// take returns where lists come in that are asked for, until the returned function
// is called.
func (k *keptCounts) take() (<-chan recount, func()) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.recounts, k.asked = make(chan recount, recountsAtOnce), map[string]bool{}
	return k.recounts, func() {
		k.mu.Lock()
		defer k.mu.Unlock()
		k.recounts = nil
	}
}

// answer counts a list that was asked for.
func (k *keptCounts) answer(ctx context.Context, r recount) error {
	defer func() {
		k.mu.Lock()
		defer k.mu.Unlock()
		delete(k.asked, r.key)
	}()
	return r.count(ctx)
}

func (k *keptCounts) put(key string, kept keptCount) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.counts == nil || len(k.counts) >= countsKept {
		k.counts = map[string]keptCount{}
	}
	k.counts[key] = kept
}
