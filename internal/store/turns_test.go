package store_test

import (
	"fmt"
	"maps"
	"math/rand"
	"slices"
	"strings"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"latchkey/internal/console"
	"latchkey/internal/store"
	"latchkey/internal/store/storetest"
)

// A turnModel lives through a random history of tokens and holds what was counted
// on the way against counting all of them.
type turnModel struct {
	*listModel
	filter console.IPFilterRef
}

func newTurnModel(t *testing.T, st *store.Store, seed int64) *turnModel {
	t.Helper()
	m := &turnModel{listModel: &listModel{random: rand.New(rand.NewSource(seed))}}
	m.fill(t, st, 0)
	filter := console.IPFilter{GUID: console.NewGUID(), Name: "office", CreatedAt: noon, UpdatedAt: noon, Version: 1}
	must(t, st.InsertIPFilter(t.Context(), filter))
	m.filter = filter.Ref()
	return m
}

func TestCountsAgreeWithTheTokensAfterAnyHistory(t *testing.T) {
	storetest.Each(t, func(t *testing.T, st *store.Store) {
		seed := time.Now().UnixNano()
		t.Logf("seed %d", seed)
		m := newTurnModel(t, st, seed)
		for step := range 600 {
			m.step(t, st, step)
			if step%150 == 149 {
				must(t, st.SettleTurns(t.Context()))
				m.compare(t, st)
			}
		}
		must(t, st.DeleteRepository(t.Context(), m.repositories[1].GUID))
		m.repositories = slices.Delete(m.repositories, 1, 2)
		m.compare(t, st)
	})
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// date is an instant on some day about noon, often on its edge.
func (m *turnModel) date() time.Time {
	day := noon.Truncate(24*time.Hour).AddDate(0, 0, m.random.Intn(9)-4)
	return day.Add(pick(m.listModel, []time.Duration{-time.Millisecond, 0, time.Millisecond, 11 * time.Hour, 12 * time.Hour, 13 * time.Hour}))
}

func (m *turnModel) change(token *console.Token) {
	token.ValidFrom, token.ValidTo, token.DisabledAt, token.DisabledUntil = time.Time{}, time.Time{}, time.Time{}, time.Time{}
	token.IPFilter = console.IPFilterRef{}
	if m.chance(40) {
		token.ValidFrom = m.date()
	}
	if m.chance(60) {
		token.ValidTo = m.date()
	}
	if m.chance(30) {
		token.DisabledAt = noon
		if m.chance(70) {
			token.DisabledUntil = m.date()
		}
	}
	if m.chance(30) {
		token.IPFilter = m.filter
	}
	if m.chance(30) {
		token.Scopes = []string{pick(m.listModel, modelScopes)}
	}
}

func (m *turnModel) step(t *testing.T, st *store.Store, step int) {
	t.Helper()
	ctx := t.Context()
	if len(m.tokens) == 0 || m.chance(40) {
		token := m.token()
		token.CreatedAt = noon.AddDate(0, 0, -30)
		m.change(&token)
		must(t, st.InsertToken(ctx, token, store.SecretHash{Hash: fmt.Appendf(nil, "hash %d", step), KeyID: "key"}))
		m.tokens = append(m.tokens, token)
		return
	}
	place := m.random.Intn(len(m.tokens))
	token := &m.tokens[place]
	switch {
	case m.chance(10):
		must(t, st.DeleteToken(ctx, token.GUID))
		m.tokens = slices.Delete(m.tokens, place, place+1)
	case m.chance(5):
		before := m.date()
		gone, err := st.DeleteEndedTokens(ctx, before, 3)
		must(t, err)
		m.tokens = slices.DeleteFunc(m.tokens, func(token console.Token) bool {
			return slices.ContainsFunc(gone, func(target console.Target) bool { return target.GUID == token.GUID })
		})
	case m.chance(15) && token.RevokedAt.IsZero():
		at := noon.AddDate(0, 0, -m.random.Intn(3))
		must(t, st.RevokeToken(ctx, token.GUID, "why", at))
		token.RevokedAt, token.ValidTo = at, at
		token.Version++
	case m.chance(20):
		// All or nothing: what is undone was not counted either.
		_ = st.Tx(ctx, func(tx *store.Store) error {
			must(t, tx.DeleteToken(ctx, token.GUID))
			return fmt.Errorf("no")
		})
	default:
		if token.RevokedAt.IsZero() {
			m.change(token)
		}
		must(t, st.UpdateToken(ctx, *token, token.Version))
		token.Version++
	}
}

// compare counts at the edges of days and between them.
func (m *turnModel) compare(t *testing.T, st *store.Store) {
	t.Helper()
	for _, now := range []time.Time{
		noon.AddDate(0, 0, -10), noon, noon.Truncate(24 * time.Hour), noon.Truncate(24 * time.Hour).Add(-time.Millisecond), noon.AddDate(0, 0, 2), noon.AddDate(0, 0, 20),
		m.date(), m.date(), m.date(),
	} {
		all, err := st.CountStatuses(t.Context(), "", now)
		must(t, err)
		m.agree(t, fmt.Sprint("all at ", now), all, now, func(console.Token) bool { return true })
		open, err := st.CountOpen(t.Context(), now)
		must(t, err)
		m.agree(t, fmt.Sprint("open at ", now), open, now, func(token console.Token) bool { return token.IPFilter.GUID == "" })
		for _, repository := range m.repositories {
			counts, err := st.CountStatuses(t.Context(), repository.GUID, now)
			must(t, err)
			m.agree(t, fmt.Sprint(repository.Name, " at ", now), counts, now, func(token console.Token) bool { return slices.Contains(token.Repositories, repository) })
		}
		endless, err := st.CountEndless(t.Context(), now)
		must(t, err)
		got, want := map[string]int{}, map[string]int{}
		for _, count := range endless {
			got[strings.Join(count.Scopes, " ")] = count.N
		}
		for _, token := range m.tokens {
			if token.ValidTo.IsZero() && token.Status(now) == console.StatusActive {
				want[strings.Join(token.Scopes, " ")]++
			}
		}
		if diff := gocmp.Diff(want, got); diff != "" {
			t.Errorf("endless tokens at %v: %s", now, diff)
		}
	}
}

func (m *turnModel) agree(t *testing.T, what string, got map[console.Status]int, now time.Time, belongs func(console.Token) bool) {
	t.Helper()
	want := map[console.Status]int{}
	for _, token := range m.tokens {
		if belongs(token) {
			want[token.Status(now)]++
		}
	}
	maps.DeleteFunc(got, func(_ console.Status, n int) bool { return n == 0 })
	if diff := gocmp.Diff(want, got); diff != "" {
		t.Errorf("%s: %s", what, diff)
	}
}

func TestLoadedTokensAreCounted(t *testing.T) {
	storetest.Each(t, func(t *testing.T, st *store.Store) {
		m := newTurnModel(t, st, 1)
		for range 300 {
			token := m.token()
			token.CreatedAt = noon.AddDate(0, 0, -30)
			m.change(&token)
			if m.chance(20) {
				token.RevokedAt = noon.AddDate(0, 0, -m.random.Intn(3))
				token.ValidTo = token.RevokedAt
			}
			m.tokens = append(m.tokens, token)
		}
		must(t, st.LoadTokens(t.Context(), func(yield func(console.Token, store.SecretHash) bool) {
			for i, token := range m.tokens {
				if !yield(token, store.SecretHash{Hash: fmt.Appendf(nil, "hash %d", i), KeyID: "key"}) {
					return
				}
			}
		}, noon))
		m.compare(t, st)
		// The triggers are back.
		for step := range 40 {
			m.step(t, st, 1000+step)
		}
		m.compare(t, st)
	})
}

// TestWhatAddsUp: all else is counted to a bound, and kept for longer.
func TestWhatAddsUp(t *testing.T) {
	open := []console.Trait{console.TraitOpen}
	for _, test := range []struct {
		f    console.TokenFilter
		want bool
	}{
		{console.TokenFilter{Status: console.FilterActive, Retention: time.Minute}, true},
		{console.TokenFilter{Repository: "web-logs"}, true},
		{console.TokenFilter{Traits: open}, true},
		{console.TokenFilter{Repository: "web-logs", Traits: open}, false},
		{console.TokenFilter{Status: console.FilterExpiring}, false},
		{console.TokenFilter{Name: "x"}, false},
		{console.TokenFilter{Visible: console.Visibility{Limited: true}}, false},
	} {
		if got := store.AddsUp(test.f); got != test.want {
			t.Errorf("%+v adds up: %v", test.f, got)
		}
	}
}

// TestTotalsThatAreKnown are told to the last token; others no further than the
// limit, which no total is taken for.
func TestTotalsThatAreKnown(t *testing.T) {
	const n = console.TotalLimit + 1
	storetest.Each(t, func(t *testing.T, st *store.Store) {
		must(t, st.InsertKey(t.Context(), "key", noon))
		must(t, st.LoadTokens(t.Context(), func(yield func(console.Token, store.SecretHash) bool) {
			for i := range n {
				token := console.Token{GUID: console.NewGUID(), Name: fmt.Sprint("token ", i), Type: console.TypeSystem, CreatedAt: noon, UpdatedAt: noon, Version: 1}
				if !yield(token, store.SecretHash{Hash: fmt.Appendf(nil, "hash %d", i), KeyID: "key"}) {
					return
				}
			}
		}, noon))
		statuses := []console.StatusFilter{console.FilterAll}
		for text, want := range map[string]int{"": n, "token": console.Beyond, "token 1234": 1} {
			counts, err := st.CountTokens(t.Context(), console.TokenFilter{Name: text}, statuses, noon)
			if err != nil || counts[console.FilterAll] != want {
				t.Errorf("%q: %v, %v; want %d", text, counts, err, want)
			}
		}
	})
}
