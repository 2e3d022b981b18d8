package cli

import (
	"bufio"
	"context"

	"latchkey/internal/console"
	"latchkey/internal/service"
)

type auditExport struct {
	auditFilter
	Format string `required:"" enum:"csv,jsonl" placeholder:"FORMAT" help:"csv or jsonl."`
}

// Run writes all events that match to stdout, however many there are. Their
// bytes are those of an export from the console: plain already, and with CSV's
// own ends of lines.
func (x auditExport) Run(ctx context.Context, p *program) error {
	return p.withService(ctx, func(svc *service.Service, actor console.Principal) error {
		filter, err := x.filter(svc)
		if err != nil {
			return err
		}
		to, format := bufio.NewWriter(p.exact), console.ExportFormat(x.Format)
		if _, err := to.Write(format.Head()); err != nil {
			return err
		}
		err = svc.ExportAudit(ctx, actor, filter, format, func(e console.AuditEvent) error {
			line, err := format.Event(e)
			if err != nil {
				return err
			}
			_, err = to.Write(line)
			return err
		})
		if err != nil {
			return err
		}
		return to.Flush()
	})
}
