package web_test

import (
	"context"
	"net/http"
	"slices"
	"sync"
	"testing"

	"latchkey/internal/console"
	"latchkey/internal/store"
	"latchkey/internal/store/storetest"
	"latchkey/web/webtest"
)

// statements are what the database was asked since they were taken last.
type statements struct {
	mu   sync.Mutex
	seen []string
}

func (s *statements) begin(context.Context) func(string, error) {
	return func(what string, _ error) {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.seen = append(s.seen, what)
	}
}

func (s *statements) take() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	seen := s.seen
	s.seen = nil
	return seen
}

// TestATokenPageIsTwoStatements: who asks, with their memberships and how far the
// audit log has come; and the rows. If the log has something new, it is asked what
// that is: people, repositories, scopes, IP filters and counts may not be what they were.
func TestATokenPageIsTwoStatements(t *testing.T) {
	storetest.Each(t, func(t *testing.T, st *store.Store) {
		var asked statements
		if err := st.Observe(asked.begin); err != nil {
			t.Fatal(err)
		}
		w := newWorld(t, st)
		for range 120 {
			w.Token(w.logs, w.owner, "deploy "+string(console.NewGUID()))
		}
		member := w.User("Mona", console.RoleMember)
		w.Member(member, w.logs, console.MemberManager, "ReadAccess")
		want := []string{"SELECT sessions", "SELECT tokens"}
		for _, v := range []*webtest.Visitor{w.SignedIn(w.owner), w.SignedIn(member)} {
			for _, path := range []string{
				"/tokens", "/tokens?limit=25&sort=expires&dir=desc", "/repositories/web-logs/settings/tokens", "/tokens?q=deploy&status=active",
				"/tokens?repository=web-logs&type=repository", "/tokens?page=last", "/tokens?ip_filter=office&scope=ReadAccess",
			} {
				for _, htmx := range [][]webtest.Option{nil, {webtest.HTMX("/tokens")}} {
					v.Get(path, htmx...).Want(http.StatusOK)
					asked.take()
					v.Get(path, htmx...).Want(http.StatusOK)
					if seen := asked.take(); !slices.Equal(seen, want) {
						t.Errorf("%s asks %q, want %q", path, seen, want)
					}
				}
			}
			w.Token(w.logs, w.owner, "news "+string(console.NewGUID()))
			asked.take()
			v.Get("/tokens").Want(http.StatusOK)
			if seen := asked.take(); len(seen) < 3 || seen[1] != "SELECT audit_events" {
				t.Errorf("after something was recorded, a page asks %q", seen)
			}
		}
	})
}

// TestViewsAreShownTogether: what their filters name is looked up for all at once.
func TestViewsAreShownTogether(t *testing.T) {
	storetest.Each(t, func(t *testing.T, st *store.Store) {
		var asked statements
		if err := st.Observe(asked.begin); err != nil {
			t.Fatal(err)
		}
		w := newWorld(t, st)
		v := w.SignedIn(w.owner)
		page := func() []string {
			v.Get("/tokens/views?status=revoked").Want(http.StatusOK)
			asked.take()
			v.Get("/tokens/views?status=revoked").Want(http.StatusOK)
			return asked.take()
		}
		without := page()
		for _, name := range []string{"one", "two", "three"} {
			form := v.Get("/tokens/views?status=active&scope=ReadAccess").Form("#view-form")
			form.Values.Set("name", name)
			v.Submit(form).Want(http.StatusSeeOther)
			v.Get("/tokens").Want(http.StatusOK) // with the notice
		}
		if with := page(); !slices.Equal(with, without) {
			t.Errorf("three views ask %q, none %q", with, without)
		}
	})
}
