package service_test

import (
	"context"
	"fmt"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"latchkey/internal/console"
)

// runsAsOrganization has the queries of a link run as the organization.
var runsAsOrganization = console.DashboardLinkPatch{Ownership: ptr(console.OwnershipOrganization)}

// assetVerbs are the verbs about assets and links to dashboards.
var assetVerbs = map[string]guarded{
	"ListAssets": {lookingUp, func(s *site, ctx context.Context, actor console.Principal) error {
		s.dashboard()
		page, err := s.ListAssets(ctx, actor, s.repo.GUID, console.AssetFilter{}, console.PageRequest{})
		return seen(len(page.Items), err)
	}},
	"AssetNames": {listing, func(s *site, ctx context.Context, actor console.Principal) error {
		s.dashboard()
		names, err := s.AssetNames(ctx, actor, []console.GUID{s.repo.GUID})
		return shown(actor, len(names), err)
	}},
	"GetAsset": {lookingUp, func(s *site, ctx context.Context, actor console.Principal) error {
		_, err := s.GetAsset(ctx, actor, s.dashboard().GUID)
		return err
	}},
	"GetDashboard": {lookingUp, func(s *site, ctx context.Context, actor console.Principal) error {
		_, err := s.GetDashboard(ctx, actor, s.dashboard().GUID)
		return err
	}},
	"ListGrantedAssets": {lookingUp, func(s *site, ctx context.Context, actor console.Principal) error {
		token, _ := s.make(s.fresher("token"), on(s.dashboard(), console.UpdateAsset))
		granted, err := s.ListGrantedAssets(ctx, actor, "", token.GUID)
		return seen(len(granted), err)
	}},
	"CreateAsset": {writing, func(s *site, ctx context.Context, actor console.Principal) error {
		_, err := s.CreateAsset(ctx, actor, console.NewAsset{Repository: s.repo.GUID, Type: console.AssetFile, Name: s.fresher("file")})
		return err
	}},
	"UpdateAsset": {writing, func(s *site, ctx context.Context, actor console.Principal) error {
		_, err := s.UpdateAsset(ctx, actor, s.dashboard().GUID, 1, console.NewAsset{Name: s.fresher("dashboard")})
		return err
	}},
	"DeleteAsset": {writing, func(s *site, ctx context.Context, actor console.Principal) error {
		return s.DeleteAsset(ctx, actor, s.dashboard().GUID)
	}},
	"ListDashboardLinks": {lookingUp, func(s *site, ctx context.Context, actor console.Principal) error {
		link, _ := s.link("wall")
		links, err := s.ListDashboardLinks(ctx, actor, link.Dashboard.GUID)
		return seen(len(links), err)
	}},
	"CreateDashboardLink": {writing, func(s *site, ctx context.Context, actor console.Principal) error {
		_, secret, err := s.CreateDashboardLink(ctx, actor, console.NewDashboardLink{GUID: console.NewGUID(), Dashboard: s.dashboard().GUID, Name: "wall"})
		if secret.IsZero() != (err != nil) {
			return fmt.Errorf("with the error %v comes the secret %q", err, secret.Reveal())
		}
		return err
	}},
	"UpdateDashboardLink": {writing, func(s *site, ctx context.Context, actor console.Principal) error {
		link, _ := s.link("wall")
		_, err := s.UpdateDashboardLink(ctx, actor, link.Dashboard.GUID, link.GUID, link.Version, runsAsOrganization)
		return err
	}},
	"DeleteDashboardLink": {writing, func(s *site, ctx context.Context, actor console.Principal) error {
		link, _ := s.link("wall")
		_, err := s.DeleteDashboardLink(ctx, actor, link.Dashboard.GUID, link.GUID)
		return err
	}},
}

// assetPreparations are the preparations of what they change.
var assetPreparations = map[string]func(s *site) func() error{
	"CreateAsset": func(s *site) func() error {
		return func() error {
			_, err := s.CreateAsset(s.t.Context(), s.as(console.RoleOwner), console.NewAsset{Repository: s.repo.GUID, Type: console.AssetFile, Name: "new.csv"})
			return err
		}
	},
	"UpdateAsset": func(s *site) func() error {
		asset := s.dashboard()
		return func() error {
			_, err := s.UpdateAsset(s.t.Context(), s.as(console.RoleOwner), asset.GUID, 1, console.NewAsset{Name: "renamed"})
			return err
		}
	},
	"DeleteAsset": func(s *site) func() error {
		asset := s.dashboard()
		s.make("with rights on it", on(asset, console.DeleteAsset))
		return func() error { return s.DeleteAsset(s.t.Context(), s.as(console.RoleOwner), asset.GUID) }
	},
	"CreateDashboardLink": func(s *site) func() error {
		dashboard := s.dashboard()
		return func() error {
			link, secret, err := s.CreateDashboardLink(s.t.Context(), s.as(console.RoleOwner), console.NewDashboardLink{GUID: console.NewGUID(), Dashboard: dashboard.GUID, Name: "new"})
			if err != nil && (!secret.IsZero() || link.GUID != "") {
				s.t.Errorf("a link that was not made is answered")
			}
			return err
		}
	},
	"UpdateDashboardLink": func(s *site) func() error {
		link, _ := s.link("edited")
		return func() error {
			_, err := s.UpdateDashboardLink(s.t.Context(), s.as(console.RoleOwner), link.Dashboard.GUID, link.GUID, link.Version, runsAsOrganization)
			return err
		}
	},
	"DeleteDashboardLink": func(s *site) func() error {
		link, _ := s.link("deleted")
		return func() error {
			_, err := s.DeleteDashboardLink(s.t.Context(), s.as(console.RoleOwner), link.Dashboard.GUID, link.GUID)
			return err
		}
	},
}

// dashboard registers one in the site's repository.
func (s *site) dashboard() console.Asset {
	s.t.Helper()
	return s.asset(console.NewAsset{Repository: s.repo.GUID, Type: console.AssetDashboard, Name: s.fresher("dashboard")})
}

func (s *site) asset(n console.NewAsset) console.Asset {
	s.t.Helper()
	asset, err := s.CreateAsset(s.t.Context(), s.as(console.RoleOwner), n)
	s.must(err)
	return asset
}

// link makes one to a dashboard of its own.
func (s *site) link(name string) (console.DashboardLink, string) {
	s.t.Helper()
	link, secret, err := s.CreateDashboardLink(s.t.Context(), s.as(console.RoleOwner), console.NewDashboardLink{GUID: console.NewGUID(), Dashboard: s.dashboard().GUID, Name: name})
	s.must(err)
	s.made = append(s.made, secret.Reveal())
	return link, secret.Reveal()
}

// on gives a token rights on an asset.
func on(asset console.Asset, permissions ...console.AssetPermission) func(*console.NewToken) {
	return func(n *console.NewToken) {
		n.Assets = append(n.Assets, console.AssetGrant{Resource: asset.Resource, Permissions: permissions})
	}
}

func TestAssets(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		ctx, owner, since := t.Context(), s.as(console.RoleOwner), len(s.events())
		n := console.NewAsset{Repository: s.repo.GUID, Type: console.AssetDashboard, Name: " Errors ", Resource: "dash-1"}
		asset := s.asset(n)
		want := s.event(owner, console.AssetCreated, asset.AsTarget(),
			console.Change{Field: "asset_type", New: "Dashboard"}, console.Change{Field: "name", New: "Errors"}, console.Change{Field: "resource", New: "dash-1"})
		want.Repositories = []console.RepositoryRef{s.repo.Ref()}
		s.recorded(since, want)

		for _, row := range []struct {
			name   string
			change func(*console.NewAsset)
			code   console.Code
			field  string
		}{
			{"no name", func(n *console.NewAsset) { n.Name = " " }, console.CodeInvalid, "name"},
			{"no such type", func(n *console.NewAsset) { n.Type = "Wall" }, console.CodeInvalid, "type"},
			{"an identifier of two words", func(n *console.NewAsset) { n.Resource = "a b" }, console.CodeInvalid, "resource"},
			{"the same name in another case", func(n *console.NewAsset) { n.Name, n.Resource = "ERRORS", "" }, console.CodeConflict, "name"},
			{"the same identifier", func(n *console.NewAsset) { n.Name = "Other" }, console.CodeConflict, "resource"},
			{"no such repository", func(n *console.NewAsset) { n.Repository = console.NewGUID() }, console.CodeNotFound, ""},
		} {
			bad := n
			row.change(&bad)
			_, err := s.CreateAsset(ctx, owner, bad)
			if row.field == "" {
				s.refused(row.name, err, row.code)
			} else {
				s.refused(row.name, err, row.code, row.field)
			}
		}
		file := s.asset(console.NewAsset{Repository: s.repo.GUID, Type: console.AssetFile, Name: "errors"})
		if file.Resource != "file:"+string(file.GUID) {
			t.Errorf("its identifier is %q", file.Resource)
		}

		edited, err := s.UpdateAsset(ctx, owner, asset.GUID, 1, console.NewAsset{Name: "Failures"})
		s.must(err)
		if edited.Name != "Failures" || edited.Resource != "dash-1" || edited.Version != 2 || edited.Type != console.AssetDashboard {
			t.Errorf("edited it is %+v", edited)
		}
		_, err = s.UpdateAsset(ctx, owner, asset.GUID, 1, console.NewAsset{Name: "Faults"})
		s.refused("an older version", err, console.CodeConflict)

		page, err := s.ListAssets(ctx, owner, s.repo.GUID, console.AssetFilter{Types: []console.AssetType{console.AssetDashboard}, Name: "fail"}, console.PageRequest{})
		s.must(err)
		if len(page.Items) != 1 || page.Items[0].Asset != edited {
			t.Errorf("listed are %+v", page.Items)
		}
		s.must(s.DeleteAsset(ctx, owner, asset.GUID))
		s.refused("deleting it again", s.DeleteAsset(ctx, owner, asset.GUID), console.CodeNotFound)
	})
}

// TestRightsOnAssets: a token gets rights on what is in its repositories, from who
// holds them, and loses those on what is gone.
func TestRightsOnAssets(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		ctx, owner := t.Context(), s.as(console.RoleOwner)
		dashboard, file := s.dashboard(), s.asset(console.NewAsset{Repository: s.repo.GUID, Type: console.AssetFile, Name: "a.csv"})
		foreign := s.asset(console.NewAsset{Repository: s.repository("app-logs").GUID, Type: console.AssetFile, Name: "a.csv"})
		token, _ := s.make("both", on(file, console.UpdateAsset), on(dashboard, console.DeleteAsset, console.UpdateAsset, console.DeleteAsset))
		want := console.CleanGrants([]console.AssetGrant{
			{Resource: dashboard.Resource, Permissions: console.AssetPermissions}, {Resource: file.Resource, Permissions: []console.AssetPermission{console.UpdateAsset}},
		})
		if diff := cmp.Diff(want, s.token(token.GUID).Assets); diff != "" {
			t.Errorf("it has other rights: %s", diff)
		}
		for name, asset := range map[string]console.Asset{"another repository's": foreign, "none": {Resource: "nothing"}} {
			_, _, err := s.CreateToken(ctx, owner, s.request("bad", on(asset, console.UpdateAsset)))
			s.refused(name, err, console.CodeInvalid, "assets")
		}
		_, _, err := s.CreateToken(ctx, owner, s.request("bad", on(file, "Own")))
		s.refused("a right that there is not", err, console.CodeInvalid, "assets")
		_, _, err = s.CreateToken(ctx, owner, s.request("bad", ofType(console.TypeSystem, "ManageCluster"), on(file, console.UpdateAsset)))
		s.refused("a system token", err, console.CodeInvalid, "assets")

		manager := origin.As(s.member([]string{"ReadAccess", "UpdateDashboards"}, map[console.GUID]console.MemberRole{s.repo.GUID: console.MemberManager}))
		_, _, err = s.CreateToken(ctx, manager, s.request("held", on(dashboard, console.UpdateAsset)))
		s.must(err)
		for _, n := range []console.NewToken{s.request("not held", on(dashboard, console.DeleteAsset)), s.request("not held", on(file, console.UpdateAsset))} {
			_, _, err = s.CreateToken(ctx, manager, n)
			s.refused("a right that they do not hold", err, console.CodeInvalid, "assets")
		}
		after, err := s.UpdateToken(ctx, manager, "", token.GUID, 1, console.TokenPatch{Assets: ptr([]console.AssetGrant{{Resource: dashboard.Resource, Permissions: []console.AssetPermission{console.UpdateAsset}}})})
		s.must(err)
		if got := s.token(token.GUID); !got.SameGrants(after) || len(got.Assets) != 1 || got.Version != 2 {
			t.Errorf("afterwards it is %+v", got)
		}
		_, err = s.DisableToken(ctx, owner, "", token.GUID, opening.Add(day))
		s.must(err)
		s.must(s.DeleteAsset(ctx, owner, file.GUID))
		granted, err := s.ListGrantedAssets(ctx, owner, "", token.GUID)
		s.must(err)
		if len(granted) != 1 || granted[0].Asset != dashboard || !slices.Equal(granted[0].Permissions, []console.AssetPermission{console.UpdateAsset}) {
			t.Errorf("granted are %+v", granted)
		}
		s.must(s.DeleteAsset(ctx, owner, dashboard.GUID))
		if got := s.token(token.GUID); len(got.Assets) != 0 {
			t.Errorf("it has rights on what is gone: %+v", got.Assets)
		}
		_, err = s.UpdatePolicy(ctx, owner, 0, console.Policy{Type: console.TypeRepository, Allowed: true, PermissionsFixed: true}, true)
		s.must(err)
		_, err = s.UpdateToken(ctx, owner, "", token.GUID, 3, console.TokenPatch{Assets: ptr([]console.AssetGrant{{Resource: foreign.Resource, Permissions: console.AssetPermissions}})})
		s.refused("a change that the policy does not allow", err, console.CodeInvalid, "scopes")
	})
}

func TestDashboardLinks(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		ctx, owner := t.Context(), s.as(console.RoleOwner)
		link, text := s.link("wall")
		found := s.worth(text)
		if !found.Active || found.Token.Dashboard != link.Dashboard.GUID || len(found.Token.Scopes) != 0 || found.Token.Repositories[0] != s.repo.Ref() {
			t.Errorf("it is worth %+v", found)
		}
		told, err := s.Allow(ctx, text, console.Requirement{Repository: "web-logs"})
		s.must(err)
		if told.Active {
			t.Error("it opens what a gateway guards")
		}
		_, _, err = s.CreateDashboardLink(ctx, owner, console.NewDashboardLink{GUID: console.NewGUID(), Dashboard: link.Dashboard.GUID, Name: "WALL"})
		s.refused("the same name", err, console.CodeConflict, "name")
		_, _, err = s.CreateDashboardLink(ctx, owner, console.NewDashboardLink{GUID: console.NewGUID(), Dashboard: s.dashboard().GUID, Name: "wall", Ownership: "Nobody"})
		s.refused("no such ownership", err, console.CodeInvalid, "ownership")
		file := s.asset(console.NewAsset{Repository: s.repo.GUID, Type: console.AssetFile, Name: "a.csv"})
		_, _, err = s.CreateDashboardLink(ctx, owner, console.NewDashboardLink{GUID: console.NewGUID(), Dashboard: file.GUID, Name: "wall"})
		s.refused("a file", err, console.CodeNotFound)

		memberships := map[console.GUID]console.MemberRole{s.repo.GUID: console.MemberManager}
		for name, row := range map[string]struct {
			scopes []string
			code   console.Code
		}{"who may share": {[]string{console.ScopeShare}, ""}, "who may not": {[]string{"ReadAccess"}, console.CodeForbidden}} {
			manager := origin.As(s.member(row.scopes, memberships))
			made, _, err := s.CreateDashboardLink(ctx, manager, console.NewDashboardLink{GUID: console.NewGUID(), Dashboard: link.Dashboard.GUID, Name: name})
			s.refused(name, err, row.code)
			if err == nil {
				_, err = s.DeleteDashboardLink(ctx, manager, link.Dashboard.GUID, made.GUID)
				s.must(err)
			}
			manager.ProvedAt = opening.Add(-day)
			_, _, err = s.CreateDashboardLink(ctx, manager, console.NewDashboardLink{GUID: console.NewGUID(), Dashboard: link.Dashboard.GUID, Name: name})
			if row.code == "" {
				s.refused(name+" without a proof", err, console.CodeUnproved)
			}
		}
		changed, err := s.UpdateDashboardLink(ctx, owner, link.Dashboard.GUID, link.GUID, link.Version, runsAsOrganization)
		s.must(err)
		links, err := s.ListDashboardLinks(ctx, owner, link.Dashboard.GUID)
		s.must(err)
		if len(links) != 1 || links[0].GUID != link.GUID || links[0].Ownership != console.OwnershipOrganization || changed.Ownership != links[0].Ownership || changed.Version != links[0].Version {
			t.Errorf("listed are %+v", links)
		}
		change := func(version int, filter console.GUID) error {
			_, err := s.UpdateDashboardLink(ctx, owner, link.Dashboard.GUID, link.GUID, version, console.DashboardLinkPatch{IPFilter: &filter})
			return err
		}
		office := s.ipFilter("allow 192.0.2.0/24")
		s.refused("of an older state", change(link.Version, office.GUID), console.CodeConflict)
		s.refused("a filter that is not there", change(changed.Version, console.NewGUID()), console.CodeInvalid, "ip_filter")
		s.must(change(changed.Version, office.GUID))
		before := len(s.events())
		s.must(change(changed.Version+1, office.GUID))
		if got := s.events(); len(got) != before || got[before-1].Action != console.TokenEdited || !slices.Equal(got[before-1].Changes, []console.Change{{Field: "ip_filter", New: office.Name}}) {
			t.Errorf("recorded is %+v", got[before-1])
		}
		if s.worth(text).Reason != console.ReasonIPRefused {
			t.Error("it opens from anywhere")
		}
		_, err = s.UpdatePolicy(ctx, owner, 0, console.Policy{Type: console.TypeDashboardLink, Allowed: true, IPFilterRequired: true}, true)
		s.must(err)
		s.refused("without the filter that its policy asks for", change(changed.Version+1, ""), console.CodeInvalid, "ip_filter")
		unproved := owner
		unproved.ProvedAt = opening.Add(-day)
		other := s.ipFilter("allow 198.51.100.0/24").GUID
		_, err = s.UpdateDashboardLink(ctx, unproved, link.Dashboard.GUID, link.GUID, changed.Version+1, console.DashboardLinkPatch{IPFilter: &other})
		s.refused("without a proof", err, console.CodeUnproved)
		_, err = s.DeleteDashboardLink(ctx, owner, s.dashboard().GUID, link.GUID)
		s.refused("as another dashboard's", err, console.CodeNotFound)
		s.must(s.DeleteAsset(ctx, owner, link.Dashboard.GUID))
		if s.worth(text).Reason != console.ReasonRevoked {
			t.Error("it outlives its dashboard")
		}
	})
}
