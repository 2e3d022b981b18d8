package console

import "time"

// Reason says why a presented token string opens nothing.
type Reason string

// The reasons. Only administrators and the holder of a token learn them.
const (
	ReasonUnknown     Reason = "unknown"
	ReasonRevoked     Reason = "revoked"
	ReasonExpired     Reason = "expired"
	ReasonNotYetValid Reason = "not_yet_valid"
	ReasonDisabled    Reason = "disabled"
	// ReasonIPRefused: its IP filter refuses the address, or the address is unknown.
	ReasonIPRefused Reason = "ip_refused"
	// ReasonRepositoryMissing: it does not belong to the repository that it was
	// presented for.
	ReasonRepositoryMissing Reason = "repository_missing"
	// ReasonScopeMissing: it lacks a scope that it was presented for.
	ReasonScopeMissing Reason = "scope_missing"
)

// Introspection is what a presented token string is worth at an instant.
type Introspection struct {
	// Active is whether it opens anything.
	Active bool
	// Reason is why not; empty when active.
	Reason Reason
	// Token is the record, also of an inactive token; its zero value when unknown.
	Token Token
	// IP is what the token's IP filter says of the address; nil if it was not
	// asked: the token has none, or opens nothing from anywhere.
	IP *IPVerdict
	// Missing is the scope that it lacks, with ReasonScopeMissing.
	Missing string
}

// Introspect says what t is worth at now.
func (t Token) Introspect(now time.Time) Introspection {
	reason := reasons[t.Status(now)]
	return Introspection{Active: reason == "", Reason: reason, Token: t}
}

var reasons = map[Status]Reason{
	StatusRevoked: ReasonRevoked, StatusExpired: ReasonExpired,
	StatusDisabled: ReasonDisabled, StatusScheduled: ReasonNotYetValid,
}

// From narrows what a token is worth to the address from which it is presented,
// by the rules of its IP filter. What opens nothing anyway keeps its reason.
func (i Introspection) From(verdict IPVerdict) Introspection {
	if !i.Active {
		return i
	}
	i.IP = &verdict
	if !verdict.Allowed {
		i.Active, i.Reason = false, ReasonIPRefused
	}
	return i
}
