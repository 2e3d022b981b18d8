package console_test

import (
	"slices"
	"testing"
	"time"

	"latchkey/internal/console"
)

// ninety is a policy that asks for everything.
var ninety = console.Policy{Type: console.TypeRepository, Allowed: true, MaximumDays: 90, IPFilterRequired: true, PermissionsFixed: true}

func TestPolicyRules(t *testing.T) {
	limit, never := now.Add(90*day), time.Time{}
	token := func(to time.Time, scopes ...string) *console.Token {
		return &console.Token{Type: console.TypeRepository, ValidTo: to, Scopes: scopes}
	}
	only := func(change func(*console.Policy)) console.Policy {
		p := console.Policies{}.Of(console.TypeRepository)
		change(&p)
		return p
	}
	forbidden := only(func(p *console.Policy) { p.Allowed = false })
	short := only(func(p *console.Policy) { p.MaximumDays = 90 })
	filtered := only(func(p *console.Policy) { p.IPFilterRequired = true })
	fixed := only(func(p *console.Policy) { p.PermissionsFixed = true })
	long := token(limit.Add(day), "a")
	for _, test := range []struct {
		name          string
		policy        console.Policy
		before, after *console.Token
		had, has      bool
		want          []string
	}{
		{"no policy, for ever", console.Policies{}.Of(console.TypeSystem), nil, token(never, "a"), false, false, nil},
		{"a type that is not allowed", forbidden, nil, token(limit, "a"), false, true, []string{"type"}},
		{"renamed, not allowed any more", forbidden, token(limit, "a"), token(limit, "a"), false, false, nil},
		{"shortened, not allowed any more", forbidden, token(limit, "a"), token(now.Add(day), "a"), false, false, nil},
		{"narrowed, not allowed any more", forbidden, token(limit, "a", "b"), token(limit, "a"), false, false, nil},
		{"widened, not allowed any more", forbidden, token(limit, "a"), token(limit, "a", "b"), false, false, []string{"type"}},
		{"extended, not allowed any more", forbidden, token(limit, "a"), token(limit.Add(day), "a"), false, false, []string{"type"}},
		{"without an end, not allowed any more", forbidden, token(limit, "a"), token(never, "a"), false, false, []string{"type"}},
		{"just before the maximum", short, nil, token(limit.Add(-time.Millisecond), "a"), false, false, nil},
		{"at the maximum", short, nil, token(limit, "a"), false, false, nil},
		{"just after the maximum", short, nil, token(limit.Add(time.Millisecond), "a"), false, false, []string{"valid_to"}},
		{"for ever", short, nil, token(never, "a"), false, false, []string{"valid_to"}},
		{"an unchanged end beyond", short, long, token(long.ValidTo, "a", "b"), false, false, nil},
		{"no end, unchanged", short, token(never, "a"), token(never, "b"), false, false, nil},
		{"shortened, still beyond", short, long, token(limit.Add(time.Hour), "a"), false, false, []string{"valid_to"}},
		{"shortened to the maximum", short, long, token(limit, "a"), false, false, nil},
		{"extended to the maximum", short, token(now.Add(day), "a"), token(limit, "a"), false, false, nil},
		{"extended beyond", short, token(now.Add(day), "a"), token(limit.Add(time.Minute), "a"), false, false, []string{"valid_to"}},
		{"the end taken away", short, token(now.Add(day), "a"), token(never, "a"), false, false, []string{"valid_to"}},
		{"without a filter", filtered, nil, token(never, "a"), false, false, []string{"ip_filter"}},
		{"with a filter", filtered, nil, token(never, "a"), false, true, nil},
		{"the filter taken away", filtered, token(never, "a"), token(never, "a"), true, false, []string{"ip_filter"}},
		{"never had a filter", filtered, token(never, "a"), token(never, "a"), false, false, nil},
		{"never had a filter, widened", filtered, token(never, "a"), token(never, "a", "b"), false, false, []string{"ip_filter"}},
		{"given a filter", filtered, token(never, "a"), token(never, "a", "b"), false, true, nil},
		{"a filter for another", filtered, token(never, "a"), token(never, "a"), true, true, nil},
		{"first scopes", fixed, nil, token(never, "a"), false, false, nil},
		{"the same scopes", fixed, token(limit, "a", "b"), token(never, "a", "b"), false, false, nil},
		{"fewer scopes", fixed, token(limit, "a", "b"), token(limit, "a"), false, false, []string{"scopes"}},
		{"more scopes", fixed, token(limit, "a"), token(limit, "a", "b"), false, false, []string{"scopes"}},
		{"everything at once", ninety, token(limit, "a"), token(never, "b"), true, false, []string{"ip_filter", "scopes", "valid_to"}},
	} {
		err := test.policy.Check(console.PolicyCase{Before: test.before, After: *test.after, Had: test.had, Has: test.has, Now: now})
		if got := fieldsOf(t, err); !slices.Equal(got, test.want) {
			t.Errorf("%s: %q, want %q: %v", test.name, got, test.want, err)
		}
	}
}

func TestPolicyIsSound(t *testing.T) {
	for days, want := range map[int][]string{0: nil, 1: nil, 3650: nil, -1: {"maximum"}, 3651: {"maximum"}} {
		if got := fieldsOf(t, console.Policy{Type: console.TypeSystem, MaximumDays: days}.Validate()); !slices.Equal(got, want) {
			t.Errorf("%d days: %q, want %q", days, got, want)
		}
	}
	if got := fieldsOf(t, console.Policy{Type: "odd"}.Validate()); !slices.Equal(got, []string{"type"}) {
		t.Errorf("an odd type: %q", got)
	}
	all := console.Policies{console.TypeSystem: ninety}.All()
	if len(all) != len(console.Types) || all[3] != ninety || !all[0].Allowed || all[0].Type != console.TypeRepository {
		t.Errorf("all are %+v", all)
	}
}

func TestPolicyGetsStricter(t *testing.T) {
	free := console.Policies{}.Of(console.TypeRepository)
	days := func(n int) console.Policy { p := free; p.MaximumDays = n; return p }
	for _, test := range []struct {
		name          string
		before, after console.Policy
		want          []console.PolicyRule
	}{
		{"as it was", ninety, ninety, nil},
		{"everything", free, console.Policy{MaximumDays: 1, IPFilterRequired: true, PermissionsFixed: true}, []console.PolicyRule{console.RuleAllowed, console.RuleMaximum, console.RuleIPFilter}},
		{"nothing any more", ninety, free, nil},
		{"a maximum", free, days(90), []console.PolicyRule{console.RuleMaximum}},
		{"a shorter maximum", days(90), days(30), []console.PolicyRule{console.RuleMaximum}},
		{"a longer maximum", days(30), days(90), nil},
		{"no maximum any more", days(30), free, nil},
	} {
		if got := test.after.Stricter(test.before); !slices.Equal(got, test.want) {
			t.Errorf("%s: %q, want %q", test.name, got, test.want)
		}
	}
}

// TestAPolicyMayNameItsIPFilter: any other one is none.
func TestAPolicyMayNameItsIPFilter(t *testing.T) {
	office, home := console.IPFilterRef{GUID: console.NewGUID(), Name: "office"}, console.IPFilterRef{GUID: console.NewGUID(), Name: "home"}
	policy := console.Policy{Type: console.TypeRepository, Allowed: true, IPFilterRequired: true, IPFilter: office}
	with := func(filter console.IPFilterRef, scopes ...string) console.Token {
		return console.Token{Type: console.TypeRepository, Scopes: scopes, IPFilter: filter}
	}
	none := console.IPFilterRef{}
	before := func(t console.Token) *console.Token { return &t }
	now := time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		name   string
		before *console.Token
		after  console.Token
		fits   bool
	}{
		{"a new token with it", nil, with(office, "a"), true},
		{"a new token with another", nil, with(home, "a"), false},
		{"a new token without", nil, with(none, "a"), false},
		{"taken away", before(with(office, "a")), with(none, "a"), false},
		{"made another", before(with(office, "a")), with(home, "a"), false},
		{"from one to another", before(with(home, "a")), with(none, "a"), false},
		{"brought in", before(with(home, "a")), with(office, "a", "b"), true},
		{"another, left alone", before(with(home, "a", "b")), with(home, "a"), true},
		{"another, widened", before(with(home, "a")), with(home, "a", "b"), false},
	} {
		if err := policy.Check(console.NewPolicyCase(c.before, c.after, now)); (err == nil) != c.fits {
			t.Errorf("%s: %v", c.name, err)
		}
	}
	if rules := policy.Stricter(console.Policy{Allowed: true, IPFilterRequired: true}); len(rules) != 1 || rules[0] != console.RuleIPFilter {
		t.Errorf("asking for a particular filter is stricter by %v", rules)
	}
}
