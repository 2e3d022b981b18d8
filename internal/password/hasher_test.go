package password

import (
	"context"
	"errors"
	"regexp"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

func TestAPasswordOpensItsOwnHashOnly(t *testing.T) {
	h := New(0)
	phc := hash(t, h, "correct horse battery staple")
	if !regexp.MustCompile(`^\$argon2id\$v=19\$m=19456,t=2,p=1\$[A-Za-z0-9+/]{22}\$[A-Za-z0-9+/]{43}$`).MatchString(phc) {
		t.Errorf("the hash is %q", phc)
	}
	for password, want := range map[string]bool{
		"correct horse battery staple":  true,
		"Correct horse battery staple":  false,
		"correct horse battery staple ": false,
		"":                              false,
	} {
		got, err := h.Verify(t.Context(), phc, password)
		if err != nil || got != want {
			t.Errorf("Verify(%q) = %v, %v; want %v", password, got, err, want)
		}
	}
	if again := hash(t, h, "correct horse battery staple"); again == phc {
		t.Error("two hashes of one password are equal: the salt is not fresh")
	}
}

func TestAccentsCountTheSameHoweverTheyAreTyped(t *testing.T) {
	h := New(0)
	phc := hash(t, h, "cafe\u0301 au lait, s'il vous plai\u0302t")
	if ok, err := h.Verify(t.Context(), phc, "caf\u00e9 au lait, s'il vous pla\u00eet"); !ok || err != nil {
		t.Errorf("the composed spelling gives %v, %v", ok, err)
	}
}

// TestHashesOfOtherParametersOpen uses the reference implementation's own
// example (argon2 -id -t 2 -k 65536 -p 1 and -p 4, salt "somesalt").
func TestHashesOfOtherParametersOpen(t *testing.T) {
	h := New(0)
	for _, phc := range []string{
		"$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc",
		"$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4",
	} {
		if ok, err := h.Verify(t.Context(), phc, "password"); !ok || err != nil {
			t.Errorf("%s: %v, %v", phc, ok, err)
		}
	}
}

func TestWhatIsNoHashIsAnErrorThatTellsNothing(t *testing.T) {
	h := New(0)
	const salt, key = "c29tZXNhbHQ", "CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc"
	for _, phc := range []string{
		"", "plain text", "$2a$10$N9qo8uLOickgx2ZMRZoMyeIjZAgcfl7p92ldGxad68LJZdL17lhWy",
		"$argon2i$v=19$m=65536,t=2,p=1$" + salt + "$" + key,
		"$argon2id$v=16$m=65536,t=2,p=1$" + salt + "$" + key,
		"$argon2id$v=19$m=4194304,t=2,p=1$" + salt + "$" + key,
		"$argon2id$v=19$m=65536,t=9999,p=1$" + salt + "$" + key,
		"$argon2id$v=19$m=65536,t=0,p=1$" + salt + "$" + key,
		"$argon2id$v=19$m=65536,t=2,p=0$" + salt + "$" + key,
		"$argon2id$v=19$m=8,t=2,p=4$" + salt + "$" + key,
		"$argon2id$v=19$t=2,m=65536,p=1$" + salt + "$" + key,
		"$argon2id$v=19$m=65536,t=2$" + salt + "$" + key,
		"$argon2id$v=19$m=-1,t=2,p=1$" + salt + "$" + key,
		"$argon2id$v=19$m=65536,t=2,p=1$!!$" + key,
		"$argon2id$v=19$m=65536,t=2,p=1$" + salt + "$",
		"$argon2id$v=19$m=65536,t=2,p=1$" + salt + "$" + key + "$",
	} {
		ok, err := h.Verify(t.Context(), phc, "secret words")
		if ok || err == nil {
			t.Errorf("%q: %v, %v", phc, ok, err)
			continue
		}
		if phc != "" && strings.Contains(err.Error(), phc) || strings.Contains(err.Error(), "secret words") {
			t.Errorf("the error tells too much: %v", err)
		}
	}
}

func TestOnlySoManyHashesAtOnce(t *testing.T) {
	const parallel = 3
	h := New(parallel)
	var running, most atomic.Int64
	h.derive = func([]byte, []byte, parameters) []byte {
		n := running.Add(1)
		for seen := most.Load(); n > seen && !most.CompareAndSwap(seen, n); seen = most.Load() {
		}
		time.Sleep(time.Millisecond)
		running.Add(-1)
		return make([]byte, current.keyLength)
	}
	var wg sync.WaitGroup
	for range queueLimit {
		wg.Go(func() {
			if _, err := h.Hash(t.Context(), "a password"); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if got := most.Load(); got != parallel {
		t.Errorf("%d hashes ran at once, want %d", got, parallel)
	}
}

func TestAFullQueueIsBusyAndEmptiesAgain(t *testing.T) {
	h, release := blocked(1)
	var wg sync.WaitGroup
	var busy atomic.Int64
	for range queueLimit + 10 {
		wg.Go(func() {
			switch err := h.VerifyNothing(t.Context(), "a password"); {
			case errors.Is(err, ErrBusy):
				busy.Add(1)
			case err != nil:
				t.Error(err)
			}
		})
	}
	for busy.Load() < 9 { // one runs, 64 wait, nine are sent away
		runtime.Gosched()
	}
	close(release)
	wg.Wait()
	if got := busy.Load(); got != 9 {
		t.Errorf("%d were sent away, want 9", got)
	}
	if err := h.VerifyNothing(t.Context(), "a password"); err != nil {
		t.Errorf("afterwards: %v", err)
	}
}

func TestWhoStopsWaitingLeavesTheQueue(t *testing.T) {
	h, release := blocked(1)
	done := make(chan error, 1)
	go func() { done <- h.VerifyNothing(context.Background(), "the first") }()
	for len(h.turns) == 0 {
		runtime.Gosched()
	}
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Millisecond)
	defer cancel()
	if err := h.VerifyNothing(ctx, "the second"); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("waiting ended with %v", err)
	}
	if got := h.waiting.Load(); got != 0 {
		t.Errorf("%d still wait", got)
	}
	close(release)
	if err := <-done; err != nil {
		t.Error(err)
	}
}

// TestManySignInsStayWithinMemory hashes for real: sixty at once would take
// 1.1 GiB if nothing bounded them.
func TestManySignInsStayWithinMemory(t *testing.T) {
	h := New(2)
	stop, most := make(chan struct{}), make(chan uint64)
	go func() {
		var peak uint64
		for {
			var m runtime.MemStats
			runtime.ReadMemStats(&m)
			peak = max(peak, m.HeapInuse)
			select {
			case <-stop:
				most <- peak
				return
			case <-time.After(2 * time.Millisecond):
			}
		}
	}()
	var wg sync.WaitGroup
	for range 60 {
		wg.Go(func() {
			if err := h.VerifyNothing(t.Context(), "a password"); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	close(stop)
	if got := <-most; got > 250<<20 {
		t.Errorf("the heap grew to %d MiB", got>>20)
	}
}

func BenchmarkVerify(b *testing.B) {
	h := New(1)
	for b.Loop() {
		if err := h.VerifyNothing(b.Context(), "correct horse battery staple"); err != nil {
			b.Fatal(err)
		}
	}
}

func hash(t *testing.T, h *Hasher, password string) string {
	t.Helper()
	phc, err := h.Hash(t.Context(), password)
	if err != nil {
		t.Fatal(err)
	}
	return phc
}

// blocked returns a Hasher whose hashes end when release is closed.
func blocked(parallel int) (h *Hasher, release chan struct{}) {
	h, release = New(parallel), make(chan struct{})
	h.derive = func([]byte, []byte, parameters) []byte {
		<-release
		return make([]byte, current.keyLength)
	}
	return h, release
}
