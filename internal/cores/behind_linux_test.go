package cores

import (
	"errors"
	"runtime"
	"sync"
	"syscall"
	"testing"
)

// TestBehind: what is done behind has a thread that is nicer, panics like any call,
// and is done even when all such threads are taken.
func TestBehind(t *testing.T) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	nice := func() int {
		n, err := niceOf(syscall.Gettid())
		if err != nil {
			t.Error(err)
		}
		return n
	}
	before, inside := nice(), 0
	broken := errors.New("broken")
	if err := Behind(func() error { inside = nice(); return broken }); err != broken {
		t.Errorf("its error is %v", err)
	}
	if inside != min(19, before+niceness) || nice() != before {
		t.Errorf("from %d it went to %d, and back to %d", before, inside, nice())
	}
	func() {
		defer func() {
			if recover() != broken {
				t.Error("a panic is lost")
			}
		}()
		_ = Behind(func() error { panic(broken) })
	}()
	var all sync.WaitGroup
	for by, behind := range map[int]func() func(){niceness: GoBehind, 2 * niceness: GoLast} {
		all.Go(func() {
			defer behind()()
			if inside = nice(); inside != min(19, before+by) {
				t.Errorf("a goroutine went from %d to %d", before, inside)
			}
		})
		all.Wait()
	}
	arrived, release := make(chan int, 2*behindAtOnce), make(chan struct{})
	for range cap(arrived) {
		all.Go(func() { _ = Behind(func() error { arrived <- nice(); <-release; return nil }) })
	}
	nicer := 0
	for range cap(arrived) {
		if <-arrived > before {
			nicer++
		}
	}
	close(release)
	if all.Wait(); before < 19 && nicer != behindAtOnce {
		t.Errorf("%d threads went behind at once", nicer)
	}
}
