package graph

import (
	"context"
	"sync"
	"time"

	"latchkey/internal/console"
)

// How many requests are answered at once for each core, and how many of one caller.
// Clients that ask for several things side by side wait for their own places only;
// who has too many waiting is refused at once.
const (
	requestsAtOnce  = 2
	ofCallerAtOnce  = 1
	ofCallerAtAll   = 24
	placePatience   = 2 * time.Second
	placeRetryAfter = time.Second
)

// places are for requests that are answered at once: the console and verification
// must not have to wait for programs, nor one program for another.
type places struct {
	all     chan struct{}
	each    int // caller's
	mu      sync.Mutex
	callers map[console.GUID]*callerPlaces
}

// callerPlaces are those of one caller, who is known for as long as they ask.
type callerPlaces struct {
	taken chan struct{}
	// asked is how many of their requests there are, waiting ones included.
	asked int
}

func newPlaces(cores int) *places {
	return &places{all: make(chan struct{}, requestsAtOnce*cores), each: ofCallerAtOnce * cores, callers: map[console.GUID]*callerPlaces{}}
}

// admit notes a request of that caller, before its body is read, and returns what
// forgets it; limited if they have too many.
func (p *places) admit(caller console.GUID) (*callerPlaces, func(), error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	own := p.callers[caller]
	if own == nil {
		own = &callerPlaces{taken: make(chan struct{}, p.each)}
		p.callers[caller] = own
	}
	if own.asked == ofCallerAtAll {
		return nil, nil, errTooMany()
	}
	own.asked++
	return own, func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		if own.asked--; own.asked == 0 {
			delete(p.callers, caller)
		}
	}, nil
}

// enter waits until there is a place for one more request, first among those of
// its caller and then among all, and returns what gives both back.
func (p *places) enter(ctx context.Context, own *callerPlaces) (leave func(), err error) {
	ctx, cancel := context.WithTimeout(ctx, placePatience)
	defer cancel()
	for i, taken := range []chan struct{}{own.taken, p.all} {
		select {
		case taken <- struct{}{}:
		case <-ctx.Done():
			if i > 0 {
				<-own.taken
			}
			return nil, errTooMany()
		}
	}
	return func() { <-p.all; <-own.taken }, nil
}

func errTooMany() error { return console.Limited("Too many requests at once.", placeRetryAfter) }
