package web_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"latchkey/internal/console"
	"latchkey/internal/store"
	"latchkey/internal/store/storetest"
	"latchkey/web/webtest"
)

const list = "/repositories/web-logs/settings/tokens"

func names(a *webtest.Answer) []string { return a.Texts("tbody .nm") }

func wantNames(t *testing.T, what string, a *webtest.Answer, want ...string) {
	t.Helper()
	if got := names(a.Want(http.StatusOK)); !slices.Equal(got, want) {
		t.Errorf("%s: %q, want %q", what, got, want)
	}
}

// sample fills the repository with a token in each status.
func sample(w world) {
	day := 24 * time.Hour
	w.Token(w.logs, w.owner, "old", func(n *console.NewToken) { n.ValidTo = w.Now().Add(time.Hour) })
	gone, _ := w.Token(w.logs, w.owner, "gone")
	if _, err := w.Service.RevokeToken(w.T.Context(), console.Principal{}.As(w.owner), w.logs.GUID, gone.GUID, "test"); err != nil {
		w.T.Fatal(err)
	}
	w.Advance(2 * time.Hour)
	w.Token(w.logs, w.owner, "soon", func(n *console.NewToken) { n.ValidFrom = w.Now().Add(day); n.ValidTo = w.Now().Add(100 * day) })
	w.Token(w.logs, w.owner, "ending", func(n *console.NewToken) {
		n.ValidTo = w.Now().Add(3 * day)
		n.Scopes = []string{"DeleteEvents", "ReadAccess"}
	})
	w.Token(w.logs, w.owner, "ended", func(n *console.NewToken) { n.ValidTo = w.Now().Add(time.Minute) })
	w.Advance(2 * time.Minute)
	other := w.Repository("other-logs")
	w.Token(other, w.owner, "elsewhere")
}

func TestTheTokenTable(t *testing.T) {
	storetest.Each(t, func(t *testing.T, st *store.Store) {
		w := newWorld(t, st)
		sample(w)
		v := w.SignedIn(w.owner)
		a := v.Get(list)
		wantNames(t, "the five-minute rule", a, "ended", "ending", "grafana-readonly", "soon")
		if got := a.Text("#token-status"); got != "Token status Current 4 Active 2 Inactive 4 All 6" {
			t.Errorf("the statuses are %q", got)
		}
		if !a.Has("#status-current[checked]") || a.Has(".chips .chip-on") {
			t.Error("the usual filter shows as one that was chosen")
		}
		w.Advance(5 * time.Minute)
		wantNames(t, "after five minutes", v.Get(list), "ending", "grafana-readonly", "soon")
		for query, want := range map[string][]string{
			"status=all":                                 {"ended", "ending", "gone", "grafana-readonly", "old", "soon"},
			"status=active":                              {"ending", "grafana-readonly"},
			"status=inactive":                            {"ended", "gone", "old", "soon"},
			"status=expiring":                            {"ending"},
			"status=scheduled":                           {"soon"},
			"status=expired":                             {"ended", "old"},
			"status=revoked":                             {"gone"},
			"status=disabled":                            nil,
			"status=all&q=END":                           {"ended", "ending"},
			"q=graf+only":                                {"grafana-readonly"},
			"scope=DeleteEvents":                         {"ending"},
			"guid=" + string(w.token.GUID):               {"grafana-readonly"},
			"expires=7d":                                 {"ending"},
			"status=all&sort=name&dir=desc":              {"soon", "old", "grafana-readonly", "gone", "ending", "ended"},
			"owner=" + string(w.owner.GUID):              {"ending", "grafana-readonly", "soon"},
			"scope=NoSuch&owner=" + string(w.token.GUID): nil,
			"repository=other-logs":                      {"ending", "grafana-readonly", "soon"},
			"created_to=2026-11-20":                      nil,
			"created_from=2026-11-21&q=soon":             {"soon"},
		} {
			wantNames(t, query, v.Get(list+"?"+query), want...)
		}
		wantNames(t, "all tokens", v.Get("/tokens"), "elsewhere", "ended", "ending", "gone", "grafana-readonly", "old", "soon")
		wantNames(t, "one repository of all", v.Get("/tokens?repository=OTHER-logs"), "elsewhere")
		if got := v.Get("/tokens?q=elsewhere").Text(".c-name small"); got != "other-logs · ReadAccess" {
			t.Errorf("the second line is %q", got)
		}
	})
}

func TestARowSaysWhatThereIsToKnow(t *testing.T) {
	storetest.Each(t, func(t *testing.T, st *store.Store) {
		w := newWorld(t, st)
		sample(w)
		v := w.SignedIn(w.owner)
		v.SetCookie("zone", "Europe/Berlin")
		a := v.Get(list + "?q=ending").Want(http.StatusOK)
		for selector, want := range map[string]string{
			"tbody .c-name small": "DeleteEvents, ReadAccess", "tbody .c-from": "21 Nov 2026 23:52 CET",
			"tbody .c-exp": "24 Nov 2026 in 3 days", "tbody .c-stat": "Expiring",
		} {
			if got := a.Text(selector); got != want {
				t.Errorf("%s is %q, want %q", selector, got, want)
			}
		}
		if a.Attr("tbody time", "datetime") != "2026-11-21T22:52:00Z" {
			t.Errorf("the machine's time is %q", a.Attr("tbody time", "datetime"))
		}
		all := v.Get(list + "?status=all")
		if n := len(all.All(`tbody td button[disabled][title="Already inactive"]`)); n != 3 {
			t.Errorf("%d revoke buttons are off", n)
		}
		for _, column := range []string{"Name", "Active from", "Expiration", "Created", "Is active"} {
			if !slices.Contains(all.Texts("#sort-menu a"), column) || column != "Created" && !slices.Contains(all.Texts("thead .sort"), column) {
				t.Errorf("%s can't be sorted by", column)
			}
		}
		if all.Attr("th.c-name", "aria-sort") != "ascending" || len(all.All("th[aria-sort]")) != 1 {
			t.Error("the order is not marked")
		}
		first := v.Get(all.Attr("#sort-active", "href")).Want(http.StatusOK)
		if first.Attr("th.c-stat", "aria-sort") != "descending" || names(first)[0] != "grafana-readonly" {
			t.Errorf("a first click on Is active shows %q", names(first))
		}
		if second := v.Get(first.Attr("#sort-active", "href")); second.Attr("th.c-stat", "aria-sort") != "ascending" || names(second)[0] != "gone" {
			t.Errorf("a second click shows %q", names(second))
		}
		v.SetCookie("zone", "../../etc/passwd")
		v.Get(list).Want(http.StatusOK)
		v.SetCookie("zone", "Local")
		if got := v.Get(list + "?q=ending").Text("tbody .c-from"); !strings.Contains(got, "UTC") {
			t.Errorf("the server's zone shows: %s", got)
		}
	})
}

func TestFiltersShowAsChips(t *testing.T) {
	storetest.Each(t, func(t *testing.T, st *store.Store) {
		w := newWorld(t, st)
		sample(w)
		v := w.SignedIn(w.owner)
		a := v.Get(list + "?q=e&scope=ReadAccess&scope=DeleteEvents&status=active&owner=" + string(w.owner.GUID) + "&limit=25&sort=created&page=last")
		want := []string{"Name e", "Scope ReadAccess", "Scope DeleteEvents", "Status Active", "Owner Olga"}
		if got := a.Texts(".chips .chip-on"); !slices.Equal(got, want) {
			t.Errorf("chips %q, want %q", got, want)
		}
		if got := a.Attr(`a[aria-label="Remove filter Scope ReadAccess"]`, "href"); got != list+"?limit=25&owner="+string(w.owner.GUID)+"&q=e&scope=DeleteEvents&sort=created&status=active" {
			t.Errorf("removing a scope leads to %s", got)
		}
		if a.Text("#scope-count") != "2" || a.Text("#more-count") != "1" || a.Attr("#filter-name", "value") != "e" {
			t.Error("the form does not show what is chosen")
		}
		if a.Attr(".chips .link-btn", "href") != list {
			t.Error("Clear all does not")
		}
		none := v.Get(list + "?q=billing&scope=ReadAccess&status=inactive")
		if got := none.Text(".empty"); got != "No tokens match Nothing has “billing” in its name with scope ReadAccess and status Inactive. Clear filters" {
			t.Errorf("no results: %q", got)
		}
		w.Repository("empty-logs")
		if got := v.Get("/repositories/empty-logs/settings/tokens").Text(".empty"); !strings.HasPrefix(got, "No tokens yet") || !strings.Contains(got, "Add new") {
			t.Errorf("an empty repository: %q", got)
		}
	})
}

// TestFilteringWithHTMX: the answer is the region, what goes with it, and a
// tidy address, once.
func TestFilteringWithHTMX(t *testing.T) {
	storetest.Each(t, func(t *testing.T, st *store.Store) {
		w := newWorld(t, st)
		sample(w)
		v := w.SignedIn(w.owner)
		a := v.Get(list+"?q=end&guid=&status=current&type=&owner=&created_from=&created_to=&expires=", webtest.HTMX(list))
		wantNames(t, "typed", a, "ended", "ending")
		if got := a.Header.Get("HX-Push-Url"); got != list+"?q=end" {
			t.Errorf("the address becomes %q", got)
		}
		if a.Has("#filter-name") || !a.Has(`hx-partial[hx-target="#token-status"]`) {
			t.Error("the inputs are swapped, or the counts are not")
		}
		if got := v.Get(list+"?q=end&guid=", webtest.HTMX(list+"?q=end")).Header.Get("HX-Push-Url"); got != "false" {
			t.Errorf("the same list again is pushed as %q", got)
		}
		form := v.Get(list + "?sort=active&limit=25").Form("#token-filters")
		if form.Values.Get("sort") != "" {
			t.Error("the order stands in the form, where typing would keep an old one")
		}
	})
}

// TestPagesWalkTheWholeList: forwards, backwards and from the end, each row once.
func TestPagesWalkTheWholeList(t *testing.T) {
	storetest.Each(t, func(t *testing.T, st *store.Store) {
		w := newWorld(t, st)
		for i := range 59 {
			w.Token(w.logs, w.owner, fmt.Sprintf("t-%02d", i))
		}
		v := w.SignedIn(w.owner)
		first := v.Get(list + "?limit=25&sort=created&dir=desc").Want(http.StatusOK)
		if first.Text(".foot .num") != "1–25 of 60" || first.Has(`a[href][aria-label="First page"]`) || first.Has(`a[href][aria-label="Previous page"]`) {
			t.Errorf("the first page says %q", first.Text(".foot"))
		}
		second := v.Get(first.Attr(`a[aria-label="Next page"]`, "href"))
		third := v.Get(second.Attr(`a[aria-label="Next page"]`, "href"))
		if second.Text(".foot .num") != "26–50 of 60" || third.Text(".foot .num") != "51–60 of 60" || third.Has(`a[href][aria-label="Last page"]`) {
			t.Errorf("then %q and %q", second.Text(".foot .num"), third.Text(".foot .num"))
		}
		walked := slices.Concat(names(first), names(second), names(third))
		if slices.Sort(walked); len(slices.Compact(walked)) != 60 {
			t.Errorf("%d rows were seen", len(walked))
		}
		back := v.Get(third.Attr(`a[href][aria-label="Previous page"]`, "href"))
		if !slices.Equal(names(back), names(second)) {
			t.Error("backwards is another way")
		}
		last := v.Get(first.Attr(`a[aria-label="Last page"]`, "href"))
		if n := names(last); len(n) != 25 || n[24] != names(third)[9] {
			t.Errorf("the last page is %q", n)
		}
		if !slices.Equal(names(v.Get(last.Attr(`a[href][aria-label="First page"]`, "href"))), names(first)) {
			t.Error("the first page is another one")
		}
		hostile := v.Get(list + "?limit=25&cursor=AAAA%00&page=2&sort=created&dir=desc").Want(http.StatusOK)
		if !slices.Equal(names(hostile), names(first)) {
			t.Error("a damaged cursor does not begin at the start")
		}
	})
}

func TestATokensPage(t *testing.T) {
	storetest.Each(t, func(t *testing.T, st *store.Store) {
		w := newWorld(t, st)
		v := w.SignedIn(w.owner)
		a := v.Get(tokenPath(w)).Want(http.StatusOK)
		text := a.Text("main")
		for _, want := range []string{"grafana-readonly", string(w.token.GUID)[:8], "Active", "Never expires", "ReadAccess", "Data read access", "1 of 50 scopes", "Olga", "Created by Olga", "21 Nov 2026, 20:52 UTC"} {
			if !strings.Contains(text, want) {
				t.Errorf("the page lacks %q: %s", want, text)
			}
		}
		v.Get("/tokens/{" + strings.ToUpper(string(w.token.GUID)) + "}").Want(http.StatusOK)
	})
}

func TestRevoking(t *testing.T) {
	storetest.Each(t, func(t *testing.T, st *store.Store) {
		w := newWorld(t, st)
		v := w.SignedIn(w.owner)
		page := v.Get(tokenPath(w) + "/revocation").Want(http.StatusOK)
		if !strings.Contains(page.Text("main"), "It stops working at once and becomes inactive. Valid to is set to now. You can’t undo this.") {
			t.Errorf("the question is %q", page.Text("main"))
		}
		form := page.Form("#revoke-form")
		form.Values.Set("reason", strings.Repeat("x", 501))
		refused := v.Submit(form).Want(http.StatusUnprocessableEntity)
		if refused.Text("#f-reason-err") != "The reason is longer than 500 characters." {
			t.Errorf("a long reason: %q", refused.Text("#f-reason-err"))
		}
		form.Values.Set("reason", "left the company")
		a := v.Submit(form).Want(http.StatusSeeOther)
		shown := v.Get(a.Header.Get("Location")).Want(http.StatusOK)
		if got := shown.Text("#toasts .toast"); !strings.HasPrefix(got, "grafana-readonly revoked It stopped working on 21 Nov 2026, 20:52 UTC.") {
			t.Errorf("the list says %q", got)
		}
		if v.Get(list).Has("#toasts .toast") {
			t.Error("the news comes twice")
		}
		token := v.Get(tokenPath(w)).Text("main")
		if !strings.Contains(token, "Revoked") || !strings.Contains(token, "Reason: left the company") {
			t.Errorf("the token's page says %s", token)
		}
		v.Submit(form).Want(http.StatusSeeOther)
		again := v.Get(tokenPath(w) + "/revocation").Want(http.StatusOK)
		if again.Has("#revoke-form") || !strings.Contains(again.Text("main"), "already inactive") {
			t.Error("an inactive token can be revoked")
		}
	})
}

func TestRevokingWithHTMX(t *testing.T) {
	storetest.Each(t, func(t *testing.T, st *store.Store) {
		w := newWorld(t, st)
		w.Token(w.logs, w.owner, "another")
		v := w.SignedIn(w.owner)
		here := webtest.HTMX(list + "?status=all&q=graf")
		form := v.Get(tokenPath(w)+"/revocation", here).Want(http.StatusOK).Form("dialog[data-modal] #revoke-form")
		long := webtest.Form{Action: form.Action, Values: form.Values}
		form.Values.Set("reason", strings.Repeat("x", 501))
		if a := v.Submit(long, here).Want(http.StatusUnprocessableEntity); !a.Has("#revoke-form") || a.Has("dialog") {
			t.Error("the form does not come back alone")
		}
		form.Values.Set("reason", "")
		a := v.Submit(form, here).Want(http.StatusOK)
		if got := a.Texts(`hx-partial[hx-target="#token-list"] .nm`); !slices.Equal(got, []string{"grafana-readonly"}) {
			t.Errorf("the list shows %q", got)
		}
		if !strings.Contains(a.Text(`hx-partial[hx-target="#token-list"] td.c-stat`), "Revoked") ||
			a.Text(`hx-partial[hx-target="#modal-root"]`) != "grafana-readonly revoked" || !a.Has(`hx-partial[hx-target="#toasts"] .toast`) {
			t.Errorf("the answer is %.500s", a.Body)
		}
		other, _ := w.Token(w.logs, w.owner, "third")
		path := list + "/" + string(other.GUID)
		form = v.Get(path+"/revocation", webtest.HTMX(path)).Form("#revoke-form")
		a = v.Submit(form, webtest.HTMX(path)).Want(http.StatusOK)
		if a.Header.Get("HX-Location") != path {
			t.Errorf("from its own page it leads to %q", a.Header.Get("HX-Location"))
		}
		if !v.Get(path).Has("#toasts .toast") {
			t.Error("the page does not say what was done")
		}
	})
}

// TestAnUnknownFilterShowsNothing: what an address asks for and there is not must
// not end in a list of all tokens, ready to be ticked.
func TestAnUnknownFilterShowsNothing(t *testing.T) {
	storetest.Each(t, func(t *testing.T, st *store.Store) {
		w := newWorld(t, st)
		v := w.SignedIn(w.owner)
		for query, want := range map[string]string{
			"repository=nope": "There is no repository “nope”.", "status=bogus": "There is no status “bogus”.",
			"type=robot": "There is no type of token “robot”.", "ip_filter=nope": "There is no IP filter “nope”.",
			"owner=me": "There is no owner “me”.", "creator=" + string(console.NewGUID()): "There is no creator “",
			"scope=NoSuch&scope=ReadAccess": "There is no scope “NoSuch” to filter by.", "expires=soon": "“soon” is no time such as 30d.",
			"created_from=yesterday": "“yesterday” is no day such as 2026-11-30.", "created_from=2026-02-01&created_to=2026-01-01": "later than the last one",
		} {
			for _, path := range []string{"/tokens?", list + "?"} {
				if path == list+"?" && strings.HasPrefix(query, "repository") {
					continue
				}
				for _, options := range [][]webtest.Option{nil, {webtest.HTMX("/tokens")}} {
					a := v.Get(path+query, options...).Want(http.StatusOK)
					if a.Has("[data-row]") || !strings.Contains(a.Text(".empty"), want) || !strings.Contains(a.Text(".empty"), "Clear filters") {
						t.Errorf("%s%s shows %s", path, query, a.Text(".empty"))
					}
				}
			}
		}
		if a := v.Get("/tokens?status=&owner=&type=&repository="); !a.Has("[data-row]") {
			t.Error("empty filters hide tokens")
		}
	})
}
