package console

import (
	"slices"
	"time"
)

// A personal token asks as its person: it has no scopes and no repositories of
// its own, and at every moment those of its person.

// NewPersonalToken is what a personal token is made from.
type NewPersonalToken struct {
	// GUID is one that the server handed out.
	GUID     GUID
	ValidTo  time.Time
	IPFilter GUID
}

// Validate reports everything that is wrong with n at now, by itself.
func (n NewPersonalToken) Validate(now time.Time) error {
	p := Problems{}
	p.Check(n.GUID.Valid(), "guid", "Ask for a GUID again.")
	checkIPFilter(p, n.IPFilter)
	checkEnd(p, time.Time{}, n.ValidTo, now)
	return p.Err()
}

// AsNew is the token that n asks for, of that person.
func (n NewPersonalToken) AsNew(person PersonRef) NewToken {
	return NewToken{
		GUID: n.GUID, Type: TypePersonal, Name: "Personal token of " + person.Name,
		ValidTo: Instant(n.ValidTo), IPFilter: n.IPFilter, Owner: person.GUID,
	}
}

// PersonalTo reports whether t is the personal token of p.
func (t Token) PersonalTo(p Principal) bool {
	return t.Type == TypePersonal && p.Kind == PrincipalUser && t.Owner.GUID == p.GUID
}

// Managed is where the person of a personal token is a manager, while they are a
// viewer elsewhere, and the scopes that the token has there.
type Managed struct {
	Repositories []RepositoryRef
	Scopes       []string
}

// HeldBy is t, a personal token, with the rights that its person has in their
// repositories. Those of who is not a member are in all, which Everywhere says. A
// member has all of their scopes where they are a manager; where they are a viewer
// they may look and change nothing, so there only those count that read. Scopes are
// what holds in all of the repositories, and Managed says what else holds in some.
func (t Token) HeldBy(person User, memberOf []RepositoryRef, c Catalogue) Token {
	p := Principal{}.As(person)
	var held, reading []string
	for _, scope := range c.All() {
		if !p.Holds(scope.Name) || scope.Retired {
			continue
		}
		held = append(held, scope.Name)
		if scope.Reads() {
			reading = append(reading, scope.Name)
		}
	}
	slices.Sort(held)
	slices.Sort(reading)
	t.Scopes, t.Repositories, t.Everywhere, t.Managed = held, memberOf, !p.member(), nil
	if p.member() {
		manages := slices.DeleteFunc(slices.Clone(memberOf), func(r RepositoryRef) bool { return person.Memberships[r.GUID] != MemberManager })
		if len(manages) == 0 || len(manages) < len(memberOf) {
			t.Scopes, t.Managed = reading, &Managed{manages, held}
		}
	}
	if !person.Enabled() {
		t.DisabledAt, t.DisabledUntil = person.DisabledAt, time.Time{}
	}
	return t
}

// ScopesIn are those that t has in the repository of that name, or in all of its
// own if none is named.
func (t Token) ScopesIn(repository string) []string {
	if t.Managed != nil && repository != "" && named(t.Managed.Repositories, repository) {
		return t.Managed.Scopes
	}
	return t.Scopes
}

// NoWiderThan is t, which before asks for in place of itself: it ends no later
// and works from no other address, so that a stolen token can't shed its limits.
func (t Token) NoWiderThan(before Token) (Token, error) {
	p := Problems{}
	if t.ValidTo.IsZero() {
		t.ValidTo = before.ValidTo
	}
	if t.IPFilter.GUID == "" {
		t.IPFilter = before.IPFilter
	}
	p.Check(before.ValidTo.IsZero() || !t.ValidTo.After(before.ValidTo), "valid_to", "The token that asks ends before. Make a longer one on your account’s page.")
	p.Check(before.IPFilter.GUID == "" || t.IPFilter.GUID == before.IPFilter.GUID, "ip_filter", "The token that asks has another IP filter. Change it on your account’s page.")
	return t, p.Err()
}
