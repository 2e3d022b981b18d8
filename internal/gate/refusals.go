package gate

import (
	"cmp"
	"slices"
	"sync"
	"time"

	"latchkey/internal/console"
)

// A Refusal is how often a token was refused for one reason within one minute.
type Refusal struct {
	// Token is empty for tokens that could not be told apart any more.
	Token  console.GUID
	Reason console.Reason
	N      int
	// First and Last are the first and the last time, and From who presented
	// it then.
	First, Last time.Time
	From        console.Presenter
}

// refusalLimit is how many refusals are told apart while they wait.
const refusalLimit = 10_000

// Refusals collects refusals until they are recorded, minute by minute. Its
// zero value is ready.
type Refusals struct {
	mu      sync.Mutex
	waiting map[refusalKey]*Refusal
}

type refusalKey struct {
	token  console.GUID
	reason console.Reason
	// minute is counted from 1970, or 0 where minutes are not told apart.
	minute int64
}

func (r Refusal) key() refusalKey {
	key := refusalKey{token: r.Token, reason: r.Reason}
	if r.Token != "" {
		key.minute = minuteOf(r.First)
	}
	return key
}

func minuteOf(t time.Time) int64 { return t.Unix() / 60 }

func (r *Refusals) note(use Use) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if known := r.waiting[refusalKey{use.Token, use.Reason, minuteOf(use.At)}]; known != nil {
		known.again(1, use.At, use.At, use.From)
		return
	}
	r.add(Refusal{Token: use.Token, Reason: use.Reason, N: 1, First: use.At, Last: use.At, From: kept(use.From, console.Presenter{})})
}

func (r *Refusals) add(refusal Refusal) {
	key := refusal.key()
	known := r.waiting[key]
	if known == nil && len(r.waiting) >= refusalLimit && refusal.Token != "" {
		refusal.Token = ""
		r.add(refusal)
		return
	}
	if known == nil {
		if r.waiting == nil {
			r.waiting = map[refusalKey]*Refusal{}
		}
		r.waiting[key] = &refusal
		return
	}
	known.again(refusal.N, refusal.First, refusal.Last, refusal.From)
}

func (r *Refusal) again(n int, first, last time.Time, from console.Presenter) {
	r.N += n
	if first.Before(r.First) {
		r.First = first
	}
	if !last.Before(r.Last) {
		r.Last, r.From = last, kept(from, r.From)
	}
}

// Flush gives write at most limit of the refusals of the minutes that are over
// at now, or of all minutes, the oldest first, and reports whether there are
// more. What could not be written waits on.
func (r *Refusals) Flush(now time.Time, all bool, limit int, write func([]Refusal) error) (more bool, err error) {
	due, more := r.take(now, all, limit)
	if len(due) == 0 {
		return false, nil
	}
	if err := write(due); err != nil {
		r.mu.Lock()
		defer r.mu.Unlock()
		for _, refusal := range due {
			r.add(refusal)
		}
		return false, err
	}
	return more, nil
}

func (r *Refusals) take(now time.Time, all bool, limit int) (due []Refusal, more bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, refusal := range r.waiting {
		if all || minuteOf(refusal.First) < minuteOf(now) {
			due = append(due, *refusal)
		}
	}
	slices.SortFunc(due, func(a, b Refusal) int {
		return cmp.Or(a.First.Compare(b.First), cmp.Compare(a.Token, b.Token), cmp.Compare(a.Reason, b.Reason))
	})
	if more = len(due) > limit; more {
		due = due[:limit]
	}
	for _, refusal := range due {
		delete(r.waiting, refusal.key())
	}
	return due, more
}
