package cli

import (
	"bytes"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"latchkey/internal/password"
	"latchkey/internal/service"
	"latchkey/internal/store"
	"latchkey/internal/store/storetest"
)

// ports are handed out from below those that connections get.
var ports atomic.Int64

// free is an address on this machine at which nobody listens.
func free(t *testing.T) string {
	t.Helper()
	for range 1000 {
		address := fmt.Sprintf("127.0.0.1:%d", 20_000+(os.Getpid()*100+int(ports.Add(1)))%10_000)
		if listener, err := net.Listen("tcp", address); err == nil {
			listener.Close()
			return address
		}
	}
	t.Fatal("no port is free")
	return ""
}

// read is the body of an answer.
func read(t *testing.T, url string) string {
	t.Helper()
	response, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(body)
}

// TestMetricsHaveAListenerOfTheirOwn, and only if somebody asked for it.
func TestMetricsHaveAListenerOfTheirOwn(t *testing.T) {
	storetest.EachURL(t, func(t *testing.T, databaseURL string) {
		m := newMachine(t, databaseURL)
		m.env["LATCHKEY_METRICS_ADDR"] = free(t)
		metrics := "http://" + m.env["LATCHKEY_METRICS_ADDR"]
		s, address := m.serve()
		for url, want := range map[string]int{
			metrics + "/metrics": 200, metrics + "/": 404, metrics + "/login": 404, metrics + "/introspect": 404,
			address + "/metrics": 404, address + "/login": 200,
		} {
			if got := get(t, url); got != want {
				t.Errorf("GET %s gives %d, want %d", url, got, want)
			}
		}
		pool := `{db_name="write"} 1`
		if strings.HasPrefix(databaseURL, "postgres") {
			pool = `{db_name="all"} 16`
		}
		// An answer is counted after it was sent, and the clock is compared after
		// the start.
		wanted := []string{
			`latchkey_http_requests_total{method="GET",route="/login",status="2xx",surface="console"} 1`,
			"go_sql_max_open_connections" + pool, `latchkey_gate_answers_total{outcome="active",surface="introspect"} 0`,
			"\nlatchkey_clock_skew_seconds ", "\nlatchkey_audit_head ", "\nlatchkey_build_info{",
		}
		for deadline := time.Now().Add(10 * time.Second); ; time.Sleep(20 * time.Millisecond) {
			text := read(t, metrics+"/metrics")
			missing := slices.DeleteFunc(slices.Clone(wanted), func(want string) bool { return strings.Contains(text, want) })
			if len(missing) == 0 {
				break
			}
			if time.Now().After(deadline) {
				t.Fatalf("no %q in\n%s", missing, text)
			}
		}
		_, log := s.end(t)
		if !strings.Contains(log, metrics+"/metrics") {
			t.Errorf("the log does not say where metrics are: %s", log)
		}
		if _, err := net.Dial("tcp", m.env["LATCHKEY_METRICS_ADDR"]); err == nil {
			t.Error("after the end somebody still listens")
		}
		delete(m.env, "LATCHKEY_METRICS_ADDR")
		s, _ = m.serve()
		if _, log := s.end(t); strings.Contains(log, "metrics") {
			t.Errorf("nobody asked for metrics: %s", log)
		}
	})
}

func TestAnAddressForMetricsInUse(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	m := blank(t)
	m.env["LATCHKEY_METRICS_ADDR"] = listener.Addr().String()
	m.refused(1, []string{"in use", "LATCHKEY_METRICS_ADDR", "--metrics-addr"}, "serve")
	m.env["LATCHKEY_METRICS_ADDR"], m.env["LATCHKEY_LISTEN"] = free(t), ""
	m.refused(1, []string{"in use", "--metrics-addr"}, "serve", "--listen", m.env["LATCHKEY_METRICS_ADDR"])
}

// TestClocksThatDifferAreWorthAWarning above two seconds.
func TestClocksThatDifferAreWorthAWarning(t *testing.T) {
	storetest.Each(t, func(t *testing.T, st *store.Store) {
		var off time.Duration
		svc, err := service.New(t.Context(), st, service.Options{
			Key: make([]byte, 32), Now: func() time.Time { return time.Now().Add(off) }, Passwords: password.New(1),
		})
		if err != nil {
			t.Fatal(err)
		}
		var text bytes.Buffer
		log := slog.New(slog.NewTextHandler(&text, nil))
		for _, test := range []struct {
			off  time.Duration
			says string
		}{{0, ""}, {6 * time.Second, "ahead="}, {-6 * time.Second, "ahead=-"}} {
			off = test.off
			text.Reset()
			compareClocks(t.Context(), svc, log)
			if said := text.String(); test.says == "" && said != "" || !strings.Contains(said, test.says) {
				t.Errorf("%v off it says %q", off, said)
			}
		}
	})
}
