package console

import (
	"slices"
	"strings"
)

// UserFilter says which people to list; every field that is set narrows.
type UserFilter struct {
	// Text keeps people in whose name or address all of its words occur.
	Text string
	Role Role
	// Repository keeps its members.
	Repository GUID
}

// Fields are the values of u that a record of its changes tells.
func (u User) Fields() []Change {
	return []Change{
		{Field: "email", New: u.Email},
		{Field: "name", New: u.Name},
		{Field: "role", New: string(u.Role)},
		{Field: "scopes", New: strings.Join(u.Scopes, " ")},
		{Field: "disabled_at", New: TimeText(u.DisabledAt)},
	}
}

// UserPatch says what to change of a person; nil leaves as it is.
type UserPatch struct {
	Email *string
	Name  *string
	Role  *Role
}

// Apply returns u with the patch's values in the form in which they are kept.
// What only members have goes with the role.
func (p UserPatch) Apply(u User) User {
	if p.Email != nil {
		u.Email = Clean(*p.Email)
	}
	if p.Name != nil {
		u.Name = Clean(*p.Name)
	}
	if p.Role != nil {
		u.Role = *p.Role
	}
	if u.Role != RoleMember {
		u.Scopes, u.Memberships = nil, nil
	}
	return u
}

// ValidateChange reports everything that is wrong with u, as it shall become.
func (u User) ValidateChange() error {
	p := Problems{}
	checkPerson(p, u.Email, u.Name, u.Role)
	p.Check(u.Name != "", "name", "Enter a name.")
	return p.Err()
}

// Membership is what somebody shall be in a repository.
type Membership struct {
	Repository GUID
	Role       MemberRole
}

// MemberOf is what somebody is in a repository.
type MemberOf struct {
	Repository RepositoryRef
	Role       MemberRole
}

// MembershipsText is memberships as a record of a change tells them.
func MembershipsText(memberships []MemberOf) string {
	texts := make([]string, len(memberships))
	for i, m := range memberships {
		texts[i] = m.Repository.Name + " (" + string(m.Role) + ")"
	}
	return strings.Join(texts, ", ")
}

// MembershipLimit is how many memberships an invitation can bring.
const MembershipLimit = 50

// Invitation is what an account is made from whose owner chooses the password.
type Invitation struct {
	Email string
	Name  string
	Role  Role
	// Memberships and Scopes are for members only.
	Memberships []Membership
	Scopes      []string
}

// Clean returns i with its texts in the form in which they are kept, and
// without what its role does not have.
func (i Invitation) Clean() Invitation {
	n := NewUser{Email: i.Email, Name: i.Name}.Clean()
	i.Email, i.Name = n.Email, n.Name
	i.Scopes = slices.Compact(slices.Sorted(slices.Values(i.Scopes)))
	if i.Role != RoleMember {
		i.Memberships, i.Scopes = nil, nil
	}
	return i
}

// Validate reports everything that is wrong with i by itself.
func (i Invitation) Validate() error {
	p := Problems{}
	checkPerson(p, i.Email, i.Name, i.Role)
	p.Check(len(i.Memberships) <= MembershipLimit, "memberships", "Choose at most 50 repositories. More can be added afterwards.")
	seen := map[GUID]bool{}
	for _, m := range i.Memberships {
		p.Check(m.Role.Valid(), "memberships", "Choose manager or viewer.")
		p.Check(!seen[m.Repository], "memberships", "Choose each repository once.")
		seen[m.Repository] = true
	}
	return p.Err()
}

// AccessChange is what one person gains and loses.
type AccessChange struct {
	User GUID
	// Version is the one of the person on which the change is based.
	Version int
	Gain    []string
	Lose    []string
}

// Apply returns the scopes that somebody who had before has after c, sorted.
func (c AccessChange) Apply(before []string) []string {
	after := slices.DeleteFunc(slices.Clone(before), func(scope string) bool { return slices.Contains(c.Lose, scope) })
	after = append(after, c.Gain...)
	slices.Sort(after)
	return slices.Compact(after)
}

// ValidateGain notes the scopes that cannot be assigned: those that do not
// exist, and those that were retired.
func (c Catalogue) ValidateGain(scopes []string) error {
	p := Problems{}
	for _, name := range scopes {
		scope, known := c.Find(name)
		p.Check(known, "scopes", "There is no scope “"+shorten(name)+"”.")
		p.Check(!scope.Retired, "scopes", name+" is retired: it can be taken away, but not given.")
	}
	return p.Err()
}

// Handover is what becomes of the tokens of somebody who leaves.
type Handover string

// The ways to deal with the tokens of somebody who leaves.
const (
	// HandoverTransfer gives the tokens that they own to another person.
	HandoverTransfer Handover = "transfer"
	// HandoverRevoke ends the tokens that they own or made.
	HandoverRevoke Handover = "revoke"
	// HandoverKeep changes no token.
	HandoverKeep Handover = "keep"
)

// Handovers are all of them, in the order in which they are offered.
var Handovers = []Handover{HandoverTransfer, HandoverRevoke, HandoverKeep}

// HandoverLimit is how many tokens of somebody who leaves are dealt with in one
// transaction.
const HandoverLimit = 1000

// Departure says how somebody leaves.
type Departure struct {
	Handover Handover
	// To is who gets the tokens.
	To GUID
}

// Validate reports everything that is wrong with d by itself, for somebody who
// has live tokens or none.
func (d Departure) Validate(tokens int) error {
	p := Problems{}
	p.Check(tokens == 0 || slices.Contains(Handovers, d.Handover), "handover", "Choose what becomes of the tokens.")
	p.Check(tokens == 0 || d.Handover != HandoverTransfer || d.To != "", "to", "Choose who gets the tokens.")
	return p.Err()
}

// MayTakeOver reports whether t may be given to u when its owner leaves: an
// owner answers for a token, which takes signing in and being able to change it.
func (u User) MayTakeOver(t Token) bool {
	return u.Enabled() && !u.Invited() && Principal{}.As(u).NeedToken(TokenWrite, t) == nil
}

// Leaving is what has to be thought of before somebody leaves.
type Leaving struct {
	User User
	// Owned are the live tokens that they own, and Made those that they made
	// and somebody else owns.
	Owned, Made int
	// Tokens are the first of them.
	Tokens []Token
}

// Departed is what became of somebody who left and of their tokens.
type Departed struct {
	User User
	// Tokens are those that changed.
	Tokens []Token
	// Left is how many more are to be dealt with in the same way: there were
	// too many for one go.
	Left int
}
