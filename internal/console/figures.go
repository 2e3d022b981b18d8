package console

import "time"

// Figures is how this program is doing, for its operators. What it counts, it
// counts from its start on.
type Figures struct {
	// ClockSkew is how far this machine's clock was ahead of the database's when
	// it was measured last; ClockKnown is whether it was.
	ClockSkew  time.Duration
	ClockKnown bool
	// AuditHead is the number of the newest event that this program knows of.
	AuditHead int64
	// FactsHits and FactsMisses are how often verification found in memory what
	// it needed and how often it had to read it, FactsTokens of how many tokens
	// something is there, and FactsLag how long ago it was proved to be true.
	FactsHits, FactsMisses uint64
	FactsTokens            int
	FactsLag               time.Duration

	SignInsRefused, FactorsRefused, SignInsThrottled uint64
	Sweeps, SweepsFailed                             uint64
	UsageFlushesFailed                               uint64
}
