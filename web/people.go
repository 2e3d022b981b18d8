package web

import (
	"net/url"
	"slices"
	"strconv"

	"github.com/labstack/echo/v4"

	"latchkey/internal/console"
	"latchkey/views"
)

// A peopleQuery is the whole state of the list of people, as its address has it.
type peopleQuery struct {
	text       string
	role       console.Role
	repository string // a name
	// groups are the headings whose scopes are shown, in the order of the
	// catalogue; none means those that openedGroups chooses.
	groups []string
	page   console.PageRequest
}

func readPeopleQuery(values url.Values) peopleQuery {
	q := peopleQuery{
		text: searchText(values.Get("q")), role: console.Role(values.Get("role")),
		repository: searchText(values.Get("repository")), groups: values["group"], page: readPage(values),
	}
	if !q.role.Valid() {
		q.role = ""
	}
	return q
}

// on is the address at path with this state.
func (q peopleQuery) on(path string) string {
	v := url.Values{}
	set(v, "q", q.text)
	set(v, "role", string(q.role))
	set(v, "repository", q.repository)
	for _, group := range q.groups {
		v.Add("group", group)
	}
	writePage(v, q.page)
	return withQuery(path, v)
}

// A peopleList is what the list of people is made from.
type peopleList struct {
	query        peopleQuery
	page         console.Page[console.User]
	repositories []console.RepositoryRef
	// groups are all of them, opened those that are shown by their scopes.
	groups []console.ScopeGroup
	opened []string
	tabs   views.AccessTabs
	reader views.Reader
	who    console.Principal
	// typed are the changes that were ticked and are not saved yet.
	typed accessInput
}

// listPeople answers GET /people.
func (s *Server) listPeople(c echo.Context) error {
	l, err := s.peopleList(c, c.QueryParams())
	if err != nil {
		return err
	}
	p := l.props()
	return s.showList(c, l.query.on(views.PeoplePath()), views.People(p), views.PeopleSwap(p))
}

// peopleList is the list that the query of an address asks for.
func (s *Server) peopleList(c echo.Context, query url.Values) (*peopleList, error) {
	ctx, who := c.Request().Context(), actor(c)
	if err := who.Need(console.UserRead); err != nil {
		return nil, err
	}
	l := &peopleList{query: readPeopleQuery(query), reader: s.reader(c), who: who}
	catalogue, err := s.svc.Catalogue(ctx)
	if err != nil {
		return nil, err
	}
	l.openGroups(catalogue)
	if l.repositories, err = s.svc.RepositoryNames(ctx, who, console.RepositoryRead, ""); err != nil {
		return nil, err
	}
	filter := console.UserFilter{Text: l.query.text, Role: l.query.role}
	if l.query.repository != "" {
		repository, err := s.svc.GetRepository(ctx, who, l.query.repository)
		if err != nil && console.CodeOf(err) != console.CodeNotFound {
			return nil, err
		}
		l.query.repository, filter.Repository = repository.Name, repository.GUID
		if err == nil && !slices.Contains(l.repositories, repository.Ref()) {
			l.repositories = append(l.repositories, repository.Ref())
		}
	}
	if l.page, err = s.svc.ListPeople(ctx, who, filter, l.query.page); err != nil {
		return nil, err
	}
	if len(l.page.Items) == 0 && (l.query.page.Cursor != "" || l.query.page.Last) {
		l.query.page = console.PageRequest{Size: l.query.page.Size}
		if l.page, err = s.svc.ListPeople(ctx, who, filter, l.query.page); err != nil {
			return nil, err
		}
	}
	l.tabs, err = s.accessTabs(c, catalogue)
	return l, err
}

// accessColumns is how many scopes are shown where nobody chose: they fit
// into a window without being scrolled.
const accessColumns = 8

// openGroups finds the headings whose scopes are shown: those chosen, or else
// the first ones.
func (l *peopleList) openGroups(catalogue console.Catalogue) {
	l.groups = catalogue.Groups()
	chosen := l.query.groups
	l.query.groups = nil
	columns := 0
	for i, group := range l.groups {
		if slices.Contains(chosen, group.Name) {
			l.query.groups = append(l.query.groups, group.Name)
		}
		if columns += len(group.Scopes); i == 0 || columns <= accessColumns {
			l.opened = append(l.opened, group.Name)
		}
	}
	if len(l.query.groups) > 0 {
		l.opened = l.query.groups
	}
}

// toggled is the address of the list with a heading opened, or closed if it is
// open; empty for the only open one.
func (l *peopleList) toggled(name string) string {
	q := l.query
	q.groups = nil
	for _, group := range l.groups {
		if slices.Contains(l.opened, group.Name) != (group.Name == name) {
			q.groups = append(q.groups, group.Name)
		}
	}
	if len(q.groups) == 0 {
		return ""
	}
	return q.on(views.PeoplePath())
}

// accessTabs counts what the tabs lead to.
func (s *Server) accessTabs(c echo.Context, catalogue console.Catalogue) (views.AccessTabs, error) {
	everybody, err := s.svc.ListPeople(c.Request().Context(), actor(c), console.UserFilter{}, console.PageRequest{Size: 1})
	return views.AccessTabs{People: everybody.Total, Scopes: len(catalogue.All())}, err
}

func (l *peopleList) props() views.PeopleProps {
	p := views.PeopleProps{
		Tabs: l.tabs, Text: l.query.text, Role: string(l.query.role), Repository: l.query.repository, Opened: l.query.groups,
		Roles: []views.Option{{Value: "", Label: "All roles"}}, Repositories: []views.Option{{Value: "", Label: "All repositories"}},
		Action: l.query.on(views.AccessPath()), List: l.query.on(views.PeoplePath()),
		Matches: peopleText(l.page.Total), CanWrite: l.who.May(console.AccessWrite), CanInvite: l.who.May(console.UserWrite),
		Pager: pagerProps(l.page.Offset, len(l.page.Items), l.page.Total, l.query.page),
	}
	for _, role := range console.Roles {
		p.Roles = append(p.Roles, views.Option{Value: string(role), Label: role.Label()})
	}
	for _, repository := range l.repositories {
		p.Repositories = append(p.Repositories, views.Option{Value: repository.Name, Label: repository.Name})
	}
	for _, group := range l.groups {
		open := slices.Contains(l.opened, group.Name)
		p.Groups = append(p.Groups, views.AccessGroup{Name: group.Name, Scopes: group.Scopes, Open: open, Toggled: l.toggled(group.Name)})
	}
	open := 0 // rows that can be changed so far
	for _, user := range l.page.Items {
		row := l.row(user, open)
		if !row.Fixed {
			open++
		}
		p.People = append(p.People, row)
	}
	l.pages(&p.Pager)
	return p
}

func peopleText(n int) string {
	if n == 1 {
		return "1 person"
	}
	return views.Number(n) + " people"
}

// row is a person's boxes; at is its place among the rows that can be changed.
func (l *peopleList) row(user console.User, at int) views.PersonRow {
	row := views.PersonRow{
		User: user, Note: views.PersonNote(user, l.reader), Version: user.Version,
		Fixed: user.Role != console.RoleMember || !user.Enabled() || !l.who.May(console.AccessWrite),
	}
	holder := console.Principal{}.As(user)
	change, typed := l.typed.of(user.GUID)
	scopes := user.Scopes
	if typed && !row.Fixed {
		scopes = change.Apply(user.Scopes)
	}
	var base []string
	column := 0
	for _, group := range l.groups {
		part := views.AccessPart{Group: group.Name, Of: len(group.Scopes)}
		for _, scope := range group.Scopes {
			was := user.Enabled() && holder.Holds(scope.Name)
			if was {
				part.Held++
			}
			if !slices.Contains(l.opened, group.Name) {
				continue
			}
			cell := views.AccessCell{Scope: scope.Name, Value: strconv.Itoa(at) + "." + strconv.Itoa(column), Was: was, Checked: was}
			if user.Role == console.RoleMember && user.Enabled() {
				cell.Checked = slices.Contains(scopes, scope.Name)
			}
			cell.Disabled = row.Fixed || !was && !cell.Checked && (scope.Retired || !l.who.Holds(scope.Name))
			if was {
				base = append(base, strconv.Itoa(column))
			}
			part.Cells = append(part.Cells, cell)
			column++
		}
		row.Parts = append(row.Parts, part)
	}
	row.Base = joinBase(base)
	if typed && change.Version != user.Version {
		row.Now = l.storedNow(user)
	}
	return row
}

// storedNow are the scopes shown that somebody has by now.
func (l *peopleList) storedNow(user console.User) string {
	var names []string
	for _, group := range l.groups {
		for _, scope := range group.Scopes {
			if slices.Contains(l.opened, group.Name) && slices.Contains(user.Scopes, scope.Name) {
				names = append(names, scope.Name)
			}
		}
	}
	if len(names) == 0 {
		return "none of these"
	}
	return views.Listing(names)
}

func (l *peopleList) pages(pager *views.Pager) {
	pager.Action = views.PeoplePath()
	kept := l.query
	kept.page = console.PageRequest{}
	if address, err := url.Parse(kept.on(views.PeoplePath())); err == nil {
		pager.Keep = params(address.Query())
	}
	link := func(page console.PageRequest) string {
		q := l.query
		page.Size = l.query.page.Size
		q.page = page
		return q.on(views.PeoplePath())
	}
	if l.page.Previous != "" {
		pager.First, pager.Prev = link(console.PageRequest{}), link(console.PageRequest{Cursor: l.page.Previous})
	}
	if l.page.Next != "" {
		pager.Next, pager.Last = link(console.PageRequest{Cursor: l.page.Next}), link(console.PageRequest{Last: true})
	}
}
