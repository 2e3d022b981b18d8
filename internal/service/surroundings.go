package service

import (
	"context"
	"slices"

	"latchkey/internal/console"
)

// wholeLimit bounds lists that come in one piece.
const wholeLimit = 10_000

// ListWholeRepositories returns the repositories and views of a kind, or of both
// if it is empty, that actor may see, by name and with what views read from: at
// most 10,000.
func (s *Service) ListWholeRepositories(ctx context.Context, actor console.Principal, kind console.RepositoryKind) ([]console.Repository, error) {
	if !actor.MaySomewhere(console.RepositoryRead) {
		return nil, known(actor)
	}
	return s.store.ListWholeRepositories(ctx, kind, actor.Sees(), wholeLimit)
}

// RepositoriesOf returns whole what refs mention, by GUID, as far as actor may see
// it.
func (s *Service) RepositoriesOf(ctx context.Context, actor console.Principal, refs []console.RepositoryRef) (map[console.GUID]console.Repository, error) {
	var guids []console.GUID
	for _, r := range refs {
		if actor.MayIn(console.RepositoryRead, r.GUID) {
			guids = append(guids, r.GUID)
		}
	}
	return byGUID(ctx, guids, s.store.FindRepositories, func(r console.Repository) console.GUID { return r.GUID })
}

// IPFiltersOf returns the IP filters of tokens that actor was shown, by GUID:
// whoever sees a token sees its filter.
func (s *Service) IPFiltersOf(ctx context.Context, tokens []console.Token) (map[console.GUID]console.IPFilter, error) {
	var guids []console.GUID
	for _, token := range tokens {
		if token.IPFilter.GUID != "" {
			guids = append(guids, token.IPFilter.GUID)
		}
	}
	return byGUID(ctx, guids, s.store.FindIPFilters, func(f console.IPFilter) console.GUID { return f.GUID })
}

// byGUID finds what has these GUIDs, each once.
func byGUID[T any](ctx context.Context, guids []console.GUID, find func(context.Context, []console.GUID) ([]T, error), guidOf func(T) console.GUID) (map[console.GUID]T, error) {
	if len(guids) == 0 {
		return nil, nil
	}
	slices.Sort(guids)
	found, err := find(ctx, slices.Compact(guids))
	all := make(map[console.GUID]T, len(found))
	for _, one := range found {
		all[guidOf(one)] = one
	}
	return all, err
}
