package service

import (
	"context"
	"strconv"

	"latchkey/internal/console"
	"latchkey/internal/store"
)

// Policies are what the organization asks of tokens now. They are no secret:
// whoever makes a token is told.
func (s *Service) Policies(ctx context.Context) (console.Policies, error) {
	return s.store.ListPolicies(ctx)
}

// abides refuses what the policy for the type forbids at this moment.
func abides(ctx context.Context, tx *store.Store, c console.PolicyCase) error {
	policies, err := tx.ListPolicies(ctx)
	if err != nil {
		return err
	}
	return policies.Of(c.After.Type).Check(c)
}

// ListPolicies returns the policies of all types, in their order, to those who
// may see them as such.
func (s *Service) ListPolicies(ctx context.Context, actor console.Principal) ([]console.Policy, error) {
	if err := actor.Need(console.PolicyRead); err != nil {
		return nil, err
	}
	policies, err := s.Policies(ctx)
	return policies.All(), err
}

// PreviewPolicy says which living tokens would not fit p, by the rules that it
// makes stricter.
func (s *Service) PreviewPolicy(ctx context.Context, actor console.Principal, p console.Policy) (console.PolicyPreview, error) {
	if err := s.RecordDenial(ctx, actor, actor.Need(console.PolicyWrite), p.AsTarget()); err != nil {
		return console.PolicyPreview{}, err
	}
	if err := p.Validate(); err != nil {
		return console.PolicyPreview{}, err
	}
	return s.misfits(ctx, s.store, p)
}

func (s *Service) misfits(ctx context.Context, tx *store.Store, p console.Policy) (console.PolicyPreview, error) {
	policies, err := tx.ListPolicies(ctx)
	if err != nil {
		return console.PolicyPreview{}, err
	}
	return tx.FindMisfits(ctx, p, p.Stricter(policies.Of(p.Type)), s.now())
}

// UpdatePolicy sets the policy for a type, which is still at version. It
// changes no token; where living ones don't fit it, it has to be confirmed.
func (s *Service) UpdatePolicy(ctx context.Context, actor console.Principal, version int, p console.Policy, confirmed bool) (console.Policy, error) {
	if err := s.RecordDenial(ctx, actor, actor.Need(console.PolicyWrite), p.AsTarget()); err != nil {
		return console.Policy{}, err
	}
	if !p.Type.Valid() {
		return console.Policy{}, console.NotFound()
	}
	if err := p.Validate(); err != nil {
		return console.Policy{}, err
	}
	err := s.change(ctx, actor, console.PolicyWrite, func(tx *store.Store, actor console.Principal) (err error) {
		p, err = s.updatePolicy(ctx, tx, actor, &version, p, confirmed)
		return err
	})
	if err != nil {
		return console.Policy{}, err
	}
	return p, nil
}

// UpdatePolicies sets the policies for several types at once, or none of them,
// whatever they were before. Living tokens that don't fit stay as they are.
func (s *Service) UpdatePolicies(ctx context.Context, actor console.Principal, all []console.Policy) error {
	if err := s.RecordDenial(ctx, actor, actor.Need(console.PolicyWrite), console.Target{Kind: console.TargetPolicy}); err != nil {
		return err
	}
	for _, p := range all {
		if err := p.Validate(); err != nil {
			return err
		}
	}
	return s.change(ctx, actor, console.PolicyWrite, func(tx *store.Store, actor console.Principal) error {
		for _, p := range all {
			if _, err := s.updatePolicy(ctx, tx, actor, nil, p, true); err != nil {
				return err
			}
		}
		return nil
	})
}

// updatePolicy sets a sound policy, which is still at version if one is given.
func (s *Service) updatePolicy(ctx context.Context, tx *store.Store, actor console.Principal, version *int, p console.Policy, confirmed bool) (console.Policy, error) {
	if err := tx.Exclusive(ctx, "policy "+string(p.Type)); err != nil {
		return p, err
	}
	policies, err := tx.ListPolicies(ctx)
	if err != nil {
		return p, err
	}
	before := policies.Of(p.Type)
	if version != nil && before.Version != *version {
		return p, console.Stale(before.AsTarget())
	}
	if p.IPFilter, err = keepIPFilter(ctx, tx, p.IPFilter.GUID); err != nil {
		return p, err
	}
	p.Version = before.Version
	changes := console.Changes(before.Fields(), p.Fields())
	if len(changes) == 0 {
		return p, nil
	}
	found, err := tx.FindMisfits(ctx, p, p.Stricter(before), s.now())
	if err != nil {
		return p, err
	}
	problems := console.Problems{}
	problems.Check(found.Tokens == 0 || confirmed, "confirm", "Confirm that "+unfit(found.Tokens))
	if err := problems.Err(); err != nil {
		return p, err
	}
	if err := tx.UpdatePolicy(ctx, p, before.Version, s.now()); err != nil {
		return p, err
	}
	p.Version++
	event := actor.Did(console.PolicyEdited, p.AsTarget(), s.now())
	event.Changes = changes
	return p, s.record(ctx, tx, event)
}

func unfit(n int) string {
	if n == 1 {
		return "1 token that doesn’t fit stays as it is."
	}
	return strconv.Itoa(n) + " tokens that don’t fit stay as they are."
}
