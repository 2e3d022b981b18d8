package web_test

import (
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"latchkey/internal/console"
	"latchkey/internal/store"
	"latchkey/internal/store/storetest"
	"latchkey/web/webtest"
)

// overviewed makes a world with something of all that an overview counts.
func overviewed(w world) {
	w.T.Helper()
	day := 24 * time.Hour
	by := console.Principal{ProvedAt: w.Now()}.As(w.owner)
	leaver := w.User("Pia Lind", console.RoleAdministrator)
	at := func(days int) func(*console.NewToken) {
		return func(n *console.NewToken) { n.ValidTo = w.Now().Add(time.Duration(days) * day) }
	}
	risky := func(n *console.NewToken) { n.Scopes = []string{"DeleteEvents", "ReadAccess"} }
	other := w.Repository("other-logs")
	w.Token(w.logs, w.owner, "ends in three days", at(3))
	w.Token(w.logs, w.owner, "ends in ten", at(10), risky)
	w.Token(other, w.owner, "ends in eighty", at(80))
	w.Token(other, w.owner, "ends later", at(120))
	w.Token(w.logs, w.owner, "wipes", risky)
	w.Token(other, w.owner, "wipes, too", risky, func(n *console.NewToken) { n.IPFilter = w.filter.GUID })
	w.Token(other, leaver, "left behind", at(200))
	w.Token(w.logs, w.owner, "begins", func(n *console.NewToken) { n.ValidFrom = w.Now().Add(5 * day) })
	paused, _ := w.Token(w.logs, w.owner, "paused", at(5))
	gone, _ := w.Token(w.logs, w.owner, "gone")
	if _, err := w.Service.DisableToken(w.T.Context(), by, "", paused.GUID, time.Time{}); err != nil {
		w.T.Fatal(err)
	}
	if _, err := w.Service.RevokeToken(w.T.Context(), by, "", gone.GUID, ""); err != nil {
		w.T.Fatal(err)
	}
	if _, err := w.Service.DisableUser(w.T.Context(), by, leaver.GUID, console.Departure{Handover: console.HandoverKeep}); err != nil {
		w.T.Fatal(err)
	}
}

var leadingNumber = regexp.MustCompile(`[0-9][0-9,]*`)

// TestEachFigureIsWhatItsListCounts follows every figure to the list that it counts.
func TestEachFigureIsWhatItsListCounts(t *testing.T) {
	storetest.Each(t, func(t *testing.T, st *store.Store) {
		w := newWorld(t, st)
		member := w.User("Mo", console.RoleMember)
		w.Member(member, w.logs, console.MemberViewer, "DeleteEvents")
		overviewed(w)
		w.Advance(time.Hour)
		for _, later := range []time.Duration{0, 4 * 24 * time.Hour, 100 * 24 * time.Hour} {
			w.Advance(later)
			for name, user := range map[string]console.User{"owner": w.owner, "member": member} {
				v := w.SignedIn(user)
				a := v.Get("/").Want(http.StatusOK)
				followed := 0
				for _, selector := range []string{"a.stat", "#overview-look-list a", ".card-head a.end"} {
					texts := a.Texts(selector)
					for i, link := range a.All(selector) {
						href := webtest.Attr(link, "href")
						if !strings.HasPrefix(href, "/tokens?") {
							continue
						}
						followed++
						want := leadingNumber.FindString(strings.TrimPrefix(texts[i], "Expiring in 14 days"))
						if got := strconv.Itoa(len(v.Get(href).Want(http.StatusOK).All("#token-rows tr"))); got != want {
							t.Errorf("the %s reads %q after %v, and the list at %s has %s", name, texts[i], later, href, got)
						}
					}
				}
				if followed < 5 {
					t.Errorf("the %s finds %d figures", name, followed)
				}
			}
		}
	})
}

func TestTheOverviewTellsWhatStandsOut(t *testing.T) {
	storetest.Each(t, func(t *testing.T, st *store.Store) {
		w := newWorld(t, st)
		overviewed(w)
		w.present(w.secret, 7)
		v := w.SignedIn(w.owner)
		a := v.Get("/").Want(http.StatusOK)
		for selector, want := range map[string]string{
			".stats":            "Active 8 across 2 repositories Expiring in 14 days 2 1 of them within 7 days Scheduled 1 next starts 26 Nov Expired 0 0 in the last 30 days Revoked 1 1 in the last 30 days",
			"#expiring-finding": "3 active tokens end within 90 days, 2 of them within 14.",
			"#requests-finding": "7 requests in the last 14 days, most on 21 Nov (7); web-logs has 100 percent of them.",
			"#overview-look-list": "2 tokens with high-risk scopes never expire They can do harm for as long as nobody revokes them " +
				"1 active token belongs to a disabled person Owned by Pia Lind 7 active tokens accept any address No IP filter set " +
				"1 token is disabled Enable what is still needed, and revoke the rest",
			".legend": "web-logs 7",
		} {
			if got := a.Text(selector); got != want {
				t.Errorf("%s reads %q, want %q", selector, got, want)
			}
		}
		if a.Attr(".bars", "role") != "img" || a.Attr(".bars", "aria-labelledby") != "requests-finding" || !a.Has(".lanes .lane-bad .bar[d=\"M0 12H3\"]") {
			t.Error("the plots are not as they should be")
		}
		if !strings.Contains(a.Text(".trail"), "revoked token gone") {
			t.Errorf("the recent activity is %q", a.Text(".trail"))
		}
		w.Advance(100 * 24 * time.Hour)
		a = w.SignedIn(w.owner).Get("/")
		if got := a.Texts(".rows a[href*=revocation]"); len(got) == 0 || !strings.Contains(a.Text("main"), "Never used") {
			t.Errorf("nothing is unused: %q", got)
		}
	})
}

// TestTheOverviewKeepsToWhatItsReaderSees: nothing on it tells of other tokens.
func TestTheOverviewKeepsToWhatItsReaderSees(t *testing.T) {
	storetest.Each(t, func(t *testing.T, st *store.Store) {
		w := newWorld(t, st)
		overviewed(w)
		_, foreign := w.Token(w.Repository("third-logs"), w.owner, "foreign")
		w.present(w.secret, 3)
		w.present(foreign, 5)
		stranger, viewer := w.User("Nobody", console.RoleMember), w.User("Mo", console.RoleMember)
		w.Member(viewer, w.logs, console.MemberViewer, "DeleteEvents")
		if a := w.SignedIn(stranger).Get("/").Want(http.StatusOK); !strings.Contains(a.Text("main"), "You belong to no repository yet") || a.Has(".stats") {
			t.Errorf("a stranger reads %q", a.Text("main"))
		}
		a := w.SignedIn(viewer).Get("/").Want(http.StatusOK)
		for _, hidden := range []string{"foreign", "other-logs", "third-logs", "grafana-readonly", "wipes, too", "gone", "left behind"} {
			if strings.Contains(a.Text("main"), hidden) {
				t.Errorf("a viewer reads of %s: %q", hidden, a.Text("main"))
			}
		}
		if got := a.Text("#requests-finding"); got != "No requests in the last 14 days." {
			t.Errorf("a viewer is told of requests of tokens that they do not see: %q", got)
		}
		if a.Has("a[href*=revocation]") || a.Has(`a[href="/audit"]`) {
			t.Error("a viewer may do more than look")
		}
		if !strings.Contains(a.Text(".trail"), "created token wipes") {
			t.Errorf("a viewer does not read what was done to what they see: %q", a.Text(".trail"))
		}
	})
}
