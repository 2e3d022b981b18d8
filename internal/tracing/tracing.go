// Package tracing tells an OpenTelemetry collector what requests do and how long
// it takes. A span says where a request went by the site map, and never its
// address, its headers or its content, which may be secret.
package tracing

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/sdk/resource"
	sdk "go.opentelemetry.io/otel/sdk/trace"
	semconv "go.opentelemetry.io/otel/semconv/v1.43.0"
	"go.opentelemetry.io/otel/trace"

	"latchkey/internal/console"
)

// Tracer makes spans and sends them.
type Tracer struct {
	provider *sdk.TracerProvider
	tracer   trace.Tracer
}

const (
	endpoint       = "OTEL_EXPORTER_OTLP_ENDPOINT"
	tracesEndpoint = "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"
)

// Asked reports whether the environment wants traces sent. If what it says
// can't be done, the error is an invalid console.Error by the variables' names.
func Asked(getenv func(string) string) (bool, error) {
	if strings.EqualFold(getenv("OTEL_SDK_DISABLED"), "true") || getenv("OTEL_TRACES_EXPORTER") == "none" ||
		getenv(endpoint) == "" && getenv(tracesEndpoint) == "" {
		return false, nil
	}
	problems := console.Problems{}
	for _, name := range []string{endpoint, tracesEndpoint} {
		u, err := url.Parse(getenv(name))
		ok := getenv(name) == "" || err == nil && (u.Scheme == "http" || u.Scheme == "https") && u.Host != ""
		problems.Check(ok, name, "Write http:// or https:// and a host, such as http://127.0.0.1:4318.")
	}
	for _, name := range []string{"OTEL_EXPORTER_OTLP_PROTOCOL", "OTEL_EXPORTER_OTLP_TRACES_PROTOCOL"} {
		ok := slices.Contains([]string{"", "http/protobuf", "http/json"}, getenv(name))
		problems.Check(ok, name, "Write http/protobuf or http/json; gRPC is not spoken.")
	}
	exporter := getenv("OTEL_TRACES_EXPORTER")
	problems.Check(exporter == "" || exporter == "otlp", "OTEL_TRACES_EXPORTER", "Write otlp or none.")
	return true, problems.Err()
}

// Start returns what sends traces to where the process's environment says, in a
// program of that version. It is told to log when that fails.
func Start(ctx context.Context, version string, log *slog.Logger) (*Tracer, error) {
	otel.SetErrorHandler(otel.ErrorHandlerFunc(func(err error) { log.Warn("sending traces failed", "err", err) }))
	exporter, err := otlptracehttp.New(ctx)
	if err != nil {
		return nil, fmt.Errorf("send traces: %w", err)
	}
	// What the environment says comes last and wins. What the process was
	// started with is left out: it may hold a password.
	about, err := resource.New(ctx,
		resource.WithAttributes(semconv.ServiceName("latchkey"), semconv.ServiceVersion(version)),
		resource.WithTelemetrySDK(), resource.WithFromEnv())
	if err != nil {
		return nil, fmt.Errorf("describe this program for traces: %w", err)
	}
	provider := sdk.NewTracerProvider(sdk.WithBatcher(exporter), sdk.WithResource(about))
	return &Tracer{provider: provider, tracer: provider.Tracer("latchkey")}, nil
}

// finishDelay is how long sending what is left may take.
const finishDelay = 3 * time.Second

// Stop sends what is left, and ends.
func (t *Tracer) Stop(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), finishDelay)
	defer cancel()
	return t.provider.Shutdown(ctx)
}

// Request begins the span of a request to a route, as part of the trace that
// its header names. The returned function ends it with the answer's status.
func (t *Tracer) Request(r *http.Request, route, id string) (*http.Request, func(status int)) {
	ctx := propagation.TraceContext{}.Extract(r.Context(), propagation.HeaderCarrier(r.Header))
	if parent := trace.SpanContextFromContext(ctx); parent.IsValid() {
		// What else the asker wants to be passed on is theirs, and may be anything.
		ctx = trace.ContextWithRemoteSpanContext(ctx, parent.WithTraceState(trace.TraceState{}))
	}
	method, name := methodOf(r.Method)
	ctx, span := t.tracer.Start(ctx, name+" "+route, trace.WithSpanKind(trace.SpanKindServer),
		trace.WithAttributes(method, semconv.HTTPRoute(route), attribute.String("latchkey.request_id", id)))
	return r.WithContext(ctx), func(status int) {
		span.SetAttributes(semconv.HTTPResponseStatusCode(status))
		if status >= http.StatusInternalServerError {
			span.SetStatus(codes.Error, "")
		}
		span.End()
	}
}

// methodOf is a method as an attribute and in a span's name. One that a client
// made up is not repeated.
func methodOf(method string) (attribute.KeyValue, string) {
	switch method {
	case http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete,
		http.MethodConnect, http.MethodOptions, http.MethodTrace:
		return semconv.HTTPRequestMethodKey.String(method), method
	}
	return semconv.HTTPRequestMethodOther, "HTTP"
}

// Statement begins the span of something that a request asks of the database,
// nil if nobody traces that. The returned function ends it, saying what it was
// in words that hold no values.
func (t *Tracer) Statement(ctx context.Context) func(what string, err error) {
	if !trace.SpanFromContext(ctx).IsRecording() {
		return nil
	}
	_, span := t.tracer.Start(ctx, "database", trace.WithSpanKind(trace.SpanKindClient))
	return func(what string, err error) {
		span.SetName(what)
		span.SetAttributes(semconv.DBQuerySummary(what))
		// What the database says of an error may repeat values.
		if code := console.CodeOf(err); code == console.CodeInternal || code == console.CodeUnavailable {
			span.SetStatus(codes.Error, string(code))
		}
		span.End()
	}
}
