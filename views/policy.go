package views

import (
	"strconv"

	"github.com/a-h/templ"

	"latchkey/internal/console"
	"latchkey/views/ui"
)

// PolicyListProps is the page of what is asked of the tokens of each type.
type PolicyListProps struct {
	Policies []console.Policy
	CanWrite bool
}

// The ids of a policy's card and of the link in it that opens its form.
func policyCardID(t console.Type) string { return "policy-" + string(t) }
func policyEditID(t console.Type) string { return "edit-policy-" + string(t) }

// A policyLine is one line of a policy's card: what is asked, and whether that
// is more than nothing.
type policyLine struct {
	name, text string
	asks       bool
}

func policyLines(p console.Policy) []policyLine {
	lines := []policyLine{
		{"New tokens", allowedWord(p.Allowed), !p.Allowed},
		{"Maximum lifetime", maximumWord(p.MaximumDays), p.MaximumDays > 0},
		{"IP filter", requiredWord(p), p.IPFilterRequired},
	}
	if p.Type.Creatable() {
		lines = append(lines, policyLine{"Permissions", fixedWord(p.PermissionsFixed), p.PermissionsFixed})
	}
	return lines
}

func allowedWord(allowed bool) string {
	if allowed {
		return "Allowed"
	}
	return "Not allowed"
}

func maximumWord(days int) string {
	if days == 0 {
		return "No limit"
	}
	return plural(days, "day", "days")
}

func requiredWord(p console.Policy) string {
	switch {
	case p.IPFilter.GUID != "":
		return "Required: " + p.IPFilter.Name
	case p.IPFilterRequired:
		return "Required"
	}
	return "Optional"
}

func fixedWord(fixed bool) string {
	if fixed {
		return "Stay as they were given"
	}
	return "Can be changed later"
}

// PolicyFormProps is the form of the policy for a type, as typed so far.
type PolicyFormProps struct {
	// Stored is the policy as it is now, Policy as it would become.
	Stored, Policy console.Policy
	// IPFilters are those that can be asked for.
	IPFilters []console.IPFilterRef
	// Maximum is the maximum lifetime as typed.
	Maximum string
	Version int
	// Preview is what the change finds; Confirmed is whether that was seen and
	// confirmed.
	Preview   console.PolicyPreview
	Confirmed bool
	// Changed says that somebody else changed the policy while this was typed.
	Changed string
	Errors  map[string]string
	Page    bool
}

// PolicyPreviewID is the element that says what a change of a policy finds.
const PolicyPreviewID = "policy-preview"

func (p PolicyFormProps) dialog() ui.DialogProps {
	return ui.DialogProps{
		Title: p.Stored.Type.Label() + " tokens", Text: "What is asked of them from now on. Tokens that there are stay as they are.",
		Page: p.Page, Back: PoliciesPath(), Return: policyEditID(p.Stored.Type),
	}
}

func (p PolicyFormProps) form() ui.FormProps {
	return inDialog(ui.FormProps{ID: "policy-form", Action: PolicyPath(p.Stored.Type), Gate: true, Enter: true}, p.Page)
}

// foresee are the attributes of fields whose change shows again what the whole
// finds.
func (p PolicyFormProps) foresee(trigger string) templ.Attributes {
	return templ.Attributes{
		"hx-post": PolicyPreviewPath(p.Stored.Type), "hx-trigger": trigger, "hx-target": "#" + PolicyPreviewID,
		"hx-swap": "outerHTML", "hx-sync": "closest form:replace", "autocomplete": "off",
	}
}

// now is what is stored, where somebody else made it differ from what was typed.
func (p PolicyFormProps) now(stored, typed string) string {
	if p.Changed == "" || stored == typed {
		return ""
	}
	return stored
}

// AnyIPFilter is the choice of asking for an IP filter, whichever it is.
const AnyIPFilter = "any"

// filterChoice is which IP filter p asks for, as a choice.
func filterChoice(p console.Policy) string {
	switch {
	case p.IPFilter.GUID != "":
		return string(p.IPFilter.GUID)
	case p.IPFilterRequired:
		return AnyIPFilter
	}
	return ""
}

func (p PolicyFormProps) filterOptions() []ui.Option {
	options := []ui.Option{{Value: "", Label: "None"}, {Value: AnyIPFilter, Label: "Any IP filter"}}
	for _, filter := range p.IPFilters {
		options = append(options, ui.Option{Value: string(filter.GUID), Label: filter.Name})
	}
	return options
}

func (p PolicyFormProps) ipFilterField() ui.FieldProps {
	return ui.FieldProps{
		ID: "f-ip-filter", Label: "Required IP filter", Error: p.Errors["ip_filter"],
		Hint: "A token needs it to be made, to last longer or to do more.",
		Now:  p.now(requiredWord(p.Stored), requiredWord(p.Policy)),
	}
}

func (p PolicyFormProps) maximumField() ui.FieldProps {
	return ui.FieldProps{
		ID: "f-maximum", Label: "Maximum lifetime in days", Optional: true, Error: p.Errors["maximum"],
		Hint: "Counted from the moment at which an end is set. Empty for no limit.",
		Now:  p.now(maximumWord(p.Stored.MaximumDays), maximumWord(p.Policy.MaximumDays)),
	}
}

func (p PolicyFormProps) maximumAttrs() templ.Attributes {
	attrs := join(p.foresee("input delay:400ms"), templ.Attributes{"min": "1", "max": strconv.Itoa(console.MaximumDaysLimit), "step": "1", "inputmode": "numeric", "data-wrong": "Enter 1 to 3,650 whole days, or nothing for no limit."})
	return focusFirst(p.Errors, "maximum", attrs, "allowed", "maximum")
}

func (p PolicyFormProps) rulesField() ui.FieldProps {
	stored, typed := "", ""
	for i, line := range policyLines(p.Stored) {
		if other := policyLines(p.Policy)[i]; i != 1 && i != 2 && line.text != other.text { // those have fields of their own
			stored += line.name + ": " + line.text + ". "
			typed += other.text
		}
	}
	return ui.FieldProps{ID: "f-rules", Label: "Rules", Now: p.now(stored, typed)}
}

// found says how many tokens don't fit.
func (p PolicyFormProps) found() string {
	if p.Preview.Tokens == 1 {
		return "1 token doesn’t fit. It stays as it is."
	}
	return Number(p.Preview.Tokens) + " tokens don’t fit. They stay as they are."
}

// misfit says in words how many tokens a rule finds.
func (p PolicyFormProps) misfit(m console.Misfit) string {
	tokens := plural(m.Tokens, "token", "tokens")
	switch m.Rule {
	case console.RuleMaximum:
		return tokens + " without an end within " + maximumWord(p.Policy.MaximumDays) + " from now. No change can set an end that is later than that."
	case console.RuleIPFilter:
		if p.Policy.IPFilter.GUID != "" {
			return tokens + " without the IP filter " + p.Policy.IPFilter.Name + ". To make one last longer or do more, give it that filter."
		}
		return tokens + " without an IP filter. To make one last longer or do more, give it a filter."
	}
	return tokens + " of a type that is not allowed any more. None can be made to last longer or do more."
}

// confirm is what the box says that confirms it.
func (p PolicyFormProps) confirm() string {
	if p.Preview.Tokens == 1 {
		return "Save, and leave this token as it is"
	}
	return "Save, and leave these tokens as they are"
}

// PolicySeen is what a policy's confirmation says: which policy was looked at.
func PolicySeen(p console.Policy) string {
	text := strconv.Itoa(p.MaximumDays) + " " + string(p.IPFilter.GUID)
	for _, set := range []bool{p.Allowed, p.IPFilterRequired, p.PermissionsFixed} {
		text += " " + strconv.FormatBool(set)
	}
	return text
}

// misfitsPath lists the tokens of the type.
func misfitsPath(t console.Type) string { return TokensPath("") + "?type=" + string(t) }
