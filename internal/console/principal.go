package console

import "time"

// PrincipalKind tells what asks.
type PrincipalKind string

// The kinds of principals.
const (
	PrincipalUser   PrincipalKind = "user"
	PrincipalToken  PrincipalKind = "token"
	PrincipalSystem PrincipalKind = "system"
)

// Principal is whoever asks: a person, a token, or the program itself on the
// command line. Its zero value is nobody.
type Principal struct {
	Kind PrincipalKind
	GUID GUID
	Name string
	Role Role
	// Scopes are what a token that asks was given.
	Scopes []string
	// Address, Agent and RequestID say from where, for the record.
	Address   string
	Agent     string
	RequestID string
}

// System is the program itself, acting for whoever runs it on the command line.
func System(name string) Principal {
	return Principal{Kind: PrincipalSystem, Name: name, Role: RoleOwner}
}

// Known reports whether p is anybody.
func (p Principal) Known() bool { return p.Kind != "" }

// Ref is p as records mention it.
func (p Principal) Ref() PersonRef { return PersonRef{GUID: p.GUID, Name: p.Name} }

// May reports whether p has perm in all repositories.
func (p Principal) May(perm Permission) bool { return p.Known() && p.Role.May(perm) }

// reads says which permission lets one see what another one changes.
var reads = map[Permission]Permission{
	RepositoryWrite: RepositoryRead,
	TokenWrite:      TokenRead,
	ScopeWrite:      ScopeRead,
}

// Need returns nil if p may do perm. To someone who may not even see what perm
// changes it answers not_found, so that guessing names teaches nothing.
func (p Principal) Need(perm Permission) error {
	if !p.Known() {
		return Unauthenticated()
	}
	if p.May(perm) {
		return nil
	}
	if read, ok := reads[perm]; ok && p.May(read) {
		return Forbidden("Your role lets you look, but not change this.")
	}
	return NotFound()
}

// MayGrant reports whether p may give scope to a token: nobody grants what
// they do not hold.
func (p Principal) MayGrant(scope Scope) bool { return p.May(TokenWrite) && !scope.Retired }

// Did records that p did action to target at the given time.
func (p Principal) Did(action Action, target Target, at time.Time) AuditEvent {
	return AuditEvent{
		At: at, Action: action, Target: target,
		ActorKind: p.Kind, Actor: p.Ref(),
		Address: p.Address, Agent: p.Agent, RequestID: p.RequestID,
	}
}

// As is u, asking from where p asks.
func (p Principal) As(u User) Principal {
	p.Kind, p.GUID, p.Name, p.Role = PrincipalUser, u.GUID, u.Name, u.Role
	return p
}
