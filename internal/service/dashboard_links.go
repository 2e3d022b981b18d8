package service

import (
	"cmp"
	"context"

	"latchkey/internal/console"
	"latchkey/internal/store"
)

// GetDashboard returns an asset that is a dashboard.
func (s *Service) GetDashboard(ctx context.Context, actor console.Principal, guid console.GUID) (console.Asset, error) {
	asset, err := s.GetAsset(ctx, actor, guid)
	if err == nil && asset.Type != console.AssetDashboard {
		return console.Asset{}, console.NotFound()
	}
	return asset, err
}

// ListDashboardLinks returns the links that open a dashboard, by name, at most
// 1,000, also those that ended.
func (s *Service) ListDashboardLinks(ctx context.Context, actor console.Principal, dashboard console.GUID) ([]console.DashboardLink, error) {
	asset, err := s.GetDashboard(ctx, actor, dashboard)
	if err == nil && actor.NeedSharing(asset.Repository.GUID) != nil {
		err = actor.NeedIn(console.TokenRead, asset.Repository.GUID)
	}
	if err != nil {
		return nil, err
	}
	return s.store.ListDashboardLinks(ctx, asset, nameLimit)
}

// GetDashboardLink returns a link to a dashboard of a repository.
func (s *Service) GetDashboardLink(ctx context.Context, actor console.Principal, repo, guid console.GUID) (console.DashboardLink, error) {
	if err := written(repo, guid); err != nil {
		return console.DashboardLink{}, err
	}
	dashboard, err := s.store.FindOpened(ctx, guid)
	if err != nil || dashboard == "" {
		return console.DashboardLink{}, cmp.Or(err, console.NotFound())
	}
	links, err := s.ListDashboardLinks(ctx, actor, dashboard)
	for _, link := range links {
		if link.GUID == guid && link.Dashboard.Repository.GUID == repo {
			return link, nil
		}
	}
	return console.DashboardLink{}, cmp.Or(err, console.NotFound())
}

// CreateDashboardLink makes a token that opens one dashboard, and its secret, which
// exists in this answer only. The GUID makes it safe to repeat, as with CreateToken.
func (s *Service) CreateDashboardLink(ctx context.Context, actor console.Principal, n console.NewDashboardLink) (console.DashboardLink, console.Secret, error) {
	var link console.DashboardLink
	n = n.Clean()
	dashboard, err := s.GetDashboard(ctx, actor, n.Dashboard)
	if err == nil {
		err = s.RecordDenial(ctx, actor, actor.NeedSharing(dashboard.Repository.GUID), dashboard.AsTarget())
	}
	if err != nil {
		return link, console.Secret{}, err
	}
	request, now := n.AsNew(dashboard.Repository.GUID), s.now()
	if actor.Kind == console.PrincipalUser {
		request.Owner = actor.GUID
	}
	link = console.DashboardLink{Dashboard: dashboard, Ownership: n.Ownership}
	made, found, err := s.madeBefore(ctx, actor, request)
	if link.Token = made; found || err != nil {
		return link, console.Secret{}, err
	}
	if err := n.Validate(now); err != nil {
		return link, console.Secret{}, err
	}
	token, secret := request.Token(actor, now), console.NewSecret(n.GUID)
	err = s.changeLinks(ctx, actor, n.Dashboard, func(tx *store.Store, actor console.Principal, dashboard console.Asset) (err error) {
		token.Repositories = []console.RepositoryRef{dashboard.Repository}
		if request.Owner != "" {
			token.Owner = actor.Ref()
		}
		if token.IPFilter, err = keepIPFilter(ctx, tx, n.IPFilter); err != nil {
			return err
		}
		if err := abides(ctx, tx, console.NewPolicyCase(nil, token, now)); err != nil {
			return err
		}
		clash, err := tx.FindLinkClash(ctx, dashboard.GUID, n.Name, now)
		if err == nil && clash != "" {
			err = console.Conflict("name", "This dashboard already has a link with that name.")
		}
		if err != nil {
			return err
		}
		if err := s.needProofFor(ctx, tx, actor, []string{console.ScopeShare}); err != nil {
			return err
		}
		if err := s.insertToken(ctx, tx, actor, token, secret); err != nil {
			return err
		}
		return tx.InsertDashboardLink(ctx, token.GUID, dashboard.GUID, n.Ownership)
	})
	link.Token, secret, err = s.made(ctx, actor, request, token, secret, err)
	return link, secret, err
}

// changeLinks locks a dashboard of which actor may change the links, and lets
// change do it: who links to it takes turns.
func (s *Service) changeLinks(ctx context.Context, actor console.Principal, dashboard console.GUID,
	change func(tx *store.Store, actor console.Principal, dashboard console.Asset) error,
) error {
	if err := cmp.Or(actor.NeedSomewhere(console.RepositoryRead), written(dashboard)); err != nil {
		return err
	}
	return s.change(ctx, actor, console.RepositoryRead, func(tx *store.Store, actor console.Principal) error {
		if err := tx.Exclusive(ctx, "links to "+string(dashboard)); err != nil {
			return err
		}
		asset, err := seenAsset(actor)(tx.KeepAsset(ctx, dashboard))
		if err == nil && asset.Type != console.AssetDashboard {
			err = console.NotFound()
		}
		if err == nil {
			err = actor.NeedSharing(asset.Repository.GUID)
		}
		if err != nil {
			return err
		}
		return change(tx, actor, asset)
	})
}

// UpdateDashboardLink changes a link that is still at version and has not ended: as
// whom its queries run, and from where it can be opened. What changes nothing is
// neither written nor recorded.
func (s *Service) UpdateDashboardLink(ctx context.Context, actor console.Principal, dashboard, guid console.GUID, version int, patch console.DashboardLinkPatch) (console.DashboardLink, error) {
	var link console.DashboardLink
	if err := cmp.Or(written(guid), patch.Validate()); err != nil {
		return link, err
	}
	err := s.changeLinks(ctx, actor, dashboard, func(tx *store.Store, actor console.Principal, asset console.Asset) error {
		before, err := tx.LockDashboardLink(ctx, asset, guid)
		if err == nil && before.Version != version {
			err = console.Stale(before.AsTarget())
		}
		now := s.now()
		if err == nil && before.Status(now).Final() {
			err = console.Conflict("", "This link has ended. Make another one.")
		}
		if err != nil {
			return err
		}
		link = before
		if patch.Ownership != nil {
			link.Ownership = *patch.Ownership
		}
		if patch.IPFilter != nil && *patch.IPFilter != before.IPFilter.GUID {
			if link.IPFilter, err = keepIPFilter(ctx, tx, *patch.IPFilter); err != nil {
				return err
			}
			if err := abides(ctx, tx, console.NewPolicyCase(&before.Token, link.Token, now)); err != nil {
				return err
			}
		}
		if link.IPFilter == before.IPFilter && link.Ownership == before.Ownership {
			return nil
		}
		return s.updateDashboardLink(ctx, tx, actor, before, &link)
	})
	return link, err
}

// updateDashboardLink writes after, which was before.
func (s *Service) updateDashboardLink(ctx context.Context, tx *store.Store, actor console.Principal, before console.DashboardLink, after *console.DashboardLink) error {
	if err := s.needProofFor(ctx, tx, actor, []string{console.ScopeShare}); err != nil {
		return err
	}
	after.Token = stamped(after.Token, s.now())
	if err := tx.UpdateToken(ctx, after.Token, before.Version); err != nil {
		return err
	}
	if err := tx.UpdateDashboardLink(ctx, after.GUID, after.Ownership); err != nil {
		return err
	}
	after.Version++
	event := actor.Did(console.TokenEdited, after.AsTarget(), s.now())
	event.Repositories, event.Changes = after.Repositories, after.ChangesFrom(before)
	return s.record(ctx, tx, event)
}

// DeleteDashboardLink removes a link to a dashboard, which opens nothing from then
// on; the audit log goes on telling of it.
func (s *Service) DeleteDashboardLink(ctx context.Context, actor console.Principal, dashboard, guid console.GUID) (console.DashboardLink, error) {
	var link console.DashboardLink
	if err := written(guid); err != nil {
		return link, err
	}
	err := s.changeLinks(ctx, actor, dashboard, func(tx *store.Store, actor console.Principal, asset console.Asset) (err error) {
		if link, err = tx.LockDashboardLink(ctx, asset, guid); err != nil {
			return err
		}
		if err := tx.DeleteToken(ctx, guid); err != nil {
			return err
		}
		event := actor.Did(console.TokenDeleted, link.AsTarget(), s.now())
		event.Repositories, event.Changes = link.Repositories, console.Changes(link.Fields(), console.Token{}.Fields())
		return s.record(ctx, tx, event)
	})
	return link, err
}
