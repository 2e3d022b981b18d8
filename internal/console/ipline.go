package console

import (
	"net/netip"
	"slices"
	"strconv"
	"strings"
)

// IPLine is a line of an IP filter as it is understood.
type IPLine struct {
	// Number counts from 1.
	Number int
	// Rule is the line without its comment; empty if it is none.
	Rule string
	// Comment is what stands behind the #.
	Comment string
	// Allow tells lines that allow from those that deny.
	Allow bool
	// All is whether the line is about all addresses; else it is about Prefix,
	// without host bits.
	All    bool
	Prefix netip.Prefix
	// Problem says what is wrong with the line, empty if it is sound.
	Problem string
	// Shadow says which other line leaves this one nothing to decide, empty if
	// none does.
	Shadow string
}

// IsRule reports whether the line is a sound rule.
func (l IPLine) IsRule() bool { return l.Rule != "" && l.Problem == "" }

// What is what the rule is about: an address, a range or all.
func (l IPLine) What() string {
	switch {
	case l.All:
		return "all"
	case l.Prefix.IsSingleIP():
		return l.Prefix.Addr().String()
	}
	return l.Prefix.String()
}

// ReadIPLines reads the text of an IP filter, line by line.
func ReadIPLines(text string) []IPLine {
	text = strings.TrimRight(text, "\r\n")
	if text == "" {
		return nil
	}
	parts := strings.SplitN(text, "\n", IPFilterLineLimit+1)
	parts = parts[:min(len(parts), IPFilterLineLimit)]
	lines := make([]IPLine, len(parts))
	for i, part := range parts {
		lines[i] = readIPLine(part)
		lines[i].Number = i + 1
	}
	return lines
}

// OnlyComments reports whether lines say something but no rule, not even one
// with a mistake.
func OnlyComments(lines []IPLine) bool {
	any := false
	for _, line := range lines {
		if line.Rule != "" {
			return false
		}
		any = any || line.Comment != ""
	}
	return any
}

func readIPLine(text string) IPLine {
	rule, comment, _ := strings.Cut(text, "#")
	line := IPLine{Comment: strings.TrimSpace(comment), Rule: strings.Join(strings.Fields(rule), " ")}
	if line.Rule == "" {
		return line
	}
	verb, what, two := strings.Cut(line.Rule, " ")
	line.Allow = strings.EqualFold(verb, "allow")
	switch {
	case !line.Allow && !strings.EqualFold(verb, "deny"):
		if _, ok := parseIPPrefix(line.Rule); ok {
			line.Problem = "Say before “" + shorten(line.Rule) + "” whether to allow or deny it."
		} else {
			line.Problem = "“" + shorten(verb) + "” is neither allow nor deny."
		}
	case !two:
		line.Problem = "Say behind it which address or range to " + strings.ToLower(verb) + ", or all."
	case strings.Contains(what, " "):
		line.Problem = "Write one address or range a line."
	case strings.EqualFold(what, "all"):
		line.All = true
	default:
		prefix, ok := parseIPPrefix(what)
		if line.Prefix = prefix; !ok {
			line.Problem = notAnIPRange(what)
		}
	}
	return line
}

// notAnIPRange says what is wrong with a text that is no address and no range.
func notAnIPRange(text string) string {
	form := "10.0.0.0/8"
	if prefix, err := netip.ParsePrefix(text); strings.Contains(text, ":") && (err != nil || !prefix.Addr().Is4In6()) {
		form = "2001:db8::/32"
	}
	return "“" + shorten(text) + "” isn’t an address or range. Use a form such as " + form + "."
}

// mappedBits is how many bits stand before an IPv4 address in IPv6 spelling.
const mappedBits = 96

// parseIPPrefix reads an address or a range, whose host bits are dropped. IPv4
// in IPv6 spelling becomes IPv4; a range of it that is wider than IPv4 is none.
func parseIPPrefix(text string) (netip.Prefix, bool) {
	if addr, err := netip.ParseAddr(text); err == nil && !strings.Contains(text, "/") { // a zone could have one
		addr = PlainAddr(addr)
		return netip.PrefixFrom(addr, addr.BitLen()), true
	}
	prefix, err := netip.ParsePrefix(text)
	if err != nil {
		return netip.Prefix{}, false
	}
	if prefix.Addr().Is4In6() {
		if prefix.Bits() < mappedBits {
			return netip.Prefix{}, false
		}
		prefix = netip.PrefixFrom(prefix.Addr().Unmap(), prefix.Bits()-mappedBits)
	}
	return prefix.Masked(), true
}

// MarkShadows notes in each rule the other line that leaves it nothing to
// decide, if there is one, and returns the lines.
func MarkShadows(lines []IPLine) []IPLine {
	rules := NewIPRules(lines)
	for i := range lines {
		if lines[i].IsRule() {
			lines[i].Shadow = rules.shadow(lines[i])
		}
	}
	return lines
}

func (r *IPRules) shadow(line IPLine) string {
	if line.All {
		return r.shadowOfAll(line)
	}
	verb, same := "denies", r.deny
	if line.Allow {
		if deny := widest(r.deny, line.Prefix); deny != nil {
			return "Line " + strconv.Itoa(deny.line) + " denies all of this, and deny wins."
		}
		if covered(line.Prefix, prefixes(r.deny)) {
			return deniedTogether
		}
		verb, same = "allows", r.allow
	}
	wider := widest(same, line.Prefix)
	if line.Allow && r.allowsAll() {
		wider = &r.allowAll
	}
	switch {
	case wider != nil && wider.line != line.Number && line.Allow && touches(r.deny, line.Prefix):
		return "Line " + strconv.Itoa(wider.line) + " already allows what is not denied of this."
	case wider != nil && wider.line != line.Number:
		return "Line " + strconv.Itoa(wider.line) + " already " + verb + " this."
	case !line.Allow && r.RefusesTheRest() && !touches(r.allow, line.Prefix):
		return "No line allows any of this, so that it is refused anyway."
	}
	return ""
}

const deniedTogether = "Other lines deny all of this together, and deny wins."

// shadowOfAll is shadow of a line about all addresses.
func (r *IPRules) shadowOfAll(line IPLine) string {
	denied := prefixes(r.deny)
	switch {
	case line.Allow && r.denyAll.line > 0:
		return "Line " + strconv.Itoa(r.denyAll.line) + " denies all, and deny wins: only addresses and ranges that are allowed pass."
	case line.Allow && covered(everywhere[0], denied) && covered(everywhere[1], denied):
		return deniedTogether
	case line.Allow && line.Number != r.allowAll.line:
		return "Line " + strconv.Itoa(r.allowAll.line) + " already allows all."
	case !line.Allow && line.Number != r.denyAll.line:
		return "Line " + strconv.Itoa(r.denyAll.line) + " already denies all."
	}
	return ""
}

// touches reports whether one of the rules is about some of prefix.
func touches(rules []ipRule, prefix netip.Prefix) bool {
	return slices.ContainsFunc(rules, func(rule ipRule) bool { return rule.prefix.Overlaps(prefix) })
}
