package store_test

import (
	"fmt"
	"math/rand"
	"slices"
	"testing"
	"time"

	"latchkey/internal/console"
	"latchkey/internal/store"
	"latchkey/internal/store/storetest"
)

// TestPhasesAreNeverBelieved: whatever phase a token has, and however its dates fall
// around now, it is listed by its status and once, and is settled only if it has to be.
func TestPhasesAreNeverBelieved(t *testing.T) {
	storetest.Each(t, func(t *testing.T, st *store.Store) {
		ctx := t.Context()
		if err := st.InsertKey(ctx, "key", noon); err != nil {
			t.Fatal(err)
		}
		m := &listModel{random: rand.New(rand.NewSource(1))}
		var phases []int
		forever := noon.AddDate(1000, 0, 0)
		beside := []time.Time{noon.Add(-time.Millisecond), noon, noon.Add(time.Millisecond)}
		for _, from := range beside {
			for _, to := range append(slices.Clip(beside), time.Time{}) {
				for _, until := range append(slices.Clip(beside), time.Time{}, forever) {
					for phase := range 2 * len(console.Statuses) {
						token := console.Token{
							GUID: console.NewGUID(), Type: console.TypeOrganization, Name: fmt.Sprintf("%04x", m.random.Intn(1<<16)), Scopes: []string{"ReadAccess"},
							CreatedAt: noon.Add(-time.Hour), ValidFrom: from, ValidTo: to, UpdatedAt: noon, Version: 1,
						}
						switch {
						case until == forever:
							token.DisabledAt = noon.Add(-time.Hour)
						case !until.IsZero():
							token.DisabledAt, token.DisabledUntil = noon.Add(-time.Hour), until
						}
						if phase < len(console.Statuses) {
							token.RevokedAt, token.RevokeReason = noon.Add(-time.Minute), "why"
						} else if phase%len(console.Statuses) == slices.Index(console.Statuses, console.StatusRevoked) {
							continue // nothing that was revoked is ever not
						}
						m.tokens, phases = append(m.tokens, token), append(phases, phase%len(console.Statuses))
					}
				}
			}
		}
		err := st.LoadTokens(ctx, func(yield func(console.Token, store.SecretHash) bool) {
			for i, token := range m.tokens {
				if !yield(token, store.SecretHash{Hash: fmt.Appendf(nil, "%d", i), KeyID: "key"}) {
					return
				}
			}
		}, noon)
		if err != nil {
			t.Fatal(err)
		}
		unsettled := 0
		err = st.Tx(ctx, func(tx *store.Store) error {
			for i, token := range m.tokens {
				if console.Statuses[phases[i]] != token.Status(noon) {
					unsettled++
				}
				if err := tx.SetPhase(ctx, token.GUID, phases[i]); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		lists := func() {
			for _, status := range console.StatusFilters {
				for _, key := range console.TokenSortKeys {
					m.check(t, st, console.TokenFilter{Status: status}, console.TokenSort{Key: key, Descending: m.chance(50)}, 50)
				}
			}
		}
		lists()
		var settled int
		err = st.Tx(ctx, func(tx *store.Store) (err error) {
			settled, err = tx.SettleTokens(ctx, noon, len(m.tokens))
			return err
		})
		if err != nil || settled != unsettled {
			t.Errorf("%d of %d tokens were settled: %v", settled, unsettled, err)
		}
		lists()
	})
}
