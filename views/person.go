package views

import (
	"strconv"
	"time"

	"github.com/a-h/templ"

	"latchkey/internal/console"
	"latchkey/views/ui"
)

// PersonProps is the page of one person.
type PersonProps struct {
	User        console.User
	Memberships []MembershipRow
	// Repositories are those that a membership can be added in.
	Repositories []ui.Option
	// Scopes are what a member can be given, with what they have ticked.
	Scopes  []ui.ScopeGroup
	Version int
	// Owned and Made lead to the tokens that they own and made.
	Owned, Made []Stat
	// Held are the scopes that they hold by their role.
	Held []console.ScopeGroup
	// LinkEnd says until when a link of theirs works.
	LinkEnd string
	// Account is what they sign in with, and SignedInAt when they last did.
	Account    console.Account
	SignedInAt time.Time
	// CanWrite is whether the reader may change the person, CanAccess whether
	// they may change what a member may see, Self whether it is themselves.
	CanWrite, CanAccess, CanAudit, Self bool
	// Changed says that somebody else changed the person meanwhile, Stored
	// which scopes they have now.
	Changed, Stored string
	Problem         string
	Errors          map[string]string
	Reader          Reader
}

func (p PersonProps) member() bool { return p.User.Role == console.RoleMember }

func (p PersonProps) scopesForm() ui.FormProps {
	return ui.FormProps{ID: "person-scopes-form", Action: PersonScopesPath(p.User.GUID), Class: "stack", Attrs: templ.Attributes{"hx-boost": "false", "data-unsaved": true}}
}

// pageForm are the attributes of a form on a page of its own: it posts as forms do.
func pageForm() map[string]any { return map[string]any{"hx-boost": "false"} }

// holds says what somebody who is no member may see and grant.
func (p PersonProps) holds() string {
	if p.User.Role == console.RoleAuditor {
		return "Auditors see every token and grant no scope."
	}
	return p.User.Role.Label() + "s hold every scope, in every repository:"
}

func (p PersonProps) lastSignIn() string {
	if p.SignedInAt.IsZero() {
		return "Not yet"
	}
	return p.Reader.Moment(p.SignedInAt)
}

func (p PersonProps) recoveryCodes() string {
	if p.Account.RecoveryCodes == 0 {
		return "No recovery code is left"
	}
	return plural(p.Account.RecoveryCodes, "recovery code is left", "recovery codes are left")
}

// FactorsResetProps asks whether to take somebody's second factors away.
type FactorsResetProps struct {
	User console.User
	Page bool
}

func (p FactorsResetProps) dialog() ui.DialogProps {
	return ui.DialogProps{
		Title: "Reset the second factors of " + p.User.Name + "?",
		Text:  "For somebody who lost them all. Their apps, passkeys and recovery codes stop working and their sessions end. Until they set one up again, their password, or their provider, alone opens the account.",
		Icon:  "shield-alert", Tone: ui.Bad, Size: "sm", Alert: true, Light: true,
		Page: p.Page, Back: PersonPath(p.User.GUID), Return: "reset-factors",
	}
}

func (p FactorsResetProps) form() ui.FormProps {
	return inDialog(ui.FormProps{ID: "factors-reset-form", Action: FactorsResetPath(p.User.GUID)}, p.Page)
}

// PersonFormProps is the form that changes a person, as typed so far.
type PersonFormProps struct {
	User        console.User
	Version     int
	Name, Email string
	Role        console.Role
	// Self is whether it is the reader themselves, whose role stays.
	Self    bool
	Changed string
	Errors  map[string]string
	Page    bool
}

func (p PersonFormProps) dialog() ui.DialogProps {
	return ui.DialogProps{
		Title: "Edit " + p.User.Name, Text: "Changes apply with their next request.",
		Page: p.Page, Back: PersonPath(p.User.GUID), Return: "edit-person",
	}
}

func (p PersonFormProps) form() ui.FormProps {
	return inDialog(ui.FormProps{ID: "person-form", Action: PersonPath(p.User.GUID), Gate: true}, p.Page)
}

// now is what is stored in a field, where somebody else made it differ from
// what was typed.
func (p PersonFormProps) now(stored, typed string) string {
	if p.Changed == "" || stored == typed {
		return ""
	}
	return stored
}

// InviteProps is the form that invites a person, as typed so far.
type InviteProps struct {
	Name, Email string
	Role        console.Role
	Memberships []InviteMembership
	// Repositories are the choices of a membership.
	Repositories []ui.Option
	Scopes       []ui.ScopeGroup
	Errors       map[string]string
	Page         bool
}

// InviteMembership is a row of the form.
type InviteMembership struct{ Repository, Role string }

func (p InviteProps) dialog() ui.DialogProps {
	return ui.DialogProps{
		Title: "Invite person", Text: "They choose a password with a link that you send them.", Size: "lg",
		Page: p.Page, Back: PeoplePath(), Return: "invite",
	}
}

func (p InviteProps) form() ui.FormProps {
	f := inDialog(ui.FormProps{ID: "invite-form", Action: PeoplePath(), Gate: true}, p.Page)
	f.Class = "by-role"
	return f
}

func rowLabel(what string, i int) string { return what + " " + strconv.Itoa(i+1) }

// LinkProps is the one showing of a link with which somebody sets a password.
type LinkProps struct {
	User console.User
	Link string
	End  string
	// OnlyHere is whether the link leads nowhere on other machines.
	OnlyHere bool
	Page     bool
}

func (p LinkProps) dialog() ui.DialogProps {
	d := ui.DialogProps{
		Title: p.User.Name + " is invited", Icon: "circle-check", Tone: ui.OK, Size: "lg", Guard: true,
		Text: "Send them this link now. We keep only a hash, so it can’t be shown again.",
		Page: p.Page, Back: PersonPath(p.User.GUID), Return: "invite",
	}
	if !p.User.Invited() {
		d.Title, d.Return = "A new link for "+p.User.Name, "new-link"
	}
	return d
}

// NewLinkProps asks whether to make a link.
type NewLinkProps struct {
	User console.User
	Page bool
}

func (p NewLinkProps) dialog() ui.DialogProps {
	d := ui.DialogProps{
		Title: "Make a new link for " + p.User.Name + "?", Icon: "link", Tone: ui.Warn, Size: "sm",
		Text: "With it they choose a new password. Their present one stops working at once, and their sessions end.",
		Page: p.Page, Back: PersonPath(p.User.GUID), Return: "new-link",
	}
	if p.User.Invited() {
		d.Text, d.Tone = "The one that they were sent stops working.", ui.Info
	}
	return d
}

func (p NewLinkProps) form() ui.FormProps {
	return inDialog(ui.FormProps{ID: "link-form", Action: PersonLinkPath(p.User.GUID)}, p.Page)
}

// PersonDeletionProps asks whether to remove a person.
type PersonDeletionProps struct {
	User    console.User
	Problem string
	Page    bool
}

func (p PersonDeletionProps) dialog() ui.DialogProps {
	return ui.DialogProps{
		Title: "Remove " + p.User.Name + "?",
		Text:  "Their account goes. The audit log goes on naming them, and so do the tokens that they made. You can’t undo this.",
		Icon:  "trash-2", Tone: ui.Bad, Size: "sm", Alert: true, Light: true,
		Page: p.Page, Back: PersonPath(p.User.GUID), Return: "remove-person",
	}
}

func (p PersonDeletionProps) form() ui.FormProps {
	return inDialog(ui.FormProps{ID: "person-deletion-form", Action: PersonDeletionPath(p.User.GUID)}, p.Page)
}

// DepartureProps asks what becomes of the tokens of somebody who leaves.
type DepartureProps struct {
	Leaving  console.Leaving
	Handover console.Handover
	To       string
	Heirs    []ui.Option
	Errors   map[string]string
	Reader   Reader
	Page     bool
}

func (p DepartureProps) live() int { return p.Leaving.Owned + p.Leaving.Made }

// more is how many tokens are not named.
func (p DepartureProps) more() int { return p.live() - len(p.Leaving.Tokens) }

func (p DepartureProps) dialog() ui.DialogProps {
	u := p.Leaving.User
	d := ui.DialogProps{
		Title: "Disable " + u.Name + "?", Text: "Their sessions end and they can’t sign in any more, until you enable them again.",
		Icon: "user-x", Tone: ui.Warn, Size: "lg", Page: p.Page, Back: PersonPath(u.GUID), Return: "disable-person",
	}
	if !u.Enabled() {
		d.Title, d.Text = "Hand over the tokens of "+u.Name, "They are disabled already. Only the tokens change."
	}
	return d
}

func (p DepartureProps) form() ui.FormProps {
	return inDialog(ui.FormProps{ID: "departure-form", Action: DeparturePath(p.Leaving.User.GUID)}, p.Page)
}

func (p DepartureProps) save() string {
	if p.Leaving.User.Enabled() {
		return "Disable person"
	}
	return "Save"
}

// choice is the label of a handover and what it does.
func (p DepartureProps) choice(h console.Handover) (label, hint string) {
	owned, all := plural(p.Leaving.Owned, "token", "tokens"), plural(p.live(), "token", "tokens")
	switch h {
	case console.HandoverTransfer:
		return "Transfer the " + owned + " that they own", "To the person chosen below. Tokens of other owners stay as they are."
	case console.HandoverRevoke:
		return "Revoke all " + all, "Those that they own and those that they made. They stop working at once, for good."
	}
	return "Keep them as they are", "They go on working. Whoever knows a secret can go on using it."
}

// theirs says what somebody has to do with a token.
func (p DepartureProps) theirs(t console.Token) string {
	u := p.Leaving.User.GUID
	switch {
	case t.Owner.GUID == u && t.Creator.GUID == u:
		return "owned and made"
	case t.Owner.GUID == u:
		return "owned"
	case t.Owner.Name != "":
		return "made, owned by " + t.Owner.Name
	}
	return "made, owned by nobody"
}

// DepartedProps tells what became of somebody's tokens.
type DepartedProps struct {
	Departed console.Departed
	// Leaving is what is still theirs.
	Leaving console.Leaving
	Reader  Reader
	Page    bool
}

func (p DepartedProps) dialog() ui.DialogProps {
	u := p.Departed.User
	return ui.DialogProps{
		Title: u.Name + " is disabled", Text: p.text(), Icon: "circle-check", Tone: ui.OK, Size: "lg",
		Page: p.Page, Back: PersonPath(u.GUID), Return: "main",
	}
}

// text says what changed and what did not.
func (p DepartedProps) text() string {
	text := "No token changed."
	if n := len(p.Departed.Tokens); n > 0 {
		text = plural(n, "token", "tokens") + " changed."
	}
	if p.Departed.Left > 0 {
		return text + " " + plural(p.Departed.Left, "more is", "more are") + " to be dealt with, which takes longer than one page can wait."
	}
	if p.Leaving.Owned > 0 {
		text += " They still own " + plural(p.Leaving.Owned, "live token", "live tokens") + "."
	}
	return text
}

// named are the first of the tokens that changed.
func (p DepartedProps) named() []console.Token {
	return p.Departed.Tokens[:min(len(p.Departed.Tokens), console.HandoverLimit)]
}

// more is how many changed beside those that are named.
func (p DepartedProps) more() int { return len(p.Departed.Tokens) - len(p.named()) }

func (p DepartedProps) became(t console.Token) (string, ui.Tone) {
	if !t.RevokedAt.IsZero() {
		return "Revoked", ui.Bad
	}
	return "Given to " + t.Owner.Name, ui.OK
}

// MembersProps is the page of a repository's members.
type MembersProps struct {
	Repository console.Repository
	Members    []MembershipRow
	// People are those who can be added.
	People  []ui.Option
	CanEdit bool
	Problem string
	Errors  map[string]string
}

// InvitationProps is the page where somebody who was invited sets a password.
type InvitationProps struct {
	Code   string
	User   console.User
	Name   string
	Errors map[string]string
}

var invitationFields = []string{"name", "password"}
