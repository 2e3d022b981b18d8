package gate

import (
	"context"
	"errors"
	"maps"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"latchkey/internal/console"
)

// identityHeaders are on every 200.
var identityHeaders = []string{"X-Token-Id", "X-Token-Name", "X-Token-Scopes", "X-Token-Repository", "X-Token-Expires"}

// forwarding makes a request one that such a gateway sends about its client.
func forwarding(kind string) edit {
	return func(r *http.Request) {
		if f := families[kind]; f.method != "" {
			r.Header.Set(f.method, "DELETE")
			r.Header.Set(f.uri, "/orders/1?a=b")
		}
		r.Header.Set("X-Forwarded-For", "203.0.113.9")
	}
}

// forward asks as a gateway of that kind.
func (s *site) forward(kind, need string, edits ...edit) *answered {
	s.t.Helper()
	w := s.send(http.MethodGet, "/forward-auth/"+kind+"/"+need, "", append([]edit{forwarding(kind)}, edits...)...)
	if w.Header().Get("Cache-Control") != "no-store" {
		s.t.Errorf("%s/%s may be kept", kind, need)
	}
	for _, name := range identityHeaders {
		if has := w.Header().Get(name) != ""; has != (w.Code == http.StatusOK) {
			s.t.Errorf("%s/%s: %d with %s: %v", kind, need, w.Code, name, has)
		}
	}
	return &answered{w.Code, w.Header(), w.Body.String()}
}

type answered struct {
	status int
	header http.Header
	body   string
}

func (a *answered) challenge() string { return a.header.Get("WWW-Authenticate") }

func kinds() []string { return slices.Sorted(maps.Keys(families)) }

func TestAGatewayLearnsWhoPasses(t *testing.T) {
	each(t, func(s *site) {
		end := start.Add(time.Hour + 1500*time.Millisecond)
		token, text := s.reader(time.Time{}, end)
		_, system := s.create(console.NewToken{Type: console.TypeSystem, Name: "-", Scopes: []string{"ManageCluster"}})
		for _, kind := range kinds() {
			for _, need := range []string{"web-logs/ReadAccess", "web-logs/ReadAccess,QueryDashboard", "WEB-LOGS/ReadAccess", "-/ReadAccess", "web-logs/-", "-/-", "web%2Dlogs/%52eadAccess%2CQueryDashboard"} {
				a := s.forward(kind, need, bearing(text))
				got := map[string]string{}
				for _, name := range identityHeaders {
					got[name] = a.header.Get(name)
				}
				want := map[string]string{
					"X-Token-Id": string(token.GUID), "X-Token-Name": url.PathEscape(token.Name), "X-Token-Scopes": "QueryDashboard ReadAccess",
					"X-Token-Repository": "web-logs", "X-Token-Expires": strconv.FormatInt(end.Unix(), 10),
				}
				if diff := cmp.Diff(want, got); a.status != http.StatusOK || a.body != "" || diff != "" {
					s.t.Errorf("%s/%s: %d %q\n%s", kind, need, a.status, a.body, diff)
				}
			}
			a := s.forward(kind, "-/-", bearing(system))
			if a.status != http.StatusOK || a.header.Get("X-Token-Repository") != "-" || a.header.Get("X-Token-Expires") != "-" || a.header.Get("X-Token-Name") != "%2D" {
				s.t.Errorf("%s, a token of no repository: %d %v", kind, a.status, a.header)
			}
		}
	})
}

// TestRefusalsOfForwardAuth: the statuses and challenges of RFC 6750.
func TestRefusalsOfForwardAuth(t *testing.T) {
	each(t, func(s *site) {
		_, text := s.reader(time.Time{}, time.Time{})
		_, system := s.create(console.NewToken{Type: console.TypeSystem, Scopes: []string{"ReadAccess", "ManageCluster"}[1:]})
		const bare, invalid, insufficient = `Bearer realm="latchkey"`, `Bearer realm="latchkey", error="invalid_token"`, `Bearer realm="latchkey", error="insufficient_scope"`
		for _, kind := range kinds() {
			for _, test := range []struct {
				name, need string
				edits      []edit
				status     int
				challenge  string
			}{
				{"nobody", "web-logs/ReadAccess", nil, 401, bare},
				{"another scheme", "web-logs/ReadAccess", []edit{with("Authorization", "Basic YTpi")}, 401, bare},
				{"nonsense", "web-logs/ReadAccess", []edit{bearing("x")}, 401, invalid},
				{"unknown", "web-logs/ReadAccess", []edit{bearing(console.NewSecret(console.NewGUID()).Reveal())}, 401, invalid},
				{"a scope that it lacks", "web-logs/DeleteEvents", []edit{bearing(text)}, 403, insufficient + `, scope="DeleteEvents"`},
				{"one scope of two", "web-logs/ReadAccess,billing:read", []edit{bearing(text)}, 403, insufficient + `, scope="ReadAccess billing:read"`},
				{"another repository", "other-logs/ReadAccess", []edit{bearing(text)}, 403, insufficient + `, scope="ReadAccess"`},
				{"another repository, no scope", "other-logs/-", []edit{bearing(text)}, 403, insufficient},
				{"part of the repository's name", "web/ReadAccess", []edit{bearing(text)}, 403, insufficient + `, scope="ReadAccess"`},
				{"no repository", "web-logs/ManageCluster", []edit{bearing(system)}, 403, insufficient + `, scope="ManageCluster"`},
				{"another case of the scope", "web-logs/readaccess", []edit{bearing(text)}, 403, insufficient + `, scope="readaccess"`},
			} {
				a := s.forward(kind, test.need, test.edits...)
				if a.status != test.status || a.challenge() != test.challenge {
					s.t.Errorf("%s, %s: %d %q", kind, test.name, a.status, a.challenge())
				}
			}
		}
	})
}

// TestNoWorthIsAllTheSame compares the bytes of answers about tokens that open
// nothing (T13).
func TestNoWorthIsAllTheSame(t *testing.T) {
	each(t, func(s *site) {
		expired, expiredText := s.reader(time.Time{}, start.Add(time.Minute))
		_, scheduled := s.reader(start.Add(time.Hour), time.Time{})
		revoked, revokedText := s.reader(time.Time{}, time.Time{})
		if _, err := s.svc.RevokeToken(s.t.Context(), s.actor, "", revoked.GUID, "leaked"); err != nil {
			s.t.Fatal(err)
		}
		paused, pausedText := s.reader(time.Time{}, time.Time{})
		if _, err := s.svc.DisableToken(s.t.Context(), s.actor, "", paused.GUID, time.Time{}); err != nil {
			s.t.Fatal(err)
		}
		for i, kind := range kinds() {
			s.now = start.Add(time.Duration(i+1) * time.Minute) // what failed is forgiven
			first := s.forward(kind, "web-logs/ReadAccess", bearing(console.NewSecret(console.NewGUID()).Reveal()))
			for name, text := range map[string]string{
				"expired": expiredText, "scheduled": scheduled, "revoked": revokedText, "disabled": pausedText,
				"another secret": console.NewSecret(expired.GUID).Reveal(), "a wrong checksum": revokedText[:len(revokedText)-1] + "!",
			} {
				// Neither is what was asked for a hint.
				for _, need := range []string{"web-logs/ReadAccess", "other-logs/DeleteEvents", "-/-"} {
					if diff := cmp.Diff(first, s.forward(kind, need, bearing(text)), cmp.AllowUnexported(answered{})); first.status != 401 || diff != "" {
						s.t.Errorf("%s, %s, %s:\n%s", kind, need, name, diff)
					}
				}
			}
		}
	})
}

// TestNothingIsKept asks for one thing after the other with one token (V14).
func TestNothingIsKept(t *testing.T) {
	each(t, func(s *site) {
		token, text := s.reader(time.Time{}, time.Time{})
		for _, test := range []struct {
			need string
			want int
		}{{"web-logs/ReadAccess", 200}, {"web-logs/DeleteEvents", 403}, {"web-logs/ReadAccess", 200}, {"other-logs/ReadAccess", 403}, {"-/QueryDashboard", 200}} {
			if a := s.forward("caddy", test.need, bearing(text)); a.status != test.want {
				s.t.Errorf("%s: %d, want %d", test.need, a.status, test.want)
			}
		}
		if _, err := s.svc.RevokeToken(s.t.Context(), s.actor, "", token.GUID, ""); err != nil {
			s.t.Fatal(err)
		}
		if a := s.forward("caddy", "web-logs/ReadAccess", bearing(text)); a.status != 401 {
			s.t.Errorf("revoked: %d", a.status)
		}
	})
}

// TestOnlyGatewaysMayAsk: to anybody else the token is not even looked at.
func TestOnlyGatewaysMayAsk(t *testing.T) {
	s := newSite(t, sqlite(t))
	_, text := s.reader(time.Time{}, time.Time{})
	asked := s.counting()
	for peer, want := range map[string]int{
		"192.0.2.1:1": 200, "[::ffff:192.0.2.200]:1": 200, "192.0.3.1:1": 403, "[2001:db8::1]:1": 403, "127.0.0.1:1": 403,
		"198.51.100.7:1": 403, "@": 403, "": 403,
	} {
		*asked = 0
		from := func(r *http.Request) { r.RemoteAddr = peer; r.Header.Set("X-Real-Ip", "192.0.2.1") }
		a := s.forward("haproxy", "web-logs/ReadAccess", bearing(text), with("X-Forwarded-For", "192.0.2.1"), from)
		if a.status != want || (*asked > 0) != (want == 200) || want == 403 && a.challenge() != "" {
			t.Errorf("from %q: %d %q, asked %d times", peer, a.status, a.challenge(), *asked)
		}
	}
	none := &gate{}
	if console.Within(none.gateways, netip.MustParseAddr("127.0.0.1")) {
		t.Error("somebody is a gateway by default")
	}
}

// TestOutOfOrder: what is ours to answer for is never a 500, nor a 200.
func TestOutOfOrder(t *testing.T) {
	s := newSite(t, sqlite(t))
	_, text := s.reader(time.Time{}, time.Time{})
	for _, test := range []struct {
		err    error
		status int
		retry  string
	}{
		{console.Limited("Too often.", 90*time.Second), 429, "90"},
		{console.Unavailable(errors.New("gone")), 503, "2"},
		{errors.New("a bug"), 503, "2"},
		{context.DeadlineExceeded, 503, "2"},
	} {
		s.gate.allow = func(context.Context, string, console.Requirement) (console.Introspection, error) {
			return console.Introspection{Active: true}, test.err
		}
		a := s.forward("nginx", "web-logs/ReadAccess", bearing(text))
		if a.status != test.status || a.header.Get("Retry-After") != test.retry || strings.Contains(a.body, "bug") {
			t.Errorf("%v: %d, Retry-After %q, %s", test.err, a.status, a.header.Get("Retry-After"), a.body)
		}
	}
	s.gate.allow = s.svc.Allow
	if err := s.st.Close(); err != nil {
		t.Fatal(err)
	}
	if a := s.forward("nginx", "web-logs/ReadAccess", bearing(text)); a.status != 503 || a.header.Get("Retry-After") == "" {
		t.Errorf("without a database: %d", a.status)
	}
}
