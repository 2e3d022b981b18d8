package web_test

import (
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"latchkey/internal/console"
	"latchkey/internal/metrics"
	"latchkey/internal/store/storetest"
	"latchkey/web"
	"latchkey/web/gate"
	"latchkey/web/graph"
	"latchkey/web/webtest"
)

// measuredWorld is a world that is measured, with a gate that asks everybody.
func measuredWorld(t *testing.T) (world, *metrics.Metrics) {
	w, m := newWorld(t, storetest.Open(t, storetest.SQLite(t))), metrics.New("test")
	log := slog.New(slog.NewJSONHandler(w.Log, nil))
	everywhere := []netip.Prefix{netip.MustParsePrefix("0.0.0.0/0"), netip.MustParsePrefix("::/0")}
	w.Serve(web.New(w.Service, web.Options{
		Log: log, DrainDelay: -1, Measure: m.Requests,
		Gate:  gate.Routes(w.Service, gate.Options{Log: log, Gateways: everywhere, Answers: m.Answer}),
		Graph: graph.Mount(w.Service, graph.Options{Log: log}),
	}))
	return w, m
}

// told is what a Prometheus server is told.
func told(t *testing.T, m *metrics.Metrics) string {
	t.Helper()
	answer := httptest.NewRecorder()
	m.Handler(slog.New(slog.DiscardHandler)).ServeHTTP(answer, httptest.NewRequest(http.MethodGet, "/metrics", nil))
	return answer.Body.String()
}

// TestLabelsAreKnownBeforehand asks for what there is and what there is not, in
// every way that a client can make up, and then looks at all labels.
func TestLabelsAreKnownBeforehand(t *testing.T) {
	w, m := measuredWorld(t)
	secret := w.secret.Reveal()
	v := w.SignedIn(w.owner)
	allowed := map[string][]string{
		"surface": {"console", "static", "livez", "readyz", "introspect", "verify", "revoke", "leaks", "forward-auth", "unknown"},
		"route":   {"/*", "/livez", "/readyz", "/static/*", "/introspect", "/verify", "/revoke", "/leaks", "/forward-auth/*", "unknown"},
		"method":  {"GET", "HEAD", "POST", "other"},
		"status":  {"1xx", "2xx", "3xx", "4xx", "5xx", "other"},
		"outcome": {"active", "ended"},
	}
	for _, path := range []string{"graphql", "api/v1/status", "api/v1/health-json"} {
		allowed["surface"] = append(allowed["surface"], path)
		allowed["route"] = append(allowed["route"], "/"+path, "/:prefix/"+path)
	}
	for _, family := range []string{"nginx", "caddy", "traefik", "envoy", "haproxy", "apache"} {
		allowed["surface"] = append(allowed["surface"], "forward-auth/"+family)
		allowed["route"] = append(allowed["route"], "/forward-auth/"+family+"/*")
	}
	for _, reason := range append([]console.Reason{console.ReasonUnknown}, console.Reasons...) {
		allowed["outcome"] = append(allowed["outcome"], string(reason))
	}
	for _, code := range console.Codes {
		allowed["outcome"] = append(allowed["outcome"], string(code))
	}
	for _, route := range web.Routes() {
		allowed["route"] = append(allowed["route"], route.Path)
		if route.Path != "/logout" {
			v.Do(route.Method, w.path(route), "")
		}
	}
	for name, text := range hostile {
		for _, path := range []string{"/", "/tokens/", "/static/", "/forward-auth/", "/forward-auth/nginx/", "/forward-auth/envoy/a/b/", "/introspect/"} {
			if len(text) < 2000 {
				v.Do(http.MethodGet, path+url.PathEscape(text), "")
			}
		}
		for _, path := range []string{"/introspect", "/verify", "/revoke", "/leaks", "/login", "/graphql", "/some/graphql"} {
			v.Post(path, url.Values{"token": {text}, text: {secret}}, webtest.Header("Authorization", "Bearer "+secret))
		}
		v.Do("MADEUP", "/tokens", "", webtest.Header("X-Case", url.PathEscape(name)))
	}
	for _, path := range []string{"/" + secret, "/tokens/" + secret, "/forward-auth/" + secret + "/-/-", "/forward-auth/nginx/" + secret + "/" + secret, "/introspect?token=" + secret, "/metrics", "/" + secret + "/graphql", "/api/v1/status", "/" + secret + "/api/v1/health-json"} {
		for _, method := range []string{http.MethodGet, http.MethodHead, http.MethodPost, http.MethodTrace, secret} {
			v.Do(method, path, "")
		}
	}
	text := told(t, m)
	for _, hidden := range []string{secret, string(w.token.GUID), w.token.Name, w.logs.Name, w.owner.Email, "<script", "MADEUP"} {
		if strings.Contains(text, hidden) {
			t.Errorf("%q is told", hidden)
		}
	}
	label := regexp.MustCompile(`([a-z_]+)="((?:[^"\\]|\\.)*)"`)
	seen := map[string]bool{}
	for line := range strings.Lines(text) {
		if !strings.HasPrefix(line, "latchkey_") || strings.HasPrefix(line, "latchkey_build_info") {
			continue
		}
		for _, found := range label.FindAllStringSubmatch(line, -1) {
			if found[1] != "le" && !slices.Contains(allowed[found[1]], found[2]) {
				t.Errorf("the label %s", found[0])
			}
			seen[found[1]] = true
		}
	}
	for name := range allowed {
		if !seen[name] {
			t.Errorf("no label %s", name)
		}
	}
}

// TestVerificationWithoutTheDatabaseLeavesFewLines, however many ask.
func TestVerificationWithoutTheDatabaseLeavesFewLines(t *testing.T) {
	w, _ := measuredWorld(t)
	w.must(nil, w.Store.Close())
	before := w.Log.String()
	for range 50 {
		w.Visitor().Post("/verify", nil, webtest.Header("Authorization", "Bearer "+w.secret.Reveal())).Want(http.StatusServiceUnavailable)
	}
	said := strings.TrimPrefix(w.Log.String(), before)
	if lines := strings.Count(said, "\n"); lines == 0 || lines > 10 {
		t.Errorf("50 requests leave %d lines: %s", lines, said)
	}
}

// TestMeasuredByRoute: each route is told by its pattern and its surface.
func TestMeasuredByRoute(t *testing.T) {
	w, m := measuredWorld(t)
	v := w.SignedIn(w.owner)
	before := told(t, m)
	v.Get("/tokens/" + string(w.token.GUID)).Want(http.StatusOK)
	v.Get("/no/such/page").Want(http.StatusNotFound)
	v.Get("/metrics").Want(http.StatusNotFound) // they have a listener of their own
	v.Post("/verify", nil, webtest.Header("Authorization", "Bearer "+w.secret.Reveal())).Want(http.StatusOK)
	v.Do(http.MethodGet, "/forward-auth/envoy/web-logs/ReadAccess/x", "", webtest.Header("Authorization", "Bearer "+w.secret.Reveal())).Want(http.StatusOK)
	for _, method := range []string{http.MethodDelete, "BREW"} {
		strange := func(r *http.Request) { // no page is shown like this
			r.Host = "elsewhere.example"
			r.Header.Set("Sec-Fetch-Site", "cross-site")
		}
		if a := v.Do(method, "/introspect", "", strange).Want(http.StatusMethodNotAllowed); a.Header.Get("Allow") != "POST" || a.Header.Get("Content-Type") != "application/json" {
			t.Errorf("%s is answered with %v", method, a.Header)
		}
	}
	v.Do(http.MethodGet, "/forward-auth/kong/-/-", "").Want(http.StatusBadRequest)
	after := told(t, m)
	for _, want := range []string{
		`latchkey_http_requests_total{method="GET",route="/tokens/:guid",status="2xx",surface="console"} 1`,
		`latchkey_http_requests_total{method="GET",route="/*",status="4xx",surface="console"} 2`,
		`latchkey_http_requests_total{method="POST",route="/verify",status="2xx",surface="verify"} 1`,
		`latchkey_http_requests_total{method="GET",route="/forward-auth/envoy/*",status="2xx",surface="forward-auth/envoy"} 1`,
		`latchkey_http_requests_total{method="other",route="/introspect",status="4xx",surface="introspect"} 1`,
		`latchkey_http_requests_total{method="GET",route="/forward-auth/*",status="4xx",surface="forward-auth"} 1`,
		`latchkey_http_request_duration_seconds_count{method="POST",route="/verify",surface="verify"} 1`,
		`latchkey_gate_answers_total{outcome="active",surface="verify"} 1`,
		`latchkey_gate_answers_total{outcome="active",surface="forward-auth/envoy"} 1`,
		`latchkey_gate_answers_total{outcome="invalid",surface="introspect"} 2`,
		`latchkey_gate_answers_total{outcome="invalid",surface="forward-auth"} 1`,
	} {
		if !strings.Contains(after, want+"\n") || strings.Contains(before, want+"\n") {
			t.Errorf("no %s", want)
		}
	}
}

// TestNotReadyWhenTheClocksDiffer by more than 30 seconds, either way.
func TestNotReadyWhenTheClocksDiffer(t *testing.T) {
	w := webtest.New(t, storetest.Open(t, storetest.SQLite(t)))
	v := w.Visitor()
	for off, want := range map[time.Duration]int{0: 200, 25 * time.Second: 200, -25 * time.Second: 200, 31 * time.Second: 503, -31 * time.Second: 503, time.Hour: 503} {
		w.Advance(time.Now().Add(off).Sub(w.Now()))
		skew, err := w.Service.CheckClock(t.Context())
		if err != nil || (skew-off).Abs() > 4*time.Second {
			t.Fatalf("%v off is measured as %v, %v", off, skew, err)
		}
		a := v.Get("/readyz").Want(want)
		if a.Header.Get("Retry-After") == "" && want == 503 {
			t.Error("it does not say when to ask again")
		}
		v.Get("/livez").Want(http.StatusOK)
	}
}
