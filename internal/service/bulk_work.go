package service

import (
	"context"
	"maps"
	"slices"
	"time"

	"latchkey/internal/console"
	"latchkey/internal/store"
)

const (
	// bulkBatch is how many tokens are changed in the first transaction, and
	// bulkLeast and bulkMost bound how many are in the others.
	bulkBatch = 30
	bulkLeast = 20
	bulkMost  = 500
	// bulkTime is how long a transaction shall take: others who change something
	// wait for it, and others who only read for the processor and the disk. What one
	// costs however few its tokens are is some milliseconds.
	bulkTime = 25 * time.Millisecond
	// bulkRest is how many times as long the database is left to others afterwards.
	bulkRest = 2
	// gatherBatch is how many tokens are noted as part of a job in one.
	gatherBatch = 1000
	// bulkLease is how long a job waits for a worker who does not go on.
	bulkLease = 5 * time.Second
	// gatherLease is the same while the tokens are looked for, which is one long question.
	gatherLease = 30 * time.Second
	// bulkEvery is how often the database is asked for jobs, if nobody says that there is one.
	bulkEvery = time.Second
)

// bulkWork makes it known that there is work.
type bulkWork struct{ heard chan struct{} }

func newBulkWork() bulkWork { return bulkWork{heard: make(chan struct{}, 1)} }

func (w bulkWork) wake() {
	select {
	case w.heard <- struct{}{}:
	default:
	}
}

// A bulkWorker works off jobs. How much it does at once, and how long it rests
// then, follows from how long that takes: others need the database, too.
type bulkWorker struct {
	id string
	// batch is how many tokens its next transaction changes.
	batch int
}

func newBulkWorker() *bulkWorker {
	return &bulkWorker{id: string(console.NewGUID()), batch: bulkBatch}
}

// learn has the next batch take about bulkTime, if n tokens took that long.
func (w *bulkWorker) learn(n int, took time.Duration) {
	if took > 0 && n == w.batch {
		w.batch = min(max(int(int64(n)*int64(bulkTime)/int64(took)), w.batch/2, bulkLeast), w.batch*2, bulkMost)
	}
}

// rest is how long to leave the database to others after having worked since began.
func (s *Service) rest(began time.Time) time.Duration {
	return min(bulkRest*s.clock().Sub(began), bulkLease/2)
}

// WorkBulkJobs works off jobs until ctx ends, in turns with other servers. It
// tells failed of each time that the work ceases to succeed.
func (s *Service) WorkBulkJobs(ctx context.Context, failed func(error)) {
	worker := newBulkWorker()
	defer s.releaseBulk(ctx, worker.id)
	broken := false
	for ctx.Err() == nil {
		began := s.clock()
		worked, err := s.workBulk(ctx, worker)
		if err != nil && !broken && ctx.Err() == nil {
			failed(err)
		}
		broken = err != nil
		rest := bulkEvery
		if worked && err == nil {
			rest = s.rest(began)
		}
		select {
		case <-ctx.Done():
		case <-s.restBut(worked):
		case <-time.After(rest):
		}
	}
}

// releaseBulk lets others go on at once with what worker leaves. Without it the
// lease runs out.
func (s *Service) releaseBulk(ctx context.Context, worker string) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), bulkEvery)
	defer cancel()
	_ = s.store.ReleaseBulkJobs(ctx, worker)
}

// restBut is what ends a rest early: that there is work, for who had none.
func (s *Service) restBut(worked bool) <-chan struct{} {
	if worked {
		return nil
	}
	return s.bulkWork.heard
}

// WorkBulkJob works off one job, or waits until others have, and tells progress
// how far it is.
func (s *Service) WorkBulkJob(ctx context.Context, actor console.Principal, guid console.GUID, progress func(console.BulkJob)) (console.BulkJob, error) {
	worker := newBulkWorker()
	defer s.releaseBulk(ctx, worker.id)
	for {
		job, err := s.GetBulkJob(ctx, actor, guid)
		if err != nil {
			return job, err
		}
		progress(job)
		if job.Finished() {
			return job, nil
		}
		began := s.clock()
		worked, err := s.workBulk(ctx, worker)
		if err != nil {
			return job, err
		}
		rest := bulkEvery / 4
		if worked {
			rest = s.rest(began)
		}
		select {
		case <-ctx.Done():
			return job, ctx.Err()
		case <-time.After(rest):
		}
	}
}

// workBulk does the next bit of a job, and reports whether there was one. Who
// crashes in the middle has done nothing of the bit, and another goes on there.
func (s *Service) workBulk(ctx context.Context, worker *bulkWorker) (bool, error) {
	var job console.BulkJob
	if open, err := s.store.AnyOpenBulkJob(ctx, worker.id, s.now()); err != nil || !open {
		return false, err
	}
	began, before := s.clock(), 0
	err := s.store.TxOfBatch(ctx, func(tx *store.Store) (err error) {
		if job, err = tx.LockOpenBulkJob(ctx, worker.id, s.now()); err != nil {
			return err
		}
		before = job.Worked()
		job.Worker, job.LeaseUntil = worker.id, s.now().Add(bulkLease)
		actor, err := s.current(ctx, tx, job.Actor)
		if err == nil {
			err = actor.NeedSomewhere(console.TokenWrite)
		}
		if code := console.CodeOf(err); code == console.CodeUnauthenticated || code == console.CodeForbidden || code == console.CodeNotFound {
			return s.stopBulkJob(ctx, tx, &job, job.Actor.Name+" may not change tokens any more.")
		}
		if err == nil && actor.Epoch != job.Actor.Epoch {
			return s.stopBulkJob(ctx, tx, &job, "The sessions of "+job.Actor.Name+" were ended since it was started.")
		}
		if err != nil {
			return err
		}
		job.Actor = actor
		if !job.Gathered {
			job.LeaseUntil = s.now().Add(gatherLease)
			return tx.UpdateBulkJob(ctx, job)
		}
		return s.bulkBatch(ctx, tx, &job, worker.batch)
	})
	if console.CodeOf(err) == console.CodeNotFound {
		return false, nil
	}
	if err == nil {
		worker.learn(job.Worked()-before, s.clock().Sub(began))
	}
	if err == nil && !job.Gathered && !job.Finished() {
		err = s.gather(ctx, job)
	}
	if err != nil && job.ID != 0 {
		_ = s.store.PostponeBulkJob(ctx, job.ID, s.now().Add(bulkLease)) // others come first
	}
	return true, err
}

// gather notes which tokens a job is about, as one question found them. It takes
// no lock for longer than it writes a part of them.
func (s *Service) gather(ctx context.Context, job console.BulkJob) error {
	f, some := s.visible(ctx, job.Actor, job.Filter)
	var ids []int64
	var err error
	if some {
		if ids, err = s.store.ListMatching(ctx, f, job.At, job.Place); err != nil {
			return err
		}
	}
	for first, all := 0, false; !all; first += gatherBatch {
		part := ids[min(first, len(ids)):min(first+gatherBatch, len(ids))]
		all = first+gatherBatch >= len(ids)
		began := s.clock()
		err := s.store.Tx(ctx, func(tx *store.Store) error {
			now, err := tx.LockBulkJob(ctx, job.GUID)
			if err != nil || now.Worker != job.Worker || now.Finished() || now.Gathered {
				all = true // somebody else does it, or nobody need
				return err
			}
			if len(part) > 0 {
				n, err := tx.InsertBulkOutcomes(ctx, job.ID, part)
				if err != nil {
					return err
				}
				now.Total, now.Place = now.Total+n, part[len(part)-1]
			}
			now.LeaseUntil = s.now().Add(bulkLease)
			if now.Gathered = all; all {
				now.Place = 0
			}
			return tx.UpdateBulkJob(ctx, now)
		})
		if err != nil {
			return err
		}
		select {
		case <-ctx.Done():
		case <-time.After(s.rest(began)):
		}
	}
	return nil
}

// bulkBatch gives the next tokens of a locked job, at most limit, their outcomes,
// with the rights that its actor has now.
func (s *Service) bulkBatch(ctx context.Context, tx *store.Store, job *console.BulkJob, limit int) error {
	rules, err := s.bulkRules(ctx, tx, job.Actor, job.Request)
	if console.CodeOf(err) == console.CodeInvalid {
		return s.stopBulkJob(ctx, tx, job, console.Sentence(err))
	}
	if err != nil {
		return err
	}
	items, err := tx.ListBulkItems(ctx, job.ID, job.Place, limit)
	if err != nil {
		return err
	}
	guids := make([]console.GUID, len(items))
	for i, item := range items {
		guids[i] = item.TokenGUID
	}
	tokens, err := tx.LockTokens(ctx, guids)
	if err != nil {
		return err
	}
	rules.Now = s.now() // waiting for the locks takes time, too
	work := judged(job, rules, items, tokens)
	if err := tx.ChangeTokens(ctx, job.Request, work.after); err != nil {
		return err
	}
	for _, key := range slices.SortedFunc(maps.Keys(work.places), compareOutcomes) {
		if err := tx.NoteBulkOutcomes(ctx, job.ID, key.Effect, key.Why, work.places[key]); err != nil {
			return err
		}
	}
	if len(items) < limit {
		return s.endBulkJob(ctx, tx, job, console.EndDone, "", append(work.events, job.Actor.Did(console.BulkFinished, job.AsTarget(), rules.Now))...)
	}
	if err := tx.UpdateBulkJob(ctx, *job); err != nil {
		return err
	}
	return s.recordAll(ctx, tx, work.events) // last, for it makes others wait
}

// bulkOutcomes are what becomes of a batch.
type bulkOutcomes struct {
	after  []console.Token
	events []console.AuditEvent
	// places are those of the tokens by their outcome.
	places map[console.BulkReason][]int64
}

func compareOutcomes(a, b console.BulkReason) int {
	return slices.Compare([]string{string(a.Effect), a.Why}, []string{string(b.Effect), b.Why})
}

// judged says what becomes of the items, of which those that still exist are
// locked, and counts it.
func judged(job *console.BulkJob, rules console.BulkRules, items []store.BulkItem, tokens []console.Token) bulkOutcomes {
	locked := make(map[console.GUID]console.Token, len(tokens))
	for _, token := range tokens {
		locked[token.GUID] = token
	}
	work := bulkOutcomes{places: map[console.BulkReason][]int64{}}
	for _, item := range items {
		outcome := console.Outcome{Effect: console.EffectNone, Why: "Deleted meanwhile."}
		if before, exists := locked[item.TokenGUID]; exists {
			outcome = job.Request.Judge(before, rules)
			if outcome.Effect == console.EffectChanges {
				after := job.Request.Apply(before, rules.Owner, rules.Now)
				event := job.Request.Event(rules.Actor, before, after)
				event.Parent = job.GUID
				work.after, work.events = append(work.after, after), append(work.events, event)
			}
		}
		key := console.BulkReason{Effect: outcome.Effect, Why: outcome.Why}
		work.places[key] = append(work.places[key], item.Place)
		job.Count(outcome.Effect)
		job.Place = item.Place
	}
	return work
}
