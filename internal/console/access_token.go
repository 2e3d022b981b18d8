package console

import "slices"

// What the scopes of a token let it do in the console itself, as their names
// say. Like a member, a token gives only what it holds.

// scopeRights joins scopes and permissions that are not about tokens.
var scopeRights = map[string][]Permission{
	"ChangeIPFilters":        {IPFilterRead, IPFilterWrite},
	"ChangeSecurityPolicies": {PolicyRead, PolicyWrite},
	"ManageUsers":            {UserRead, UserInvite},
}

// tokenPermissions are the permissions that are about tokens.
var tokenPermissions = []Permission{TokenRead, TokenWrite}

// typeScopes are the scopes whose holder sees and changes all tokens of a type.
// That of repositories holds all that repository tokens can have: no token of
// the organization could hold these by itself.
var typeScopes = map[Type]string{
	TypeRepository:   "ChangeAllViewOrRepositoryPermissions",
	TypeOrganization: "ChangeOrganizationPermissions",
	TypeSystem:       "ChangeSystemPermissions",
}

// ownScope lets a repository token see and change the tokens of its repositories.
const ownScope = "ChangeViewOrRepositoryPermissions"

// scoped reports whether p is a token that has scope.
func (p Principal) scoped(scope string) bool {
	return p.Kind == PrincipalToken && scope != "" && slices.Contains(p.Scopes, scope)
}

// mayByScope reports whether p is a token of which a scope includes perm.
func (p Principal) mayByScope(perm Permission) bool {
	for scope, permissions := range scopeRights {
		if p.scoped(scope) && slices.Contains(permissions, perm) {
			return true
		}
	}
	return false
}

// mayAll reports whether p is a token that has perm for all tokens of a type.
func (p Principal) mayAll(perm Permission, t Type) bool {
	return p.scoped(typeScopes[t]) && slices.Contains(tokenPermissions, perm)
}

// mayThere reports whether p is a token that has perm in a repository: its own,
// which it may look at in any case, or any one.
func (p Principal) mayThere(perm Permission, repo GUID) bool {
	if repo == "" || perm != RepositoryRead && !slices.Contains(tokenPermissions, perm) {
		return false
	}
	own := p.Kind == PrincipalToken && slices.ContainsFunc(p.Repositories, func(r RepositoryRef) bool { return r.GUID == repo })
	return p.scoped(typeScopes[TypeRepository]) || own && (perm == RepositoryRead || p.scoped(ownScope))
}

// mayAnywhere reports whether p is a token that has perm in some repository, or
// for the tokens of some type.
func (p Principal) mayAnywhere(perm Permission) bool {
	return slices.ContainsFunc(Types, func(t Type) bool { return p.mayAll(perm, t) }) ||
		perm == RepositoryRead && p.scoped(typeScopes[TypeRepository]) ||
		slices.ContainsFunc(p.Repositories, func(r RepositoryRef) bool { return p.mayThere(perm, r.GUID) })
}

// bound reports whether p acts through its repositories and scopes only.
func (p Principal) bound() bool { return p.member() || p.Kind == PrincipalToken }

// HoldsFor is Holds for a token of type t.
func (p Principal) HoldsFor(t Type, scope string) bool {
	return p.Holds(scope) || t == TypeRepository && p.mayAll(TokenWrite, t)
}

// MayGive is MayGrant to a token of type t.
func (p Principal) MayGive(t Type, scope Scope) bool {
	return p.HoldsFor(t, scope.Name) && !scope.Retired
}

// MayInvite reports whether p, who may invite people, may give them a role: only
// owners make others more than members.
func (p Principal) MayInvite(role Role) bool { return p.May(UserWrite) || role == RoleMember }

// tokenSees is what a token may see of tokens and repositories.
func (p Principal) tokenSees() Visibility {
	v := Visibility{Limited: true, EveryRepository: p.scoped(typeScopes[TypeRepository])}
	for _, t := range Types {
		if p.mayAll(TokenRead, t) {
			v.Types = append(v.Types, t)
		}
	}
	for _, r := range p.Repositories {
		v.Repositories = append(v.Repositories, r.GUID)
	}
	if p.scoped(ownScope) {
		v.Scopes = slices.Sorted(slices.Values(p.Scopes))
	}
	return v
}
