package tracing

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	collector "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	"google.golang.org/protobuf/proto"

	"latchkey/internal/console"
)

func TestAsked(t *testing.T) {
	for _, test := range []struct {
		name     string
		env      map[string]string
		asked    bool
		problems []string
	}{
		{"nothing", nil, false, nil},
		{"a name alone", map[string]string{"OTEL_SERVICE_NAME": "console"}, false, nil},
		{"an endpoint", map[string]string{endpoint: "http://127.0.0.1:4318"}, true, nil},
		{"an endpoint for traces", map[string]string{tracesEndpoint: "https://otel.example.com/v1/traces"}, true, nil},
		{"turned off", map[string]string{endpoint: "http://127.0.0.1:4318", "OTEL_SDK_DISABLED": "True"}, false, nil},
		{"another exporter", map[string]string{endpoint: "http://127.0.0.1:4318", "OTEL_TRACES_EXPORTER": "none"}, false, nil},
		{"no exporter of ours", map[string]string{endpoint: "http://127.0.0.1:4318", "OTEL_TRACES_EXPORTER": "zipkin"}, true, []string{"OTEL_TRACES_EXPORTER"}},
		{"all wrong", map[string]string{endpoint: "127.0.0.1:4318", tracesEndpoint: "http://", "OTEL_EXPORTER_OTLP_PROTOCOL": "grpc"}, true,
			[]string{endpoint, "OTEL_EXPORTER_OTLP_PROTOCOL", tracesEndpoint}},
	} {
		asked, err := Asked(func(name string) string { return test.env[name] })
		var problems []string
		if e, ok := errors.AsType[*console.Error](err); ok {
			problems = slices.Sorted(maps.Keys(e.Fields))
		}
		if diff := cmp.Diff(test.problems, problems); asked != test.asked || diff != "" || (err != nil) != (test.problems != nil) {
			t.Errorf("%s: %v, %v\n%s", test.name, asked, err, diff)
		}
	}
}

// received starts a collector and a tracer that sends to it. The returned
// function ends the tracer and tells what came, by the spans' names.
func received(t *testing.T) (*Tracer, func() map[string]map[string]string) {
	t.Helper()
	bodies := make(chan []byte, 100)
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		bodies <- body
	}))
	t.Cleanup(server.Close)
	t.Setenv(endpoint, server.URL)
	tracer, err := Start(t.Context(), "v1", slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	return tracer, func() map[string]map[string]string {
		if err := tracer.Stop(t.Context()); err != nil {
			t.Error(err)
		}
		close(bodies)
		spans := map[string]map[string]string{}
		for body := range bodies {
			var request collector.ExportTraceServiceRequest
			if err := proto.Unmarshal(body, &request); err != nil {
				t.Fatal(err)
			}
			for _, from := range request.ResourceSpans {
				for _, scope := range from.ScopeSpans {
					for _, span := range scope.Spans {
						has := map[string]string{"trace": string(span.TraceId), "parent": string(span.ParentSpanId), "state": span.TraceState, "status": span.Status.GetCode().String() + span.Status.GetMessage()}
						for _, attribute := range slices.Concat(from.Resource.Attributes, span.Attributes) {
							has[attribute.Key] = attribute.Value.String()
						}
						spans[span.Name] = has
					}
				}
			}
		}
		return spans
	}
}

func TestSpans(t *testing.T) {
	t.Setenv("OTEL_RESOURCE_ATTRIBUTES", "deployment.environment.name=test")
	tracer, stop := received(t)
	if tracer.Statement(t.Context()) != nil {
		t.Error("a statement is traced that belongs to no request")
	}
	request := func(method, state string) *http.Request {
		r := httptest.NewRequest(method, "/tokens/CANARY?token=CANARY", nil)
		r.Header.Set("Authorization", "Bearer CANARY")
		r.Header.Set("Traceparent", "00-0123456789abcdef0123456789abcdef-0123456789abcdef-"+state)
		r.Header.Set("Tracestate", "vendor=CANARY")
		r.Header.Set("Baggage", "token=CANARY")
		return r
	}
	r, end := tracer.Request(request(http.MethodGet, "01"), "/tokens/:guid", "request-1")
	tracer.Statement(r.Context())("SELECT tokens", console.NotFound())
	tracer.Statement(r.Context())("INSERT users", errors.New("Key (email)=(CANARY) already exists"))
	end(http.StatusNotFound)
	_, end = tracer.Request(request("CANARY", "01"), "/*", "request-2")
	end(http.StatusInternalServerError)
	r, end = tracer.Request(request(http.MethodGet, "00"), "/not/sampled", "request-3")
	if tracer.Statement(r.Context()) != nil {
		t.Error("a statement is traced whose request is not")
	}
	end(http.StatusOK)
	spans := stop()
	if diff := cmp.Diff([]string{"GET /tokens/:guid", "HTTP /*", "INSERT users", "SELECT tokens"}, slices.Sorted(maps.Keys(spans))); diff != "" {
		t.Errorf("spans (-want +got):\n%s", diff)
	}
	for span, want := range map[string]map[string]string{
		"GET /tokens/:guid": {"http.request.method": "GET", "http.route": "/tokens/:guid", "latchkey.request_id": "request-1", "service.name": "latchkey", "service.version": "v1", "deployment.environment.name": "test"},
		"HTTP /*":           {"http.request.method": "_OTHER"},
		"SELECT tokens":     {"db.query.summary": "SELECT tokens"},
		"INSERT users":      {},
	} {
		got := spans[span]
		for key, value := range want {
			if got[key] != `string_value:"`+value+`"` {
				t.Errorf("%s: %s is %s", span, key, got[key])
			}
		}
		if got["trace"] != "\x01\x23\x45\x67\x89\xab\xcd\xef\x01\x23\x45\x67\x89\xab\xcd\xef" || got["parent"] == "" || got["state"] != "" {
			t.Errorf("%s is of another trace: %q", span, got)
		}
		failed := span == "HTTP /*" || span == "INSERT users"
		if (got["status"] != "STATUS_CODE_UNSET") != failed {
			t.Errorf("%s: %s", span, got["status"])
		}
	}
}

// TestACollectorThatIsAway is worth a line in the log, and nothing else.
func TestACollectorThatIsAway(t *testing.T) {
	t.Setenv(tracesEndpoint, "http://me:hunter2@127.0.0.1:1/v1/traces")
	var text bytes.Buffer
	tracer, err := Start(t.Context(), "v1", slog.New(slog.NewTextHandler(&text, nil)))
	if err != nil {
		t.Fatal(err)
	}
	_, end := tracer.Request(httptest.NewRequest(http.MethodGet, "/", nil), "/", "request-1")
	end(http.StatusOK)
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	started := time.Now()
	if err := tracer.Stop(ended); err != nil {
		text.WriteString(err.Error())
	}
	if took := time.Since(started); took > 2*finishDelay {
		t.Errorf("it took %v to end", took)
	}
	if !strings.Contains(text.String(), "127.0.0.1:1") || strings.Contains(text.String(), "hunter2") {
		t.Errorf("it says %q", &text)
	}
}
