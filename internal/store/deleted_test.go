package store_test

import (
	"context"
	"testing"
	"time"

	"latchkey/internal/console"
	"latchkey/internal/store"
	"latchkey/internal/store/storetest"
)

// TestTwoRepositoriesAreDeletedAtOnce on PostgreSQL, and a token of both goes with the
// second of them, which waits for the first.
func TestTwoRepositoriesAreDeletedAtOnce(t *testing.T) {
	st, ctx := storetest.Open(t, storetest.Postgres(t)), t.Context()
	must(t, st.InsertKey(ctx, "key", noon))
	var both []console.RepositoryRef
	for _, name := range []string{"a", "b"} {
		repository := console.Repository{GUID: console.NewGUID(), Name: name, Kind: console.KindRepository, CreatedAt: noon, UpdatedAt: noon, Version: 1}
		must(t, st.InsertRepository(ctx, repository))
		both = append(both, repository.Ref())
	}
	token := console.Token{GUID: console.NewGUID(), Type: console.TypeRepository, Name: "of both", Repositories: both, CreatedAt: noon, UpdatedAt: noon, Version: 1}
	must(t, st.InsertToken(ctx, token, store.SecretHash{Hash: []byte("hash"), KeyID: "key"}))
	second := make(chan error, 1)
	must(t, st.Tx(ctx, func(tx *store.Store) error {
		if err := tx.DeleteRepository(ctx, both[0].GUID); err != nil {
			return err
		}
		go func() {
			second <- st.Tx(ctx, func(tx *store.Store) error { return tx.DeleteRepository(ctx, both[1].GUID) })
		}()
		for tries := range 2000 {
			if n, err := st.Waiting(ctx); n > 0 || err != nil {
				return err
			}
			time.Sleep(time.Duration(min(tries, 10)) * time.Millisecond)
		}
		t.Error("the second deletion does not wait")
		return nil
	}))
	must(t, <-second)
	if _, err := st.FindToken(ctx, "", token.GUID); console.CodeOf(err) != console.CodeNotFound {
		t.Errorf("the token is still there: %v", err)
	}
}

// TestWhatIsBeingChangedIsNotSwept on PostgreSQL: the sweep goes by the ends of tokens, and
// would wait for who changes them in another order, and they for it.
func TestWhatIsBeingChangedIsNotSwept(t *testing.T) {
	st, ctx := storetest.Open(t, storetest.Postgres(t)), t.Context()
	must(t, st.InsertKey(ctx, "key", noon))
	var tokens []console.Token
	for _, name := range []string{"a", "b"} {
		token := console.Token{GUID: console.NewGUID(), Type: console.TypeOrganization, Name: name, CreatedAt: noon, ValidTo: noon.Add(time.Hour), UpdatedAt: noon, Version: 1}
		must(t, st.InsertToken(ctx, token, store.SecretHash{Hash: []byte(name), KeyID: "key"}))
		tokens = append(tokens, token)
	}
	swept := func() []console.Target {
		t.Helper()
		ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
		defer cancel()
		gone, err := st.DeleteEndedTokens(ctx, noon.AddDate(1, 0, 0), 10)
		must(t, err)
		return gone
	}
	must(t, st.Tx(ctx, func(tx *store.Store) error {
		if _, err := tx.LockTokens(ctx, []console.GUID{tokens[0].GUID}); err != nil {
			return err
		}
		if gone := swept(); len(gone) != 1 || gone[0].GUID != tokens[1].GUID {
			t.Errorf("swept are %v", gone)
		}
		return nil
	}))
	if gone := swept(); len(gone) != 1 || gone[0].GUID != tokens[0].GUID {
		t.Errorf("swept afterwards are %v", gone)
	}
}
