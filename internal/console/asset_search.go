package console

import (
	"cmp"
	"slices"
	"strings"
)

// GrantedAsset is an asset with what a token may do to it.
type GrantedAsset struct {
	Asset
	Permissions []AssetPermission
}

// AssetSortKey names what granted assets are ordered by.
type AssetSortKey string

// The sort keys. Every order ends in name and GUID.
const (
	AssetSortName       AssetSortKey = "name"
	AssetSortRepository AssetSortKey = "repository"
)

// GrantFilter says which of a token's assets to list, and in what order.
type GrantFilter struct {
	// Name keeps assets in whose name all of these words occur.
	Name string
	// Types, Repositories and Permissions keep assets that have one of these.
	Types        []AssetType
	Repositories []GUID
	Permissions  []AssetPermission
	Sort         AssetSortKey
	Descending   bool
}

// Search returns the granted assets that pass f, in its order. A token has
// AssetGrantLimit of them at most.
func (f GrantFilter) Search(granted []GrantedAsset) []GrantedAsset {
	kept := slices.DeleteFunc(slices.Clone(granted), func(g GrantedAsset) bool { return !f.keeps(g) })
	slices.SortFunc(kept, func(a, b GrantedAsset) int {
		order := cmp.Or(strings.Compare(Fold(a.Name), Fold(b.Name)), cmp.Compare(a.GUID, b.GUID))
		if f.Sort == AssetSortRepository {
			order = cmp.Or(strings.Compare(Fold(a.Repository.Name), Fold(b.Repository.Name)), order)
		}
		if f.Descending {
			return -order
		}
		return order
	})
	return kept
}

func (f GrantFilter) keeps(g GrantedAsset) bool {
	return HasWords(g.Name, f.Name) &&
		(len(f.Types) == 0 || slices.Contains(f.Types, g.Type)) &&
		(len(f.Repositories) == 0 || slices.Contains(f.Repositories, g.Repository.GUID)) &&
		(len(f.Permissions) == 0 || slices.ContainsFunc(g.Permissions, func(p AssetPermission) bool { return slices.Contains(f.Permissions, p) }))
}
