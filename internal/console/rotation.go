package console

import "time"

// OverlapLimit is how long an old secret works at most beside the new one.
const OverlapLimit = 7 * 24 * time.Hour

// Overlap says how long the old secret works on beside the new one. Its zero
// value is not at all.
type Overlap struct {
	For time.Duration
	// Until is when the old secret ends, instead of For.
	Until time.Time
	// FirstUse ends the old secret with the first use of the new one, and at the
	// latest after OverlapLimit.
	FirstUse bool
}

// overlaps are those that have a name.
var overlaps = map[string]Overlap{
	"now": {}, "1h": {For: time.Hour}, "24h": {For: 24 * time.Hour}, "7d": {For: OverlapLimit}, "first-use": {FirstUse: true},
}

// UsualOverlap is the name of the overlap that is offered first.
const UsualOverlap = "24h"

// OverlapNamed returns the overlap of that name, if there is one.
func OverlapNamed(name string) (Overlap, bool) {
	o, ok := overlaps[name]
	return o, ok
}

// End is when the old secret of t ends at the latest, after a rotation at now:
// never after the token itself.
func (o Overlap) End(t Token, now time.Time) (time.Time, error) {
	end, p := now.Add(o.For), Problems{}
	switch {
	case o.FirstUse:
		end = now.Add(OverlapLimit)
	case !o.Until.IsZero():
		end = Instant(o.Until)
		p.Check(end.After(now), "until", "Choose a time in the future.")
		p.Check(!end.After(now.Add(OverlapLimit)), "until", "The old secret can work for 7 days at most.")
		p.Check(t.ValidTo.IsZero() || !end.After(t.ValidTo), "until", "The token itself ends before that.")
	default:
		p.Check(o.For >= 0 && o.For <= OverlapLimit, "overlap", "The old secret can work for 7 days at most.")
	}
	if !t.ValidTo.IsZero() && end.After(t.ValidTo) {
		end = t.ValidTo
	}
	return end, p.Err()
}

// Words say in a record what becomes of the old secret.
func (o Overlap) Words() string {
	switch {
	case o.FirstUse:
		return "ends with the first use of the new one"
	case !o.Until.IsZero():
		return "ends at a chosen time"
	case o.For <= 0:
		return "ends at once"
	case o.For < 48*time.Hour:
		return "works for " + Count(int(o.For/time.Hour), "hour")
	}
	return "works for " + Count(int(o.For/(24*time.Hour)), "day")
}

// Rotation is how to give a token a new secret.
type Rotation struct {
	// ID is what makes it safe to repeat: one that the server handed out.
	ID GUID
	// Version is the one that the token must be at; 0 for any.
	Version int
	Overlap Overlap
	// EndOldest ends the older one of two secrets at once, where two work.
	// Without it a rotation is refused there.
	EndOldest bool
}

// KeptSecret is what is known of a secret of a token: not the secret, and not
// its hash.
type KeptSecret struct {
	CreatedAt time.Time
	// EndsAt is zero for the current secret, which lasts as long as the token.
	EndsAt time.Time
	// UntilUsed is whether it ends earlier, with the first use of the current one.
	UntilUsed bool
	// UsedAt is when it was last used; zero for never.
	UsedAt time.Time
}

// Current reports whether s is the token's newest secret.
func (s KeptSecret) Current() bool { return s.EndsAt.IsZero() }

// Live reports whether s has not ended at now. Like a token's validity its time
// is half-open.
func (s KeptSecret) Live(now time.Time) bool { return s.Current() || now.Before(s.EndsAt) }

// Overlapping returns the secret that works at now beside the current one, if
// there is one.
func Overlapping(secrets []KeptSecret, now time.Time) (KeptSecret, bool) {
	for _, s := range secrets {
		if !s.Current() && s.Live(now) {
			return s, true
		}
	}
	return KeptSecret{}, false
}
