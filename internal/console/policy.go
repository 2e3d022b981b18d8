package console

import (
	"slices"
	"time"
)

// Policy is what the organization asks of the tokens of one type. It judges
// what somebody does from now on and never changes a token by itself.
type Policy struct {
	Type Type
	// Allowed is whether tokens of the type can be made.
	Allowed bool
	// MaximumDays is how many days after a change the end that it sets may lie;
	// zero for no limit.
	MaximumDays int
	// IPFilterRequired is whether such a token needs an IP filter, and IPFilter which
	// one; any if empty.
	IPFilterRequired bool
	IPFilter         IPFilterRef
	// PermissionsFixed is whether the scopes of such a token stay as they were
	// given.
	PermissionsFixed bool
	// Version grows with every change; it is 0 while nobody touched the policy.
	Version int
}

// MaximumDaysLimit is the longest maximum that can be set, in days.
const MaximumDaysLimit = 3650

// Policies are those that somebody set, by type.
type Policies map[Type]Policy

// Of is the policy for tokens of type t, which allows everything until somebody
// set one.
func (p Policies) Of(t Type) Policy {
	if policy, set := p[t]; set {
		return policy
	}
	return Policy{Type: t, Allowed: true}
}

// All are the policies for all types, in the order of Types.
func (p Policies) All() []Policy {
	all := make([]Policy, len(Types))
	for i, t := range Types {
		all[i] = p.Of(t)
	}
	return all
}

// Validate reports everything that is wrong with p.
func (p Policy) Validate() error {
	problems := Problems{}
	problems.Check(p.Type.Valid(), "type", "There is no such type of token.")
	problems.Check(p.IPFilter.GUID == "" || p.IPFilterRequired && p.IPFilter.GUID.Valid(), "ip_filter", "There is no such IP filter.")
	problems.Check(p.MaximumDays >= 0 && p.MaximumDays <= MaximumDaysLimit, "maximum", "Choose 1 to 3,650 days, or none for no limit.")
	return problems.Err()
}

// Fields are the values of p that a record of its changes tells.
func (p Policy) Fields() []Change {
	maximum := "none"
	if p.MaximumDays > 0 {
		maximum = Count(p.MaximumDays, "day")
	}
	return []Change{
		{Field: "allowed", New: yesNo(p.Allowed)},
		{Field: "maximum_lifetime", New: maximum},
		{Field: "ip_filter_required", New: p.filterWord()},
		{Field: "permissions_fixed", New: yesNo(p.PermissionsFixed)},
	}
}

// filterWord says whether an IP filter is required, and which.
func (p Policy) filterWord() string {
	if p.IPFilter.GUID != "" {
		return p.IPFilter.Name
	}
	return yesNo(p.IPFilterRequired)
}

func yesNo(yes bool) string {
	if yes {
		return "yes"
	}
	return "no"
}

// Latest is the latest end that a change at now may set; zero for no limit.
func (p Policy) Latest(now time.Time) time.Time {
	if p.MaximumDays == 0 {
		return time.Time{}
	}
	return now.Add(time.Duration(p.MaximumDays) * 24 * time.Hour)
}

// PolicyRule is one thing that a policy asks.
type PolicyRule string

// The rules.
const (
	RuleAllowed     PolicyRule = "allowed"
	RuleMaximum     PolicyRule = "maximum_lifetime"
	RuleIPFilter    PolicyRule = "ip_filter"
	RulePermissions PolicyRule = "permissions"
)

// A PolicyCase is a token that somebody makes or changes at some moment.
type PolicyCase struct {
	// Before is the token as it is; nil for a new one.
	Before *Token
	After  Token
	// Had and Has are whether it had an IP filter, and whether it will have one.
	Had, Has bool
	Now      time.Time
}

// NewPolicyCase is the case of making after, or of making before into it.
func NewPolicyCase(before *Token, after Token, now time.Time) PolicyCase {
	c := PolicyCase{Before: before, After: after, Has: hasIPFilter(after), Now: now}
	c.Had = before != nil && hasIPFilter(*before)
	return c
}

// hasIPFilter reports whether a token is bound to an IP filter.
func hasIPFilter(t Token) bool { return t.IPFilter.GUID != "" }

// rulings are what each rule forbids, under which field it is said, and how.
// Who makes a token last longer or do more brings it under all of its policy;
// any other change is judged by what it touches.
var rulings = []struct {
	rule     PolicyRule
	field    string
	breaks   func(Policy, PolicyCase) bool
	sentence func(Policy, PolicyCase) string
}{
	{
		RuleAllowed, "type",
		func(p Policy, c PolicyCase) bool { return !p.Allowed && c.widens() },
		func(_ Policy, c PolicyCase) string {
			if c.Before == nil {
				return "The organization’s policy allows no new tokens of this type."
			}
			return "The organization’s policy allows no tokens of this type any more, so this one can’t last longer or do more."
		},
	},
	{
		RuleMaximum, "valid_to",
		func(p Policy, c PolicyCase) bool {
			return p.MaximumDays > 0 && c.movesEnd() && endsAfter(c.After.ValidTo, p.Latest(c.Now))
		},
		func(p Policy, _ PolicyCase) string {
			return "The organization’s policy allows at most " + Count(p.MaximumDays, "day") + " from now."
		},
	},
	{
		RuleIPFilter, "ip_filter",
		Policy.wrongFilter,
		func(p Policy, _ PolicyCase) string {
			if p.IPFilter.GUID != "" {
				return "The organization’s policy asks for the IP filter " + p.IPFilter.Name + " on tokens of this type."
			}
			return "The organization’s policy asks for an IP filter on tokens of this type."
		},
	},
	{
		RulePermissions, "scopes",
		func(p Policy, c PolicyCase) bool {
			return p.PermissionsFixed && c.Before != nil &&
				(!slices.Equal(c.Before.Scopes, c.After.Scopes) || !c.Before.SameGrants(c.After))
		},
		func(Policy, PolicyCase) string {
			return "The organization’s policy keeps the scopes of such tokens as they were given. Make a new token instead."
		},
	},
}

// Check reports everything that p forbids in c, one sentence a field.
func (p Policy) Check(c PolicyCase) error {
	problems := Problems{}
	for _, r := range rulings {
		problems.Check(!r.breaks(p, c), r.field, r.sentence(p, c))
	}
	return problems.Err()
}

// wrongFilter reports whether c leaves a token without the IP filter that p asks
// for, and took it away or brings the token under all of p.
func (p Policy) wrongFilter(c PolicyCase) bool {
	if !p.IPFilterRequired {
		return false
	}
	if p.IPFilter.GUID == "" {
		return !c.Has && (c.Had || c.widens())
	}
	return c.After.IPFilter.GUID != p.IPFilter.GUID && (c.widens() || c.After.IPFilter.GUID != c.Before.IPFilter.GUID)
}

// widens reports whether a token begins to live, lives longer than it did or
// may do more.
func (c PolicyCase) widens() bool {
	return c.Before == nil || endsAfter(c.After.ValidTo, c.Before.ValidTo) || len(c.After.Added(*c.Before)) > 0 || len(c.After.GainedGrants(*c.Before)) > 0
}

func (c PolicyCase) movesEnd() bool {
	return c.Before == nil || !c.After.ValidTo.Equal(c.Before.ValidTo)
}

// endsAfter compares two ends, of which zero is never.
func endsAfter(a, b time.Time) bool {
	return !b.IsZero() && (a.IsZero() || a.After(b))
}

// Stricter are the rules by which p asks more of living tokens than before did.
func (p Policy) Stricter(before Policy) []PolicyRule {
	var rules []PolicyRule
	if before.Allowed && !p.Allowed {
		rules = append(rules, RuleAllowed)
	}
	if p.MaximumDays > 0 && (before.MaximumDays == 0 || p.MaximumDays < before.MaximumDays) {
		rules = append(rules, RuleMaximum)
	}
	if p.IPFilterRequired && (!before.IPFilterRequired || p.IPFilter.GUID != "" && p.IPFilter.GUID != before.IPFilter.GUID) {
		rules = append(rules, RuleIPFilter)
	}
	return rules
}

// MisfitLimit is how many tokens that don't fit a policy are named.
const MisfitLimit = 50

// A Misfit is how many living tokens don't fit a rule. They stay as they are.
type Misfit struct {
	Rule   PolicyRule
	Tokens int
}

// PolicyPreview is what a change of a policy finds among the tokens that are
// active, scheduled or disabled.
type PolicyPreview struct {
	// Misfits are by rule, where there are any.
	Misfits []Misfit
	// Tokens is how many there are by any rule, and Named are the first of
	// them by name, at most MisfitLimit.
	Tokens int
	Named  []Token
}
