package console

import (
	"slices"
	"strconv"
	"time"
	"unicode/utf8"
)

// BulkVerb is what to do with several tokens at once.
type BulkVerb string

// The bulk verbs.
const (
	BulkRevoke  BulkVerb = "revoke"
	BulkDisable BulkVerb = "disable"
	BulkEnable  BulkVerb = "enable"
	BulkDelete  BulkVerb = "delete"
	BulkExtend  BulkVerb = "extend"
)

// BulkVerbs are all of them, in the order in which they are offered.
var BulkVerbs = []BulkVerb{BulkRevoke, BulkDisable, BulkEnable, BulkExtend, BulkDelete}

// Valid reports whether v is a bulk verb.
func (v BulkVerb) Valid() bool { return slices.Contains(BulkVerbs, v) }

// Ends reports whether v can't be undone, so that it takes a fresh proof.
func (v BulkVerb) Ends() bool { return v == BulkRevoke || v == BulkDelete }

// BulkRequest is a verb with what it needs.
type BulkRequest struct {
	Verb BulkVerb
	// Reason goes with a revocation.
	Reason string
	// Until ends a pause; zero is a pause without an end.
	Until time.Time
	// ValidTo is the new end of tokens that end sooner.
	ValidTo time.Time
}

// BulkLimit is how many tokens one request may name.
const BulkLimit = 1000

// Validate reports everything that is wrong with b at now.
func (b BulkRequest) Validate(now time.Time) error {
	p := Problems{}
	p.Check(b.Verb.Valid(), "verb", "Choose what to do.")
	p.Check(utf8.RuneCountInString(b.Reason) <= ReasonLimit, "reason", "The reason is longer than 500 characters.")
	p.Check(PlainText(b.Reason), "reason", "The reason has characters that can’t be shown.")
	p.Check(b.Verb != BulkDisable || b.Until.IsZero() || b.Until.After(now), "until", "Choose a time in the future.")
	p.Check(b.Verb != BulkExtend || b.ValidTo.After(now) && b.ValidTo.Before(latestTime), "valid_to", "Choose a date in the future.")
	return p.Err()
}

// Effect is what a bulk verb does to one token.
type Effect string

// The effects.
const (
	// EffectChanges means that the token will change, or has changed.
	EffectChanges Effect = "changes"
	// EffectNone means that it already is what the verb would make it.
	EffectNone Effect = "none"
	// EffectRefused means that the verb can't be done to it; the outcome says why.
	EffectRefused Effect = "refused"
)

// confirmFrom is how many tokens one may revoke or delete without typing so.
const confirmFrom = 10

// Confirmation is what somebody has to type before b does what was foreseen, or
// nothing: "revoke 12" for what ends many tokens, and for deleting any that is active.
func (b BulkRequest) Confirmation(foreseen []Outcome, now time.Time) string {
	n, active := 0, false
	for _, outcome := range foreseen {
		if outcome.Effect == EffectChanges {
			n++
			active = active || outcome.Token.Status(now) == StatusActive
		}
	}
	if b.Verb == BulkRevoke && n >= confirmFrom || b.Verb == BulkDelete && (n >= confirmFrom || n > 0 && active) {
		return string(b.Verb) + " " + strconv.Itoa(n)
	}
	return ""
}

// Outcome is what happened, or would happen, to one token.
type Outcome struct {
	Token  Token
	Effect Effect
	// Why says in a sentence why nothing changes.
	Why string
}

// Foresee says what b would do to t at now.
func (b BulkRequest) Foresee(t Token, now time.Time) Outcome {
	status := t.Status(now)
	outcome := Outcome{Token: t, Effect: EffectChanges}
	none := func(why string) { outcome.Effect, outcome.Why = EffectNone, why }
	switch {
	case b.Verb == BulkDelete:
	case b.Verb == BulkRevoke && status.Final():
		none("Already " + string(status) + ".")
	case status.Final():
		outcome.Effect, outcome.Why = EffectRefused, status.Label()+" tokens stay so."
	case b.Verb == BulkDisable && status == StatusDisabled && t.DisabledUntil.Equal(b.Until):
		none("Already disabled.")
	case b.Verb == BulkEnable && status != StatusDisabled:
		none("Not disabled.")
	case b.Verb == BulkExtend && t.ValidTo.IsZero():
		none("Never expires.")
	case b.Verb == BulkExtend && !t.ValidTo.Before(b.ValidTo):
		none("Already lasts longer.")
	}
	return outcome
}
