package service

import (
	"context"
	"strings"
	"time"
	"unicode"

	"latchkey/internal/console"
	"latchkey/internal/gate"
	"latchkey/internal/store"
)

// noteUse remembers that somebody presented a token string, and why they were told
// that it opens nothing, empty if it does. Nothing here waits for the database:
// FlushUsage writes what was collected.
func (s *Service) noteUse(p *presented, told console.Reason, from console.Presenter) {
	if p.Reason == console.ReasonUnknown {
		return
	}
	first := p.Active && !p.fact.used.Load() && p.fact.used.CompareAndSwap(false, true)
	s.usage.Note(gate.Use{
		Secret: p.id, Token: p.Token.GUID, At: p.at, Works: p.Active, Fresh: first, Reason: told, From: from, Place: &p.fact.place,
	})
}

// noteAsked is noteUse for a token about which a caller asked that may not: it
// was refused, and not used.
func (s *Service) noteAsked(p presented, from console.Presenter) {
	told := p.Reason
	if p.Active {
		told = console.ReasonRepositoryMissing
	}
	p.Active = false
	s.noteUse(&p, told, from)
}

// replaced reports whether the secret ended with the first use of the one that
// replaced it, which only this process may know yet.
func (s *Service) replaced(found *store.FoundSecret) bool {
	return found.Secret.UntilUsed && len(found.Current) == len(gate.SecretID{}) && s.usage.Seen(gate.SecretID(found.Current))
}

// KeepUsage flushes what verification collects, first uses at once and others
// every few seconds, until ctx ends, and then once more with all of it. It tells
// failed what could not be written, which stays for the next time.
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
		err := s.flushInTime(ctx, false)
		if waited, down = 0, err != nil; down && ctx.Err() == nil {
			failed(err)
		}
	}
	if err := s.flushInTime(ctx, true); err != nil {
		failed(err)
	}
}

// flushPatience is how long a flush may take. Nothing else ends it: of what is
// cancelled in its commit nobody knows whether it was written.
const flushPatience = 30 * time.Second

func (s *Service) flushInTime(ctx context.Context, all bool) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), flushPatience)
	defer cancel()
	return s.FlushUsage(ctx, all)
}

// FlushUsage writes what verification collected: when secrets and tokens were
// last used, which secrets ended because the ones that replaced them were used,
// how often tokens were allowed and refused, and, for the audit log, who was
// refused in the minutes that are over, or in all of them.
func (s *Service) FlushUsage(ctx context.Context, all bool) error {
	err := s.usage.Flush(func(batch gate.Batch) (busy []console.GUID, err error) {
		for _, use := range batch.Secrets {
			if use.Fresh {
				if err := s.endAwaiting(ctx, use); err != nil {
					return nil, err
				}
			}
		}
		secrets := make([]store.SecretUse, len(batch.Secrets))
		for i, use := range batch.Secrets {
			secrets[i] = store.SecretUse{Hash: use.ID[:], At: use.Last}
		}
		tokens := make([]store.TokenUse, len(batch.Tokens))
		for i, use := range batch.Tokens {
			address, agent := presenterText(use.From)
			tokens[i] = store.TokenUse{Token: use.Token, At: use.Last, Address: address, Agent: agent, Counts: use.Counts}
		}
		// Each in a transaction of its own, so that nobody waits here for a token
		// while holding a secret. Only counting twice would be wrong: it is last.
		err = s.store.Tx(ctx, func(tx *store.Store) error { return tx.NoteSecretUses(ctx, secrets) })
		if err != nil {
			return nil, err
		}
		err = s.store.Tx(ctx, func(tx *store.Store) error {
			busy, err = tx.AddTokenUses(ctx, tokens)
			return err
		})
		return busy, err
	})
	if err != nil {
		s.figures.usageFlushesFailed.Add(1)
		return err
	}
	return s.recordRefusals(ctx, all)
}

// presenterText is who presented a token, as it is kept.
func presenterText(from console.Presenter) (address, agent string) {
	if from.Address.IsValid() {
		address = from.Address.String()
	}
	agent = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return -1
		}
		return r
	}, strings.ToValidUTF8(from.Agent, ""))
	return address, agent
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

// TokenUsage says how a token was used that actor may see: when last, from where
// and by what, and how often on each of the latest days.
func (s *Service) TokenUsage(ctx context.Context, actor console.Principal, repo, guid console.GUID) (console.Usage, error) {
	if _, err := s.GetToken(ctx, actor, repo, guid); err != nil {
		return console.Usage{}, err
	}
	today := console.DayOf(s.now())
	return s.store.FindUsage(ctx, guid, today-console.UsageShownDays+1, today)
}

// usageBatch is how many counts one statement of a sweep removes, and
// usageBatches how many such statements there are in one.
const usageBatch, usageBatches = 5000, 100

// pruneUsage removes counts of days that are kept no longer, little by little, so
// that nobody waits for it.
func (s *Service) pruneUsage(ctx context.Context, now time.Time) error {
	oldest := console.DayOf(now) - console.UsageKeptDays + 1
	if err := s.store.DeleteOldRepositoryDays(ctx, oldest); err != nil {
		return err
	}
	for range usageBatches {
		if n, err := s.store.DeleteOldUsage(ctx, oldest, usageBatch); err != nil || n < usageBatch {
			return err
		}
	}
	return nil
}
