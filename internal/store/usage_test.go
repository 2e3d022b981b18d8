package store_test

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"latchkey/internal/console"
	"latchkey/internal/store"
	"latchkey/internal/store/storetest"
)

// usedToken makes a token with one secret, whose hash is its name.
func usedToken(t *testing.T, st *store.Store, name string) console.GUID {
	t.Helper()
	token := console.Token{GUID: console.NewGUID(), Type: console.TypeSystem, Name: name, CreatedAt: noon, UpdatedAt: noon, Version: 1}
	if known, err := st.ListKeys(t.Context()); err != nil || len(known) == 0 {
		if err := st.InsertKey(t.Context(), "key", noon); err != nil {
			t.Fatal(err)
		}
	}
	if err := st.InsertToken(t.Context(), token, store.SecretHash{Hash: []byte(name), KeyID: "key"}); err != nil {
		t.Fatal(err)
	}
	return token.GUID
}

// addUses writes what became of tokens, in a transaction as it has to be.
func addUses(t *testing.T, st *store.Store, uses ...store.TokenUse) (busy []console.GUID) {
	t.Helper()
	err := st.Tx(t.Context(), func(tx *store.Store) (err error) {
		busy, err = tx.AddTokenUses(t.Context(), uses)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return busy
}

func TestUsageAddsUp(t *testing.T) {
	storetest.Each(t, func(t *testing.T, st *store.Store) {
		token, other, gone := usedToken(t, st, "a"), usedToken(t, st, "b"), console.NewGUID()
		today := console.DayOf(noon)
		count := func(day console.Day, reason console.Reason, n int) console.DayCount {
			return console.DayCount{Day: day, Reason: reason, N: n}
		}
		busy := addUses(t, st,
			store.TokenUse{Token: token, At: noon, Address: "192.0.2.1", Agent: "curl", Counts: []console.DayCount{count(today, "", 3), count(today-1, "", 1)}},
			store.TokenUse{Token: gone, At: noon, Counts: []console.DayCount{count(today, "", 9)}},
			store.TokenUse{Token: other, Counts: []console.DayCount{count(today, console.ReasonExpired, 2)}},
		)
		if len(busy) > 0 {
			t.Errorf("busy are %v", busy)
		}
		// An older use, from a server that flushes late, counts and is not the last.
		addUses(t, st, store.TokenUse{Token: token, At: noon.Add(-time.Hour), Address: "192.0.2.2", Counts: []console.DayCount{
			count(today, "", 4), count(today, console.ReasonScopeMissing, 5), count(today-40, "", 7), count(today+1, "", 8),
		}})
		got, err := st.FindUsage(t.Context(), token, today-29, today)
		want := console.Usage{UsedAt: noon, Address: "192.0.2.1", Agent: "curl", Since: today - 29, Today: today, Counts: []console.DayCount{
			count(today-1, "", 1), count(today, "", 7), count(today, console.ReasonScopeMissing, 5),
		}}
		if diff := cmp.Diff(want, got); diff != "" || err != nil {
			t.Errorf("the usage is %s, %v", diff, err)
		}
		found, err := st.FindToken(t.Context(), "", token)
		if err != nil || !found.UsedAt.Equal(noon) {
			t.Errorf("the token was used at %v, %v", found.UsedAt, err)
		}
		if got, err := st.FindUsage(t.Context(), other, today, today); err != nil || !got.UsedAt.IsZero() || len(got.Counts) != 1 {
			t.Errorf("a token that was only refused has the usage %+v, %v", got, err)
		}
		if err := st.DeleteToken(t.Context(), token); err != nil {
			t.Fatal(err)
		}
		if got, err := st.FindUsage(t.Context(), token, today-29, today); err != nil || !got.UsedAt.IsZero() || len(got.Counts) != 0 {
			t.Errorf("a deleted token has the usage %+v, %v", got, err)
		}
		if n, err := st.DeleteOldUsage(t.Context(), today+2, 100); err != nil || n != 1 {
			t.Errorf("beside the deleted token %d counts are left, want the other's, %v", n, err)
		}
	})
}

func TestSecretUsesAreWrittenTogether(t *testing.T) {
	storetest.Each(t, func(t *testing.T, st *store.Store) {
		var uses []store.SecretUse
		for i := range 1100 { // several statements, and some that are gone
			name := fmt.Sprintf("secret %04d", i)
			if i < 30 || i > 1090 {
				usedToken(t, st, name)
			}
			uses = append(uses, store.SecretUse{Hash: []byte(name), At: noon.Add(time.Duration(i) * time.Second)})
		}
		for _, earlier := range []time.Duration{0, time.Hour} {
			for i := range uses {
				uses[i].At = uses[i].At.Add(-earlier)
			}
			if err := st.Tx(t.Context(), func(tx *store.Store) error { return tx.NoteSecretUses(t.Context(), uses) }); err != nil {
				t.Fatal(err)
			}
		}
		for _, i := range []int{0, 29, 1095} {
			found, err := st.FindSecret(t.Context(), fmt.Appendf(nil, "secret %04d", i))
			if want := noon.Add(time.Duration(i) * time.Second); err != nil || !found.Secret.UsedAt.Equal(want) {
				t.Errorf("secret %d was used at %v, want %v, %v", i, found.Secret.UsedAt, want, err)
			}
		}
	})
}

func TestOldUsageGoesLittleByLittle(t *testing.T) {
	storetest.Each(t, func(t *testing.T, st *store.Store) {
		token, today := usedToken(t, st, "a"), console.DayOf(noon)
		var counts []console.DayCount
		for day := today - 9; day <= today; day++ {
			counts = append(counts, console.DayCount{Day: day, N: 1}, console.DayCount{Day: day, Reason: console.ReasonExpired, N: 1})
		}
		addUses(t, st, store.TokenUse{Token: token, Counts: counts})
		for _, want := range []int{5, 5, 2, 0} {
			if n, err := st.DeleteOldUsage(t.Context(), today-3, 5); err != nil || n != want {
				t.Errorf("%d counts went, want %d, %v", n, want, err)
			}
		}
		if got, err := st.FindUsage(t.Context(), token, today-9, today); err != nil || len(got.Counts) != 8 || got.Counts[0].Day != today-3 {
			t.Errorf("left is %+v, %v", got, err)
		}
	})
}

// TestWritingUsageWaitsForNobody who changes a token, and nobody waits for both.
func TestWritingUsageWaitsForNobody(t *testing.T) {
	st := storetest.Open(t, storetest.Postgres(t))
	token, free := usedToken(t, st, "a"), usedToken(t, st, "b")
	use := func(guid console.GUID) store.TokenUse {
		return store.TokenUse{Token: guid, At: noon, Counts: []console.DayCount{{Day: console.DayOf(noon), N: 1}}}
	}
	err := st.Tx(t.Context(), func(tx *store.Store) error {
		if _, err := tx.LockToken(t.Context(), "", token); err != nil {
			return err
		}
		if busy := addUses(t, st, use(token), use(free)); len(busy) != 1 || busy[0] != token {
			t.Errorf("busy are %v", busy)
		}
		return tx.DeleteToken(t.Context(), token)
	})
	if err != nil {
		t.Fatal(err)
	}
	if busy := addUses(t, st, use(token), use(free)); len(busy) != 0 {
		t.Errorf("of tokens that are gone %v are busy", busy)
	}
	var all sync.WaitGroup
	for range 8 { // servers that write at once
		all.Go(func() {
			for range 20 {
				err := st.Tx(t.Context(), func(tx *store.Store) error {
					_, err := tx.AddTokenUses(t.Context(), []store.TokenUse{use(free), use(token)})
					return err
				})
				if err != nil {
					t.Error(err)
				}
			}
		})
	}
	all.Wait()
	got, err := st.FindUsage(t.Context(), free, console.DayOf(noon), console.DayOf(noon))
	if n, _ := got.Totals(); err != nil || n != 162 {
		t.Errorf("%d uses are counted, %v", n, err)
	}
}
