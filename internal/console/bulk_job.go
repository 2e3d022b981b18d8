package console

import (
	"cmp"
	"maps"
	"slices"
	"time"
)

// BulkJob is a bulk request to every token that matches a filter. It is worked
// off bit by bit, by whichever server is alive, and survives all of them.
type BulkJob struct {
	// ID is for the store alone.
	ID      int64
	GUID    GUID
	Request BulkRequest
	// Filter is kept as it was at At: what is due by then counts, and what is
	// made later does not.
	Filter TokenFilter
	// Words say what was asked for, in the names of that time.
	Words []Change
	At    time.Time
	// Actor is who asked, and from where. What they may is asked again for each
	// token.
	Actor Principal
	// Gathered is whether it is known which tokens match, Total of them.
	Gathered bool
	Total    int
	// Place is how far it came.
	Place int64
	// Changed, Same and Refused are how many tokens had which outcome.
	Changed, Same, Refused int
	// FinishedAt is zero while there is something to do.
	FinishedAt time.Time
	End        BulkEnd
	// Why says why it stopped.
	Why string
	// Worker is who works on it, until LeaseUntil unless they go on.
	Worker     string
	LeaseUntil time.Time
}

// BulkEnd is how a job ended.
type BulkEnd string

// The ends.
const (
	// EndDone is a job with an outcome for every token.
	EndDone      BulkEnd = "done"
	EndCancelled BulkEnd = "cancelled"
	// EndStopped is a job whose actor may not do it any more.
	EndStopped BulkEnd = "stopped"
)

// Finished reports whether nothing of j is left to do.
func (j BulkJob) Finished() bool { return !j.FinishedAt.IsZero() }

// Worked is how many tokens have an outcome.
func (j BulkJob) Worked() int { return j.Changed + j.Same + j.Refused }

// Left is how many tokens have none, as far as is known.
func (j BulkJob) Left() int { return max(0, j.Total-j.Worked()) }

// Count notes an outcome.
func (j *BulkJob) Count(effect Effect) {
	switch effect {
	case EffectChanges:
		j.Changed++
	case EffectNone:
		j.Same++
	default:
		j.Refused++
	}
}

// AsTarget is j as an audit event mentions it.
func (j BulkJob) AsTarget() Target { return Target{TargetBulk, j.GUID, j.Request.Words()} }

// Words say what b does, as the name of a job.
func (b BulkRequest) Words() string {
	return map[BulkVerb]string{
		BulkRevoke: "Revoke tokens", BulkDisable: "Disable tokens", BulkEnable: "Enable tokens", BulkDelete: "Delete tokens",
		BulkExtend: "Extend tokens", BulkTransfer: "Transfer tokens", BulkAddScope: "Add a scope to tokens", BulkRemoveScope: "Remove a scope from tokens",
	}[b.Verb]
}

// Results are how many tokens had which outcome, as a record tells it.
func (j BulkJob) Results() []Change {
	return []Change{
		{Field: "changed", New: Count(j.Changed, "token")}, {Field: "unchanged", New: Count(j.Same, "token")},
		{Field: "refused", New: Count(j.Refused, "token")}, {Field: "left", New: Count(j.Left(), "token")},
	}
}

// Fields are what b does beside its verb, as a record tells it.
func (b BulkRequest) Fields(owner string) []Change {
	switch b.Verb {
	case BulkDisable:
		return facts(Change{Field: "disabled_until", New: TimeText(b.Until)})
	case BulkExtend:
		return facts(Change{Field: "valid_to", New: TimeText(b.ValidTo)})
	case BulkTransfer:
		return facts(Change{Field: "owner", New: owner})
	case BulkAddScope, BulkRemoveScope:
		return facts(Change{Field: "scopes", New: b.Scope})
	}
	return nil
}

// BulkOutcome is what became of one token of a job.
type BulkOutcome struct {
	GUID GUID
	Name string
	// Effect is empty of a token that the job did not come to.
	Effect Effect
	Why    string
}

// BulkPreview counts what a request would do to the tokens that match a filter.
type BulkPreview struct {
	Changed, Same, Refused int
	// Reasons are why tokens stay as they are, the most frequent first.
	Reasons []BulkReason
	// Scopes are those of the tokens, the most frequent first.
	Scopes []ScopeUse
	// Confirm is what has to be typed before; empty for nothing.
	Confirm string
}

// Total is how many tokens match.
func (p BulkPreview) Total() int { return p.Changed + p.Same + p.Refused }

// BulkReason is why some tokens stay as they are.
type BulkReason struct {
	Effect Effect
	Why    string
	N      int
}

// ScopeUse is how many of some tokens have a scope.
type ScopeUse struct {
	Scope string
	N     int
}

// ScopesOf are the scopes that groups of tokens have, the most frequent first.
func ScopesOf(groups []TokenGroup) []ScopeUse {
	n := map[string]int{}
	for _, group := range groups {
		for _, scope := range group.Token.Scopes {
			n[scope] += group.N
		}
	}
	var uses []ScopeUse
	for _, scope := range slices.Sorted(maps.Keys(n)) {
		uses = append(uses, ScopeUse{scope, n[scope]})
	}
	slices.SortStableFunc(uses, func(a, b ScopeUse) int { return b.N - a.N })
	return uses
}

// TokenGroup is some tokens that every bulk request of one kind treats alike,
// and one of them.
type TokenGroup struct {
	Token Token
	N     int
}

// ForeseeGroups counts what b does to groups of tokens.
func (b BulkRequest) ForeseeGroups(groups []TokenGroup, r BulkRules) BulkPreview {
	var p BulkPreview
	active := false
	places := map[BulkReason]int{}
	for _, group := range groups {
		outcome := b.Judge(group.Token, r)
		switch outcome.Effect {
		case EffectChanges:
			p.Changed += group.N
			active = active || group.Token.Status(r.Now) == StatusActive
			continue
		case EffectNone:
			p.Same += group.N
		default:
			p.Refused += group.N
		}
		key := BulkReason{Effect: outcome.Effect, Why: outcome.Why}
		place, known := places[key]
		if !known {
			place = len(p.Reasons)
			places[key], p.Reasons = place, append(p.Reasons, key)
		}
		p.Reasons[place].N += group.N
	}
	sortReasons(p.Reasons)
	p.Scopes = ScopesOf(groups)
	p.Confirm = b.confirmation(p.Changed, active)
	return p
}

func sortReasons(reasons []BulkReason) {
	slices.SortStableFunc(reasons, func(a, b BulkReason) int { return cmp.Or(cmp.Compare(b.N, a.N), cmp.Compare(a.Why, b.Why)) })
}

// facts are those of all that say something.
func facts(all ...Change) []Change {
	return slices.DeleteFunc(all, func(c Change) bool { return c.New == "" })
}

// outcomeColumns are the head of outcomes as CSV.
var outcomeColumns = []string{"guid", "name", "outcome", "why"}

// OutcomeHead is what a file of outcomes begins with.
func (f ExportFormat) OutcomeHead() []byte {
	if f == ExportCSV {
		return csvRow(outcomeColumns)
	}
	return nil
}

// Outcome is o as a file has it, with the end of its line; as plain as Event.
func (f ExportFormat) Outcome(o BulkOutcome) ([]byte, error) {
	effect := map[Effect]string{EffectChanges: "changed", EffectNone: "unchanged", EffectRefused: "refused"}[o.Effect]
	effect = cmp.Or(effect, "not done")
	if f == ExportCSV {
		return csvRow([]string{string(o.GUID), o.Name, effect, o.Why}), nil
	}
	text, err := asciiControls(struct {
		GUID    GUID   `json:"guid"`
		Name    string `json:"name"`
		Outcome string `json:"outcome"`
		Why     string `json:"why,omitempty"`
	}{o.GUID, o.Name, effect, o.Why})
	return append(text, '\n'), err
}
