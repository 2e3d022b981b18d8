package gate

import (
	"context"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"testing"
	"testing/quick"
	"time"

	"github.com/google/go-cmp/cmp"

	"latchkey/internal/console"
	"latchkey/internal/store"
	"latchkey/internal/store/storetest"
)

func sqlite(t testing.TB) *store.Store { return storetest.Open(t, storetest.SQLite(t)) }

// counting counts how often a token is looked at from now on.
func (s *site) counting() *int {
	asked, allow := new(int), s.gate.allow
	s.gate.allow = func(ctx context.Context, text string, r console.Requirement) (console.Introspection, error) {
		*asked++
		return allow(ctx, text, r)
	}
	return asked
}

func TestMalformedForwardAuth(t *testing.T) {
	s := newSite(t, sqlite(t))
	_, text := s.reader(time.Time{}, time.Time{})
	asked := s.counting()
	for _, path := range []string{
		"", "nginx", "nginx/", "nginx/web-logs", "nginx/web-logs/", "nginx//ReadAccess", "nginx/web-logs/ReadAccess/", "nginx/web-logs/ReadAccess/orders",
		"caddy/web-logs/ReadAccess/orders", "kong/web-logs/ReadAccess", "NGINX/web-logs/ReadAccess", "/web-logs/ReadAccess",
		"nginx/web-logs/ReadAccess,", "nginx/web-logs/,ReadAccess", "nginx/web-logs/-,ReadAccess", "nginx/web-logs/Read%22Access",
		"nginx/web-logs/Read%20Access", "nginx/web-logs/Read%5CAccess", "nginx/web-logs/%C3%A9", "nginx/web-logs/%0D%0A", "nginx/web%0Alogs/ReadAccess",
		"nginx/%FF/ReadAccess", "nginx/web-logs/" + strings.Repeat("a", forwardLimit+1), "nginx/" + strings.Repeat("a", forwardLimit+1) + "/-",
		"envoy/web-logs", "envoy", "envoy/web-logs//orders",
	} {
		kind, need, _ := strings.Cut(path, "/")
		if a := s.forward(kind, need, forwarding("nginx"), forwarding("caddy"), bearing(text)); a.status != 400 || a.challenge() != "" {
			t.Errorf("%s: %d %s", path, a.status, a.body)
		}
	}
	for _, kind := range kinds() {
		for name, edits := range map[string][]edit{
			"two credentials":           {bearing(text), bearing(text)},
			"an empty one beside":       {bearing(text), with("Authorization", "")},
			"two in one line":           {bearing(text + ", Bearer " + text)},
			"a comma":                   {bearing(text + ",")},
			"a long one":                {bearing(strings.Repeat("a", credentialLimit))},
			"one that is not ASCII":     {bearing(text + "é")},
			"one with a tab":            {bearing(text + "\t")},
			"an empty one":              {with("Authorization", "Bearer ")},
			"a scheme without one":      {with("Authorization", "Bearer")},
			"two words":                 {bearing(text + " " + text)},
			"another method":            {bearing(text), func(r *http.Request) { r.Method = http.MethodPost }},
			"no method told":            {bearing(text), without(families[kind].method)},
			"no address told":           {bearing(text), without(families[kind].uri)},
			"two methods told":          {bearing(text), with(families[kind].method, "GET")},
			"two addresses told":        {bearing(text), with(families[kind].uri, "/")},
			"an empty address told":     {bearing(text), without(families[kind].uri), with(families[kind].uri, "")},
			"the headers of the others": {bearing(text), without(families[kind].method), without(families[kind].uri), others(kind)},
		} {
			f, told := families[kind], strings.Contains(name, "told") || strings.Contains(name, "others")
			if f.method == "" && told || f.anyMethod && name == "another method" {
				continue
			}
			if a := s.forward(kind, "web-logs/ReadAccess", edits...); a.status != 400 {
				t.Errorf("%s, %s: %d %s", kind, name, a.status, a.body)
			}
		}
	}
	if *asked != 0 {
		t.Errorf("the token was looked at %d times", *asked)
	}
}

func without(name string) edit { return func(r *http.Request) { r.Header.Del(name) } }

// others adds what gateways of other kinds would say.
func others(kind string) edit {
	return func(r *http.Request) {
		for _, name := range []string{"X-Original-Method", "X-Original-Uri", "X-Forwarded-Method", "X-Forwarded-Uri"} {
			if name != families[kind].method && name != families[kind].uri {
				r.Header.Set(name, "/forged")
			}
		}
	}
}

// TestForgedHeadersChangeNothing sends what clients make up through gateways
// of each kind.
func TestForgedHeadersChangeNothing(t *testing.T) {
	s := newSite(t, sqlite(t))
	_, text := s.reader(time.Time{}, time.Time{})
	var need console.Requirement
	allow := s.gate.allow
	s.gate.allow = func(ctx context.Context, text string, r console.Requirement) (console.Introspection, error) {
		need = r
		return allow(ctx, text, r)
	}
	forged := []edit{
		with("X-Real-Ip", "10.0.0.1"), with("Forwarded", "for=10.0.0.1"), with("Cf-Connecting-Ip", "10.0.0.1"), with("True-Client-Ip", "10.0.0.1"),
		with("X-Client-Ip", "10.0.0.1"), with("X-Forwarded-Host", "evil.example.com"), with("X-Forwarded-Proto", "https"), with("X-Http-Method-Override", "POST"),
		with("X-Token-Id", "forged"), with("X-Token-Name", "forged"), with("X-Token-Scopes", "forged"), with("X-Token-Repository", "forged"), with("X-Token-Expires", "forged"),
		with("X_Token_Id", "forged"), with("Cookie", "session=forged"), with("Connection", "X-Token-Id"),
	}
	for _, kind := range kinds() {
		plain := s.forward(kind, "web-logs/ReadAccess", bearing(text))
		want := need
		a := s.forward(kind, "web-logs/ReadAccess", append(append([]edit{bearing(text)}, forged...), others(kind))...)
		if diff := cmp.Diff(plain, a, cmp.AllowUnexported(answered{})); plain.status != 200 || diff != "" {
			t.Errorf("%s: %d\n%s", kind, a.status, diff)
		}
		if diff := cmp.Diff(want, need, cmp.Comparer(func(a, b netip.Addr) bool { return a == b })); diff != "" || need.From.Address != netip.MustParseAddr("203.0.113.9") {
			t.Errorf("%s, what was asked for:\n%s", kind, diff)
		}
		for _, query := range []string{"?scope=-", "?repository=-&scope=x", "?token=a&access_token=b", "?%zz;&&="} {
			if a := s.forward(kind, "web-logs/DeleteEvents"+query, bearing(text)); a.status != 403 {
				t.Errorf("%s%s: %d", kind, query, a.status)
			}
			if a := s.forward(kind, "web-logs/ReadAccess"+query, bearing(text)); a.status != 200 {
				t.Errorf("%s%s: %d", kind, query, a.status)
			}
		}
	}
}

// TestEnvoyAppendsThePath of its client to ours, and asks with its method.
func TestEnvoyAppendsThePath(t *testing.T) {
	s := newSite(t, sqlite(t))
	_, text := s.reader(time.Time{}, time.Time{})
	for _, tail := range []string{"", "/", "/orders", "//", "/a/../../../-/-", "/../../-/-", "/%2e%2e/%2e%2e/-/-", "/..%2f..%2f-", "/a;b", "/\\..", "/?a=b", "/forward-auth/envoy/-/-"} {
		s.now = s.now.Add(time.Minute) // refusals are forgiven meanwhile
		for method := range strings.FieldsSeq("GET HEAD POST PUT PATCH DELETE OPTIONS PROPFIND REPORT MKCOL LOCK QUERY TRACE CONNECT") {
			for need, want := range map[string]int{"web-logs/ReadAccess": 200, "web-logs/DeleteEvents": 403, "other-logs/ReadAccess": 403} {
				a := s.forward("envoy", need+tail, bearing(text), func(r *http.Request) { r.Method = method })
				if a.status != want {
					t.Errorf("%s %s%s: %d, want %d", method, need, tail, a.status, want)
				}
				if a = s.forward("traefik", need, bearing(text), func(r *http.Request) { r.Method = method }); a.status != want {
					t.Errorf("traefik, %s %s: %d, want %d", method, need, a.status, want)
				}
			}
		}
	}
	if a := s.forward("nginx", "web-logs/ReadAccess", bearing(text), func(r *http.Request) { r.Method = http.MethodHead }); a.status != 200 {
		t.Errorf("HEAD: %d", a.status)
	}
}

func TestTheClientsAddress(t *testing.T) {
	g := &gate{
		gateways: []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("fd00::/8")},
		proxies:  []netip.Prefix{netip.MustParsePrefix("198.51.100.7/32")},
	}
	for _, test := range []struct {
		name      string
		forwarded []string
		want      string
	}{
		{"plain", []string{"203.0.113.9"}, "203.0.113.9"},
		{"the last one's word", []string{"1.2.3.4, 203.0.113.9"}, "203.0.113.9"},
		{"over several lines", []string{"1.2.3.4", "203.0.113.9, 10.2.2.2"}, "203.0.113.9"},
		{"behind a proxy", []string{"1.2.3.4, 203.0.113.9, 198.51.100.7"}, "203.0.113.9"},
		{"in another spelling", []string{"::ffff:203.0.113.9"}, "203.0.113.9"},
		{"with a zone", []string{"203.0.113.9, fd00::1%eth0"}, "203.0.113.9"},
		{"6to4 stays what it is", []string{"2002:cb00:7109::1"}, "2002:cb00:7109::1"},
		{"NAT64, too", []string{"64:ff9b::203.0.113.9"}, "64:ff9b::cb00:7109"},
		{"junk", []string{"203.0.113.9, unknown"}, ""},
		{"octal", []string{"010.0.0.1"}, ""},
		{"short", []string{"10.1"}, ""},
		{"hexadecimal", []string{"0x0a000001"}, ""},
		{"a dot at the end", []string{"203.0.113.9."}, ""},
		{"a port", []string{"203.0.113.9:80"}, ""},
		{"brackets", []string{"[2001:db8::1]"}, ""},
		{"nothing", nil, ""},
		{"an empty line", []string{""}, ""},
		{"a comma at the end", []string{"203.0.113.9,"}, ""},
		{"gateways only", []string{"10.2.2.2, 10.3.3.3"}, ""},
		{"too many hops", []string{"203.0.113.9" + strings.Repeat(", 10.2.2.2", console.HopLimit)}, ""},
		{"as many as allowed", []string{"203.0.113.9" + strings.Repeat(", 10.2.2.2", console.HopLimit-1)}, "203.0.113.9"},
		{"too long", []string{strings.Repeat(" ", console.HopsByteLimit) + "203.0.113.9"}, ""},
	} {
		got := g.behind(&http.Request{Header: http.Header{"X-Forwarded-For": test.forwarded}})
		if got.IsValid() != (test.want != "") || got.IsValid() && got.String() != test.want {
			t.Errorf("%s: %v, want %q", test.name, got, test.want)
		}
	}
}

// TestIdentityIsSafe gives tokens and repositories any names there can be, and
// more.
func TestIdentityIsSafe(t *testing.T) {
	safe := func(name, scope, repository string) bool {
		token := console.Token{GUID: "g", Name: name, Scopes: []string{scope}, Repositories: []console.RepositoryRef{{Name: repository}, {Name: name}}}
		headers := identity(token)
		for _, header := range identityHeaders {
			value := headers[header]
			if value == "" || strings.ContainsFunc(value, func(r rune) bool { return r < ' ' || r > '~' || strings.ContainsRune(`"'\<>;`, r) }) {
				t.Errorf("%s is %q for %q", header, value, name)
				return false
			}
		}
		parts := strings.Split(headers["X-Token-Repository"], ",")
		decoded, err := url.PathUnescape(headers["X-Token-Name"])
		first, _ := url.PathUnescape(parts[0])
		return len(headers) == len(identityHeaders) && err == nil && len(parts) == 2 &&
			(decoded == name || name == "" && decoded == "-") && (first == repository || repository == "" && first == "-")
	}
	for _, name := range []string{"-", "plain", "a\r\nX-Admin: 1", "\x00", `"quoted"`, "it’s", "naïve, 日本語 🔑", "a;b=c", "%41", "\xff\xfe", " ", "\u2028", "\u202e"} {
		if !safe(name, name, name) {
			t.Errorf("%q does not come back as it was", name)
		}
	}
	if err := quick.Check(safe, nil); err != nil {
		t.Error(err)
	}
}

func FuzzForward(f *testing.F) {
	f.Add("nginx/web-logs/ReadAccess", "203.0.113.9")
	f.Add("envoy/-/a,b/../x", "10.0.0.1, 203.0.113.9")
	g := &gate{gateways: []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}}
	f.Fuzz(func(t *testing.T, path, forwarded string) {
		u, err := url.ParseRequestURI(forwardPath + path)
		if err != nil {
			return
		}
		r := &http.Request{Method: http.MethodGet, URL: u, Header: http.Header{"X-Forwarded-For": {forwarded}}}
		for _, kind := range kinds() {
			forwarding(kind)(r)
		}
		r.Header.Set("X-Forwarded-For", forwarded)
		if need, err := readForward(r); err == nil {
			challenge := tooLittle(console.Introspection{}, need.Scopes).challenge
			if strings.Count(challenge, `"`)%2 != 0 || !onePlain(strings.ReplaceAll(challenge, ",", "")) {
				t.Errorf("%q makes the challenge %q", path, challenge)
			}
		}
		if addr := g.behind(r); addr.IsValid() && console.Within(g.gateways, addr) {
			t.Errorf("%q is a gateway's", forwarded)
		}
	})
}
