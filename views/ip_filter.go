package views

import (
	"net/netip"
	"net/url"
	"strings"

	"latchkey/internal/console"
	"latchkey/views/ui"
)

// IPFilterListProps is the page that lists IP filters.
type IPFilterListProps struct {
	// Name is what is searched for.
	Name    string
	Filters []console.IPFilterSummary
	// Any is whether there are any, found or not.
	Any bool
	// Matches says how many there are.
	Matches  string
	CanWrite bool
	// Address is the reader's own, as the server sees it.
	Address netip.Addr
	Reader  Reader
}

// IPFiltersRegionID is the element that holds an IPFilterTable.
const IPFiltersRegionID = "ip-filter-list"

// The ids of the links in a filter's row, which a dialog gives the focus back to.
func ipFilterEditID(f console.IPFilter) string   { return "edit-" + string(f.GUID) }
func ipFilterDeleteID(f console.IPFilter) string { return "delete-" + string(f.GUID) }

// ipFilterTokensPath lists the tokens that use the filter.
func ipFilterTokensPath(repository, name string) string {
	return TokensPath(repository) + "?" + url.Values{"ip_filter": {name}, "status": {"all"}}.Encode()
}

// rulesSummary says in a line what rules there are, and what becomes of the
// addresses that none is about.
func rulesSummary(lines []console.IPLine) string {
	rules := console.NewIPRules(lines)
	if rules.Empty() {
		if console.OnlyComments(lines) {
			return "Every line is a comment, so there are no rules: every address passes."
		}
		return "No rules: every address passes."
	}
	allow, deny := 0, 0
	for _, line := range lines {
		switch {
		case !line.IsRule():
		case line.Allow:
			allow++
		default:
			deny++
		}
	}
	if rules.NothingPasses() {
		return "Every address is refused."
	}
	var parts []string
	if allow > 0 {
		parts = append(parts, plural(allow, "line allows", "lines allow"))
	}
	if deny > 0 {
		parts = append(parts, plural(deny, "line denies", "lines deny"))
	}
	text := strings.Join(parts, ", ") + ". "
	if rules.RefusesTheRest() {
		return text + "Every other address is refused."
	}
	return text + "Every other address passes."
}

// ipRules are the lines of a filter that are rules, with what shadows them.
func ipRules(f console.IPFilter) []console.IPLine {
	var rules []console.IPLine
	for _, line := range console.MarkShadows(console.ReadIPLines(f.Text)) {
		if line.IsRule() {
			rules = append(rules, line)
		}
	}
	return rules
}

// theRest says what becomes of an address that no line of f is about.
func theRest(f console.IPFilter) string {
	if f.Rules().RefusesTheRest() {
		return "Any other address is refused"
	}
	return "Any other address passes"
}

func ruleVerb(line console.IPLine) string {
	if line.Allow {
		return "allow"
	}
	return "deny"
}

// IPCheck is what is known of rules while they are typed.
type IPCheck struct {
	// Remarks are the lines that are no rules or that others shadow.
	Remarks []console.IPLine
	Summary string
	// Nothing is whether no address at all passes.
	Nothing bool
	// CutOff is how many active tokens then open nothing any more. That has to be
	// Confirmed; Unconfirmed says so to whoever did not.
	CutOff      int
	Confirmed   bool
	Unconfirmed string
	// Own is what becomes of the reader's own address; nil without rules.
	Own *console.IPVerdict
	// Verdict is what becomes of the address that is tried, nil if none is;
	// Untried says why it can't be tried.
	Verdict *console.IPVerdict
	Untried string
}

// CheckIPRules judges the reader's own address, and one that they try, by the
// text of rules.
func CheckIPRules(text, try string, own netip.Addr) IPCheck {
	lines := console.MarkShadows(console.ReadIPLines(text))
	rules := console.NewIPRules(lines)
	c := IPCheck{Summary: rulesSummary(lines), Nothing: rules.NothingPasses()}
	for _, line := range lines {
		if line.Problem != "" || line.Shadow != "" {
			c.Remarks = append(c.Remarks, line)
		}
	}
	if verdict := rules.Judge(own); !rules.Empty() {
		c.Own = &verdict
	}
	if try = strings.TrimSpace(try); try == "" {
		return c
	}
	addr, ok := console.ParseAddr(try)
	if !ok {
		c.Untried = "“" + try + "” isn’t an address. Use a form such as 10.0.0.1 or 2001:db8::1."
		return c
	}
	verdict := rules.Judge(addr)
	c.Verdict = &verdict
	return c
}

// cutOff is what is confirmed.
func (c IPCheck) cutOff() string {
	if c.CutOff == 1 {
		return "Save, and let 1 active token that uses it open nothing any more"
	}
	return "Save, and let " + Number(c.CutOff) + " active tokens that use it open nothing any more"
}

// verdictTitle says in short what becomes of an address.
func verdictTitle(v console.IPVerdict) string {
	if v.Allowed {
		return v.Address.String() + " would pass"
	}
	return v.Address.String() + " would be refused"
}

func verdictTone(v console.IPVerdict) ui.Tone {
	if v.Allowed {
		return ui.OK
	}
	return ui.Warn
}

func verdictIcon(v console.IPVerdict) string {
	if v.Allowed {
		return "circle-check"
	}
	return "ban"
}

// ownWarning says that the reader's own address would be refused, empty if it
// would not. One that is not known is told of elsewhere.
func (c IPCheck) ownWarning() string {
	if c.Own == nil || c.Own.Allowed || c.Nothing || !c.Own.Address.IsValid() {
		return ""
	}
	text := "Your own address, " + c.Own.Address.String() + ", would be refused. "
	if c.Own.Line > 0 {
		return text + c.Own.Why() + "."
	}
	return text + "No line allows it."
}

// IPFilterShowProps is an IP filter with the tokens that use it.
type IPFilterShowProps struct {
	Filter console.IPFilterSummary
	// Tokens are the first of those that use it.
	Tokens   []console.Token
	CanWrite bool
	CanAudit bool
	// Try is the address typed into the tester.
	Try    string
	Check  IPCheck
	Reader Reader
}

func showInList(tokens int) string {
	if tokens == 1 {
		return "Show it in the list"
	}
	return "Show all " + Number(tokens) + " tokens in the list"
}

// IPFilterDeletionProps asks whether to delete an IP filter.
type IPFilterDeletionProps struct {
	Filter console.IPFilterSummary
	// Problem says why it can't be deleted.
	Problem string
	Page    bool
}

func (p IPFilterDeletionProps) dialog() ui.DialogProps {
	d := ui.DialogProps{
		Title: "Delete " + p.Filter.Name + "?", Text: "No token uses it. Its audit entries stay. You can’t undo this.",
		Icon: "trash-2", Tone: ui.Bad, Size: "sm", Alert: true, Light: true,
		Page: p.Page, Back: IPFiltersPath(), Return: ipFilterDeleteID(p.Filter.IPFilter),
	}
	if p.Filter.Tokens > 0 {
		d.Title, d.Icon, d.Tone, d.Alert = p.Filter.Name+" is in use", "info", ui.Info, false
		d.Text = usedBy(p.Filter.Tokens) + " Give them another IP filter, or none, before you delete it."
		if p.Filter.Tokens == 1 {
			d.Text = usedBy(p.Filter.Tokens) + " Give it another IP filter, or none, before you delete it."
		}
	}
	return d
}

func usedBy(tokens int) string {
	if tokens == 1 {
		return "1 token uses it."
	}
	return Number(tokens) + " tokens use it."
}

func (p IPFilterDeletionProps) form() ui.FormProps {
	return inDialog(ui.FormProps{ID: "ip-filter-deletion-form", Action: IPFilterDeletionPath(p.Filter.GUID)}, p.Page)
}

// RepositoryIPFiltersProps is the IP filters that a repository's tokens use.
type RepositoryIPFiltersProps struct {
	Repository console.Repository
	Filters    []console.IPFilterSummary
	// CanRead is whether the reader sees the filters' own pages.
	CanRead bool
}
