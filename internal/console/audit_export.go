package console

import (
	"strconv"
	"strings"
)

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
	// Parent is the job that it is a part of.
	Parent GUID `json:"parent,omitempty"`
}

// AuditActor is who did it.
type AuditActor struct {
	Kind PrincipalKind `json:"kind"`
	GUID GUID          `json:"guid,omitempty"`
	Name string        `json:"name"`
	// Through is the personal token with which they asked.
	Through GUID `json:"through,omitempty"`
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
		Actor:   AuditActor{e.ActorKind, e.Actor.GUID, e.Actor.Name, e.Through},
		Target:  AuditTarget{e.Target.Kind, e.Target.GUID, e.Target.Name},
		Address: e.Address, Agent: e.Agent, RequestID: e.RequestID, Changes: append([]Change{}, e.Changes...), Parent: e.Parent,
	}
	for _, r := range e.Repositories {
		line.Repositories = append(line.Repositories, r.Name)
	}
	return line
}

// auditColumns are the head of an export as CSV.
var auditColumns = []string{
	"id", "at", "action", "actor_kind", "actor_guid", "actor_name", "target_kind", "target_guid", "target_name",
	"repositories", "reason", "address", "agent", "request_id", "changes", "parent", "through",
}

// AuditHead is what an export of the audit log begins with.
func (f ExportFormat) AuditHead() []byte { return f.head(auditColumns) }

// Event is e as an export has it, with the end of its line.
func (f ExportFormat) Event(e AuditEvent) ([]byte, error) {
	line := e.Line()
	if f == ExportJSONL {
		return jsonLine(line)
	}
	changes, err := asciiControls(line.Changes)
	return csvRow([]string{
		strconv.FormatInt(line.ID, 10), line.At, string(line.Action),
		string(line.Actor.Kind), string(line.Actor.GUID), line.Actor.Name,
		string(line.Target.Kind), string(line.Target.GUID), line.Target.Name,
		strings.Join(line.Repositories, " "), line.Reason, line.Address, line.Agent, line.RequestID, string(changes), string(line.Parent), string(line.Actor.Through),
	}), err
}
