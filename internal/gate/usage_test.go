package gate

import (
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

var noon = time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)

func id(b byte) SecretID { return SecretID{b} }

func TestUsesAreCollected(t *testing.T) {
	var u Usage
	u.Note(id(2), noon, false)
	u.Note(id(1), noon.Add(time.Second), true)
	u.Note(id(1), noon, true)
	u.Note(id(2), noon.Add(time.Minute), false)
	if !u.Urgent() || !u.Seen(id(1)) || !u.Seen(id(2)) || u.Seen(id(3)) {
		t.Error("what was noted is not known")
	}
	away := errors.New("away")
	if err := u.Flush(func([]SecretUse) error { return away }); !errors.Is(err, away) || !u.Seen(id(1)) || !u.Urgent() {
		t.Errorf("a flush that failed gives %v and forgets", err)
	}
	var got []SecretUse
	write := func(uses []SecretUse) error {
		got = uses
		if uses[0].ID == id(1) {
			u.Note(id(2), noon.Add(time.Hour), false) // meanwhile
		}
		return nil
	}
	if err := u.Flush(write); err != nil {
		t.Fatal(err)
	}
	want := []SecretUse{
		{ID: id(1), First: noon, Last: noon.Add(time.Second), Fresh: true}, {ID: id(2), First: noon, Last: noon.Add(time.Minute)},
	}
	if diff := cmp.Diff(want, got); diff != "" || u.Urgent() {
		t.Errorf("flushed is %s", diff)
	}
	if err := u.Flush(write); err != nil || len(got) != 1 || !got[0].Last.Equal(noon.Add(time.Hour)) {
		t.Errorf("what was used meanwhile is flushed as %v, %v", got, err)
	}
	for range remembered {
		if !u.Seen(id(1)) || u.Seen(id(2)) {
			t.Fatal("a first use is forgotten before answers that began before it can have ended")
		}
		_ = u.Flush(nil)
	}
	if u.Seen(id(1)) {
		t.Error("a first use is never forgotten")
	}
}

func TestMemoryIsBounded(t *testing.T) {
	var u Usage
	for i := range usageLimit + 10 {
		u.Note(SecretID{byte(i), byte(i >> 8), byte(i >> 16)}, noon, false)
	}
	u.Note(SecretID{1, 2, 3, 4}, noon, true)
	if len(u.uses) != usageLimit+1 || !u.Seen(SecretID{1, 2, 3, 4}) {
		t.Errorf("%d uses are kept", len(u.uses))
	}
}

// TestManyNoteAtOnce is for the race detector, and loses nothing.
func TestManyNoteAtOnce(t *testing.T) {
	var u Usage
	var all sync.WaitGroup
	last := map[SecretID]time.Time{}
	write := func(uses []SecretUse) error {
		for _, use := range uses {
			last[use.ID] = use.Last
		}
		return nil
	}
	for worker := range 8 {
		all.Go(func() {
			for i := range 500 {
				u.Note(id(byte(i%5)), noon.Add(time.Duration(worker*500+i)), i == 0)
			}
		})
	}
	all.Go(func() {
		for range 50 {
			_ = u.Flush(write)
		}
	})
	all.Wait()
	_ = u.Flush(write)
	if want := noon.Add(7*500 + 499); !last[id(4)].Equal(want) || len(last) != 5 || u.Urgent() {
		t.Errorf("%d secrets, the last use %v, urgent %v", len(last), last[id(4)], u.Urgent())
	}
}
