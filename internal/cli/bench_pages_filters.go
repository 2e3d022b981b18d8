package cli

import (
	"net/url"
	"time"

	"latchkey/internal/console"
)

// A benchFilter is a filter as the store knows it and as an address says it.
type benchFilter struct {
	name   string
	filter console.TokenFilter
	query  string
}

// filters are the filters of the token page, each alone, with common and with
// rare values, and three of them together.
func (m *measurement) filters() ([]benchFilter, error) {
	filters := []benchFilter{{"none", console.TokenFilter{Status: console.FilterAll}, ""}}
	for _, status := range console.StatusFilters[2:] {
		filters = append(filters, benchFilter{"status " + string(status), console.TokenFilter{Status: status}, "status=" + string(status)})
	}
	add := func(name, query string, f console.TokenFilter) {
		if f.Status == "" {
			f.Status = console.FilterAll
		}
		filters = append(filters, benchFilter{name, f, query})
	}
	add("name, common", "q=grafana", console.TokenFilter{Name: "grafana"})
	add("name, rare", "q=0001f", console.TokenFilter{Name: "0001f"})
	add("name, two letters", "q=ci", console.TokenFilter{Name: "ci"})
	add("GUID part", "guid=ab12", console.TokenFilter{GUID: "ab12"})
	one, err := m.svc.ListTokens(m.ctx, m.actor, console.TokenFilter{Status: console.FilterAll}, console.TokenSort{Key: console.SortCreated}, console.PageRequest{Size: 1})
	if err != nil || len(one.Items) == 0 {
		return filters, err
	}
	guid, name := string(one.Items[0].GUID), one.Items[0].Name
	add("GUID, whole", "guid="+guid, console.TokenFilter{GUID: guid})
	add("name, whole", "q="+url.QueryEscape(name), console.TokenFilter{Name: name})
	add("scope, common", "scope=ReadAccess", console.TokenFilter{Scopes: []string{"ReadAccess"}})
	add("scope, rare", "scope=ManageOrganizationLinks", console.TokenFilter{Scopes: []string{"ManageOrganizationLinks"}})
	add("type", "type=system", console.TokenFilter{Types: []console.Type{console.TypeSystem}})
	add("expires within 7 days", "expires=7d", console.TokenFilter{ExpiresWithin: 7 * 24 * time.Hour})
	add("never used", "unused=never", console.TokenFilter{NeverUsed: true})
	add("unused for 90 days", "unused=90d", console.TokenFilter{UnusedFor: 90 * 24 * time.Hour})
	repositories, err := m.svc.RepositoryNames(m.ctx, m.actor, console.RepositoryRead, console.KindRepository)
	if err != nil || len(repositories) == 0 {
		return filters, err
	}
	first, last := repositories[0], repositories[len(repositories)-1]
	add("repository", "repository="+last.Name, console.TokenFilter{Repository: last.GUID})
	add("active, name, scope", "status=active&q=grafana&scope=ReadAccess",
		console.TokenFilter{Status: console.FilterActive, Name: "grafana", Scopes: []string{"ReadAccess"}})
	add("current in a repository", "status=current&repository="+first.Name,
		console.TokenFilter{Status: console.FilterCurrent, Repository: first.GUID})
	return filters, nil
}
