package cli

import (
	"context"
	"errors"
	"time"

	"latchkey/internal/console"
	"latchkey/internal/service"
)

type bulkCommands struct {
	Revoke      bulkRevoke      `cmd:"" help:"End all tokens that match for good."`
	Disable     bulkDisable     `cmd:"" help:"Pause all that match."`
	Enable      bulkEnable      `cmd:"" help:"End the pauses of all that match."`
	Extend      bulkExtend      `cmd:"" help:"Give all that match, and end sooner, a later end."`
	Transfer    bulkTransfer    `cmd:"" help:"Give all that match to another owner."`
	AddScope    bulkAddScope    `cmd:"" help:"Let all that match do one thing more."`
	RemoveScope bulkRemoveScope `cmd:"" help:"Let all that match do one thing less."`
	Delete      bulkDelete      `cmd:"" help:"Remove all that match. What the audit log tells of them stays."`
	List        bulkList        `cmd:"" help:"List bulk changes, the newest first."`
	Show        bulkShow        `cmd:"" help:"Show how far a bulk change is, or how it ended."`
	Resume      bulkResume      `cmd:"" help:"Work off what is left of a bulk change, also of one that was interrupted."`
	Cancel      bulkCancel      `cmd:"" help:"End a bulk change where it is. What is done stays done."`
	Outcomes    bulkOutcomes    `cmd:"" help:"Write what became of each token as CSV or JSON Lines."`
}

// bulkChange is what every bulk verb takes: which tokens, and that it is meant.
type bulkChange struct {
	tokenFilter
	DryRun  bool `help:"Only say what would happen to how many."`
	Confirm *int `placeholder:"N" help:"How many tokens would change, as a dry run tells. Without it nothing changes."`
	JSON    bool `name:"json" help:"Print JSON."`
}

// run does b to all tokens that match, after it was confirmed how many that are,
// and works it off together with the servers that are alive.
func (c bulkChange) run(ctx context.Context, p *program, read func(*service.Service, console.Principal) (console.BulkRequest, error)) error {
	if err := c.problems().Err(); err != nil {
		return err
	}
	return p.withService(ctx, func(svc *service.Service, actor console.Principal) error {
		b, err := read(svc, actor)
		if err == nil {
			b.Reason = console.Clean(b.Reason)
			err = b.Validate(svc.Now())
		}
		if err != nil {
			return err
		}
		filter, _, err := c.find(ctx, svc, actor)
		if err != nil {
			return err
		}
		preview, err := svc.PreviewBulkJob(ctx, actor, filter, b)
		if err != nil {
			return err
		}
		if c.DryRun || preview.Changed == 0 {
			return c.foresee(p, preview)
		}
		if c.Confirm == nil || *c.Confirm != preview.Changed {
			return console.Problems{"confirm": "This would change " + console.Count(preview.Changed, "token") + ". Say how many to go on; --dry-run tells more."}.Err()
		}
		job, err := svc.StartBulkJob(ctx, actor, filter, b)
		if err != nil {
			return err
		}
		return p.workOff(ctx, svc, actor, job.GUID, c.JSON)
	})
}

// foresee says what would happen to how many tokens, and why the others stay.
func (c bulkChange) foresee(p *program, preview console.BulkPreview) error {
	if c.JSON {
		line := foreseenJSON{Changed: preview.Changed, Unchanged: preview.Same, Refused: preview.Refused, Reasons: []reasonJSON{}}
		for _, r := range preview.Reasons {
			line.Reasons = append(line.Reasons, reasonJSON{r.Why, r.N})
		}
		return p.sayJSON(line)
	}
	err := p.say("%s would change. %d would stay as they are, %d can’t be changed.\n", console.Count(preview.Changed, "token"), preview.Same, preview.Refused)
	for _, r := range preview.Reasons {
		err = errors.Join(err, p.say("  %d: %s\n", r.N, r.Why))
	}
	return err
}

// foreseenJSON is a preview as JSON output has it.
type foreseenJSON struct {
	Changed   int          `json:"changed"`
	Unchanged int          `json:"unchanged"`
	Refused   int          `json:"refused"`
	Reasons   []reasonJSON `json:"reasons"`
}

type reasonJSON struct {
	Why    string `json:"why"`
	Tokens int    `json:"tokens"`
}

// workOff works off a job and says how it ended. The exit code tells of tokens
// that could not be changed, and of what was left.
func (p *program) workOff(ctx context.Context, svc *service.Service, actor console.Principal, guid console.GUID, json bool) error {
	last := time.Now()
	job, err := svc.WorkBulkJob(ctx, actor, guid, func(j console.BulkJob) {
		if now := time.Now(); p.terminal && now.Sub(last) >= progressPause {
			last = now
			p.complain("%d of %s so far\n", j.Worked(), console.Count(j.Total, "token"))
		}
	})
	if err != nil {
		if errors.Is(err, context.Canceled) {
			p.complain("A server goes on with it, or “latchkey bulk resume %s”.\n", guid)
		}
		return absent(err, noSuchJob)
	}
	if err := p.sayJob(job, json); err != nil {
		return err
	}
	switch {
	case job.End == console.EndStopped:
		return told{console.CodeForbidden}
	case job.End == console.EndCancelled || job.Refused > 0:
		return told{console.CodeConflict}
	}
	return nil
}

type bulkRevoke struct {
	bulkChange
	Reason string `placeholder:"TEXT" help:"Why, for the record."`
}

// Run revokes all tokens that match.
func (r bulkRevoke) Run(ctx context.Context, p *program) error {
	return r.run(ctx, p, always(console.BulkRequest{Verb: console.BulkRevoke, Reason: r.Reason}))
}

// always is a request that depends on nothing else.
func always(b console.BulkRequest) func(*service.Service, console.Principal) (console.BulkRequest, error) {
	return func(*service.Service, console.Principal) (console.BulkRequest, error) { return b, nil }
}

type bulkDisable struct {
	bulkChange
	Until string `placeholder:"TIME" help:"When the pauses end: 2026-12-31, 2026-12-31T08:00 (both UTC), RFC 3339, or a time from now on, such as 12h or 7d (default: when they are enabled)."`
}

// Run pauses all tokens that match.
func (d bulkDisable) Run(ctx context.Context, p *program) error {
	return d.run(ctx, p, func(svc *service.Service, _ console.Principal) (console.BulkRequest, error) {
		until, ok := console.ParseUntil(d.Until, svc.Now())
		problems := console.Problems{}
		problems.Check(ok, "until", console.InstantForms+console.LengthForms+".")
		return console.BulkRequest{Verb: console.BulkDisable, Until: until}, problems.Err()
	})
}

type bulkEnable struct{ bulkChange }

// Run ends the pauses of all tokens that match.
func (e bulkEnable) Run(ctx context.Context, p *program) error {
	return e.run(ctx, p, always(console.BulkRequest{Verb: console.BulkEnable}))
}

type bulkExtend struct {
	bulkChange
	ValidTo string `required:"" placeholder:"TIME" help:"The new end: 2026-12-31, which is included to its end, 2026-12-31T08:00 (both UTC), RFC 3339, or a time from now on, such as 90d."`
}

// Run gives a later end to all tokens that match and end sooner.
func (e bulkExtend) Run(ctx context.Context, p *program) error {
	return e.run(ctx, p, func(svc *service.Service, _ console.Principal) (console.BulkRequest, error) {
		end, ok := console.ParseEnd(e.ValidTo, svc.Now())
		problems := console.Problems{}
		problems.Check(ok, "valid_to", console.InstantForms+console.LengthForms+".")
		return console.BulkRequest{Verb: console.BulkExtend, ValidTo: end}, problems.Err()
	})
}

type bulkTransfer struct {
	bulkChange
	To string `required:"" placeholder:"PERSON" help:"Who answers for them from then on, by address or GUID."`
}

// Run gives all tokens that match to somebody else.
func (t bulkTransfer) Run(ctx context.Context, p *program) error {
	return t.run(ctx, p, func(svc *service.Service, actor console.Principal) (console.BulkRequest, error) {
		heir, err := personGUID(ctx, svc, actor, t.To)
		return console.BulkRequest{Verb: console.BulkTransfer, Owner: heir}, err
	})
}

type bulkAddScope struct {
	bulkChange
	Add string `arg:"" name:"what" help:"The scope that they get."`
}

// Run gives one scope to all tokens that match.
func (a bulkAddScope) Run(ctx context.Context, p *program) error {
	return a.run(ctx, p, always(console.BulkRequest{Verb: console.BulkAddScope, Scope: a.Add}))
}

type bulkRemoveScope struct {
	bulkChange
	Remove string `arg:"" name:"what" help:"The scope that they lose."`
}

// Run takes one scope from all tokens that match.
func (r bulkRemoveScope) Run(ctx context.Context, p *program) error {
	return r.run(ctx, p, always(console.BulkRequest{Verb: console.BulkRemoveScope, Scope: r.Remove}))
}

type bulkDelete struct{ bulkChange }

// Run removes all tokens that match.
func (d bulkDelete) Run(ctx context.Context, p *program) error {
	return d.run(ctx, p, always(console.BulkRequest{Verb: console.BulkDelete}))
}
