package service

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"latchkey/internal/console"
	"latchkey/internal/store"
)

// nameLimit bounds the choices that a form offers.
const nameLimit = 1000

// ListRepositories returns a page of the repositories and views that pass f
// and that actor may see.
func (s *Service) ListRepositories(ctx context.Context, actor console.Principal, f console.RepositoryFilter, page console.PageRequest) (console.Page[console.RepositorySummary], error) {
	f.Visible = actor.Sees()
	if !actor.MaySomewhere(console.RepositoryRead) || unsearchable(f.Name) || unsearchable(string(f.Kind)) {
		return console.Page[console.RepositorySummary]{}, known(actor)
	}
	return s.store.ListRepositories(ctx, f, page, s.now())
}

// RepositoryNames returns the repositories, the views or, with an empty kind,
// both, in which actor has perm, by name: at most 1,000, to choose from.
func (s *Service) RepositoryNames(ctx context.Context, actor console.Principal, perm console.Permission, kind console.RepositoryKind) ([]console.RepositoryRef, error) {
	if !actor.MaySomewhere(perm) {
		return nil, known(actor)
	}
	sees := actor.Sees()
	names, err := atGlance(ctx, s, fmt.Sprintf("repositories %s %#v", kind, sees), func() ([]console.RepositoryRef, error) {
		return s.store.ListRepositoryNames(ctx, kind, sees, nameLimit)
	})
	return slices.DeleteFunc(slices.Clone(names), func(r console.RepositoryRef) bool { return !actor.MayIn(perm, r.GUID) }), err
}

// GetRepository finds a repository or view by its name, in any case.
func (s *Service) GetRepository(ctx context.Context, actor console.Principal, name string) (console.Repository, error) {
	if err := actor.NeedSomewhere(console.RepositoryRead); err != nil {
		return console.Repository{}, err
	}
	if !console.PlainLine(name) {
		return console.Repository{}, console.NotFound()
	}
	repository, err := atGlance(ctx, s, "repository "+name, func() (console.Repository, error) { return s.store.FindRepositoryByName(ctx, name) })
	if err == nil {
		err = actor.NeedIn(console.RepositoryRead, repository.GUID)
	}
	if err != nil {
		return console.Repository{}, err
	}
	return repository, nil
}

// GetRepositoryByGUID finds a repository or view that may have another name by now.
func (s *Service) GetRepositoryByGUID(ctx context.Context, actor console.Principal, guid console.GUID) (console.Repository, error) {
	if err := cmp.Or(actor.NeedIn(console.RepositoryRead, guid), written(guid)); err != nil {
		return console.Repository{}, err
	}
	return s.store.FindRepository(ctx, guid)
}

// ViewsOf returns the views that read from a repository and that actor may see.
func (s *Service) ViewsOf(ctx context.Context, actor console.Principal, guid console.GUID) ([]console.Repository, error) {
	if err := cmp.Or(actor.NeedIn(console.RepositoryRead, guid), written(guid)); err != nil {
		return nil, err
	}
	views, err := s.store.ListViewsOf(ctx, guid)
	return slices.DeleteFunc(views, func(r console.Repository) bool { return !actor.MayIn(console.RepositoryRead, r.GUID) }), err
}

// CreateRepository makes a repository or a view.
func (s *Service) CreateRepository(ctx context.Context, actor console.Principal, n console.NewRepository) (console.Repository, error) {
	if err := s.RecordDenial(ctx, actor, actor.NeedSomewhere(console.RepositoryWrite), console.Target{Kind: console.TargetRepository, Name: console.Clean(n.Name)}); err != nil {
		return console.Repository{}, err
	}
	n, now := n.Clean(), s.now()
	if err := n.Validate(); err != nil {
		return console.Repository{}, err
	}
	repository := console.Repository{
		GUID: console.NewGUID(), Name: n.Name, Kind: n.Kind, Description: n.Description,
		CreatedAt: now, UpdatedAt: now, Version: 1,
	}
	err := s.change(ctx, actor, console.RepositoryWrite, func(tx *store.Store, actor console.Principal) (err error) {
		if repository.Connections, err = connect(ctx, tx, n.Connections); err != nil {
			return err
		}
		if err := tx.InsertRepository(ctx, repository); err != nil {
			return err
		}
		event := actor.Did(console.RepositoryCreated, repository.AsTarget(), now)
		event.Repositories = []console.RepositoryRef{repository.Ref()}
		event.Changes = console.Changes(console.Repository{}.Fields(), repository.Fields())
		return s.record(ctx, tx, event)
	})
	return repository, err
}

// UpdateRepository changes a repository that is still at version. Its kind stays.
func (s *Service) UpdateRepository(ctx context.Context, actor console.Principal, guid console.GUID, version int, n console.NewRepository) (console.Repository, error) {
	if err := cmp.Or(s.RecordDenial(ctx, actor, actor.NeedIn(console.RepositoryWrite, guid), console.Target{Kind: console.TargetRepository, GUID: guid}), written(guid)); err != nil {
		return console.Repository{}, err
	}
	n = n.Clean()
	var repository console.Repository
	err := s.change(ctx, actor, console.RepositoryWrite, func(tx *store.Store, actor console.Principal) error {
		before, err := tx.LockRepository(ctx, guid)
		if err != nil {
			return err
		}
		now := s.now()
		n.Kind = before.Kind
		if err := n.Validate(); err != nil {
			return err
		}
		repository = before
		repository.Name, repository.Description, repository.UpdatedAt = n.Name, n.Description, now
		if repository.Connections, err = connect(ctx, tx, n.Connections); err != nil {
			return err
		}
		changes := console.Changes(before.Fields(), repository.Fields())
		if len(changes) == 0 {
			repository = before
			return nil
		}
		if err := tx.UpdateRepository(ctx, repository, version); err != nil {
			return err
		}
		repository.Version++
		event := actor.Did(console.RepositoryEdited, repository.AsTarget(), now)
		event.Repositories, event.Changes = []console.RepositoryRef{repository.Ref()}, changes
		return s.record(ctx, tx, event)
	})
	return repository, err
}

// connect finds and holds the repositories that a view names.
func connect(ctx context.Context, tx *store.Store, wanted []console.NewConnection) ([]console.Connection, error) {
	names := make([]string, len(wanted))
	for i, c := range wanted {
		names[i] = c.Repository
	}
	if len(names) == 0 {
		return nil, nil
	}
	found, err := tx.FindRepositoryRefs(ctx, names)
	if err != nil {
		return nil, err
	}
	byName := map[string]console.RepositoryRef{}
	for _, ref := range found {
		byName[console.Fold(ref.Name)] = ref
	}
	p := console.Problems{}
	connections := make([]console.Connection, 0, len(wanted))
	for _, c := range wanted {
		ref, ok := byName[console.Fold(c.Repository)]
		p.Check(ok, "connections", "There is no repository “"+c.Repository+"”.")
		connections = append(connections, console.Connection{Repository: ref, Filter: c.Filter})
	}
	if err := p.Err(); err != nil {
		return nil, err
	}
	guids := make([]console.GUID, len(found))
	for i, ref := range found {
		guids[i] = ref.GUID
	}
	_, err = tx.LockRepositories(ctx, guids)
	return connections, err
}

// DeleteRepository removes a repository or view with the tokens in it that
// ended. It is refused while a token can be active or a view reads from it.
func (s *Service) DeleteRepository(ctx context.Context, actor console.Principal, guid console.GUID) error {
	if err := cmp.Or(s.RecordDenial(ctx, actor, actor.NeedIn(console.RepositoryWrite, guid), console.Target{Kind: console.TargetRepository, GUID: guid}), written(guid)); err != nil {
		return err
	}
	return s.change(ctx, actor, console.RepositoryWrite, func(tx *store.Store, actor console.Principal) error {
		repository, err := tx.LockRepository(ctx, guid)
		if err != nil {
			return err
		}
		now := s.now()
		use, err := tx.FindRepositoryUse(ctx, guid, now)
		if err != nil {
			return err
		}
		if why := inTheWay(repository.Name, use); why != "" {
			return console.Conflict("", why)
		}
		if err := tx.DeleteRepository(ctx, guid); err != nil {
			return err
		}
		event := actor.Did(console.RepositoryDeleted, repository.AsTarget(), now)
		event.Repositories = []console.RepositoryRef{repository.Ref()}
		event.Changes = console.Changes(repository.Fields(), console.Repository{}.Fields())
		return s.record(ctx, tx, event)
	})
}

// PreviewRepositoryDeletion says why the repository can't be deleted now; it is
// empty if it can.
func (s *Service) PreviewRepositoryDeletion(ctx context.Context, actor console.Principal, guid console.GUID) (string, error) {
	if err := cmp.Or(s.RecordDenial(ctx, actor, actor.NeedIn(console.RepositoryWrite, guid), console.Target{Kind: console.TargetRepository, GUID: guid}), written(guid)); err != nil {
		return "", err
	}
	repository, err := s.store.FindRepository(ctx, guid)
	if err != nil {
		return "", err
	}
	use, err := s.store.FindRepositoryUse(ctx, guid, s.now())
	return inTheWay(repository.Name, use), err
}

// inTheWay says what keeps a repository from being deleted.
func inTheWay(name string, use store.RepositoryUse) string {
	switch {
	case use.Live > 0:
		return fmt.Sprintf("%s has %s that can still be active. Revoke or delete what uses it first.", name, console.Count(use.Live, "token"))
	case use.Views > 0:
		return fmt.Sprintf("%s is read by %s. Change or delete what reads it first.", name, console.Count(use.Views, "view"))
	}
	return ""
}
