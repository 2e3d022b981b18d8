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
		format := console.ExportFormat(x.Format)
		return export(p, format.AuditHead(), format.Event, func(visit func(console.AuditEvent) error) error {
			return svc.ExportAudit(ctx, actor, filter, format, visit)
		})
	})
}

// export writes head and a line for each thing that is visited to stdout.
func export[T any](p *program, head []byte, line func(T) ([]byte, error), each func(visit func(T) error) error) error {
	to := bufio.NewWriter(p.exact)
	if _, err := to.Write(head); err != nil {
		return err
	}
	err := each(func(thing T) error {
		text, err := line(thing)
		if err != nil {
			return err
		}
		_, err = to.Write(text)
		return err
	})
	if err != nil {
		return err
	}
	return to.Flush()
}
