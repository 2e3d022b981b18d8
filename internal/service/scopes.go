package service

import (
	"context"

	"latchkey/internal/console"
	"latchkey/internal/store"
)

// Catalogue is the scopes that exist now. It is no secret.
func (s *Service) Catalogue(ctx context.Context) (console.Catalogue, error) {
	return atGlance(ctx, s, "catalogue", func() (console.Catalogue, error) { return catalogueOf(ctx, s.store) })
}

func catalogueOf(ctx context.Context, tx *store.Store) (console.Catalogue, error) {
	own, err := tx.ListScopes(ctx)
	return console.BuiltIn().With(own), err
}

// ScopeUse counts the tokens that have each scope.
func (s *Service) ScopeUse(ctx context.Context, actor console.Principal) (map[string]int, error) {
	if err := actor.Need(console.ScopeRead); err != nil {
		return nil, err
	}
	return s.store.CountScopeUse(ctx)
}

// CreateScope adds a scope of the organization's own.
func (s *Service) CreateScope(ctx context.Context, actor console.Principal, n console.NewScope) (console.Scope, error) {
	if err := s.RecordDenial(ctx, actor, actor.Need(console.ScopeWrite), console.Target{Kind: console.TargetScope}); err != nil {
		return console.Scope{}, err
	}
	n = n.Clean()
	if err := n.Validate(); err != nil {
		return console.Scope{}, err
	}
	scope := n.Scope()
	return scope, s.change(ctx, actor, console.ScopeWrite, func(tx *store.Store, actor console.Principal) error {
		if err := tx.Exclusive(ctx, "scope "+scope.Name); err != nil {
			return err
		}
		catalogue, err := catalogueOf(ctx, tx)
		if err != nil {
			return err
		}
		if _, taken := catalogue.Find(scope.Name); taken {
			return console.Conflict("name", "There is already a scope with that name.")
		}
		if err := tx.InsertScope(ctx, scope, s.now()); err != nil {
			return err
		}
		return s.recordScope(ctx, tx, actor, console.ScopeCreated, console.Scope{}, scope)
	})
}

// UpdateScope changes what a scope of the organization's own says, while it is
// still at version. Its name stays: tokens hold it.
func (s *Service) UpdateScope(ctx context.Context, actor console.Principal, name string, version int, n console.NewScope) (console.Scope, error) {
	return s.changeScope(ctx, actor, name, console.ScopeEdited, func(before console.Scope) (console.Scope, error) {
		n.Name = before.Name
		n = n.Clean()
		after := n.Scope()
		after.Retired, after.Version = before.Retired, version
		if !before.Own {
			return after, console.Conflict("", "This scope belongs to the catalogue and can’t be edited.")
		}
		return after, n.Validate()
	})
}

// RetireScope ends new grants of a scope, or allows them again. Tokens that
// have it keep it.
func (s *Service) RetireScope(ctx context.Context, actor console.Principal, name string, retired bool) (console.Scope, error) {
	action := console.ScopeRetired
	if !retired {
		action = console.ScopeReinstated
	}
	return s.changeScope(ctx, actor, name, action, func(before console.Scope) (console.Scope, error) {
		before.Retired = retired
		return before, nil
	})
}

func (s *Service) changeScope(ctx context.Context, actor console.Principal, name string, action console.Action,
	change func(before console.Scope) (console.Scope, error),
) (console.Scope, error) {
	if err := s.RecordDenial(ctx, actor, actor.Need(console.ScopeWrite), console.Target{Kind: console.TargetScope, Name: name}); err != nil {
		return console.Scope{}, err
	}
	var after console.Scope
	err := s.change(ctx, actor, console.ScopeWrite, func(tx *store.Store, actor console.Principal) error {
		if err := tx.Exclusive(ctx, "scope "+name); err != nil {
			return err
		}
		catalogue, err := catalogueOf(ctx, tx)
		if err != nil {
			return err
		}
		before, known := catalogue.Find(name)
		if !known {
			return console.NotFound()
		}
		if after, err = change(before); err != nil {
			return err
		}
		if len(console.Changes(before.Fields(), after.Fields())) == 0 {
			return nil
		}
		if before.Version == 0 { // a mark on the catalogue's scope, the first
			err = tx.InsertScope(ctx, after, s.now())
		} else {
			err = tx.UpdateScope(ctx, after, after.Version, s.now())
		}
		if err != nil {
			return err
		}
		after.Version++
		return s.recordScope(ctx, tx, actor, action, before, after)
	})
	return after, err
}

func (s *Service) recordScope(ctx context.Context, tx *store.Store, actor console.Principal, action console.Action, before, after console.Scope) error {
	event := actor.Did(action, after.AsTarget(), s.now())
	event.Changes = console.Changes(before.Fields(), after.Fields())
	return s.record(ctx, tx, event)
}
