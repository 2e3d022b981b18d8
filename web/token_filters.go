package web

import (
	"fmt"
	"net/url"
	"slices"
	"strconv"

	"latchkey/internal/console"
	"latchkey/views"
)

// The statuses that are always in sight.
var (
	repositorySegments = []console.StatusFilter{console.FilterCurrent, console.FilterActive, console.FilterInactive, console.FilterAll}
	allSegments        = []console.StatusFilter{console.FilterAll, console.FilterActive, console.FilterInactive}
)

// filters is the form above the list with its marks; of a region these alone.
func (l tokenList) filters(chips []views.FilterChip) views.TokenFiltersProps {
	segments := allSegments
	if l.at.repository != nil {
		segments = repositorySegments
	}
	p := views.TokenFiltersProps{TokenFilterMarks: views.TokenFilterMarks{ScopeN: len(l.query.scopes)}}
	for _, status := range segments {
		choice := l.statusChoice(status)
		if l.counts != nil {
			choice.Count = views.Count(l.counts[status])
		}
		p.Segments = append(p.Segments, choice)
	}
	for _, chip := range chips {
		if chip.Label != "Name" && chip.Label != "GUID" && chip.Label != "Scope" && (chip.Label != "Status" || !slices.Contains(segments, l.query.status)) {
			p.MoreN++
		}
	}
	if !l.whole {
		return p
	}
	p.Action, p.NameLabel, p.Name, p.GUID = l.at.path(), "Search by name", l.query.name, l.query.guid
	p.Scopes, p.Selects = l.scopeChoices(), l.selects()
	p.Unused, p.CreatedFrom, p.CreatedTo, p.Zone = l.query.unusedText(), l.query.createdFrom, l.query.createdTo, l.reader.ZoneName()
	for _, person := range l.grantors {
		p.Grantors = append(p.Grantors, person.Name)
	}
	if l.at.repository != nil {
		p.NameLabel = "Filter tokens"
	} else {
		for _, t := range console.Types {
			p.Types = append(p.Types, views.Choice{Value: string(t), Label: t.Label(), Chosen: slices.Contains(l.query.types, t)})
		}
	}
	for _, status := range console.StatusFilters {
		if !slices.Contains(segments, status) {
			p.Statuses = append(p.Statuses, l.statusChoice(status).Choice)
		}
	}
	for _, trait := range console.Traits {
		p.Traits = append(p.Traits, views.Choice{Value: string(trait), Label: trait.Label(), Chosen: slices.Contains(l.query.traits, trait)})
	}
	return p
}

func (l tokenList) statusChoice(status console.StatusFilter) views.StatusChoice {
	return views.StatusChoice{Choice: views.Choice{Value: string(status), Label: status.Label(), Chosen: l.query.status == status}}
}

// scopeChoices are the scopes that the reader may filter by, in the
// catalogue's groups.
func (l tokenList) scopeChoices() []views.ScopeGroup {
	var groups []views.ScopeGroup
	for _, group := range l.catalogue.Groups() {
		shown := views.ScopeGroup{Name: group.Name, Scopes: make([]views.ScopeOption, 0, len(group.Scopes))}
		for _, scope := range group.Scopes {
			if (l.at.repository == nil || scope.AppliesTo(console.TypeRepository)) && l.who.MayFilterBy(scope.Name) {
				shown.Scopes = append(shown.Scopes, views.ScopeOption{Name: scope.Name, Text: scope.Label, Checked: slices.Contains(l.query.scopes, scope.Name)})
			}
		}
		if len(shown.Scopes) > 0 {
			groups = append(groups, shown)
		}
	}
	return groups
}

var expiresChoices = []int{7, 30, 90, 365}

func (l tokenList) selects() []views.SelectFilter {
	var selects []views.SelectFilter
	if l.at.repository == nil {
		choices := l.repositories
		if l.only.Name != "" && !slices.Contains(choices, l.only) {
			choices = append(slices.Clone(choices), l.only)
		}
		options := anyOf("Any", len(choices))
		for _, repository := range choices {
			options = append(options, views.Option{Value: repository.Name, Label: repository.Name})
		}
		selects = append(selects, views.SelectFilter{ID: "filter-repository", Name: "repository", Label: "Repository", Value: l.query.repository, Options: options})
	}
	people := anyOf("Anybody", len(l.people))
	for _, person := range l.people {
		people = append(people, views.Option{Value: string(person.GUID), Label: person.Name})
	}
	days, value := expiresChoices, ""
	if l.query.expiresDays > 0 {
		value = strconv.Itoa(l.query.expiresDays) + "d"
		if !slices.Contains(days, l.query.expiresDays) {
			days = append(slices.Clone(days), l.query.expiresDays)
		}
	}
	expires := anyOf("Any time", len(days))
	for _, n := range days {
		expires = append(expires, views.Option{Value: strconv.Itoa(n) + "d", Label: fmt.Sprintf("%d days", n)})
	}
	if len(l.ipFilters) > 0 {
		filters := anyOf("Any or none", len(l.ipFilters))
		for _, filter := range l.ipFilters {
			filters = append(filters, views.Option{Value: filter.Name, Label: filter.Name})
		}
		selects = append(selects, views.SelectFilter{ID: "filter-ip-filter", Name: "ip_filter", Label: "IP filter", Value: l.query.ipFilter, Options: filters})
	}
	return append(selects,
		views.SelectFilter{ID: "filter-owner", Name: "owner", Label: "Owner", Value: string(l.query.owner), Options: people},
		views.SelectFilter{ID: "filter-creator", Name: "creator", Label: "Creator", Value: string(l.query.creator), Options: people},
		views.SelectFilter{ID: "filter-expires", Name: "expires", Label: "Expires within", Value: value, Options: expires})
}

// anyOf is the choice of no filter, with room for so many others.
func anyOf(label string, others int) []views.Option {
	return append(make([]views.Option, 0, 1+others), views.Option{Label: label})
}

// chips are the filters that are set, each with the list without it.
func (l tokenList) chips() []views.FilterChip {
	var chips []views.FilterChip
	add := func(label, value string, remove func(*tokenQuery)) {
		if value != "" {
			chips = append(chips, views.FilterChip{Label: label, Value: value, Remove: l.link(remove)})
		}
	}
	q := l.query
	add("Name", q.name, func(q *tokenQuery) { q.name = "" })
	add("GUID", q.guid, func(q *tokenQuery) { q.guid = "" })
	for _, scope := range q.scopes {
		add("Scope", scope, func(q *tokenQuery) { q.scopes = without(q.scopes, scope) })
	}
	if q.status != q.usual {
		add("Status", q.status.Label(), func(q *tokenQuery) { q.status = q.usual })
	}
	for _, t := range q.types {
		add("Type", t.Label(), func(q *tokenQuery) { q.types = without(q.types, t) })
	}
	for _, trait := range q.traits {
		add("Worth a look", trait.Label(), func(q *tokenQuery) { q.traits = without(q.traits, trait) })
	}
	add("Repository", q.repository, func(q *tokenQuery) { q.repository = "" })
	add("Owner", l.personName(q.owner), func(q *tokenQuery) { q.owner = "" })
	add("Creator", l.personName(q.creator), func(q *tokenQuery) { q.creator = "" })
	add("IP filter", q.ipFilter, func(q *tokenQuery) { q.ipFilter = "" })
	if q.expiresDays > 0 {
		add("Expires within", fmt.Sprintf("%d days", q.expiresDays), func(q *tokenQuery) { q.expiresDays = 0 })
	}
	noUse := ""
	if q.neverUsed {
		noUse = never
	} else if q.unusedDays > 0 {
		noUse = "not for " + q.unusedText()
	}
	add("Last used", noUse, func(q *tokenQuery) { q.neverUsed, q.unusedDays = false, 0 })
	add("Created from", views.DayText(q.createdFrom), func(q *tokenQuery) { q.createdFrom = "" })
	add("Created to", views.DayText(q.createdTo), func(q *tokenQuery) { q.createdTo = "" })
	return chips
}

func without[T comparable](all []T, one T) []T {
	return slices.DeleteFunc(slices.Clone(all), func(other T) bool { return other == one })
}

// params are the values as hidden fields, in a fixed order.
func params(values url.Values) []views.Param {
	var list []views.Param
	names := make([]string, 0, len(values))
	for name := range values {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		for _, value := range values[name] {
			list = append(list, views.Param{Name: name, Value: value})
		}
	}
	return list
}

// pagerProps is the foot of any list, without its addresses.
func pagerProps(offset, rows, total int, page console.PageRequest) views.Pager {
	of := views.Count(total)
	summary := fmt.Sprintf("%s–%s of %s", views.Number(offset+1), views.Number(offset+rows), of)
	if offset < 0 {
		summary = fmt.Sprintf("%s of %s, near the end", views.Number(rows), of)
	}
	return views.Pager{Summary: summary, Limits: console.PageSizes, Limit: page.Rows()}
}
