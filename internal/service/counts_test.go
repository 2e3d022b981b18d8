package service_test

import (
	"context"
	"sync"
	"testing"
	"time"

	"latchkey/internal/console"
)

// TestNobodyWaitsForTheCountOfALongList that others have counted lately, while there is
// somebody who counts it anew. It is soon right, and without them at once.
func TestNobodyWaitsForTheCountOfALongList(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		s.must(s.FillSynthetic(t.Context(), console.System("test"), 2500))
		owner := s.as(console.RoleOwner)
		active := func() int {
			t.Helper()
			counts, err := s.CountTokens(t.Context(), owner, console.TokenFilter{})
			s.must(err)
			return counts[console.FilterActive]
		}
		page, err := s.ListTokens(t.Context(), owner, console.TokenFilter{Status: console.FilterActive}, console.TokenSort{}, console.PageRequest{Size: 100})
		s.must(err)
		revoked := 0
		revoke := func() {
			t.Helper()
			_, err := s.RevokeToken(t.Context(), owner, "", page.Items[revoked].GUID, "")
			s.must(err)
			s.clock.forward(1500 * time.Millisecond)
			revoked++
		}
		keeping, end := context.WithCancel(t.Context())
		var keeper sync.WaitGroup
		keeper.Go(func() { s.KeepCounts(keeping, func(err error) { t.Error(err) }) })
		before, old := active(), false
		for !old && revoked < 50 { // the first may come before the keeper
			revoke()
			if old = active() == before; !old {
				before--
				time.Sleep(10 * time.Millisecond)
			}
		}
		if !old {
			t.Error("a count was waited for, each time")
		}
		for deadline := time.Now().Add(10 * time.Second); active() != before-1; time.Sleep(time.Millisecond) {
			if time.Now().After(deadline) {
				t.Fatal("nobody counted anew")
			}
		}
		end()
		keeper.Wait()
		if revoke(); active() != before-2 {
			t.Error("it is old, and nobody counts anew")
		}
	})
}

// TestAListOnOnePageIsCountedByIt, whatever was counted a moment ago: who disables a
// token sees no "1–18 of 17".
func TestAListOnOnePageIsCountedByIt(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		s.must(s.FillSynthetic(t.Context(), console.System("test"), 2500))
		owner := s.as(console.RoleOwner)
		list := func(status console.StatusFilter) console.Page[console.Token] {
			t.Helper()
			page, err := s.ListTokens(t.Context(), owner, console.TokenFilter{Status: status}, console.TokenSort{}, console.PageRequest{Size: 50})
			s.must(err)
			return page
		}
		before := list(console.FilterDisabled)
		_, err := s.DisableToken(t.Context(), owner, "", list(console.FilterActive).Items[0].GUID, time.Time{})
		s.must(err)
		after := list(console.FilterDisabled)
		if len(after.Items) != len(before.Items)+1 || after.Total != len(after.Items) || after.Next != "" {
			t.Errorf("%d of %d became %d of %d", len(before.Items), before.Total, len(after.Items), after.Total)
		}
	})
}
