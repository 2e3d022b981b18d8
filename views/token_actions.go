package views

import (
	"cmp"

	"latchkey/internal/console"
)

// A tokenAction is what can be done with a token, or why it can't.
type tokenAction struct {
	label, icon string
	// to makes the address of what does it.
	to func(repository string, token console.GUID) string
	// name goes into the id of what starts it.
	name string
	// why is the reason for which it can't be done now.
	why string
	// bad actions end something.
	bad bool
	// inRow actions have a button of their own in a row.
	inRow bool
	// atOnce actions ask nothing before they change something.
	atOnce bool
	// guid and of are the token and its name, repository whose page it is on.
	guid       console.GUID
	of         string
	repository string
}

// tokenActs are all that can be done with a token.
type tokenActs [6]tokenAction

// alike reports whether the same can be done, and not be done for the same reasons.
func (a *tokenActs) alike(b *tokenActs) bool {
	for i := range a {
		if a[i].name != b[i].name || a[i].why != b[i].why {
			return false
		}
	}
	return true
}

// tokenActions are all actions, in the order in which they are offered. refused
// says why the reader may not change the token, if that is so.
func tokenActions(repository string, t console.Token, r Reader, refused string) tokenActs {
	status := t.Status(r.Now)
	ended := func(deed string) string {
		if !status.Final() {
			return ""
		}
		article := "A "
		if status == console.StatusExpired {
			article = "An "
		}
		return article + string(status) + " token can’t be " + deed
	}
	edit := tokenAction{label: "Edit", icon: "pencil", name: "edit", to: TokenEditPath, why: ended("edited"), inRow: true}
	duplicate := tokenAction{label: "Duplicate", icon: "copy-plus", name: "duplicate", to: DuplicatePath}
	if !t.Type.Creatable() {
		duplicate.why, edit.why = "Tokens of this type are made elsewhere", cmp.Or(edit.why, "Tokens of this type stay as they were made")
	}
	pause := tokenAction{label: "Disable", icon: "circle-pause", name: "disable", to: PausePath, why: ended("disabled")}
	if status == console.StatusDisabled {
		pause = tokenAction{label: "Enable", icon: "circle-play", name: "enable", to: ResumptionPath, atOnce: true}
	}
	rotate := tokenAction{label: "Rotate", icon: "rotate-cw", name: "rotate", to: RotationPath}
	if status.Final() {
		rotate.why = "Its secrets have ended with it"
	}
	if rotate.why == "" && t.Type == console.TypePersonal {
		rotate.why = "Its person alone has its secret, on their account page"
	}
	revoke := tokenAction{label: "Revoke", icon: "ban", name: "revoke", to: RevocationPath, bad: true, inRow: true}
	if status.Final() {
		revoke.why = "Already inactive"
	}
	remove := tokenAction{label: "Delete", icon: "trash-2", name: "delete", to: TokenDeletionPath, bad: true, inRow: true}
	all := tokenActs{edit, duplicate, rotate, pause, revoke, remove}
	for i := range all {
		all[i].guid, all[i].of, all[i].repository = t.GUID, t.Name, repository
		if all[i].why == "" && all[i].name != duplicate.name {
			all[i].why = refused
		}
	}
	return all
}

// href is the address of one that can be done.
func (a tokenAction) href() string { return a.to(a.repository, a.guid) }

// said is what assistive technology reads of one that can't be done now, where the
// row's name stands elsewhere.
func (a tokenAction) said() string {
	return a.label + " " + a.of + ": " + lowered(a.why)
}

func (a tokenAction) rowID() string { return a.name + "-" + string(a.guid) }
