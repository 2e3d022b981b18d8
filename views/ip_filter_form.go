package views

import (
	"net/netip"
	"strings"

	"github.com/a-h/templ"

	"latchkey/internal/console"
	"latchkey/views/ui"
)

// IPFilterFormProps is the form of an IP filter, as typed so far.
type IPFilterFormProps struct {
	// Filter is the one to change, as it is stored now; nil for a new one.
	Filter  *console.IPFilterSummary
	Version int
	// Changed says that somebody else changed the filter while this was typed.
	// The form then shows what is stored beside what was typed.
	Changed    string
	Name, Text string
	// Try is the address typed into the tester.
	Try   string
	Check IPCheck
	// Own is the reader's own address, as the server sees it.
	Own    netip.Addr
	Errors map[string]string
	Page   bool
}

// The elements that change while rules are typed.
const (
	IPRulesID = "ip-rules"
	IPCheckID = "ip-check"
	// IPVerdictID is below the address that is tried.
	IPVerdictID = "ip-verdict"
)

// What a request to check rules asks for besides.
const (
	CheckAction = "check"
	AddAction   = "add"
)

func (p IPFilterFormProps) dialog() ui.DialogProps {
	d := ui.DialogProps{Title: "New IP filter", Text: "Rules about the addresses from which tokens can be used.", Size: "lg", Page: p.Page, Back: IPFiltersPath(), Return: "new-ip-filter"}
	if p.Filter != nil {
		d.Title, d.Return = "Edit IP filter", ipFilterEditID(p.Filter.IPFilter)
		d.Text = "No token uses it yet."
		if p.Filter.Tokens > 0 {
			d.Text = usedBy(p.Filter.Tokens) + " A change applies to their next request."
		}
		if p.Page {
			d.Back = IPFilterPath(p.Filter.GUID)
		}
	}
	return d
}

func (p IPFilterFormProps) form() ui.FormProps {
	f := ui.FormProps{ID: "ip-filter-form", Action: IPFiltersPath(), Gate: true, Enter: true}
	if p.Filter != nil {
		f.Action = IPFilterPath(p.Filter.GUID)
	}
	return inDialog(f, p.Page)
}

func (p IPFilterFormProps) focus(name string, attrs templ.Attributes) templ.Attributes {
	if p.Changed != "" && len(p.Errors) == 0 {
		return attrs
	}
	return focusFirst(p.Errors, name, attrs, "name", "rules")
}

func (p IPFilterFormProps) nameField() ui.FieldProps {
	field := ui.FieldProps{ID: "f-name", Label: "Name", Required: true, Hint: "People choose it by this name for their tokens.", Error: p.Errors["name"]}
	if p.Changed != "" && p.Filter.Name != console.Clean(p.Name) {
		field.Now = p.Filter.Name
	}
	return field
}

func (p IPFilterFormProps) rulesField() ui.FieldProps {
	field := ui.FieldProps{
		ID: "f-rules", Label: "Rules", Error: p.Errors["rules"],
		Hint: "One a line: allow or deny, then an address, a range such as 10.0.0.0/8, or all. A # begins a comment.",
	}
	if p.Changed != "" && p.Filter.Text != p.Text {
		field.Now = p.Filter.Text
		if field.Now == "" {
			field.Now = "no rules"
		}
	}
	return field
}

// typing are the attributes of a control whose change asks for another check.
func typing() templ.Attributes {
	return templ.Attributes{
		"hx-post": IPFilterCheckPath(), "hx-trigger": "input delay:300ms", "hx-sync": "this:replace",
		"hx-target": "#" + IPCheckID, "hx-swap": "innerHTML",
	}
}

func (p IPFilterFormProps) rulesAttrs() templ.Attributes {
	return join(p.rulesField().Control(), typing(), p.focus("rules", templ.Attributes{
		"autocomplete": "off", "autocapitalize": "off", "spellcheck": "false", "placeholder": "allow 10.0.0.0/8",
	}))
}

// shownText is a text as the inside of a textarea, where the first line end
// does not count.
func shownText(text string) string {
	if strings.HasPrefix(text, "\n") {
		return "\n" + text
	}
	return text
}

// evaluation is how rules are evaluated, in the words beside the field.
var evaluation = []string{
	"Deny wins over allow.",
	"As soon as one line allows something, what no line allows is refused.",
	"The order of the lines does not matter.",
	"“deny all” gives way to lines that allow an address or a range. Without rules every address passes.",
}

// addLabel is the button that allows the reader's own address.
func (p IPFilterFormProps) addLabel() string {
	if !p.Own.IsValid() {
		return "Your address is not known"
	}
	return "Add my address, " + p.Own.String()
}
