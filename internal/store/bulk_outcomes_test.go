package store_test

import (
	"fmt"
	"slices"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"latchkey/internal/console"
	"latchkey/internal/store"
	"latchkey/internal/store/storetest"
)

// TestManyTokensAreChangedAtOnce: what follows from a token, its counts and where lists
// look for it, follows for each of them.
func TestManyTokensAreChangedAtOnce(t *testing.T) {
	storetest.Each(t, func(t *testing.T, st *store.Store) {
		m := newTurnModel(t, st, 7)
		for i := range 120 {
			token := m.token()
			token.CreatedAt = noon.AddDate(0, 0, -30)
			m.change(&token)
			must(t, st.InsertToken(t.Context(), token, store.SecretHash{Hash: fmt.Appendf(nil, "hash %d", i), KeyID: "key"}))
			m.tokens = append(m.tokens, token)
		}
		for _, request := range []console.BulkRequest{
			{Verb: console.BulkExtend, ValidTo: noon.AddDate(0, 0, 3)},
			{Verb: console.BulkDisable, Until: noon.AddDate(0, 0, 1)},
			{Verb: console.BulkDisable},
			{Verb: console.BulkEnable},
			{Verb: console.BulkTransfer, Owner: m.users[0].GUID},
			{Verb: console.BulkAddScope, Scope: modelScopes[0]},
			{Verb: console.BulkRemoveScope, Scope: modelScopes[0]},
			{Verb: console.BulkRevoke, Reason: "leaked"},
			{Verb: console.BulkDelete},
		} {
			var after []console.Token
			for _, place := range m.random.Perm(len(m.tokens))[:50] {
				if token := &m.tokens[place]; request.Foresee(*token, noon).Effect == console.EffectChanges {
					*token = request.Apply(*token, m.users[0], noon)
					after = append(after, *token)
				}
			}
			must(t, st.ChangeTokens(t.Context(), request, after))
			m.same(t, st, after, request)
			if request.Verb == console.BulkDelete {
				m.tokens = slices.DeleteFunc(m.tokens, func(token console.Token) bool {
					return slices.ContainsFunc(after, func(gone console.Token) bool { return gone.GUID == token.GUID })
				})
			}
			m.compare(t, st)
			for _, status := range console.StatusFilters {
				m.check(t, st, console.TokenFilter{Status: status}, console.TokenSort{Key: console.SortUsed}, 40)
			}
			for _, scope := range modelScopes {
				m.check(t, st, console.TokenFilter{Scopes: []string{scope}}, console.TokenSort{Key: console.SortName}, 40)
			}
			if t.Failed() || len(after) < 4 {
				t.Fatalf("after %+v of %d tokens", request, len(after))
			}
		}
	})
}

// same compares what was written of tokens with what it was to be.
func (m *turnModel) same(t *testing.T, st *store.Store, want []console.Token, request console.BulkRequest) {
	t.Helper()
	for _, token := range want {
		got, err := st.FindToken(t.Context(), "", token.GUID)
		if request.Verb == console.BulkDelete {
			if console.CodeOf(err) != console.CodeNotFound {
				t.Errorf("%s is still there, %v", token.GUID, err)
			}
			continue
		}
		must(t, err)
		if diff := gocmp.Diff(token, got, cmpopts.EquateEmpty()); diff != "" {
			t.Errorf("%+v wrote (-want +got):\n%s", request, diff)
		}
	}
}
