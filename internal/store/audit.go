package store

import (
	"context"
	"encoding/json"
	"strings"

	"latchkey/internal/console"
)

type auditRow struct {
	ID           int64 `gorm:"primaryKey"`
	At           int64
	Action       string
	ActorKind    string
	ActorGUID    string `gorm:"column:actor_guid"`
	ActorName    string
	TargetKind   string
	TargetGUID   string `gorm:"column:target_guid"`
	TargetName   string
	Repositories string
	Reason       string
	Address      string
	Agent        string
	RequestID    string
	Changes      string
	Search       string
}

func (auditRow) TableName() string { return "audit_events" }

// InsertAuditEvent appends e. Call it in the transaction of the change: no
// record, no change.
func (s *Store) InsertAuditEvent(ctx context.Context, e console.AuditEvent) error {
	repositories, err := json.Marshal(e.Repositories)
	if err != nil {
		return err
	}
	changes, err := json.Marshal(e.Changes)
	if err != nil {
		return err
	}
	return s.writer(ctx).Create(&auditRow{
		At: millis(e.At), Action: string(e.Action),
		ActorKind: string(e.ActorKind), ActorGUID: string(e.Actor.GUID), ActorName: e.Actor.Name,
		TargetKind: string(e.Target.Kind), TargetGUID: string(e.Target.GUID), TargetName: e.Target.Name,
		Repositories: string(repositories), Reason: e.Reason,
		Address: e.Address, Agent: e.Agent, RequestID: e.RequestID, Changes: string(changes),
		Search: strings.Join([]string{console.Fold(e.Actor.Name), console.Fold(e.Target.Name), string(e.Actor.GUID), string(e.Target.GUID)}, " "),
	}).Error
}

// ListAuditEvents returns at most limit events, the newest first.
func (s *Store) ListAuditEvents(ctx context.Context, f console.AuditFilter, limit int) ([]console.AuditEvent, error) {
	query := s.reader(ctx).Order("id DESC").Limit(limit)
	if f.Target != "" {
		query = query.Where("target_guid = ?", string(f.Target))
	}
	if f.Actor != "" {
		query = query.Where("actor_guid = ?", string(f.Actor))
	}
	if len(f.Actions) > 0 {
		query = query.Where("action IN ?", f.Actions)
	}
	var rows []auditRow
	if err := query.Find(&rows).Error; err != nil {
		return nil, err
	}
	events := make([]console.AuditEvent, len(rows))
	for i, row := range rows {
		event, err := row.event()
		if err != nil {
			return nil, err
		}
		events[i] = event
	}
	return events, nil
}

func (r auditRow) event() (console.AuditEvent, error) {
	event := console.AuditEvent{
		ID: r.ID, At: fromMillis(r.At), Action: console.Action(r.Action),
		ActorKind: console.PrincipalKind(r.ActorKind),
		Actor:     console.PersonRef{GUID: console.GUID(r.ActorGUID), Name: r.ActorName},
		Target:    console.Target{Kind: console.TargetKind(r.TargetKind), GUID: console.GUID(r.TargetGUID), Name: r.TargetName},
		Reason:    r.Reason, Address: r.Address, Agent: r.Agent, RequestID: r.RequestID,
	}
	if err := json.Unmarshal([]byte(r.Repositories), &event.Repositories); err != nil {
		return event, err
	}
	return event, json.Unmarshal([]byte(r.Changes), &event.Changes)
}
