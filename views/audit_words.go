package views

import (
	"cmp"
	"slices"
	"strconv"
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
	console.TokenRotated:      {verb: "rotated the secret of", tone: ui.Info, label: "Rotated", group: "Tokens"},
	console.TokenOverlapEnded: {verb: "ended the old secret of", tone: ui.Warn, label: "Old secret ended", group: "Tokens"},
	console.TokenRevoked:      {verb: "revoked token", tone: ui.Bad, label: "Revoked", group: "Tokens"},
	console.TokenDeleted:      {verb: "deleted token", tone: ui.Bad, label: "Deleted", group: "Tokens"},
	console.TokensExported:    {verb: "exported a list of", tone: ui.Info, label: "Exported", group: "Tokens"},
	console.TokensImported:    {verb: "began to import", tone: ui.OK, label: "Import begun", group: "Tokens"},
	console.TokensPurged:      {verb: "removed", rest: "that had ended long before", tone: ui.Bad, label: "Removed after their end", group: "Tokens"},
	console.TokenRefused:      {verb: "was refused", alone: true, tone: ui.Warn, label: "Refused", group: "Tokens"},
	console.RepositoryCreated: {verb: "created repository", tone: ui.OK, label: "Created", group: "Repositories"},
	console.RepositoryEdited:  {verb: "edited repository", tone: ui.Info, label: "Edited", group: "Repositories"},
	console.RepositoryDeleted: {verb: "deleted repository", tone: ui.Bad, label: "Deleted", group: "Repositories"},
	console.ScopeCreated:      {verb: "added scope", tone: ui.OK, label: "Added", group: "Scopes"},
	console.ScopeEdited:       {verb: "edited scope", tone: ui.Info, label: "Edited", group: "Scopes"},
	console.ScopeRetired:      {verb: "retired scope", tone: ui.Warn, label: "Retired", group: "Scopes"},
	console.ScopeReinstated:   {verb: "reinstated scope", tone: ui.OK, label: "Reinstated", group: "Scopes"},
	console.IPFilterCreated:   {verb: "created IP filter", tone: ui.OK, label: "Created", group: "IP filters"},
	console.IPFilterEdited:    {verb: "edited IP filter", tone: ui.Info, label: "Edited", group: "IP filters"},
	console.IPFilterDeleted:   {verb: "deleted IP filter", tone: ui.Bad, label: "Deleted", group: "IP filters"},
	console.AssetCreated:      {verb: "registered", tone: ui.OK, label: "Registered", group: "Assets"},
	console.AssetEdited:       {verb: "edited the registered", tone: ui.Info, label: "Edited", group: "Assets"},
	console.AssetDeleted:      {verb: "took from the register", tone: ui.Bad, label: "Deleted", group: "Assets"},
	console.UserCreated:       {verb: "made an account for", tone: ui.OK, label: "Account made", group: "People"},
	console.UserInvited:       {verb: "invited", tone: ui.OK, label: "Invited", group: "People"},
	console.UserJoined:        {verb: "accepted the invitation", alone: true, tone: ui.OK, label: "Invitation accepted", group: "People"},
	console.UserLinkCreated:   {verb: "made a link to set a password for", tone: ui.Warn, label: "Link made", group: "People"},
	console.UserPasswordSet:   {verb: "set a new password", alone: true, tone: ui.Info, label: "Password set", group: "People"},
	console.UserEdited:        {verb: "edited", tone: ui.Info, label: "Edited", group: "People"},
	console.UserAccessChanged: {verb: "changed the scopes of", tone: ui.Info, label: "Scopes changed", group: "People"},
	console.UserDisabled:      {verb: "disabled", tone: ui.Warn, label: "Disabled", group: "People"},
	console.UserEnabled:       {verb: "enabled", tone: ui.OK, label: "Enabled", group: "People"},
	console.UserDeleted:       {verb: "removed", tone: ui.Bad, label: "Removed", group: "People"},
	console.MemberAdded:       {verb: "added", rest: "to a repository", tone: ui.OK, label: "Membership added", group: "People"},
	console.MemberChanged:     {verb: "changed the membership of", tone: ui.Info, label: "Membership changed", group: "People"},
	console.MemberRemoved:     {verb: "ended the membership of", tone: ui.Warn, label: "Membership ended", group: "People"},
	console.IdentityLinked:    {verb: "linked the account of", rest: "to a sign-in elsewhere", tone: ui.Info, label: "Sign-in linked", group: "People"},
	console.IdentityUnlinked:  {verb: "unlinked the account of", rest: "from a sign-in elsewhere", tone: ui.Warn, label: "Sign-in unlinked", group: "People"},
	console.PolicyEdited:      {verb: "changed the policy for tokens of type", tone: ui.Info, label: "Policy changed", group: "Console"},
	console.SignedIn:          {verb: "signed in", alone: true, label: "Signed in", group: "People"},
	console.SignInRefused:     {verb: "was refused at sign-in", alone: true, tone: ui.Warn, label: "Refused at sign-in", group: "People"},
	console.SignedOut:         {verb: "signed out", alone: true, label: "Signed out", group: "People"},

	console.SessionRevoked:      {verb: "ended sessions of", tone: ui.Warn, label: "Sessions ended", group: "People"},
	console.FactorRefused:       {verb: "was refused at the second factor", alone: true, tone: ui.Warn, label: "Refused at the second factor", group: "People"},
	console.ProofRefused:        {verb: "did not prove who they are", alone: true, tone: ui.Warn, label: "Refused to confirm", group: "People"},
	console.PasswordChanged:     {verb: "changed their password", alone: true, tone: ui.Info, label: "Password changed", group: "People"},
	console.FactorAdded:         {verb: "added a second factor", alone: true, tone: ui.OK, label: "Second factor added", group: "People"},
	console.FactorRenamed:       {verb: "renamed a second factor", alone: true, tone: ui.Info, label: "Second factor renamed", group: "People"},
	console.FactorRemoved:       {verb: "removed a second factor", alone: true, tone: ui.Warn, label: "Second factor removed", group: "People"},
	console.FactorsReset:        {verb: "reset the second factors of", tone: ui.Bad, label: "Second factors reset", group: "People"},
	console.RecoveryUsed:        {verb: "used a recovery code", alone: true, tone: ui.Warn, label: "Recovery code used", group: "People"},
	console.RecoveryRegenerated: {verb: "made new recovery codes", alone: true, tone: ui.Info, label: "Recovery codes made", group: "People"},
	console.SignInThrottled:     {verb: "had to wait before another try", alone: true, tone: ui.Warn, label: "Had to wait", group: "People"},
	console.AccessDenied:        {verb: "was not allowed to change", tone: ui.Warn, label: "Change not allowed", group: "Console"},
	console.SettingsEdited:      {verb: "changed", tone: ui.Info, label: "Settings changed", group: "Console"},
	console.BulkStarted:         {verb: "started a bulk change:", tone: ui.Warn, label: "Bulk change started", group: "Tokens"},
	console.BulkFinished:        {verb: "finished a bulk change:", tone: ui.OK, label: "Bulk change finished", group: "Tokens"},
	console.BulkCancelled:       {verb: "cancelled a bulk change:", tone: ui.Warn, label: "Bulk change cancelled", group: "Tokens"},
	console.BulkStopped:         {verb: "stopped a bulk change:", tone: ui.Bad, label: "Bulk change stopped", group: "Tokens"},
	console.ViewCreated:         {verb: "saved the view", tone: ui.OK, label: "View saved", group: "Console"},
	console.ViewEdited:          {verb: "changed the view", tone: ui.Info, label: "View changed", group: "Console"},
	console.ViewDeleted:         {verb: "deleted the view", tone: ui.Warn, label: "View deleted", group: "Console"},
	console.AuditExported:       {verb: "exported", tone: ui.Info, label: "Audit log exported", group: "Console"},
	console.KeyChanged:          {verb: "began to use another", tone: ui.Warn, label: "Key changed", group: "Console"},
}

// deedOf is the words of an event's action; of one that this program does not
// know, the action itself.
func deedOf(event console.AuditEvent) deed {
	if event.Action == console.UserCreated && event.Actor.GUID == event.Target.GUID {
		return deed{verb: "made the first account", alone: true, tone: ui.OK}
	}
	words, known := deeds[event.Action]
	if event.Action == console.TokenRefused {
		words.verb += refusedText(event)
	}
	if known {
		return words
	}
	return deed{verb: "did " + string(event.Action) + " to"}
}

// Sentence is what an event says in one line.
func Sentence(event console.AuditEvent) string {
	words := deedOf(event)
	parts := []string{doer(event) + through(event), words.verb}
	if !words.alone {
		parts = append(parts, doneTo(event))
	}
	return strings.TrimSpace(strings.Join(append(parts, words.rest), " "))
}

// refusedText says how often a token was refused within a minute, and why.
func refusedText(event console.AuditEvent) string {
	text := ""
	for _, change := range event.Changes {
		switch n, err := strconv.Atoi(change.New); {
		case change.Field == "attempts" && err == nil && n > 1:
			text = " " + Number(n) + " times" + text
		case change.Field == "refused_because":
			text += ": " + cmp.Or(reasonWords[console.Reason(change.New)], change.New)
		}
	}
	return text
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

// through says that somebody did it with their personal token.
func through(event console.AuditEvent) string {
	if event.Through == "" {
		return ""
	}
	return " (personal token)"
}

// doneTo is what it was done to: by its name, else by what is known of it.
func doneTo(event console.AuditEvent) string {
	return cmp.Or(event.Target.Name, string(event.Target.GUID), targetWords[event.Target.Kind], "something")
}

// targetWords stand for targets that have no name.
var targetWords = map[console.TargetKind]string{
	console.TargetToken: "a token", console.TargetRepository: "a repository", console.TargetScope: "the scopes",
	console.TargetUser: "people", console.TargetAudit: "the audit log", console.TargetSettings: "the settings",
	console.TargetIPFilter: "the IP filters", console.TargetPolicy: "the policies", console.TargetView: "the views", console.TargetAsset: "the assets", console.TargetBulk: "tokens",
}

// actsThemselves reports whether an event's target is another person, who may
// have done things themselves.
func actsThemselves(event console.AuditEvent) bool {
	return event.Target.Kind == console.TargetUser && event.Target.GUID != "" && event.Target.GUID != event.Actor.GUID
}

// reasonLabel is the heading of an event's reason: the doer's own, or what they
// were answered.
func reasonLabel(event console.AuditEvent) string {
	if event.Action == console.AccessDenied {
		return "Answer"
	}
	return "Reason"
}

// wantedWords are permissions as what somebody wanted to do.
var wantedWords = map[string]string{
	string(console.TokenWrite): "Change tokens", string(console.RepositoryWrite): "Change repositories", string(console.ScopeWrite): "Change scopes",
	string(console.UserWrite): "Change people", string(console.UserInvite): "Invite people", string(console.SettingsWrite): "Change settings", string(console.AccessWrite): "Change who has which scopes and repositories",
	string(console.IPFilterWrite): "Change IP filters", string(console.PolicyWrite): "Change policies", string(console.AssetWrite): "Change assets",
}

// doerIcon stands for a doer that is no person; empty for a person.
func doerIcon(event console.AuditEvent) string {
	switch {
	case event.Action == console.SignInRefused, event.Action == console.SignInThrottled:
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
	case console.TargetIPFilter:
		return "IP filters"
	case console.TargetUser, console.TargetAudit, console.TargetSettings, console.TargetPolicy, console.TargetBulk:
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

// isNew reports whether the event's changes are facts without values before,
// which need no comparison.
func isNew(event console.AuditEvent) bool {
	return !slices.ContainsFunc(event.Changes, func(c console.Change) bool { return c.Old != "" }) &&
		(strings.HasSuffix(string(event.Action), ".created") || event.Action == console.UserInvited || slices.Contains(factual, event.Action))
}

// factual are the actions that change nothing and whose values are facts.
var factual = []console.Action{console.TokenRefused, console.SignInThrottled, console.AccessDenied, console.AuditExported, console.TokensExported, console.TokensImported,
	console.BulkStarted, console.BulkFinished, console.BulkCancelled, console.BulkStopped,
}

// fieldLabels name the fields of a record for people.
var fieldLabels = map[string]string{
	"name": "Name", "type": "Type", "description": "Description", "scopes": "Scopes", "repositories": "Repositories",
	"valid_from": "Valid from", "valid_to": "Valid to", "owner": "Owner", "ip_filter": "IP filter", "rules": "Rules", "kind": "Kind", "connections": "Reads from",
	"disabled_at": "Disabled since", "disabled_until": "Disabled until", "tokens": "Tokens", "email": "Email", "role": "Role",
	"attempts": "Attempts", "refused_because": "Because", "wanted": "Wanted", "request": "Request", "format": "Format", "text": "Text", "target": "About",
	"actor": "By", "actions": "Actions", "repository": "Repository", "from": "From", "to": "To",
	"label": "Label", "group": "Group", "risk": "Risk", "types": "Types", "retired": "Retired",
	"second_factor": "Second factor", "session": "Session", "left": "Left", "key": "Key",
	"old_secret": "Old secret", "old_secret_until": "Old secret works until",
	"allowed": "May be created", "maximum_lifetime": "Maximum lifetime", "ip_filter_required": "IP filter required", "permissions_fixed": "Permissions fixed",
	"organization": "Organization", "session_idle": "A session that pauses ends after", "session_absolute": "Any session ends after",
	"chosen": "Chosen", "shared": "Shared", "filters": "Filters", "file": "File", "guid": "GUID", "status": "Status", "creator": "Creator", "expires_within": "Expires within", "unused_for": "Unused for",
	"created_from": "Created from", "created_to": "Created to", "traits": "Worth a look",
	"retention": "Ended tokens are kept", "retention_window": "Expired tokens stay on their page",
	"assets": "Rights on assets", "asset_type": "Type", "resource": "Identifier", "query_ownership": "Queries run as",
	"changed": "Changed", "unchanged": "Already so", "refused": "Refused", "parent": "Bulk change", "parts": "Parts of bulk changes",
	"match_name": "Name has", "match_guid": "GUID has", "match_scopes": "With scope", "match_status": "That are", "match_types": "Of type",
	"match_repository": "In repository", "match_owner": "Owned by", "match_creator": "Created by", "match_ip_filter": "With IP filter",
	"match_traits": "Worth a look", "match_expires_within": "Expiring within", "match_unused_for": "Unused for",
	"match_created_from": "Created from", "match_created_to": "Created to",
	"memberships": "Repositories", "member": "Membership", "provider": "Sign-in",
}

func fieldLabel(field string) string { return cmp.Or(fieldLabels[field], field) }
