package cli

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"sync"
	"time"

	"latchkey/internal/console"
)

type benchBulkCommand struct {
	Tokens    int           `default:"10000" placeholder:"N" help:"How many synthetic tokens an empty database is filled with."`
	Change    int           `default:"1000" placeholder:"N" help:"About how many of them are revoked."`
	Presented int           `default:"200" placeholder:"N" help:"How many tokens are asked about, in no order."`
	Duration  time.Duration `default:"10s" placeholder:"DURATION" help:"How long is measured before."`
}

// Run measures verification and the first page of all tokens before a bulk
// revocation and while the server works it off, and prints both with their ratio.
func (b benchBulkCommand) Run(ctx context.Context, p *program) error {
	return p.withBench(ctx, b.Tokens, func(ctx context.Context, bench *bench) (err error) {
		filter, err := b.filter(ctx, bench)
		if err != nil {
			return err
		}
		questions, err := bench.present(ctx, b.Presented)
		if err != nil {
			return err
		}
		base, stop, err := bench.serve(ctx, bench.svc)
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, stop()) }()
		m := &measurement{ctx: ctx, bench: bench}
		if err := m.signIn(base); err != nil {
			return err
		}
		page, err := m.question("/tokens?status=active", "")
		if err != nil {
			return err
		}
		asked := []*paced{{name: "verification", questions: questions, every: 5 * time.Millisecond}, {name: "first page of tokens", questions: [][]byte{page}, every: 20 * time.Millisecond}}
		for range 2 { // the first time is to warm up
			before, end := context.WithCancel(ctx)
			time.AfterFunc(b.Duration, end)
			if err := askAll(before, base, asked); err != nil {
				return err
			}
		}
		job, took, err := b.work(ctx, bench, filter, base, asked)
		if err != nil {
			return err
		}
		if err := b.report(p, job, took, asked); err != nil {
			return err
		}
		return b.once(ctx, p, bench, job)
	})
}

// once says that the job had one outcome for each token and one event for each
// that it changed, or what else it had.
func (b benchBulkCommand) once(ctx context.Context, p *program, bench *bench, job console.BulkJob) error {
	left, outcomes := map[console.GUID]bool{}, 0
	err := bench.svc.EachBulkOutcome(ctx, bench.actor, job.GUID, func(o console.BulkOutcome) error {
		if _, twice := left[o.GUID]; twice || o.Effect == "" {
			return fmt.Errorf("%s has not one outcome", o.GUID)
		}
		outcomes++
		left[o.GUID] = o.Effect == console.EffectChanges
		return nil
	})
	if err != nil {
		return err
	}
	events := 0
	err = bench.svc.ExportAudit(ctx, bench.actor, console.AuditFilter{Parent: job.GUID, Actions: []console.Action{console.TokenRevoked}}, console.ExportJSONL, func(e console.AuditEvent) error {
		if !left[e.Target.GUID] {
			return fmt.Errorf("%s has an event too many", e.Target.GUID)
		}
		events++
		left[e.Target.GUID] = false
		return nil
	})
	if err != nil {
		return err
	}
	if outcomes != job.Total || events != job.Changed {
		return fmt.Errorf("%d outcomes of %d tokens, %d events of %d that changed", outcomes, job.Total, events, job.Changed)
	}
	return p.say("Exactly once: %d outcomes of as many tokens, %d events.\n", outcomes, events)
}

// filter keeps about as many tokens that are active as shall be revoked.
func (b benchBulkCommand) filter(ctx context.Context, bench *bench) (console.TokenFilter, error) {
	f := console.TokenFilter{Status: console.FilterActive, CreatedTo: bench.svc.Now()}
	revoke := console.BulkRequest{Verb: console.BulkRevoke}
	all, err := bench.svc.PreviewBulkJob(ctx, bench.actor, f, revoke)
	if err != nil || all.Changed == 0 {
		return f, errors.Join(err, errors.New("the database has no active token: use an empty one"))
	}
	// They were made evenly over the years.
	low, high := bench.svc.Now().AddDate(-4, 0, 0), f.CreatedTo
	for range 12 {
		middle := low.Add(high.Sub(low) / 2)
		f.CreatedFrom = middle
		some, err := bench.svc.PreviewBulkJob(ctx, bench.actor, f, revoke)
		if err != nil {
			return f, err
		}
		if some.Changed < b.Change {
			high = middle
		} else {
			low = middle
		}
	}
	f.CreatedFrom = low
	return f, nil
}

// work has the server work off a bulk revocation while it is asked.
func (b benchBulkCommand) work(ctx context.Context, bench *bench, f console.TokenFilter, base string, asked []*paced) (job console.BulkJob, took time.Duration, err error) {
	for _, one := range asked {
		one.before, one.times = one.times, nil
	}
	meanwhile, ended := context.WithCancel(ctx)
	defer ended()
	start := time.Now()
	if job, err = bench.svc.StartBulkJob(ctx, bench.actor, f, console.BulkRequest{Verb: console.BulkRevoke, Reason: "benchmark"}); err != nil {
		return job, 0, err
	}
	var following error
	var follower sync.WaitGroup
	follower.Go(func() {
		defer ended()
		for following == nil && ctx.Err() == nil && !job.Finished() {
			time.Sleep(50 * time.Millisecond)
			job, following = bench.svc.GetBulkJob(ctx, bench.actor, job.GUID)
		}
		took = time.Since(start)
	})
	err = askAll(meanwhile, base, asked)
	ended()
	follower.Wait()
	return job, took, errors.Join(err, following, ctx.Err())
}

func (b benchBulkCommand) report(p *program, job console.BulkJob, took time.Duration, asked []*paced) error {
	if job.End != console.EndDone || job.Left() != 0 {
		return fmt.Errorf("the bulk change ended as %s with %d left", job.End, job.Left())
	}
	err := p.say("| | p50 ms before | meanwhile | | p90 ms before | meanwhile | | p99 ms before | meanwhile | |\n|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|\n")
	for _, one := range asked {
		err = errors.Join(err, p.say("%s", one.line(.5, .9, .99)))
	}
	for _, one := range asked {
		err = errors.Join(err, p.say("\n%d times before and %d meanwhile: %s", len(one.before), len(one.times), one.name))
	}
	return errors.Join(err, p.say("\n\n%s revoked in %s, %.0f a second.\n", console.Count(job.Changed, "token"), took.Round(100*time.Millisecond), float64(job.Changed)/took.Seconds()))
}

// paced is what is asked again and again with a pause, as by somebody who does
// not want all that the server can give.
type paced struct {
	name          string
	questions     [][]byte
	every         time.Duration
	times, before []time.Duration
}

// askAll asks each, side by side, until ctx ends.
func askAll(ctx context.Context, base string, asked []*paced) error {
	failures := make([]error, len(asked))
	var clients sync.WaitGroup
	for i, one := range asked {
		clients.Go(func() {
			one.times, failures[i] = ask(ctx, strings.TrimPrefix(base, "http://"), one.questions, 0, one.every, time.Now().AddDate(1, 0, 0))
			if failures[i] == nil && len(one.times) == 0 {
				failures[i] = errors.New(one.name + " was never asked")
			}
		})
	}
	clients.Wait()
	return errors.Join(failures...)
}

// line is a line of the table, with what these shares of the answers did not exceed.
func (q *paced) line(shares ...float64) string {
	text := "| " + q.name
	for _, share := range shares {
		before, meanwhile := percentile(q.before, share), percentile(q.times, share)
		text += fmt.Sprintf(" | %s | %s | %.2f ×", milliseconds(before), milliseconds(meanwhile), meanwhile.Seconds()/before.Seconds())
	}
	return text + " |\n"
}

// question is a request for a page as the signed-in person asks for it.
func (m *measurement) question(path, header string) ([]byte, error) {
	at, err := url.Parse(m.base)
	if err != nil {
		return nil, err
	}
	question := "GET " + path + " HTTP/1.1\r\nHost: " + at.Host + "\r\n" + header
	for _, cookie := range m.client.Jar.Cookies(at) {
		question += "Cookie: " + cookie.Name + "=" + cookie.Value + "\r\n"
	}
	return []byte(question + "\r\n"), nil
}
