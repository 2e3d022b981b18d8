package views

import (
	"strings"
	"time"

	"latchkey/internal/console"
	"latchkey/views/ui"
)

// A deed is how an action reads: somebody, the verb, what it was done to, and
// the rest.
type deed struct {
	verb string
	// alone deeds are done to nothing but the doer.
	alone bool
	rest  string
	tone  ui.Tone
	// label is the action's name in a filter, group the heading above it.
	label, group string
}

// deeds are the words of every action.
var deeds = map[console.Action]deed{
	console.TokenCreated:      {verb: "created token", tone: ui.OK, label: "Created", group: "Tokens"},
	console.TokenEdited:       {verb: "edited token", tone: ui.Info, label: "Edited", group: "Tokens"},
	console.TokenDisabled:     {verb: "disabled token", tone: ui.Warn, label: "Disabled", group: "Tokens"},
	console.TokenEnabled:      {verb: "enabled token", tone: ui.OK, label: "Enabled", group: "Tokens"},
	console.TokenRevoked:      {verb: "revoked token", tone: ui.Bad, label: "Revoked", group: "Tokens"},
	console.TokenDeleted:      {verb: "deleted token", tone: ui.Bad, label: "Deleted", group: "Tokens"},
	console.TokensPurged:      {verb: "removed", rest: "that had ended long before", tone: ui.Bad, label: "Removed after their end", group: "Tokens"},
	console.RepositoryCreated: {verb: "created repository", tone: ui.OK, label: "Created", group: "Repositories"},
	console.RepositoryEdited:  {verb: "edited repository", tone: ui.Info, label: "Edited", group: "Repositories"},
	console.RepositoryDeleted: {verb: "deleted repository", tone: ui.Bad, label: "Deleted", group: "Repositories"},
	console.ScopeCreated:      {verb: "added scope", tone: ui.OK, label: "Added", group: "Scopes"},
	console.ScopeEdited:       {verb: "edited scope", tone: ui.Info, label: "Edited", group: "Scopes"},
	console.ScopeRetired:      {verb: "retired scope", tone: ui.Warn, label: "Retired", group: "Scopes"},
	console.ScopeReinstated:   {verb: "reinstated scope", tone: ui.OK, label: "Reinstated", group: "Scopes"},
	console.UserCreated:       {verb: "made an account for", tone: ui.OK, label: "Account made", group: "People"},
	console.SettingsEdited:    {verb: "changed", tone: ui.Info, label: "Changed", group: "Settings"},
	console.PolicyEdited:      {verb: "changed the policy for tokens of type", tone: ui.Info, label: "Policy changed", group: "Settings"},
	console.SignedIn:          {verb: "signed in", alone: true, label: "Signed in", group: "People"},
	console.SignInRefused:     {verb: "was refused at sign-in", alone: true, tone: ui.Warn, label: "Refused at sign-in", group: "People"},
	console.SignedOut:         {verb: "signed out", alone: true, label: "Signed out", group: "People"},
}

// deedOf is the words of an event's action; of one that this program does not
// know, the action itself.
func deedOf(event console.AuditEvent) deed {
	if event.Action == console.UserCreated && event.Actor.GUID == event.Target.GUID {
		return deed{verb: "made the first account", alone: true, tone: ui.OK}
	}
	if words, known := deeds[event.Action]; known {
		return words
	}
	return deed{verb: "did " + string(event.Action) + " to"}
}

// Sentence is what an event says in one line.
func Sentence(event console.AuditEvent) string {
	words := deedOf(event)
	parts := []string{doer(event), words.verb}
	if !words.alone {
		parts = append(parts, event.Target.Name)
	}
	return strings.TrimSpace(strings.Join(append(parts, words.rest), " "))
}

// ActionLabel is the name of an action in a filter, with its heading.
func ActionLabel(action console.Action) (group, label string) {
	words := deeds[action]
	return words.group, words.label
}

// doer is who did it.
func doer(event console.AuditEvent) string {
	if event.Actor.Name == "" {
		return "Somebody"
	}
	return event.Actor.Name
}

// doerIcon stands for a doer that is no person; empty for a person.
func doerIcon(event console.AuditEvent) string {
	switch {
	case event.Action == console.SignInRefused:
		return "shield-alert"
	case event.ActorKind == console.PrincipalSystem:
		return "terminal"
	case event.ActorKind == console.PrincipalToken:
		return "key-round"
	}
	return ""
}

// whereOf is where an event happened: the repositories of its target, or the
// part of the console.
func whereOf(event console.AuditEvent) string {
	if len(event.Repositories) > 0 {
		return repositoryNames(event.Repositories)
	}
	switch event.Target.Kind {
	case console.TargetRepository:
		return event.Target.Name
	case console.TargetScope:
		return "Scopes"
	case console.TargetUser, console.TargetSettings, console.TargetPolicy:
		return "Console"
	}
	return "No repository"
}

func repositoryNames(refs []console.RepositoryRef) string {
	names := make([]string, len(refs))
	for i, ref := range refs {
		names[i] = ref.Name
	}
	return strings.Join(names, ", ")
}

// DayTitle is the heading of the events of one day.
func (r Reader) DayTitle(at time.Time) string {
	day, today := at.In(r.Zone), r.Now.In(r.Zone)
	text := day.Format("2 January")
	if day.Year() != today.Year() {
		text = day.Format("2 January 2006")
	}
	switch day.Format(DayLayout) {
	case today.Format(DayLayout):
		return "Today, " + text
	case today.AddDate(0, 0, -1).Format(DayLayout):
		return "Yesterday, " + text
	}
	return day.Format("Monday") + ", " + text
}

// clockWithSeconds is the time of day of t to the second.
func (r Reader) clockWithSeconds(t time.Time) string { return t.In(r.Zone).Format("15:04:05") }

// isNew reports whether the event's changes are first values, which need no
// comparison.
func isNew(event console.AuditEvent) bool { return strings.HasSuffix(string(event.Action), ".created") }
