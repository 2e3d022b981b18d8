package views

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"latchkey/internal/console"
)

// TokenShowProps is all that is known about a token.
type TokenShowProps struct {
	Token console.Token
	// Repository is the name of the one whose pages show it, empty for all.
	Repository string
	// Query is the state of the list beside it: empty, or what follows the path
	// in an address.
	Query    string
	Reader   Reader
	CanWrite bool
	// Refused says why the reader may not change this token, if that is so.
	Refused  string
	CanAudit bool
	// Catalogue says what the token's scopes mean.
	Catalogue console.Catalogue
	History   []console.AuditEvent
	// Assets are those on which the token has rights.
	Assets []console.GrantedAsset
	// IPFilter is the one that the token uses, its zero value for none.
	IPFilter console.IPFilter
	// CanReadIPFilters is whether the reader sees the filters' own pages.
	CanReadIPFilters bool
	// Secrets are those that the token has or had, the current one first.
	Secrets []console.KeptSecret
	Usage   console.Usage
}

// PanelSlotID is the element that holds the details of a token.
const PanelSlotID = "panel-slot"

// list is the address of the list without the details.
func (p TokenShowProps) list() string { return TokensPath(p.Repository) + p.Query }

func (p TokenShowProps) status() console.Status { return p.Token.Status(p.Reader.Now) }

// remaining is the state of the token's validity in words.
func (p TokenShowProps) remaining() string {
	end, start := tokenEnd(p.Token), p.Token.ActiveFrom()
	switch {
	case end.IsZero():
		return "No end date"
	case p.status().Final():
		return "Ended " + p.Reader.Relative(end)
	case start.After(p.Reader.Now):
		return "Starts " + p.Reader.Relative(start)
	}
	left, whole := end.Sub(p.Reader.Now), end.Sub(start)
	if days := wholeDays(left); days > 0 {
		return plural(days, "day", "days") + " left of " + Number(max(wholeDays(whole), days))
	}
	return console.Span(left) + " left of " + console.Span(whole)
}

// wholeDays is a length of time in days, rounded; 0 for less than one.
func wholeDays(d time.Duration) int {
	const day = 24 * time.Hour
	if d < day {
		return 0
	}
	return int(d.Round(day) / day)
}

func (p TokenShowProps) timelineClass() string {
	switch {
	case p.status().Final():
		return "tl-svg tl-ended"
	case p.Token.Expiring(p.Reader.Now, console.NoticeWindow):
		return "tl-svg tl-expiring"
	}
	return "tl-svg"
}

// granted are the token's scopes with what the catalogue says of them.
func (p TokenShowProps) granted() []console.Scope {
	var scopes []console.Scope
	for _, name := range p.Token.Scopes {
		scope, known := p.Catalogue.Find(name)
		if !known {
			scope = console.Scope{Name: name}
		}
		scopes = append(scopes, scope)
	}
	return scopes
}

// withheld are the scopes that the token could have and has not.
func (p TokenShowProps) withheld() []console.Scope {
	return slices.DeleteFunc(p.Catalogue.Of(p.Token.Type), func(scope console.Scope) bool {
		return scope.Retired || slices.Contains(p.Token.Scopes, scope.Name)
	})
}

// did says in a word what an event did to its target.
func did(event console.AuditEvent) string {
	if event.Action == console.AccessDenied {
		return "Change not allowed, asked for"
	}
	_, verb, _ := strings.Cut(string(event.Action), ".")
	return console.Status(strings.ReplaceAll(verb, "_", " ")).Label()
}

// changesOf are the details of an event, a line each. Of a new record they would
// only repeat what the page says.
func changesOf(event console.AuditEvent, r Reader) []string {
	var lines []string
	if event.Reason != "" {
		lines = append(lines, "Reason: "+event.Reason)
	}
	if event.Action == console.TokenCreated {
		return lines
	}
	for _, change := range event.Changes {
		text := fieldText(change.Old, r) + " → " + fieldText(change.New, r)
		if isNew(event) || change.Old == "" && strings.HasPrefix(change.Field, "old_secret") {
			text = factText(change, r)
		} else if change.Field == "scopes" {
			text = wordsChanged(change.Old, change.New)
		}
		lines = append(lines, fieldLabel(change.Field)+": "+text)
	}
	return lines
}

// wordsChanged says which words came and which went.
func wordsChanged(before, after string) string {
	old, now := strings.Fields(before), strings.Fields(after)
	var parts []string
	for _, word := range now {
		if !slices.Contains(old, word) {
			parts = append(parts, "+"+word)
		}
	}
	for _, word := range old {
		if !slices.Contains(now, word) {
			parts = append(parts, "−"+word)
		}
	}
	return strings.Join(parts, ", ")
}

// fieldText is a recorded value for people.
func fieldText(value string, r Reader) string {
	if at, err := time.Parse(time.RFC3339, value); err == nil {
		return r.Moment(at)
	}
	return cmp.Or(value, "none")
}

// factText is the one value of a field for people.
func factText(change console.Change, r Reader) string {
	if words, known := wantedWords[change.New]; known && change.Field == "wanted" {
		return words
	}
	if words, known := reasonWords[console.Reason(change.New)]; known && change.Field == "refused_because" {
		return words
	}
	if at, err := time.Parse(time.RFC3339, change.New); err == nil {
		switch strings.TrimPrefix(change.Field, "match_") {
		case "from", "created_from":
			return r.Bound(at, false)
		case "to", "created_to":
			return r.Bound(at, true)
		}
	}
	return fieldText(change.New, r)
}

// permissions says how many of the scopes that the token could have it has.
func (p TokenShowProps) permissions() string {
	n := len(p.Token.Scopes)
	return Number(n) + " of " + plural(n+len(p.withheld()), "scope", "scopes")
}

// actions are what can be done with the token: what ends it, or all else.
func (p TokenShowProps) actions(ending bool) []tokenAction {
	all := tokenActions(p.Repository, p.Token, p.Reader, p.Refused)
	return slices.DeleteFunc(all[:], func(a tokenAction) bool { return a.bad != ending })
}

// panelButton is how an action looks above the details.
func panelButton(a tokenAction) string {
	class := "btn btn-sm"
	if a.bad {
		class += " btn-danger-quiet"
	}
	return class
}
