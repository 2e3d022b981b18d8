package web

import (
	"net/http"
	"slices"

	"github.com/labstack/echo/v4"

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
	if f.needsIPFilter() {
		options[0].Label = "Choose an IP filter"
	}
	for _, filter := range f.ipFilters {
		options = append(options, views.Option{Value: string(filter.GUID), Label: filter.Name})
	}
	if f.token != nil && f.token.IPFilter.GUID != "" && !slices.Contains(f.ipFilters, f.token.IPFilter) {
		options = append(options, views.Option{Value: string(f.token.IPFilter.GUID), Label: f.token.IPFilter.Name})
	}
	return options
}

// needsIPFilter reports whether the policy leaves no choice but to choose one: a
// token without a filter can stay without, but none is made so or becomes so.
func (f *tokenForm) needsIPFilter() bool {
	return f.policies.Of(f.in.kind).IPFilterRequired && (f.token == nil || f.token.IPFilter.GUID != "")
}

// chooseIPFilter chooses the IP filter of that name, if there is one.
func (f *tokenForm) chooseIPFilter(name string) {
	for _, filter := range f.ipFilters {
		if name != "" && console.Fold(filter.Name) == console.Fold(name) {
			f.in.ipFilter = string(filter.GUID)
		}
	}
}

// offers reports whether the reader can make tokens of a type: by their role,
// and with a scope to give.
func (f *tokenForm) offers(t console.Type) bool {
	return f.who.MayMake(t) && slices.ContainsFunc(f.catalogue.Of(t), f.who.MayGrant)
}

// chooseType settles on a type: the one asked for, else the first that the
// reader can make and that policies allow here.
func (f *tokenForm) chooseType() {
	if f.at.repository != nil {
		f.in.kind = console.TypeRepository
	}
	if f.in.kind.Creatable() {
		return
	}
	f.in.kind = console.TypeRepository
	for _, t := range console.CreatableTypes {
		if f.policies.Of(t).Allowed && f.offers(t) {
			f.in.kind = t
			return
		}
	}
}

// types are those that the reader can make and policies allow, and the names of
// those that policies keep from them. What was chosen already is shown and, if
// it is not among the first, can't be chosen again.
func (f *tokenForm) types() (offered []views.Option, others []string) {
	for _, t := range console.CreatableTypes {
		option := views.Option{Value: string(t), Label: t.Label(), Disabled: !f.who.MayMake(t)}
		if t != f.in.kind && !f.offers(t) {
			continue
		}
		if !f.policies.Of(t).Allowed {
			others = append(others, t.Label())
			if option.Disabled = true; t != f.in.kind {
				continue
			}
		}
		offered = append(offered, option)
	}
	return offered, others
}

// showNotAllowed says that no token of the form's type can be made.
func (s *Server) showNotAllowed(c echo.Context, f *tokenForm) error {
	p := views.TokenNotAllowedProps{Type: f.in.kind, Repository: f.at.repository, MayChange: f.who.May(console.PolicyWrite)}
	page := p
	page.Page = true
	return s.show(c, http.StatusOK, views.TokenNotAllowedPage(page), views.TokenNotAllowed(p))
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
