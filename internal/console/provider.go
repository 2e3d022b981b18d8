package console

import (
	"crypto/sha256"
	"encoding/hex"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Provider is a place where people prove who they are by OpenID Connect.
type Provider struct {
	// ID names it in paths, Label for people.
	ID    string
	Label string
	// Issuer is its name in every token, compared as it is.
	Issuer   string
	ClientID string
	// Asks are the OAuth scopes that it is asked for.
	Asks []string
	// GroupsClaim is the claim with a person's groups.
	GroupsClaim string
	// Mapping is nil where groups mean nothing here.
	Mapping Mapping
	// Create makes an account at the first sign-in of somebody unknown.
	Create bool
	// LinkByEmail lets somebody unknown in to the account that has their
	// verified address.
	LinkByEmail bool
}

// Mapping says what the members of a provider's groups are here, by the name
// of the group. Where there is one, nobody else gets in.
type Mapping map[string]Entitlement

// Everybody is the group that all people of a provider are in.
const Everybody = "*"

// Entitlement is what a group gives. What no group of a mapping names stays as
// people set it here.
type Entitlement struct {
	Role Role
	// Repositories are memberships by the repository's name.
	Repositories map[string]MemberRole
	Scopes       []string
}

// For adds up what groups give: the mightiest role, every membership at its
// mightiest, all scopes. It reports false for somebody who is in none of the
// mapping's groups.
func (m Mapping) For(groups []string) (Entitlement, bool) {
	sum, known := Entitlement{Repositories: map[string]MemberRole{}}, false
	for name, given := range m {
		if name != Everybody && !slices.Contains(groups, name) {
			continue
		}
		known = true
		sum.Role = mightier(Roles, sum.Role, given.Role)
		for repo, role := range given.Repositories {
			sum.Repositories[repo] = mightier(MemberRoles, sum.Repositories[repo], role)
		}
		sum.Scopes = append(sum.Scopes, given.Scopes...)
	}
	slices.Sort(sum.Scopes)
	sum.Scopes = slices.Compact(sum.Scopes)
	return sum, known
}

// Named is everything that any group of m gives.
func (m Mapping) Named() Entitlement {
	all, _ := m.For(slices.Collect(maps.Keys(m)))
	return all
}

// Groups are the names of the mapping's groups, in order.
func (m Mapping) Groups() []string { return slices.Sorted(maps.Keys(m)) }

// mightier is the one of a and b that stands first in order; what stands
// nowhere is the least.
func mightier[T comparable](order []T, a, b T) T {
	i, j := slices.Index(order, a), slices.Index(order, b)
	if j >= 0 && (i < 0 || j < i) {
		return b
	}
	return a
}

// Assertion is what a provider says of somebody who proved who they are, after
// everything about it was checked.
type Assertion struct {
	Issuer  string
	Subject string
	// Email is empty unless the provider verified it.
	Email  string
	Name   string
	Groups []string
}

// Called is how a record names them.
func (a Assertion) Called() string {
	if a.Email != "" {
		return a.Email
	}
	return a.Name
}

// NewUser is the account that a gives, without a password. It reports false if
// the address can't be one here.
func (a Assertion) NewUser() (NewUser, bool) {
	n := NewUser{Email: a.Email, Name: a.Name, Role: RoleMember}.Clean()
	if runes := []rune(n.Name); len(runes) > PersonNameLimit {
		n.Name = Clean(string(runes[:PersonNameLimit]))
	}
	return n, validEmail(n.Email)
}

// SignInFlow is one way to a provider and back, of one browser.
type SignInFlow struct {
	Provider string
	// Redirect is the address of ours that the provider leads back to.
	Redirect string
	// Next is the page to go on to afterwards.
	Next string
	// State and Nonce tie the answer and the token to this flow, and so does
	// Verifier, which only the provider is told, at the end.
	State, Nonce, Verifier string
	// Fresh asks for proof from now on, not from a session at the provider.
	Fresh     bool
	StartedAt time.Time
}

// SignInReturn is what a browser brings back from a provider.
type SignInReturn struct {
	Provider string
	Redirect string
	// Flow is what the browser was given at the start.
	Flow string
	// State, Code, Problem and Issuer are from the address; Problem is the
	// provider's word for what went wrong.
	State, Code, Problem, Issuer string
}

// Identity is a person as a provider knows them: by its issuer and a subject.
type Identity struct {
	Issuer     string
	Subject    string
	User       GUID
	CreatedAt  time.Time
	LastUsedAt time.Time
}

// ID names the identity in paths. It tells nothing.
func (i Identity) ID() string {
	sum := sha256.Sum256([]byte(strconv.Itoa(len(i.Issuer)) + " " + i.Issuer + i.Subject))
	return hex.EncodeToString(sum[:16])
}

// ProviderReport is what there is to say of a provider's health.
type ProviderReport struct {
	Provider Provider
	// Problem says why it can't be used now; empty if it answers.
	Problem string
	// Missing are repositories and scopes that its mapping names and that do
	// not exist.
	Missing []string
}

// Mightier is the one of two roles in a repository that gives more.
func Mightier(a, b MemberRole) MemberRole { return mightier(MemberRoles, a, b) }

// MembershipWords are memberships by the repository's name in short, as a
// record tells them.
func MembershipWords(roles map[string]MemberRole) string {
	var parts []string
	for _, repo := range slices.Sorted(maps.Keys(roles)) {
		if role := roles[repo]; role != "" {
			parts = append(parts, repo+": "+string(role))
		}
	}
	return strings.Join(parts, ", ")
}
