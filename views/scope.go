package views

import (
	"cmp"
	"net/url"
	"strings"

	"github.com/a-h/templ"

	"latchkey/internal/console"
	"latchkey/views/ui"
)

// ScopeListProps is the page that lists scopes.
type ScopeListProps struct {
	Name   string
	Groups []console.ScopeGroup
	// Matches says how many there are.
	Matches string
	// Use counts the tokens that have each scope.
	Use      map[string]int
	Tabs     AccessTabs
	CanWrite bool
}

// ScopesRegionID is the element that holds a ScopeTable.
const ScopesRegionID = "scope-list"

// scopeTypes names the types of tokens that can have s.
func scopeTypes(s console.Scope) string {
	labels := make([]string, len(s.Types))
	for i, t := range s.Types {
		labels[i] = t.Label()
	}
	return strings.Join(labels, ", ")
}

func scopeOrigin(s console.Scope) string {
	if s.Own {
		return "Own"
	}
	return "Catalogue"
}

// scopeTokensPath lists the tokens that have the scope.
func scopeTokensPath(name string) string {
	return TokensPath("") + "?" + url.Values{"scope": {name}}.Encode()
}

func (p ScopeListProps) tokens(s console.Scope) string {
	return plural(p.Use[s.Name], "token", "tokens")
}

// The ids of the links in a scope's row, which a dialog gives the focus back to.
func scopeEditID(name string) string   { return "edit-" + name }
func scopeRetireID(name string) string { return "retire-" + name }

// ScopeFormProps is the form of a scope of the organization's own, as typed so far.
type ScopeFormProps struct {
	// Scope is the one to change, as it is stored now; nil for a new one.
	Scope   *console.Scope
	Version int
	// Changed says that somebody else changed the scope while this was typed.
	Changed            string
	Name, Label, Group string
	Risky              bool
	Types              []Choice
	// Groups are the headings that there are.
	Groups []string
	Errors map[string]string
	Page   bool
}

var scopeFields = []string{"name", "label", "group", "risk", "types"}

func (p ScopeFormProps) focus(name string, attrs templ.Attributes) templ.Attributes {
	if p.Changed != "" && len(p.Errors) == 0 {
		return attrs
	}
	fields := scopeFields
	if p.Scope != nil {
		fields = fields[1:]
	}
	return focusFirst(p.Errors, name, attrs, fields...)
}

func (p ScopeFormProps) dialog() ui.DialogProps {
	if p.Scope != nil {
		return ui.DialogProps{Title: "Edit scope", Text: "Its name stays: tokens hold it.", Page: p.Page, Back: ScopesPath(), Return: scopeEditID(p.Scope.Name)}
	}
	return ui.DialogProps{Title: "New scope", Text: "Something of your own that a token may do.", Page: p.Page, Back: ScopesPath(), Return: "new-scope"}
}

func (p ScopeFormProps) form() ui.FormProps {
	f := ui.FormProps{ID: "scope-form", Action: ScopesPath(), Gate: true}
	if p.Scope != nil {
		f.Action = ScopePath(p.Scope.Name)
	}
	return inDialog(f, p.Page)
}

// now is what is stored in a field, where somebody else made it differ from
// what was typed.
func (p ScopeFormProps) now(name string) string {
	if p.Changed == "" {
		return ""
	}
	stored, typed := "", ""
	switch name {
	case "label":
		stored, typed = p.Scope.Label, console.Clean(p.Label)
	case "group":
		stored, typed = p.Scope.Group, cmp.Or(console.Clean(p.Group), "Own")
	case "risk":
		stored, typed = riskWord(p.Scope.Risk == console.RiskHigh), riskWord(p.Risky)
	case "types":
		var chosen []string
		for _, choice := range p.Types {
			if choice.Chosen {
				chosen = append(chosen, choice.Label)
			}
		}
		stored, typed = scopeTypes(*p.Scope), strings.Join(chosen, ", ")
	}
	if stored == typed {
		return ""
	}
	return stored
}

func riskWord(high bool) string {
	if high {
		return "High risk"
	}
	return "No particular risk"
}

// ScopeRetirementProps asks whether to retire a scope, or to reinstate it.
type ScopeRetirementProps struct {
	Scope console.Scope
	// Tokens is how many have it.
	Tokens int
	// Reinstate asks for the opposite.
	Reinstate bool
	Page      bool
}

func (p ScopeRetirementProps) dialog() ui.DialogProps {
	d := ui.DialogProps{
		Title: "Retire " + p.Scope.Name + "?", Text: "No token gets it any more. " + p.keep(),
		Icon: "archive", Tone: ui.Warn, Size: "sm", Light: true, Page: p.Page, Back: ScopesPath(), Return: scopeRetireID(p.Scope.Name),
	}
	if p.Reinstate {
		d.Title, d.Text, d.Icon, d.Tone = "Reinstate "+p.Scope.Name+"?", "Tokens can get it again. "+p.keep(), "undo-2", ui.Info
	}
	return d
}

// keep says what becomes of the tokens that have the scope.
func (p ScopeRetirementProps) keep() string {
	switch p.Tokens {
	case 0:
		return "No token has it now."
	case 1:
		return "1 token has it and keeps it."
	}
	return Number(p.Tokens) + " tokens have it and keep it."
}

func (p ScopeRetirementProps) form() ui.FormProps {
	f := ui.FormProps{ID: "scope-retirement-form", Action: ScopeRetirementPath(p.Scope.Name)}
	if p.Reinstate {
		f.Action = ScopeReinstatementPath(p.Scope.Name)
	}
	return inDialog(f, p.Page)
}

func (p ScopeRetirementProps) verb() string {
	if p.Reinstate {
		return "Reinstate scope"
	}
	return "Retire scope"
}
