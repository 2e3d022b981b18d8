package views

import (
	"cmp"
	"strings"

	"github.com/a-h/templ"

	"latchkey/internal/console"
	"latchkey/views/ui"
)

// TokenBulkProps asks whether to change several tokens, or tells what became
// of it.
type TokenBulkProps struct {
	Repository string
	Page       bool
	Reader     Reader
	Verb       console.BulkVerb
	// Outcomes are what would happen, or what happened, to each token.
	Outcomes []console.Outcome
	// All is whether it is about all tokens that match, as Query and Words say,
	// of which Preview counts what would happen.
	All     bool
	Query   string
	Words   []FilterChip
	Preview console.BulkPreview
	// Emergency is whether it was asked for there, where Cancel leads.
	Emergency bool
	// Choices are the people or scopes that the verb can be about, Choice the one
	// that it is about.
	Choices []ui.Option
	Choice  string
	// Confirm is what has to be typed; empty for nothing.
	Confirm string
	// Confirmed, Reason, Until and ValidTo are as typed.
	Confirmed, Reason, Until, ValidTo string
	Errors                            map[string]string
	// Stopped is why the rest was not done.
	Stopped string
}

const (
	bulkFormID  = "bulk-form"
	selectAllID = "select-all"
	// BulkForeseenID is the element that says what would happen.
	BulkForeseenID = "bulk-foreseen"
)

// bulkWords are what each verb says: its name, what it does to one token and to
// several, what it has done, and what a token is that it would not change.
var bulkWords = map[console.BulkVerb]struct{ do, one, many, done, already, icon string }{
	console.BulkRevoke: {
		do: "Revoke", done: "revoked", already: "already inactive", icon: "ban",
		one: "It stops working at once. You can’t undo this.", many: "They stop working at once. You can’t undo this.",
	},
	console.BulkDisable: {
		do: "Disable", done: "disabled", already: "already disabled", icon: "circle-pause",
		one: "It stops working at once, until you enable it again.", many: "They stop working at once, until you enable them again.",
	},
	console.BulkEnable: {
		do: "Enable", done: "enabled", already: "not disabled", icon: "circle-play",
		one: "It works again at once.", many: "They work again at once.",
	},
	console.BulkExtend: {
		do: "Extend", done: "extended", already: "lasting longer already", icon: "calendar-clock",
		one: "It ends later than now.", many: "They end later than now.",
	},
	console.BulkTransfer: {
		do: "Transfer", done: "transferred", already: "already theirs", icon: "user",
		one: "Another person answers for it from then on.", many: "Another person answers for them from then on.",
	},
	console.BulkAddScope: {
		do: "Add a scope to", done: "given the scope", already: "already allowed that", icon: "shield-check",
		one: "It may do more, at once.", many: "They may do more, at once.",
	},
	console.BulkRemoveScope: {
		do: "Remove a scope from", done: "stripped of the scope", already: "without it already", icon: "circle-minus",
		one: "It may do less, at once.", many: "They may do less, at once.",
	},
	console.BulkDelete: {
		do: "Delete", done: "deleted", icon: "trash-2",
		one:  "It stops working and leaves the list. Its audit entries stay. You can’t undo this.",
		many: "They stop working and leave the list. Their audit entries stay. You can’t undo this.",
	},
}

// whole reports whether the page has all tokens that match.
func (p TokenTableProps) whole() bool {
	return p.Matching != console.Uncounted && p.Matching <= len(p.Tokens)
}

// selectAll offers all tokens that match, of which there may be more than are counted.
func (p TokenTableProps) selectAll() string {
	switch {
	case p.Matching == console.Uncounted:
		return "Select all that match"
	case p.Matching == console.Beyond:
		return "Select all that match, more than " + Number(console.TotalLimit)
	}
	return "Select all " + Number(p.Matching) + " that match"
}

// allSelected says that they are.
func (p TokenTableProps) allSelected() string {
	switch {
	case p.Matching == console.Uncounted:
		return "All that match are selected"
	case p.Matching == console.Beyond:
		return "More than " + Number(console.TotalLimit) + " selected"
	}
	return Number(p.Matching) + " selected"
}

// ends reports whether the verb ends tokens for good.
func (p TokenBulkProps) ends() bool {
	return p.Verb == console.BulkRevoke || p.Verb == console.BulkDelete
}

// having are the outcomes of that effect.
func (p TokenBulkProps) having(effect console.Effect) []console.Outcome {
	var some []console.Outcome
	for _, outcome := range p.Outcomes {
		if outcome.Effect == effect {
			some = append(some, outcome)
		}
	}
	return some
}

func (p TokenBulkProps) changes() int { return p.count(console.EffectChanges) }

// count is how many outcomes have that effect.
func (p TokenBulkProps) count(effect console.Effect) int {
	if !p.All {
		return len(p.having(effect))
	}
	switch effect {
	case console.EffectChanges:
		return p.Preview.Changed
	case console.EffectNone:
		return p.Preview.Same
	}
	return p.Preview.Refused
}

// tokens is a number of tokens in words.
func (p TokenBulkProps) tokens() string { return plural(p.changes(), "token", "tokens") }

// choosing reports whether what the verb does depends on a choice in its form.
func (p TokenBulkProps) choosing() bool { return len(p.Choices) > 0 }

// unchosen reports whether nobody can foresee anything, because the choice is
// still to be made.
func (p TokenBulkProps) unchosen() bool { return p.choosing() && p.Choice == "" }

// bulkName is the verb by itself.
func bulkName(v console.BulkVerb) string {
	return strings.TrimSuffix(strings.TrimSuffix(bulkWords[v].do, " to"), " from")
}

// title asks, and names how many.
func (p TokenBulkProps) title() string {
	if p.unchosen() {
		return bulkName(p.Verb)
	}
	if p.changes() == 0 && !p.choosing() {
		return "Nothing to " + lowered(bulkWords[p.Verb].do)
	}
	return bulkWords[p.Verb].do + " " + p.tokens() + "?"
}

// text says what happens, and how many tokens stay as they are.
func (p TokenBulkProps) text() string {
	if p.unchosen() {
		return "Choose which. Then this says what would happen to which token."
	}
	var parts []string
	switch p.changes() {
	case 0:
	case 1:
		parts = append(parts, bulkWords[p.Verb].one)
	default:
		parts = append(parts, bulkWords[p.Verb].many)
	}
	if n := p.count(console.EffectNone); n > 0 {
		parts = append(parts, Number(n)+p.some(n, p.changes() > 0, " is "+bulkWords[p.Verb].already+" and stays as it is.", " are "+bulkWords[p.Verb].already+" and stay as they are."))
	}
	if n := p.count(console.EffectRefused); n > 0 {
		parts = append(parts, Number(n)+p.some(n, p.changes() > 0, " can’t be changed.", " can’t be changed."))
	}
	return strings.Join(parts, " ")
}

// some goes on after a number of tokens that were selected, or that match.
func (p TokenBulkProps) some(n int, more bool, one, many string) string {
	text := ""
	if more {
		text = " more"
	}
	which := [2]string{" selected token", " selected tokens"}
	if p.All {
		which = [2]string{" token that matches", " tokens that match"}
	}
	if n == 1 {
		return text + which[0] + one
	}
	return text + which[1] + many
}

func (p TokenBulkProps) dialog() ui.DialogProps {
	d := ui.DialogProps{
		Title: p.title(), Text: p.text(), Icon: bulkWords[p.Verb].icon, Alert: p.ends(), Light: p.Confirm == "",
		Page: p.Page, Back: p.back(), Return: selectAllID,
	}
	if p.ends() {
		d.Tone = ui.Bad
	}
	return d
}

// back is where it was asked for, with what was chosen there.
func (p TokenBulkProps) back() string {
	if p.Emergency {
		return EmergencyPath() + p.Query
	}
	return TokensPath(p.Repository) + p.Query
}

// current is the entry of the main menu that it belongs to.
func (p TokenBulkProps) current() string {
	if p.Emergency {
		return "bulk"
	}
	return "tokens"
}

func (p TokenBulkProps) form() ui.FormProps {
	return inDialog(ui.FormProps{ID: "bulk-confirm", Action: BulkExecutionPath(p.Repository), Gate: p.Confirm != "" || p.Verb == console.BulkDisable || p.Verb == console.BulkExtend || p.choosing()}, p.Page)
}

// endField asks for the new end. A change of it asks again what would happen.
func (p TokenBulkProps) endField() ui.DateFieldProps {
	return ui.DateFieldProps{
		FieldProps: ui.FieldProps{
			ID: "f-to", Label: "New end", Required: true, Error: p.Errors["valid_to"],
			Hint: "Of tokens that end sooner. Times are in " + p.Reader.ZoneName() + ".",
		},
		Name: "valid_to", Value: p.ValidTo, Now: p.Reader.Wall(p.Reader.Now), Time: "23:59",
		Attrs: p.again("input delay:400ms"),
	}
}

// again asks again what would happen, whenever a field changes.
func (p TokenBulkProps) again(trigger string) templ.Attributes {
	return templ.Attributes{"hx-post": BulkPath(p.Repository), "hx-trigger": trigger, "hx-target": "#" + BulkForeseenID, "hx-swap": "outerHTML"}
}

// choose is again for a choice without which nothing can be foreseen.
func (p TokenBulkProps) choose() templ.Attributes {
	attrs := p.again("change")
	attrs["data-need"] = "Choose a scope."
	if p.Verb == console.BulkTransfer {
		attrs["data-need"] = "Choose a person."
	}
	return attrs
}

// choiceField asks for the person or the scope.
func (p TokenBulkProps) choiceField() ui.FieldProps {
	f := ui.FieldProps{ID: "f-choice", Label: "Scope", Required: true, Error: p.Errors["scope"]}
	if p.Verb == console.BulkTransfer {
		f.Label, f.Error = "New owner", p.Errors["owner"]
	}
	return f
}

// ScopeUse is a scope to choose, with how many tokens have it.
func ScopeUse(u console.ScopeUse) string {
	return u.Scope + " (" + plural(u.N, "token", "tokens") + ")"
}

func (p TokenBulkProps) choiceName() string {
	if p.Verb == console.BulkTransfer {
		return "owner"
	}
	return "scope"
}

// reasonsFor are why tokens that match stay as they are.
func (p TokenBulkProps) reasonsFor() []console.BulkReason {
	if !p.All {
		return nil
	}
	return p.Preview.Reasons
}

var extendPresets = []ui.Preset{{Value: "30", Label: "30 days"}, {Value: "90", Label: "90 days"}, {Value: "365", Label: "365 days"}}

// bulkPlace is where a token belongs, and the beginning of its GUID.
func bulkPlace(t console.Token) string {
	var names []string
	for _, repository := range t.Repositories {
		names = append(names, repository.Name)
	}
	guid := string(t.GUID)
	return cmp.Or(strings.Join(names, ", "), t.Type.Label()) + " · " + guid[:min(8, len(guid))]
}

// fate is what is worth knowing of a token that will change.
func (p TokenBulkProps) fate(t console.Token) string {
	if end := tokenEnd(t); !end.IsZero() {
		return "ends " + p.Reader.Relative(end)
	}
	return "never expires"
}

// became says what happened to a token.
func (p TokenBulkProps) became(o console.Outcome) string {
	if o.Effect == console.EffectChanges {
		return console.Status(bulkWords[p.Verb].done).Label()
	}
	return o.Why
}

func becameTone(o console.Outcome) ui.Tone {
	switch o.Effect {
	case console.EffectChanges:
		return ui.OK
	case console.EffectRefused:
		return ui.Bad
	}
	return ""
}

// doneDialog is the frame of what happened.
func (p TokenBulkProps) doneDialog() ui.DialogProps {
	d := ui.DialogProps{
		Title: "Nothing " + bulkWords[p.Verb].done, Icon: "circle-check", Tone: ui.OK, Light: true,
		Page: p.Page, Back: TokensPath(p.Repository), Return: selectAllID,
	}
	if n := p.changes(); n > 0 {
		d.Title = p.tokens() + " " + bulkWords[p.Verb].done
	} else {
		d.Icon, d.Tone = "info", ui.Info
	}
	var parts []string
	if n := len(p.having(console.EffectNone)); n > 0 {
		parts = append(parts, Number(n)+" stayed as "+itWas(n)+".")
	}
	if n := len(p.having(console.EffectRefused)); n > 0 {
		parts = append(parts, Number(n)+" could not be changed.")
		d.Icon, d.Tone = "triangle-alert", ui.Warn
	}
	d.Text = strings.Join(parts, " ")
	return d
}

func itWas(n int) string {
	if n == 1 {
		return "it was"
	}
	return "they were"
}

func reasonTone(r console.BulkReason) ui.Tone {
	if r.Effect == console.EffectRefused {
		return ui.Bad
	}
	return ""
}
