package service

import (
	"cmp"
	"context"
	"slices"

	"latchkey/internal/console"
	"latchkey/internal/store"
)

// ListViews returns the views of a place that actor can choose from: their own,
// and what others share.
func (s *Service) ListViews(ctx context.Context, actor console.Principal, place console.ViewPlace) ([]console.View, error) {
	if err := actor.NeedSomewhere(console.TokenRead); err != nil {
		return nil, err
	}
	return s.store.ListViews(ctx, actor.GUID, place)
}

// CreateView keeps the state of a list under a name.
func (s *Service) CreateView(ctx context.Context, actor console.Principal, v console.View) (console.View, error) {
	v.GUID, v.Owner, v.Name = console.NewGUID(), actor.Ref(), console.Clean(v.Name)
	return v, s.changeView(ctx, actor, v, console.ViewCreated, func(tx *store.Store, _ console.Principal, all []console.View) ([]console.Change, error) {
		own := slices.DeleteFunc(slices.Clone(all), func(o console.View) bool { return o.Owner.GUID != actor.GUID })
		if len(own) >= console.ViewLimit {
			return nil, console.Conflict("", "You have 50 views already. Delete one first.")
		}
		return console.Changes(console.View{}.Fields(), v.Fields()), tx.InsertView(ctx, v)
	})
}

// UpdateView changes the name of a view, whether it is shared, and, with a query,
// the state that it keeps.
func (s *Service) UpdateView(ctx context.Context, actor console.Principal, v console.View, query *string) (console.View, error) {
	v.Name = console.Clean(v.Name)
	return v, s.changeView(ctx, actor, v, console.ViewEdited, func(tx *store.Store, actor console.Principal, all []console.View) ([]console.Change, error) {
		before, err := changeable(actor, all, v.GUID)
		if err != nil {
			return nil, err
		}
		after := before
		after.Name, after.Shared = v.Name, v.Shared
		if query != nil {
			after.Query = *query
		}
		return console.Changes(before.Fields(), after.Fields()), tx.UpdateView(ctx, after)
	})
}

// DeleteView removes a view, for everybody who chose it.
func (s *Service) DeleteView(ctx context.Context, actor console.Principal, v console.View) error {
	return s.changeView(ctx, actor, v, console.ViewDeleted, func(tx *store.Store, actor console.Principal, all []console.View) ([]console.Change, error) {
		before, err := changeable(actor, all, v.GUID)
		if err != nil {
			return nil, err
		}
		return console.Changes(before.Fields(), console.View{}.Fields()), tx.DeleteView(ctx, v.GUID)
	})
}

// SetDefaultView has a place open with a view for actor, or with none. It is
// theirs alone and no matter for the record.
func (s *Service) SetDefaultView(ctx context.Context, actor console.Principal, place console.ViewPlace, guid console.GUID) error {
	all, err := s.ListViews(ctx, actor, place)
	if err != nil {
		return err
	}
	if guid != "" && !slices.ContainsFunc(all, func(v console.View) bool { return v.GUID == guid }) {
		return console.NotFound()
	}
	return s.store.SetDefaultView(ctx, actor.GUID, place, guid)
}

// changeable is the view with that GUID, if actor may change it.
func changeable(actor console.Principal, all []console.View, guid console.GUID) (console.View, error) {
	at := slices.IndexFunc(all, func(v console.View) bool { return v.GUID == guid })
	switch {
	case at < 0:
		return console.View{}, console.NotFound()
	case !all[at].MayChange(actor):
		return console.View{}, console.Forbidden("This view is somebody else’s.")
	}
	return all[at], nil
}

func (s *Service) changeView(ctx context.Context, actor console.Principal, v console.View, action console.Action, do func(*store.Store, console.Principal, []console.View) ([]console.Change, error)) error {
	if actor.Kind != console.PrincipalUser {
		return cmp.Or(known(actor), console.NotFound())
	}
	if err := actor.NeedSomewhere(console.TokenRead); err != nil {
		return err
	}
	if action != console.ViewDeleted {
		if err := v.Validate(); err != nil {
			return err
		}
	}
	return s.change(ctx, actor, console.TokenRead, func(tx *store.Store, actor console.Principal) error {
		if v.Shared && !actor.MaySomewhere(console.TokenWrite) {
			return console.Forbidden("Your role lets you keep views, but not share them.")
		}
		if err := tx.Exclusive(ctx, "views"); err != nil {
			return err
		}
		all, err := tx.ListViews(ctx, actor.GUID, v.Place)
		if err != nil {
			return err
		}
		for _, other := range all {
			if action != console.ViewDeleted && other.GUID != v.GUID && console.Fold(other.Name) == console.Fold(v.Name) {
				return console.Conflict("name", "There is a view with that name already.")
			}
		}
		changes, err := do(tx, actor, all)
		if err != nil || len(changes) == 0 {
			return err
		}
		event := actor.Did(action, v.AsTarget(), s.now())
		event.Changes = changes
		return s.record(ctx, tx, event)
	})
}
