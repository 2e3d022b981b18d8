package console

import (
	"strconv"
	"strings"
	"time"
)

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

// Ago is how long something is past, in whole words: "2 minutes ago".
func Ago(d time.Duration) string {
	n, unit, ok := strings.Cut(Span(d.Abs()), " ")
	if !ok {
		return "just now"
	}
	if long := map[string]string{"s": "second", "min": "minute", "h": "hour"}[unit]; long != "" {
		unit = long
		if n != "1" {
			unit += "s"
		}
	}
	return n + " " + unit + " ago"
}

// Span is a length of time in its largest fitting unit, rounded; empty for next
// to none.
func Span(d time.Duration) string {
	const day = 24 * time.Hour
	for _, unit := range []struct {
		length time.Duration
		most   int
		name   string
		many   string
	}{
		{time.Second, 59, "s", "s"},
		{time.Minute, 59, "min", "min"},
		{time.Hour, 23, "h", "h"},
		{day, 29, "day", "days"},
		{7 * day, 8, "week", "weeks"},
		{365 * day / 12, 23, "month", "months"},
		{365 * day, 1 << 30, "year", "years"},
	} {
		switch n := int(d.Round(unit.length) / unit.length); {
		case n == 0:
			return ""
		case n == 1:
			return "1 " + unit.name
		case n <= unit.most:
			return strconv.Itoa(n) + " " + unit.many
		}
	}
	return ""
}
