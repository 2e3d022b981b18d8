package graph

import (
	"cmp"
	"context"

	"latchkey/internal/console"
)

// assetActions are the permissions on single assets, by their names in lists.
var assetActions = map[string]console.AssetPermission{"Update": console.UpdateAsset, "Delete": console.DeleteAsset}

type assetArgs struct {
	SearchFilter    *string
	Skip, Limit     *int32
	OrderBy, SortBy *string
	AssetTypes      *[]string
	SearchDomainIDs *[]string
	Permissions     *[]string
}

// filter is what the arguments ask for, and whether that can be anything.
func (a assetArgs) filter() (console.GrantFilter, bool) {
	f := console.GrantFilter{Name: text(a.SearchFilter), Sort: console.AssetSortName, Descending: text(a.OrderBy) == "DESC"}
	if text(a.SortBy) == "SearchDomain" {
		f.Sort = console.AssetSortRepository
	}
	if a.AssetTypes != nil {
		for _, name := range *a.AssetTypes {
			f.Types = append(f.Types, console.AssetType(name))
		}
	}
	if a.SearchDomainIDs != nil {
		f.Repositories = guids(*a.SearchDomainIDs)
	}
	if a.Permissions != nil {
		for _, name := range *a.Permissions {
			if permission, known := assetActions[name]; known {
				f.Permissions = append(f.Permissions, permission)
			}
		}
	}
	some := (a.AssetTypes == nil || len(f.Types) > 0) && (a.SearchDomainIDs == nil || len(f.Repositories) > 0) && (a.Permissions == nil || len(f.Permissions) > 0)
	return f, some
}

type assetSet struct {
	found   []console.GrantedAsset
	entries []*assetEntry
}

// SearchAssetPermissions are the single assets on which the token has rights.
func (t *viewToken) SearchAssetPermissions(ctx context.Context, args assetArgs) (*assetSet, error) {
	skip, limit, err := sliceOf(args.Skip, args.Limit)
	if err := cmp.Or(err, charge(ctx, 1), chargeFilter(ctx, "searchFilter", args.SearchFilter, args.AssetTypes, args.SearchDomainIDs, args.Permissions)); err != nil {
		return nil, err
	}
	granted, err := t.root.svc.ListGrantedAssets(ctx, caller(ctx), "", t.token.token.GUID)
	if err != nil {
		return nil, err
	}
	set := &assetSet{}
	if filter, some := args.filter(); some {
		set.found = filter.Search(granted)
	}
	part := set.found[min(skip, len(set.found)):min(skip+limit, len(set.found))]
	var refs []console.RepositoryRef
	for _, asset := range part {
		refs = append(refs, asset.Repository)
	}
	domains, err := t.root.svc.RepositoriesOf(ctx, caller(ctx), refs)
	if err := cmp.Or(err, charge(ctx, len(part))); err != nil {
		return nil, err
	}
	for _, asset := range part {
		entry := &assetEntry{asset: asset}
		if repository, seen := domains[asset.Repository.GUID]; seen {
			entry.domain = &searchDomain{t.root, repository}
		}
		set.entries = append(set.entries, entry)
	}
	return set, nil
}

func (s *assetSet) TotalResults() int32    { return int32(len(s.found)) }
func (s *assetSet) Results() []*assetEntry { return append([]*assetEntry{}, s.entries...) }

type assetEntry struct {
	asset  console.GrantedAsset
	domain *searchDomain
}

func (e *assetEntry) AssetID() string             { return string(e.asset.GUID) }
func (e *assetEntry) AssetName() string           { return e.asset.Name }
func (e *assetEntry) AssetType() string           { return string(e.asset.Type) }
func (e *assetEntry) SearchDomain() *searchDomain { return e.domain }
func (e *assetEntry) Resource() string            { return e.asset.Resource }

func (e *assetEntry) Permissions() []string {
	names := make([]string, len(e.asset.Permissions))
	for i, permission := range e.asset.Permissions {
		names[i] = permission.Label()
	}
	return names
}

// assetAssignment is a right on one asset for a new token.
type assetAssignment struct {
	AssetResourceIdentifier string
	Permissions             []string
}

func grantsOf(assignments *[]assetAssignment) []console.AssetGrant {
	if assignments == nil {
		return nil
	}
	grants := make([]console.AssetGrant, len(*assignments))
	for i, assignment := range *assignments {
		grants[i].Resource = assignment.AssetResourceIdentifier
		for _, permission := range assignment.Permissions {
			grants[i].Permissions = append(grants[i].Permissions, console.AssetPermission(permission))
		}
	}
	return grants
}
