package gate

import (
	"maps"
	"sync"
	"time"
)

// A Limit is how many failures somebody is allowed at once, and after what time
// each is forgiven.
type Limit struct {
	Burst    int
	Forgiven time.Duration
}

// bucketLimit bounds the memory for failures.
const bucketLimit = 10_000

// Limits counts failures. Its zero value is ready.
type Limits struct {
	mu sync.Mutex
	// empty is when each bucket will have forgiven all.
	empty map[string]time.Time
}

// Count notes a failure and returns how long to wait, zero within the limit. A
// failure beyond the limit adds nothing to the wait.
func (l *Limits) Count(who string, by Limit, now time.Time) time.Duration {
	l.mu.Lock()
	defer l.mu.Unlock()
	empty := l.empty[who]
	if empty.Before(now) {
		empty = now
	}
	empty = empty.Add(by.Forgiven)
	if wait := empty.Sub(now) - time.Duration(by.Burst)*by.Forgiven; wait > 0 {
		return max(wait, time.Second)
	}
	if l.empty == nil {
		l.empty = map[string]time.Time{}
	}
	if len(l.empty) >= bucketLimit {
		maps.DeleteFunc(l.empty, func(_ string, at time.Time) bool { return at.Before(now) })
	}
	if len(l.empty) >= bucketLimit {
		clear(l.empty) // better forgiven than out of memory
	}
	l.empty[who] = empty
	return 0
}
