package web_test

import (
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"latchkey/internal/console"
	"latchkey/internal/store"
	"latchkey/internal/store/storetest"
	"latchkey/web/webtest"
)

// present shows the world's token to a gateway so many times, and writes down that
// it was used.
func (w world) present(secret console.Secret, times int, scopes ...string) {
	w.T.Helper()
	from := console.Presenter{Address: netip.MustParseAddr("192.0.2.44"), Agent: `<b>Grafana</b>/12`}
	for range times {
		if _, err := w.Service.Allow(w.T.Context(), secret.Reveal(), console.Requirement{Scopes: scopes, From: from}); err != nil {
			w.T.Fatal(err)
		}
	}
	if err := w.Service.FlushUsage(w.T.Context(), true); err != nil {
		w.T.Fatal(err)
	}
}

func TestTheListSaysWhichTokensAreUsed(t *testing.T) {
	storetest.Each(t, func(t *testing.T, st *store.Store) {
		w := newWorld(t, st)
		v := w.SignedIn(w.owner)
		if got := v.Get(list).Text("tbody .c-used"); got != "Never" {
			t.Errorf("an unused token was used %q", got)
		}
		w.present(w.secret, 1)
		w.Advance(40 * 24 * time.Hour)
		v = w.SignedIn(w.owner)
		w.Token(w.logs, w.owner, "young")
		_, secret := w.Token(w.logs, w.owner, "used")
		w.present(secret, 1)
		w.Advance(2 * time.Minute)
		a := v.Get(list + "?q=used")
		if a.Text("tbody .c-used") != "2 min ago" || a.Attr("tbody .c-used time", "title") != "31 Dec 2026, 20:52 UTC" || a.Attr("tbody .c-used time", "datetime") != "2026-12-31T20:52:00Z" {
			t.Errorf("the last use is %q", a.Text("tbody .c-used"))
		}
		for query, want := range map[string][]string{
			"unused=never": {"young"}, "unused=30d": {"grafana-readonly"}, "unused=40+days": {"grafana-readonly"}, "unused=41": nil, "unused=soon": nil, "unused=nevermind": nil, "unused=never+used": {"young"},
		} {
			for _, page := range []string{list, "/tokens"} {
				wantNames(t, page+" "+query, v.Get(page+"?"+query), want...)
			}
		}
		// As a form without JavaScript sends it, with what it leaves empty.
		typed := v.Get(list + "?q=&guid=&status=current&owner=&unused=+30+Days&created_from=").Want(http.StatusOK)
		if typed.Attr("#filter-unused", "value") != "30 days" || typed.Text("#more-count") != "1" {
			t.Errorf("the form shows %q", typed.Attr("#filter-unused", "value"))
		}
		if got := typed.Texts(".chips .chip"); len(got) != 1 || !strings.Contains(got[0], "not for 30 days") {
			t.Errorf("the filter shows as %q", got)
		}
		if got := typed.Attr("#sort-expires", "href"); got != list+"?sort=expires&unused=30d" {
			t.Errorf("another order of it is at %s", got)
		}
		swapped := v.Get(list+"?unused=30+days", webtest.HTMX(list))
		if got := swapped.Header.Get("HX-Push-Url"); got != list+"?unused=30d" {
			t.Errorf("htmx shows the address %s", got)
		}
		if got := v.Get(list + "?unused=never&q=zzz").Text("#token-list"); !strings.Contains(got, "with last used never.") {
			t.Errorf("a list without tokens says %q", got)
		}
	})
}

func TestDetailsTellOfUsage(t *testing.T) {
	storetest.Each(t, func(t *testing.T, st *store.Store) {
		w := newWorld(t, st)
		v := w.SignedIn(w.owner)
		unused := v.Get(tokenPath(w)).Want(http.StatusOK)
		if unused.Text("#usage-finding") != "No requests in the last 30 days." || unused.Has("#panel .spark") || unused.Has("#panel .days") {
			t.Errorf("an unused token has the usage %q", unused.Text("#usage-finding"))
		}
		w.present(w.secret, 1200)
		w.Advance(24 * time.Hour)
		w.present(w.secret, 3)
		w.present(w.secret, 2, "DeleteEvents")
		w.Advance(time.Minute)
		v = w.SignedIn(w.owner)
		a := v.Get(tokenPath(w)).Want(http.StatusOK)
		const finding = "1,203 requests allowed in the last 30 days, most on 21 Nov (1,200). 2 refused: scope missing (2)."
		if got := a.Text("#usage-finding"); got != finding || a.Attr("#panel .spark", "aria-labelledby") != "usage-finding" {
			t.Errorf("the finding is %q", got)
		}
		if got := a.Texts("#panel .kv3 dd"); !slices.Equal(got, []string{"1,203", "2", "1 min ago"}) {
			t.Errorf("the figures are %q", got)
		}
		if got := a.Texts("#panel .days tbody tr"); !slices.Equal(got, []string{"22 Nov 3 2", "21 Nov 1,200 0"}) {
			t.Errorf("day by day it is %q", got)
		}
		line := a.Attr("#panel .spark .ln", "d")
		if strings.Count(line, "L") != 29 || !strings.HasPrefix(line, "M0 50L") || !strings.Contains(line, " 2L") || !strings.HasPrefix(a.Attr("#panel .spark .rf", "d"), "M100 50V") {
			t.Errorf("the plot is %s and %s", line, a.Attr("#panel .spark .rf", "d"))
		}
		if got := a.Text("#panel"); !strings.Contains(got, "192.0.2.44") || !strings.Contains(got, "<b>Grafana</b>/12") || strings.Contains(a.Body, " style=") {
			t.Error("the panel does not tell from where, or with what, or has a style that the policy forbids")
		}
		for _, question := range []string{"/revocation", "/deletion"} {
			if got := v.Get(tokenPath(w) + question).Text(".impact"); !strings.HasPrefix(got, "Last used 1 min ago") {
				t.Errorf("before %s it says %q", question, got)
			}
		}
		// Whoever sees the token sees its usage, and what else they may see stays as it is.
		member := w.User("Mo", console.RoleMember)
		if w.SignedIn(member).Get(tokenPath(w)).Status != http.StatusNotFound {
			t.Error("a stranger sees the token")
		}
		w.Member(member, w.logs, console.MemberViewer, w.token.Scopes...)
		if w.SignedIn(member).Get(tokenPath(w)).Text("#usage-finding") != finding {
			t.Error("a viewer does not see how the token is used")
		}
		refused := v.Get("/audit?action=token.refused").Want(http.StatusOK)
		if !strings.Contains(refused.Text("main"), "grafana-readonly was refused 2 times: scope missing") {
			t.Errorf("the audit log says %.300q", refused.Text("main"))
		}
		if strings.Contains(a.Text("#panel .trail"), "Refused") {
			t.Error("refusals crowd the token's history")
		}
	})
}
