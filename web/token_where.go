package web

import (
	"slices"
	"strings"

	"github.com/labstack/echo/v4"

	"latchkey/internal/console"
	"latchkey/views"
)

// where are the repositories of the form's token that the reader may choose or,
// of one to change, that it has.
func (f *tokenForm) where() []console.GUID {
	if f.token != nil {
		return f.token.AsNew().Repositories
	}
	if f.at.repository != nil {
		return []console.GUID{f.at.guid()}
	}
	var guids []console.GUID
	for _, repository := range f.repositories {
		if slices.Contains(f.in.repositories, repository.Name) {
			guids = append(guids, repository.GUID)
		}
	}
	return guids
}

// repositoryGroup are the repositories to choose from, as ticked.
func (f *tokenForm) repositoryGroup() []views.ScopeGroup {
	group := views.ScopeGroup{}
	for _, repository := range f.repositories {
		group.Scopes = append(group.Scopes, views.ScopeOption{Name: repository.Name, Checked: slices.Contains(f.in.repositories, repository.Name)})
	}
	return []views.ScopeGroup{group}
}

// findAssets reads the assets of the form's repositories, and what the token has.
func (s *Server) findAssets(c echo.Context, f *tokenForm) (err error) {
	if f.in.kind == console.TypeRepository {
		f.assets, err = s.svc.AssetNames(c.Request().Context(), f.who, f.where())
	}
	return err
}

// assetGroups are the rights on single assets that the reader may give and those
// that the token has, as ticked, by the asset's type.
func (f *tokenForm) assetGroups() []views.ScopeGroup {
	var groups []views.ScopeGroup
	for _, t := range console.AssetTypes() {
		group := views.ScopeGroup{Name: t.Label()}
		for _, asset := range f.assets {
			if asset.Type != t {
				continue
			}
			for _, permission := range console.AssetPermissions {
				option := views.ScopeOption{Name: string(permission) + " " + asset.Resource, Label: string(permission), Text: asset.Name}
				option.Checked, option.Was = slices.Contains(f.in.assets, option.Name), f.hasRight(asset, permission)
				if len(f.where()) > 1 {
					option.Text += " in " + asset.Repository.Name
				}
				if option.Was || f.who.MayGrantAsset(permission, asset) {
					group.Scopes = append(group.Scopes, option)
				}
			}
		}
		if len(group.Scopes) > 0 {
			groups = append(groups, group)
		}
	}
	return groups
}

func (f *tokenForm) hasRight(asset console.Asset, permission console.AssetPermission) bool {
	return f.token != nil && slices.ContainsFunc(f.token.Assets, func(g console.AssetGrant) bool {
		return g.Resource == asset.Resource && slices.Contains(g.Permissions, permission)
	})
}

// grants are the rights on single assets that are ticked.
func (in tokenInput) grants() []console.AssetGrant {
	var grants []console.AssetGrant
	for _, text := range in.assets {
		if permission, resource, ok := strings.Cut(text, " "); ok {
			grants = append(grants, console.AssetGrant{Resource: resource, Permissions: []console.AssetPermission{console.AssetPermission(permission)}})
		}
	}
	return console.CleanGrants(grants)
}

// ticks are grants as the form sends them.
func ticks(grants []console.AssetGrant) []string {
	var ticks []string
	for _, g := range grants {
		for _, permission := range g.Permissions {
			ticks = append(ticks, string(permission)+" "+g.Resource)
		}
	}
	return ticks
}
