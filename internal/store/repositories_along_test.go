package store_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"latchkey/internal/console"
	"latchkey/internal/store"
	"latchkey/internal/store/storetest"
)

// TestRepositoriesStandInTheirTokensRow once a token is added or filled in, and no
// longer once they are others, whoever changes them.
func TestRepositoriesStandInTheirTokensRow(t *testing.T) {
	storetest.Each(t, func(t *testing.T, st *store.Store) {
		ctx := t.Context()
		must(t, st.InsertKey(ctx, "key", noon))
		var repositories []console.RepositoryRef
		for i := range 3 {
			repository := console.Repository{GUID: console.NewGUID(), Name: fmt.Sprintf("repo-%d", i), Kind: console.KindRepository, CreatedAt: noon, UpdatedAt: noon, Version: 1}
			must(t, st.InsertRepository(ctx, repository))
			repositories = append(repositories, repository.Ref())
		}
		made := func(name string, of ...console.RepositoryRef) console.Token {
			return console.Token{
				GUID: console.NewGUID(), Type: console.TypeRepository, Name: name, Scopes: []string{"ReadAccess"},
				Repositories: of, CreatedAt: noon, UpdatedAt: noon, Version: 1,
			}
		}
		none, filled, added := made("a"), made("b", repositories[:2]...), made("c", repositories[1:]...)
		must(t, st.LoadTokens(ctx, func(yield func(console.Token, store.SecretHash) bool) {
			_ = yield(none, store.SecretHash{Hash: []byte("a"), KeyID: "key"}) && yield(filled, store.SecretHash{Hash: []byte("b"), KeyID: "key"})
		}, noon))
		must(t, st.InsertToken(ctx, added, store.SecretHash{Hash: []byte("c"), KeyID: "key"}))
		stand := func(when string, token console.Token, noted bool, want ...console.RepositoryRef) {
			t.Helper()
			along, err := st.RepositoriesAlong(ctx, token.GUID)
			must(t, err)
			if along != nil {
				got := strings.FieldsFunc(*along, func(r rune) bool { return r == '/' })
				var guids []string
				for _, r := range want {
					guids = append(guids, string(r.GUID))
				}
				slices.Sort(got)
				slices.Sort(guids)
				if !slices.Equal(got, guids) {
					t.Errorf("%s, %q stand along %s, want %q", when, got, token.Name, guids)
				}
			}
			if (along != nil) != noted {
				t.Errorf("%s, repositories stand along %s: %v", when, token.Name, along != nil)
			}
			for _, key := range []console.TokenSortKey{console.SortName, console.SortUsed} {
				page, err := st.ListTokens(ctx, console.TokenFilter{}, console.TokenSort{Key: key}, console.PageRequest{}, console.Uncounted, &store.Names{}, noon)
				must(t, err)
				at := slices.IndexFunc(page.Items, func(listed console.Token) bool { return listed.GUID == token.GUID })
				if at < 0 || !slices.Equal(page.Items[at].Repositories, want) {
					t.Errorf("%s, %s is listed by %s with %v, want %v", when, token.Name, key, page.Items, want)
				}
			}
		}
		stand("at first", none, true)
		stand("at first", filled, true, repositories[:2]...)
		stand("at first", added, true, repositories[1:]...)
		must(t, st.Relate(ctx, none.GUID, repositories[2].GUID))
		must(t, st.Relate(ctx, filled.GUID, repositories[2].GUID))
		stand("with one more", none, false, repositories[2])
		stand("with one more", filled, false, repositories...)
		must(t, st.DeleteRepository(ctx, repositories[1].GUID))
		stand("with one less", filled, false, repositories[0], repositories[2])
		stand("with one less", added, false, repositories[2])
	})
}
