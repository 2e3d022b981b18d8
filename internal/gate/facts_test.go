package gate

import (
	"fmt"
	"math/rand/v2"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"latchkey/internal/console"
)

func TestFactsAreBelievedWhileProved(t *testing.T) {
	token, id := console.NewGUID(), SecretID{1}
	for _, test := range []struct {
		name           string
		proved, asked  time.Duration // after the fact was read
		want, unproved bool
	}{
		{name: "at once", want: true},
		{name: "before anything was proved", unproved: true},
		{name: "just before trust ends", asked: Trust - time.Millisecond, want: true},
		{name: "when trust ends", asked: Trust},
		{name: "proved again", proved: 5 * time.Second, asked: 5*time.Second + Trust - time.Millisecond, want: true},
		{name: "proved long ago", proved: 5 * time.Second, asked: 6 * time.Second},
		{name: "just before it is too old", proved: FactAge, asked: FactAge - time.Millisecond, want: true},
		{name: "too old", proved: FactAge, asked: FactAge},
	} {
		t.Run(test.name, func(t *testing.T) {
			f := NewFacts[string](1000)
			if !test.unproved {
				f.Prove(noon)
			}
			f.Keep(f.Mark(), token, id, "fact", noon)
			if test.proved != 0 {
				f.Prove(noon.Add(test.proved))
			}
			if test.unproved {
				f.Prove(noon) // too late for what was read before
			}
			known, ok := f.Find(token, id, noon.Add(test.asked))
			if ok != test.want || ok && known != "fact" {
				t.Errorf("found %q, %v", known, ok)
			}
			if _, ok := f.Find(token, SecretID{2}, noon); ok {
				t.Error("another secret is known")
			}
			if _, ok := f.Find(console.NewGUID(), id, noon); ok {
				t.Error("another token is known")
			}
		})
	}
}

func TestWhatWasReadBeforeAChangeIsNotKept(t *testing.T) {
	token, other, id := console.NewGUID(), console.NewGUID(), SecretID{1}
	for name, change := range map[string]func(f *Facts[string]){
		"of the token":      func(f *Facts[string]) { f.Forget(token) },
		"of such tokens":    func(f *Facts[string]) { f.ForgetIf(func(known string) bool { return known != "" }) },
		"of all":            func(f *Facts[string]) { f.ForgetAll() },
		"of another, maybe": func(f *Facts[string]) { f.Forget(other) },
	} {
		f := NewFacts[string](1000)
		f.Prove(noon)
		mark := f.Mark()
		change(f)
		f.Keep(mark, token, id, "old", noon)
		if _, ok := f.Find(token, id, noon); ok {
			t.Errorf("%s: what was read before it is known", name)
		}
		f.Keep(f.Mark(), token, id, "new", noon)
		if known, _ := f.Find(token, id, noon); known != "new" {
			t.Errorf("%s: %q is known of what was read after it", name, known)
		}
	}
}

func TestFactsOfBothSecrets(t *testing.T) {
	f, token := NewFacts[string](1000), console.NewGUID()
	f.Prove(noon)
	f.Keep(f.Mark(), token, SecretID{1}, "old", noon)
	f.Keep(f.Mark(), token, SecretID{2}, "new", noon)
	for id, want := range map[SecretID]string{{1}: "old", {2}: "new"} {
		if known, ok := f.Find(token, id, noon); !ok || known != want {
			t.Errorf("found %q, %v", known, ok)
		}
	}
	f.Forget(token)
	for _, id := range []SecretID{{1}, {2}} {
		if _, ok := f.Find(token, id, noon); ok {
			t.Errorf("%v is still known", id[0])
		}
	}
}

func TestFactsAreBounded(t *testing.T) {
	const limit = 640
	f := NewFacts[int](limit)
	f.Prove(noon)
	var last console.GUID
	for i := range 20 * limit {
		last = console.NewGUID()
		f.Keep(f.Mark(), last, SecretID{1}, i, noon)
	}
	if _, _, n := f.Count(); n > limit || n < limit/2 {
		t.Errorf("%d tokens are known, the limit is %d", n, limit)
	}
	if _, ok := f.Find(last, SecretID{1}, noon); !ok {
		t.Error("the newest is not known")
	}
}

// TestWhatIsAskedForStays: a flood of tokens that are asked for once drives out
// others of them, and no caller.
func TestWhatIsAskedForStays(t *testing.T) {
	f, caller := NewFacts[string](1), console.NewGUID()
	f.Prove(noon)
	f.Keep(f.Mark(), caller, SecretID{1}, "caller", noon)
	flood := func() {
		for range 10 * factShards {
			f.Keep(f.Mark(), console.NewGUID(), SecretID{1}, "flood", noon)
		}
	}
	known := func() bool { _, ok := f.Find(caller, SecretID{1}, noon); return ok }
	for range 10 * factShards {
		if !known() {
			t.Fatal("who asks all the time is forgotten")
		}
		f.Keep(f.Mark(), console.NewGUID(), SecretID{1}, "flood", noon)
	}
	if flood(); known() {
		t.Error("who asks no more keeps their place")
	}
}

// TestNothingUntrueIsFound: once something was forgotten nobody finds what was
// true before, however reading and changing overlap.
func TestNothingUntrueIsFound(t *testing.T) {
	f, token, id := NewFacts[int64](1000), console.NewGUID(), SecretID{1}
	f.Prove(noon)
	var truth, told atomic.Int64 // what is stored, and what was acknowledged
	var work sync.WaitGroup
	stop := make(chan struct{})
	for range 4 {
		work.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
					runtime.Gosched()
				}
				least := told.Load()
				known, ok := f.Find(token, id, noon)
				if ok && known < least {
					t.Errorf("found %d after %d was acknowledged", known, least)
					return
				}
				if !ok {
					mark := f.Mark()
					read := truth.Load()
					for range rand.IntN(100) {
						_ = fmt.Sprint(read)
					}
					f.Keep(mark, token, id, read, noon)
				}
			}
		})
	}
	for i := range int64(3000) {
		truth.Store(i)
		if i%7 == 0 {
			f.ForgetAll()
		} else {
			f.Forget(token)
		}
		told.Store(i)
		for range 10 {
			runtime.Gosched()
		}
	}
	close(stop)
	work.Wait()
	if hits, misses, _ := f.Count(); hits == 0 || misses == 0 {
		t.Errorf("the test tried nothing: %d, %d", hits, misses)
	}
}
