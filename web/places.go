package web

import (
	"sync"

	"latchkey/internal/console"
)

// places are for answers that take as long as their reader does: so many at a
// time, and so many of them for one person, who then keeps no one else waiting.
type places struct {
	all, each int

	mu    sync.Mutex
	total int
	taken map[console.GUID]int
}

func newPlaces(all, each int) *places {
	return &places{all: all, each: each, taken: map[console.GUID]int{}}
}

// take takes a place for who until leave is called, if one is free.
func (p *places) take(who console.GUID) (leave func(), free bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.total >= p.all || p.taken[who] >= p.each {
		return nil, false
	}
	p.total++
	p.taken[who]++
	return func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		p.total--
		if p.taken[who]--; p.taken[who] == 0 {
			delete(p.taken, who)
		}
	}, true
}
