package web

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/labstack/echo/v4"

	"latchkey/internal/console"
	"latchkey/internal/service"
	"latchkey/views"
)

// listTokens answers GET /tokens and a repository's page of tokens. With htmx
// the details that are open stay open, unless it is they that are to close.
func (s *Server) listTokens(c echo.Context) error {
	s.glance(c)
	at, err := s.place(c)
	if err != nil {
		return err
	}
	if c.Request().URL.RawQuery == "" && !wantsRegion(c.Request()) {
		if v, err := s.defaultView(c, at); err != nil || v.GUID != "" {
			if err != nil {
				return err
			}
			return c.Redirect(http.StatusSeeOther, viewAddress(at, v))
		}
	}
	list, err := s.tokenList(c, at, c.QueryParams())
	if err != nil {
		return err
	}
	if list.query.page.Counted && wantsRegion(c.Request()) {
		return s.show(c, http.StatusOK, views.TokenList(list.props()), views.TokenListCounts(list.props()))
	}
	closes := isTarget(c.Request(), views.PanelSlotID)
	if wantsRegion(c.Request()) {
		if !closes {
			list.open, _ = at.shows(currentURL(c.Request()))
		}
		s.pushURL(c, list.address())
	}
	props := list.props()
	if closes {
		return s.show(c, http.StatusOK, views.TokenList(props), views.TokenPanelClosed(props))
	}
	return s.show(c, http.StatusOK, views.TokenList(props), views.TokenListSwap(props))
}

// onScreen is what the page shows from which htmx asks: the place's list, with
// the details beside it; nil if it shows something else. Details of a token that
// is gone are closed.
func (s *Server) onScreen(c echo.Context, at place) (*views.TokenListProps, error) {
	current := currentURL(c.Request())
	open, ok := at.shows(current)
	if !ok {
		return nil, nil
	}
	list, err := s.tokenList(c, at, current.Query())
	if err != nil {
		return nil, err
	}
	if open == "" {
		props := list.props()
		return &props, nil
	}
	token, err := s.svc.GetToken(c.Request().Context(), actor(c), at.guid(), open)
	if console.CodeOf(err) == console.CodeNotFound {
		c.Response().Header().Set("HX-Replace-Url", list.address())
		props := list.props()
		return &props, nil
	}
	if err != nil {
		return nil, err
	}
	props, err := s.beside(c, list, token)
	return &props, err
}

// beside is the list with the details of a token beside it.
func (s *Server) beside(c echo.Context, l tokenList, token console.Token) (views.TokenListProps, error) {
	l.open = token.GUID
	props := l.props()
	ctx, who := c.Request().Context(), actor(c)
	history, err := s.svc.TokenHistory(ctx, who, token.GUID)
	if err != nil {
		return props, err
	}
	secrets, err := s.svc.ListSecrets(ctx, who, l.at.guid(), token.GUID)
	if err != nil {
		return props, err
	}
	usage, err := s.svc.TokenUsage(ctx, who, l.at.guid(), token.GUID)
	if err != nil {
		return props, err
	}
	var assets []console.GrantedAsset
	if len(token.Assets) > 0 {
		if assets, err = s.svc.ListGrantedAssets(ctx, who, l.at.guid(), token.GUID); err != nil {
			return props, err
		}
	}
	filter, err := s.svc.GetTokenIPFilter(ctx, who, "", token.GUID)
	props.Panel = &views.TokenShowProps{
		Token: token, Repository: l.at.name(), Query: l.state(), Reader: l.reader, CanWrite: l.write, Refused: l.refused(token),
		CanAudit: who.May(console.AuditRead), Catalogue: l.catalogue, History: history, Secrets: secrets, Usage: usage,
		Assets: assets, IPFilter: filter, CanReadIPFilters: who.May(console.IPFilterRead),
	}
	return props, err
}

// A tokenList is what a list of tokens is made from.
type tokenList struct {
	at    place
	query tokenQuery
	// whole is whether the page is answered with its filters, or a region of it.
	whole bool
	// open is the token whose details stand beside the list, empty for none.
	open   console.GUID
	page   console.Page[console.Token]
	counts console.StatusCounts
	// unknown says what the address names that there is not; nothing is listed then.
	unknown []string
	reader  views.Reader
	who     console.Principal
	write   bool
	// only is the repository that the filters keep, on the page of all tokens.
	only console.RepositoryRef
	// repositories and people are the choices of the filters. A region does
	// not show them, and has them only where a filter needs their names.
	repositories []console.RepositoryRef
	people       []console.User
	ipFilters    []console.IPFilterRef
	grantors     []console.PersonRef
	catalogue    console.Catalogue
	columns      []console.TokenColumn
}

// refused says why the reader may not change a token, empty if they may.
func (l tokenList) refused(t console.Token) string {
	if err := l.who.NeedToken(console.TokenWrite, t); err != nil {
		return console.Sentence(err)
	}
	return ""
}

// refusals says it for those on the page that are refused.
func (l tokenList) refusals() map[console.GUID]string {
	refusals := map[console.GUID]string{}
	for _, t := range l.page.Items {
		if why := l.refused(t); why != "" {
			refusals[t.GUID] = why
		}
	}
	return refusals
}

func (s *Server) tokenList(c echo.Context, at place, values url.Values) (tokenList, error) {
	l, err := s.askedTokens(c, at, values)
	l.stay(c)
	if err != nil || len(l.unknown) > 0 {
		return l, err
	}
	ctx, filter := c.Request().Context(), l.filter()
	if l.page, l.counts, err = s.svc.ListCountedTokens(ctx, l.who, filter, l.query.sort, l.query.page); err != nil {
		return l, err
	}
	away := l.query.page.Cursor != "" || l.query.page.Last
	if len(l.page.Items) == 0 && (away || l.counts == nil && len(l.chips()) == 0) {
		l.query = l.query.first()
		l.query.page.Counted = !away
		l.page, l.counts, err = s.svc.ListCountedTokens(ctx, l.who, filter, l.query.sort, l.query.page)
	}
	return l, err
}

// prepareFilters finds what the filters name, and drops those that name
// nothing. It finds what can be chosen only for the whole page.
func prepareFilters(ctx context.Context, svc *service.Service, l *tokenList) (err error) {
	who, q := l.who, &l.query
	if l.at.repository != nil {
		q.repository = ""
	} else if q.repository != "" {
		found, err := svc.GetRepository(ctx, who, q.repository)
		if err != nil && console.CodeOf(err) != console.CodeNotFound {
			return err
		}
		l.only, q.repository = found.Ref(), found.Name
	}
	if l.at.repository == nil && l.whole {
		if l.repositories, err = svc.RepositoryNames(ctx, who, console.TokenRead, ""); err != nil {
			return err
		}
	}
	if l.whole || q.owner != "" || q.creator != "" {
		if l.people, err = svc.ListUsers(ctx, who); err != nil {
			return err
		}
	}
	if l.whole || q.ipFilter != "" {
		if l.ipFilters, err = svc.IPFilterNames(ctx, who); err != nil {
			return err
		}
	}
	q.ipFilter = l.ipFilter().Name
	if l.catalogue, err = svc.Catalogue(ctx); err == nil && l.whole {
		l.grantors, err = svc.ListGrantors(ctx, who)
	}
	if err != nil {
		return err
	}
	q.scopes = slices.DeleteFunc(slices.Clone(q.scopes), func(name string) bool {
		_, known := l.catalogue.Find(name)
		return !known || !who.MayFilterBy(name)
	})
	if l.personName(q.owner) == "" {
		q.owner = ""
	}
	if l.personName(q.creator) == "" {
		q.creator = ""
	}
	return nil
}

// ipFilter is the IP filter that the list keeps; empty for all tokens.
func (l tokenList) ipFilter() console.IPFilterRef {
	for _, filter := range l.ipFilters {
		if l.query.ipFilter != "" && console.Fold(filter.Name) == console.Fold(l.query.ipFilter) {
			return filter
		}
	}
	return console.IPFilterRef{}
}

func (l tokenList) personName(guid console.GUID) string {
	for _, person := range l.people {
		if person.GUID == guid {
			return person.Name
		}
	}
	return ""
}

// repositoryGUID is the one whose tokens the list keeps; empty for all.
func (l tokenList) repositoryGUID() console.GUID {
	if l.at.repository != nil {
		return l.at.guid()
	}
	return l.only.GUID
}

// address is the list's own, with its whole state and with what stands beside it.
func (l tokenList) address() string {
	if l.open != "" {
		return l.query.on(views.TokenPath(l.at.name(), l.open))
	}
	return l.query.on(l.at.path())
}

// state is the list's state as it follows the path in an address.
func (l tokenList) state() string { return l.query.on("") }

// link is the address of another state of the list, from its start.
func (l tokenList) link(change func(*tokenQuery)) string {
	q := l.query.first()
	change(&q)
	return q.on(l.at.path())
}

func (l tokenList) props() views.TokenListProps {
	chips := l.chips()
	return views.TokenListProps{Repository: l.at.repository, Filters: l.filters(chips), Table: l.table(chips)}
}

func (l tokenList) table(chips []views.FilterChip) views.TokenTableProps {
	p := views.TokenTableProps{
		Repository: l.at.name(), Caption: "API tokens", Tokens: l.page.Items, Reader: l.reader, CanWrite: l.write, Refused: l.refusals(),
		Open: l.open, Query: l.state(), Sorts: l.sorts(), State: l.kept(), Chips: chips, Matches: matchText(l.page.Total), Matching: l.page.Total, Clear: l.cleared(),
		Pager: l.pager(), Empty: l.empty(chips), Exports: l.exports(), Columns: l.columns,
		Bare: l.bare(), ViewState: l.viewState(),
	}
	if l.at.repository != nil {
		p.Caption += " of " + l.at.name()
	}
	return p
}

var sortLabels = []struct {
	key   console.TokenSortKey
	label string
}{
	{console.SortName, "Name"}, {console.SortIsActive, "Is active"}, {console.SortExpires, "Expiration"},
	{console.SortStarts, "Active from"}, {console.SortUsed, "Last used"}, {console.SortCreated, "Created"},
}

// sorts are all orders of the list. The present one leads to its opposite.
func (l tokenList) sorts() []views.TokenSort {
	var sorts []views.TokenSort
	for _, column := range sortLabels {
		next := console.TokenSort{Key: column.key, Descending: column.key.UsuallyDescending()}
		direction := ""
		if l.query.sort.Key == column.key {
			next.Descending = !l.query.sort.Descending
			direction = "ascending"
			if l.query.sort.Descending {
				direction = "descending"
			}
		}
		sorts = append(sorts, views.TokenSort{
			Key: column.key, Label: column.label, Direction: direction,
			Href: l.link(func(q *tokenQuery) { q.sort = next }),
		})
	}
	return sorts
}

// empty says why there are no rows.
func (l tokenList) empty(chips []views.FilterChip) views.ListEmpty {
	if len(l.unknown) > 0 {
		return views.ListEmpty{Filtered: true, Title: "No tokens match", Text: strings.Join(l.unknown, " ")}
	}
	if empty := unassigned(l.who); empty.Title != "" {
		return empty
	}
	if len(chips) > 0 {
		return views.ListEmpty{Filtered: true, Title: "No tokens match", Text: l.nothing()}
	}
	if all := l.counts[console.FilterAll]; all > 0 {
		return views.ListEmpty{
			Title: "No current tokens", Text: "What there is expired, was revoked or is paused.",
			Link: views.Crumb{Label: "Show all " + matchText(all), Href: l.link(func(q *tokenQuery) { q.status = console.FilterAll })},
		}
	}
	text := "A token lets a script or service reach a repository without a person’s password."
	if l.at.repository != nil {
		text = "A token lets a script or service reach this repository without a person’s password."
	}
	return views.ListEmpty{Title: "No tokens yet", Text: text}
}

// nothing says in a sentence what was looked for in vain.
func (l tokenList) nothing() string {
	text := "Nothing"
	if l.query.name != "" {
		text += " has “" + l.query.name + "” in its name"
	} else {
		text += " is there"
	}
	var others []string
	for _, chip := range l.chips() {
		if chip.Label != "Name" {
			others = append(others, lowered(chip.Label)+" "+chip.Value)
		}
	}
	if len(others) > 0 {
		text += " with " + views.Listing(others)
	}
	return text + "."
}

// lowered is a label in the middle of a sentence; GUID and IP stay as they are.
func lowered(label string) string {
	if len(label) > 1 && strings.ToUpper(label[:2]) == label[:2] {
		return label
	}
	return strings.ToLower(label[:1]) + label[1:]
}
