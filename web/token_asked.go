package web

import (
	"context"
	"net/url"

	"github.com/labstack/echo/v4"

	"latchkey/internal/console"
	"latchkey/internal/service"
	"latchkey/views"
)

// askedTokens is what an address asks for, before anything is listed.
func (s *Server) askedTokens(c echo.Context, at place, values url.Values) (tokenList, error) {
	l := tokenList{at: at, query: readTokenQuery(values, at.usual()), whole: !wantsRegion(c.Request()), reader: s.reader(c), who: actor(c)}
	l.write = at.need(l.who, console.TokenWrite) == nil
	l.columns = s.columns(c, l.query)
	return l, l.find(c.Request().Context(), s.svc, values)
}

// find looks up what the query names, which was read from values, and says of what
// there is nothing.
func (l *tokenList) find(ctx context.Context, svc *service.Service, values url.Values) error {
	asked := l.query
	err := prepareFilters(ctx, svc, l)
	l.unknown = append(unknownValues(values, asked), l.dropped(asked)...)
	return err
}

// columns are those that a list has for the reader.
func (s *Server) columns(c echo.Context, q tokenQuery) []console.TokenColumn {
	if q.columns != nil {
		return q.columns
	}
	if row, ok := rowOf(c); ok && row.User.Preferences.Columns != nil {
		return row.User.Preferences.Columns
	}
	return console.TokenColumns
}

// filter is what the list asks of the service.
func (l tokenList) filter() console.TokenFilter {
	return l.query.filter(l.repositoryGUID(), l.ipFilter().GUID, l.reader.Zone)
}

// kept is what the filter form sends along without showing it.
func (l tokenList) kept() []views.Param {
	bare := tokenQuery{view: l.query.view, columns: l.query.columns, sort: l.query.sort, page: console.PageRequest{Size: l.query.page.Size}}
	return params(bare.values())
}

func matchText(total int) string {
	switch total {
	case console.Uncounted:
		return "Many tokens"
	case 1:
		return "1 token"
	}
	return views.Count(total) + " tokens"
}
