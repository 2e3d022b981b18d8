package service

import (
	"context"

	"latchkey/internal/console"
)

// ListAuditEvents returns a page of the audit log, the newest first.
func (s *Service) ListAuditEvents(ctx context.Context, actor console.Principal, f console.AuditFilter, page console.PageRequest) (console.Page[console.AuditEvent], error) {
	if err := actor.Need(console.AuditRead); err != nil {
		return console.Page[console.AuditEvent]{}, err
	}
	if unsearchable(f.Text) || written(f.Target, f.Actor, f.Repository) != nil {
		return console.Page[console.AuditEvent]{}, nil
	}
	return s.store.ListAuditEvents(ctx, f, page)
}
