package store_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"latchkey/internal/console"
	"latchkey/internal/store"
	"latchkey/internal/store/storetest"
)

func TestUpdatingAPerson(t *testing.T) {
	storetest.Each(t, func(t *testing.T, st *store.Store) {
		ctx, at := t.Context(), time.UnixMilli(1_800_000_000_000).UTC()
		before := console.User{GUID: console.NewGUID(), Email: "a@example.com", Name: "A", Role: console.RoleAuditor, CreatedAt: at, Version: 1}
		other := console.User{GUID: console.NewGUID(), Email: "b@example.com", Name: "B", Role: console.RoleOwner, CreatedAt: at, Version: 1}
		for _, user := range []console.User{before, other} {
			if err := st.InsertUser(ctx, user, "hash"); err != nil {
				t.Fatal(err)
			}
		}
		after := before
		after.Email, after.Name, after.Role, after.Scopes, after.DisabledAt = "Ä@example.com", "Ä", console.RoleAdministrator, []string{"x", "y"}, at
		if err := st.UpdateUser(ctx, after, 1); err != nil {
			t.Fatal(err)
		}
		after.Version = 2
		got, hash, err := st.FindSignIn(ctx, "ä@EXAMPLE.com")
		if diff := cmp.Diff(after, got); err != nil || hash != "hash" || diff != "" {
			t.Errorf("kept is somebody else, %v: %s", err, diff)
		}
		if err := st.UpdateUser(ctx, after, 1); console.CodeOf(err) != console.CodeConflict {
			t.Errorf("an older version gives %v", err)
		}
		after.Email = "B@example.com"
		if err := st.UpdateUser(ctx, after, 2); console.CodeOf(err) != console.CodeConflict {
			t.Errorf("another's address gives %v", err)
		}
		for user, want := range map[console.GUID]bool{before.GUID: true, other.GUID: false} {
			if n, err := st.CountOtherOwners(ctx, user); (n > 0) != want || err != nil {
				t.Errorf("other owners than %s: %d, %v", user, n, err)
			}
		}
	})
}

func TestIdentities(t *testing.T) {
	storetest.Each(t, func(t *testing.T, st *store.Store) {
		ctx, at := t.Context(), time.UnixMilli(1_800_000_000_000).UTC()
		user := console.User{GUID: console.NewGUID(), Email: "a@example.com", Name: "A", Role: console.RoleMember, CreatedAt: at}
		if err := st.InsertUser(ctx, user, ""); err != nil {
			t.Fatal(err)
		}
		one := console.Identity{Issuer: "https://a.example", Subject: "1", User: user.GUID, CreatedAt: at, LastUsedAt: at}
		same := console.Identity{Issuer: "https://b.example", Subject: "1", User: user.GUID, CreatedAt: at.Add(time.Second), LastUsedAt: at}
		for _, identity := range []console.Identity{same, one} {
			if err := st.InsertIdentity(ctx, identity); err != nil {
				t.Fatal(err)
			}
		}
		if err := st.InsertIdentity(ctx, one); err == nil {
			t.Error("a subject is two people")
		}
		if one.ID() == same.ID() || len(one.ID()) != 32 {
			t.Errorf("the ids are %s and %s", one.ID(), same.ID())
		}
		one.LastUsedAt = at.Add(time.Hour)
		if err := st.UpdateIdentity(ctx, one); err != nil {
			t.Fatal(err)
		}
		got, err := st.ListIdentities(ctx, user.GUID)
		if diff := cmp.Diff([]console.Identity{one, same}, got); err != nil || diff != "" {
			t.Errorf("listed are others, %v: %s", err, diff)
		}
		for _, unknown := range []string{"2", "1 ", ""} {
			if _, err := st.FindIdentity(ctx, one.Issuer, unknown); console.CodeOf(err) != console.CodeNotFound {
				t.Errorf("subject %q gives %v", unknown, err)
			}
		}
		if err := st.DeleteIdentity(ctx, one); err != nil {
			t.Fatal(err)
		}
		if found, err := st.FindIdentity(ctx, same.Issuer, same.Subject); err != nil || found != same {
			t.Errorf("left is %+v, %v", found, err)
		}
	})
}

func TestAWayComesBackOnce(t *testing.T) {
	storetest.Each(t, func(t *testing.T, st *store.Store) {
		ctx, at := t.Context(), time.UnixMilli(1_800_000_000_000).UTC()
		insert := func(want bool) {
			t.Helper()
			if first, err := st.InsertSignInFlow(ctx, "hash", at); first != want || err != nil {
				t.Errorf("it is the first time: %v, %v", first, err)
			}
		}
		insert(true)
		insert(false)
		for _, now := range []time.Time{at, at.Add(time.Millisecond)} {
			if err := st.DeleteSignInFlows(ctx, now); err != nil {
				t.Fatal(err)
			}
			insert(now.After(at))
		}
	})
}
