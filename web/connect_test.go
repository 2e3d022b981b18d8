package web_test

import (
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"testing"

	"latchkey/internal/console"
	"latchkey/internal/store"
	"latchkey/internal/store/storetest"
	"latchkey/views"
	"latchkey/web"
	"latchkey/web/webtest"
)

func TestConnectShowsConfigurations(t *testing.T) {
	storetest.Each(t, func(t *testing.T, st *store.Store) {
		w := newWorld(t, st, func(o *web.Options) {
			o.PublicURL = &url.URL{Scheme: "https", Host: "console.example.com"}
		})
		v := w.SignedIn(w.owner)
		for _, gateway := range views.Gateways {
			form := v.Get("/connect").Want(http.StatusOK).Form("#connect-form")
			form.Values.Set("gateway", gateway.Name)
			form.Values.Set("repository", "web-logs")
			form.Values["scope"] = []string{"ReadAccess", "QueryDashboard"}
			page := v.Get("/connect?" + form.Values.Encode()).Want(http.StatusOK)
			connection := views.Connection{URL: "https://console.example.com", Repository: "web-logs", Scopes: []string{"QueryDashboard", "ReadAccess"}}
			if page.Has(`input[value="ReadAccess"]`) { // in the catalogue's order
				connection.Scopes = inOrder(page, connection.Scopes)
			}
			files, err := connection.Files(gateway)
			if err != nil || len(files) == 0 {
				t.Fatalf("%s: %v, %v", gateway.Name, files, err)
			}
			for i, file := range files {
				if shown := page.Text("#connect-file-" + string(rune('0'+i))); flat(shown) != flat(file.Text) {
					t.Errorf("%s, %s is shown as\n%s", gateway.Name, file.Name, shown)
				}
			}
			for _, selector := range []string{`#connect-gateway option[selected][value="` + gateway.Name + `"]`, `#connect-repository option[selected][value="web-logs"]`, `input[name="scope"][value="ReadAccess"][checked]`, `nav a[href="/connect"][aria-current]`} {
				if !page.Has(selector) {
					t.Errorf("%s: the page lacks %s", gateway.Name, selector)
				}
			}
			if probe := page.Text("#connect-probe"); !strings.Contains(probe, "'https://console.example.com"+connection.Path(gateway.Name)+"'") {
				t.Errorf("%s: asked as %s", gateway.Name, probe)
			}
		}
	})
}

func flat(text string) string { return strings.Join(strings.Fields(text), " ") }

// inOrder sorts scopes as the page's boxes are.
func inOrder(page *webtest.Answer, scopes []string) []string {
	first, second := strings.Index(page.Body, `value="`+scopes[0]+`"`), strings.Index(page.Body, `value="`+scopes[1]+`"`)
	if second < first {
		scopes[0], scopes[1] = scopes[1], scopes[0]
	}
	return scopes
}

// TestConnectShowsOnlyWhatOneMaySee: neither choices nor an address lead to others.
func TestConnectShowsOnlyWhatOneMaySee(t *testing.T) {
	storetest.Each(t, func(t *testing.T, st *store.Store) {
		w := newWorld(t, st)
		w.Repository("other-logs")
		viewer, stranger := w.User("Vera", console.RoleMember), w.User("Stella", console.RoleMember)
		w.Member(viewer, w.logs, console.MemberViewer, "ReadAccess")
		v := w.SignedIn(viewer)
		// A configuration that asks for less than was meant is worse than none.
		for _, query := range []string{"repository=other-logs", "repository=no-logs", "scope=DeleteEvents", "scope=ReadAccess&scope=DeleteEvents", "scope=%3Bevil", "repository=web-logs%3B"} {
			if a := v.Get("/connect?" + query); a.Status != http.StatusNotFound || strings.Contains(a.Text("main"), "/forward-auth/") {
				t.Errorf("%s: %d", query, a.Status)
			}
		}
		page := v.Get("/connect?repository=WEB-logs&scope=ReadAccess&scope=&gateway=nonsense").Want(http.StatusOK)
		if strings.Contains(page.Body, "other-logs") || page.Has(`input[value="DeleteEvents"]`) || !strings.Contains(page.Text("#connect-file-0"), "/forward-auth/nginx/web-logs/ReadAccess;") {
			t.Errorf("a viewer sees %.2000s", page.Text("main"))
		}
		page = w.SignedIn(stranger).Get("/connect").Want(http.StatusOK)
		if strings.Contains(page.Body, "-logs") || page.Has(`nav a[href="/connect"]`) || page.Has(`input[name="scope"]`) {
			t.Errorf("a stranger sees %.2000s", page.Text("main"))
		}
		if a := w.SignedIn(w.owner).Get("/connect?repository=x" + url.QueryEscape(w.secret.Reveal())); a.Status != http.StatusSeeOther || strings.Contains(a.Header.Get("Location"), "lk_") {
			t.Errorf("a secret in the address: %d to %s", a.Status, a.Header.Get("Location"))
		}
	})
}

func TestConnectSaysWhatIsMissing(t *testing.T) {
	loopback := netip.MustParsePrefix("127.0.0.1/32")
	for _, test := range []struct {
		gateways []netip.Prefix
		listen   string
		problem  string
	}{
		{nil, "127.0.0.1:8080", "No gateway may ask yet"},
		{[]netip.Prefix{loopback}, "127.0.0.1:8080", ""},
		{[]netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}, "127.0.0.1:8080", "does not list 127.0.0.1"},
		{[]netip.Prefix{loopback}, "[::1]:8080", "does not list ::1"},
		{[]netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}, ":8080", ""},
		{[]netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}, "0.0.0.0:8080", ""},
	} {
		w := newWorld(t, storetest.Open(t, storetest.SQLite(t)), func(o *web.Options) { o.Gateways, o.Listen = test.gateways, test.listen })
		said := w.SignedIn(w.owner).Get("/connect").Text("#connect-files .callout")
		if test.problem == "" && said != "" || !strings.Contains(said, test.problem) {
			t.Errorf("%v, listening on %s: %q", test.gateways, test.listen, said)
		}
	}
}
