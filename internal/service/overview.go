package service

import (
	"context"
	"slices"
	"sync"
	"time"

	"latchkey/internal/console"
	"latchkey/internal/store"
)

// How many of each an overview names.
const (
	overviewSoonest = 8
	overviewUnused  = 4
	overviewRecent  = 4
	overviewLeavers = 2
	// overviewLooks is at how many tokens, or events, it looks to find what its
	// reader may see of what is counted for all only.
	overviewLooks = 1000
)

// Overview gathers what actor looks at first, of what they may see. Who may see
// every token is told what was counted as it was written, whatever there is; for
// others what they see is counted, each count no further than console.TotalLimit.
func (s *Service) Overview(ctx context.Context, actor console.Principal) (console.Overview, error) {
	o := console.Overview{Statuses: map[console.Status]console.Amount{}, Ended: -1, Revoked: -1}
	v, now := actor.Sees(), s.now()
	if v.NoTokens() {
		o.Requests, o.Unused.At = &console.Requests{}, now
		return o, known(actor)
	}
	type gatherer = func(context.Context, *console.Overview, console.Visibility, time.Time) error
	counted := []gatherer{s.countVisible, s.countExpiring}
	if !v.Limited {
		counted = []gatherer{s.everything}
	}
	for _, gather := range append(counted, s.findExpiring, s.findOrphaned, s.findUnused, s.addRequests) {
		if err := gather(ctx, &o, v, now); err != nil {
			return o, err
		}
	}
	var err error
	o.Recent, err = s.recentDeeds(ctx, actor, v)
	return o, err
}

// keptEverything is what was counted of all tokens, and when.
type keptEverything struct {
	mu      sync.Mutex
	counted console.Overview
	at      time.Time
}

// everything is countEverything and countExpiring, kept for as long as the counts
// of long lists are.
func (s *Service) everything(ctx context.Context, o *console.Overview, v console.Visibility, now time.Time) error {
	s.overviews.mu.Lock()
	kept := s.overviews.counted
	if kept.Tokens.N > longList && now.Sub(s.overviews.at).Abs() < longListAge {
		*o = kept
		s.overviews.mu.Unlock()
		return nil
	}
	s.overviews.mu.Unlock()
	if err := s.countEverything(ctx, o, now); err != nil {
		return err
	}
	if err := s.countExpiring(ctx, o, v, now); err != nil {
		return err
	}
	s.overviews.mu.Lock()
	defer s.overviews.mu.Unlock()
	s.overviews.counted, s.overviews.at = *o, now
	return nil
}

// countEverything takes the figures that are counted as tokens are written.
func (s *Service) countEverything(ctx context.Context, o *console.Overview, now time.Time) error {
	counts, err := s.store.CountStatuses(ctx, "", now)
	if err != nil {
		return err
	}
	for status, n := range counts {
		o.Statuses[status] = console.Amount{N: n}
		o.Tokens.N += n
	}
	since := console.DayOf(now) - console.OverviewRecent + 1
	if o.Ended, err = s.store.CountTurnsBefore(ctx, console.StatusExpired, since); err != nil {
		return err
	}
	if o.Revoked, err = s.store.CountTurnsBefore(ctx, console.StatusRevoked, since); err != nil {
		return err
	}
	o.Ended, o.Revoked = counts[console.StatusExpired]-o.Ended, counts[console.StatusRevoked]-o.Revoked
	open, err := s.store.CountOpen(ctx, now)
	if err != nil {
		return err
	}
	o.Open.N = open[console.StatusActive]
	catalogue, err := s.Catalogue(ctx)
	if err != nil {
		return err
	}
	endless, err := s.store.CountEndless(ctx, now)
	risky := catalogue.Risky()
	for _, count := range endless {
		if slices.ContainsFunc(count.Scopes, func(name string) bool { return slices.Contains(risky, name) }) {
			o.Risky.N += count.N
		}
	}
	return err
}

// countVisible counts what is within v, as far as lists do.
func (s *Service) countVisible(ctx context.Context, o *console.Overview, v console.Visibility, now time.Time) error {
	statuses := []console.StatusFilter{console.FilterAll}
	for _, status := range console.Statuses {
		statuses = append(statuses, console.StatusFilter(status))
	}
	counts, err := s.store.CountTokens(ctx, console.TokenFilter{Visible: v}, statuses, now)
	if err != nil {
		return err
	}
	o.Tokens = console.AmountOf(counts[console.FilterAll])
	for _, status := range console.Statuses {
		o.Statuses[status] = console.AmountOf(counts[console.StatusFilter(status)])
	}
	if o.Open, err = s.countActive(ctx, console.TokenFilter{Visible: v, Traits: []console.Trait{console.TraitOpen}}, now); err != nil {
		return err
	}
	o.Risky, err = s.countActive(ctx, console.TokenFilter{Visible: v, Traits: []console.Trait{console.TraitEndless, console.TraitRisky}}, now)
	return err
}

// countActive counts the active tokens that pass f, as far as lists do.
func (s *Service) countActive(ctx context.Context, f console.TokenFilter, now time.Time) (console.Amount, error) {
	counts, err := s.store.CountTokens(ctx, f, []console.StatusFilter{console.FilterActive}, now)
	return console.AmountOf(counts[console.FilterActive]), err
}

// countExpiring counts what ends soon.
func (s *Service) countExpiring(ctx context.Context, o *console.Overview, v console.Visibility, now time.Time) error {
	counts, err := s.store.CountExpiring(ctx, v, now, console.OverviewSoon, console.NoticeWindow, console.OverviewExpiry)
	if err == nil {
		o.Soon, o.Expiring, o.Later = console.AmountOf(counts[0]), console.AmountOf(counts[1]), console.AmountOf(counts[2])
	}
	return err
}

// findExpiring finds what ends soon, and what begins next.
func (s *Service) findExpiring(ctx context.Context, o *console.Overview, v console.Visibility, now time.Time) error {
	soonest, err := s.store.ListTokens(ctx, console.TokenFilter{Visible: v, Status: console.FilterActive, ExpiresWithin: console.OverviewExpiry},
		console.TokenSort{Key: console.SortExpires}, console.PageRequest{Size: overviewSoonest}, 0, &store.Names{}, now)
	if err != nil {
		return err
	}
	o.Soonest = soonest.Items
	if o.NextStart, err = s.store.FindNextStart(ctx, v, now); err != nil {
		return err
	}
	o.Repositories, err = s.store.CountRepositories(ctx, v)
	return err
}

// findOrphaned counts what belongs to people who are disabled, and names some.
func (s *Service) findOrphaned(ctx context.Context, o *console.Overview, v console.Visibility, now time.Time) (err error) {
	o.Leavers, err = s.store.ListLeavers(ctx, v, now, overviewLeavers)
	if err != nil || len(o.Leavers) == 0 {
		return err
	}
	o.Orphaned, err = s.countActive(ctx, console.TokenFilter{Visible: v, Traits: []console.Trait{console.TraitOrphaned}}, now)
	return err
}

// addRequests adds up the requests of the latest days: those of repositories, or
// of the tokens within v if these are few.
func (s *Service) addRequests(ctx context.Context, o *console.Overview, v console.Visibility, now time.Time) error {
	today := console.DayOf(now)
	since := today - console.OverviewRequests + 1
	var days []store.RepositoryDay
	var err error
	few := true
	if v.Limited {
		days, few, err = s.store.ListVisibleDays(ctx, v, since, today, overviewLooks)
	} else {
		days, err = s.store.ListRepositoryDays(ctx, since, today)
	}
	if err != nil || !few {
		return err
	}
	var guids []console.GUID
	for _, day := range days {
		if !slices.Contains(guids, day.Repository) {
			guids = append(guids, day.Repository)
		}
	}
	refs, err := s.store.FindRepositoryNames(ctx, guids)
	if err != nil {
		return err
	}
	all := make([]console.RequestSeries, len(guids))
	for i, guid := range guids {
		all[i].Days = make([]int, console.OverviewRequests)
		for _, ref := range refs {
			if ref.GUID == guid {
				all[i].Repository = ref
			}
		}
	}
	for _, day := range days {
		series, n := &all[slices.Index(guids, day.Repository)], day.Allowed+day.Refused
		series.Days[day.Day-since] += n
		series.Total += n
	}
	o.Requests = console.NewRequests(since, today, all)
	return nil
}

// recentDeeds are the latest events about tokens: all of them to who may read the
// audit log, of a bulk change its end alone; to others those about tokens that they
// see, among the latest ones.
func (s *Service) recentDeeds(ctx context.Context, actor console.Principal, v console.Visibility) ([]console.AuditEvent, error) {
	f := console.AuditFilter{Actions: console.TokenDeeds}
	if actor.May(console.AuditRead) {
		f.Actions, f.Alone = slices.Concat(console.TokenDeeds, console.BulkEnds), true
		return s.store.LatestAuditEvents(ctx, f, overviewRecent)
	}
	latest, err := s.store.LatestAuditEvents(ctx, f, overviewLooks/10)
	if err != nil {
		return nil, err
	}
	guids := make([]console.GUID, len(latest))
	for i, event := range latest {
		guids[i] = event.Target.GUID
	}
	tokens, err := s.store.FindTokens(ctx, "", guids)
	if err != nil {
		return nil, err
	}
	latest = slices.DeleteFunc(latest, func(event console.AuditEvent) bool {
		return !slices.ContainsFunc(tokens, func(t console.Token) bool { return t.GUID == event.Target.GUID && actor.MaySee(t) })
	})
	return latest[:min(len(latest), overviewRecent)], nil
}
