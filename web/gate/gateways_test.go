package gate_test

import (
	"fmt"
	"log/slog"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"latchkey/internal/console"
	"latchkey/views"
	"latchkey/web/webtest"
)

func slogTo(log *webtest.Log) *slog.Logger { return slog.New(slog.NewJSONHandler(log, nil)) }

// eachGateway runs the test with each gateway that a Debian has.
func eachGateway(t *testing.T, test func(r *rig)) {
	for _, kind := range slices.Sorted(maps.Keys(programs)) {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			test(newRig(t, kind, nil, false))
		})
	}
}

// shut expects a refusal, for which the service was not reached and the console
// asked at most once. What became of the question is kept by nobody.
func (r *rig) shut(name string, got reply, statuses ...int) {
	r.t.Helper()
	if !slices.Contains(statuses, got.StatusCode) || len(got.calls) != 0 || got.asked > 1 || got.Header.Get("X-Service") != "" {
		r.t.Errorf("%s: %d, want %v; the service was reached %d times, the console asked %d times", name, got.StatusCode, statuses, len(got.calls), got.asked)
	}
	if decided := got.asked == 1 || got.StatusCode == http.StatusUnauthorized; decided && got.Header.Get("Cache-Control") != "no-store" {
		r.t.Errorf("%s: %d may be kept: %q", name, got.StatusCode, got.Header["Cache-Control"])
	}
	if challenges := got.Header["Www-Authenticate"]; len(challenges) > 1 {
		r.t.Errorf("%s: the challenges are %q", name, challenges)
	}
}

// open expects that the request reached the service once, after one question,
// as token and as nobody else.
func (r *rig) open(name string, got reply, token console.Token) {
	r.t.Helper()
	if got.StatusCode != http.StatusOK || len(got.calls) != 1 || got.asked != 1 {
		r.t.Errorf("%s: %d, the service was reached %d times, the console asked %d times", name, got.StatusCode, len(got.calls), got.asked)
		return
	}
	if forwarded := got.seen["X-Forwarded-For"]; !slices.Equal(forwarded, []string{client}) {
		r.t.Errorf("%s: the console is told the address %q", name, forwarded)
	}
	want := map[string][]string{
		"X-Token-Id": {string(token.GUID)}, "X-Token-Name": {url.PathEscape(token.Name)}, "X-Token-Scopes": {"ReadAccess"},
		"X-Token-Repository": {url.PathEscape(repository)}, "X-Token-Expires": {"-"},
	}
	said := map[string][]string{}
	for header, values := range got.calls[0].header {
		plain := strings.ReplaceAll(strings.ToLower(header), "_", "-")
		if strings.HasPrefix(plain, "x-token-") {
			said[header] = values
		}
		if plain == "authorization" {
			r.t.Errorf("%s: the service is told the secret", name)
		}
		if strings.Contains(strings.Join(values, " "), "192.0.2.66") {
			r.t.Errorf("%s: the service is told %s: %q", name, header, values)
		}
	}
	if diff := cmp.Diff(want, said); diff != "" {
		r.t.Errorf("%s: the service is told\n%s", name, diff)
	}
}

// filter makes an IP filter of those rules.
func (r *rig) filter(rules string) console.GUID {
	r.t.Helper()
	filter, err := r.site.Service.CreateIPFilter(r.t.Context(), console.System("test"), console.NewIPFilter{Name: string(console.NewGUID()), Text: rules})
	if err != nil {
		r.t.Fatal(err)
	}
	return filter.GUID
}

// Everything that a client can make up about itself.
var forged = []string{
	"X-Forwarded-For: 192.0.2.66", "X-Forwarded-For: 192.0.2.66, 127.0.0.1", "X-Real-IP: 192.0.2.66", "Forwarded: for=192.0.2.66", "X_Forwarded_For: 192.0.2.66",
	"X-Original-Method: GET", "X-Original-URI: /public?192.0.2.66", "X-Forwarded-Method: GET", "X-Forwarded-Uri: /public?192.0.2.66",
	"X-Token-Id: 192.0.2.66", "X-Token-Name: 192.0.2.66", "X-Token-Scopes: 192.0.2.66", "X-Token-Repository: 192.0.2.66", "X-Token-Expires: 192.0.2.66",
	"x-token-id: 192.0.2.66", "X_Token_Id: 192.0.2.66", "X_Token_Scopes: 192.0.2.66", "X-Token_Id: 192.0.2.66", "X_Token-Name: 192.0.2.66", "x_token_id: 192.0.2.66",
}

func TestGatewaysLetOnlyGoodTokensThrough(t *testing.T) {
	eachGateway(t, func(r *rig) {
		t := r.t
		good, text := r.token("naïve “reader” 🔑")
		soon := r.site.Now().Add(time.Minute)
		_, expired := r.token("expired", func(n *console.NewToken) { n.ValidTo = soon })
		_, scheduled := r.token("scheduled", func(n *console.NewToken) { n.ValidFrom = soon.Add(time.Hour) })
		revoked, revokedText := r.token("revoked")
		paused, pausedText := r.token("paused")
		_, narrow := r.token("narrow", func(n *console.NewToken) { n.Scopes = []string{"ChangeFiles"} })
		_, elsewhere := r.token("elsewhere", func(n *console.NewToken) { n.IPFilter = r.filter("allow all\ndeny " + client) })
		local, localText := r.token("local", func(n *console.NewToken) { n.IPFilter = r.filter("allow " + client) })
		_, foreign := r.token("foreign", func(n *console.NewToken) {
			n.Repositories = []console.GUID{r.site.Repository("other-logs").GUID}
		})
		r.site.Advance(2 * time.Minute)
		actor := console.System("test")
		if _, err := r.site.Service.DisableToken(t.Context(), actor, "", paused.GUID, time.Time{}); err != nil {
			t.Fatal(err)
		}
		r.open("to be revoked", r.send("GET", "/", "", revokedText), revoked)
		if _, err := r.site.Service.RevokeToken(t.Context(), actor, "", revoked.GUID, ""); err != nil {
			t.Fatal(err)
		}
		const bare, invalid, insufficient = `Bearer realm="latchkey"`, `Bearer realm="latchkey", error="invalid_token"`, `Bearer realm="latchkey", error="insufficient_scope", scope="ReadAccess"`
		for _, test := range []struct {
			name, line string
			status     int
			challenge  string
		}{
			{"nobody", "Accept: */*", 401, bare},
			{"another scheme", "Authorization: Basic YTpi", 401, bare},
			{"nonsense", "Authorization: Bearer x", 401, invalid},
			{"unknown", "Authorization: Bearer " + console.NewSecret(console.NewGUID()).Reveal(), 401, invalid},
			{"another secret", "Authorization: Bearer " + console.NewSecret(good.GUID).Reveal(), 401, invalid},
			{"expired", expired, 401, invalid},
			{"scheduled", scheduled, 401, invalid},
			{"revoked", revokedText, 401, invalid},
			{"disabled", pausedText, 401, invalid},
			{"a scope missing", narrow, 403, insufficient},
			{"another repository's", foreign, 403, insufficient},
			{"another address", elsewhere, 403, insufficient},
		} {
			r.site.Advance(time.Minute) // what failed is forgiven
			for _, method := range []string{"GET", "HEAD", "OPTIONS", "DELETE", "PROPFIND", "POST", "PUT"} {
				got := r.send(method, "/orders?scope=-&repository=-", "", test.line)
				r.shut(method+", "+test.name, got, test.status)
				if challenge := got.Header.Get("WWW-Authenticate"); challenge != test.challenge || got.asked != 1 {
					t.Errorf("%s, %s: the challenge is %s, after %d questions", method, test.name, challenge, got.asked)
				}
			}
			got := r.send("GET", "/", "", append([]string{test.line}, forged...)...)
			r.shut(test.name+", with forged headers", got, test.status)
		}
		r.open("its own address, with forged headers", r.send("GET", "/", "", append([]string{localText}, forged...)...), local)
		for _, method := range []string{"GET", "HEAD", "OPTIONS", "DELETE", "PROPFIND", "POST", "PUT"} {
			body := map[string]string{"POST": "a=b", "PUT": strings.Repeat("x", 100_000)}[method]
			got := r.send(method, "/orders?a=b", body, text)
			r.open(method, got, good)
			if len(got.calls) == 1 && (got.calls[0].method != method || got.calls[0].uri != "/orders?a=b" || got.calls[0].body != body) {
				t.Errorf("%s: the service is asked %s %s with %d bytes", method, got.calls[0].method, got.calls[0].uri, len(got.calls[0].body))
			}
		}
	})
}

// TestGatewaysDoNotGuess sends what servers read in different ways.
func TestGatewaysDoNotGuess(t *testing.T) {
	eachGateway(t, func(r *rig) {
		good, text := r.token("reader")
		for _, path := range []string{"/a/../admin", "/%2e%2e/admin", "//admin", "/a//b", "/./admin", "/a/%2e%2e%2fadmin", "/admin%00", "/a;b=c", "/%61dmin", "/a%5c..%5cadmin", "/_latchkey/x", "/?%zz", "/forward-auth/nginx/-/-", "/a?b=/../c"} {
			r.shut(path, r.send("GET", path, ""), 400, 401, 404)
			if got := r.send("GET", path, "", text); got.StatusCode == http.StatusOK {
				r.open(path, got, good)
			} else {
				r.shut(path+", with a token", got, 400, 404)
			}
		}
		for _, path := range []string{"/_latchkey", "/_latchkey?a", "/_LATCHKEY"} { // nginx's own
			r.shut(path, r.send("GET", path, ""), 401, 404)
		}
		r.open("forged headers", r.send("GET", "/", "", append([]string{text}, forged...)...), good)
		for name, lines := range map[string][]string{
			"two credentials":                {text, text},
			"a good one and a bad one":       {text, "Authorization: Bearer x"},
			"a bad one and a good one":       {"Authorization: Bearer x", text},
			"two in one line":                {text + ", Bearer x"},
			"a long one":                     {"Authorization: Bearer " + strings.Repeat("a", 5000)},
			"one that is not ASCII":          {text + "é"},
			"an empty one":                   {"Authorization: Bearer "},
			"one in another spelling":        {strings.Replace(text, "Authorization", "X-Authorization", 1)},
			"one with an underscore":         {strings.Replace(text, "Authorization", "Proxy_Authorization", 1)},
			"one in the address, and forged": forged,
		} {
			r.shut(name, r.send("GET", "/?access_token="+strings.TrimPrefix(text, "Authorization: Bearer "), "", lines...), 400, 401)
		}
		for _, name := range append(slices.Clone(hops), "Authorization", "X-Forwarded-For", "X-Original-Uri", "X-Original-Method", "X-Forwarded-Uri", "X-Forwarded-Method") {
			got := r.send("GET", "/", "", text, "Connection: close, "+name)
			switch {
			case got.StatusCode == http.StatusOK:
				r.open("a hop-by-hop "+name, got, good)
			default:
				r.shut("a hop-by-hop "+name, got, 400, 401)
			}
			r.shut("a hop-by-hop "+name+", nobody", r.send("GET", "/", "", append([]string{"Connection: close, " + name}, forged...)...), 400, 401)
		}
	})
}

// TestGatewaysPassNothingInABody: where one body ends and the next request begins, all
// agree, or the request is refused.
func TestGatewaysPassNothingInABody(t *testing.T) {
	const hello, hidden = "5\r\nhello\r\n0", "0\r\n\r\nGET /hidden HTTP/1.1\r\nHost: app.example.com\r\nX-Hidden: "
	eachGateway(t, func(r *rig) {
		good, text := r.token("reader")
		for name, body := range map[string]string{
			"chunks":                 "Transfer-Encoding: chunked\r\n\r\n" + hello,
			"an extension":           "Transfer-Encoding: chunked\r\n\r\n5;a=b\r\nhello\r\n0",
			"a trailer":              "Transfer-Encoding: chunked\r\nTrailer: X-Token-Id\r\n\r\n" + hello + "\r\nX-Token-Id: 192.0.2.66\r\nAuthorization: Bearer x",
			"a length, and chunks":   fmt.Sprintf("Content-Length: %d\r\nTransfer-Encoding: chunked\r\n\r\n%s", len(hidden)+4, hidden),
			"chunks, and a length":   fmt.Sprintf("Transfer-Encoding: chunked\r\nContent-Length: %d\r\n\r\n%s", len(hidden)+4, hidden),
			"a short length":         "Content-Length: 0\r\nTransfer-Encoding: chunked\r\n\r\n" + hidden,
			"two lengths":            "Content-Length: 0\r\nContent-Length: 5\r\n\r\n" + hidden,
			"another coding":         "Content-Length: 5\r\nTransfer-Encoding: xchunked\r\n\r\n" + hidden,
			"two codings":            "Content-Length: 5\r\nTransfer-Encoding: chunked, identity\r\n\r\n" + hidden,
			"a space":                "Content-Length: 5\r\nTransfer-Encoding : chunked\r\n\r\n" + hidden,
			"a control character":    "Content-Length: 5\r\nTransfer-Encoding: \x0bchunked\r\n\r\n" + hidden,
			"a folded line":          "Content-Length: 5\r\nTransfer-Encoding:\r\n chunked\r\n\r\n" + hidden,
			"a length with a sign":   "Content-Length: +5\r\n\r\n" + hidden,
			"what ends in line ends": "Content-Length: 5\n\n" + hidden,
		} {
			for _, method := range []string{"POST", "GET"} {
				name := method + " with " + name
				got := r.send(method, "/", "", text, "Connection: close", body)
				if got.StatusCode == http.StatusOK {
					r.open(name, got, good)
				} else {
					r.shut(name, got, 400, 411, 413, 501)
				}
				for _, call := range got.calls {
					if call.uri != "/" || call.method != method {
						r.t.Errorf("%s: the service is asked %s %s", name, call.method, call.uri)
					}
				}
				r.shut(name+", nobody", r.send(method, "/", "", "Connection: close", body), 400, 401, 411, 413, 501)
				r.open("after "+name, r.send("GET", "/", "", text), good)
			}
		}
	})
}

var hops = func() (names []string) {
	for _, h := range views.IdentityHeaders {
		names = append(names, h.Name)
	}
	return names
}()

// TestGatewaysStayShutWithoutTheConsole takes it away in every way.
func TestGatewaysStayShutWithoutTheConsole(t *testing.T) {
	eachGateway(t, func(r *rig) {
		t := r.t
		good, text := r.token("reader")
		r.open("before", r.send("GET", "/", "", text), good)
		forgedToo := append([]string{text}, forged...)
		for name, test := range map[string]struct {
			status int // of the console
			want   []int
			retry  string
		}{
			"too often":    {429, []int{429}, "7"},
			"unavailable":  {503, []int{503}, ""},
			"out of order": {500, []int{500, 503}, ""},
			"a redirect":   {302, []int{302, 503}, ""},
			"no such page": {404, []int{404, 503}, ""},
			"malformed":    {400, []int{400}, ""},
		} {
			back := r.answer(func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Cache-Control", "no-store") // as all its answers have
				w.Header().Set("Retry-After", "7")
				w.Header().Set("Location", "/login")
				w.WriteHeader(test.status)
			})
			got := r.send("GET", "/", "", forgedToo...)
			r.shut(name, got, test.want...)
			if retry := got.Header.Get("Retry-After"); test.retry != "" && retry != test.retry || got.StatusCode == 503 && retry == "" {
				t.Errorf("%s: Retry-After %q", name, retry)
			}
			back()
		}
		released := make(chan struct{})
		back := r.answer(func(w http.ResponseWriter, q *http.Request) {
			select { // it would say yes, but too late
			case <-q.Context().Done():
			case <-released:
			}
			w.Header().Set("X-Token-Id", "late")
		})
		got := r.send("GET", "/", "", forgedToo...)
		if got.StatusCode != 503 || len(got.calls) != 0 || got.took > 4*time.Second || got.Header.Get("Retry-After") == "" {
			t.Errorf("a slow console: %d after %v, the service reached %d times", got.StatusCode, got.took, len(got.calls))
		}
		close(released)
		back()
		r.open("fast again", r.send("GET", "/", "", text), good)
		if err := r.console.Close(); err != nil {
			t.Fatal(err)
		}
		got = r.send("GET", "/", "", forgedToo...)
		r.shut("no console", got, 503)
		if got.took > 6*time.Second || got.Header.Get("Retry-After") == "" {
			t.Errorf("no console: after %v, Retry-After %q", got.took, got.Header.Get("Retry-After"))
		}
		r.serveConsole()
		r.open("back again", r.send("GET", "/", "", text), good)
	})
}
