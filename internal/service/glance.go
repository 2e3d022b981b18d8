package service

import (
	"context"
	"slices"
	"sync"

	"latchkey/internal/console"
	"latchkey/internal/store"
)

// A glance is a request that only shows something. The audit log is asked for it at
// most once what changed: not if it has come no further than what is in memory.
type glance struct {
	mark console.AuditMark
	once sync.Once
	head int64
	err  error
}

type glanceKey struct{}

// Glance returns a context for a page that only shows something: what seldom
// changes stands in memory, and is read again when the audit log has it that
// something of that kind did. For who reads it is narrowed as ever. The page shows
// what was recorded before the mark, and without one all that is recorded.
func (s *Service) Glance(ctx context.Context, mark console.AuditMark) context.Context {
	return context.WithValue(ctx, glanceKey{}, &glance{mark: mark})
}

// auditHead is the number of the newest event; in a glance, when it was asked first.
func (s *Service) auditHead(ctx context.Context) (int64, error) {
	g, ok := ctx.Value(glanceKey{}).(*glance)
	if !ok {
		head, err := s.store.FindAuditHead(ctx)
		return head.ID, err
	}
	g.once.Do(func() { g.head, g.err = s.seldom.follow(ctx, s.store, g.mark) })
	return g.head, g.err
}

// atGlance returns what read does; in a glance it is what it did before, as long
// as that is so. Who gets it shares it, and changes nothing of it.
func atGlance[T any](ctx context.Context, s *Service, key string, read func() (T, error)) (T, error) {
	if _, ok := ctx.Value(glanceKey{}).(*glance); !ok {
		return read()
	}
	var found T
	if _, err := s.auditHead(ctx); err != nil {
		return found, err
	}
	kept, mark := s.seldom.get(key)
	if kept != nil {
		return kept.(T), nil
	}
	found, err := read()
	if err == nil {
		s.seldom.put(mark, key, found)
	}
	return found, err
}

// keptSeldom is what was read of people, repositories, scopes and IP filters. It
// is as the database was when the log ended in link, or later.
type keptSeldom struct {
	mu     sync.Mutex
	link   store.AuditLink
	values map[string]any
	// changes counts how often all was forgotten: what was read before is no news.
	changes int
}

const (
	// seldomKept is how many questions' answers are kept.
	seldomKept = 500
	// seldomEvents is how many events are looked through at most: what bulk changes
	// record in seconds is no reason to forget.
	seldomEvents = 5000
)

// follow asks the log what was recorded since it was asked last, forgets
// everything if some of it is of consequence, and returns where the log ends. It
// asks nothing if that was the mark.
func (k *keptSeldom) follow(ctx context.Context, st *store.Store, mark console.AuditMark) (int64, error) {
	k.mu.Lock()
	link := k.link
	k.mu.Unlock()
	if mark.ID > 0 && mark.ID == link.ID && mark.Hash == string(link.Hash) {
		return mark.ID, nil
	}
	actions, newest, same, err := st.ListAuditSince(ctx, link, seldomEvents)
	if err != nil {
		return 0, err
	}
	if !same {
		if newest, err = st.FindAuditHead(ctx); err != nil {
			return 0, err
		}
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	if !same || slices.ContainsFunc(actions, console.Action.ChangesSurroundings) {
		k.values = nil
		k.changes++
	}
	if !same || newest.ID > k.link.ID {
		k.link = newest
	}
	return newest.ID, nil
}

func (k *keptSeldom) get(key string) (kept any, mark int) {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.values[key], k.changes
}

// put keeps what was read after mark.
func (k *keptSeldom) put(mark int, key string, value any) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if mark != k.changes {
		return
	}
	if k.values == nil || len(k.values) >= seldomKept {
		k.values = map[string]any{}
	}
	k.values[key] = value
}
