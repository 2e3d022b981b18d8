package web

import (
	"context"
	"net/http"

	"github.com/labstack/echo/v4"

	"latchkey/internal/console"
	"latchkey/views"
)

// auditRoutes are the audit log and its exports.
func auditRoutes() []route {
	return []route{
		{http.MethodGet, "/audit", false, (*Server).listAudit},
		{http.MethodGet, "/audit.csv", false, (*Server).exportAudit},
		{http.MethodGet, "/audit.jsonl", false, (*Server).exportAudit},
	}
}

// exportAudit answers GET /audit.csv and /audit.jsonl: all that the filters of
// the page let through.
func (s *Server) exportAudit(c echo.Context) error {
	query, format := readAuditQuery(c.QueryParams()), exportFormat(c)
	filter, err := s.auditFilter(c, &query, s.reader(c))
	if err != nil {
		return err
	}
	return export(s, c, file{name: "audit", format: format, head: format.AuditHead()}, format.Event, func(ctx context.Context, visit func(console.AuditEvent) error) error {
		return s.svc.ExportAudit(ctx, actor(c), filter, format, visit)
	})
}

// exports are the log's addresses as files, with the same filters.
func (l auditLog) exports() map[console.ExportFormat]string {
	all := map[console.ExportFormat]string{}
	values := l.query.first()
	values.page = console.PageRequest{}
	for _, format := range console.ExportFormats {
		all[format] = withQuery(views.AuditExportPath(format), values.values())
	}
	return all
}
