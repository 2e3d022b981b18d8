package web

import (
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"latchkey/internal/console"
	"latchkey/views"
)

// A tokenQuery is the whole state of a list of tokens, as its address has it.
// Reading drops what it does not know; unknownValues tells of it.
type tokenQuery struct {
	name, guid string
	scopes     []string
	status     console.StatusFilter
	types      []console.Type
	// repository is a name; its own page does not need it.
	repository     string
	owner, creator console.GUID
	// ipFilter is a name.
	ipFilter string
	traits   []console.Trait
	// expiresDays keeps what ends within so many days; 0 is no such filter.
	expiresDays int
	// neverUsed keeps what nobody used, unusedDays what nobody used for so many
	// days; 0 is no such filter.
	neverUsed  bool
	unusedDays int
	// createdFrom and createdTo are days in the reader's zone, both included.
	createdFrom, createdTo string
	sort                   console.TokenSort
	page                   console.PageRequest
	// view is the saved view that the list was opened with, "none" for none and
	// empty where nobody asked.
	view string
	// columns are those that the address asks for; nil for the reader's own.
	columns []console.TokenColumn
	// usual is the status that goes without saying.
	usual console.StatusFilter
}

const (
	searchLimit = 500
	daysLimit   = 3650
	cursorLimit = 4096
)

// readTokenQuery reads an address.
func readTokenQuery(values url.Values, usual console.StatusFilter) tokenQuery {
	q := tokenQuery{
		name: searchText(values.Get("q")), guid: searchText(values.Get("guid")),
		status: console.StatusFilter(values.Get("status")), usual: usual,
		repository: searchText(values.Get("repository")), ipFilter: searchText(values.Get("ip_filter")),
		sort: console.ReadTokenSort(values.Get("sort"), values.Get("dir")),
		page: readPage(values), columns: console.ChosenColumns(values["column"]),
	}
	if guid, whole := console.ParseGUID(q.name); whole && q.guid == "" {
		q.name, q.guid = "", string(guid)
	}
	if !slices.Contains(console.StatusFilters, q.status) {
		q.status = usual
	}
	for _, name := range values["scope"] {
		if name = searchText(name); name != "" && !slices.Contains(q.scopes, name) {
			q.scopes = append(q.scopes, name)
		}
	}
	for _, name := range values["type"] {
		if t := console.Type(name); t.Valid() && !slices.Contains(q.types, t) {
			q.types = append(q.types, t)
		}
	}
	for _, name := range values["trait"] {
		if trait := console.Trait(name); trait.Valid() && !slices.Contains(q.traits, trait) {
			q.traits = append(q.traits, trait)
		}
	}
	q.owner, _ = console.ParseGUID(values.Get("owner"))
	q.creator, _ = console.ParseGUID(values.Get("creator"))
	if days, found := strings.CutSuffix(values.Get("expires"), "d"); found {
		if n, err := strconv.Atoi(days); err == nil && n > 0 && n <= daysLimit {
			q.expiresDays = n
		}
	}
	if guid, ok := console.ParseGUID(values.Get("view")); ok {
		q.view = string(guid)
	} else if values.Get("view") == noView {
		q.view = noView
	}
	q.neverUsed, q.unusedDays = readUnused(values.Get("unused"))
	q.createdFrom, q.createdTo = readDay(values.Get("created_from")), readDay(values.Get("created_to"))
	return q
}

// withoutSecret is an address without what is, or may be, a secret in it, and
// reports whether there was any.
func withoutSecret(u *url.URL) (clean string, told bool) {
	plain, err := url.QueryUnescape(u.RawQuery)
	if err != nil { // pages read what they can of it
		readable, _ := url.QueryUnescape(u.Query().Encode())
		plain = u.RawQuery + "&" + readable
	}
	if !console.HasSecret(u.Path) && !console.HasSecret(plain) {
		return "", false
	}
	kept := url.Values{}
	for name, values := range u.Query() {
		for _, value := range values {
			if value = console.WithoutSecret(value); value != "" && !console.HasSecret(name) {
				kept.Add(name, value)
			}
		}
	}
	path := url.URL{Path: console.WithoutSecret(u.Path)}
	return withQuery(path.EscapedPath(), kept), true
}

// searchText is a text to search for, within bounds.
func searchText(text string) string {
	text = strings.TrimSpace(strings.ToValidUTF8(console.WithoutSecret(text), ""))
	if utf8.RuneCountInString(text) > searchLimit {
		text = string([]rune(text)[:searchLimit])
	}
	return text
}

// readDay is the day in its one spelling, empty for anything else.
func readDay(text string) string {
	day, err := time.Parse(views.DayLayout, text)
	if err != nil || day.Year() < 1970 || day.Year() > 9000 {
		return ""
	}
	return day.Format(views.DayLayout)
}

// countAll asks for the count of a list that takes longer than its page.
const countAll = "all"

func readPage(values url.Values) console.PageRequest {
	var p console.PageRequest
	if size, err := strconv.Atoi(values.Get("limit")); err == nil && slices.Contains(console.PageSizes, size) {
		p.Size = size
	}
	p.Last, p.Counted = values.Get("page") == "last", values.Get("count") == countAll
	if cursor := values.Get("cursor"); !p.Last && len(cursor) <= cursorLimit {
		p.Cursor = cursor
	}
	return p
}

// values writes an address: what goes without saying is left out.
func (q tokenQuery) values() url.Values {
	v := url.Values{}
	set(v, "q", q.name)
	set(v, "guid", q.guid)
	v["scope"] = q.scopes
	if q.status != q.usual {
		set(v, "status", string(q.status))
	}
	for _, t := range q.types {
		v.Add("type", string(t))
	}
	for _, trait := range q.traits {
		v.Add("trait", string(trait))
	}
	set(v, "repository", q.repository)
	set(v, "ip_filter", q.ipFilter)
	set(v, "owner", string(q.owner))
	set(v, "creator", string(q.creator))
	if q.expiresDays > 0 {
		v.Set("expires", strconv.Itoa(q.expiresDays)+"d")
	}
	set(v, "unused", q.unused())
	set(v, "created_from", q.createdFrom)
	set(v, "created_to", q.createdTo)
	set(v, "view", q.view)
	for _, column := range q.columns {
		v.Add("column", string(column))
	}
	q.writeSort(v)
	writePage(v, q.page)
	return v
}

func set(v url.Values, name, value string) {
	if value != "" {
		v.Set(name, value)
	}
}

func (q tokenQuery) writeSort(v url.Values) {
	if q.sort.Key != console.SortName {
		v.Set("sort", string(q.sort.Key))
	}
	if q.sort.Descending != q.sort.Key.UsuallyDescending() {
		direction := "asc"
		if q.sort.Descending {
			direction = "desc"
		}
		v.Set("dir", direction)
	}
}

func writePage(v url.Values, p console.PageRequest) {
	if p.Size != 0 && p.Size != console.DefaultPageSize {
		v.Set("limit", strconv.Itoa(p.Size))
	}
	if p.Last {
		v.Set("page", "last")
		return
	}
	set(v, "cursor", p.Cursor)
}

// on is the address of the list at path with this state.
func (q tokenQuery) on(path string) string { return withQuery(path, q.values()) }

func withQuery(path string, v url.Values) string {
	for name, values := range v {
		if len(values) == 0 {
			delete(v, name)
		}
	}
	if len(v) == 0 {
		return path
	}
	return path + "?" + v.Encode()
}

// first is the same list from its start, as any change of a filter shows it.
func (q tokenQuery) first() tokenQuery {
	q.page = console.PageRequest{Size: q.page.Size}
	return q
}

// filter is what the query asks of the service.
func (q tokenQuery) filter(repository, ipFilter console.GUID, zone *time.Location) console.TokenFilter {
	f := console.TokenFilter{
		Repository: repository, Name: q.name, GUID: q.guid, Scopes: q.scopes, Status: q.status, Types: q.types, IPFilter: ipFilter, Traits: q.traits,
		ExpiresWithin: time.Duration(q.expiresDays) * 24 * time.Hour,
		NeverUsed:     q.neverUsed, UnusedFor: time.Duration(q.unusedDays) * 24 * time.Hour,
	}
	if q.owner != "" {
		f.Owners = []console.GUID{q.owner}
	}
	if q.creator != "" {
		f.Creators = []console.GUID{q.creator}
	}
	if day, err := time.ParseInLocation(views.DayLayout, q.createdFrom, zone); err == nil {
		f.CreatedFrom = day
	}
	if day, err := time.ParseInLocation(views.DayLayout, q.createdTo, zone); err == nil {
		f.CreatedTo = day.AddDate(0, 0, 1)
	}
	return f
}
