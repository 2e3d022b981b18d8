package cli

import "latchkey/internal/console"

var sampleAssets = []struct {
	repository string
	of         console.AssetType
	name       string
	links      []string
}{
	{"payments-events", console.AssetDashboard, "Settlement wallboard", []string{"finance floor screen", "auditors"}},
	{"payments-events", console.AssetSavedQuery, "Declined by issuer", nil},
	{"edge-access-logs", console.AssetDashboard, "Blocked requests", nil},
	{"edge-access-logs", console.AssetFile, "known-proxies.csv", nil},
	{"edge-access-logs", console.AssetAction, "Page the edge team", nil},
}

// assets plans what is registered, links to dashboards, a token of two
// repositories with rights on two assets, and personal tokens.
func (s *sampler) assets() {
	rights := console.NewToken{GUID: console.NewGUID(), Type: console.TypeRepository, Name: "dashboards-as-code", Scopes: []string{"ReadAccess", "QueryDashboard"}, ValidTo: s.in(150)}
	for i, a := range sampleAssets {
		s.plan(s.on(90, i), func() error {
			asset, err := s.CreateAsset(s.ctx, s.as(i), console.NewAsset{Repository: s.names[a.repository], Type: a.of, Name: a.name})
			if err == nil && a.of == console.AssetDashboard {
				rights.Assets = append(rights.Assets, console.AssetGrant{Resource: asset.Resource, Permissions: console.AssetPermissions})
			}
			for _, name := range a.links {
				if err == nil {
					_, _, err = s.CreateDashboardLink(s.ctx, s.as(i), console.NewDashboardLink{GUID: console.NewGUID(), Dashboard: asset.GUID, Name: name, ValidTo: s.in(200)})
				}
			}
			return err
		})
	}
	s.plan(s.on(80, 1), func() error {
		rights.Repositories = []console.GUID{s.names["payments-events"], s.names["edge-access-logs"]}
		_, _, err := s.CreateToken(s.ctx, s.as(1), rights)
		return err
	})
	for i := range 2 {
		s.plan(s.on(70, i), func() error {
			_, _, err := s.CreatePersonalToken(s.ctx, s.as(i), console.NewPersonalToken{GUID: console.NewGUID(), ValidTo: s.in(60)})
			return err
		})
	}
}
