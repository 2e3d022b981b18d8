package console

import (
	"slices"
	"sync"
)

// Risk marks what a scope can break.
type Risk string

// The risks. High means that the scope deletes data, or lets its holder widen
// what it or others may do.
const (
	RiskNone Risk = ""
	RiskHigh Risk = "high"
)

// Scope is one thing that a token may do. GraphQL calls it a permission.
type Scope struct {
	// Name is the identifier that tokens hold, in LogScale's spelling for its own.
	Name string
	// Label says for people what it allows.
	Label string
	// Group is the heading under which it is offered.
	Group string
	Risk  Risk
	// Types are the token types that can have it.
	Types []Type
	// Retired scopes stay with the tokens that have them and are not given again.
	Retired bool
}

// AppliesTo reports whether a token of type t can have s.
func (s Scope) AppliesTo(t Type) bool { return slices.Contains(s.Types, t) }

// ScopeGroup is a heading and what is offered under it.
type ScopeGroup struct {
	Name   string
	Scopes []Scope
}

// ScopePreset is a named choice of scopes.
type ScopePreset struct {
	Name   string
	Type   Type
	Scopes []string
}

// ScopeIntrospect lets a token ask what other tokens are worth.
const ScopeIntrospect = "latchkey:introspect"

// catalogueIndex finds the catalogue's scopes by name.
var catalogueIndex = sync.OnceValue(func() map[string]Scope {
	index := make(map[string]Scope, len(catalogue))
	for _, scope := range catalogue {
		index[scope.Name] = scope
	}
	return index
})

// Catalogue returns all scopes in the order in which they are offered.
func Catalogue() []Scope { return slices.Clone(catalogue) }

// FindScope returns the scope of that name.
func FindScope(name string) (Scope, bool) {
	scope, ok := catalogueIndex()[name]
	return scope, ok
}

// ScopesOf returns what a token of type t can have and p may grant, by group.
func ScopesOf(t Type, p Principal) []ScopeGroup {
	var groups []ScopeGroup
	for _, scope := range catalogue {
		if !scope.AppliesTo(t) || !p.MayGrant(scope) {
			continue
		}
		if len(groups) == 0 || groups[len(groups)-1].Name != scope.Group {
			groups = append(groups, ScopeGroup{Name: scope.Group})
		}
		last := &groups[len(groups)-1]
		last.Scopes = append(last.Scopes, scope)
	}
	return groups
}

// PresetsOf returns the presets for a token of type t whose scopes p may all grant.
func PresetsOf(t Type, p Principal) []ScopePreset {
	var offered []ScopePreset
	for _, preset := range presets {
		grantable := !slices.ContainsFunc(preset.Scopes, func(name string) bool {
			scope, known := FindScope(name)
			return !known || !p.MayGrant(scope)
		})
		if preset.Type == t && grantable {
			offered = append(offered, preset)
		}
	}
	return offered
}
