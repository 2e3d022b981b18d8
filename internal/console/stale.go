package console

import "time"

// edits are the actions after which a form about something of that kind is out
// of date.
var edits = map[TargetKind][]Action{
	TargetToken:      {TokenEdited, TokenDisabled, TokenEnabled, TokenRotated, TokenOverlapEnded, TokenRevoked},
	TargetRepository: {RepositoryEdited},
	TargetScope:      {ScopeCreated, ScopeEdited, ScopeRetired, ScopeReinstated},
	TargetIPFilter:   {IPFilterEdited},
	TargetPolicy:     {PolicyEdited},
	TargetSettings:   {SettingsEdited},
	TargetAsset:      {AssetEdited},
	TargetUser: {
		UserJoined, UserEdited, UserAccessChanged, UserDisabled, UserEnabled,
		MemberAdded, MemberChanged, MemberRemoved,
	},
}

// Edits are the actions after which a form about something of kind k is out of
// date.
func (k TargetKind) Edits() []Action { return edits[k] }

// Stale says that a change is based on an older state of target. Who made it
// old, and when, is added by whoever can read the audit log: see Blame.
func Stale(target Target) error {
	return &Error{Code: CodeConflict, Message: staleSentence("Somebody", target, "meanwhile"), Stale: &target}
}

// Blame makes a stale error say who changed its target, so long before now.
func (e *Error) Blame(who string, before time.Duration) {
	e.Message = staleSentence(who, *e.Stale, Ago(before))
}

func staleSentence(who string, target Target, when string) string {
	what := "this " + string(target.Kind)
	switch target.Kind {
	case TargetUser:
		what = target.Name
	case TargetIPFilter:
		what = "this IP filter"
	case TargetSettings:
		what = "the settings"
	}
	return who + " changed " + what + " " + when + ". Review the new values and try again."
}
