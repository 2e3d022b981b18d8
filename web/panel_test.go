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

// by is the person who acts, as the service knows them.
func by(user console.User) console.Principal {
	return console.Principal{ProvedAt: webtest.Start.AddDate(100, 0, 0)}.As(user)
}

func TestDetailsStandBesideTheList(t *testing.T) {
	storetest.Each(t, func(t *testing.T, st *store.Store) {
		w := newWorld(t, st)
		w.Token(w.logs, w.owner, "another")
		v := w.SignedIn(w.owner)
		const query = "?q=graf&sort=created&status=all"
		link := v.Get(list+query).Attr("tbody a.nm", "href")
		if link != tokenPath(w)+query {
			t.Fatalf("the row leads to %s", link)
		}
		page := v.Get(link).Want(http.StatusOK)
		wantNames(t, "the list beside it", page, "grafana-readonly")
		if page.Attr("#panel-title", "tabindex") != "-1" || page.Text("#panel-title") != "grafana-readonly" ||
			page.Attr("tr[aria-current]", "id") != "t-"+string(w.token.GUID) || page.Text("title") != "grafana-readonly · web-logs · Latchkey" {
			t.Errorf("the page is %.400s", page.Body)
		}
		shuts := page.All("#panel [data-panel-close]")[0]
		if webtest.Attr(shuts, "href") != list+query || webtest.Attr(shuts, "data-return") != page.Attr("tbody a.nm", "id") {
			t.Errorf("closing leads to %s and to the focus on %s", webtest.Attr(shuts, "href"), webtest.Attr(shuts, "data-return"))
		}
		plain := v.Get(list + query)
		if plain.Has("#panel") || plain.Has("tr[aria-current]") || plain.Text("title") != "Tokens · web-logs · Latchkey" {
			t.Error("a list without details shows some")
		}
		if v.Get("/tokens/"+string(w.token.GUID)).Attr("#panel [data-panel-close]", "href") != "/tokens" {
			t.Error("on the page of all tokens closing leads elsewhere")
		}
	})
}

// TestThePanelIsPartOfItsPage: with htmx the same HTML, and the list with its
// row marked.
func TestThePanelIsPartOfItsPage(t *testing.T) {
	storetest.Each(t, func(t *testing.T, st *store.Store) {
		w := newWorld(t, st)
		v := w.SignedIn(w.owner)
		into := webtest.Header("HX-Target", "div#panel-slot")
		for _, path := range []string{tokenPath(w), tokenPath(w) + "?status=active", "/tokens/" + string(w.token.GUID) + "?q=graf&limit=25"} {
			page, region := v.Get(path).Want(http.StatusOK), v.Get(path, webtest.HTMX(list), into).Want(http.StatusOK)
			_, panel, _ := strings.Cut(partial.ReplaceAllString(region.Body, ""), "</title>")
			parts := []string{panel}
			for _, found := range partial.FindAllStringSubmatch(region.Body, -1) {
				parts = append(parts, found[1])
			}
			for _, part := range parts {
				if part = strings.TrimSpace(part); part == "" || !strings.Contains(page.Body, part) {
					t.Errorf("%s: the page lacks this part of its region: %.300s", path, part)
				}
			}
			if region.Text("title") != page.Text("title") || region.Has("main") || !region.Has(`hx-partial[hx-target="#token-list"] tr[aria-current]`) {
				t.Errorf("%s: the region is %.400s", path, region.Body)
			}
		}
	})
}

func TestTheListStaysUsableBesideDetails(t *testing.T) {
	storetest.Each(t, func(t *testing.T, st *store.Store) {
		w := newWorld(t, st)
		w.Token(w.logs, w.owner, "another")
		v := w.SignedIn(w.owner)
		beside := webtest.HTMX(tokenPath(w) + "?status=all")
		a := v.Get(list+"?status=all&q=a", beside).Want(http.StatusOK)
		if got := a.Header.Get("HX-Push-Url"); got != tokenPath(w)+"?q=a&status=all" {
			t.Errorf("filtering beside details leads to %s", got)
		}
		if a.Attr("tr[aria-current]", "id") != "t-"+string(w.token.GUID) || a.Has("#panel") {
			t.Error("the row is not marked any more, or the details come again")
		}
		a = v.Get(list+"?status=all&q=a", webtest.HTMX(tokenPath(w)+"?q=a&status=all"), webtest.Header("HX-Target", "div#panel-slot")).Want(http.StatusOK)
		if a.Header.Get("HX-Push-Url") != list+"?q=a&status=all" || a.Has("tr[aria-current]") || a.Text("title") != "Tokens · web-logs · Latchkey" ||
			!strings.Contains(a.Body, `<hx-partial hx-target="#panel-slot" hx-swap="innerHTML"></hx-partial>`) {
			t.Errorf("closing answers %q: %.300s", a.Header.Get("HX-Push-Url"), a.Body)
		}
	})
}

func TestDetailsSayWhatThereIsToKnow(t *testing.T) {
	storetest.Each(t, func(t *testing.T, st *store.Store) {
		w := newWorld(t, st)
		start := w.Now()
		token, _ := w.Token(w.logs, w.owner, "watched", func(n *console.NewToken) {
			n.Scopes, n.ValidTo, n.Description = []string{"DeleteEvents", "ReadAccess"}, start.AddDate(0, 0, 105), "For\nthe wallboard"
		})
		w.Advance(99 * 24 * time.Hour)
		v := w.SignedIn(w.owner)
		path := list + "/" + string(token.GUID)
		a := v.Get(path).Want(http.StatusOK)
		for selector, want := range map[string]string{
			"#panel .st": "Expiring", "#panel .guid span": string(token.GUID), "#panel-validity + .end": "6 days left of 105",
			"#panel-permissions + .end": "2 of 50 scopes", "#panel .perm li": "DeleteEvents High risk Delete events", "#panel details summary": "48 not granted",
		} {
			if got := a.Text(selector); strings.ReplaceAll(got, " ", "") != strings.ReplaceAll(want, " ", "") {
				t.Errorf("%s is %q, want %q", selector, got, want)
			}
		}
		if got := a.Text("#panel .trail time small"); got != "20:52 UTC" {
			t.Errorf("the audit trail says %q of the time of day", got)
		}
		if n := len(a.All("#panel details .perm li.no")); n != 48 || a.Has("#panel details[open]") {
			t.Errorf("%d scopes are not granted, or they show at once", n)
		}
		if a.Attr(`#panel a:contains("Open in audit log")`, "href") != "/audit?period=all&target="+string(token.GUID) {
			t.Error("the audit log is not a click away")
		}
		until := w.Now().Add(48 * time.Hour)
		if _, err := w.Service.DisableToken(t.Context(), by(w.owner), "", token.GUID, until); err != nil {
			t.Fatal(err)
		}
		text := v.Get(path).Text("#panel")
		for _, want := range []string{"Disabled since 28 Feb 2027, 20:52 UTC", "Disabled until 2 Mar 2027, 20:52 UTC", "Disabled by Olga", "Created by Olga", "Enable", "Owner Olga", "For the wallboard"} {
			if !strings.Contains(text, want) {
				t.Errorf("the details lack %q: %s", want, text)
			}
		}
	})
}

// TestActionsThatAreNotPossible are greyed and say why.
func TestActionsThatAreNotPossible(t *testing.T) {
	storetest.Each(t, func(t *testing.T, st *store.Store) {
		w := newWorld(t, st)
		expired, _ := w.Token(w.logs, w.owner, "short", func(n *console.NewToken) { n.ValidTo = w.Now().Add(time.Hour) })
		w.Advance(2 * time.Hour)
		if _, err := w.Service.RevokeToken(t.Context(), by(w.owner), "", w.token.GUID, "over"); err != nil {
			t.Fatal(err)
		}
		v := w.SignedIn(w.owner)
		for guid, want := range map[console.GUID][]string{
			w.token.GUID: {"A revoked token can’t be edited", "Its secrets have ended with it", "A revoked token can’t be disabled", "Already inactive"},
			expired.GUID: {"An expired token can’t be edited", "Its secrets have ended with it", "An expired token can’t be disabled", "Already inactive"},
		} {
			a := v.Get("/tokens/" + string(guid)).Want(http.StatusOK)
			var why []string
			for _, button := range a.All("#panel button[disabled]") {
				why = append(why, webtest.Attr(button, "title"))
			}
			if !slices.Equal(why, want) {
				t.Errorf("reasons %q, want %q", why, want)
			}
			if !a.Has("#panel-duplicate") || !a.Has("#panel-delete") {
				t.Error("what is still possible is not offered")
			}
			page := v.Get("/tokens/" + string(guid) + "/edit").Want(http.StatusOK)
			if page.Has("#token-form") || !strings.Contains(page.Text("main"), "can’t be changed any more") {
				t.Errorf("the page to edit it says %s", page.Text("main"))
			}
		}
		a := w.SignedIn(w.User("Aude", console.RoleAuditor)).Get("/tokens/" + string(expired.GUID)).Want(http.StatusOK)
		if a.Has("#panel .panel-head .btn") || a.Has("#bulk-form") || !a.Has(`#panel a[href^="/audit"]`) {
			t.Error("an auditor is offered actions, or kept from the audit log")
		}
	})
}
