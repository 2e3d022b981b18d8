package metrics

import (
	"context"
	"database/sql"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"latchkey/internal/console"
)

// full are metrics of which nothing is missing.
func full(t testing.TB) *Metrics {
	m := New("v1")
	m.Watch(func() console.Figures {
		return console.Figures{
			ClockSkew: -1500 * time.Millisecond, ClockKnown: true, AuditHead: 12,
			SignInsRefused: 1, FactorsRefused: 2, SignInsThrottled: 3, Sweeps: 4, SweepsFailed: 5, UsageFlushesFailed: 6,
			FactsHits: 8, FactsMisses: 9, FactsTokens: 10, FactsLag: 250 * time.Millisecond,
		}
	})
	db := sql.OpenDB(nil)
	db.SetMaxOpenConns(7)
	t.Cleanup(func() { _ = db.Close() })
	m.WatchPools([]Pool{{"read", db}, {"write", db}})
	return m
}

// scrape is what a Prometheus server is told.
func scrape(t testing.TB, m *Metrics) string {
	t.Helper()
	w := httptest.NewRecorder()
	m.Handler(slog.New(slog.DiscardHandler)).ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/metrics", nil))
	if w.Code != http.StatusOK {
		t.Fatalf("status %d: %s", w.Code, w.Body)
	}
	return w.Body.String()
}

func TestFiguresAreTold(t *testing.T) {
	m := full(t)
	answered := m.Requests(map[string]string{"/tokens/:guid": "console"})
	answered(http.MethodGet, "/tokens/:guid", 204, 70*time.Microsecond)
	answered("MADEUP", "/made-up", 700, time.Hour)
	m.Answer("verify", "active")()
	text := scrape(t, m)
	for _, want := range []string{
		`latchkey_build_info{go="go1.`, `version="v1"} 1`,
		`latchkey_http_requests_total{method="GET",route="/tokens/:guid",status="2xx",surface="console"} 1`,
		`latchkey_http_requests_total{method="other",route="unknown",status="other",surface="unknown"} 1`,
		`latchkey_http_request_duration_seconds_bucket{method="GET",route="/tokens/:guid",surface="console",le="0.0001"} 1`,
		`latchkey_http_request_duration_seconds_bucket{method="other",route="unknown",surface="unknown",le="10"} 0`,
		`latchkey_gate_answers_total{outcome="active",surface="verify"} 1`,
		`go_sql_max_open_connections{db_name="read"} 7`, `go_sql_wait_duration_seconds_total{db_name="write"} 0`,
		`latchkey_clock_skew_seconds -1.5`, `latchkey_audit_head 12`,
		`latchkey_sign_ins_failed_total{why="credential"} 1`, `latchkey_sign_ins_failed_total{why="second_factor"} 2`, `latchkey_sign_ins_failed_total{why="throttled"} 3`,
		`latchkey_sweeps_total{outcome="done"} 4`, `latchkey_sweeps_total{outcome="failed"} 5`, `latchkey_usage_flushes_failed_total 6`,
		`latchkey_gate_facts_hits_total 8`, `latchkey_gate_facts_misses_total 9`, `latchkey_gate_facts_tokens 10`, `latchkey_gate_facts_lag_seconds 0.25`,
		`go_goroutines `, `process_start_time_seconds `,
	} {
		if !strings.Contains(text, want) {
			t.Errorf("no %s in\n%s", want, text)
		}
	}
	young := New("v1")
	young.Watch(func() console.Figures { return console.Figures{} })
	if strings.Contains(scrape(t, young), "latchkey_clock_skew_seconds") {
		t.Error("a skew that was not measured is told")
	}
}

// TestTheReadmeNamesEveryMetric, and none that there is not.
func TestTheReadmeNamesEveryMetric(t *testing.T) {
	readme, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	_, section, _ := strings.Cut(string(readme), "\n## Metrics and traces\n")
	section, _, _ = strings.Cut(section, "\n## ")
	var rows, used []string
	for _, row := range regexp.MustCompile("(?m)^\\| `([a-z_*]+)` \\|").FindAllStringSubmatch(section, -1) {
		rows = append(rows, row[1])
	}
	descriptions := make(chan *prometheus.Desc)
	go func() {
		full(t).registry.Describe(descriptions)
		close(descriptions)
	}()
	for description := range descriptions {
		name := regexp.MustCompile(`fqName: "([^"]+)"`).FindStringSubmatch(description.String())[1]
		i := slices.IndexFunc(rows, func(row string) bool { ok, _ := path.Match(row, name); return ok })
		if i < 0 {
			t.Errorf("the README does not name %s", name)
			continue
		}
		used = append(used, rows[i])
	}
	for _, row := range rows {
		if !slices.Contains(used, row) {
			t.Errorf("there is no metric %s", row)
		}
	}
}

// TestServe: metrics and nothing else, until it is told to end.
func TestServe(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	served := make(chan error, 1)
	go func() { served <- full(t).Serve(ctx, listener, slog.New(slog.DiscardHandler)) }()
	for request, want := range map[string]int{
		"GET /metrics": 200, "HEAD /metrics": 200, "POST /metrics": 405, "GET /metrics/": 404, "GET /": 404, "GET /livez": 404,
		"GET /debug/pprof/": 404, "GET /tokens": 404,
	} {
		method, path, _ := strings.Cut(request, " ")
		r, err := http.NewRequestWithContext(t.Context(), method, "http://"+listener.Addr().String()+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		response, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		_, _ = io.Copy(io.Discard, response.Body)
		_ = response.Body.Close()
		if response.StatusCode != want {
			t.Errorf("%s: %d, want %d", request, response.StatusCode, want)
		}
	}
	stop()
	if err := <-served; err != nil {
		t.Errorf("it ends with %v", err)
	}
	if _, err := net.Dial("tcp", listener.Addr().String()); err == nil {
		t.Error("it still listens")
	}
}

// TestCountingAllocatesNothing, because it is done for every request.
func TestCountingAllocatesNothing(t *testing.T) {
	m := New("v1")
	answered, counted := m.Requests(map[string]string{"/introspect": "introspect"}), m.Answer("introspect", "active")
	answered(http.MethodPost, "/introspect", 200, time.Millisecond)
	if n := testing.AllocsPerRun(100, func() {
		counted()
		answered(http.MethodPost, "/introspect", 200, time.Millisecond)
	}); n != 0 {
		t.Errorf("counting an answer allocates %v times", n)
	}
}

// BenchmarkCounting is what an answer of the gate costs more because it is
// counted, among as many routes as there are.
func BenchmarkCounting(b *testing.B) {
	m := New("v1")
	surfaces := map[string]string{"/introspect": "introspect"}
	for i := range 170 {
		surfaces[fmt.Sprintf("/repositories/:repo/settings/tokens/%d", i)] = "console"
	}
	answered, counted := m.Requests(surfaces), m.Answer("introspect", "active")
	b.ReportAllocs()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			counted()
			answered(http.MethodPost, "/introspect", 200, 130*time.Microsecond)
		}
	})
}
