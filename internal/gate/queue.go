package gate

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"latchkey/internal/console"
)

// A Queue answers questions of many who ask at once in batches: who comes while
// all workers are busy shares the next batch, and never one that has begun. So a
// few connections serve everybody, and each answer is younger than its question.
type Queue[V any] struct {
	// Ask answers a batch; what is missing from its answer does not exist.
	Ask func(ctx context.Context, ids []SecretID) (map[SecretID]V, error)
	// Patience is how long a question takes at most, with its wait, and how long
	// Ask may take.
	Patience time.Duration
	// Workers is how many batches are under way at once, and Batch how many
	// questions one takes.
	Workers, Batch int
	// Limit is how many questions wait. Of more, each is refused at once.
	Limit int

	mu      sync.Mutex
	waiting []question[V]
	busy    int
}

type question[V any] struct {
	id   SecretID
	done chan<- answer[V]
	// gone is whether whoever asked waits no more.
	gone *atomic.Bool
}

type answer[V any] struct {
	value V
	found bool
	err   error
}

// retryAfter is when to come back to a full queue.
const retryAfter = time.Second

// errLate is for questions that nobody answered in time.
var errLate = errors.New("no answer in time")

// Get answers one question, or says that the database is unavailable.
func (q *Queue[V]) Get(ctx context.Context, id SecretID) (value V, found bool, err error) {
	done, gone := make(chan answer[V], 1), new(atomic.Bool)
	defer gone.Store(true)
	if !q.join(question[V]{id, done, gone}) {
		return value, false, &console.Error{Code: console.CodeUnavailable, Message: "Too many ask at once.", RetryAfter: retryAfter}
	}
	late := time.NewTimer(q.Patience)
	defer late.Stop()
	select {
	case a := <-done:
		return a.value, a.found, a.err
	case <-late.C:
		return value, false, console.Unavailable(errLate)
	case <-ctx.Done():
		return value, false, console.Unavailable(ctx.Err())
	}
}

// join puts a question into the queue, and sees to it that somebody works on it.
func (q *Queue[V]) join(one question[V]) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	if len(q.waiting) >= q.Limit {
		q.dropGone()
	}
	if len(q.waiting) >= q.Limit {
		return false
	}
	q.waiting = append(q.waiting, one)
	if q.busy < q.Workers {
		q.busy++
		go q.work()
	}
	return true
}

// work answers batches until nobody waits.
func (q *Queue[V]) work() {
	for batch := q.next(); batch != nil; batch = q.next() {
		ids := make([]SecretID, len(batch))
		for i, one := range batch {
			ids[i] = one.id
		}
		values, err := q.ask(ids)
		for _, one := range batch {
			value, found := values[one.id]
			one.done <- answer[V]{value, found, err}
		}
	}
}

// ask answers a batch. A panic fails its questions, and nobody else.
func (q *Queue[V]) ask(ids []SecretID) (values map[SecretID]V, err error) {
	ctx, cancel := context.WithTimeout(context.Background(), q.Patience)
	defer cancel()
	defer func() {
		if cause := recover(); cause != nil {
			err = fmt.Errorf("panic: %v\n%s", cause, debug.Stack())
		}
	}()
	return q.Ask(ctx, ids)
}

// next takes a batch out of the queue, or sends the worker home. The newest
// questions come first: where not all can be answered in time, those can that did
// not wait long.
func (q *Queue[V]) next() []question[V] {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.dropGone()
	rest := max(0, len(q.waiting)-q.Batch)
	batch := slices.Clone(q.waiting[rest:])
	clear(q.waiting[rest:])
	q.waiting = q.waiting[:rest]
	if len(batch) == 0 {
		q.busy--
		return nil
	}
	return batch
}

// dropGone drops the questions of those who wait no more. The queue is locked.
func (q *Queue[V]) dropGone() {
	q.waiting = slices.DeleteFunc(q.waiting, func(one question[V]) bool { return one.gone.Load() })
}
