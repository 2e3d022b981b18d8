package service

import (
	"context"
	"slices"
	"strings"
	"time"

	"latchkey/internal/console"
	"latchkey/internal/store"
)

// PreviewBulkJob counts what b would do to all tokens that pass f and that actor
// may see.
func (s *Service) PreviewBulkJob(ctx context.Context, actor console.Principal, f console.TokenFilter, b console.BulkRequest) (console.BulkPreview, error) {
	if err := s.RecordDenial(ctx, actor, actor.NeedSomewhere(console.TokenWrite), console.Target{}); err != nil {
		return console.BulkPreview{}, err
	}
	f, some := s.visible(ctx, actor, f)
	rules, err := s.bulkRules(ctx, s.store, actor, b)
	if err != nil || !some {
		return console.BulkPreview{}, err
	}
	groups, err := s.store.GroupTokens(ctx, f, b, rules.Now)
	return b.ForeseeGroups(groups, rules), err
}

// StartBulkJob has b done to all tokens that pass f now and that actor may see.
// It takes a fresh proof, whatever b is: it is about more than anybody looked at.
func (s *Service) StartBulkJob(ctx context.Context, actor console.Principal, f console.TokenFilter, b console.BulkRequest) (console.BulkJob, error) {
	if err := s.RecordDenial(ctx, actor, actor.NeedSomewhere(console.TokenWrite), console.Target{}); err != nil {
		return console.BulkJob{}, err
	}
	b.Reason = console.Clean(b.Reason)
	if err := b.Validate(s.now()); err != nil {
		return console.BulkJob{}, err
	}
	if err := s.needProof(actor); err != nil {
		return console.BulkJob{}, err
	}
	var job console.BulkJob
	epoch := actor.Epoch
	err := s.change(ctx, actor, console.TokenWrite, func(tx *store.Store, actor console.Principal) error {
		if actor.Epoch != epoch {
			return console.Unauthenticated()
		}
		rules, err := s.bulkRules(ctx, tx, actor, b)
		if err != nil {
			return err
		}
		var some bool
		job = console.BulkJob{GUID: console.NewGUID(), Request: b, At: rules.Now, Actor: actor}
		if job.Filter, some = s.visible(ctx, actor, f); !some {
			return console.Conflict("", "No token matches.")
		}
		job.Filter.Visible = console.Visibility{} // who they are when it is worked off decides
		if job.Words, err = s.filterWords(ctx, tx, actor, f); err != nil {
			return err
		}
		job.Words = append(b.Fields(rules.Owner.Name), job.Words...)
		if err := tx.InsertBulkJob(ctx, job); err != nil {
			return err
		}
		event := actor.Did(console.BulkStarted, job.AsTarget(), job.At)
		event.Reason, event.Changes = b.Reason, job.Words
		return s.record(ctx, tx, event)
	})
	if err != nil {
		return console.BulkJob{}, err
	}
	s.bulkWork.wake()
	return job, nil
}

// filterWords are what f keeps, as a record tells it, in the names of what it is
// about.
func (s *Service) filterWords(ctx context.Context, tx *store.Store, actor console.Principal, f console.TokenFilter) ([]console.Change, error) {
	words := f.Fields()
	rename := func(guid console.GUID, name string, err error) error {
		if err != nil {
			if console.CodeOf(err) == console.CodeNotFound {
				return nil
			}
			return err
		}
		for i := range words {
			words[i].New = strings.ReplaceAll(words[i].New, string(guid), name)
		}
		return nil
	}
	for _, guid := range slices.Concat(f.Owners, f.Creators) {
		user, err := tx.FindUser(ctx, guid)
		if err == nil && !meets(actor, user) {
			continue
		}
		if err := rename(guid, user.Name, err); err != nil {
			return nil, err
		}
	}
	if f.Repository != "" {
		refs, err := tx.LockRepositories(ctx, []console.GUID{f.Repository})
		for _, ref := range append(refs, console.RepositoryRef{})[:1] {
			if err := rename(f.Repository, ref.Name, err); err != nil {
				return nil, err
			}
		}
	}
	if f.IPFilter != "" {
		filter, err := tx.KeepIPFilter(ctx, f.IPFilter)
		if err := rename(f.IPFilter, filter.Name, err); err != nil {
			return nil, err
		}
	}
	for i := range words {
		words[i].Field = "match_" + words[i].Field
	}
	return slices.DeleteFunc(words, func(c console.Change) bool { return c.Field == "match_status" && c.New == string(console.FilterAll) }), nil
}

// mayLookAt returns nil if actor may see a job: their own, or any with the right
// to see all tokens.
func mayLookAt(actor console.Principal, job console.BulkJob) error {
	if err := known(actor); err != nil || actor.May(console.TokenRead) {
		return err
	}
	if actor.Kind != job.Actor.Kind || actor.GUID != job.Actor.GUID {
		return console.NotFound()
	}
	return nil
}

// GetBulkJob returns a job and how far it is.
func (s *Service) GetBulkJob(ctx context.Context, actor console.Principal, guid console.GUID) (console.BulkJob, error) {
	if err := known(actor); err != nil {
		return console.BulkJob{}, err
	}
	if err := written(guid); err != nil {
		return console.BulkJob{}, err
	}
	job, err := s.store.FindBulkJob(ctx, guid)
	if err == nil {
		err = mayLookAt(actor, job)
	}
	if err != nil {
		return console.BulkJob{}, err
	}
	return job, nil
}

// ListBulkJobs returns a page of the jobs, the newest first: all to those who see
// every token, to others their own.
func (s *Service) ListBulkJobs(ctx context.Context, actor console.Principal, page console.PageRequest) (console.Page[console.BulkJob], error) {
	if err := known(actor); err != nil {
		return console.Page[console.BulkJob]{}, err
	}
	var own console.GUID
	if !actor.May(console.TokenRead) {
		if own = actor.GUID; own == "" || actor.Kind != console.PrincipalUser {
			return console.Page[console.BulkJob]{}, nil
		}
	}
	return s.store.ListBulkJobs(ctx, own, page)
}

// CancelBulkJob ends a job where it is: what is done stays done. Cancelling what
// has ended is not an error.
func (s *Service) CancelBulkJob(ctx context.Context, actor console.Principal, guid console.GUID) (console.BulkJob, error) {
	job, err := s.GetBulkJob(ctx, actor, guid)
	if err != nil {
		return job, err
	}
	err = s.store.Tx(ctx, func(tx *store.Store) error {
		if job, err = tx.LockBulkJob(ctx, guid); err != nil {
			return err
		}
		actor, err := s.current(ctx, tx, actor)
		if err != nil {
			return err
		}
		own := actor.Kind == job.Actor.Kind && actor.GUID == job.Actor.GUID
		if err := mayLookAt(actor, job); err != nil {
			return err
		}
		if !own && !actor.May(console.TokenWrite) {
			return console.Deny(console.Forbidden("Your role lets you look, but not change this."), console.TokenWrite, job.AsTarget())
		}
		if job.Finished() {
			return nil
		}
		return s.endBulkJob(ctx, tx, &job, console.EndCancelled, "", actor.Did(console.BulkCancelled, job.AsTarget(), s.now()))
	})
	return job, s.conclude(ctx, actor, console.TokenWrite, err, console.Target{})
}

// endBulkJob writes that a locked job has ended, with the event that tells of it.
func (s *Service) endBulkJob(ctx context.Context, tx *store.Store, job *console.BulkJob, end console.BulkEnd, why string, events ...console.AuditEvent) error {
	job.FinishedAt, job.End, job.Why = s.now(), end, why
	if err := tx.UpdateBulkJob(ctx, *job); err != nil {
		return err
	}
	last := &events[len(events)-1]
	last.Changes, last.Reason = job.Results(), why
	return s.recordAll(ctx, tx, events)
}

// stopBulkJob ends a locked job whose actor may not have it done any more.
func (s *Service) stopBulkJob(ctx context.Context, tx *store.Store, job *console.BulkJob, why string) error {
	return s.endBulkJob(ctx, tx, job, console.EndStopped, why, console.System("Latchkey").Did(console.BulkStopped, job.AsTarget(), s.now()))
}

// EachBulkOutcome gives visit what became of each token of a job.
func (s *Service) EachBulkOutcome(ctx context.Context, actor console.Principal, guid console.GUID, visit func(console.BulkOutcome) error) error {
	job, err := s.GetBulkJob(ctx, actor, guid)
	if err != nil {
		return err
	}
	return s.store.EachBulkOutcome(ctx, job.ID, visit)
}

// bulkMemory is how long a job that ended is remembered.
const bulkMemory = 90 * 24 * time.Hour

// bulkSweep is how many outcomes one sweep removes.
const bulkSweep = 20_000
