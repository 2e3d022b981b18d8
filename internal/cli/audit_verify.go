package cli

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"latchkey/internal/console"
	"latchkey/internal/service"
)

type auditVerify struct {
	Head string `placeholder:"HASH" help:"A head that the log stream told earlier: finds also that the log's end was cut off."`
}

// progressPause is how often a long command says how far it is.
const progressPause = 2 * time.Second

// progress tells a person at the terminal how far a long walk is; nil where
// nobody reads it.
func (p *program) progress(now func() time.Time) func(done int) {
	if !p.terminal {
		return nil
	}
	last := now()
	return func(done int) {
		if at := now(); done%256 == 0 && at.Sub(last) >= progressPause {
			last = at
			p.complain("%s checked so far\n", console.Count(done, "event"))
		}
	}
}

// errTampered says that the audit log is not as it was written.
var errTampered = errors.New("the audit log was tampered with")

// Run checks the chain of the whole audit log.
func (v auditVerify) Run(ctx context.Context, p *program) error {
	return p.withService(ctx, func(svc *service.Service, actor console.Principal) error {
		report, err := svc.VerifyAudit(ctx, actor, v.Head, p.progress(time.Now))
		if err != nil {
			return err
		}
		if report.Why != "" {
			if report.Broken != 0 {
				return fmt.Errorf("%w at event %d: %s", errTampered, report.Broken, report.Why)
			}
			return fmt.Errorf("%w: %s", errTampered, report.Why)
		}
		return p.say("%s as written. Head %s\n", console.Count(report.Events, "event"), report.Head)
	})
}

const (
	// headEvery is how often the log stream is told the audit log's head.
	headEvery = time.Minute
	// lastHeadDelay is how long telling it for the last time may take.
	lastHeadDelay = 2 * time.Second
	// levelAlways is information that no setting can turn off.
	levelAlways = slog.LevelError + 4
)

// tellHead writes the audit log's newest hash to the log stream, where who can
// change the database cannot change it, whenever it has moved, and once more at
// the end.
func tellHead(ctx context.Context, svc *service.Service, log *slog.Logger) {
	ticker := time.NewTicker(headEvery)
	defer ticker.Stop()
	told := int64(0)
	for ctx.Err() == nil {
		recordRepeats(ctx, svc, log, false)
		told = tellHeadOnce(ctx, svc, log, told)
		select {
		case <-ctx.Done():
		case <-ticker.C:
		}
	}
	last, cancel := context.WithTimeout(context.WithoutCancel(ctx), lastHeadDelay)
	defer cancel()
	recordRepeats(last, svc, log, true)
	tellHeadOnce(last, svc, log, told)
}

// recordRepeats has recorded what was held back because it happened too often.
func recordRepeats(ctx context.Context, svc *service.Service, log *slog.Logger, all bool) {
	if err := svc.RecordRepeats(ctx, all); err != nil && ctx.Err() == nil {
		log.Warn("recording what happened repeatedly failed", "err", err)
	}
}

// tellHeadOnce tells the head unless it is the one told before, and returns it.
func tellHeadOnce(ctx context.Context, svc *service.Service, log *slog.Logger, told int64) int64 {
	id, hash, err := svc.AuditHead(ctx)
	if err != nil {
		if ctx.Err() == nil {
			log.Warn("reading the audit log's head failed", "err", err)
		}
		return told
	}
	if id != told {
		log.Log(ctx, levelAlways, "audit head", "event", id, "hash", hash)
	}
	return id
}
