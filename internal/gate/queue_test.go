package gate

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"latchkey/internal/console"
)

// asker is a database that answers when it is let.
type asker struct {
	mu      sync.Mutex
	batches [][]SecretID
	answer  func(ctx context.Context) error
}

func (a *asker) ask(ctx context.Context, ids []SecretID) (map[SecretID]int, error) {
	a.mu.Lock()
	a.batches = append(a.batches, ids)
	a.mu.Unlock()
	err := a.answer(ctx)
	values := map[SecretID]int{}
	for _, id := range ids {
		if id[0] != 0 { // zero does not exist
			values[id] = int(id[0])
		}
	}
	return values, err
}

func newQueue(a *asker) *Queue[int] {
	return &Queue[int]{Ask: a.ask, Patience: time.Second, Workers: 2, Batch: 4, Limit: 10}
}

func slowly(ctx context.Context) error {
	select {
	case <-time.After(100 * time.Millisecond):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func TestQueueAnswersInBatches(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := &asker{answer: slowly}
		q := newQueue(a)
		var clients sync.WaitGroup
		for i := range 10 {
			clients.Go(func() {
				value, found, err := q.Get(t.Context(), SecretID{byte(i)})
				if err != nil || found != (i != 0) || value != i {
					t.Errorf("%d is answered %d, %v, %v", i, value, found, err)
				}
			})
			synctest.Wait() // one after the other
		}
		clients.Wait()
		sizes := []int{}
		for _, batch := range a.batches {
			sizes = append(sizes, len(batch))
		}
		// Two go at once; the others wait for those, and come in batches.
		if len(sizes) != 4 || sizes[0] != 1 || sizes[1] != 1 || sizes[2]+sizes[3] != 8 {
			t.Errorf("batches of %v", sizes)
		}
	})
}

func TestAFullQueueRefusesAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := newQueue(&asker{answer: slowly})
		for range q.Workers + q.Limit {
			go func() { _, _, _ = q.Get(t.Context(), SecretID{1}) }()
			synctest.Wait()
		}
		start := time.Now()
		_, _, err := q.Get(t.Context(), SecretID{1})
		known, ok := errors.AsType[*console.Error](err)
		if !ok || known.Code != console.CodeUnavailable || known.RetryAfter <= 0 || time.Since(start) != 0 {
			t.Errorf("%v after %s", err, time.Since(start))
		}
		time.Sleep(time.Second)
		if _, found, err := q.Get(t.Context(), SecretID{1}); err != nil || !found {
			t.Errorf("afterwards: %v, %v", found, err)
		}
	})
}

func TestAQuestionWaitsNoLongerThanItsPatience(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := newQueue(&asker{answer: func(ctx context.Context) error { <-ctx.Done(); return ctx.Err() }})
		var clients sync.WaitGroup
		start := time.Now()
		for range q.Workers + q.Limit {
			clients.Go(func() {
				_, _, err := q.Get(t.Context(), SecretID{1})
				if err == nil || time.Since(start) > q.Patience {
					t.Errorf("%v after %s", err, time.Since(start))
				}
			})
			synctest.Wait()
		}
		clients.Wait()
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if _, _, err := q.Get(ctx, SecretID{1}); console.CodeOf(err) != console.CodeUnavailable {
			t.Errorf("who is gone is answered %v", err)
		}
		time.Sleep(10 * time.Second) // until the workers gave up
	})
}

// TestAnOverloadedQueueAnswersSome: more ask than can be answered, and those are
// answered who came last.
func TestAnOverloadedQueueAnswersSome(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := newQueue(&asker{answer: slowly})
		q.Workers, q.Batch, q.Limit = 1, 1, 100
		var asked, answered atomic.Int64
		for range 100 { // twenty a second, of which ten can be answered
			go func() {
				asked.Add(1)
				if _, found, err := q.Get(t.Context(), SecretID{1}); err == nil && found {
					answered.Add(1)
				}
			}()
			time.Sleep(50 * time.Millisecond)
		}
		time.Sleep(10 * time.Second)
		if answered.Load() < 45 {
			t.Errorf("%d of %d are answered, of about half that could be", answered.Load(), asked.Load())
		}
	})
}

func TestAPanicFailsItsQuestionsOnly(t *testing.T) {
	a := &asker{answer: func(context.Context) error { panic("a bug") }}
	q := newQueue(a)
	if _, _, err := q.Get(t.Context(), SecretID{1}); err == nil {
		t.Error("no error")
	}
	a.answer = func(context.Context) error { return nil }
	if _, found, err := q.Get(t.Context(), SecretID{1}); err != nil || !found {
		t.Errorf("afterwards: %v, %v", found, err)
	}
}
