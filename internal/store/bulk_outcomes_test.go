package store_test

import (
	"fmt"
	"slices"
	"testing"

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
			{Verb: console.BulkRevoke, Reason: "leaked"},
			{Verb: console.BulkDelete},
		} {
			var after []console.Token
			for _, place := range m.random.Perm(len(m.tokens))[:25] {
				if token := &m.tokens[place]; token.RevokedAt.IsZero() {
					*token = request.Apply(*token, m.users[0], noon)
					after = append(after, *token)
				}
			}
			must(t, st.ChangeTokens(t.Context(), request, after))
			if request.Verb == console.BulkDelete {
				m.tokens = slices.DeleteFunc(m.tokens, func(token console.Token) bool {
					return slices.ContainsFunc(after, func(gone console.Token) bool { return gone.GUID == token.GUID })
				})
			}
			m.compare(t, st)
			for _, status := range console.StatusFilters {
				m.check(t, st, console.TokenFilter{Status: status}, console.TokenSort{Key: console.SortUsed}, 40)
			}
			if t.Failed() {
				t.Fatalf("after %+v of %d tokens", request, len(after))
			}
		}
	})
}
