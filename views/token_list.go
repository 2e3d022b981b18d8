package views

import (
	"slices"
	"strings"
	"time"

	"github.com/a-h/templ"

	"latchkey/internal/console"
	"latchkey/views/ui"
)

// TokenListProps is a page that lists tokens.
type TokenListProps struct {
	// Repository is nil on the page of all tokens.
	Repository *console.Repository
	// Filters has its marks only where the form itself is not answered.
	Filters TokenFiltersProps
	Table   TokenTableProps
	// Panel is the token whose details stand beside the list; nil for none.
	Panel *TokenShowProps
}

// title is what the page is about.
func (p TokenListProps) title() string {
	title := "Tokens"
	if p.Panel != nil {
		title = p.Panel.Token.Name
	}
	if p.Repository != nil {
		title += " · " + p.Repository.Name
	}
	return title
}

// TokenFiltersProps is the form above a list of tokens. All choices come with
// what is chosen; the form's other state stands in the table.
type TokenFiltersProps struct {
	TokenFilterMarks
	// Action is the list itself, without a query.
	Action    string
	NameLabel string
	Name      string
	GUID      string
	Scopes    []ui.ScopeGroup
	// Grantors are the names of whom to ask for scopes that are not offered.
	Grantors []string
	// Statuses are those that are not always in sight.
	Statuses []Choice
	Types    []Choice
	Traits   []Choice
	Selects  []SelectFilter
	// Unused is how long tokens were not used, as it is typed.
	Unused      string
	CreatedFrom string
	CreatedTo   string
	Zone        string
}

// TokenFilterMarks is what of the form a change of the filters brings into step.
type TokenFilterMarks struct {
	// Segments are the statuses that are always in sight.
	Segments []StatusChoice
	// ScopeN is how many scopes are chosen, MoreN how many of the filters behind
	// "More filters" are set.
	ScopeN, MoreN int
}

// StatusChoice is a status filter with the number of tokens that pass it.
type StatusChoice struct {
	Choice
	Count string
}

// SelectFilter is a filter with one value, chosen from a list.
type SelectFilter struct {
	ID, Name, Label, Value string
	Options                []ui.Option
}

// TokenTableProps is the region of a list of tokens that a filter swaps.
type TokenTableProps struct {
	// Repository is the name of the one whose page this is, empty for all.
	Repository string
	Caption    string
	Tokens     []console.Token
	Reader     Reader
	CanWrite   bool
	// Refused says why the reader may not change some of the tokens.
	Refused map[console.GUID]string
	// Open is the token whose details stand beside the list, empty for none.
	Open console.GUID
	// Query is the state of the list, which the addresses of details keep: empty,
	// or what follows the path in an address.
	Query string
	// Sorts are the columns by which the list can be ordered.
	Sorts []TokenSort
	// State is what the filter form sends along: order and size.
	State []ui.Param
	Chips []FilterChip
	// Matches says how many tokens pass the filters.
	Matches string
	// Matching is their number, as far as they are counted.
	Matching int
	// Clear is the list without filters.
	Clear string
	Pager ui.CursorPagerProps
	// Columns are those that the reader sees of what may be left out.
	Columns []console.TokenColumn
	// Bare is the list without columns of its own, ViewState what a view of it
	// would keep, as it follows a path.
	Bare, ViewState string
	// Exports are the addresses of the same tokens as a file.
	Exports map[console.ExportFormat]string
	// Empty is why there is nothing, for a list without rows.
	Empty ListEmpty
}

// TokenSort is one order of the list.
type TokenSort struct {
	Key   console.TokenSortKey
	Label string
	// Href is the list ordered by it, the other way if it already is.
	Href string
	// Direction is "ascending" or "descending" for the present order.
	Direction string
}

// FilterChip is a filter that is set, with the list without it.
type FilterChip struct{ Label, Value, Remove string }

// ListEmpty is why a list has no rows, and what to do about it.
type ListEmpty struct {
	Title, Text string
	// Filtered is whether filters hide what is there.
	Filtered bool
	// Link leads to what there is instead.
	Link ui.Crumb
}

// RegionID is the element that holds a TokenTable.
const RegionID = "token-list"

// IntoTokenList are the attributes of links that change the list in place.
// Without JavaScript they are plain links to the whole page.
func IntoTokenList() templ.Attributes {
	return templ.Attributes{"hx-target": "#" + RegionID, "hx-swap": "innerMorph show:top"}
}

// details is the address of a token's details beside this list.
func (p TokenTableProps) details(t console.Token) string {
	return ofToken(p.Repository, t.GUID, p.Query)
}

// shows reports whether the table has a column that may be left out.
func (p TokenTableProps) shows(column console.TokenColumn) bool {
	return slices.Contains(p.Columns, column)
}

// columnChoices are the columns that may be left out.
func (p TokenTableProps) columnChoices() []Choice {
	var choices []Choice
	for _, column := range console.TokenColumns {
		choices = append(choices, Choice{Value: string(column), Label: column.Label(), Chosen: p.shows(column)})
	}
	return choices
}

func (p TokenTableProps) sort(key console.TokenSortKey) TokenSort {
	for _, sort := range p.Sorts {
		if sort.Key == key {
			return sort
		}
	}
	return TokenSort{}
}

func (p TokenTableProps) sorted() TokenSort {
	for _, sort := range p.Sorts {
		if sort.Direction != "" {
			return sort
		}
	}
	return TokenSort{}
}

// header is the head of a column by which the list can be ordered.
func (p TokenTableProps) header(key console.TokenSortKey, class string) ui.SortProps {
	sort := p.sort(key)
	return ui.SortProps{
		Label: sort.Label, Class: class, Href: sort.Href, Direction: sort.Direction,
		Attrs: join(IntoTokenList(), templ.Attributes{"id": "sort-" + string(key)}),
	}
}

// tokenStatus is the name of what t is for the eye, where an active token that
// ends soon stands apart.
func tokenStatus(t console.Token, r Reader) string {
	if t.Expiring(r.Now, console.NoticeWindow) {
		return "expiring"
	}
	return string(t.Status(r.Now))
}

// tokenEnd is when t ended or will end; zero if it never does.
func tokenEnd(t console.Token) time.Time {
	if !t.RevokedAt.IsZero() && (t.ValidTo.IsZero() || t.RevokedAt.Before(t.ValidTo)) {
		return t.RevokedAt
	}
	return t.ValidTo
}

// lifetimeUsed is which share of t's lifetime has passed, in percent.
func lifetimeUsed(t console.Token, r Reader) int {
	start, end := t.ActiveFrom(), tokenEnd(t)
	if !end.After(start) || !r.Now.Before(end) {
		return 100
	}
	if r.Now.Before(start) {
		return 0
	}
	return int(100 * r.Now.Sub(start).Seconds() / end.Sub(start).Seconds())
}

// lifeTone is the colour of a token's lifetime.
func lifeTone(t console.Token, r Reader) ui.Tone {
	if t.Status(r.Now).Final() {
		return ui.Mute
	}
	return ui.StatusTone(tokenStatus(t, r))
}

// scopesOf names the scopes of t in one line, and where it belongs before them
// on the page of all tokens.
func (p TokenTableProps) scopesOf(t console.Token) string {
	scopes := strings.Join(t.Scopes, ", ")
	if p.Repository != "" {
		return scopes
	}
	if scopes == "" {
		return inShort(t)
	}
	return inShort(t) + " · " + scopes
}

// inShort is belongsTo for a cell: the first, and how many others.
func inShort(t console.Token) string {
	if n := len(t.Repositories); n > 1 {
		return t.Repositories[0].Name + " +" + Number(n-1)
	}
	return belongsTo(t)
}

// belongsTo names the repositories of t, or its type if it has none.
func belongsTo(t console.Token) string {
	if len(t.Repositories) == 0 {
		return t.Type.Label()
	}
	names := make([]string, len(t.Repositories))
	for i, repository := range t.Repositories {
		names[i] = repository.Name
	}
	return strings.Join(names, ", ")
}

// nameLink begins the id of the link that is a token's name.
const nameLink = "name-"

// The ids within a row: a swap keeps what has the same id, and the focus
// returns to the link that opened a dialog.
func nameLinkID(t console.Token) string   { return nameLink + string(t.GUID) }
func revokeLinkID(t console.Token) string { return "revoke-" + string(t.GUID) }
