package web_test

import (
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"testing"

	"github.com/labstack/echo/v4"

	"latchkey/internal/store"
	"latchkey/internal/store/storetest"
	"latchkey/web"
	"latchkey/web/webtest"
)

var securityHeaders = map[string]string{
	"Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; " +
		"connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'; object-src 'none'",
	"X-Content-Type-Options":       "nosniff",
	"Referrer-Policy":              "no-referrer",
	"Cross-Origin-Opener-Policy":   "same-origin",
	"Cross-Origin-Resource-Policy": "same-origin",
	"X-Frame-Options":              "DENY",
}

func wantHeaders(t *testing.T, name string, a *webtest.Answer) {
	t.Helper()
	for header, want := range securityHeaders {
		if got := a.Header.Get(header); got != want {
			t.Errorf("%s: %s is %q", name, header, got)
		}
	}
	if a.Header.Get("Permissions-Policy") == "" || len(a.Header.Get("X-Request-Id")) < 8 {
		t.Errorf("%s: headers are missing: %v", name, a.Header)
	}
	if a.Header.Get("Strict-Transport-Security") != "" {
		t.Errorf("%s: promises TLS over plain HTTP", name)
	}
}

// TestHeadersOnEveryAnswer includes errors, files and what does not exist.
func TestHeadersOnEveryAnswer(t *testing.T) {
	storetest.Each(t, func(t *testing.T, st *store.Store) {
		w := newWorld(t, st, func(o *web.Options) {
			o.Gate = map[string]echo.HandlerFunc{"/gate": func(echo.Context) error { panic("secret detail") }}
		})
		v := w.SignedIn(w.owner)
		style := v.Get("/tokens").Attr(`link[rel="stylesheet"]`, "href")
		for _, route := range web.Routes() {
			if route.Path == "/logout" {
				continue
			}
			for _, visitor := range []*webtest.Visitor{w.Visitor(), v} {
				for _, options := range [][]webtest.Option{nil, {webtest.HTMX("/tokens")}} {
					a := visitor.Do(route.Method, w.path(route), "", options...)
					name := route.Method + " " + route.Path
					wantHeaders(t, name, a)
					if a.Header.Get("Cache-Control") != "no-store" || a.Header.Get("Vary") != "HX-Request-Type, Cookie" {
						t.Errorf("%s may be cached: %q, %q", name, a.Header.Get("Cache-Control"), a.Header.Get("Vary"))
					}
				}
			}
		}
		for _, test := range []struct {
			method, path string
			status       int
		}{
			{"GET", style, http.StatusOK}, {"GET", "/static/none", http.StatusNotFound}, {"GET", "/static/", http.StatusNotFound},
			{"GET", "/nowhere", http.StatusNotFound}, {"GET", "/tokens/a/b/c", http.StatusNotFound}, {"GET", "/../etc/passwd", http.StatusNotFound},
			{"DELETE", "/tokens", http.StatusMethodNotAllowed}, {"TRACE", "/tokens", http.StatusMethodNotAllowed}, {"GET", "/logout", http.StatusMethodNotAllowed},
			{"GET", "/livez", http.StatusOK}, {"GET", "/readyz", http.StatusOK}, {"POST", "/gate", http.StatusInternalServerError},
			{"GET", "/metrics", http.StatusNotFound}, {"GET", "/debug/pprof/", http.StatusNotFound},
		} {
			a := v.Do(test.method, test.path, "").Want(test.status)
			wantHeaders(t, test.method+" "+test.path, a)
			if strings.Contains(a.Body, "secret detail") {
				t.Errorf("%s tells what went wrong inside", test.path)
			}
		}
		if !strings.Contains(w.Log.String(), "secret detail") {
			t.Error("the log does not tell what went wrong inside")
		}
		v.Get("/tokens").Want(http.StatusOK)
	})
}

// TestRequestIDs: a trusted proxy's are kept if they look like one, and nobody
// else's are.
func TestRequestIDs(t *testing.T) {
	proxied := func(o *web.Options) { o.TrustedProxies = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")} }
	elsewhere := func(o *web.Options) { o.TrustedProxies = []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")} }
	for name, change := range map[string]func(*web.Options){"no proxy": func(*web.Options) {}, "another proxy": elsewhere} {
		v := webtest.New(t, storetest.Open(t, storetest.SQLite(t)), change).Visitor()
		if got := v.Get("/livez", webtest.Header("X-Request-Id", "abcdefgh")).Header.Get("X-Request-Id"); got == "abcdefgh" || len(got) < 8 {
			t.Errorf("%s: the id is %q", name, got)
		}
	}
	v := webtest.New(t, storetest.Open(t, storetest.SQLite(t)), proxied).Visitor()
	for given, kept := range map[string]bool{
		"abcdefgh": true, "A.b_c-1234567890": true, strings.Repeat("a", 64): true,
		"short": false, strings.Repeat("a", 65): false, "with space in it": false, `<b>bold</b>`: false,
	} {
		got := v.Get("/livez", webtest.Header("X-Request-Id", given)).Header.Get("X-Request-Id")
		if (got == given) != kept || len(got) < 8 {
			t.Errorf("%q becomes %q", given, got)
		}
	}
}

func TestTLSIsPromisedWhereItIs(t *testing.T) {
	storetest.Each(t, func(t *testing.T, st *store.Store) {
		public, err := url.Parse("https://console.example.com")
		if err != nil {
			t.Fatal(err)
		}
		site := webtest.New(t, st, func(o *web.Options) { o.PublicURL = public })
		a := site.Visitor().Get("/login").Want(http.StatusOK)
		if !strings.Contains(a.Header.Get("Strict-Transport-Security"), "max-age=31536000") {
			t.Error("no HSTS behind TLS")
		}
		cookie := a.Header.Get("Set-Cookie")
		for _, part := range []string{"__Host-latchkey=", "Secure", "HttpOnly", "SameSite=Lax", "Path=/"} {
			if !strings.Contains(cookie, part) {
				t.Errorf("the cookie %q lacks %s", cookie, part)
			}
		}
		if strings.Contains(cookie, "Domain") {
			t.Errorf("the cookie %q has a domain", cookie)
		}
	})
}

func TestHosts(t *testing.T) {
	st := storetest.Open(t, storetest.SQLite(t))
	public, err := url.Parse("https://console.example.com")
	if err != nil {
		t.Fatal(err)
	}
	open := newWorld(t, st)
	closed := webtest.New(t, st, func(o *web.Options) { o.PublicURL = public })
	for _, test := range []struct {
		host         string
		open, closed bool
	}{
		{"127.0.0.1:8080", true, true}, {"localhost", true, true}, {"LOCALHOST:80", true, true}, {"[::1]:8080", true, true}, {"localhost.", true, true},
		{"192.0.2.7:8080", true, false}, {"[2001:db8::1]", true, false},
		{"console.example.com", false, true}, {"Console.Example.Com:443", false, true}, {"console.example.com.", false, true},
		{"evil.example", false, false}, {"console.example.com.evil.example", false, false}, {"127.0.0.1.nip.io", false, false},
	} {
		for _, site := range []struct {
			*webtest.Site
			ours bool
		}{{open.Site, test.open}, {closed, test.closed}} {
			want := http.StatusMisdirectedRequest
			if site.ours {
				want = http.StatusOK
			}
			a := site.Visitor().Get("/login", webtest.Host(test.host), webtest.Header("X-Forwarded-Host", "console.example.com"))
			if a.Status != want {
				t.Errorf("%s gets %d, want %d", test.host, a.Status, want)
			}
			wantStrict := a.Header.Get("Content-Security-Policy") != ""
			if !wantStrict {
				t.Errorf("%s: no headers", test.host)
			}
			site.Visitor().Get("/livez", webtest.Host(test.host)).Want(http.StatusOK)
		}
	}
	v := open.SignedIn(open.owner)
	form := url.Values{"csrf": {v.CSRF()}, "name": {"dotted"}, "kind": {"repository"}}
	v.Post("/repositories", form, webtest.Host("localhost.")).Want(http.StatusMisdirectedRequest)
	v.Post("/repositories", form).Want(http.StatusSeeOther)
}

// TestForgery: a change needs both an origin that is ours, where the browser
// says it, and the session's own token.
func TestForgery(t *testing.T) {
	storetest.Each(t, func(t *testing.T, st *store.Store) {
		w := newWorld(t, st)
		v, other := w.SignedIn(w.owner), w.SignedIn(w.owner)
		tokens := map[string]string{"right": v.CSRF(), "another session's": other.CSRF(), "none": "", "made up": strings.Repeat("A", 43)}
		own := strings.TrimSuffix(w.URL, "/")
		origins := map[string]bool{"": true, own: true, "http://evil.example": false, "null": false, "http://localhost:9": false}
		sites := map[string]bool{"": true, "same-origin": true, "none": true, "same-site": false, "cross-site": false}
		n := 0
		for site, siteOK := range sites {
			for origin, originOK := range origins {
				for kind, token := range tokens {
					var options []webtest.Option
					if site != "" {
						options = append(options, webtest.Header("Sec-Fetch-Site", site))
					}
					if origin != "" {
						options = append(options, webtest.Header("Origin", origin))
					}
					allowed := siteOK && (site != "" || originOK) && kind == "right"
					n++
					want := http.StatusForbidden
					if allowed {
						want = http.StatusSeeOther
					}
					form := url.Values{"csrf": {token}, "name": {"r" + strings.Repeat("x", n%90)}, "kind": {"repository"}}
					form.Set("name", "repo-"+string(rune('a'+n%26))+"-"+strings.Repeat("y", n/26))
					if a := v.Post("/repositories", form, options...); a.Status != want {
						t.Errorf("Sec-Fetch-Site %q, Origin %q, token %s: %d, want %d", site, origin, kind, a.Status, want)
					}
				}
			}
		}
		form := url.Values{"name": {"by-header"}, "kind": {"repository"}}
		v.Post("/repositories", form, webtest.Header("X-CSRF-Token", tokens["right"])).Want(http.StatusSeeOther)
		v.Post("/repositories?csrf="+tokens["right"], form).Want(http.StatusForbidden)
		form.Set("csrf", tokens["right"])
		for _, kind := range []string{"text/plain", "multipart/form-data; boundary=x", "application/json", ""} {
			v.Post("/repositories", form, webtest.Header("Content-Type", kind)).Want(http.StatusUnsupportedMediaType)
		}
		w.Visitor().Post("/login", url.Values{"email": {w.owner.Email}, "password": {webtest.Password}}).Want(http.StatusForbidden)
	})
}

// TestTheLogSaysWhereNotWhat: the route and not the address, which may hold
// what people look for, or a setup code.
func TestTheLogSaysWhereNotWhat(t *testing.T) {
	st := storetest.Open(t, storetest.SQLite(t))
	w := newWorld(t, st)
	v := w.SignedIn(w.owner)
	v.Get("/repositories/web-logs/settings/tokens?q=canary")
	v.Get("/setup/CANARYCODE")
	v.Get("/nowhere/canary")
	v.Post("/repositories", url.Values{"csrf": {v.CSRF()}, "name": {"canary/"}})
	log := w.Log.String()
	for _, want := range []string{`"route":"/repositories/:repo/settings/tokens"`, `"status":404`, `"method":"POST"`, `"duration":`, `"request_id":`, `"address":"127.0.0.1"`} {
		if !strings.Contains(log, want) {
			t.Errorf("the log lacks %s", want)
		}
	}
	for _, secret := range []string{"canary", "CANARY", v.Cookie("latchkey"), v.CSRF(), webtest.Password} {
		if strings.Contains(log, secret) {
			t.Errorf("the log has %s", secret)
		}
	}
}
