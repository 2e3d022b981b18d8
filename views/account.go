package views

import (
	"strings"

	"latchkey/internal/console"
	"latchkey/views/ui"
)

// AccountProps is the page of the reader's own account.
type AccountProps struct {
	Account console.Account
	// Errors are about a change of the password.
	Errors   map[string]string
	Sessions SessionListProps
	// Personal is the reader's personal token, nil if they have none, and
	// PersonalSecret its current secret.
	Personal       *console.Token
	PersonalSecret console.KeptSecret
	Reader         Reader
}

// lacks reports whether the reader has to set up a second factor first.
func (p AccountProps) lacks() bool { return p.Account.FactorRequired && len(p.Account.Factors) == 0 }

func (p AccountProps) recoveryText() string {
	switch p.Account.RecoveryCodes {
	case 0:
		return "None is left. Make new ones, or you can’t sign in without your second factor."
	case 1:
		return "1 code is left. Each works once, in place of a second factor."
	}
	return Number(p.Account.RecoveryCodes) + " codes are left. Each works once, in place of a second factor."
}

func factorIcon(kind console.FactorKind) string {
	if kind == console.FactorPasskey {
		return "fingerprint"
	}
	return "smartphone"
}

// factorText says when a second factor came and when it was used.
func factorText(f console.Factor, r Reader) string {
	text := f.Kind.Label() + ", added " + r.Date(f.CreatedAt)
	if f.UsedAt.IsZero() {
		return text + ", not used yet"
	}
	return text + ", last used " + r.Moment(f.UsedAt)
}

// SessionListProps is a list of somebody's sessions.
type SessionListProps struct {
	Person   console.User
	Sessions []console.Session
	// Current is the reader's own session.
	Current console.GUID
	// Own is whether the reader is that person.
	Own    bool
	CanEnd bool
	Reader Reader
}

// of is the person in the addresses of the sessions.
func (p SessionListProps) of() console.GUID {
	if p.Own {
		return ""
	}
	return p.Person.GUID
}

// others reports whether there is a session that can be ended with all others.
func (p SessionListProps) others() bool {
	for _, session := range p.Sessions {
		if session.GUID != p.Current {
			return p.CanEnd
		}
	}
	return false
}

func (p SessionListProps) endAll() string {
	if p.Own {
		return "End all others"
	}
	return "End all"
}

func sessionIcon(session console.Session) string {
	name := console.AgentName(session.Agent)
	if strings.HasSuffix(name, "iPhone") || strings.HasSuffix(name, "Android") {
		return "smartphone"
	}
	return "monitor"
}

func (p SessionListProps) seen(session console.Session) string {
	text := "Signed in " + p.Reader.Moment(session.CreatedAt) + ", last seen "
	if session.GUID == p.Current {
		return text + "now"
	}
	return text + p.Reader.Ago(session.SeenAt)
}

// CodesProps is the form that sets up one-time codes.
type CodesProps struct {
	// Seed is what the app makes codes from. It is shown on this page only.
	Seed   string
	Name   string
	Errors map[string]string
}

// seed is the seed in groups that are easy to type.
func (p CodesProps) seed() string {
	var groups []string
	for rest := p.Seed; rest != ""; {
		n := min(4, len(rest))
		groups, rest = append(groups, rest[:n]), rest[n:]
	}
	return strings.Join(groups, " ")
}

func (p CodesProps) dialog() ui.DialogProps {
	return ui.DialogProps{Title: "Set up one-time codes", Text: "You need an authenticator app on your phone or in your password manager.", Page: true, Back: AccountPath()}
}

// PasskeyProps is the form that adds a passkey.
type PasskeyProps struct {
	Name   string
	Errors map[string]string
	// Possible is whether passkeys work at this address, LocalAddress where
	// they do if not here.
	Possible     bool
	LocalAddress string
}

func (p PasskeyProps) dialog() ui.DialogProps {
	return ui.DialogProps{Title: "Add a passkey", Text: "A key in this device, your phone, your password manager or a security key. It never leaves it.", Page: true, Back: AccountPath()}
}

// FactorFormProps is the form that renames a second factor.
type FactorFormProps struct {
	Factor console.Factor
	Name   string
	Errors map[string]string
	Page   bool
}

func factorEditID(guid console.GUID) string    { return "edit-" + string(guid) }
func factorRemovalID(guid console.GUID) string { return "remove-" + string(guid) }

func (p FactorFormProps) dialog() ui.DialogProps {
	return ui.DialogProps{Title: "Rename " + p.Factor.Name, Size: "sm", Page: p.Page, Back: AccountPath(), Return: factorEditID(p.Factor.GUID)}
}

func (p FactorFormProps) form() ui.FormProps {
	return inDialog(ui.FormProps{ID: "factor-form", Action: FactorPath(p.Factor.GUID), Gate: true}, p.Page)
}

// FactorRemovalProps asks whether to remove a second factor.
type FactorRemovalProps struct {
	Factor console.Factor
	// Last is whether it is the only one, Required whether one has to stay.
	Last, Required bool
	Page           bool
}

func (p FactorRemovalProps) dialog() ui.DialogProps {
	d := ui.DialogProps{
		Title: "Remove " + p.Factor.Name + "?", Text: "You can’t sign in with it any more. Your other second factors stay.",
		Icon: "trash-2", Tone: ui.Warn, Size: "sm", Alert: true, Page: p.Page, Back: AccountPath(), Return: factorRemovalID(p.Factor.GUID),
	}
	switch {
	case p.Last && p.Required:
		d.Text = "Your role needs a second factor. Add another one before you remove this one."
	case p.Last:
		d.Text = "It is your last second factor: your password alone opens your account then. Your recovery codes go, too."
	}
	return d
}

func (p FactorRemovalProps) form() ui.FormProps {
	return inDialog(ui.FormProps{ID: "factor-removal-form", Action: FactorRemovalPath(p.Factor.GUID)}, p.Page)
}

// RecoveryCodesQuestionProps asks whether to replace the recovery codes.
type RecoveryCodesQuestionProps struct{ Left int }

func (p RecoveryCodesQuestionProps) dialog() ui.DialogProps {
	return ui.DialogProps{
		Title: "Make new recovery codes?", Text: "You get ten. The ones that you have stop working at once.",
		Icon: "refresh-cw", Tone: ui.Warn, Size: "sm", Page: true, Back: AccountPath(),
	}
}

// RecoveryCodesProps shows recovery codes, once.
type RecoveryCodesProps struct {
	// Title says what was done.
	Title string
	Codes []string
}

func (p RecoveryCodesProps) dialog() ui.DialogProps {
	return ui.DialogProps{
		Title: "Keep your recovery codes", Text: "Each signs you in once when your second factor is out of reach. We keep only hashes, so they can’t be shown again.",
		Icon: "shield-check", Tone: ui.OK, Page: true, Guard: true, Back: AccountPath(),
	}
}
