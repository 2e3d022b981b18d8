package console

import "slices"

// Requirement is what somebody wants to do with a token.
type Requirement struct {
	// Repository is the name of the one in which; empty where that does not matter.
	Repository string
	// Scopes are all that it takes.
	Scopes []string
	// From is the client, which presents the token.
	From Presenter
}

// For narrows what a token is worth to what r asks of it. What opens nothing
// anyway keeps its reason.
func (i Introspection) For(r Requirement) Introspection {
	switch {
	case !i.Active:
	case i.Token.Type == TypeDashboardLink:
		// It opens its dashboard only, whatever is asked for.
		i.Active, i.Reason, i.Missing = false, ReasonScopeMissing, scopeOpen
	case r.Repository != "" && !i.Token.in(r.Repository):
		i.Active, i.Reason = false, ReasonRepositoryMissing
	default:
		i.Token.Scopes = i.Token.ScopesIn(r.Repository)
		for _, scope := range r.Scopes {
			if !slices.Contains(i.Token.Scopes, scope) {
				i.Active, i.Reason, i.Missing = false, ReasonScopeMissing, scope
				break
			}
		}
	}
	return i
}

// in reports whether t belongs to the repository of that name, in any case.
func (t Token) in(repository string) bool {
	return t.Everywhere || named(t.Repositories, repository)
}

func named(repositories []RepositoryRef, name string) bool {
	return slices.ContainsFunc(repositories, func(r RepositoryRef) bool { return r.Name == name || Fold(r.Name) == Fold(name) })
}

// Worthless reports whether a token with this reason opens nothing at all. The
// other reasons are about what it was presented for.
func (r Reason) Worthless() bool {
	return slices.Contains([]Reason{ReasonUnknown, ReasonRevoked, ReasonExpired, ReasonNotYetValid, ReasonDisabled}, r)
}
