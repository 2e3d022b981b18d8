package graph

import (
	"cmp"
	"context"

	"latchkey/internal/console"
)

type dashboard struct {
	root  *root
	asset console.Asset
}

func (d *dashboard) ID() string          { return string(d.asset.GUID) }
func (d *dashboard) Name() string        { return d.asset.Name }
func (d *dashboard) DisplayName() string { return d.asset.Name }

// ReadOnlyTokens are the links that have not ended, by their public part.
func (d *dashboard) ReadOnlyTokens(ctx context.Context) ([]*dashboardLink, error) {
	found, err := d.root.svc.ListDashboardLinks(ctx, caller(ctx), d.asset.GUID)
	if err := cmp.Or(err, charge(ctx, 1+len(found))); err != nil {
		return nil, err
	}
	links := []*dashboardLink{}
	for _, one := range found {
		if one.Status(d.root.svc.Now()).Final() {
			continue
		}
		link, err := d.root.link(ctx, one)
		if err != nil {
			return nil, err
		}
		links = append(links, link)
	}
	return links, nil
}

// Dashboard is one of the repository's.
func (d *searchDomain) Dashboard(ctx context.Context, args struct{ ID string }) (*dashboard, error) {
	found, err := d.root.svc.GetDashboard(ctx, caller(ctx), console.GUID(args.ID))
	if err == nil && found.Repository.GUID != d.repository.GUID {
		err = console.NotFound()
	}
	return &dashboard{d.root, found}, err
}

// Dashboards are all of the repository's that are registered.
func (d *searchDomain) Dashboards(ctx context.Context) ([]*dashboard, error) {
	filter, page := console.AssetFilter{Types: []console.AssetType{console.AssetDashboard}}, console.PageRequest{Size: 100}
	dashboards := []*dashboard{}
	for {
		part, err := d.root.svc.ListAssets(ctx, caller(ctx), d.repository.GUID, filter, page)
		if err := cmp.Or(err, charge(ctx, 1+len(part.Items))); err != nil {
			return nil, err
		}
		for _, one := range part.Items {
			dashboards = append(dashboards, &dashboard{d.root, one.Asset})
		}
		if page.Cursor = part.Next; page.Cursor == "" {
			return dashboards, nil
		}
	}
}

// dashboardLink is a token that opens a dashboard. Only the answer to the request
// that made it has its secret.
type dashboardLink struct {
	root   *root
	link   console.DashboardLink
	secret console.Secret
	filter *ipFilter
}

// link finds what is shown beside a link.
func (r *root) link(ctx context.Context, found console.DashboardLink) (*dashboardLink, error) {
	filters, err := r.svc.IPFiltersOf(ctx, []console.Token{found.Token})
	return &dashboardLink{root: r, link: found, filter: ipFilterOf(filters[found.IPFilter.GUID])}, err
}

func (l *dashboardLink) Name() string        { return l.link.Name }
func (l *dashboardLink) Token() string       { return cmp.Or(l.secret.Reveal(), string(l.link.GUID)) }
func (l *dashboardLink) CreatedBy() string   { return l.link.Creator.Name }
func (l *dashboardLink) IPFilter() *ipFilter { return l.filter }

func (l *dashboardLink) QueryOwnership() *queryOwnership { return &queryOwnership{l.root, l.link} }

// queryOwnership is as whom the queries of a link run.
type queryOwnership struct {
	root *root
	link console.DashboardLink
}

func (o *queryOwnership) ID() string {
	if o.link.Ownership == console.OwnershipOrganization {
		return organizationID
	}
	return string(o.link.Creator.GUID)
}

// ToUserOwnership and ToOrganizationOwnership are for the library.
func (o *queryOwnership) ToUserOwnership() (*userOwnership, bool) {
	return &userOwnership{o}, o.link.Ownership != console.OwnershipOrganization
}

func (o *queryOwnership) ToOrganizationOwnership() (*organizationOwnership, bool) {
	return &organizationOwnership{o}, o.link.Ownership == console.OwnershipOrganization
}

type (
	userOwnership         struct{ *queryOwnership }
	organizationOwnership struct{ *queryOwnership }
)

// User is who made the link, for those who may know of them.
func (o *userOwnership) User(ctx context.Context) (*user, error) {
	found, _, err := o.root.svc.GetUser(ctx, caller(ctx), o.link.Creator.GUID)
	if console.CodeOf(err) == console.CodeNotFound {
		return nil, nil
	}
	return &user{found}, err
}

func (o *organizationOwnership) Organization() *organization { return o.root.Organization() }

func (r *root) CreateReadonlyToken(ctx context.Context, args struct {
	ID, Name                       string
	IPFilterID, QueryOwnershipType *string
}) (*dashboardLink, error) {
	made, secret, err := r.svc.CreateDashboardLink(ctx, caller(ctx), console.NewDashboardLink{
		GUID: console.NewGUID(), Dashboard: console.GUID(args.ID), Name: args.Name,
		IPFilter: console.GUID(text(args.IPFilterID)), Ownership: console.QueryOwnership(text(args.QueryOwnershipType)),
	})
	if err != nil {
		return nil, err
	}
	link, err := r.link(ctx, made)
	if err == nil {
		link.secret = secret
	}
	return link, err
}

type booleanResult struct{}

func (booleanResult) Result() bool { return true }

// DeleteReadonlyToken takes the whole string or its public part.
func (r *root) DeleteReadonlyToken(ctx context.Context, args struct{ ID, Token string }) (booleanResult, error) {
	_, err := r.svc.DeleteDashboardLink(ctx, caller(ctx), console.GUID(args.ID), console.GUID(console.WithoutSecret(args.Token)))
	return booleanResult{}, err
}

// UpdateDashboardToken says as whom the queries of a link run: as the organization
// or as who made it, and as nobody else.
func (r *root) UpdateDashboardToken(ctx context.Context, args struct {
	ViewID             string
	UserID             *string
	DashboardToken     string
	QueryOwnershipType *string
}) (*view, error) {
	who, guid := caller(ctx), console.GUID(console.WithoutSecret(args.DashboardToken))
	domain, err := r.svc.GetRepositoryByGUID(ctx, who, console.GUID(args.ViewID))
	if err != nil {
		return nil, err
	}
	link, err := r.svc.GetDashboardLink(ctx, who, domain.GUID, guid)
	if err != nil {
		return nil, err
	}
	p := console.Problems{}
	p.Check(text(args.UserID) == "" || console.GUID(*args.UserID) == link.Creator.GUID, "userId", "Queries run as who made the link, or as the organization.")
	if err := p.Err(); err != nil {
		return nil, err
	}
	if args.QueryOwnershipType != nil {
		as := console.QueryOwnership(*args.QueryOwnershipType)
		_, err = r.svc.UpdateDashboardLink(ctx, who, link.Dashboard.GUID, guid, link.Version, console.DashboardLinkPatch{Ownership: &as})
	}
	return &view{&searchDomain{r, domain}}, err
}
