package cli

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	collector "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	"google.golang.org/protobuf/proto"

	"latchkey/internal/store/storetest"
)

// TestTraces asks a server in many ways with a canary, and looks at what a
// collector is sent: at the end of the server, because nothing is sent earlier.
// The environment is the process's, so one server follows the other.
func TestTraces(t *testing.T) {
	t.Run("sqlite", func(t *testing.T) { traces(t, storetest.SQLite(t)) })
	t.Run("postgres", func(t *testing.T) { traces(t, storetest.Postgres(t)) })
}

func traces(t *testing.T, databaseURL string) {
	const canary = "canary-5f3e"
	c := &received{t: t, names: map[string]int{}}
	receiver := httptest.NewServer(c)
	defer receiver.Close()
	m := newMachine(t, databaseURL)
	secret := strings.TrimSpace(m.must("token", "create", "--name", canary, "--scope", "latchkey:introspect", "--type", "system"))
	for name, value := range map[string]string{
		"OTEL_EXPORTER_OTLP_ENDPOINT": receiver.URL, "OTEL_BSP_SCHEDULE_DELAY": "3600000", "OTEL_SERVICE_NAME": "console-of-test",
		"OTEL_TRACES_SAMPLER": "always_on",
	} {
		t.Setenv(name, value)
		m.env[name] = value
	}
	s, address := m.serve()
	for _, request := range []struct{ method, path, body string }{
		{http.MethodPost, "/introspect", "token=" + secret}, {http.MethodPost, "/verify?a=" + canary, ""}, {http.MethodGet, "/login?next=/" + canary, ""},
		{http.MethodGet, "/setup/" + canary, ""}, {http.MethodGet, "/" + canary, ""}, {http.MethodGet, "/forward-auth/nginx/" + canary + "/-", ""},
		{"MADEUP", "/tokens/" + canary, ""}, {http.MethodPost, "/leaks", "token=" + secret},
	} {
		r, err := http.NewRequestWithContext(t.Context(), request.method, address+request.path, strings.NewReader(request.body))
		if err != nil {
			t.Fatal(err)
		}
		for name, value := range map[string]string{
			"Content-Type": "application/x-www-form-urlencoded", "Authorization": "Bearer " + secret,
			"Cookie": "session=" + canary, "User-Agent": canary, "Tracestate": "a=" + canary,
		} {
			r.Header.Set(name, value)
		}
		response, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		_ = response.Body.Close()
	}
	if sent, _ := c.all(); sent != "" {
		t.Error("something was sent before the end")
	}
	s.end(t)
	sent, names := c.all()
	for _, want := range []string{
		"POST /introspect", "POST /verify", "GET /login", "GET /setup/:code", "GET /*", "GET /forward-auth/nginx/*", "HTTP /*", "SELECT tokens",
		"UPDATE tokens", "INSERT audit_events", "TRANSACTION",
	} {
		if names[want] == 0 {
			t.Errorf("no span %s among %v", want, names)
		}
	}
	parts := strings.SplitN(secret, "~", 2)
	for _, hidden := range []string{canary, parts[0], parts[len(parts)-1], "MADEUP", "127.0.0.1", databaseURL} {
		if strings.Contains(sent, hidden) {
			t.Errorf("%q is sent", hidden)
		}
	}
	if !strings.Contains(sent, "console-of-test") {
		t.Error("the service has not the name that it was given")
	}
}

// received is a collector: what it was sent, and the spans' names.
type received struct {
	t     *testing.T
	mu    sync.Mutex
	sent  bytes.Buffer
	names map[string]int
}

func (c *received) ServeHTTP(_ http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	var request collector.ExportTraceServiceRequest
	if err := proto.Unmarshal(body, &request); err != nil || r.URL.Path != "/v1/traces" {
		c.t.Error(r.URL.Path, err)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.sent.Write(body)
	for _, from := range request.ResourceSpans {
		for _, scope := range from.ScopeSpans {
			for _, span := range scope.Spans {
				c.names[span.Name]++
			}
		}
	}
}

func (c *received) all() (string, map[string]int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.sent.String(), c.names
}

func TestTracesThatCannotBeSent(t *testing.T) {
	m := blank(t)
	m.env["OTEL_EXPORTER_OTLP_ENDPOINT"] = "collector:4317"
	m.env["OTEL_EXPORTER_OTLP_PROTOCOL"] = "grpc"
	m.refused(2, []string{"  OTEL_EXPORTER_OTLP_ENDPOINT: ", "  OTEL_EXPORTER_OTLP_PROTOCOL: "}, "serve")
}
