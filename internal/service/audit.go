package service

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"

	"latchkey/internal/console"
	"latchkey/internal/store"
)

// record appends an event in the transaction of its change.
func (s *Service) record(ctx context.Context, tx *store.Store, event console.AuditEvent) error {
	switch event.Action {
	case console.SignInRefused:
		s.figures.signInsRefused.Add(1)
	case console.FactorRefused:
		s.figures.factorsRefused.Add(1)
	}
	return s.recordAll(ctx, tx, []console.AuditEvent{event})
}

// recordAll is record for several events, which make others wait only once.
func (s *Service) recordAll(ctx context.Context, tx *store.Store, events []console.AuditEvent) error {
	if len(events) == 0 {
		return nil
	}
	return tx.InsertAuditEvents(ctx, events, s.keys.sealAudit)
}

// sealAudit is the keyed hash that ties an audit record to the one before it:
// who can write to the database but has not the key cannot make one.
func (k keys) sealAudit(previous, record []byte) []byte {
	mac := hmac.New(sha256.New, k.audit)
	var length [8]byte
	binary.BigEndian.PutUint64(length[:], uint64(len(previous)))
	mac.Write(length[:])
	mac.Write(previous)
	mac.Write(record)
	return mac.Sum(nil)
}

// AuditHead returns the newest event's number and hash. Kept outside of the
// database it shows later whether the log's end was cut off.
func (s *Service) AuditHead(ctx context.Context) (id int64, hash string, err error) {
	head, err := s.store.FindAuditHead(ctx)
	if err == nil {
		s.figures.auditHead.Store(head.ID)
	}
	return head.ID, hex.EncodeToString(head.Hash), err
}

// errBroken ends a walk along the chain.
var errBroken = errors.New("the chain is broken")

// VerifyAudit walks the whole audit log and says whether it is as it was
// written, up to the head that was noted before, if one is given. It tells
// progress, if that is not nil, how far it came.
func (s *Service) VerifyAudit(ctx context.Context, actor console.Principal, head string, progress func(done int)) (console.AuditReport, error) {
	var report console.AuditReport
	if err := actor.Need(console.AuditRead); err != nil {
		return report, err
	}
	if noted, err := hex.DecodeString(head); head != "" && (err != nil || len(noted) != sha256.Size) {
		problems := console.Problems{}
		problems.Check(false, "head", "That is no hash: a head is 64 hexadecimal digits, as the log stream told it.")
		return report, problems.Err()
	}
	head = strings.ToLower(head)
	seen := head == ""
	var last int64
	previous := []byte{}
	err := s.store.EachAuditLink(ctx, func(link store.AuditLink) error {
		report.Events++
		switch {
		case !s.sealed(link):
			report.Broken, report.Why = link.ID, "This event was changed or moved, or was not written by Latchkey."
		case !bytes.Equal(link.Previous, previous):
			report.Broken, report.Why = link.ID, "Before this event others were removed, added or moved."
		default:
			previous, last = link.Hash, link.ID
			report.Head = hex.EncodeToString(link.Hash)
			seen = seen || report.Head == head
			if progress != nil {
				progress(report.Events)
			}
			return nil
		}
		return errBroken
	})
	if errors.Is(err, errBroken) {
		err = nil
	}
	if err == nil && report.Broken == 0 && !seen {
		report.Why = fmt.Sprintf("The event of the head that was noted is gone: after event %d the log was cut off, or all of it was replaced.", last)
	}
	return report, err
}

// sealed reports whether a link's hash is what one of this installation's keys makes.
func (s *Service) sealed(link store.AuditLink) bool {
	return slices.ContainsFunc(s.keys.all, func(k keys) bool {
		return hmac.Equal(link.Hash, k.sealAudit(link.Previous, link.Record)) || hmac.Equal(link.Hash, k.sealAudit(link.Previous, link.Numberless))
	})
}

// ListAuditEvents returns a page of the audit log, the newest first. Who may not
// read all of it may read what was done to a token that they see.
func (s *Service) ListAuditEvents(ctx context.Context, actor console.Principal, f console.AuditFilter, page console.PageRequest) (console.Page[console.AuditEvent], error) {
	err := actor.Need(console.AuditRead)
	if err != nil && f.Target != "" {
		_, err = s.GetToken(ctx, actor, "", f.Target)
	}
	if err != nil {
		return console.Page[console.AuditEvent]{}, err
	}
	if unsearchable(f.Text) || written(f.Target, f.Actor, f.Repository, f.Parent, f.Through) != nil {
		return console.Page[console.AuditEvent]{}, nil
	}
	return s.store.ListAuditEvents(ctx, f, page)
}

// ExportAudit gives visit every event that passes f, the newest first, and
// records that first: no record, no export.
func (s *Service) ExportAudit(ctx context.Context, actor console.Principal, f console.AuditFilter, format console.ExportFormat, visit func(console.AuditEvent) error) error {
	if err := s.RecordDenial(ctx, actor, actor.Need(console.AuditRead), console.Target{}); err != nil {
		return err
	}
	if unsearchable(f.Text) || written(f.Target, f.Actor, f.Repository, f.Parent, f.Through) != nil {
		return console.NotFound()
	}
	err := s.change(ctx, actor, console.AuditRead, func(tx *store.Store, actor console.Principal) error {
		event := actor.Did(console.AuditExported, console.Target{Kind: console.TargetAudit, Name: "the audit log"}, s.now())
		event.Changes = append([]console.Change{{Field: "format", New: string(format)}}, f.Fields()...)
		return s.record(ctx, tx, event)
	})
	if err != nil {
		return err
	}
	return s.store.EachAuditEvent(ctx, f, visit)
}

// AuditName is what somebody or something was called last, whether or not they
// are still there; empty if the log does not know.
func (s *Service) AuditName(ctx context.Context, actor console.Principal, guid console.GUID) (string, error) {
	about, err := s.ListAuditEvents(ctx, actor, console.AuditFilter{Target: guid}, console.PageRequest{Size: 1})
	if err != nil {
		return "", err
	}
	by, err := s.ListAuditEvents(ctx, actor, console.AuditFilter{Actor: guid}, console.PageRequest{Size: 1})
	if err != nil {
		return "", err
	}
	if len(by.Items) > 0 && (len(about.Items) == 0 || by.Items[0].ID > about.Items[0].ID) {
		return by.Items[0].Actor.Name, nil
	}
	if len(about.Items) > 0 {
		return about.Items[0].Target.Name, nil
	}
	return "", nil
}
