package graph

import (
	"cmp"
	"context"

	"latchkey/internal/console"
)

// searchDomain is a repository or a view.
type searchDomain struct {
	root       *root
	repository console.Repository
}

func (d *searchDomain) ID() string            { return string(d.repository.GUID) }
func (d *searchDomain) Name() RepoOrViewName  { return RepoOrViewName(d.repository.Name) }
func (d *searchDomain) IsStarred() bool       { return false }
func (d *searchDomain) AutomaticSearch() bool { return true }

func (d *searchDomain) Description() *string {
	if d.repository.Description == "" {
		return nil
	}
	return &d.repository.Description
}

// ToRepository and ToView are for the library.
func (d *searchDomain) ToRepository() (*repository, bool) {
	return &repository{d}, d.repository.Kind == console.KindRepository
}

func (d *searchDomain) ToView() (*view, bool) { return &view{d}, d.repository.Kind == console.KindView }

type repository struct{ *searchDomain }

// CompressedByteSize is nothing: here are tokens, not events.
func (*repository) CompressedByteSize() Long { return 0 }

type view struct{ *searchDomain }

func (*view) IsFederated() bool { return false }

// Connections are what a view reads from, as far as the caller may see it.
func (v *view) Connections(ctx context.Context) ([]*viewConnection, error) {
	refs := make([]console.RepositoryRef, len(v.repository.Connections))
	for i, c := range v.repository.Connections {
		refs[i] = c.Repository
	}
	if err := charge(ctx, 1+len(refs)); err != nil {
		return nil, err
	}
	found, err := v.root.svc.RepositoriesOf(ctx, caller(ctx), refs)
	if err != nil {
		return nil, err
	}
	connections := []*viewConnection{}
	for _, c := range v.repository.Connections {
		if r, seen := found[c.Repository.GUID]; seen {
			connections = append(connections, &viewConnection{&repository{&searchDomain{v.root, r}}, c.Filter})
		}
	}
	return connections, nil
}

type viewConnection struct {
	repository *repository
	filter     string
}

func (c *viewConnection) Repository() *repository { return c.repository }
func (c *viewConnection) Filter() string          { return c.filter }

func (r *root) SearchDomain(ctx context.Context, args struct{ Name string }) (*searchDomain, error) {
	found, err := r.svc.GetRepository(ctx, caller(ctx), args.Name)
	return &searchDomain{r, found}, err
}

func (r *root) SearchDomains(ctx context.Context, _ struct{ IncludeHidden *bool }) ([]*searchDomain, error) {
	found, err := r.svc.ListWholeRepositories(ctx, caller(ctx), "")
	if err := cmp.Or(err, charge(ctx, len(found))); err != nil {
		return nil, err
	}
	domains := make([]*searchDomain, len(found))
	for i, one := range found {
		domains[i] = &searchDomain{r, one}
	}
	return domains, nil
}

func (r *root) Repository(ctx context.Context, args struct {
	Name          string
	IncludeHidden *bool
}) (*repository, error) {
	found, err := r.svc.GetRepository(ctx, caller(ctx), args.Name)
	if err == nil && found.Kind != console.KindRepository {
		err = console.NotFound()
	}
	return &repository{&searchDomain{r, found}}, err
}

func (r *root) Repositories(ctx context.Context, _ struct{ IncludeSandboxes, IncludeHidden *bool }) ([]*repository, error) {
	found, err := r.svc.ListWholeRepositories(ctx, caller(ctx), console.KindRepository)
	if err := cmp.Or(err, charge(ctx, len(found))); err != nil {
		return nil, err
	}
	repositories := make([]*repository, len(found))
	for i, one := range found {
		repositories[i] = &repository{&searchDomain{r, one}}
	}
	return repositories, nil
}
