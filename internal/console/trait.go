package console

import "slices"

// A Trait is what makes a token worth a look, apart from its status.
type Trait string

// The traits.
const (
	// TraitEndless is having no end.
	TraitEndless Trait = "endless"
	// TraitRisky is having a scope of high risk.
	TraitRisky Trait = "risky"
	// TraitOrphaned is having an owner who is disabled.
	TraitOrphaned Trait = "orphaned"
	// TraitOpen is being good from every address, for want of an IP filter.
	TraitOpen Trait = "open"
)

// Traits are all of them, in the order in which they are offered.
var Traits = []Trait{TraitEndless, TraitRisky, TraitOrphaned, TraitOpen}

// Valid reports whether t is a trait.
func (t Trait) Valid() bool { return slices.Contains(Traits, t) }

// Label is the trait for people.
func (t Trait) Label() string {
	switch t {
	case TraitEndless:
		return "Never expires"
	case TraitRisky:
		return "High-risk scope"
	case TraitOrphaned:
		return "Owner disabled"
	case TraitOpen:
		return "No IP filter"
	}
	return string(t)
}

// Risky are the names of the scopes of high risk, also of those that are retired.
func (c Catalogue) Risky() []string {
	var names []string
	for _, scope := range c.scopes {
		if scope.Risk == RiskHigh {
			names = append(names, scope.Name)
		}
	}
	return names
}
