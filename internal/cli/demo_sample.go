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
// repositories, views and 200 tokens in every status. What ended did so within
// the time for which tokens that ended are kept.
func (s *sampler) sample() error {
	s.names, s.counts = map[string]console.GUID{}, map[console.GUID][]console.DayCount{}
	for i, r := range sampleRepositories {
		s.repository(410, i, console.NewRepository{Name: r.name, Description: r.description, Kind: console.KindRepository})
	}
	for i, v := range sampleViews {
		connection := []console.NewConnection{{Repository: v.repository, Filter: v.filter}}
		s.repository(405, i, console.NewRepository{Name: v.name, Description: v.description, Kind: console.KindView, Connections: connection})
	}
	for i, n := range []console.NewScope{
		{Name: "billing:read", Label: "Read invoices and postings", Group: "Billing", Types: []console.Type{console.TypeRepository}},
		{Name: "billing:write", Label: "Post to the ledger", Group: "Billing", Risk: console.RiskHigh, Types: []console.Type{console.TypeRepository}},
	} {
		s.plan(s.on(400, i), func() error {
			_, err := s.CreateScope(s.ctx, s.as(0), n)
			return err
		})
	}
	s.access()
	s.ipFilters()
	made := 0
	for _, r := range sampleRepositories {
		for range r.tokens {
			s.token(made, r.name)
			made++
		}
	}
	s.organizationTokens()
	s.assets()
	s.policies()
	s.views()
	if err := s.live(); err != nil {
		return err
	}
	if err := s.FillUsage(s.ctx, s.actor, s.counts); err != nil {
		return err
	}
	return s.FlushUsage(s.ctx, true)
}

func (s *sampler) repository(daysAgo, moment int, n console.NewRepository) {
	s.plan(s.on(daysAgo, moment), func() error {
		r, err := s.CreateRepository(s.ctx, s.as(0), n)
		s.names[n.Name] = r.GUID
		return err
	})
}

var sampleIPFilters = []struct{ name, rules, edited string }{
	{"cluster egress", "# Kubernetes in Frankfurt and Dublin\nallow 10.20.0.0/16 # cluster egress\nallow 192.0.2.44 # grafana-eu-1\nallow 2001:db8:20::/48", ""},
	{"office and VPN", "allow 10.20.0.0/16\nallow 198.51.100.0/24 # Oslo", "allow 10.20.0.0/16\nallow 198.51.100.0/24 # Oslo\ndeny 198.51.100.77 # guest network"},
}

// ipFilters plans the IP filters, of which one changes later.
func (s *sampler) ipFilters() {
	s.filters = make([]console.GUID, len(sampleIPFilters))
	for i, f := range sampleIPFilters {
		s.plan(s.on(404, i), func() error {
			filter, err := s.CreateIPFilter(s.ctx, s.as(i), console.NewIPFilter{Name: f.name, Text: f.rules})
			s.filters[i] = filter.GUID
			return err
		})
		if f.edited == "" {
			continue
		}
		s.plan(s.on(60, i), func() error {
			_, err := s.UpdateIPFilter(s.ctx, s.as(i+1), s.filters[i], 1, console.NewIPFilter{Name: f.name, Text: f.edited}, false)
			return err
		})
	}
}

// keptDays is less than how many days tokens that ended are kept.
const keptDays = 80

// token plans the i-th token and what became of it.
func (s *sampler) token(i int, repository string) {
	n := console.NewToken{
		GUID: console.NewGUID(), Type: console.TypeRepository,
		Name:        fmt.Sprintf("%s-%s", sampleUses[i%len(sampleUses)], samplePlaces[i/len(sampleUses)%len(samplePlaces)]),
		Description: "Sample token of " + repository, Scopes: sampleScopes[i%len(sampleScopes)], Owner: s.users[i%5].GUID,
	}
	if repository == "billing-ledger" {
		n.Scopes = append([]string{"billing:read"}, n.Scopes...)
	}
	age := 390 - i*37%380
	if i%40 == 12 && age > leftDaysAgo {
		n.Owner = s.users[leaver].GUID
	}
	ended := max(1, min(age, keptDays)*(10+i*13%70)/100)
	h := &habit{guid: n.GUID, since: age}
	s.spanOf(i, ended, &n, h)
	s.plan(s.on(age, i), func() error {
		n.Repositories = []console.GUID{s.names[repository]}
		if use := i % 9; use < len(s.filters) {
			n.IPFilter = s.filters[use]
		}
		_, secret, err := s.CreateToken(s.ctx, s.as(i), n)
		h.text = secret.Reveal()
		return err
	})
	switch fate := i % 25; {
	case fate >= 5 && fate < 8:
		s.plan(s.on(ended, i+1), func() error {
			_, err := s.RevokeToken(s.ctx, s.as(i+1), "", n.GUID, sampleReasons[i%len(sampleReasons)])
			return err
		})
	case fate == 21:
		until, since := time.Time{}, 8
		if i%2 == 0 {
			until, since = s.in(14), 3
		}
		s.plan(s.on(since, i), func() error {
			_, err := s.DisableToken(s.ctx, s.as(i), "", n.GUID, until)
			return err
		})
		h.until, h.why = since, console.ReasonDisabled
	case fate == 11 || fate == 19:
		overlap := console.Overlap{For: console.OverlapLimit}
		if i%2 == 0 {
			overlap = console.Overlap{FirstUse: true}
		}
		s.plan(s.on(3, i), func() error {
			_, _, err := s.RotateToken(s.ctx, s.as(i), "", n.GUID, console.Rotation{Overlap: overlap})
			return err
		})
	case fate == 10:
		s.plan(s.on(age/2, i), func() error {
			description := "Read-only data source of the wallboard"
			_, err := s.UpdateToken(s.ctx, s.as(i+1), "", n.GUID, 1, console.TokenPatch{Description: &description})
			return err
		})
	}
	if n.ValidFrom.IsZero() {
		s.use(i, h)
	}
}

// spanOf sets when the i-th token begins and ends, some so many days ago.
func (s *sampler) spanOf(i, ended int, n *console.NewToken, h *habit) {
	fate := i % 25
	switch {
	case fate < 5:
		n.ValidTo = s.on(ended, i)
		h.until, h.why = ended, console.ReasonExpired
	case fate < 8: // will be revoked
		n.ValidTo = s.in(200)
		h.until, h.why = ended, console.ReasonRevoked
	case fate == 8 && i%2 == 0:
		n.ValidFrom, n.ValidTo = s.in(2+i%40), s.in(220)
	case fate == 9: // soon over
		n.ValidTo = s.in(1 + i%13)
	case fate < 20:
		n.ValidTo = s.in(20 + i*7%340)
	}
}

// organizationTokens plans those that belong to no repository.
func (s *sampler) organizationTokens() {
	for i, n := range []console.NewToken{
		{Name: "api-gateway", Type: console.TypeOrganization, Scopes: []string{console.ScopeIntrospect}},
		{Name: "edge-gateway", Type: console.TypeOrganization, Scopes: []string{console.ScopeIntrospect}},
		{Name: "user-provisioning", Type: console.TypeOrganization, Scopes: []string{"ManageUsers", "ChangeSessions"}},
		{Name: "usage-report", Type: console.TypeOrganization, Scopes: []string{"ViewUsage"}},
		{Name: "tenant-manager", Type: console.TypeOrganizationManagement, Scopes: []string{"ManageSpecificOrganizations"}},
		{Name: "uptime-probe", Type: console.TypeSystem, Scopes: []string{"ReadHealthCheck"}},
		{Name: "cluster-maintenance", Type: console.TypeSystem, Scopes: []string{"ManageCluster", "ChangeBucketStorage"}, ValidTo: s.in(9)},
		{Name: "metrics-export", Type: console.TypeOrganization, Scopes: []string{"ViewUsage", "MonitorQueries"}, ValidTo: s.in(120)},
		{Name: "cluster-ingest", Type: console.TypeSystem, Scopes: []string{"IngestAcrossAllReposWithinCluster"}},
		{Name: "flag-rollout", Type: console.TypeSystem, Scopes: []string{"ChangeFeatureFlags"}, ValidTo: s.in(40)},
	} {
		n.GUID, n.Owner = console.NewGUID(), s.users[i%3].GUID
		h := &habit{guid: n.GUID, since: 300 - 25*i}
		s.plan(s.on(h.since, i), func() error {
			_, secret, err := s.CreateToken(s.ctx, s.as(0), n)
			h.text = secret.Reveal()
			return err
		})
		s.use(i, h)
	}
}
