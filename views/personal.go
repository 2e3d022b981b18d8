package views

import (
	"latchkey/internal/console"
	"latchkey/views/ui"
)

// PersonalTokenPath makes the reader's personal token by POST.
func PersonalTokenPath() string { return AccountPath() + "/token" }

// NewPersonalTokenPath is the form that makes it.
func NewPersonalTokenPath() string { return PersonalTokenPath() + "/new" }

// PersonalRotationPath asks whether to give it a new secret, and does so by POST.
func PersonalRotationPath() string { return PersonalTokenPath() + "/rotation" }

// PersonalRevocationPath asks whether to end it, and does so by POST.
func PersonalRevocationPath() string { return PersonalTokenPath() + "/revocation" }

// NewSecretProps is what the forms of tokens share that are made on other pages:
// the GUID, an end and an IP filter, as typed so far.
type NewSecretProps struct {
	GUID      console.GUID
	GUIDSeal  string
	ValidTo   string
	IPFilter  string
	IPFilters []ui.Option
	Errors    map[string]string
	Reader    Reader
	Policy    console.Policy
}

// asForm are these fields as those of the form of tokens.
func (p NewSecretProps) asForm() TokenFormProps {
	return TokenFormProps{
		GUID: p.GUID, GUIDSeal: p.GUIDSeal, ValidTo: p.ValidTo, IPFilter: p.IPFilter, IPFilters: p.IPFilters,
		FilterRequired: p.Policy.IPFilterRequired, Errors: p.Errors, Reader: p.Reader, Policy: p.Policy,
	}
}

// problem is what is wrong with no field in particular.
func (p NewSecretProps) problem() string {
	for _, field := range []string{"", "type", "guid"} {
		if p.Errors[field] != "" {
			return p.Errors[field]
		}
	}
	return ""
}

// PersonalTokenFormProps is the form of the reader's personal token.
type PersonalTokenFormProps struct {
	New NewSecretProps
	// Before is the one that it replaces; nil for the first.
	Before *console.Token
	Page   bool
}

func (p PersonalTokenFormProps) dialog() ui.DialogProps {
	return ui.DialogProps{Title: p.title(), Text: "It may do what you may, at every moment, and ends when your account does.", Page: p.Page, Back: AccountPath(), Return: "new-personal-token"}
}

func (p PersonalTokenFormProps) title() string {
	if p.Before != nil {
		return "Replace your personal token"
	}
	return "New personal token"
}

// PersonalQuestionProps asks whether to rotate or to end the personal token.
type PersonalQuestionProps struct {
	Token console.Token
	// Rotates is whether it gets a new secret instead of ending; Rotation makes
	// that safe to repeat.
	Rotates  bool
	Rotation console.GUID
	Page     bool
}

func (p PersonalQuestionProps) dialog() ui.DialogProps {
	d := ui.DialogProps{
		Title: "End your personal token?", Text: "It stops working at once, for good. You can make another one.",
		Icon: "ban", Tone: ui.Bad, Size: "sm", Alert: true, Page: p.Page, Back: AccountPath(), Return: "revoke-personal-token",
	}
	if p.Rotates {
		d.Title, d.Text, d.Icon, d.Tone = "Rotate its secret?", "You get a new secret for the same GUID. The one that you have stops working at once.", "refresh-cw", ui.Warn
		d.Return = "rotate-personal-token"
	}
	return d
}

func (p PersonalQuestionProps) form() ui.FormProps {
	f := inDialog(ui.FormProps{ID: "personal-revocation-form", Action: PersonalRevocationPath()}, p.Page)
	if p.Rotates {
		f.ID, f.Action = "personal-rotation-form", PersonalRotationPath()
	}
	return f
}

func (p PersonalQuestionProps) save() (string, ui.Tone) {
	if p.Rotates {
		return "Rotate secret", ""
	}
	return "Revoke token", ui.Bad
}
