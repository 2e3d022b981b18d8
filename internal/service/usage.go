package service

import (
	"context"
	"time"

	"latchkey/internal/console"
	"latchkey/internal/gate"
	"latchkey/internal/store"
)

// noteUse remembers that an active token's secret was used. Nothing here waits
// for the database: FlushUsage writes what was collected.
func (s *Service) noteUse(p presented) {
	if p.Active {
		s.usage.Note(p.id, s.now(), p.fact.used.CompareAndSwap(false, true))
	}
}

// replaced reports whether the secret ended with the first use of the one that
// replaced it, which only this process may know yet.
func (s *Service) replaced(found store.FoundSecret) bool {
	return found.Secret.UntilUsed && len(found.Current) == len(gate.SecretID{}) && s.usage.Seen(gate.SecretID(found.Current))
}

// KeepUsage flushes what verification collects, first uses at once and others
// every few seconds, until ctx ends, and then once more. It tells failed what
// could not be written, which stays for the next time.
func (s *Service) KeepUsage(ctx context.Context, failed func(error)) {
	ticker := time.NewTicker(gate.FreshDelay)
	defer ticker.Stop()
	waited, down := time.Duration(0), false
	for ctx.Err() == nil {
		select {
		case <-ctx.Done():
			continue
		case <-ticker.C:
		}
		// While the database is away nothing is urgent.
		if waited += gate.FreshDelay; waited < gate.UsualDelay && (down || !s.usage.Urgent()) {
			continue
		}
		err := s.FlushUsage(ctx)
		if waited, down = 0, err != nil; down && ctx.Err() == nil {
			failed(err)
		}
	}
	last, cancel := context.WithTimeout(context.WithoutCancel(ctx), gate.UsualDelay)
	defer cancel()
	if err := s.FlushUsage(last); err != nil {
		failed(err)
	}
}

// FlushUsage writes what verification collected: when secrets were last used,
// and which ended because the ones that replaced them were used.
func (s *Service) FlushUsage(ctx context.Context) error {
	err := s.usage.Flush(func(uses []gate.SecretUse) error {
		for _, use := range uses {
			if use.Fresh {
				if err := s.endAwaiting(ctx, use); err != nil {
					return err
				}
			}
		}
		return s.store.Tx(ctx, func(tx *store.Store) error {
			for _, use := range uses {
				if err := tx.NoteSecretUse(ctx, use.ID[:], use.Last); err != nil {
					return err
				}
			}
			return nil
		})
	})
	if err != nil {
		s.figures.usageFlushesFailed.Add(1)
	}
	return err
}

// endAwaiting ends the secret that was to end with this use of its successor,
// if there is one, and records that.
func (s *Service) endAwaiting(ctx context.Context, use gate.SecretUse) error {
	guid, err := s.store.FindAwaiting(ctx, use.ID[:], use.First)
	if err != nil || guid == "" {
		return err
	}
	return s.store.Tx(ctx, func(tx *store.Store) error {
		token, err := tx.LockToken(ctx, "", guid)
		if console.CodeOf(err) == console.CodeNotFound {
			return nil
		}
		if err != nil {
			return err
		}
		if err := tx.LockSecrets(ctx, guid); err != nil {
			return err
		}
		// Another replica may have been first.
		if guid, err = tx.FindAwaiting(ctx, use.ID[:], use.First); err != nil || guid == "" {
			return err
		}
		by := console.Principal{Kind: console.PrincipalSystem, Name: "First use of the new secret"}
		return s.endOverlap(ctx, tx, by, token, use.First)
	})
}
