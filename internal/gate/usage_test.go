package gate

import (
	gocmp "cmp"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"latchkey/internal/console"
)

var (
	noon   = time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)
	today  = console.DayOf(noon)
	client = console.Presenter{Address: netip.MustParseAddr("192.0.2.7"), Agent: "curl/8"}
	plain  = cmp.Options{cmp.Comparer(func(a, b netip.Addr) bool { return a == b }), cmpopts.EquateEmpty()}
)

func id(b byte) SecretID { return SecretID{b} }

// works is the use of a secret of the token of the same number.
func works(secret, token byte, at time.Time, fresh bool) Use {
	return Use{Secret: id(secret), Token: guid(token), At: at, Works: true, Fresh: fresh, From: client}
}

func guid(n byte) console.GUID { return console.GUID(fmt.Sprintf("token-%d", n)) }

func refused(secret, token byte, at time.Time, reason console.Reason) Use {
	return Use{Secret: id(secret), Token: guid(token), At: at, Reason: reason, From: client}
}

// written flushes u and returns what was written.
func written(t *testing.T, u *Usage) (got Batch) {
	t.Helper()
	if err := u.Flush(func(b Batch) ([]console.GUID, error) { got = b; return nil, nil }); err != nil {
		t.Fatal(err)
	}
	return got
}

func TestUsesAreCollected(t *testing.T) {
	var u Usage
	for _, use := range []Use{
		works(2, 2, noon, false), works(1, 1, noon.Add(time.Second), true), works(1, 1, noon, true), works(2, 2, noon.Add(time.Minute), false),
		// Another secret of token 1, at the end of the day and in the next one.
		works(3, 1, noon.Add(12*time.Hour-time.Millisecond), false), works(3, 1, noon.Add(12*time.Hour), false),
		refused(4, 4, noon, console.ReasonExpired), refused(4, 4, noon, console.ReasonExpired), refused(4, 4, noon, console.ReasonIPRefused),
	} {
		u.Note(use)
	}
	if !u.Urgent() || !u.Seen(id(1)) || !u.Seen(id(2)) || u.Seen(id(4)) || u.Seen(id(5)) {
		t.Error("what was noted is not known, or what was refused counts as seen")
	}
	want := Batch{
		Secrets: []SecretUse{
			{ID: id(1), First: noon, Last: noon.Add(time.Second), Fresh: true}, {ID: id(2), First: noon, Last: noon.Add(time.Minute)},
			{ID: id(3), First: noon.Add(12*time.Hour - time.Millisecond), Last: noon.Add(12 * time.Hour)},
		},
		Tokens: []TokenUse{
			{Token: guid(1), Last: noon.Add(12 * time.Hour), From: client, Counts: []console.DayCount{{Day: today, N: 3}, {Day: today + 1, N: 1}}},
			{Token: guid(2), Last: noon.Add(time.Minute), From: client, Counts: []console.DayCount{{Day: today, N: 2}}},
			{Token: guid(4), Counts: []console.DayCount{{Day: today, Reason: console.ReasonExpired, N: 2}, {Day: today, Reason: console.ReasonIPRefused, N: 1}}},
		},
	}
	sorted := cmpopts.SortSlices(func(a, b console.DayCount) bool { return a.Compare(b) < 0 })
	if diff := cmp.Diff(want, written(t, &u), plain, sorted); diff != "" || u.Urgent() {
		t.Errorf("flushed is %s", diff)
	}
	if rest := written(t, &u); len(rest.Secrets)+len(rest.Tokens) != 0 {
		t.Errorf("flushed twice is %v", rest)
	}
}

// TestAFailedFlushLosesNothing, nor does what happens meanwhile, and nothing is
// written twice.
func TestAFailedFlushLosesNothing(t *testing.T) {
	var u Usage
	away := errors.New("away")
	u.Note(works(1, 1, noon, true))
	u.Note(works(2, 2, noon, false))
	err := u.Flush(func(Batch) ([]console.GUID, error) {
		if !u.Seen(id(1)) {
			t.Error("what is being written is not seen")
		}
		u.Note(works(1, 1, noon.Add(time.Hour), true))
		return nil, away
	})
	if !errors.Is(err, away) || !u.Seen(id(1)) || !u.Urgent() || u.size.Load() != 2 {
		t.Errorf("a flush that failed gives %v and forgets", err)
	}
	busy := func(b Batch) ([]console.GUID, error) {
		if len(b.Tokens) != 2 || b.Tokens[0].Counts[0].N != 2 || !b.Tokens[0].Last.Equal(noon.Add(time.Hour)) {
			t.Errorf("the next flush writes %+v", b)
		}
		return []console.GUID{guid(1)}, nil
	}
	if err := u.Flush(busy); err != nil || !u.Seen(id(1)) || !u.Urgent() || u.Seen(id(2)) {
		t.Errorf("a flush that left out a token gives %v and forgets it", err)
	}
	if got := written(t, &u); len(got.Tokens) != 1 || got.Tokens[0].Counts[0].N != 2 || u.Urgent() || u.size.Load() != 0 {
		t.Errorf("what was left out is written as %+v", got)
	}
	for range 2 * remembered {
		if u.Note(works(1, 1, noon, true)); u.Urgent() { // as somebody says who learnt of the secret before
			t.Fatal("a first use that was written is urgent again")
		}
		written(t, &u)
	}
	for range remembered {
		if !u.Seen(id(1)) {
			t.Fatal("a first use is forgotten before answers that began before it can have ended")
		}
		written(t, &u)
	}
	written(t, &u)
	if u.Seen(id(1)) {
		t.Error("a first use is never forgotten")
	}
}

func TestMemoryIsBounded(t *testing.T) {
	var u Usage
	for i := range usageLimit + 10 {
		use := works(0, 1, noon, false)
		use.Secret = SecretID{byte(i), byte(i >> 8), byte(i >> 16)}
		u.Note(use)
	}
	first := works(0, 2, noon, true)
	first.Secret = SecretID{1, 2, 3, 4}
	u.Note(first)
	if u.size.Load() != usageLimit+1 || !u.Seen(first.Secret) {
		t.Errorf("%d uses are kept", u.size.Load())
	}
	for i := range refusalLimit + 500 {
		use := refused(0, 1, noon.Add(time.Duration(i%3)*time.Minute), console.ReasonExpired)
		use.Token = console.GUID(fmt.Sprint("another ", i))
		u.Note(use)
	}
	if n := len(u.Refusals.waiting); n != refusalLimit+1 {
		t.Errorf("%d refusals are kept", n)
	}
	total := 0
	_, err := u.Refusals.Flush(noon, true, 2*refusalLimit, func(all []Refusal) error {
		for _, refusal := range all {
			total += refusal.N
		}
		return nil
	})
	if err != nil || total != refusalLimit+500 {
		t.Errorf("%d refusals are told, %v", total, err)
	}
}

// TestRefusalsWaitForTheirMinute and are told once, with their number.
func TestRefusalsWaitForTheirMinute(t *testing.T) {
	var u Usage
	for i := range 1000 {
		u.Note(refused(1, 1, noon.Add(time.Duration(i)*time.Millisecond), console.ReasonRevoked))
	}
	u.Note(refused(2, 1, noon.Add(time.Minute), console.ReasonRevoked))
	u.Note(works(3, 3, noon, false))
	var got []Refusal
	flush := func(now time.Time, all bool, limit int, err error) bool {
		t.Helper()
		got = nil
		more, failed := u.Refusals.Flush(now, all, limit, func(r []Refusal) error { got = r; return err })
		if !errors.Is(failed, err) {
			t.Errorf("flushing gives %v", failed)
		}
		return more
	}
	if flush(noon.Add(59*time.Second), false, 10, nil); got != nil {
		t.Errorf("before the minute is over %v is told", got)
	}
	flush(noon.Add(time.Minute), false, 10, errors.New("away"))
	flush(noon.Add(time.Minute), false, 10, nil)
	want := Refusal{Token: guid(1), Reason: console.ReasonRevoked, N: 1000, First: noon, Last: noon.Add(999 * time.Millisecond), From: client}
	if diff := cmp.Diff([]Refusal{want}, got, plain); diff != "" {
		t.Errorf("told is %s", diff)
	}
	if flush(noon.Add(time.Minute), false, 10, nil); got != nil {
		t.Errorf("told again is %v", got)
	}
	u.Note(refused(1, 2, noon.Add(time.Minute), console.ReasonDisabled))
	if more := flush(noon, true, 1, nil); !more || len(got) != 1 {
		t.Errorf("told is %v, more %v", got, more)
	}
	if more := flush(noon, true, 1, nil); more || len(got) != 1 {
		t.Errorf("told is %v, more %v", got, more)
	}
}

// TestManyNoteAtOnce is for the race detector, and loses nothing.
func TestManyNoteAtOnce(t *testing.T) {
	var u Usage
	var all sync.WaitGroup
	var places [5]Place
	last, counted, flushes := map[SecretID]time.Time{}, 0, 0
	write := func(b Batch) ([]console.GUID, error) {
		if flushes++; flushes%3 == 0 {
			return nil, errors.New("away")
		}
		for _, use := range b.Secrets {
			if use.Last.After(last[use.ID]) {
				last[use.ID] = use.Last
			}
		}
		for _, token := range b.Tokens {
			for _, count := range token.Counts {
				counted += count.N
			}
		}
		return nil, nil
	}
	for worker := range 8 {
		all.Go(func() {
			for i := range 500 {
				use := works(byte(i%5), byte(i%5), noon.Add(time.Duration(worker*500+i)), i == 0)
				use.Place = &places[i%5]
				if i%7 == 0 {
					use.Reason = console.ReasonScopeMissing
				}
				u.Note(use)
				u.Seen(use.Secret)
			}
		})
	}
	all.Go(func() {
		for range 50 {
			_ = u.Flush(write)
		}
	})
	all.Wait()
	for range 2 {
		_ = u.Flush(write)
	}
	if want := noon.Add(7*500 + 499); !last[id(4)].Equal(want) || len(last) != 5 || u.Urgent() || counted != 4000 || u.size.Load() != 0 {
		t.Errorf("%d secrets, the last use %v, urgent %v, %d uses", len(last), last[id(4)], u.Urgent(), counted)
	}
}

// TestAPlaceIsNoMoreThanAShortcut: the same is written with one as without, whatever
// cannot be written meanwhile.
func TestAPlaceIsNoMoreThanAShortcut(t *testing.T) {
	const secrets = 6
	random := rand.New(rand.NewPCG(1, 2))
	var with, without Usage
	var places [secrets]Place
	at := noon
	note := func() {
		for range random.IntN(4 * secrets) {
			secret := byte(random.IntN(secrets))
			at = at.Add(time.Duration(random.IntN(int(time.Hour))))
			use := works(secret, secret/2, at, random.IntN(3) == 0)
			if random.IntN(4) == 0 {
				use = refused(secret, secret/2, at, console.ReasonExpired)
			}
			without.Note(use)
			use.Place = &places[secret]
			with.Note(use)
		}
	}
	for round := range 500 {
		note()
		var batches []Batch
		busy := []console.GUID{guid(byte(random.IntN(secrets)))}
		var fails error
		if random.IntN(4) == 0 {
			fails = errors.New("away")
		}
		between := random.Uint64()
		for _, u := range []*Usage{&with, &without} {
			_ = u.Flush(func(b Batch) ([]console.GUID, error) {
				for i := range b.Tokens { // in no order
					slices.SortFunc(b.Tokens[i].Counts, func(a, b console.DayCount) int {
						return gocmp.Or(gocmp.Compare(a.Day, b.Day), gocmp.Compare(a.Reason, b.Reason))
					})
				}
				batches = append(batches, b)
				random := rand.New(rand.NewPCG(between, 0))
				for range random.IntN(secrets) { // while it is being written
					secret := byte(random.IntN(secrets))
					use := works(secret, secret/2, at, random.IntN(3) == 0)
					if u == &with {
						use.Place = &places[secret]
					}
					u.Note(use)
				}
				return busy, fails
			})
		}
		if len(batches) == 1 { // one of them had nothing to write
			t.Fatalf("round %d: one batch", round)
		}
		if len(batches) == 2 && !cmp.Equal(batches[0], batches[1], plain) {
			t.Fatalf("round %d:\n%s", round, cmp.Diff(batches[1], batches[0], plain))
		}
	}
	if with.size.Load() != without.size.Load() || with.fresh.Load() != without.fresh.Load() {
		t.Errorf("%d and %d secrets stay, %d and %d of them fresh", with.size.Load(), without.size.Load(), with.fresh.Load(), without.fresh.Load())
	}
}

// BenchmarkNote is what a use of a token costs whoever asks about it.
func BenchmarkNote(b *testing.B) {
	for _, tokens := range []int{1, 10_000} {
		uses := make([]Use, tokens)
		for i := range uses {
			uses[i] = works(0, 0, noon, false)
			uses[i].Secret = SecretID{byte(i), byte(i >> 8), byte(i >> 16)}
			uses[i].Token = console.GUID(fmt.Sprintf("%08x-0000-4000-8000-000000000000", i))
		}
		for name, reason := range map[string]console.Reason{"allowed": "", "refused": console.ReasonScopeMissing} {
			b.Run(fmt.Sprintf("%s/tokens=%d", name, tokens), func(b *testing.B) {
				var u Usage
				for i := range uses {
					uses[i].Reason, uses[i].Place = reason, new(Place)
					u.Note(uses[i])
				}
				b.ReportAllocs()
				b.RunParallel(func(pb *testing.PB) {
					for i := 0; pb.Next(); i++ {
						u.Note(uses[i%tokens])
					}
				})
			})
		}
	}
}
