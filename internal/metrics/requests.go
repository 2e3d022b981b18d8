package metrics

import (
	"net/http"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// methods are those that are told apart. All others, which a client may make
// up, are the last.
var methods = [...]string{http.MethodGet, http.MethodHead, http.MethodPost, "other"}

func methodIndex(method string) int {
	for i, known := range methods {
		if method == known {
			return i
		}
	}
	return len(methods) - 1
}

// classes are the first digits of statuses.
var classes = [...]string{"other", "1xx", "2xx", "3xx", "4xx", "5xx"}

func classIndex(status int) int {
	if class := status / 100; class > 0 && class < len(classes) {
		return class
	}
	return 0
}

// Requests returns what counts answers to requests, by the surface that each
// route pattern belongs to. It looks for a pattern once and for nothing else;
// patterns that it does not know are one.
func (m *Metrics) Requests(surfaces map[string]string) func(method, route string, status int, took time.Duration) {
	rows := make(map[string]*row, len(surfaces))
	for route, surface := range surfaces {
		rows[route] = &row{m: m, surface: surface, route: route}
	}
	unknown := &row{m: m, surface: "unknown", route: "unknown"}
	return func(method, route string, status int, took time.Duration) {
		r := rows[route]
		if r == nil {
			r = unknown
		}
		s := r.series(methodIndex(method))
		s.statuses[classIndex(status)].Inc()
		s.duration.Observe(took.Seconds())
	}
}

// row is a route. What nobody asked for is not told.
type row struct {
	m              *Metrics
	surface, route string
	seen           [len(methods)]atomic.Pointer[series]
}

type series struct {
	statuses [len(classes)]prometheus.Counter
	duration prometheus.Observer
}

func (r *row) series(method int) *series {
	if s := r.seen[method].Load(); s != nil {
		return s
	}
	s := &series{duration: r.m.duration.WithLabelValues(r.surface, r.route, methods[method])}
	for i, class := range classes {
		s.statuses[i] = r.m.requests.WithLabelValues(r.surface, r.route, methods[method], class)
	}
	r.seen[method].Store(s) // whoever comes at the same time makes the same
	return s
}
