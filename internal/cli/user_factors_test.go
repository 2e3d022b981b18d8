package cli

import (
	"context"
	"strings"
	"testing"

	"latchkey/internal/console"
	"latchkey/internal/store"
	"latchkey/internal/store/storetest"
)

func TestSecondFactorsAreReset(t *testing.T) {
	storetest.EachURL(t, func(t *testing.T, databaseURL string) {
		m := newMachine(t, databaseURL)
		m.stdin = goodPassword
		m.must("user", "add", "--role", "owner", "--password-stdin", "--email", "jane@example.com")
		st, ctx := storetest.Open(t, databaseURL), context.Background()
		user, _, err := st.FindSignIn(ctx, "jane@example.com")
		if err != nil || user.SecondFactor {
			t.Fatalf("the account is %+v, %v", user, err)
		}
		factor := console.Factor{GUID: console.NewGUID(), User: user.GUID, Kind: console.FactorPasskey, Name: "Lost key", CreatedAt: user.CreatedAt}
		if err := st.InsertFactor(ctx, store.FactorMaterial{Factor: factor, Handle: "x", Material: []byte("{}")}); err != nil {
			t.Fatal(err)
		}
		if err := st.InsertSession(ctx, console.Session{Hash: "x", User: user}); err != nil {
			t.Fatal(err)
		}
		if out := m.must("user", "reset-factors", "JANE@example.com"); !strings.Contains(out, "no second factor") {
			t.Errorf("it says %q", out)
		}
		if user, _, err = st.FindSignIn(ctx, "jane@example.com"); err != nil || user.SecondFactor {
			t.Errorf("the account is %+v, %v", user, err)
		}
		if sessions, err := st.ListSessions(ctx, user.GUID); err != nil || len(sessions) != 0 {
			t.Errorf("%d sessions are left, %v", len(sessions), err)
		}
		if out := m.must("audit", "list", "--action", "factor.reset"); !strings.Contains(out, "jane") {
			t.Errorf("the audit log tells %q", out)
		}
		m.refused(6, []string{"no second factor"}, "user", "reset-factors", "jane@example.com")
		m.refused(3, []string{"There is no person"}, "user", "reset-factors", "nobody@example.com")
	})
}
