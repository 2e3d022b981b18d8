package store

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"strconv"
	"strings"

	"latchkey/internal/console"
)

type auditRow struct {
	ID           int64 `gorm:"primaryKey" json:"-"`
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
	// Parent and Through are no part of the hash of an event that has none: others
	// were written before there were these.
	Parent   string `json:",omitempty"`
	Through  string `json:",omitempty"`
	Previous []byte `json:"-"`
	Hash     []byte `json:"-"`
}

func (auditRow) TableName() string { return "audit_events" }

// record is what a row's hash is made over: its number and its fields in a
// fixed form.
func (r auditRow) record() ([]byte, error) {
	fields, err := json.Marshal(r)
	return append(strconv.AppendInt(nil, r.ID, 10), fields...), err
}

// numberless is what the hashes of rows were made over before their numbers
// were sealed, too. It begins with a brace and so is nobody's record.
func (r auditRow) numberless() ([]byte, error) { return json.Marshal(r) }

// A Seal makes the keyed hash of a record and the hash before it.
type Seal func(previous, record []byte) []byte

// InsertAuditEvents appends events, each sealed to the one before it. Call it in
// the transaction of the change: no record, no change. Transactions take turns
// from here on until they end, so call it last.
func (s *Store) InsertAuditEvents(ctx context.Context, events []console.AuditEvent, seal Seal) error {
	rows := make([]auditRow, len(events))
	for i, e := range events {
		var err error
		if rows[i], err = auditRowOf(e); err != nil {
			return err
		}
	}
	return s.Tx(ctx, func(tx *Store) error {
		if err := tx.Exclusive(ctx, "audit"); err != nil {
			return err
		}
		head, err := tx.FindAuditHead(ctx)
		if err != nil {
			return err
		}
		var ids []int64
		if err := tx.reader(ctx).Raw(s.dialect.nextAuditIDs(), len(rows)).Scan(&ids).Error; err != nil {
			return err
		}
		for i := range rows {
			rows[i].ID = ids[i]
			record, err := rows[i].record()
			if err != nil {
				return err
			}
			rows[i].Previous = append([]byte{}, head.Hash...)
			rows[i].Hash = seal(rows[i].Previous, record)
			head.Hash = rows[i].Hash
		}
		*tx.tx = append(*tx.tx, events...)
		return tx.writer(ctx).Create(&rows).Error
	})
}

func auditRowOf(e console.AuditEvent) (auditRow, error) {
	repositories, err := json.Marshal(e.Repositories)
	if err != nil {
		return auditRow{}, err
	}
	changes, err := json.Marshal(e.Changes)
	return auditRow{
		At: millis(e.At), Action: string(e.Action),
		ActorKind: string(e.ActorKind), ActorGUID: string(e.Actor.GUID), ActorName: e.Actor.Name,
		TargetKind: string(e.Target.Kind), TargetGUID: string(e.Target.GUID), TargetName: e.Target.Name,
		Repositories: string(repositories), Reason: e.Reason,
		Address: e.Address, Agent: e.Agent, RequestID: e.RequestID, Changes: string(changes), Parent: string(e.Parent), Through: string(e.Through),
		Search: strings.Join([]string{console.Fold(e.Actor.Name), console.Fold(e.Target.Name), string(e.Actor.GUID), string(e.Target.GUID)}, " "),
	}, err
}

// Listen calls heard when somebody may have recorded something, until ctx ends
// or the database is away. A database that cannot tell calls nobody.
func (s *Store) Listen(ctx context.Context, heard func()) error { return s.dialect.listen(ctx, heard) }

// An AuditLink is a row of the audit log as its chain sees it. Its hash is made
// over Record or, of one that an early version wrote, over Numberless.
type AuditLink struct {
	ID                 int64
	Record, Numberless []byte
	Previous, Hash     []byte
}

// FindAuditHead returns the newest link, its zero value of an empty log.
func (s *Store) FindAuditHead(ctx context.Context) (AuditLink, error) {
	var row auditRow
	err := s.reader(ctx).Raw(`SELECT id, hash FROM audit_events` + s.dialect.byKey() + ` WHERE id = (` + s.newestRecorded() + `)`).Scan(&row).Error
	return AuditLink{ID: row.ID, Hash: row.Hash}, err
}

// newestRecorded selects the number of the newest event, if there is one.
func (s *Store) newestRecorded() string {
	return `SELECT MAX(id) FROM audit_events` + s.dialect.byKey()
}

// auditBatch is how many links are read at once.
const auditBatch = 1000

// EachAuditLink calls visit with all links, the oldest first, until it fails.
func (s *Store) EachAuditLink(ctx context.Context, visit func(AuditLink) error) error {
	for last := int64(math.MinInt64); ; {
		var rows []auditRow
		err := s.reader(ctx).Raw(`SELECT * FROM audit_events WHERE id > ? ORDER BY id LIMIT ?`, last, auditBatch).Scan(&rows).Error
		if err != nil || len(rows) == 0 {
			return err
		}
		for _, row := range rows {
			record, err := row.record()
			if err != nil {
				return err
			}
			numberless, err := row.numberless()
			if err != nil {
				return err
			}
			if err := visit(AuditLink{ID: row.ID, Record: record, Numberless: numberless, Previous: row.Previous, Hash: row.Hash}); err != nil {
				return err
			}
			last = row.ID
		}
	}
}

// ListAuditEvents returns a page of the events that pass f, the newest first.
// Total counts no further than just beyond console.TotalLimit.
func (s *Store) ListAuditEvents(ctx context.Context, f console.AuditFilter, request console.PageRequest) (console.Page[console.AuditEvent], error) {
	var total int
	where := filterAudit(f)
	err := s.reader(ctx).Raw(fmt.Sprintf(`SELECT COUNT(*) FROM (SELECT 1 FROM audit_events%s LIMIT %d) AS counted`, where.where(), console.TotalLimit+1),
		where.args...).Scan(&total).Error
	if err != nil {
		return console.Page[console.AuditEvent]{}, err
	}
	w := newWalk("audit", true, request)
	if w.from != nil {
		where.add("id "+w.comparison()+" ?", w.from.Time)
	}
	var rows []auditRow
	err = s.reader(ctx).Raw(fmt.Sprintf(`SELECT * FROM audit_events%s ORDER BY id %s LIMIT %d`, where.where(), w.direction(), w.rows),
		where.args...).Scan(&rows).Error
	if err != nil {
		return console.Page[console.AuditEvent]{}, err
	}
	rows, page := pageOf[console.AuditEvent](w, rows, func(r auditRow) position { return position{Time: r.ID} }, console.Counted(total))
	page.Items = make([]console.AuditEvent, len(rows))
	for i, row := range rows {
		if page.Items[i], err = row.event(); err != nil {
			return page, err
		}
	}
	return page, nil
}

// FindLastEvent returns the newest event about target with one of the actions, or
// with any if none is given. Who has a GUID is known by it, whatever the name.
func (s *Store) FindLastEvent(ctx context.Context, target console.Target, actions []console.Action) (console.AuditEvent, error) {
	where := filterAudit(console.AuditFilter{Actions: actions})
	where.add("target_guid = ?", string(target.GUID))
	if target.GUID == "" {
		where.add("target_kind = ? AND target_name = ?", string(target.Kind), target.Name)
	}
	var rows []auditRow
	err := s.reader(ctx).Raw(`SELECT * FROM audit_events`+where.where()+` ORDER BY id DESC LIMIT 1`, where.args...).Scan(&rows).Error
	if err != nil {
		return console.AuditEvent{}, err
	}
	if len(rows) == 0 {
		return console.AuditEvent{}, console.NotFound()
	}
	return rows[0].event()
}

// EachAuditEvent calls visit with all events that pass f, the newest first,
// until it fails. It reads a batch at a time, each for itself, so that a slow
// reader neither fills the memory nor holds a transaction open; what is written
// meanwhile is not part of it.
func (s *Store) EachAuditEvent(ctx context.Context, f console.AuditFilter, visit func(console.AuditEvent) error) error {
	head, err := s.FindAuditHead(ctx)
	if err != nil {
		return err
	}
	for last := head.ID + 1; ; {
		where := filterAudit(f)
		where.add("id < ?", last)
		var rows []auditRow
		err := s.reader(ctx).Raw(fmt.Sprintf(`SELECT * FROM audit_events%s ORDER BY id DESC LIMIT %d`, where.where(), auditBatch), where.args...).Scan(&rows).Error
		if err != nil || len(rows) == 0 {
			return err
		}
		for _, row := range rows {
			event, err := row.event()
			if err != nil {
				return err
			}
			if err := visit(event); err != nil {
				return err
			}
			last = row.ID
		}
	}
}

func filterAudit(f console.AuditFilter) conditions {
	var where conditions
	for _, word := range console.Words(f.Text) {
		where.add(`search LIKE ? ESCAPE '\'`, "%"+likeEscapes.Replace(word)+"%")
	}
	if f.Target != "" {
		where.add("target_guid = ?", string(f.Target))
	}
	if f.Actor != "" {
		where.add("actor_guid = ?", string(f.Actor))
	}
	if f.Parent != "" {
		where.add("parent = ? AND parent <> ''", string(f.Parent))
	}
	if f.Alone {
		where.add("parent = ''")
	}
	if f.Through != "" {
		where.add("through = ? AND through <> ''", string(f.Through))
	}
	if len(f.Actions) > 0 {
		where.add("action IN ?", f.Actions)
	}
	if f.Repository != "" {
		where.add("repositories LIKE ?", `%"`+string(f.Repository)+`"%`)
	}
	if !f.From.IsZero() {
		where.add("at >= ?", millis(f.From))
	}
	if !f.To.IsZero() {
		where.add("at < ?", millis(f.To))
	}
	return where
}

func (r auditRow) event() (console.AuditEvent, error) {
	event := console.AuditEvent{
		ID: r.ID, At: fromMillis(r.At), Action: console.Action(r.Action),
		ActorKind: console.PrincipalKind(r.ActorKind),
		Actor:     console.PersonRef{GUID: console.GUID(r.ActorGUID), Name: r.ActorName},
		Target:    console.Target{Kind: console.TargetKind(r.TargetKind), GUID: console.GUID(r.TargetGUID), Name: r.TargetName},
		Reason:    r.Reason, Address: r.Address, Agent: r.Agent, RequestID: r.RequestID,
		Parent: console.GUID(r.Parent), Through: console.GUID(r.Through),
	}
	if err := json.Unmarshal([]byte(r.Repositories), &event.Repositories); err != nil {
		return event, err
	}
	return event, json.Unmarshal([]byte(r.Changes), &event.Changes)
}
