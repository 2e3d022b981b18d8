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
	// Scopes are what a token that asks was given, and what was assigned to a
	// member.
	Scopes []string
	// Type is that of a token that asks, and Repositories what it belongs to.
	Type         Type
	Repositories []RepositoryRef
	// Memberships are the repositories of a member.
	Memberships map[GUID]MemberRole
	// Token is the personal token with which a person asks, empty in the console.
	Token GUID
	// Epoch is that of a person when they signed in.
	Epoch int
	// ProvedAt is when a person last proved who they are; zero if never.
	ProvedAt time.Time
	// Address, Agent and RequestID say from where, for the record, and Request
	// what for, such as the route of a page.
	Address   string
	Agent     string
	RequestID string
	Request   string
}

// System is the program itself, acting for whoever runs it on the command line.
func System(name string) Principal {
	return Principal{Kind: PrincipalSystem, Name: name, Role: RoleOwner}
}

// Known reports whether p is anybody.
func (p Principal) Known() bool { return p.Kind != "" }

// Ref is p as records mention it.
func (p Principal) Ref() PersonRef { return PersonRef{GUID: p.GUID, Name: p.Name} }

// Did records that p did action to target at the given time.
func (p Principal) Did(action Action, target Target, at time.Time) AuditEvent {
	return AuditEvent{
		At: at, Action: action, Target: target,
		ActorKind: p.Kind, Actor: p.Ref(), Through: p.Token,
		Address: p.Address, Agent: p.Agent, RequestID: p.RequestID,
	}
}

// AsToken is t, asking from where p asks.
func (p Principal) AsToken(t Token) Principal {
	return Principal{
		Kind: PrincipalToken, GUID: t.GUID, Name: t.Name, Scopes: t.Scopes, Type: t.Type, Repositories: t.Repositories,
		Address: p.Address, Agent: p.Agent, RequestID: p.RequestID, Request: p.Request,
	}
}

// As is u, asking from where p asks.
func (p Principal) As(u User) Principal {
	p.Kind, p.GUID, p.Name, p.Role = PrincipalUser, u.GUID, u.Name, u.Role
	p.Scopes, p.Memberships, p.Epoch = u.Scopes, u.Memberships, u.Epoch
	return p
}
