package web_test

import (
	"net/http"
	"reflect"
	"regexp"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"latchkey/internal/console"
	"latchkey/internal/store"
	"latchkey/internal/store/storetest"
	"latchkey/web/webtest"
)

var partial = regexp.MustCompile(`(?s)<hx-partial [^>]*>(.*?)</hx-partial>`)

// TestRegionsArePartsOfTheirPages: with htmx and without, the same HTML.
func TestRegionsArePartsOfTheirPages(t *testing.T) {
	storetest.Each(t, func(t *testing.T, st *store.Store) {
		w := newWorld(t, st)
		v := w.SignedIn(w.owner)
		for _, path := range []string{
			"/tokens", "/tokens?q=graf&scope=ReadAccess&status=active&sort=active&dir=asc&limit=25", "/tokens?q=nothing&status=expired",
			"/repositories/web-logs/settings/tokens", "/repositories/web-logs/settings/tokens?status=revoked&owner=" + string(w.owner.GUID),
			"/ip-filters", "/ip-filters?q=office", "/ip-filters?q=nothing", "/tokens?ip_filter=OFFICE",
			"/repositories", "/repositories?q=web", "/repositories?q=nothing",
			"/people", "/people?group=Ingest&q=olga",
			"/connect", "/connect?gateway=haproxy&repository=web-logs&scope=ReadAccess",
		} {
			page := v.Get(path).Want(http.StatusOK)
			region := v.Get(path, webtest.HTMX(path)).Want(http.StatusOK)
			parts := []string{partial.ReplaceAllString(region.Body, "")}
			for _, found := range partial.FindAllStringSubmatch(region.Body, -1) {
				parts = append(parts, found[1])
			}
			for _, part := range parts {
				if part = strings.TrimSpace(part); part == "" || !strings.Contains(page.Body, part) {
					t.Errorf("%s: the page lacks this part of its region: %.300s", path, part)
				}
			}
			if region.Has("nav.side") || !page.Has("nav.side") {
				t.Errorf("%s: page and region are mixed up", path)
			}
		}
		for path, selector := range map[string]string{
			"/tokens/new": "#token-form", "/repositories/web-logs/settings/tokens/new?name=x&scopes=ReadAccess": "#token-form",
			tokenPath(w) + "/revocation": "#revoke-form", "/repositories/web-logs/deletion": "#deletion-form",
			"/ip-filters/new": "#ip-filter-form", "/ip-filters/" + string(w.filter.GUID) + "/edit": "#ip-filter-form",
			"/ip-filters/" + string(w.filter.GUID) + "/deletion": "#ip-filter-deletion-form",
		} {
			page, region := v.Get(path).Want(http.StatusOK), v.Get(path, webtest.HTMX("/tokens")).Want(http.StatusOK)
			inPage, inDialog := page.Form(selector), region.Form(selector)
			for _, form := range []webtest.Form{inPage, inDialog} {
				form.Values.Del("guid")
				form.Values.Del("guid_seal")
			}
			if !reflect.DeepEqual(inPage, inDialog) {
				t.Errorf("%s: the page's form is %v, the dialog's %v", path, inPage, inDialog)
			}
			if !region.Has("dialog[data-modal] "+selector) || region.Has("main") || !page.Has("main .page-form "+selector) {
				t.Errorf("%s: no dialog, or no page", path)
			}
		}
	})
}

// TestBoostedAndRestoredGetThePage: only a swap into a part gets a part.
func TestBoostedAndRestoredGetThePage(t *testing.T) {
	st := storetest.Open(t, storetest.SQLite(t))
	w := newWorld(t, st)
	v := w.SignedIn(w.owner)
	for name, options := range map[string][]webtest.Option{
		"plain":    nil,
		"boosted":  {webtest.Header("HX-Request", "true"), webtest.Header("HX-Request-Type", "full"), webtest.Header("HX-Boosted", "true")},
		"restored": {webtest.Header("HX-History-Restore-Request", "true")},
	} {
		if a := v.Get("/tokens", options...); !a.Has("nav.side") || !a.Has("#token-list") {
			t.Errorf("%s: not the page", name)
		}
	}
}

// TestNothingWorthNothing: no link of the console leads nowhere, no button does
// nothing, and no secret is found by walking through all pages.
func TestNothingWorthNothing(t *testing.T) {
	storetest.Each(t, func(t *testing.T, st *store.Store) {
		w := newWorld(t, st)
		if _, err := w.Service.CreateRepository(t.Context(), console.System("test"), console.NewRepository{
			Name: "a-view", Kind: console.KindView, Connections: []console.NewConnection{{Repository: "web-logs"}},
		}); err != nil {
			t.Fatal(err)
		}
		v := w.SignedIn(w.owner)
		seen, queue := map[string]bool{"/": true}, []string{"/"}
		for len(queue) > 0 && len(seen) < 400 {
			path := queue[0]
			queue = queue[1:]
			a := v.Get(path)
			if a.Status != http.StatusOK && a.Status != http.StatusSeeOther {
				t.Errorf("%s gives %d", path, a.Status)
			}
			if strings.Contains(a.Body, "~lk_") {
				t.Errorf("%s shows a secret", path)
			}
			next := []string{a.Header.Get("Location")}
			for _, link := range a.All("a[href]") {
				next = append(next, webtest.Attr(link, "href"))
			}
			for _, link := range next {
				if link == "#" {
					t.Errorf("%s has a link to nowhere", path)
				}
				if strings.HasPrefix(link, "/") && !seen[link] {
					seen[link] = true
					queue = append(queue, link)
				}
			}
			for _, button := range a.All(`button[type="button"]`) {
				if !does(button) {
					t.Errorf("%s has a button that does nothing: %s", path, webtest.Text(button))
				}
			}
		}
		if len(seen) < 30 {
			t.Errorf("only %d pages were found", len(seen))
		}
	})
}

// does reports whether a button has what makes it act.
func does(button *html.Node) bool {
	for _, attr := range button.Attr {
		if strings.HasPrefix(attr.Key, "data-") || strings.HasPrefix(attr.Key, "hx-") || attr.Key == "popovertarget" || attr.Key == "disabled" {
			return true
		}
	}
	return false
}
