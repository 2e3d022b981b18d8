package service

import (
	"cmp"
	"context"
	"slices"

	"latchkey/internal/console"
	"latchkey/internal/store"
)

// PreviewBulk says what the request would do to each of the tokens, in the
// order given. Those that actor may not see are left out.
func (s *Service) PreviewBulk(ctx context.Context, actor console.Principal, repo console.GUID, guids []console.GUID, b console.BulkRequest) ([]console.Outcome, error) {
	if err := cmp.Or(actor.NeedSomewhere(console.TokenRead), written(repo)); err != nil {
		return nil, err
	}
	tokens, err := s.chosen(ctx, actor, repo, guids)
	if err != nil {
		return nil, err
	}
	rules, err := s.bulkRules(ctx, s.store, actor, b)
	if err != nil {
		return nil, err
	}
	var outcomes []console.Outcome
	for _, token := range tokens {
		outcomes = append(outcomes, b.Judge(token, rules))
	}
	return outcomes, nil
}

// chosen are those of the tokens that exist and that actor may see, in the order
// given.
func (s *Service) chosen(ctx context.Context, actor console.Principal, repo console.GUID, guids []console.GUID) ([]console.Token, error) {
	guids = slices.DeleteFunc(slices.Clone(guids), func(guid console.GUID) bool { return !guid.Valid() })
	tokens, err := s.store.FindTokens(ctx, repo, guids[:min(len(guids), console.BulkLimit)])
	return slices.DeleteFunc(tokens, func(t console.Token) bool { return !actor.MaySee(t) }), err
}

// bulkRules are what b by actor is judged by now.
func (s *Service) bulkRules(ctx context.Context, tx *store.Store, actor console.Principal, b console.BulkRequest) (console.BulkRules, error) {
	rules := console.BulkRules{Actor: actor, Now: s.now()}
	var err error
	if rules.Catalogue, err = catalogueOf(ctx, tx); err != nil {
		return rules, err
	}
	if rules.Policies, err = tx.ListPolicies(ctx); err != nil || b.Verb != console.BulkTransfer || !b.Owner.Valid() {
		return rules, err
	}
	user, err := tx.KeepUser(ctx, b.Owner)
	if err != nil && console.CodeOf(err) != console.CodeNotFound {
		return rules, err
	}
	p := console.Problems{}
	p.Check(err == nil && user.Enabled() && meets(actor, user), "owner", "There is no such person.")
	rules.Owner = user.Ref()
	return rules, p.Err()
}

// ApplyBulk does the request to each of the tokens, one after the other, each
// with its own record, and says what became of each: one refusal does not stop
// the rest. An error means that nothing, or only the outcomes given, was done.
func (s *Service) ApplyBulk(ctx context.Context, actor console.Principal, repo console.GUID, guids []console.GUID, b console.BulkRequest) ([]console.Outcome, error) {
	if err := s.RecordDenial(ctx, actor, actor.NeedSomewhere(console.TokenWrite), console.Target{}); err != nil {
		return nil, err
	}
	if err := b.Validate(s.now()); err != nil {
		return nil, err
	}
	if b.Verb.Ends() {
		if err := s.needProof(actor); err != nil {
			return nil, err
		}
	}
	foreseen, err := s.PreviewBulk(ctx, actor, repo, guids, b)
	if err != nil {
		return nil, err
	}
	if b.Edits() {
		// Before the first of them, or the rest would wait for a proof.
		for _, outcome := range foreseen {
			if outcome.Effect != console.EffectChanges {
				continue
			}
			after := b.Apply(outcome.Token, console.PersonRef{GUID: b.Owner}, s.now())
			if err := s.needProofFor(ctx, s.store, actor, after.Empowered(outcome.Token)); err != nil {
				return nil, err
			}
		}
	}
	var outcomes []console.Outcome
	for _, outcome := range foreseen {
		if outcome.Effect == console.EffectChanges {
			token, err := s.applyOne(ctx, actor, repo, outcome.Token, b)
			switch console.CodeOf(err) {
			case "":
				outcome.Token = token
			case console.CodeConflict, console.CodeInvalid, console.CodeNotFound, console.CodeForbidden:
				outcome.Effect, outcome.Why = console.EffectRefused, console.Sentence(err)
			default:
				return outcomes, err
			}
		}
		outcomes = append(outcomes, outcome)
	}
	return outcomes, nil
}

func (s *Service) applyOne(ctx context.Context, actor console.Principal, repo console.GUID, t console.Token, b console.BulkRequest) (console.Token, error) {
	switch b.Verb {
	case console.BulkRevoke:
		return s.RevokeToken(ctx, actor, repo, t.GUID, b.Reason)
	case console.BulkDisable:
		return s.DisableToken(ctx, actor, repo, t.GUID, b.Until)
	case console.BulkEnable:
		return s.EnableToken(ctx, actor, repo, t.GUID)
	case console.BulkDelete:
		return s.DeleteToken(ctx, actor, repo, t.GUID, t.Name)
	default:
		return s.UpdateToken(ctx, actor, repo, t.GUID, t.Version, b.Patch(t))
	}
}
