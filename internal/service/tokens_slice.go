package service

import (
	"context"
	"slices"
	"sync"
	"time"

	"latchkey/internal/console"
)

// SliceTokens returns at most limit of the tokens that pass f and that actor may
// see, after as many as skip says, in the order of their names or of their ends.
// Who goes on where they were before pays for no row twice, as long as nothing
// changed.
func (s *Service) SliceTokens(ctx context.Context, actor console.Principal, f console.TokenFilter, sort console.TokenSort, skip, limit int) ([]console.Token, error) {
	f, some := s.visible(ctx, actor, f)
	if !some {
		return nil, known(actor)
	}
	now := s.now()
	head, err := s.auditHead(ctx)
	if err != nil {
		return nil, err
	}
	key := keyOf(f, sort)
	place := s.places.find(key, head, skip, now)
	tokens, last, err := s.store.SliceTokens(ctx, f, sort, place.cursor, skip-place.skip, limit, now)
	if err != nil || len(tokens) < limit {
		return tokens, err
	}
	until, err := s.store.FindNextTurn(ctx, f.Retention, now)
	s.places.keep(key, head, listPlace{skip: skip + limit, cursor: last}, now, until)
	return tokens, err
}

// CountAllTokens counts the tokens that pass f and that actor may see, however
// many there are.
func (s *Service) CountAllTokens(ctx context.Context, actor console.Principal, f console.TokenFilter) (int, error) {
	f, some := s.visible(ctx, actor, f)
	if !some {
		return 0, known(actor)
	}
	now := s.now()
	counts, err := s.countTokens(ctx, f, now, true)
	if err != nil || counts[f.Status] != console.Beyond {
		return counts[f.Status], err
	}
	return s.store.CountAllTokens(ctx, f, now)
}

// keptPlaces are places in lists up to which somebody read, for who goes on from
// there. As keptCounts they hold until a token changes.
type keptPlaces struct {
	mu    sync.Mutex
	lists map[string]placesOf
}

// placesOf are the places in one list, by what comes before them.
type placesOf struct {
	head        int64
	from, until time.Time
	places      []listPlace
}

// A listPlace is behind that many rows.
type listPlace struct {
	skip   int
	cursor string
}

// How many lists are kept, and how many places in each.
const (
	listsKept  = 200
	placesKept = 1000
)

// find returns the last place that is known in a list before or at skip; its
// beginning if none is.
func (k *keptPlaces) find(key string, head int64, skip int, now time.Time) listPlace {
	k.mu.Lock()
	defer k.mu.Unlock()
	list := k.lists[key]
	if list.head != head || now.Before(list.from) || !now.Before(list.until) {
		return listPlace{}
	}
	i, exactly := slices.BinarySearchFunc(list.places, skip, func(p listPlace, skip int) int { return p.skip - skip })
	switch {
	case exactly:
		return list.places[i]
	case i == 0:
		return listPlace{}
	}
	return list.places[i-1]
}

func (k *keptPlaces) keep(key string, head int64, place listPlace, now, until time.Time) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.lists == nil || len(k.lists) >= listsKept && len(k.lists[key].places) == 0 {
		k.lists = map[string]placesOf{}
	}
	list := k.lists[key]
	if list.head != head || !now.Before(list.until) || len(list.places) >= placesKept {
		list = placesOf{head: head, from: now, until: until}
	}
	list.until = earlier(list.until, until)
	i, known := slices.BinarySearchFunc(list.places, place.skip, func(p listPlace, skip int) int { return p.skip - skip })
	if !known {
		list.places = slices.Insert(list.places, i, place)
	}
	k.lists[key] = list
}
