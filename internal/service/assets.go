package service

import (
	"cmp"
	"context"
	"slices"

	"latchkey/internal/console"
	"latchkey/internal/store"
)

// ListAssets returns a page of a repository's assets that pass f.
func (s *Service) ListAssets(ctx context.Context, actor console.Principal, repo console.GUID, f console.AssetFilter, page console.PageRequest) (console.Page[console.AssetSummary], error) {
	if err := cmp.Or(actor.NeedIn(console.RepositoryRead, repo), written(repo)); err != nil {
		return console.Page[console.AssetSummary]{}, err
	}
	if unsearchable(f.Name) || slices.ContainsFunc(f.Types, func(t console.AssetType) bool { return unsearchable(string(t)) }) {
		return console.Page[console.AssetSummary]{}, nil
	}
	return s.store.ListAssets(ctx, repo, f, page)
}

// AssetNames returns the assets of those of the repositories that actor may see,
// by name: at most 1,000, to choose from.
func (s *Service) AssetNames(ctx context.Context, actor console.Principal, repositories []console.GUID) ([]console.Asset, error) {
	seen := slices.DeleteFunc(slices.Clone(repositories), func(repo console.GUID) bool {
		return !repo.Valid() || !actor.MayIn(console.RepositoryRead, repo)
	})
	if len(seen) == 0 {
		return nil, known(actor)
	}
	return s.store.ListAssetNames(ctx, seen, nameLimit)
}

// GetAsset returns an asset.
func (s *Service) GetAsset(ctx context.Context, actor console.Principal, guid console.GUID) (console.Asset, error) {
	if err := cmp.Or(actor.NeedSomewhere(console.RepositoryRead), written(guid)); err != nil {
		return console.Asset{}, err
	}
	return seenAsset(actor)(s.store.FindAsset(ctx, guid))
}

// seenAsset lets actor have what was found only if they may see it.
func seenAsset(actor console.Principal) func(console.Asset, error) (console.Asset, error) {
	return func(asset console.Asset, err error) (console.Asset, error) {
		if err == nil {
			err = actor.NeedIn(console.RepositoryRead, asset.Repository.GUID)
		}
		if err != nil {
			return console.Asset{}, err
		}
		return asset, nil
	}
}

// ListGrantedAssets returns the assets on which a token has rights, by name, that
// actor may see.
func (s *Service) ListGrantedAssets(ctx context.Context, actor console.Principal, repo, token console.GUID) ([]console.GrantedAsset, error) {
	if _, err := s.GetToken(ctx, actor, repo, token); err != nil {
		return nil, err
	}
	granted, err := s.store.ListGrantedAssets(ctx, token)
	return slices.DeleteFunc(granted, func(g console.GrantedAsset) bool {
		return !actor.MayIn(console.RepositoryRead, g.Repository.GUID)
	}), err
}

// mayGrantAssets refuses rights on assets that are not there or not in these
// repositories, and those that the actor does not hold at this moment.
func mayGrantAssets(ctx context.Context, tx *store.Store, actor console.Principal, in []console.RepositoryRef, grants []console.AssetGrant) error {
	if len(grants) == 0 {
		return nil
	}
	found, err := keepAssets(ctx, tx, grants)
	if err != nil {
		return err
	}
	p, denied := console.Problems{}, console.Problems{}
	for _, g := range grants {
		at := slices.IndexFunc(found, func(a console.Asset) bool { return a.Resource == g.Resource })
		there := at >= 0 && slices.Contains(in, found[at].Repository)
		p.Check(there, "assets", "There is nothing with the identifier “"+g.Resource+"” in the token’s repositories.")
		for _, permission := range g.Permissions {
			denied.Check(!there || actor.MayGrantAsset(permission, found[at]), "assets",
				"You can’t give "+string(permission)+" on "+g.Resource+": it takes holding that right on all assets of its type.")
		}
	}
	return cmp.Or(p.Err(), console.Deny(denied.Err(), console.TokenWrite, console.Target{}))
}

// keepAssets finds those of the assets that exist, and holds them until the
// transaction ends.
func keepAssets(ctx context.Context, tx *store.Store, grants []console.AssetGrant) ([]console.Asset, error) {
	resources := make([]string, len(grants))
	for i, g := range grants {
		resources[i] = g.Resource
	}
	if slices.ContainsFunc(resources, unsearchable) {
		return nil, console.NotFound()
	}
	return tx.KeepAssets(ctx, resources)
}

// needAssets refuses a secret of a token to who does not hold its rights on
// single assets at this moment: whoever has one has these.
func needAssets(ctx context.Context, tx *store.Store, actor console.Principal, token console.Token) error {
	if len(token.Assets) == 0 {
		return nil
	}
	found, err := keepAssets(ctx, tx, token.Assets)
	if err != nil {
		return err
	}
	for _, g := range token.Assets {
		for _, permission := range g.Permissions {
			if !slices.ContainsFunc(found, func(a console.Asset) bool { return a.Resource == g.Resource && actor.MayGrantAsset(permission, a) }) {
				refusal := console.Forbidden("This token has " + string(permission) + " on " + g.Resource + ", which you don’t hold. An administrator can rotate its secret.")
				return console.Deny(refusal, console.TokenWrite, token.AsTarget())
			}
		}
	}
	return nil
}

// CreateAsset registers an asset of a repository.
func (s *Service) CreateAsset(ctx context.Context, actor console.Principal, n console.NewAsset) (console.Asset, error) {
	where := console.Target{Kind: console.TargetRepository, GUID: n.Repository}
	if err := cmp.Or(s.RecordDenial(ctx, actor, actor.NeedIn(console.AssetWrite, n.Repository), where), written(n.Repository)); err != nil {
		return console.Asset{}, err
	}
	n = n.Clean()
	if err := n.Validate(); err != nil {
		return console.Asset{}, err
	}
	var asset console.Asset
	err := s.change(ctx, actor, console.AssetWrite, func(tx *store.Store, actor console.Principal) error {
		if err := actor.NeedIn(console.AssetWrite, n.Repository); err != nil {
			return err
		}
		in, err := tx.LockRepositories(ctx, []console.GUID{n.Repository})
		if err != nil {
			return err
		}
		asset = n.Asset(in[0], s.now())
		if err := tx.InsertAsset(ctx, asset); err != nil {
			return err
		}
		return s.recordAsset(ctx, tx, actor, console.AssetCreated, asset, console.Changes(nil, asset.Fields()))
	})
	if err != nil {
		return console.Asset{}, err
	}
	return asset, nil
}

func (s *Service) recordAsset(ctx context.Context, tx *store.Store, actor console.Principal, action console.Action, asset console.Asset, changes []console.Change) error {
	event := actor.Did(action, asset.AsTarget(), s.now())
	event.Repositories, event.Changes = []console.RepositoryRef{asset.Repository}, changes
	return s.record(ctx, tx, event)
}

// UpdateAsset changes the name and the identifier of an asset that is still at
// version. Its type and repository stay.
func (s *Service) UpdateAsset(ctx context.Context, actor console.Principal, guid console.GUID, version int, n console.NewAsset) (console.Asset, error) {
	n = n.Clean()
	var asset console.Asset
	err := s.changeAsset(ctx, actor, guid, func(tx *store.Store, actor console.Principal, before console.Asset) error {
		n.Type = before.Type
		n.Resource = cmp.Or(n.Resource, before.Resource)
		if err := n.Validate(); err != nil {
			return err
		}
		asset = before
		if before.Version != version {
			return console.Stale(before.AsTarget())
		}
		asset.Name, asset.Resource, asset.UpdatedAt = n.Name, n.Resource, s.now()
		changes := console.Changes(before.Fields(), asset.Fields())
		if len(changes) == 0 {
			asset = before
			return nil
		}
		if err := tx.UpdateAsset(ctx, asset, version); err != nil {
			return err
		}
		asset.Version++
		return s.recordAsset(ctx, tx, actor, console.AssetEdited, asset, changes)
	})
	return asset, err
}

// changeAsset locks an asset that actor may change, and lets change do it.
func (s *Service) changeAsset(ctx context.Context, actor console.Principal, guid console.GUID,
	change func(tx *store.Store, actor console.Principal, before console.Asset) error,
) error {
	if err := cmp.Or(s.RecordDenial(ctx, actor, actor.NeedSomewhere(console.AssetWrite), console.Target{Kind: console.TargetAsset, GUID: guid}), written(guid)); err != nil {
		return err
	}
	return s.change(ctx, actor, console.AssetWrite, func(tx *store.Store, actor console.Principal) error {
		before, err := seenAsset(actor)(tx.LockAsset(ctx, guid))
		if err == nil {
			err = actor.NeedIn(console.AssetWrite, before.Repository.GUID)
		}
		if err != nil {
			return err
		}
		return change(tx, actor, before)
	})
}

// DeleteAsset takes an asset out of the register. Tokens lose their rights on
// it, and links that open it end.
func (s *Service) DeleteAsset(ctx context.Context, actor console.Principal, guid console.GUID) error {
	return s.changeAsset(ctx, actor, guid, func(tx *store.Store, actor console.Principal, asset console.Asset) error {
		now := s.now()
		links, err := tx.LockDashboardLinks(ctx, asset, now)
		if err != nil {
			return err
		}
		if len(links) > 0 {
			if err := actor.NeedSharing(asset.Repository.GUID); err != nil {
				return err
			}
		}
		for _, link := range links {
			if err := s.revoke(ctx, tx, actor, link.Token, "Its dashboard "+asset.Name+" is gone.", now); err != nil {
				return err
			}
		}
		if err := tx.DeleteAsset(ctx, guid); err != nil {
			return err
		}
		return s.recordAsset(ctx, tx, actor, console.AssetDeleted, asset, console.Changes(asset.Fields(), console.Asset{}.Fields()))
	})
}
