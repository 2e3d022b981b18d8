package gate

import (
	"net/http"
	"slices"

	"latchkey/internal/console"
)

// An outcome is what came of a request, to be counted: that the token is active
// or was ended, the reason why it opens nothing, or the code of the error that
// there is in place of an answer. It is a place in outcomes.
type outcome int

const (
	outcomeInternal outcome = iota
	outcomeActive
	outcomeEnded
)

// outcomes are the names of all outcomes.
var outcomes = func() []string {
	names := []string{string(console.CodeInternal), "active", "ended"}
	for _, reason := range append([]console.Reason{console.ReasonUnknown}, console.Reasons...) {
		names = append(names, string(reason))
	}
	for _, code := range console.Codes {
		if code != console.CodeInternal {
			names = append(names, string(code))
		}
	}
	return names
}()

func outcomeNamed(name string) outcome {
	return outcome(max(slices.Index(outcomes, name), int(outcomeInternal)))
}

// outcomeOf is what a token's worth counts as.
func outcomeOf(found console.Introspection) outcome {
	if found.Active {
		return outcomeActive
	}
	return outcomeNamed(string(found.Reason))
}

// outcome is what a refusal counts as: why the token is refused, or what its
// status says.
func (r refusal) outcome() outcome {
	switch {
	case r.why != "":
		return outcomeNamed(string(r.why))
	case r.status == http.StatusUnauthorized:
		return outcomeNamed(string(console.CodeUnauthenticated))
	case r.status == http.StatusForbidden:
		return outcomeNamed(string(console.CodeForbidden))
	}
	return outcomeNamed(string(console.CodeInvalid))
}

// endedOutcome is what ending a token counts as: nothing was known that could
// be ended, or it ended.
func endedOutcome(ended bool) outcome {
	if ended {
		return outcomeEnded
	}
	return outcomeNamed(string(console.ReasonUnknown))
}

// tally counts outcomes at one surface, each by what was found for it
// beforehand.
type tally []func()

func (g *gate) tally(surface string) tally {
	counts := make(tally, len(outcomes))
	for i, name := range outcomes {
		counts[i] = func() {}
		if g.answers != nil {
			counts[i] = g.answers(surface, name)
		}
	}
	return counts
}
