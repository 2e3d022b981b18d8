package views

import (
	"cmp"
	"strings"
	"time"

	"github.com/a-h/templ"

	"latchkey/internal/console"
	"latchkey/views/ui"
)

// TokenFormProps is the form that makes or changes a token, as typed so far.
type TokenFormProps struct {
	// Token is the one to change, as it is stored now; nil for a new one.
	Token *console.Token
	// Version is the one of the token on which the form is based.
	Version int
	// Changed says that somebody else changed the token while this was typed.
	// The form then shows what is stored beside what was typed.
	Changed string
	// Repository is nil where the form asks for it.
	Repository *console.Repository
	// Page renders a page instead of a dialog.
	Page bool
	// Types and Repositories are the choices where the form asks.
	Types        []ui.Option
	Type         console.Type
	Repositories []ui.ScopeGroup
	Name         string
	Description  string
	Scopes       []ui.ScopeGroup
	Presets      []ui.ScopePreset
	// Assets are rights on single assets to choose from.
	Assets []ui.ScopeGroup
	// Grantors are the names of whom to ask for scopes that are not offered.
	Grantors  []string
	GUID      console.GUID
	GUIDSeal  string
	ValidFrom string
	ValidTo   string
	Owners    []ui.Option
	Owner     string
	// IPFilters are the choices, IPFilter is the GUID of the chosen one.
	IPFilters []ui.Option
	IPFilter  string
	// FilterRequired is whether the policy leaves no choice but to choose one.
	FilterRequired  bool
	Errors          map[string]string
	Problem         string
	Reader          Reader
	AnnounceNewGUID bool
	// Policy is what is asked of tokens of the type, and NotAllowed the types
	// that are left out because policies don't allow them.
	Policy     console.Policy
	NotAllowed []string
	// Left are scopes of a token to be like that can't be given any more.
	Left []string
	// Opener is the id of what opens the form, if not the usual.
	Opener string
}

// The fields of the form in their order, as errors name them.
var tokenFields = []string{"name", "type", "repository", "scopes", "assets", "guid", "description", "valid_from", "valid_to", "ip_filter", "owner"}

func (p TokenFormProps) repositoryName() string {
	if p.Repository == nil {
		return ""
	}
	return p.Repository.Name
}

func (p TokenFormProps) dialog() ui.DialogProps {
	d := ui.DialogProps{Title: "New API token", Size: "lg", Page: p.Page, Back: TokensPath(p.repositoryName()), Return: cmp.Or(p.Opener, "new-token")}
	switch {
	case p.Token != nil:
		d.Title, d.Text = "Edit token", "Changes apply within a second."
		d.Back, d.Return = TokenPath(p.repositoryName(), p.Token.GUID), tokenAction{name: "edit", guid: p.Token.GUID}.rowID()
	case p.Repository != nil:
		d.Lead = forRepository(p.Repository.Name)
	default:
		d.Text = "Choose what it is for, what it may do and for how long."
	}
	return d
}

// note stands at the foot of the form.
func (p TokenFormProps) note() string {
	if p.Token != nil {
		return "Created by " + p.Token.Creator.Name + ", " + p.Reader.Date(p.Token.CreatedAt)
	}
	return "The secret is shown once, after you save."
}

func (p TokenFormProps) form() ui.FormProps {
	f := ui.FormProps{ID: "token-form", Action: TokensPath(p.repositoryName()), Gate: true, Enter: true}
	if p.Token != nil {
		f.Action = TokenPath(p.repositoryName(), p.Token.GUID)
	}
	return inDialog(f, p.Page)
}

// otherScopes says whom to ask for scopes that the reader does not hold.
func otherScopes(grantors []string) string {
	switch n := len(grantors); n {
	case 0:
		return ""
	case 1:
		return "Ask " + grantors[0] + " for other scopes."
	default:
		return "Ask " + strings.Join(grantors[:n-1], ", ") + " or " + grantors[n-1] + " for other scopes."
	}
}

func (p TokenFormProps) field(id, name, label string) ui.FieldProps {
	return ui.FieldProps{ID: id, Label: label, Error: p.Errors[name], Now: p.now(name)}
}

// now is what is stored in a field, where somebody else made it differ from
// what was typed.
func (p TokenFormProps) now(name string) string {
	if p.Changed == "" {
		return ""
	}
	t := p.Token
	stored, typed, shown := "", "", ""
	switch name {
	case "name":
		stored, typed, shown = t.Name, console.Clean(p.Name), t.Name
	case "description":
		stored, typed, shown = t.Description, console.Clean(p.Description), cmp.Or(t.Description, "empty")
	case "scopes":
		stored, typed = ticked(p.Scopes, true), ticked(p.Scopes, false)
		shown = strings.Join(t.Scopes, ", ")
	case "assets":
		stored, typed = ticked(p.Assets, true), ticked(p.Assets, false)
		shown = cmp.Or(strings.Join(wordsOf(t.Assets), ", "), "none")
	case "valid_from":
		stored, typed, shown = p.Reader.Wall(t.ValidFrom), p.ValidFrom, p.moment(t.ValidFrom)
	case "valid_to":
		stored, typed, shown = p.Reader.Wall(t.ValidTo), p.ValidTo, p.moment(t.ValidTo)
	case "ip_filter":
		stored, typed, shown = string(t.IPFilter.GUID), p.IPFilter, cmp.Or(t.IPFilter.Name, "none")
	case "owner":
		stored, typed, shown = string(t.Owner.GUID), p.Owner, cmp.Or(t.Owner.Name, "nobody")
	}
	if stored == typed {
		return ""
	}
	return shown
}

// ticked names the scopes that the stored token has, or those that are ticked.
func ticked(groups []ui.ScopeGroup, stored bool) string {
	var names []string
	for _, group := range groups {
		for _, scope := range group.Scopes {
			if stored && scope.Was || !stored && scope.Checked {
				names = append(names, scope.Name)
			}
		}
	}
	return strings.Join(names, " ")
}

func (p TokenFormProps) moment(at time.Time) string {
	if at.IsZero() {
		return "none"
	}
	return p.Reader.Moment(at)
}

func (p TokenFormProps) focus(name string, attrs templ.Attributes) templ.Attributes {
	return focusFirst(p.Errors, name, attrs, tokenFields...)
}

func (p TokenFormProps) repositoryPicker() ui.ScopePickerProps {
	picker := ui.ScopePickerProps{FieldProps: p.field("f-repository", "repository", "Repositories"), Name: "repository", Groups: p.Repositories, Noun: "repository"}
	picker.Required, picker.Need, picker.Hint = true, "Choose a repository to save.", "The token belongs to each of them. Only its scopes are the same everywhere."
	if len(p.Repositories[0].Scopes) == 0 {
		picker.Hint = "There is none yet: create a repository first."
	}
	picker.Attrs = templ.Attributes{
		"hx-post": NewTokenPath("") + "?field=assets", "hx-trigger": "change", "hx-target": "#token-assets", "hx-swap": "outerHTML",
	}
	return picker
}

func (p TokenFormProps) assetPicker() ui.ScopePickerProps {
	picker := ui.ScopePickerProps{FieldProps: optional(p.field("f-assets", "assets", "Rights on single assets")), Name: "assets", Groups: p.Assets, Noun: "asset"}
	picker.Diff, picker.Hint = p.Token != nil, "Beside what its scopes allow on all assets."
	return picker
}

// wordsOf are rights on assets, one a line of its own.
func wordsOf(grants []console.AssetGrant) []string {
	var words []string
	for _, g := range grants {
		for _, permission := range g.Permissions {
			words = append(words, string(permission)+" "+g.Resource)
		}
	}
	return words
}

// again are the attributes of a choice that changes what else can be chosen:
// the server renders that part of the form again, as typed.
func (p TokenFormProps) again() templ.Attributes {
	return templ.Attributes{
		"hx-post": NewTokenPath(p.repositoryName()) + "?field=scopes", "hx-trigger": "change",
		"hx-target": "#token-what", "hx-swap": "outerHTML", "autocomplete": "off",
	}
}

func (p TokenFormProps) guidField() ui.GuidFieldProps {
	field := ui.GuidFieldProps{
		FieldProps: p.field("f-guid", "guid", "GUID"), Name: "guid", Value: string(p.GUID),
		Regenerate: NewTokenPath(p.repositoryName()) + "?field=guid",
	}
	field.Hint = "Identifies the token in logs. It isn’t secret."
	if p.Token != nil {
		field.Name, field.Regenerate, field.Hint = "", "", "Identifies the token in logs. It can’t change."
	}
	if p.AnnounceNewGUID {
		field.Announce = "New GUID generated."
	}
	return field
}

func (p TokenFormProps) dateField(id, name, label, value, clock string) ui.DateFieldProps {
	field := ui.DateFieldProps{FieldProps: p.field(id, name, label), Name: name, Value: value, Now: p.Reader.Wall(p.Reader.Now), Time: clock}
	field.Optional = true
	if p.Token != nil && name == "valid_from" {
		field.Old = p.Reader.Wall(p.Token.ValidFrom)
	}
	if p.Token != nil && name == "valid_to" {
		field.Old = p.Reader.Wall(p.Token.ValidTo)
	}
	if name == "valid_to" {
		p.limit(&field)
	}
	return field
}

// begin is how a validity without a start begins.
func (p TokenFormProps) begin() string {
	if p.Token != nil {
		return "Active since its creation on " + p.Reader.Date(p.Token.CreatedAt)
	}
	return "Active as soon as it is saved"
}

// validity sums up the dates as typed, when they can be read.
func (p TokenFormProps) validity() string {
	from, to := p.begin(), "with no end date."
	if at, err := time.Parse(WallLayout, p.ValidFrom); err == nil {
		from = "Active from " + at.Format("2 Jan 2006, 15:04")
	}
	if p.Policy.MaximumDays > 0 && p.Token == nil {
		to = "until the end that you choose."
	}
	if at, err := time.Parse(WallLayout, p.ValidTo); err == nil {
		to = "until " + at.Format("2 Jan 2006, 15:04") + "."
	}
	return from + ", " + to
}
