package console

import (
	"cmp"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// IPFilter is a named list of rules about the addresses from which a token can
// be used. Tokens share it.
type IPFilter struct {
	GUID GUID
	Name string
	// Text is the rules as they were typed, one a line.
	Text      string
	CreatedAt time.Time
	UpdatedAt time.Time
	// Version grows by one with every change.
	Version int
}

// Ref is f as others mention it.
func (f IPFilter) Ref() IPFilterRef { return IPFilterRef{GUID: f.GUID, Name: f.Name} }

// IPFilterRef is an IP filter as others mention it.
type IPFilterRef struct {
	GUID GUID
	Name string
}

// IPFilterSummary is an IP filter with how many tokens use it.
type IPFilterSummary struct {
	IPFilter
	Tokens int
}

// Limits of an IP filter: characters of its name, lines and bytes of its text.
const (
	IPFilterNameLimit = 100
	IPFilterLineLimit = 1000
	IPFilterTextLimit = 16 << 10
)

// NewIPFilter is what an IP filter is made from.
type NewIPFilter struct {
	Name string
	Text string
}

// Clean returns n with its name in the form in which it is kept. The text
// stays as it was typed.
func (n NewIPFilter) Clean() NewIPFilter {
	n.Name = Clean(n.Name)
	return n
}

// Validate reports everything that is wrong with n by itself.
func (n NewIPFilter) Validate() error {
	p := Problems{}
	p.Check(n.Name != "", "name", "Give the filter a name.")
	p.Check(utf8.RuneCountInString(n.Name) <= IPFilterNameLimit, "name", "The name is longer than 100 characters.")
	p.Check(PlainLine(n.Name), "name", "The name has characters that can’t be shown.")
	p.Check(Fold(n.Name) != "" || n.Name == "", "name", "The name has no visible characters.")
	p.Check(len(n.Text) <= IPFilterTextLimit, "rules", "The rules are longer than 16 KiB.")
	p.Check(PlainText(strings.ReplaceAll(n.Text, "\r\n", "\n")), "rules", "The rules have characters that can’t be shown.")
	p.Check(strings.Count(strings.TrimRight(n.Text, "\r\n"), "\n") < IPFilterLineLimit, "rules", "There are more than 1,000 lines.")
	if p["rules"] == "" {
		problem := linesProblem(ReadIPLines(n.Text))
		p.Check(problem == "", "rules", problem)
	}
	return p.Err()
}

// linesProblem sums up the lines that are no rules, empty if all are.
func linesProblem(lines []IPLine) string {
	first, unsound := "", 0
	for _, line := range lines {
		if line.Problem == "" {
			continue
		}
		if unsound++; unsound == 1 {
			first = "Line " + strconv.Itoa(line.Number) + ": " + line.Problem
		}
	}
	if unsound > 1 {
		return Count(unsound, "line") + " need another look. " + first
	}
	return first
}

// Fields are the values of f that a record of its changes tells.
func (f IPFilter) Fields() []Change {
	return []Change{{Field: "name", New: f.Name}, {Field: "rules", New: f.Text}}
}

// IPVerdict is what a filter says of an address, and why.
type IPVerdict struct {
	// Address is the one that was judged; its zero value is an unknown one.
	Address netip.Addr
	Allowed bool
	// Line is the number of the line that decided, 0 if none did.
	Line int
	// Rule is that line, without its comment.
	Rule string
}

// Why says in a sentence what decided.
func (v IPVerdict) Why() string {
	switch {
	case !v.Address.IsValid():
		return "The address is not known, and a filter lets nobody pass whose address is not known."
	case v.Line > 0:
		return "Line " + strconv.Itoa(v.Line) + " decides: " + v.Rule
	case v.Allowed:
		return "No line refuses it, and no line allows only others."
	}
	return "No line allows it, and what no line allows is refused as soon as one line allows something."
}

// IPRules are the rules of a filter, ready to be asked.
type IPRules struct {
	// deny and allow are the widest first, and then in their order: a line that
	// is within another one decides nothing.
	deny, allow []ipRule
	// denyAll and allowAll are the first lines about all addresses; their
	// number is 0 if there is none.
	denyAll, allowAll ipRule
	// lists is whether any line allows something.
	lists bool
}

type ipRule struct {
	prefix netip.Prefix
	line   int
	text   string
}

// Rules are the rules of f. Lines that are no rules do not count.
func (f IPFilter) Rules() *IPRules { return NewIPRules(ReadIPLines(f.Text)) }

// NewIPRules makes the rules that lines say.
func NewIPRules(lines []IPLine) *IPRules {
	r := &IPRules{}
	for _, line := range lines {
		if !line.IsRule() {
			continue
		}
		rule := ipRule{prefix: line.Prefix, line: line.Number, text: line.Rule}
		r.lists = r.lists || line.Allow
		switch {
		case line.All && line.Allow && r.allowAll.line == 0:
			r.allowAll = rule
		case line.All && !line.Allow && r.denyAll.line == 0:
			r.denyAll = rule
		case line.All:
		case line.Allow:
			r.allow = append(r.allow, rule)
		default:
			r.deny = append(r.deny, rule)
		}
	}
	for _, rules := range [][]ipRule{r.deny, r.allow} {
		slices.SortStableFunc(rules, func(a, b ipRule) int { return cmp.Compare(a.prefix.Bits(), b.prefix.Bits()) })
	}
	return r
}

// Judge says whether addr passes. Deny wins over allow; with any line that
// allows, what no line allows is refused; the order of the lines does not
// matter. "deny all" is about what no line with an address or a range allows.
// An unknown address never passes; without rules every other one does.
func (r *IPRules) Judge(addr netip.Addr) IPVerdict {
	addr = PlainAddr(addr)
	v := IPVerdict{Address: addr}
	if !addr.IsValid() {
		return v
	}
	if rule := match(r.deny, addr); rule != nil {
		return v.by(rule, false)
	}
	if r.allowsAll() {
		return v.by(&r.allowAll, true)
	}
	if rule := match(r.allow, addr); rule != nil {
		return v.by(rule, true)
	}
	if r.denyAll.line > 0 {
		return v.by(&r.denyAll, false)
	}
	v.Allowed = !r.lists
	return v
}

// allowsAll reports whether a line allows all that is not denied.
func (r *IPRules) allowsAll() bool { return r.allowAll.line > 0 && r.denyAll.line == 0 }

func (v IPVerdict) by(rule *ipRule, allowed bool) IPVerdict {
	v.Allowed, v.Line, v.Rule = allowed, rule.line, rule.text
	return v
}

func match(rules []ipRule, addr netip.Addr) *ipRule {
	for i := range rules {
		if rules[i].prefix.Contains(addr) {
			return &rules[i]
		}
	}
	return nil
}

// widest is the first of the rules that is about all of prefix, nil if none is.
func widest(rules []ipRule, prefix netip.Prefix) *ipRule {
	for i := range rules {
		if contains(rules[i].prefix, prefix) {
			return &rules[i]
		}
	}
	return nil
}

// Empty reports whether there are no rules, so that every known address passes.
func (r *IPRules) Empty() bool {
	return !r.lists && len(r.deny) == 0 && r.denyAll.line == 0
}

// RefusesTheRest reports whether what no line with an address or a range is
// about is refused.
func (r *IPRules) RefusesTheRest() bool {
	return r.denyAll.line > 0 || r.lists && r.allowAll.line == 0
}

// everywhere is all addresses there are.
var everywhere = []netip.Prefix{netip.PrefixFrom(netip.IPv4Unspecified(), 0), netip.PrefixFrom(netip.IPv6Unspecified(), 0)}

// NothingPasses reports whether the rules refuse every address.
func (r *IPRules) NothingPasses() bool {
	denied := prefixes(r.deny)
	open := everywhere
	if r.RefusesTheRest() {
		open = prefixes(r.allow)
	}
	for _, prefix := range open {
		if !covered(prefix, denied) {
			return false
		}
	}
	return true
}

func prefixes(rules []ipRule) []netip.Prefix {
	all := make([]netip.Prefix, len(rules))
	for i, rule := range rules {
		all[i] = rule.prefix
	}
	return all
}

// LocksOut reports whether f lets some address pass now and would let none with
// the text.
func (f IPFilter) LocksOut(text string) bool {
	return NewIPRules(ReadIPLines(text)).NothingPasses() && !f.Rules().NothingPasses()
}

// covered reports whether every address of prefix is in one of the others.
func covered(prefix netip.Prefix, others []netip.Prefix) bool {
	var near []netip.Prefix
	for _, other := range others {
		if contains(other, prefix) {
			return true
		}
		if contains(prefix, other) {
			near = append(near, other)
		}
	}
	if len(near) == 0 {
		return false
	}
	lower, upper := halves(prefix)
	return covered(lower, near) && covered(upper, near)
}

// contains reports whether all addresses of inner are in outer.
func contains(outer, inner netip.Prefix) bool {
	return outer.Bits() <= inner.Bits() && outer.Contains(inner.Addr())
}

// halves splits a range that has more than one address.
func halves(prefix netip.Prefix) (lower, upper netip.Prefix) {
	bits := prefix.Bits()
	bytes := prefix.Addr().AsSlice()
	bytes[bits/8] |= 1 << (7 - bits%8)
	addr, _ := netip.AddrFromSlice(bytes)
	return netip.PrefixFrom(prefix.Addr(), bits+1), netip.PrefixFrom(addr, bits+1)
}
