package store

import (
	"fmt"
	"iter"
	"math/bits"
	"slices"
	"strings"
	"testing"
	"time"

	"latchkey/internal/console"
)

// TestFewAreFetchedAndManyWalkedTo: a million tokens, of which a sample is known,
// in whose names a word is common, at the end of the alphabet or rare.
func TestFewAreFetchedAndManyWalkedTo(t *testing.T) {
	now := time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)
	var tokens []console.Token
	for i := range sampleSize {
		name := fmt.Sprintf("%c-deploy-%06x", 'a'+i%25, i)
		if i%25 == 24 {
			name = fmt.Sprintf("zebra-%06x", i)
		}
		token := console.Token{GUID: console.NewGUID(), Name: name, CreatedAt: now.Add(-time.Duration(1+i*7919%sampleSize) * time.Hour), Scopes: []string{"ReadAccess"}}
		if i%400 == 0 {
			token.Scopes = []string{"ChangeFiles"}
		}
		if i == 1000 {
			token.Scopes = []string{"DeleteEvents"}
		}
		tokens = append(tokens, token)
	}
	st := newPlanned(t, now, len(tokens), func(i int) console.Token { return tokens[i] })
	st.samples.newest = newSample(tokens, 1_000_000, now)
	const name, created = console.SortName, console.SortCreated
	for _, test := range []struct {
		what   string
		filter console.TokenFilter
		sort   console.TokenSortKey
		last   bool
		few    bool
	}{
		{"no filter", console.TokenFilter{}, name, false, false},
		{"a word of all", console.TokenFilter{Name: "deploy"}, name, false, false},
		{"a rare word", console.TokenFilter{Name: "nowhere"}, name, false, true},
		{"a common word at the other end of the names", console.TokenFilter{Name: "zebra"}, name, false, false},
		{"the same from its end", console.TokenFilter{Name: "zebra"}, name, true, false},
		{"the same in another order", console.TokenFilter{Name: "zebra"}, created, false, false},
		{"the same beside something rare", console.TokenFilter{Name: "zebra", Scopes: []string{"DeleteEvents"}}, created, false, true},
		{"a rare scope", console.TokenFilter{Scopes: []string{"DeleteEvents"}}, name, false, true},
		{"a scope of one in 400", console.TokenFilter{Scopes: []string{"ChangeFiles"}}, name, false, false},
		{"a common scope", console.TokenFilter{Scopes: []string{"ReadAccess"}}, name, false, false},
	} {
		list, err := st.tokenList(t.Context(), test.filter, console.TokenSort{Key: test.sort}, console.PageRequest{Last: test.last}, now)
		if err != nil || list.filter.few != test.few {
			t.Errorf("%s: few is %v, want %v: %v", test.what, list.filter.few, test.few, err)
		}
	}
}

// TestWalksGoNoFurtherThanFewAreWorth: what few tokens pass may be anywhere in an order,
// which a sample does not tell.
func TestWalksGoNoFurtherThanFewAreWorth(t *testing.T) {
	now := time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)
	var tokens []console.Token
	for i := range sampleSize {
		token := console.Token{GUID: console.NewGUID(), Name: fmt.Sprintf("%06x", i), CreatedAt: now.Add(-time.Hour), Scopes: []string{"ReadAccess"}}
		if i%200 == 0 {
			token.Scopes = []string{"ChangeFiles"}
		}
		tokens = append(tokens, token)
	}
	drawn := newSample(tokens, 10_000_000, now)
	st := &Store{dialect: postgresDialect{}, samples: &samples{newest: drawn}}
	for _, key := range console.TokenSortKeys {
		list, err := st.tokenList(t.Context(), console.TokenFilter{Scopes: []string{"ChangeFiles"}}, console.TokenSort{Key: key}, console.PageRequest{}, now)
		keys, _ := list.keys()
		switch {
		case err != nil || list.filter.few || !list.fewer.few:
			t.Errorf("by %s: few is %v, and then %v: %v", key, list.filter.few, list.fewer.few, err)
		case list.budget < 5*list.rows*200 || list.budget > 1_000_000:
			t.Errorf("by %s: walks break off after %d", key, list.budget)
		case bits.OnesCount(uint(list.budget)) != 1:
			t.Errorf("by %s: walks break off after %d, which hardly any other statement says", key, list.budget)
		case key == console.SortIsActive && strings.Count(keys, "WHEN 1 THEN 0") < len(console.Statuses)-1:
			t.Errorf("after a walk that broke off the next one begins: %s", keys)
		case key != console.SortIsActive && strings.Contains(keys, "SELECT passes"):
			t.Errorf("by %s: the rows of tokens are read: %s", key, keys)
		}
	}
}

// TestWalksBreakOffWhereTheSampleHasNothing: many tokens may have come to a status since
// it was drawn.
func TestWalksBreakOffWhereTheSampleHasNothing(t *testing.T) {
	now := time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)
	var tokens []console.Token
	for range sampleSize {
		tokens = append(tokens, console.Token{GUID: console.NewGUID(), CreatedAt: now.Add(-time.Hour), Scopes: []string{"ReadAccess"}})
	}
	drawn := newSample(tokens, 1_000_000, now)
	st := &Store{dialect: sqliteDialect{}, samples: &samples{newest: drawn}}
	f := console.TokenFilter{Status: console.FilterRevoked, Scopes: []string{"ChangeFiles"}}
	list, err := st.tokenList(t.Context(), f, console.TokenSort{Key: console.SortName}, console.PageRequest{}, now)
	if err != nil || list.filter.few || list.budget != leastBudget || !list.fewer.few {
		t.Errorf("few is %v, and %v after %d: %v", list.filter.few, list.fewer.few, list.budget, err)
	}
}

// TestOfWhatEndsSoonFewAreFetched but in the order of the ends, and in those whose
// entries tell the end: what is scheduled is walked in another order, to its end, for
// none of it ends soon, and each of its tokens is looked at.
func TestOfWhatEndsSoonFewAreFetched(t *testing.T) {
	now := time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)
	var tokens []console.Token
	for i := range sampleSize {
		token := console.Token{GUID: console.NewGUID(), Name: fmt.Sprintf("%06x", i), CreatedAt: now.Add(-time.Hour)}
		switch {
		case i%5 == 0:
			token.ValidFrom = now.AddDate(0, 1, i)
		case i%100 == 1:
			token.ValidTo = now.Add(72 * time.Hour)
		}
		tokens = append(tokens, token)
	}
	drawn := newSample(tokens, 1_000_000, now)
	st := &Store{dialect: sqliteDialect{}, samples: &samples{newest: drawn}}
	for key, few := range map[console.TokenSortKey]bool{
		console.SortIsActive: true, console.SortUsed: true, console.SortName: false, console.SortCreated: false, console.SortExpires: false,
	} {
		list, err := st.tokenList(t.Context(), console.TokenFilter{ExpiresWithin: 7 * 24 * time.Hour}, console.TokenSort{Key: key}, console.PageRequest{}, now)
		if err != nil || list.filter.few != few {
			t.Errorf("by %s: few is %v, want %v: %v", key, list.filter.few, few, err)
		}
	}
}

// TestACurrentListIsWalkedTo, though of what expired only the last minutes are in it:
// those are fetched, and the rest of what expired is not gone through.
func TestACurrentListIsWalkedTo(t *testing.T) {
	now := time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)
	repository := console.RepositoryRef{GUID: console.NewGUID()}
	var tokens []console.Token
	for i := range sampleSize {
		token := console.Token{GUID: console.NewGUID(), Name: fmt.Sprintf("%06x", i*7919%sampleSize), CreatedAt: now.AddDate(-1, 0, 0)}
		if i%4 > 0 {
			token.ValidTo = now.AddDate(0, 0, -1)
		}
		if i%50 < 2 {
			token.Repositories = []console.RepositoryRef{repository}
		}
		tokens = append(tokens, token)
	}
	st := &Store{dialect: sqliteDialect{}, samples: &samples{newest: newSample(tokens, 10_000_000, now)}}
	for _, key := range console.TokenSortKeys {
		list, err := st.tokenList(t.Context(), console.TokenFilter{Repository: repository.GUID, Status: console.FilterCurrent}, console.TokenSort{Key: key}, console.PageRequest{}, now)
		if err != nil || list.filter.few {
			t.Errorf("by %s: few is %v: %v", key, list.filter.few, err)
		}
	}
}

// TestOnlyWhatIsBeyondTheCursorIsAhead, in both directions, and its row is not.
func TestOnlyWhatIsBeyondTheCursorIsAhead(t *testing.T) {
	now := time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)
	var tokens []console.Token
	for _, name := range []string{"d", "b", "a", "c", "b"} {
		tokens = append(tokens, console.Token{Name: name})
	}
	drawn := newSample(tokens, len(tokens), now)
	for _, test := range []struct {
		from       *position
		descending bool
		want       [2]int
	}{
		{nil, false, [2]int{0, 5}},
		{&position{Text: "b"}, false, [2]int{3, 5}},
		{&position{Text: "b"}, true, [2]int{0, 1}},
		{&position{Text: "bb"}, false, [2]int{3, 5}},
		{&position{Text: "bb"}, true, [2]int{0, 3}},
		{&position{Text: "e"}, false, [2]int{5, 5}},
	} {
		list := tokenList{walk: walk{from: test.from, descending: test.descending}, key: console.SortName}
		if from, to := list.ahead(drawn, nameColumn); [2]int{from, to} != test.want {
			t.Errorf("from %v, descending %v: %d to %d, want %v", test.from, test.descending, from, to, test.want)
		}
	}
}

// TestInTheOrderOfTheStatusOnlyStatusesAheadAreWalked from a cursor at the end of what
// expired.
func TestInTheOrderOfTheStatusOnlyStatusesAheadAreWalked(t *testing.T) {
	now := time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)
	tokens := []console.Token{{CreatedAt: now}} // one more is active than has any other status
	for i := range 3 {
		before := now.AddDate(0, 0, -1-i)
		tokens = append(tokens, console.Token{CreatedAt: before}, console.Token{CreatedAt: before, ValidTo: before.Add(time.Hour)}, console.Token{CreatedAt: before, RevokedAt: before})
	}
	drawn := newSample(tokens, len(tokens), now)
	at := &position{Rank: slices.Index(console.Statuses, console.StatusExpired), Time: millis(now)}
	for descending, want := range map[bool]float64{false: 4, true: 6} { // what is active; what expired and what was revoked
		list := tokenList{walk: walk{from: at, descending: descending, rows: 51}, key: console.SortIsActive, statuses: console.Statuses}
		if _, walked, _ := list.reach(drawn, drawn.having(), drawn.having()); walked != want {
			t.Errorf("descending %v: %v tokens are ahead, want %v", descending, walked, want)
		}
	}
}

// TestASampleIsMarked by each part of a filter once, and all parts have to keep a token.
func TestASampleIsMarked(t *testing.T) {
	now := time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)
	drawn := newSample([]console.Token{
		{Name: "a", Scopes: []string{"ReadAccess", "ChangeFiles"}}, {Name: "b", Scopes: []string{"ReadAccess"}}, {Name: "a"},
	}, 300, now)
	named := narrowing{keeps: func(t *sampled) bool { return t.name == "a" }}
	scoped := narrowing{places: func(s sample) iter.Seq[int] { return placesOf(s.scoped, []string{"ReadAccess", "ChangeFiles"}) }}
	first, about := drawn.mark(named)
	if !slices.Equal(first, marks{true, false, true}) || about != 200 {
		t.Errorf("by name: %v, about %v", first, about)
	}
	second, about := drawn.mark(scoped)
	if !slices.Equal(second, marks{true, true, false}) || about != 200 {
		t.Errorf("by scopes, of which one token has two: %v, about %v", second, about)
	}
	if all := drawn.having(first, second); !slices.Equal(all, marks{true, false, false}) {
		t.Errorf("by both: %v", all)
	}
	if all := drawn.having(); !slices.Equal(all, marks{true, true, true}) {
		t.Errorf("by nothing: %v", all)
	}
	for limit, within := range map[int]bool{40: false, 199: false, 200: true} {
		if drawn.keepsWithin(limit, scoped) != within {
			t.Errorf("no more than %d are kept: want %v", limit, within)
		}
	}
}

// TestAnIndexIsAskedForWhatIsRare in a word, and for all of it where that is not known.
func TestAnIndexIsAskedForWhatIsRare(t *testing.T) {
	now := time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)
	var tokens []console.Token
	for i := range 100 {
		tokens = append(tokens, console.Token{Name: fmt.Sprintf("grafana-ingest-%d", i)})
	}
	drawn := newSample(tokens, 1_000_000, now)
	for word, want := range map[string]string{
		"grafana-ingest":        "grafana-ingest",
		"grafana-ingest-9316a8": "9316a8",
		"9316a8-grafana-ingest": "9316a8",
		"grafana-日本語のトークン":      "a-日本語の",
		"grafana-🎉🎉🎉🎉🎉🎉":        "ana-🎉🎉",
		"a-b-c-d-e-f":           "a-b-c-d-e-f",
		"9316a8":                "9316a8",
		"abc":                   "abc",
	} {
		if got := drawn.rarest(word); got != want {
			t.Errorf("of %s: %q, want %q", word, got, want)
		}
	}
	if got := (sample{}).rarest("grafana-ingest-9316a8"); got != "grafana-ingest-9316a8" {
		t.Errorf("without a sample: %q", got)
	}
}

// TestWhatWasRevokedIsNeverUnsettled, and so it is walked along alone in the order of the
// status: PostgreSQL started workers for the rest, to find that it has none.
func TestWhatWasRevokedIsNeverUnsettled(t *testing.T) {
	now := time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)
	for _, d := range []dialect{sqliteDialect{}, postgresDialect{}} {
		st := &Store{dialect: d, samples: &samples{newest: newSample(nil, 1_000_000, now)}}
		for status, settled := range map[console.StatusFilter]bool{console.FilterRevoked: true, console.FilterExpired: false, console.FilterInactive: false} {
			list, err := st.tokenList(t.Context(), console.TokenFilter{Status: status}, console.TokenSort{Key: console.SortIsActive}, console.PageRequest{}, now)
			keys, args := list.keys()
			if err != nil || strings.Contains(keys, "SELECT id FROM tokens") == settled || strings.Count(keys, "?") != len(args) {
				t.Errorf("%T, %s: %v\n%s", d, status, err, keys)
			}
		}
	}
}
