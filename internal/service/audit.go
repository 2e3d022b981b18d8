package service

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"

	"latchkey/internal/console"
	"latchkey/internal/store"
)

// record appends an event in the transaction of its change.
func (s *Service) record(ctx context.Context, tx *store.Store, event console.AuditEvent) error {
	return tx.InsertAuditEvent(ctx, event, s.keys.sealAudit)
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
	return head.ID, hex.EncodeToString(head.Hash), err
}

// errBroken ends a walk along the chain.
var errBroken = errors.New("the chain is broken")

// VerifyAudit walks the whole audit log and says whether it is as it was
// written, up to the head that was noted before, if one is given.
func (s *Service) VerifyAudit(ctx context.Context, actor console.Principal, head string) (console.AuditReport, error) {
	var report console.AuditReport
	if err := actor.Need(console.AuditRead); err != nil {
		return report, err
	}
	seen := head == ""
	previous := []byte{}
	err := s.store.EachAuditLink(ctx, func(link store.AuditLink) error {
		report.Events++
		intact := hmac.Equal(link.Hash, s.keys.sealAudit(link.Previous, link.Record))
		switch {
		case !intact:
			report.Broken, report.Why = link.ID, "This event was changed or was not written by Latchkey."
		case !bytes.Equal(link.Previous, previous):
			report.Broken, report.Why = link.ID, "Before this event others were removed, added or moved."
		default:
			previous = link.Hash
			report.Head = hex.EncodeToString(link.Hash)
			seen = seen || report.Head == head
			return nil
		}
		return errBroken
	})
	if errors.Is(err, errBroken) {
		err = nil
	}
	if err == nil && report.Broken == 0 && !seen {
		report.Why = "The event of the head that was noted is gone: the end of the log was cut off, or the log replaced."
	}
	return report, err
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
	if unsearchable(f.Text) || written(f.Target, f.Actor, f.Repository) != nil {
		return console.Page[console.AuditEvent]{}, nil
	}
	return s.store.ListAuditEvents(ctx, f, page)
}
