package views

import (
	"time"

	"github.com/a-h/templ"

	"latchkey/internal/console"
	"latchkey/views/ui"
)

// TokenFormProps is the form that makes a token, as typed so far.
type TokenFormProps struct {
	// Repository is nil where the form asks for it.
	Repository *console.Repository
	// Page renders a page instead of a dialog.
	Page bool
	// Types and Repositories are the choices where the form asks.
	Types           []ui.Option
	Type            console.Type
	Repositories    []ui.Option
	RepositoryName  string
	Name            string
	Description     string
	Scopes          []ui.ScopeGroup
	Presets         []ui.ScopePreset
	GUID            console.GUID
	GUIDSeal        string
	ValidFrom       string
	ValidTo         string
	Owners          []ui.Option
	Owner           string
	Errors          map[string]string
	Problem         string
	Reader          Reader
	AnnounceNewGUID bool
}

// The fields of the form in their order, as errors name them.
var tokenFields = []string{"name", "type", "repository", "scopes", "guid", "description", "valid_from", "valid_to", "owner"}

func (p TokenFormProps) repositoryName() string {
	if p.Repository == nil {
		return ""
	}
	return p.Repository.Name
}

func (p TokenFormProps) dialog() ui.DialogProps {
	d := ui.DialogProps{Title: "New API token", Size: "lg", Page: p.Page, Back: TokensPath(p.repositoryName()), Return: "new-token"}
	if p.Repository != nil {
		d.Lead = forRepository(p.Repository.Name)
	} else {
		d.Text = "Choose what it is for, what it may do and for how long."
	}
	return d
}

func (p TokenFormProps) form() ui.FormProps {
	f := ui.FormProps{ID: "token-form", Action: TokensPath(p.repositoryName()), Gate: true}
	if p.Page {
		f.Attrs = templ.Attributes{"hx-boost": "false"}
	} else {
		f.Target = "#modal-root"
	}
	return f
}

func (p TokenFormProps) field(id, name, label string) ui.FieldProps {
	return ui.FieldProps{ID: id, Label: label, Error: p.Errors[name]}
}

func (p TokenFormProps) focus(name string, attrs templ.Attributes) templ.Attributes {
	return focusFirst(p.Errors, name, attrs, tokenFields...)
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
	if p.AnnounceNewGUID {
		field.Announce = "New GUID generated."
	}
	return field
}

func (p TokenFormProps) dateField(id, name, label, value, clock string) ui.DateFieldProps {
	field := ui.DateFieldProps{FieldProps: p.field(id, name, label), Name: name, Value: value, Now: p.Reader.Wall(p.Reader.Now), Time: clock}
	field.Optional = true
	return field
}

// validity sums up the dates as typed, when they can be read.
func (p TokenFormProps) validity() string {
	from, to := "Active as soon as it is saved", "with no end date."
	if at, err := time.Parse(WallLayout, p.ValidFrom); err == nil {
		from = "Active from " + at.Format("2 Jan 2006, 15:04")
	}
	if at, err := time.Parse(WallLayout, p.ValidTo); err == nil {
		to = "until " + at.Format("2 Jan 2006, 15:04") + "."
	}
	return from + ", " + to
}
