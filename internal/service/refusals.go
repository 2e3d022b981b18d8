package service

import (
	"context"
	"strconv"

	"latchkey/internal/console"
	"latchkey/internal/gate"
	"latchkey/internal/store"
)

// refusalBatch is how many refusals one transaction records: others who record
// something wait for it.
const refusalBatch = 100

// recordRefusals records refused tokens, one event a token, reason and minute,
// with their number. What cannot be recorded now waits, and only at the end is
// everything recorded that waits.
func (s *Service) recordRefusals(ctx context.Context, all bool) error {
	for {
		more, err := s.usage.Refusals.Flush(s.now(), all, refusalBatch, func(refusals []gate.Refusal) error {
			tokens, err := s.refusedTokens(ctx, refusals)
			if err != nil {
				return err
			}
			return s.store.Tx(ctx, func(tx *store.Store) error {
				for _, refusal := range refusals {
					if err := s.record(ctx, tx, refusalEvent(refusal, tokens[refusal.Token])); err != nil {
						return err
					}
				}
				return nil
			})
		})
		if err != nil || !more || !all {
			return err
		}
	}
}

// refusedTokens are the refused tokens, as records mention them, also those that
// are gone.
func (s *Service) refusedTokens(ctx context.Context, refusals []gate.Refusal) (map[console.GUID]console.AuditEvent, error) {
	var guids []console.GUID
	for _, refusal := range refusals {
		guids = append(guids, refusal.Token)
	}
	found, err := s.store.FindTokens(ctx, "", guids)
	if err != nil {
		return nil, err
	}
	events := map[console.GUID]console.AuditEvent{"": {Target: console.Target{Kind: console.TargetToken, Name: "other tokens"}}}
	for _, token := range found {
		events[token.GUID] = console.AuditEvent{Target: token.AsTarget(), Repositories: token.Repositories}
	}
	for _, guid := range guids {
		if _, known := events[guid]; known {
			continue
		}
		gone := console.AuditEvent{Target: console.Target{Kind: console.TargetToken, GUID: guid}}
		if events[guid], err = s.complete(ctx, gone); err != nil {
			return nil, err
		}
	}
	return events, nil
}

func refusalEvent(refusal gate.Refusal, of console.AuditEvent) console.AuditEvent {
	event := of
	event.At, event.Action = refusal.Last, console.TokenRefused
	event.ActorKind, event.Actor = console.PrincipalToken, console.PersonRef{GUID: of.Target.GUID, Name: of.Target.Name}
	event.Address, event.Agent = presenterText(refusal.From)
	event.Changes = []console.Change{
		{Field: "refused_because", New: string(refusal.Reason)},
		{Field: "attempts", New: strconv.Itoa(refusal.N)},
	}
	return event
}
