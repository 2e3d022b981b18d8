package store_test

import (
	"fmt"
	"math/rand"
	"slices"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"

	"latchkey/internal/console"
	"latchkey/internal/store"
	"latchkey/internal/store/storetest"
)

// TestRequestsOfRepositoriesAddUp holds what was added up as it was written, in
// many parts, against adding up the tokens of each.
func TestRequestsOfRepositoriesAddUp(t *testing.T) {
	storetest.Each(t, func(t *testing.T, st *store.Store) {
		m := &listModel{random: rand.New(rand.NewSource(3))}
		m.fill(t, st, 12)
		today := console.DayOf(noon)
		want := map[string]store.RepositoryDay{}
		for range 30 {
			token := pick(m, m.tokens)
			count := console.DayCount{Day: today - console.Day(m.random.Intn(3)), N: 1 + m.random.Intn(5)}
			if m.chance(30) {
				count.Reason = console.ReasonExpired
			}
			addUses(t, st, store.TokenUse{Token: token.GUID, Counts: []console.DayCount{count}})
			sum := store.RepositoryDay{Day: count.Day}
			switch len(token.Repositories) {
			case 0:
			case 1:
				sum.Repository = token.Repositories[0].GUID
			default:
				sum.Repository = store.SeveralRepositories
			}
			key := fmt.Sprintf("%d %s", sum.Day, sum.Repository)
			sum.Allowed, sum.Refused = want[key].Allowed, want[key].Refused
			if count.Reason == "" {
				sum.Allowed += count.N
			} else {
				sum.Refused += count.N
			}
			want[key] = sum
		}
		expected := []store.RepositoryDay{}
		for _, sum := range want {
			expected = append(expected, sum)
		}
		slices.SortFunc(expected, func(a, b store.RepositoryDay) int {
			if a.Day != b.Day {
				return int(a.Day - b.Day)
			}
			return strings.Compare(string(a.Repository), string(b.Repository))
		})
		all, err := st.ListRepositoryDays(t.Context(), today-2, today)
		must(t, err)
		if diff := gocmp.Diff(expected, all); diff != "" {
			t.Errorf("of all tokens: %s", diff)
		}
		looked, known, err := st.ListVisibleDays(t.Context(), console.Visibility{}, today-2, today, 12)
		must(t, err)
		if diff := gocmp.Diff(expected, looked); diff != "" || !known {
			t.Errorf("of all tokens, by looking: %s", diff)
		}
		if _, known, err := st.ListVisibleDays(t.Context(), console.Visibility{}, today-2, today, 11); err != nil || known {
			t.Errorf("of more tokens than it may look at it knows, %v", err)
		}
		must(t, st.DeleteOldRepositoryDays(t.Context(), today))
		left, err := st.ListRepositoryDays(t.Context(), today-2, today)
		must(t, err)
		if slices.ContainsFunc(left, func(day store.RepositoryDay) bool { return day.Day < today }) || len(left) == 0 {
			t.Errorf("left are %v", left)
		}
	})
}
