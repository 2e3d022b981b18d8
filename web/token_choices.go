package web

import (
	"slices"

	"latchkey/internal/console"
	"latchkey/views"
)

// owners are the people who may answer for the token. Who has left, or nobody,
// stays a choice for a token that has them as its owner.
func (f *tokenForm) owners() []views.Option {
	var options []views.Option
	if f.token != nil && f.token.Owner.GUID == "" {
		options = append(options, views.Option{Value: "", Label: "Nobody"})
	}
	for _, person := range f.people {
		option := views.Option{Value: string(person.GUID), Label: person.Name}
		if !person.DisabledAt.IsZero() {
			option.Label += " (has left)"
		}
		if person.DisabledAt.IsZero() || f.token != nil && f.token.Owner.GUID == person.GUID {
			options = append(options, option)
		}
	}
	return options
}

// ipFilterChoices are the IP filters to choose from, and none. What the token
// uses stays a choice, also when there are more than are offered.
func (f *tokenForm) ipFilterChoices() []views.Option {
	options := []views.Option{{Value: "", Label: "None: every address"}}
	for _, filter := range f.ipFilters {
		options = append(options, views.Option{Value: string(filter.GUID), Label: filter.Name})
	}
	if f.token != nil && f.token.IPFilter.GUID != "" && !slices.Contains(f.ipFilters, f.token.IPFilter) {
		options = append(options, views.Option{Value: string(f.token.IPFilter.GUID), Label: f.token.IPFilter.Name})
	}
	return options
}

// chooseIPFilter chooses the IP filter of that name, if there is one.
func (f *tokenForm) chooseIPFilter(name string) {
	for _, filter := range f.ipFilters {
		if name != "" && console.Fold(filter.Name) == console.Fold(name) {
			f.in.ipFilter = string(filter.GUID)
		}
	}
}

// scopes are those that the reader may grant to the type and those that the
// token has, as ticked.
func (f *tokenForm) scopes() []views.ScopeGroup {
	scopes := slices.DeleteFunc(f.catalogue.Of(f.in.kind), func(scope console.Scope) bool {
		return !f.who.MayGrant(scope) && !f.has(scope.Name)
	})
	var groups []views.ScopeGroup
	for _, group := range console.Grouped(scopes) {
		shown := views.ScopeGroup{Name: group.Name}
		for _, scope := range group.Scopes {
			option := views.ScopeOption{Name: scope.Name, Text: scope.Label, Checked: slices.Contains(f.in.scopes, scope.Name), Was: f.has(scope.Name)}
			if scope.Risk == console.RiskHigh {
				option.Badge = "High risk"
			}
			if scope.Retired {
				option.Badge = "Retired"
			}
			shown.Scopes = append(shown.Scopes, option)
		}
		groups = append(groups, shown)
	}
	return groups
}

// has reports whether the stored token has the scope.
func (f *tokenForm) has(scope string) bool {
	return f.token != nil && slices.Contains(f.token.Scopes, scope)
}
