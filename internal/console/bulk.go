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
	// BulkTransfer gives tokens to another owner.
	BulkTransfer BulkVerb = "transfer"
	// BulkAddScope and BulkRemoveScope give tokens one scope, or take it.
	BulkAddScope    BulkVerb = "add_scope"
	BulkRemoveScope BulkVerb = "remove_scope"
)

// BulkVerbs are all of them, in the order in which they are offered.
var BulkVerbs = []BulkVerb{BulkRevoke, BulkDisable, BulkEnable, BulkExtend, BulkTransfer, BulkAddScope, BulkRemoveScope, BulkDelete}

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
	// Owner is who gets the tokens.
	Owner GUID
	// Scope is what they get or lose.
	Scope string
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
	p.Check(b.Verb != BulkTransfer || b.Owner.Valid(), "owner", "Choose a person.")
	p.Check(!b.changesScope() || b.Scope != "" && len(b.Scope) <= ScopeNameLimit && PlainLine(b.Scope), "scope", "Choose a scope.")
	return p.Err()
}

// Edits reports whether b is a change of each token that could be made with its
// form, too.
func (b BulkRequest) Edits() bool {
	return b.Verb == BulkExtend || b.Verb == BulkTransfer || b.changesScope()
}

func (b BulkRequest) changesScope() bool { return b.Verb == BulkAddScope || b.Verb == BulkRemoveScope }

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
	return b.confirmation(n, active)
}

func (b BulkRequest) confirmation(n int, active bool) string {
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

// Apply is what b makes of a token that it changes, at now.
func (b BulkRequest) Apply(t Token, owner PersonRef, now time.Time) Token {
	switch b.Verb {
	case BulkRevoke:
		t.RevokedAt, t.ValidTo, t.RevokeReason = now, now, b.Reason
	case BulkDisable:
		t.DisabledAt, t.DisabledUntil = now, Instant(b.Until)
	case BulkEnable:
		t.DisabledAt, t.DisabledUntil = time.Time{}, time.Time{}
	case BulkTransfer:
		t.Owner = owner
	default:
		t = b.Patch(t).Apply(t)
	}
	t.UpdatedAt, t.Version = now, t.Version+1
	return t
}

// Patch is b as a change of one token, for the verbs that are one.
func (b BulkRequest) Patch(t Token) TokenPatch {
	scopes := slices.DeleteFunc(slices.Clone(t.Scopes), func(name string) bool { return name == b.Scope })
	switch b.Verb {
	case BulkExtend:
		return TokenPatch{ValidTo: &b.ValidTo}
	case BulkTransfer:
		return TokenPatch{Owner: &b.Owner}
	case BulkAddScope:
		scopes = append(scopes, b.Scope)
		return TokenPatch{Scopes: &scopes}
	case BulkRemoveScope:
		return TokenPatch{Scopes: &scopes}
	}
	return TokenPatch{}
}

// Foresee says what b would do to t at now, as far as t decides.
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
	case b.Verb == BulkTransfer && t.Owner.GUID == b.Owner:
		none("Already theirs.")
	case b.Verb == BulkAddScope && slices.Contains(t.Scopes, b.Scope):
		none("Already has " + b.Scope + ".")
	case b.changesScope() && b.Scope == "":
		none("No scope is chosen.")
	case b.Verb == BulkRemoveScope && !slices.Contains(t.Scopes, b.Scope):
		none("Does not have " + b.Scope + ".")
	case b.Verb == BulkRemoveScope && len(t.Scopes) == 1:
		outcome.Effect, outcome.Why = EffectRefused, "It would be left without a scope."
	}
	return outcome
}

// Event records that actor made before into after.
func (b BulkRequest) Event(actor Principal, before, after Token) AuditEvent {
	event := actor.Did(map[BulkVerb]Action{
		BulkRevoke: TokenRevoked, BulkDisable: TokenDisabled, BulkEnable: TokenEnabled, BulkDelete: TokenDeleted,
		BulkExtend: TokenEdited, BulkTransfer: TokenEdited, BulkAddScope: TokenEdited, BulkRemoveScope: TokenEdited,
	}[b.Verb], before.AsTarget(), after.UpdatedAt)
	event.Repositories = before.Repositories
	switch b.Verb {
	case BulkRevoke:
		event.Reason, event.Changes = b.Reason, []Change{{Field: "valid_to", Old: TimeText(before.ValidTo), New: TimeText(after.ValidTo)}}
	case BulkDelete:
		event.Changes = Changes(before.Fields(), Token{}.Fields())
	default:
		event.Changes = after.ChangesFrom(before)
	}
	return event
}

// BulkRules are what a bulk request is judged by beside the token.
type BulkRules struct {
	Actor     Principal
	Catalogue Catalogue
	Policies  Policies
	// Owner is who gets tokens that are transferred.
	Owner PersonRef
	Now   time.Time
}

// Judge says what b does to t by all rules: those of a change of one token.
func (b BulkRequest) Judge(t Token, r BulkRules) Outcome {
	outcome := b.Foresee(t, r.Now)
	refuse := func(err error) {
		if err != nil && outcome.Effect == EffectChanges {
			outcome.Effect, outcome.Why = EffectRefused, Sentence(err)
		}
	}
	if err := r.Actor.NeedToken(TokenWrite, t); err != nil {
		outcome.Effect, outcome.Why = EffectRefused, Sentence(err)
		return outcome
	}
	if !b.Edits() || outcome.Effect != EffectChanges {
		return outcome
	}
	refuse(t.Type.NeedChangeable())
	after := b.Apply(t, r.Owner, r.Now)
	refuse(after.ValidateChange(t, r.Now, r.Catalogue))
	refuse(r.Actor.NeedGrant(r.Catalogue, t.Type, after.Added(t)))
	refuse(r.Policies.Of(t.Type).Check(NewPolicyCase(&t, after, r.Now)))
	return outcome
}

// NeedGrant refuses to give scopes to a token of type t that p does not hold, or
// that are retired.
func (p Principal) NeedGrant(c Catalogue, t Type, scopes []string) error {
	problems := Problems{}
	for _, name := range scopes {
		scope, known := c.Find(name)
		why := "You don’t hold " + name + ", so you can’t give it to a token."
		if scope.Retired {
			why = name + " is retired: tokens that have it keep it, and no other gets it."
		}
		problems.Check(known && p.MayGive(t, scope), "scopes", why)
	}
	return problems.Err()
}
