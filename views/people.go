package views

import (
	"context"
	"io"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"github.com/a-h/templ"

	"latchkey/internal/console"
	"latchkey/views/ui"
)

// AccessTabs are the figures beside the tabs of who may grant what.
type AccessTabs struct{ People, Scopes int }

// PeopleProps is the page of people and their scopes.
type PeopleProps struct {
	Tabs AccessTabs
	// Text, Role and Repository are the filters as chosen, Opened the groups.
	Text, Role, Repository string
	Opened                 []string
	Roles, Repositories    []ui.Option
	// Groups are the columns.
	Groups []AccessGroup
	// Action is where changes go, with the list that they are made in; List is
	// the list.
	Action, List string
	People       []PersonRow
	// Matches says how many people there are.
	Matches string
	Pager   Pager
	// CanWrite is whether the reader may change scopes, CanInvite whether they
	// may invite people.
	CanWrite, CanInvite bool
	// Changes sum up what was ticked, a sentence a person; N counts the boxes.
	Changes []string
	N       int
	// Changed says that somebody else changed some of it meanwhile, Problem
	// why it can't be saved.
	Changed, Problem string
}

// PeopleRegionID is the element that holds a PeopleTable, AccessBarID the one
// that sums up what was ticked.
const (
	PeopleRegionID = "people-list"
	AccessBarID    = "access-bar"
)

// A PersonRow is a person with a box for each scope shown.
type PersonRow struct {
	User console.User
	// Note is what stands below the name.
	Note string
	// Base are the places of the boxes that were ticked when the form was
	// shown first, and Version is the person's at that time.
	Base    string
	Version int
	// Now is what is stored, where somebody else changed it meanwhile.
	Now string
	// Fixed rows can't be changed: by their role or because they are disabled.
	Fixed bool
	// Parts are what the row has in each group.
	Parts []AccessPart
}

// An AccessGroup is a heading of the matrix: a column for each of its scopes
// if it is open, and one for all of them if not.
type AccessGroup struct {
	Name   string
	Scopes []console.Scope
	Open   bool
	// Toggled is the list with the group the other way; empty for the only
	// open one.
	Toggled string
}

// An AccessPart is what somebody holds in a group: a box for each of its scopes
// if it is open, and how many of how many.
type AccessPart struct {
	Group    string
	Cells    []AccessCell
	Held, Of int
}

// An AccessCell is the box of one person and one scope.
type AccessCell struct {
	Scope, Value string
	// Was is what is stored, Checked what was ticked.
	Was, Checked, Disabled bool
}

func (g AccessGroup) id() string { return "group-" + strings.ReplaceAll(g.Name, " ", "-") }

// toggle opens or closes a group, and leaves the matrix scrolled as it is.
func (g AccessGroup) toggle() templ.Attributes {
	return templ.Attributes{
		"id": g.id(), "aria-expanded": strconv.FormatBool(g.Open), "hx-get": string(templ.URL(g.Toggled)),
		"hx-target": "#" + PeopleRegionID, "hx-swap": "innerMorph", "hx-push-url": "true",
	}
}

// rowClass greys out who can do nothing.
func (r PersonRow) class() string {
	if !r.User.Enabled() {
		return "off"
	}
	return ""
}

// accessForm sends itself to be summed up at each tick, and to be saved. The
// list around it stays while something is asked first.
func (p PeopleProps) accessForm() ui.FormProps {
	return ui.FormProps{ID: "access-form", Action: p.Action, Attrs: templ.Attributes{
		"hx-post": string(templ.URL(p.Action)), "hx-trigger": "change, submit", "hx-target": "#" + PeopleRegionID, "hx-swap": "innerHTML",
		"hx-sync": "this:replace", "data-unsaved": true,
	}}
}

// roleBadge is how a person's role is marked.
func roleBadge(u console.User) (string, ui.Tone) {
	switch {
	case !u.Enabled():
		return "Disabled", ui.Mute
	case u.Invited():
		return u.Role.Label(), ui.Info
	case u.Role == console.RoleOwner || u.Role == console.RoleAdministrator:
		return u.Role.Label(), ui.Accent
	}
	return u.Role.Label(), ""
}

// PersonNote is what stands below somebody's name.
func PersonNote(u console.User, r Reader) string {
	switch {
	case !u.Enabled():
		return "Disabled on " + r.Date(u.DisabledAt)
	case u.Invited():
		return "Invited on " + r.Date(u.InvitedAt)
	}
	return u.Email
}

// AccessSentence sums up what somebody gains and loses.
func AccessSentence(name string, gain, lose []string) string {
	var parts []string
	if len(gain) > 0 {
		parts = append(parts, "gains "+Listing(gain))
	}
	if len(lose) > 0 {
		parts = append(parts, "loses "+Listing(lose))
	}
	if len(parts) == 0 {
		return ""
	}
	return name + " " + strings.Join(parts, " and ") + "."
}

// Listing is words in a row: "a", "a and b", "a, b and c".
func Listing(words []string) string {
	if len(words) < 2 {
		return strings.Join(words, "")
	}
	last := len(words) - 1
	return strings.Join(words[:last], ", ") + " and " + words[last]
}

// breakable is a scope's name that may be broken between its syllables. templ
// would set spaces between them.
func breakable(name string) templ.Component {
	return templ.ComponentFunc(func(_ context.Context, w io.Writer) error {
		_, err := io.WriteString(w, strings.ReplaceAll(templ.EscapeString(strings.Join(syllables(name), "\n")), "\n", "<wbr>"))
		return err
	})
}

// syllables are the parts between which a scope's name may be broken.
func syllables(name string) []string {
	var parts []string
	begin, runes := 0, []rune(name)
	for i := 1; i < len(runes); i++ {
		if runes[i-1] == ':' || unicode.IsUpper(runes[i]) && unicode.IsLower(runes[i-1]) {
			parts = append(parts, string(runes[begin:i]))
			begin = i
		}
	}
	return append(parts, string(runes[begin:]))
}

// MembershipRow is what somebody is in a repository, as a row of either's page.
type MembershipRow struct {
	// Action is where changes go, Field what the form names and Value who or
	// which it is.
	Action, Field, Value string
	// Name and Href are of the other side: the repository, or the person.
	Name, Href, Note string
	// Of is what the row belongs to, for the names of controls.
	Of      string
	Role    console.MemberRole
	Off     bool
	CanEdit bool
}

func (m MembershipRow) id() string { return "m-" + m.Value }

func (m MembershipRow) endID() string { return m.id() + "-end" }

// MembershipEndProps asks whether to end a membership.
type MembershipEndProps struct {
	Row                MembershipRow
	Person, Repository string
	// Back is the page that the row stands on.
	Back string
	Page bool
}

func (p MembershipEndProps) dialog() ui.DialogProps {
	return ui.DialogProps{
		Title: "End the membership of " + p.Person + " in " + p.Repository + "?",
		Text:  "They see its tokens no more. Tokens that they own or made there stay as they are.",
		Icon:  "circle-minus", Tone: ui.Warn, Size: "sm", Alert: true, Light: true,
		Page: p.Page, Back: p.Back, Return: p.Row.endID(),
	}
}

func (p MembershipEndProps) form() ui.FormProps {
	return ui.FormProps{ID: "membership-end-form", Action: p.Row.Action, Attrs: pageForm()}
}

// memberRoles are the choices of a membership's role.
func memberRoles() []ui.Option {
	var options []ui.Option
	for _, role := range console.MemberRoles {
		options = append(options, ui.Option{Value: string(role), Label: role.Label()})
	}
	return options
}

var roleNotes = map[console.Role]string{
	console.RoleOwner:         "Everything, people included.",
	console.RoleAdministrator: "Tokens, repositories, scopes, filters and the audit log; what members may grant.",
	console.RoleAuditor:       "Reads everything and changes nothing.",
	console.RoleMember:        "Only the repositories and scopes that are chosen for them.",
}

// MemberScopes are the scopes of a picker that the reader may assign and those
// that somebody has: chosen ones ticked.
func MemberScopes(groups []console.ScopeGroup, has, chosen []string) []ui.ScopeGroup {
	var shown []ui.ScopeGroup
	for _, group := range groups {
		one := ui.ScopeGroup{Name: group.Name}
		for _, scope := range group.Scopes {
			was := slices.Contains(has, scope.Name)
			if scope.Retired && !was {
				continue
			}
			option := ui.ScopeOption{Name: scope.Name, Text: scope.Label, Checked: slices.Contains(chosen, scope.Name), Was: was}
			if scope.Risk == console.RiskHigh {
				option.Badge = "High risk"
			}
			if scope.Retired {
				option.Badge = "Retired"
			}
			one.Scopes = append(one.Scopes, option)
		}
		if len(one.Scopes) > 0 {
			shown = append(shown, one)
		}
	}
	return shown
}

// unsavedTicks is what is asked of who leaves boxes that are not saved.
func unsavedTicks() (title, text string) {
	return "Go on without saving?", "What you ticked is not saved yet, and gets lost."
}
