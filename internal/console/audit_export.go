package console

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode"
)

// ExportFormat is a form in which what is listed can be taken along.
type ExportFormat string

// The formats.
const (
	ExportCSV   ExportFormat = "csv"
	ExportJSONL ExportFormat = "jsonl"
)

// ExportFormats are all of them.
var ExportFormats = []ExportFormat{ExportCSV, ExportJSONL}

// AuditLine is an audit event in JSON.
type AuditLine struct {
	ID     int64       `json:"id"`
	At     string      `json:"at"`
	Action Action      `json:"action"`
	Actor  AuditActor  `json:"actor"`
	Target AuditTarget `json:"target"`
	// Repositories are names.
	Repositories []string `json:"repositories"`
	Reason       string   `json:"reason,omitempty"`
	Address      string   `json:"address,omitempty"`
	Agent        string   `json:"agent,omitempty"`
	RequestID    string   `json:"request_id,omitempty"`
	Changes      []Change `json:"changes"`
}

// AuditActor is who did it.
type AuditActor struct {
	Kind PrincipalKind `json:"kind"`
	GUID GUID          `json:"guid,omitempty"`
	Name string        `json:"name"`
}

// AuditTarget is what it was done to.
type AuditTarget struct {
	Kind TargetKind `json:"kind"`
	GUID GUID       `json:"guid,omitempty"`
	Name string     `json:"name"`
}

// Line is e as JSON has it.
func (e AuditEvent) Line() AuditLine {
	line := AuditLine{
		ID: e.ID, At: TimeText(e.At), Action: e.Action, Repositories: []string{}, Reason: e.Reason,
		Actor:   AuditActor{e.ActorKind, e.Actor.GUID, e.Actor.Name},
		Target:  AuditTarget{e.Target.Kind, e.Target.GUID, e.Target.Name},
		Address: e.Address, Agent: e.Agent, RequestID: e.RequestID, Changes: append([]Change{}, e.Changes...),
	}
	for _, r := range e.Repositories {
		line.Repositories = append(line.Repositories, r.Name)
	}
	return line
}

// auditColumns are the head of an export as CSV.
var auditColumns = []string{
	"id", "at", "action", "actor_kind", "actor_guid", "actor_name", "target_kind", "target_guid", "target_name",
	"repositories", "reason", "address", "agent", "request_id", "changes",
}

// Head is what an export of the audit log begins with.
func (f ExportFormat) Head() []byte {
	if f == ExportCSV {
		return csvRow(auditColumns)
	}
	return nil
}

// Event is e as an export has it, with the end of its line. Nothing that
// somebody wrote into it moves a terminal's cursor, reorders its letters or is
// a formula to a spreadsheet.
func (f ExportFormat) Event(e AuditEvent) ([]byte, error) {
	line := e.Line()
	if f == ExportJSONL {
		text, err := asciiControls(line)
		return append(text, '\n'), err
	}
	changes, err := asciiControls(line.Changes)
	return csvRow([]string{
		strconv.FormatInt(line.ID, 10), line.At, string(line.Action),
		string(line.Actor.Kind), string(line.Actor.GUID), line.Actor.Name,
		string(line.Target.Kind), string(line.Target.GUID), line.Target.Name,
		strings.Join(line.Repositories, " "), line.Reason, line.Address, line.Agent, line.RequestID, string(changes),
	}), err
}

// csvRow is a line of CSV, as RFC 4180 has it.
func csvRow(cells []string) []byte {
	var row bytes.Buffer
	for i, cell := range cells {
		if i > 0 {
			row.WriteByte(',')
		}
		cell = csvCell(cell)
		if strings.ContainsAny(cell, "\",\r\n") {
			cell = `"` + strings.ReplaceAll(cell, `"`, `""`) + `"`
		}
		row.WriteString(cell)
	}
	row.WriteString("\r\n")
	return row.Bytes()
}

// csvCell is text that a spreadsheet takes for text, and a terminal, too.
func csvCell(text string) string {
	formula := text != "" && strings.ContainsRune("=+-@\t\r\n\x00＝＋－＠", []rune(text)[0])
	text = strings.ReplaceAll(strings.ToValidUTF8(text, "\ufffd"), "\r\n", "\n")
	var plain strings.Builder
	if formula {
		plain.WriteByte('\'')
	}
	for _, r := range text {
		if unsafeToShow(r) && r != '\n' && r != '\t' {
			fmt.Fprintf(&plain, `\u%04x`, r)
		} else {
			plain.WriteRune(r)
		}
	}
	return plain.String()
}

// asciiControls is value as JSON in which control characters are escaped, all
// of them and not only those of ASCII.
func asciiControls(value any) ([]byte, error) {
	var text bytes.Buffer
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(value); err != nil {
		return nil, err
	}
	line := bytes.TrimSuffix(text.Bytes(), []byte("\n"))
	if !bytes.ContainsFunc(line, unsafeToShow) {
		return line, nil
	}
	var plain bytes.Buffer
	for _, r := range string(line) {
		if unsafeToShow(r) {
			fmt.Fprintf(&plain, `\u%04x`, r)
		} else {
			plain.WriteRune(r)
		}
	}
	return plain.Bytes(), nil
}

// unsafeToShow reports whether r is a character that moves a cursor or changes
// the order in which others are read.
func unsafeToShow(r rune) bool { return unicode.IsControl(r) || Reorders(r) }

// reordering are the characters that set the direction of writing.
var reordering = []rune{
	'\u061c', '\u200e', '\u200f', '\u202a', '\u202b', '\u202c', '\u202d', '\u202e', '\u2066', '\u2067', '\u2068', '\u2069',
}

// Reorders reports whether r changes the order in which other characters are shown.
func Reorders(r rune) bool { return slices.Contains(reordering, r) }
