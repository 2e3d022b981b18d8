package service

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"latchkey/internal/console"
	"latchkey/internal/store"
)

// Sweep removes what is over: sessions past their limits, questions that nobody
// answered, codes that expired, ways to providers that came back, forgotten
// failures, how often tokens were used long ago, jobs that ended long ago, and tokens that ended longer ago
// than they are kept. It notes the statuses that time changed.
func (s *Service) Sweep(ctx context.Context) error {
	now := s.now()
	_, err := s.PurgeTokens(ctx, console.System("retention"))
	err = errors.Join(
		s.store.DeleteSessions(ctx, s.Settings(ctx).Sessions, now),
		s.store.DeleteChallenges(ctx, now),
		s.store.DeleteOldSetupCodes(ctx, now),
		s.store.DeleteOldInvitations(ctx, now),
		s.store.DeleteThrottles(ctx, now.Add(-throttleMemory)),
		s.store.DeleteSignInFlows(ctx, now),
		s.store.DeleteImports(ctx, now.Add(-console.ImportKept)),
		s.pruneUsage(ctx, now),
		s.store.DeleteEmptyTurns(ctx),
		s.settleTokens(ctx, now),
		s.store.DeleteBulkJobs(ctx, now.Add(-bulkMemory), bulkSweep),
		err,
	)
	if err != nil {
		s.figures.sweepsFailed.Add(1)
		return err
	}
	s.figures.sweeps.Add(1)
	return nil
}

// purgeLimit is how many tokens one run removes: as many as its record names.
const purgeLimit = 1000

// PurgeTokens removes tokens that expired or were revoked longer ago than they
// are kept, those that ended first, and records the run. It answers how many.
func (s *Service) PurgeTokens(ctx context.Context, actor console.Principal) (int, error) {
	keep := s.Settings(ctx).Retention
	if err := s.RecordDenial(ctx, actor, actor.Need(console.TokenWrite), console.Target{}); err != nil || keep <= 0 {
		return 0, err
	}
	var gone []console.Target
	err := s.change(ctx, actor, console.TokenWrite, func(tx *store.Store, actor console.Principal) (err error) {
		gone, err = tx.DeleteEndedTokens(ctx, s.now().Add(-keep), purgeLimit)
		if err != nil || len(gone) == 0 {
			return err
		}
		return s.record(ctx, tx, s.purgeEvent(actor, gone, keep))
	})
	return len(gone), err
}

func (s *Service) purgeEvent(actor console.Principal, gone []console.Target, keep time.Duration) console.AuditEvent {
	event := actor.Did(console.TokensPurged, console.Target{Kind: console.TargetToken, Name: console.Count(len(gone), "token")}, s.now())
	event.Reason = fmt.Sprintf("They ended more than %s ago.", console.Count(int(keep.Hours()/24), "day"))
	var names []string
	for _, token := range gone {
		names = append(names, string(token.GUID)+" "+token.Name)
	}
	event.Changes = []console.Change{{Field: "tokens", Old: strings.Join(names, "\n")}}
	return event
}

// settleLimit is how many tokens one transaction settles.
const settleLimit = 2000

// settleTokens lets lists of a status be read where its tokens are.
func (s *Service) settleTokens(ctx context.Context, now time.Time) error {
	for settled := settleLimit; settled == settleLimit; {
		err := s.store.Tx(ctx, func(tx *store.Store) (err error) {
			settled, err = tx.SettleTokens(ctx, now, settleLimit)
			return err
		})
		if err != nil {
			return err
		}
	}
	return nil
}
