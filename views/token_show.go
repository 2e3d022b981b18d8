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
	// Repository is the one whose pages show it, nil on the pages of all tokens.
	Repository *console.Repository
	Reader     Reader
	CanWrite   bool
	// Catalogue says what the token's scopes mean.
	Catalogue console.Catalogue
	History   []console.AuditEvent
}

func (p TokenShowProps) repositoryName() string {
	if p.Repository == nil {
		return ""
	}
	return p.Repository.Name
}

// remaining is the state of the token's validity in words.
func (p TokenShowProps) remaining() string {
	end := tokenEnd(p.Token)
	switch {
	case end.IsZero():
		return "No end date"
	case p.Token.Status(p.Reader.Now).Final():
		return "Ended " + p.Reader.Relative(end)
	case p.Token.ActiveFrom().After(p.Reader.Now):
		return "Starts " + p.Reader.Relative(p.Token.ActiveFrom())
	}
	return span(end.Sub(p.Reader.Now)) + " left of " + span(end.Sub(p.Token.ActiveFrom()))
}

func (p TokenShowProps) timelineClass() string {
	switch {
	case p.Token.Status(p.Reader.Now).Final():
		return "tl-svg tl-ended"
	case p.Token.Expiring(p.Reader.Now, console.NoticeWindow):
		return "tl-svg tl-expiring"
	}
	return "tl-svg"
}

func (p TokenShowProps) scopeLabel(name string) string {
	scope, _ := p.Catalogue.Find(name)
	return scope.Label
}

func (p TokenShowProps) risky(name string) bool {
	scope, _ := p.Catalogue.Find(name)
	return scope.Risk == console.RiskHigh
}

// did says in a word or two what an event did to its target.
func did(event console.AuditEvent) string {
	words := map[console.Action]string{
		console.TokenCreated: "Created", console.TokenRevoked: "Revoked",
		console.RepositoryCreated: "Created", console.RepositoryEdited: "Edited", console.RepositoryDeleted: "Deleted",
	}
	if text := words[event.Action]; text != "" {
		return text
	}
	_, verb, _ := strings.Cut(string(event.Action), ".")
	return console.Status(verb).Label()
}

// fieldLabels name the fields of a record for people.
var fieldLabels = map[string]string{
	"name": "Name", "type": "Type", "description": "Description", "scopes": "Scopes", "repositories": "Repositories",
	"valid_from": "Valid from", "valid_to": "Valid to", "owner": "Owner", "kind": "Kind", "connections": "Reads from",
}

// changesOf are the details of an event in one line. Of a new record they would
// only repeat what the page says.
func changesOf(event console.AuditEvent, r Reader) string {
	var parts []string
	if event.Reason != "" {
		parts = append(parts, "Reason: "+event.Reason)
	}
	if event.Action == console.TokenCreated || event.Action == console.RepositoryCreated {
		return strings.Join(parts, "; ")
	}
	for change := range slices.Values(event.Changes) {
		parts = append(parts, cmp.Or(fieldLabels[change.Field], change.Field)+": "+fieldText(change.Old, r)+" → "+fieldText(change.New, r))
	}
	return strings.Join(parts, "; ")
}

// fieldText is a recorded value for people.
func fieldText(value string, r Reader) string {
	if at, err := time.Parse(time.RFC3339, value); err == nil {
		return r.Moment(at)
	}
	return cmp.Or(value, "none")
}
