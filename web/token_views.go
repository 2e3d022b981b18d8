package web

import (
	"net/http"
	"net/url"
	"slices"

	"github.com/labstack/echo/v4"

	"latchkey/internal/console"
	"latchkey/views"
)

// viewRoutes are those of the named states of lists of tokens.
func viewRoutes() []route {
	var all []route
	for _, list := range []string{"/tokens", "/repositories/:repo/settings/tokens"} {
		all = append(all,
			route{http.MethodGet, list + "/views", false, (*Server).listViews},
			route{http.MethodPost, list + "/views", false, (*Server).createView},
			route{http.MethodPost, list + "/views/:view", false, (*Server).updateView},
			route{http.MethodPost, list + "/views/:view/default", false, (*Server).setDefaultView},
			route{http.MethodPost, list + "/views/:view/deletion", false, (*Server).deleteView})
	}
	return all
}

// noView is what an address says that shows a list as it is without a view.
const noView = "none"

// viewPlace is where the place's views can be looked at.
func (p place) viewPlace() console.ViewPlace {
	if p.repository == nil {
		return console.ViewOfAll
	}
	return console.ViewOfRepository
}

// defaultView is the view with which a place opens for the reader, without a
// GUID if it opens with none.
func (s *Server) defaultView(c echo.Context, at place) (console.View, error) {
	if row, ok := rowOf(c); !ok || row.Opens[at.viewPlace()] == "" {
		return console.View{}, nil
	}
	all, err := s.svc.ListViews(c.Request().Context(), actor(c), at.viewPlace())
	if code := console.CodeOf(err); code == console.CodeNotFound || code == console.CodeForbidden {
		return console.View{}, nil // who sees no tokens has no views
	}
	if n := slices.IndexFunc(all, func(v console.View) bool { return v.Default }); n >= 0 && err == nil {
		return all[n], nil
	}
	return console.View{}, err
}

// stay has a list that opens with a view, but was asked for without one, say so
// in its addresses from here on: without its last filter, the view would be back.
func (l *tokenList) stay(c echo.Context) {
	row, ok := rowOf(c)
	if ok && row.Opens[l.at.viewPlace()] != "" && l.query.view == "" && c.Request().Method == http.MethodGet {
		l.query.view = noView
	}
}

// viewAddress is the list at a place in the state of a view.
func viewAddress(at place, v console.View) string {
	values, err := url.ParseQuery(v.Query)
	if err != nil {
		values = url.Values{}
	}
	q := readTokenQuery(values, at.usual())
	q.view = string(v.GUID)
	for name, value := range q.values() {
		values[name] = value
	}
	return withQuery(at.path(), values) // what is unknown by now is said there
}

// listViews answers GET .../tokens/views. Its query is the state to be saved.
func (s *Server) listViews(c echo.Context) error {
	at, err := s.place(c)
	if err != nil {
		return err
	}
	return s.showViews(c, at, http.StatusOK, views.TokenViewsProps{Query: viewQuery(c.QueryParams(), at)})
}

// viewQuery is the state of a list as views keep it: from its start, and without
// what it was opened with.
func viewQuery(values url.Values, at place) string {
	q := readTokenQuery(values, at.usual()).first()
	q.view = ""
	return q.values().Encode()
}

func (s *Server) showViews(c echo.Context, at place, status int, p views.TokenViewsProps) error {
	s.glance(c) // each view looks up what its filters name
	all, err := s.svc.ListViews(c.Request().Context(), actor(c), at.viewPlace())
	if err != nil {
		return err
	}
	p.Repository, p.CanShare = at.name(), actor(c).MaySomewhere(console.TokenWrite)
	if p.Filters, err = s.viewFilters(c, at, p.Query); err != nil {
		return err
	}
	for _, v := range all {
		view := views.TokenView{View: v, Href: viewAddress(at, v), CanChange: v.MayChange(actor(c)), Own: v.Owner.GUID == actor(c).GUID}
		if view.Filters, err = s.viewFilters(c, at, v.Query); err != nil {
			return err
		}
		p.Views = append(p.Views, view)
	}
	return s.show(c, status, views.TokenViews(p), views.TokenViewChoice(p))
}

// viewFilters are the filters of a list in that state.
func (s *Server) viewFilters(c echo.Context, at place, query string) ([]views.FilterChip, error) {
	values, err := url.ParseQuery(query)
	if err != nil {
		values = url.Values{}
	}
	l, err := s.askedTokens(c, at, values)
	return l.chips(), err
}

// readView reads the forms of views.
func readView(c echo.Context, at place) console.View {
	form := c.Request().PostForm
	values, err := url.ParseQuery(form.Get("query"))
	if err != nil {
		values = url.Values{}
	}
	return console.View{
		GUID: console.GUID(param(c, "view")), Place: at.viewPlace(), Name: form.Get("name"), Shared: form.Get("shared") == "yes",
		Query: viewQuery(values, at), Default: form.Get("default") == "yes",
	}
}

// answerView goes on to the views, with the list that can be saved, or says on
// their page what was wrong.
func (s *Server) answerView(c echo.Context, at place, v console.View, err error, notice string) error {
	query := viewQuery(c.QueryParams(), at)
	if fields := fieldsOf(err); len(fields) > 0 {
		return s.showViews(c, at, http.StatusUnprocessableEntity, views.TokenViewsProps{Query: query, Typed: v, Errors: fields})
	}
	if err != nil {
		return err
	}
	return s.leave(c, views.TokenViewsProps{Repository: at.name(), Query: query}.Address(), console.Notice{Title: notice})
}

// createView answers POST .../tokens/views, and goes back to the list.
func (s *Server) createView(c echo.Context) error {
	at, err := s.place(c)
	if err != nil {
		return err
	}
	v := readView(c, at)
	made, err := s.svc.CreateView(c.Request().Context(), actor(c), v)
	if err == nil && v.Default {
		err = s.svc.SetDefaultView(c.Request().Context(), actor(c), v.Place, made.GUID)
	}
	if err != nil {
		return s.answerView(c, at, v, err, "")
	}
	return s.leave(c, viewAddress(at, made), console.Notice{Title: "View saved"})
}

// updateView answers POST .../tokens/views/:view.
func (s *Server) updateView(c echo.Context) error {
	at, err := s.place(c)
	if err != nil {
		return err
	}
	v := readView(c, at)
	var query *string
	if c.Request().PostForm.Has("query") {
		query = &v.Query
	}
	_, err = s.svc.UpdateView(c.Request().Context(), actor(c), v, query)
	return s.answerView(c, at, v, err, "View changed")
}

// setDefaultView answers POST .../tokens/views/:view/default.
func (s *Server) setDefaultView(c echo.Context) error {
	at, err := s.place(c)
	if err != nil {
		return err
	}
	v := readView(c, at)
	if !v.Default {
		v.GUID = ""
	}
	err = s.svc.SetDefaultView(c.Request().Context(), actor(c), v.Place, v.GUID)
	return s.answerView(c, at, v, err, "Default view changed")
}

// deleteView answers POST .../tokens/views/:view/deletion.
func (s *Server) deleteView(c echo.Context) error {
	at, err := s.place(c)
	if err != nil {
		return err
	}
	v := readView(c, at)
	return s.answerView(c, at, v, s.svc.DeleteView(c.Request().Context(), actor(c), v), "View deleted")
}

// bare is the list with the reader's own columns.
func (l tokenList) bare() string {
	l.query.columns = nil
	return l.address()
}

// viewState is what a view of the list would keep, as it follows a path.
func (l tokenList) viewState() string {
	l.query.columns = append([]console.TokenColumn{console.ColumnName}, without(l.columns, console.ColumnName)...)
	return l.query.on("")
}

// cleared is the list without filters, also where it opens with some.
func (l tokenList) cleared() string {
	if l.query.view == "" {
		return l.at.path()
	}
	return tokenQuery{view: noView, sort: console.TokenSort{Key: console.SortName}}.on(l.at.path())
}
