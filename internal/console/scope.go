package console

import (
	"regexp"
	"slices"
	"strings"
	"sync"
	"unicode/utf8"
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
	// Own is whether the organization added it.
	Own bool
	// Retired scopes stay with the tokens that have them and are not given again.
	Retired bool
	// Version grows with every change; it is 0 while nobody touched the
	// catalogue's scope.
	Version int
}

// AppliesTo reports whether a token of type t can have s.
func (s Scope) AppliesTo(t Type) bool { return slices.Contains(s.Types, t) }

// Reads reports whether s lets its holder look, and change nothing. Of the
// organization's own scopes those do whose name ends so, such as billing:read.
func (s Scope) Reads() bool {
	if s.Own {
		return strings.HasSuffix(s.Name, ":read")
	}
	return slices.Contains([]string{"ReadAccess", "QueryDashboard", "ReadExternalFunctions", "ReadHealthCheck"}, s.Name)
}

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

// Catalogue is the scopes that exist: LogScale's permissions, Latchkey's own,
// and those that the organization added.
type Catalogue struct {
	scopes []Scope
	groups []ScopeGroup
	places map[string]int
}

// builtIn is made once: it is asked for with every request.
var builtIn = sync.OnceValue(func() Catalogue { return newCatalogue(catalogue) })

// BuiltIn is the catalogue that every installation begins with.
func BuiltIn() Catalogue { return builtIn() }

func newCatalogue(scopes []Scope) Catalogue {
	c := Catalogue{scopes: scopes, groups: Grouped(scopes), places: make(map[string]int, len(scopes))}
	for place, scope := range scopes {
		c.places[scope.Name] = place
	}
	return c
}

// With returns c with the organization's own scopes, after those of their
// group, and with its marks on the scopes of c.
func (c Catalogue) With(own []Scope) Catalogue {
	scopes := slices.Clone(c.scopes)
	for _, scope := range own { // before anything moves
		if place, known := c.places[scope.Name]; known {
			scopes[place].Retired, scopes[place].Version = scope.Retired, scope.Version
		}
	}
	for _, scope := range own {
		if _, known := c.places[scope.Name]; known || !scope.Own {
			continue
		}
		place := len(scopes)
		for i, other := range scopes {
			if other.Group == scope.Group {
				place = i + 1
			}
		}
		scopes = slices.Insert(scopes, place, scope)
	}
	return newCatalogue(scopes)
}

// All are the scopes in the order in which they are offered.
func (c Catalogue) All() []Scope { return slices.Clone(c.scopes) }

// Groups are All under their headings. Nobody changes them.
func (c Catalogue) Groups() []ScopeGroup { return c.groups }

// Find returns the scope of that name.
func (c Catalogue) Find(name string) (Scope, bool) {
	if place, ok := c.places[name]; ok {
		return c.scopes[place], true
	}
	return Scope{}, false
}

// Of returns the scopes that a token of type t can have.
func (c Catalogue) Of(t Type) []Scope {
	return slices.DeleteFunc(c.All(), func(s Scope) bool { return !s.AppliesTo(t) })
}

// Offered returns what a token of type t can have and p may grant, by group.
func (c Catalogue) Offered(t Type, p Principal) []ScopeGroup {
	return Grouped(slices.DeleteFunc(c.Of(t), func(s Scope) bool { return !p.MayGrant(s) }))
}

// Grouped puts scopes under their headings, each heading once: the catalogue
// of one type may have a heading of another's.
func Grouped(scopes []Scope) []ScopeGroup {
	var groups []ScopeGroup
	for _, scope := range scopes {
		i := slices.IndexFunc(groups, func(group ScopeGroup) bool { return group.Name == scope.Group })
		if i < 0 {
			groups, i = append(groups, ScopeGroup{Name: scope.Group}), len(groups)
		}
		groups[i].Scopes = append(groups[i].Scopes, scope)
	}
	return groups
}

// Presets returns the presets for a token of type t whose scopes p may all grant.
func (c Catalogue) Presets(t Type, p Principal) []ScopePreset {
	var offered []ScopePreset
	for _, preset := range presets {
		grantable := !slices.ContainsFunc(preset.Scopes, func(name string) bool {
			scope, known := c.Find(name)
			return !known || !p.MayGrant(scope)
		})
		if preset.Type == t && grantable {
			offered = append(offered, preset)
		}
	}
	return offered
}

// check notes what is wrong with giving the named scopes to a token of type t.
func (c Catalogue) check(p Problems, t Type, names []string) {
	p.Check(len(names) > 0, "scopes", "Choose at least one scope.")
	p.Check(len(names) <= ScopeLimit, "scopes", "Choose at most 100 scopes.")
	for _, name := range names {
		scope, known := c.Find(name)
		p.Check(known, "scopes", "There is no scope “"+shorten(name)+"”.")
		p.Check(!known || !t.Valid() || scope.AppliesTo(t), "scopes", "A token of type "+strings.ToLower(t.Label())+" can’t have "+name+".")
	}
}

// Limits of a scope's texts, in characters.
const (
	ScopeNameLimit  = 100
	ScopeLabelLimit = 200
)

// scopeName is the form of the organization's own scopes: words joined by
// colons, such as billing:read.
var scopeName = regexp.MustCompile(`^[a-z][a-z0-9_.-]*(:[a-z0-9_.-]+)+$`)

// NewScope is what a scope of the organization's own is made from.
type NewScope struct {
	Name  string
	Label string
	Group string
	Risk  Risk
	Types []Type
}

// Clean returns n with its texts in the form in which they are kept.
func (n NewScope) Clean() NewScope {
	n.Name, n.Label, n.Group = Clean(n.Name), Clean(n.Label), Clean(n.Group)
	if n.Group == "" {
		n.Group = "Own"
	}
	n.Types = slices.Compact(slices.Sorted(slices.Values(n.Types)))
	return n
}

// Validate reports everything that is wrong with n by itself.
func (n NewScope) Validate() error {
	p := Problems{}
	p.Check(n.Name != "", "name", "Give the scope a name.")
	p.Check(utf8.RuneCountInString(n.Name) <= ScopeNameLimit, "name", "The name is longer than 100 characters.")
	p.Check(n.Name == "" || scopeName.MatchString(n.Name), "name", "Use a form such as billing:read: lower-case words, joined by a colon.")
	p.Check(!strings.HasPrefix(n.Name, "latchkey:"), "name", "Names that begin with latchkey: are the console’s own.")
	p.Check(n.Label != "", "label", "Say what the scope allows.")
	p.Check(utf8.RuneCountInString(n.Label) <= ScopeLabelLimit, "label", "The description is longer than 200 characters.")
	p.Check(PlainLine(n.Label), "label", "The description has characters that can’t be shown.")
	p.Check(utf8.RuneCountInString(n.Group) <= ScopeNameLimit && PlainLine(n.Group), "group", "The group is longer than 100 characters or has characters that can’t be shown.")
	p.Check(n.Risk == RiskNone || n.Risk == RiskHigh, "risk", "Choose whether the scope is risky.")
	p.Check(len(n.Types) > 0, "types", "Choose which tokens can have it.")
	for _, t := range n.Types {
		p.Check(t.Creatable(), "types", "Choose among the types offered.")
	}
	return p.Err()
}

// Scope is the scope that n makes.
func (n NewScope) Scope() Scope {
	return Scope{Name: n.Name, Label: n.Label, Group: n.Group, Risk: n.Risk, Types: n.Types, Own: true, Version: 1}
}

// Fields are the values of s that a record of its changes tells.
func (s Scope) Fields() []Change {
	types := make([]string, len(s.Types))
	for i, t := range s.Types {
		types[i] = string(t)
	}
	fields := []Change{
		{Field: "label", New: s.Label},
		{Field: "group", New: s.Group},
		{Field: "risk", New: string(s.Risk)},
		{Field: "types", New: strings.Join(types, " ")},
	}
	if s.Retired {
		fields = append(fields, Change{Field: "retired", New: "yes"})
	} else {
		fields = append(fields, Change{Field: "retired", New: "no"})
	}
	return fields
}
