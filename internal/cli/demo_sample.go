package cli

import (
	"fmt"
	"time"

	"latchkey/internal/console"
)

var sampleRepositories = []struct {
	name, description string
	tokens            int
}{
	{"payments-events", "Card and transfer events", 48},
	{"edge-access-logs", "CDN and WAF access logs", 55},
	{"mobile-telemetry", "App sessions and crash reports", 28},
	{"billing-ledger", "Invoices and ledger postings", 22},
	{"search-index", "Product search feed", 22},
	{"sandbox", "Try-outs, wiped every Sunday", 15},
}

var sampleViews = []struct{ name, description, repository, filter string }{
	{"payments-wallboard", "What the payments team looks at", "payments-events", "type=settlement"},
	{"fraud-signals", "Declined and disputed cards", "payments-events", "status=declined"},
	{"waf-alerts", "Blocked requests", "edge-access-logs", "action=block"},
}

var (
	sampleUses    = []string{"ci-deploy", "fraud-scoring", "grafana", "loadtest", "looker", "backup", "partner-acme", "settlement-replay", "terraform", "zapier", "invoice-mailer", "dunning-export", "ledger-sync", "edge-tail", "crash-uploader", "waf-sync"}
	samplePlaces  = []string{"production", "readonly", "worker", "extract", "staging", "bridge", "nightly"}
	sampleScopes  = [][]string{{"ReadAccess", "QueryDashboard"}, {"ReadAccess"}, {"ChangeIngestTokens", "ChangeParsers"}, {"ReadAccess", "ChangeDashboards", "ChangeSavedQueries"}, {"DeleteEvents", "ChangeRetention"}, {"ReadAccess", "ChangeActions", "ChangeTriggers"}}
	sampleReasons = []string{"Replaced by a new token", "The service was switched off", "Found in a build log", "Its owner moved on"}
)

// sample makes an organization that has worked with tokens for a year: its
// repositories, views and 200 tokens in every status.
func (s *sampler) sample() error {
	s.names = map[string]console.GUID{}
	s.at(-410)
	for _, r := range sampleRepositories {
		if err := s.repository(console.NewRepository{Name: r.name, Description: r.description, Kind: console.KindRepository}); err != nil {
			return err
		}
	}
	for _, v := range sampleViews {
		connection := []console.NewConnection{{Repository: v.repository, Filter: v.filter}}
		if err := s.repository(console.NewRepository{Name: v.name, Description: v.description, Kind: console.KindView, Connections: connection}); err != nil {
			return err
		}
	}
	s.at(-400)
	for _, n := range []console.NewScope{
		{Name: "billing:read", Label: "Read invoices and postings", Group: "Billing", Types: []console.Type{console.TypeRepository}},
		{Name: "billing:write", Label: "Post to the ledger", Group: "Billing", Risk: console.RiskHigh, Types: []console.Type{console.TypeRepository}},
	} {
		if _, err := s.CreateScope(s.ctx, s.as(0), n); err != nil {
			return err
		}
	}
	made := 0
	for _, r := range sampleRepositories {
		for range r.tokens {
			if err := s.token(made, r.name); err != nil {
				return fmt.Errorf("sample token %d of %s: %w", made, r.name, err)
			}
			made++
		}
	}
	return s.organizationTokens()
}

func (s *sampler) repository(n console.NewRepository) error {
	r, err := s.CreateRepository(s.ctx, s.as(0), n)
	s.names[n.Name] = r.GUID
	return err
}

// token makes the i-th token and what has become of it.
func (s *sampler) token(i int, repository string) error {
	n := console.NewToken{
		GUID: console.NewGUID(), Type: console.TypeRepository, Repositories: []console.GUID{s.names[repository]},
		Name:        fmt.Sprintf("%s-%s", sampleUses[i%len(sampleUses)], samplePlaces[i/len(sampleUses)%len(samplePlaces)]),
		Description: "Sample token of " + repository, Scopes: sampleScopes[i%len(sampleScopes)], Owner: s.users[i%len(s.users)].GUID,
	}
	if repository == "billing-ledger" {
		n.Scopes = append([]string{"billing:read"}, n.Scopes...)
	}
	created := -float64(390 - i*37%380)
	s.at(created)
	days := func(from time.Time, n float64) time.Time { return from.Add(time.Duration(n * 24 * float64(time.Hour))) }
	fate := i % 25
	switch {
	case fate < 5: // expired
		n.ValidTo = days(s.clock, -created*float64(20+i%70)/100)
	case fate < 8: // will be revoked
		n.ValidTo = days(s.now, 200)
	case fate == 8 && i%2 == 0: // not yet
		n.ValidFrom, n.ValidTo = days(s.now, float64(2+i%40)), days(s.now, 220)
	case fate == 9: // soon over
		n.ValidTo = days(s.now, 1+float64(i%13))
	case fate < 20:
		n.ValidTo = days(s.now, float64(20+i*7%340))
	}
	token, _, err := s.CreateToken(s.ctx, s.as(i), n)
	if err != nil {
		return err
	}
	switch {
	case fate >= 5 && fate < 8:
		s.at(created * float64(10+i%60) / 100)
		_, err = s.RevokeToken(s.ctx, s.as(i+1), "", token.GUID, sampleReasons[i%len(sampleReasons)])
	case fate == 21 && i%2 == 0:
		s.at(-3)
		_, err = s.DisableToken(s.ctx, s.as(i), "", token.GUID, days(s.now, 14))
	case fate == 21:
		s.at(-8)
		_, err = s.DisableToken(s.ctx, s.as(i), "", token.GUID, time.Time{})
	case fate == 10:
		s.at(created / 2)
		description := "Read-only data source of the wallboard"
		_, err = s.UpdateToken(s.ctx, s.as(i+1), "", token.GUID, token.Version, console.TokenPatch{Description: &description})
	}
	return err
}

// organizationTokens are those that belong to no repository.
func (s *sampler) organizationTokens() error {
	for i, n := range []console.NewToken{
		{Name: "api-gateway", Type: console.TypeOrganization, Scopes: []string{console.ScopeIntrospect}},
		{Name: "edge-gateway", Type: console.TypeOrganization, Scopes: []string{console.ScopeIntrospect}},
		{Name: "user-provisioning", Type: console.TypeOrganization, Scopes: []string{"ManageUsers", "ChangeSessions"}},
		{Name: "usage-report", Type: console.TypeOrganization, Scopes: []string{"ViewUsage"}},
		{Name: "tenant-manager", Type: console.TypeOrganizationManagement, Scopes: []string{"ManageSpecificOrganizations"}},
		{Name: "uptime-probe", Type: console.TypeSystem, Scopes: []string{"ReadHealthCheck"}},
		{Name: "cluster-maintenance", Type: console.TypeSystem, Scopes: []string{"ManageCluster", "ChangeBucketStorage"}, ValidTo: s.now.Add(9 * 24 * time.Hour)},
		{Name: "metrics-export", Type: console.TypeOrganization, Scopes: []string{"ViewUsage", "MonitorQueries"}, ValidTo: s.now.Add(120 * 24 * time.Hour)},
		{Name: "cluster-ingest", Type: console.TypeSystem, Scopes: []string{"IngestAcrossAllReposWithinCluster"}},
		{Name: "flag-rollout", Type: console.TypeSystem, Scopes: []string{"ChangeFeatureFlags"}, ValidTo: s.now.Add(40 * 24 * time.Hour)},
	} {
		s.at(-float64(300 - 25*i))
		n.GUID, n.Owner = console.NewGUID(), s.users[i%3].GUID
		if _, _, err := s.CreateToken(s.ctx, s.as(i), n); err != nil {
			return err
		}
	}
	return nil
}
