package store_test

import (
	"fmt"
	"slices"
	"testing"

	"latchkey/internal/console"
	"latchkey/internal/store"
	"latchkey/internal/store/storetest"
)

// TestAPartOfWhatIsLookedForIsNotEnough: an index is asked for some characters of a long
// word and some digits of a long GUID, which other tokens have as well.
func TestAPartOfWhatIsLookedForIsNotEnough(t *testing.T) {
	storetest.Each(t, func(t *testing.T, st *store.Store) {
		must(t, st.InsertKey(t.Context(), "key", noon))
		n := 0
		insert := func(guid console.GUID, name string) {
			n++
			token := console.Token{GUID: guid, Type: console.TypeOrganization, Name: name, Creator: console.PersonRef{Name: "demo"}, CreatedAt: noon, UpdatedAt: noon, Version: 1}
			must(t, st.InsertToken(t.Context(), token, store.SecretHash{Hash: fmt.Appendf(nil, "hash %d", n), KeyID: "key"}))
		}
		for i := range 50 {
			insert(console.GUID(fmt.Sprintf("00000000-0000-4000-8000-0000000000%02d", i)), fmt.Sprintf("grafana ingest production %d", i))
		}
		must(t, st.StandFor(t.Context(), 1_000_000, noon))
		const first, second, third console.GUID = "ab12cd00-0000-4000-8000-00000000aaaa", "ab12cd00-1111-4000-8000-00000000bbbb", "ab12cdff-2222-4000-8000-00000000cccc"
		insert(first, "grafana-ingest-0703f4")
		insert(second, "other-0703f4-ingest")
		insert(third, "0703f4")
		for _, test := range []struct {
			filter console.TokenFilter
			want   []console.GUID
		}{
			{console.TokenFilter{GUID: "ab12cd"}, []console.GUID{first, second, third}},
			{console.TokenFilter{GUID: "AB12CD00"}, []console.GUID{first, second}},
			{console.TokenFilter{GUID: "ab12cd00-0000"}, []console.GUID{first}},
			{console.TokenFilter{GUID: "ab12cd01"}, nil},
			{console.TokenFilter{GUID: "{AB12CD00-1111-4000-8000-00000000BBBB}"}, []console.GUID{second}},
			{console.TokenFilter{GUID: "ab12cd00-1111-4000-8000-00000000bbbc"}, nil},
			{console.TokenFilter{Name: "0703f4"}, []console.GUID{first, second, third}},
			{console.TokenFilter{Name: "grafana-ingest-0703f4"}, []console.GUID{first}},
			{console.TokenFilter{Name: "-0703f4 INGEST"}, []console.GUID{first, second}},
			{console.TokenFilter{Name: "ingest-0703f4-other"}, nil},
			{console.TokenFilter{Search: "ab12cd00"}, []console.GUID{first, second}},
			{console.TokenFilter{Search: string(third)}, []console.GUID{third}},
			{console.TokenFilter{Search: "other-0703f4"}, []console.GUID{second}},
		} {
			test.filter.Status = console.FilterAll
			for _, key := range console.TokenSortKeys {
				page, err := st.ListTokens(t.Context(), test.filter, console.TokenSort{Key: key}, console.PageRequest{Size: 10}, console.Uncounted, &store.Names{}, noon)
				must(t, err)
				var got []console.GUID
				for _, token := range page.Items {
					got = append(got, token.GUID)
				}
				if slices.Sort(got); !slices.Equal(got, test.want) {
					t.Errorf("%+v by %s: %v, want %v", test.filter, key, got, test.want)
				}
			}
			counts, err := st.CountTokens(t.Context(), test.filter, []console.StatusFilter{console.FilterAll}, noon)
			if must(t, err); counts[console.FilterAll] != len(test.want) {
				t.Errorf("%+v: %d are counted, want %d", test.filter, counts[console.FilterAll], len(test.want))
			}
		}
	})
}
