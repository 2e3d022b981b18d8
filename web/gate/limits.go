package gate

import (
	"maps"
	"sync"
	"time"

	"github.com/labstack/echo/v4"

	"latchkey/internal/console"
)

// A limit is how many failures somebody is allowed at once, and after what time
// each is forgiven.
type limit struct {
	burst    int
	forgiven time.Duration
}

// A caller answers for its clients, who send it what they like; a network for
// all who did not say who they are. What succeeds is never limited, except for
// reports, of which all look the same.
var (
	callerLimit  = limit{burst: 600, forgiven: time.Second / 20}
	networkLimit = limit{burst: 60, forgiven: time.Second / 2}
	reportLimit  = limit{burst: 60, forgiven: time.Second}
)

// bucketLimit bounds the memory for failures.
const bucketLimit = 10_000

// limits counts failures. Its zero value is ready.
type limits struct {
	mu sync.Mutex
	// empty is when each bucket will have forgiven all.
	empty map[string]time.Time
}

// count notes a failure and returns how long to wait, zero within the limit. A
// failure beyond the limit adds nothing to the wait.
func (l *limits) count(who string, by limit, now time.Time) time.Duration {
	l.mu.Lock()
	defer l.mu.Unlock()
	empty := l.empty[who]
	if empty.Before(now) {
		empty = now
	}
	empty = empty.Add(by.forgiven)
	if wait := empty.Sub(now) - time.Duration(by.burst)*by.forgiven; wait > 0 {
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

func (g *gate) limited(who string, by limit) error {
	if wait := g.limits.count(who, by, g.svc.Clock()); wait > 0 {
		return console.Limited("Too many requests that came to nothing.", wait)
	}
	return nil
}

// tokenFailed counts what somebody asked with a token that works and that came
// to nothing.
func (g *gate) tokenFailed(token console.GUID) error {
	return g.limited("token "+string(token), callerLimit)
}

// strangerFailed counts a request of somebody unknown that came to nothing, and
// returns the reason, or that there were too many. An error that is ours counts
// for nobody.
func (g *gate) strangerFailed(c echo.Context, reason error) error {
	if reason != nil && console.CodeOf(reason) != console.CodeUnauthenticated {
		return reason
	}
	if err := g.limited("network "+console.Network(c.RealIP()), networkLimit); err != nil {
		return err
	}
	return reason
}
