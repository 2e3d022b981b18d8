package console

import (
	"maps"
	"slices"
)

// Here it is decided who may do what. The verbs ask inside of the transaction
// that changes, with the actor as they are at that moment.

// MemberRole is what a member is in one repository.
type MemberRole string

// The roles of members.
const (
	// MemberManager sees and changes the repository's tokens.
	MemberManager MemberRole = "manager"
	// MemberViewer sees them.
	MemberViewer MemberRole = "viewer"
)

// MemberRoles are all of them, the mightier first.
var MemberRoles = []MemberRole{MemberManager, MemberViewer}

// Valid reports whether r is a member's role.
func (r MemberRole) Valid() bool { return slices.Contains(MemberRoles, r) }

// Label is the role's name for people.
func (r MemberRole) Label() string { return Status(r).Label() }

// memberPermissions joins the roles of members and permissions.
var memberPermissions = map[MemberRole][]Permission{
	MemberManager: {RepositoryRead, TokenRead, TokenWrite, MemberRead, AssetWrite},
	MemberViewer:  {RepositoryRead, TokenRead},
}

// reads says which permission lets one see what another one changes.
var reads = map[Permission]Permission{
	RepositoryWrite: RepositoryRead,
	TokenWrite:      TokenRead,
	ScopeWrite:      ScopeRead,
	UserWrite:       UserRead,
	UserInvite:      UserRead,
	AccessWrite:     MemberRead,
	AssetWrite:      RepositoryRead,
	IPFilterWrite:   IPFilterRead,
	SettingsWrite:   SettingsRead,
	PolicyWrite:     PolicyRead,
}

// May reports whether p has perm in all repositories.
func (p Principal) May(perm Permission) bool {
	return p.Known() && p.Role.May(perm) || p.mayByScope(perm)
}

// MayIn reports whether p has perm in a repository.
func (p Principal) MayIn(perm Permission, repo GUID) bool {
	return p.May(perm) || p.mayThere(perm, repo) || p.member() && slices.Contains(memberPermissions[p.Memberships[repo]], perm)
}

// MaySomewhere reports whether p has perm in any repository.
func (p Principal) MaySomewhere(perm Permission) bool {
	return p.May(perm) || p.mayAnywhere(perm) ||
		slices.ContainsFunc(slices.Collect(maps.Keys(p.Memberships)), func(repo GUID) bool { return p.MayIn(perm, repo) })
}

// member reports whether p acts through their memberships and scopes only.
func (p Principal) member() bool { return p.Kind == PrincipalUser && p.Role == RoleMember }

// Need returns nil if p may do perm everywhere. To someone who may not even see
// what perm changes it answers not_found, so that guessing names teaches nothing.
func (p Principal) Need(perm Permission) error { return p.NeedIn(perm, "") }

// NeedIn is Need in a repository.
func (p Principal) NeedIn(perm Permission, repo GUID) error {
	var target Target
	if repo != "" {
		target = Target{Kind: TargetRepository, GUID: repo}
	}
	return Deny(p.need(p.MayIn(perm, repo), p.MayIn(reads[perm], repo)), perm, target)
}

// NeedSomewhere is Need in any repository.
func (p Principal) NeedSomewhere(perm Permission) error {
	return Deny(p.need(p.MaySomewhere(perm), p.MaySomewhere(reads[perm])), perm, Target{})
}

func (p Principal) need(may, mayLook bool) error {
	switch {
	case !p.Known():
		return Unauthenticated()
	case may:
		return nil
	case mayLook:
		return Forbidden("Your role lets you look, but not change this.")
	}
	return NotFound()
}

// Holds reports whether p holds a scope: owners and administrators hold every
// one, apart from those that would let a token do here what they may not do
// themselves; members those that were assigned to them, tokens their own, and
// auditors none.
func (p Principal) Holds(scope string) bool {
	if p.May(TokenWrite) {
		return !slices.ContainsFunc(scopeRights[scope], func(perm Permission) bool { return !p.May(perm) })
	}
	return p.bound() && slices.Contains(p.Scopes, scope)
}

// MayGrant reports whether p may give scope to a token: nobody grants what
// they do not hold.
func (p Principal) MayGrant(scope Scope) bool { return p.Holds(scope.Name) && !scope.Retired }

// MayMake reports whether p may make tokens of a type: those of repositories in
// any of theirs, the others with the right to all.
func (p Principal) MayMake(t Type) bool {
	if p.Kind == PrincipalToken {
		return p.mayAll(TokenWrite, t) || t == TypeRepository && p.scoped(ownScope)
	}
	return p.May(TokenWrite) || t == TypeRepository && p.MaySomewhere(TokenWrite)
}

// MayFilterBy reports whether p may ask for the tokens that have a scope: a
// member by those assigned to them.
func (p Principal) MayFilterBy(scope string) bool { return p.May(TokenRead) || p.Holds(scope) }

// MaySee reports whether t is visible to p: to a member, when at least one of
// its scopes is assigned to them and it belongs to a repository of theirs, or
// when it is their personal token.
func (p Principal) MaySee(t Token) bool {
	return p.May(TokenRead) || p.mayAll(TokenRead, t.Type) || t.PersonalTo(p) || p.bound() &&
		slices.ContainsFunc(t.Scopes, p.Holds) &&
		slices.ContainsFunc(t.Repositories, func(r RepositoryRef) bool { return p.MayIn(TokenRead, r.GUID) })
}

// NeedToken returns nil if p may do perm, TokenRead or TokenWrite, to t. A
// member changes a token only with all of its scopes, as manager of all of its
// repositories. One that they may not see is not_found.
func (p Principal) NeedToken(perm Permission, t Token) error {
	if t.PersonalTo(p) {
		return nil
	}
	if !p.bound() || !p.MaySee(t) {
		return Deny(p.need(p.May(perm), p.May(reads[perm])), perm, t.AsTarget())
	}
	for _, r := range t.Repositories {
		if !p.MayIn(perm, r.GUID) {
			return Deny(Forbidden("You may look at the tokens of "+r.Name+", but not change them."), perm, t.AsTarget())
		}
	}
	for _, scope := range t.Scopes {
		if perm != TokenRead && !p.HoldsFor(t.Type, scope) {
			return Deny(Forbidden("This token has "+scope+", which you don’t hold. An administrator can change it."), perm, t.AsTarget())
		}
	}
	return nil
}

// NeedSecret returns nil if p may have a secret of t: whoever has one can do
// what t can, so it takes holding all of its scopes.
func (p Principal) NeedSecret(t Token) error {
	if err := p.NeedToken(TokenWrite, t); err != nil {
		return err
	}
	if t.Type == TypePersonal && !t.PersonalTo(p) {
		return Forbidden("Only " + t.Owner.Name + " can have the secret of this token, which asks in their name.")
	}
	for _, scope := range t.Scopes {
		if !p.HoldsFor(t.Type, scope) {
			who := "An administrator"
			if p.May(TokenWrite) {
				who = "An owner"
			}
			return Forbidden("This token has " + scope + ", which you don’t hold. " + who + " can rotate its secret.")
		}
	}
	return nil
}

// MayGrantAsset reports whether p may give a token that right on an asset: a
// member who holds it on all assets of the type.
func (p Principal) MayGrantAsset(permission AssetPermission, a Asset) bool {
	return p.MayIn(TokenWrite, a.Repository.GUID) && slices.ContainsFunc(permission.scopes(a.Type), func(scope string) bool { return p.HoldsFor(TypeRepository, scope) })
}

// NeedAsking returns nil if p is a token that may ask what others are worth.
func (p Principal) NeedAsking() error {
	switch {
	case p.Kind != PrincipalToken:
		return Unauthenticated()
	case !slices.Contains(p.Scopes, ScopeIntrospect):
		return Forbidden("This takes a token with the scope " + ScopeIntrospect + ".")
	}
	return nil
}

// AsksAbout returns t as far as p, a token that may ask, learns about it, and
// whether it learns anything: a repository's token asks about its own
// repositories only, and is told of no other.
func (p Principal) AsksAbout(t Token) (Token, bool) {
	switch p.Type {
	case TypeOrganization, TypeSystem:
		return t, true
	case TypeRepository:
		if t.Everywhere {
			t.Repositories = p.Repositories
			return t, true
		}
		foreign := func(r RepositoryRef) bool {
			return !slices.ContainsFunc(p.Repositories, func(own RepositoryRef) bool { return own.GUID == r.GUID })
		}
		if slices.ContainsFunc(t.Repositories, foreign) {
			t.Repositories = slices.DeleteFunc(slices.Clone(t.Repositories), foreign)
		}
		if t.Managed != nil && !slices.ContainsFunc(t.Repositories, func(r RepositoryRef) bool { return !slices.Contains(t.Managed.Repositories, r) }) {
			t.Scopes = t.Managed.Scopes
		}
		return t, len(t.Repositories) > 0
	}
	return Token{}, false
}

// Visibility narrows what is listed to what somebody may see. Its zero value
// narrows nothing.
type Visibility struct {
	// Limited is whether only the tokens are visible that have one of Scopes
	// and belong to one of Repositories, and only these repositories.
	Limited      bool
	Repositories []GUID
	Scopes       []string
	// Types are those of which all tokens are visible beside these, and
	// EveryRepository is whether all repositories are.
	Types           []Type
	EveryRepository bool
}

// Sees is what p may see of tokens and repositories; nothing at all to nobody.
func (p Principal) Sees() Visibility {
	if p.May(TokenRead) {
		return Visibility{}
	}
	if p.Kind == PrincipalToken {
		return p.tokenSees()
	}
	v := Visibility{Limited: true}
	if p.member() {
		v.Scopes = slices.Sorted(slices.Values(p.Scopes))
		for _, repo := range slices.Sorted(maps.Keys(p.Memberships)) {
			if p.MayIn(TokenRead, repo) {
				v.Repositories = append(v.Repositories, repo)
			}
		}
	}
	return v
}

// Same reports whether v narrows as other does.
func (v Visibility) Same(other Visibility) bool {
	return v.Limited == other.Limited && slices.Equal(v.Repositories, other.Repositories) && slices.Equal(v.Scopes, other.Scopes)
}

// NoTokens reports whether no token is within v.
func (v Visibility) NoTokens() bool {
	return v.Limited && len(v.Types) == 0 && v.noneByScope()
}

func (v Visibility) noneByScope() bool { return len(v.Repositories) == 0 || len(v.Scopes) == 0 }

// ByScope reports whether some tokens are visible by their scopes and
// repositories.
func (v Visibility) ByScope() bool {
	return !v.noneByScope()
}
