// Package metrics tells a Prometheus server how the program is doing. What it
// tells is for operators, who may see less than administrators: no label has a
// name, a GUID or a secret, and every label has few values, known beforehand.
package metrics

import (
	"database/sql"
	"runtime"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"

	"latchkey/internal/console"
)

// Metrics is what is told, in a registry of its own.
type Metrics struct {
	registry *prometheus.Registry
	requests *prometheus.CounterVec
	duration *prometheus.HistogramVec
	answers  *prometheus.CounterVec
}

// buckets begin below what an answer from memory takes, and end where a page
// has long been given up.
var buckets = []float64{
	.0001, .00025, .0005, .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 10,
}

// New returns the metrics of a program of that version.
func New(version string) *Metrics {
	m := &Metrics{
		registry: prometheus.NewRegistry(),
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "latchkey_http_requests_total", Help: "Requests answered.",
		}, []string{"surface", "route", "method", "status"}),
		duration: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "latchkey_http_request_duration_seconds", Help: "How long answers took.", Buckets: buckets,
		}, []string{"surface", "route", "method"}),
		answers: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "latchkey_gate_answers_total", Help: "What services and gateways were told of tokens.",
		}, []string{"surface", "outcome"}),
	}
	build := prometheus.NewGauge(prometheus.GaugeOpts{
		Name: "latchkey_build_info", Help: "Always 1; the labels say what runs.",
		ConstLabels: prometheus.Labels{"version": version, "go": runtime.Version()},
	})
	build.Set(1)
	m.registry.MustRegister(m.requests, m.duration, m.answers, build,
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return m
}

// Answer returns what counts one kind of answer about a token at a surface.
// Whoever answers keeps it, so that counting looks for nothing.
func (m *Metrics) Answer(surface, outcome string) func() {
	return m.answers.WithLabelValues(surface, outcome).Inc
}

// A Pool is connections to the database that are used for one purpose.
type Pool struct {
	Name string
	DB   *sql.DB
}

// WatchPools has the use of pools read whenever somebody asks.
func (m *Metrics) WatchPools(pools []Pool) {
	for _, pool := range pools {
		m.registry.MustRegister(collectors.NewDBStatsCollector(pool.DB, pool.Name))
	}
}

// Watch has the figures read whenever somebody asks.
func (m *Metrics) Watch(read func() console.Figures) { m.registry.MustRegister(figures(read)) }

// figures reads all figures at one instant.
type figures func() console.Figures

func describe(name, help string, labels ...string) *prometheus.Desc {
	return prometheus.NewDesc(name, help, labels, nil)
}

var (
	clockSkew     = describe("latchkey_clock_skew_seconds", "How far this machine's clock is ahead of the database's.")
	auditHead     = describe("latchkey_audit_head", "Number of the newest event in the audit log, as of the last minute.")
	signInsFailed = describe("latchkey_sign_ins_failed_total", "Sign-ins that failed.", "why")
	sweeps        = describe("latchkey_sweeps_total", "Runs that remove what is over.", "outcome")
	factsHits     = describe("latchkey_gate_facts_hits_total", "Questions of verification that memory answered.")
	factsMisses   = describe("latchkey_gate_facts_misses_total", "Questions of verification that the database had to answer.")
	factsTokens   = describe("latchkey_gate_facts_tokens", "Tokens of which something is in memory.")
	factsLag      = describe("latchkey_gate_facts_lag_seconds", "How long ago it was proved that what is in memory is true. It is believed below 0.9 s.")
	flushesFailed = describe("latchkey_usage_flushes_failed_total", "Attempts to write down what was used that failed. What was used stays for the next.")
)

func (figures) Describe(all chan<- *prometheus.Desc) {
	for _, desc := range []*prometheus.Desc{clockSkew, auditHead, factsHits, factsMisses, factsTokens, factsLag, signInsFailed, sweeps, flushesFailed} {
		all <- desc
	}
}

func (read figures) Collect(all chan<- prometheus.Metric) {
	f := read()
	counter := func(desc *prometheus.Desc, value uint64, labels ...string) {
		all <- prometheus.MustNewConstMetric(desc, prometheus.CounterValue, float64(value), labels...)
	}
	gauge := func(desc *prometheus.Desc, value float64) {
		all <- prometheus.MustNewConstMetric(desc, prometheus.GaugeValue, value)
	}
	if f.ClockKnown {
		gauge(clockSkew, f.ClockSkew.Seconds())
	}
	gauge(auditHead, float64(f.AuditHead))
	counter(factsHits, f.FactsHits)
	counter(factsMisses, f.FactsMisses)
	gauge(factsTokens, float64(f.FactsTokens))
	gauge(factsLag, f.FactsLag.Seconds())
	counter(signInsFailed, f.SignInsRefused, "credential")
	counter(signInsFailed, f.FactorsRefused, "second_factor")
	counter(signInsFailed, f.SignInsThrottled, "throttled")
	counter(sweeps, f.Sweeps, "done")
	counter(sweeps, f.SweepsFailed, "failed")
	counter(flushesFailed, f.UsageFlushesFailed)
}
