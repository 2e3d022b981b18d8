package cli

import (
	"context"
	"strconv"

	"latchkey/internal/console"
	"latchkey/internal/service"
)

const noSuchJob = "There is no bulk change with that GUID."

type bulkList struct {
	JSON bool `name:"json" help:"Print JSON, one bulk change a line."`
}

// Run lists bulk changes, the newest first.
func (l bulkList) Run(ctx context.Context, p *program) error {
	return p.withService(ctx, func(svc *service.Service, actor console.Principal) error {
		pages := func(request console.PageRequest) (console.Page[console.BulkJob], error) {
			return svc.ListBulkJobs(ctx, actor, request)
		}
		if l.JSON {
			return everyPage(pages, func(j console.BulkJob) error { return p.sayJob(j, true) })
		}
		jobs := p.list("GUID", "STARTED", "BY", "STATE", "CHANGED", "UNCHANGED", "REFUSED", "LEFT", "WHAT")
		return jobs.end(everyPage(pages, func(j console.BulkJob) error {
			return jobs.row(string(j.GUID), instant(j.At, ""), j.Actor.Name, jobState(j),
				strconv.Itoa(j.Changed), strconv.Itoa(j.Same), strconv.Itoa(j.Refused), strconv.Itoa(j.Left()), j.Request.Words())
		}))
	})
}

// jobState is how a job ended, or that it goes on.
func jobState(j console.BulkJob) string {
	if !j.Finished() {
		return "running"
	}
	return string(j.End)
}

// jobJSON is a job as JSON output has it.
type jobJSON struct {
	GUID      console.GUID     `json:"guid"`
	Verb      console.BulkVerb `json:"verb"`
	Started   string           `json:"started"`
	By        string           `json:"by"`
	State     string           `json:"state"`
	Why       string           `json:"why,omitempty"`
	Changed   int              `json:"changed"`
	Unchanged int              `json:"unchanged"`
	Refused   int              `json:"refused"`
	Left      int              `json:"left"`
}

// sayJob says how far a job is, or how it ended.
func (p *program) sayJob(j console.BulkJob, json bool) error {
	if json {
		return p.sayJSON(jobJSON{j.GUID, j.Request.Verb, instant(j.At, ""), j.Actor.Name, jobState(j), j.Why, j.Changed, j.Same, j.Refused, j.Left()})
	}
	if j.Why != "" {
		p.complain("latchkey: %s\n", j.Why)
	}
	return p.say("%s (%s) is %s: %s changed, %d unchanged, %d refused, %d left.\n",
		j.Request.Words(), j.GUID, jobState(j), console.Count(j.Changed, "token"), j.Same, j.Refused, j.Left())
}

// bulkNamed names a bulk change.
type bulkNamed struct {
	GUID string `arg:"" name:"guid" help:"The bulk change's GUID."`
	JSON bool   `name:"json" help:"Print JSON."`
}

// with runs do with the GUID that the command line has.
func (n bulkNamed) with(ctx context.Context, p *program, do func(*service.Service, console.Principal, console.GUID) error) error {
	guid, err := parseGUID(n.GUID)
	if err != nil {
		return err
	}
	return p.withService(ctx, func(svc *service.Service, actor console.Principal) error {
		return absent(do(svc, actor, guid), noSuchJob)
	})
}

type bulkShow struct{ bulkNamed }

// Run shows a bulk change.
func (s bulkShow) Run(ctx context.Context, p *program) error {
	return s.with(ctx, p, func(svc *service.Service, actor console.Principal, guid console.GUID) error {
		job, err := svc.GetBulkJob(ctx, actor, guid)
		if err != nil {
			return err
		}
		return p.sayJob(job, s.JSON)
	})
}

type bulkResume struct{ bulkNamed }

// Run works off a bulk change. Of one that has ended it says how.
func (r bulkResume) Run(ctx context.Context, p *program) error {
	return r.with(ctx, p, func(svc *service.Service, actor console.Principal, guid console.GUID) error {
		return p.workOff(ctx, svc, actor, guid, r.JSON)
	})
}

type bulkCancel struct{ bulkNamed }

// Run ends a bulk change. Cancelling what has ended does nothing.
func (c bulkCancel) Run(ctx context.Context, p *program) error {
	return c.with(ctx, p, func(svc *service.Service, actor console.Principal, guid console.GUID) error {
		job, err := svc.CancelBulkJob(ctx, actor, guid)
		if err != nil {
			return err
		}
		return p.sayJob(job, c.JSON)
	})
}

type bulkOutcomes struct {
	GUID   string `arg:"" name:"guid" help:"The bulk change's GUID."`
	Format string `default:"csv" enum:"csv,jsonl" placeholder:"FORMAT" help:"csv or jsonl (default: csv)."`
}

// Run writes what became of each token to stdout, however many there are.
func (o bulkOutcomes) Run(ctx context.Context, p *program) error {
	format := console.ExportFormat(o.Format)
	return bulkNamed{GUID: o.GUID}.with(ctx, p, func(svc *service.Service, actor console.Principal, guid console.GUID) error {
		return export(p, format.OutcomeHead(), format.Outcome, func(visit func(console.BulkOutcome) error) error {
			return svc.EachBulkOutcome(ctx, actor, guid, visit)
		})
	})
}
