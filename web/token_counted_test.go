package web_test

import (
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

// TestACountNeverDelaysItsPage: what takes long to count is counted after the page,
// once, or when somebody without a script asks for it.
func TestACountNeverDelaysItsPage(t *testing.T) {
	storetest.Each(t, func(t *testing.T, st *store.Store) {
		var asked statements
		if err := st.Observe(asked.begin); err != nil {
			t.Fatal(err)
		}
		site := webtest.New(t, st)
		owner := site.User("Olga", console.RoleOwner)
		if err := site.Service.FillSynthetic(t.Context(), console.System("test"), 3000); err != nil {
			t.Fatal(err)
		}
		v := site.SignedIn(owner)
		page := func(path string, htmx ...webtest.Option) *webtest.Answer {
			asked.take()
			return v.Get(path, htmx...).Want(http.StatusOK)
		}
		summary := func(a *webtest.Answer) string { return strings.Join(strings.Fields(a.Text("#list-summary")), " ") }

		const list = "/tokens?status=active&type=repository"
		first := page(list)
		page(list)
		if seen, want := asked.take(), []string{"SELECT sessions", "SELECT tokens"}; !slices.Equal(seen, want) {
			t.Errorf("the page without its count asks %q, want %q", seen, want)
		}
		if got := summary(first); got != "1–50 of many Count all" || first.Has("#token-status .n") {
			t.Errorf("the first page says %q, and counts by status: %v", got, first.Has("#token-status .n"))
		}
		if last := page(list + "&page=last"); summary(last) != "50 of many, near the end Count all" {
			t.Errorf("the last page says %q", summary(last))
		}
		counting := first.Attr("#list-summary a", "hx-get")
		if counting == "" || counting != first.Attr("#list-summary a", "href") {
			t.Fatalf("the count is asked for at %q", counting)
		}
		if search := page("/tokens?q=nowhere&type=repository"); search.Has("#list-summary a") || !search.Has(".empty") {
			t.Error("an empty list is to be counted")
		}
		counts := page(counting, webtest.HTMX(list))
		if got := counts.Text("hx-partial #list-summary"); !strings.HasPrefix(got, "1–50 of ") || strings.Contains(got, "many") || counts.Has("tr") {
			t.Errorf("counted afterwards it says %q, with rows: %v", got, counts.Has("tr"))
		}
		for _, id := range []string{"list-matches", "token-status", "all-match"} {
			if !counts.Has("hx-partial #" + id) {
				t.Errorf("the counts leave #%s alone", id)
			}
		}
		if got, want := summary(page(list)), counts.Text("hx-partial #list-summary"); got != want {
			t.Errorf("counted once, the page says %q, want %q", got, want)
		}
		const other = "/tokens?type=repository"
		if got := summary(page(page(other).Attr("#list-summary a", "href"))); !strings.HasPrefix(got, "1–50 of ") || strings.Contains(got, "many") {
			t.Errorf("without a script, counting says %q", got)
		}
	})
}

// TestALongListIsCountedAsTheOverviewCountsIt, also beyond what other lists are
// counted to, and so that what was just changed is told.
func TestALongListIsCountedAsTheOverviewCountsIt(t *testing.T) {
	storetest.Each(t, func(t *testing.T, st *store.Store) {
		site := webtest.New(t, st)
		owner := site.User("Olga", console.RoleOwner)
		if err := site.Service.FillSynthetic(t.Context(), console.System("test"), 18_000); err != nil {
			t.Fatal(err)
		}
		v := site.SignedIn(owner)
		summary := func(path string) string {
			return strings.Join(strings.Fields(v.Get(path).Want(http.StatusOK).Text("#list-summary")), " ")
		}
		overview := v.Get("/").Want(http.StatusOK)
		long := 0
		figures := append(overview.All(".stat"), overview.All(`a[href="/tokens?status=active&trait=open"]`)...)
		for _, stat := range figures {
			figure := strings.Fields(webtest.Text(stat))
			if path := webtest.Attr(stat, "href"); !slices.Contains(figure, strings.TrimPrefix(summary(path), "1–50 of ")) {
				t.Errorf("%s has %q, the overview says %q", path, summary(path), figure)
			} else if strings.HasPrefix(summary(path), "1–50 of 10,") {
				long++
			}
		}
		if long == 0 {
			t.Error("no list is long")
		}
		if got := summary("/tokens?trait=open"); got != "1–50 of 18,000" {
			t.Errorf("of the tokens without an IP filter the page says %q", got)
		}
		if got := summary("/tokens?page=last"); got != "17,951–18,000 of 18,000" {
			t.Errorf("the last page says %q", got)
		}
		if got := v.Get("/tokens").Text("#all-match"); !strings.Contains(got, "Select all 18,000 that match") {
			t.Errorf("the offer to select is %q", got)
		}
		site.Token(site.Repository("logs"), owner, "one more")
		site.Advance(2 * time.Second)
		if got := summary("/tokens"); got != "1–50 of 18,001" {
			t.Errorf("with one more the page says %q", got)
		}
	})
}
