package web

import (
	"net/url"

	"github.com/labstack/echo/v4"

	"latchkey/internal/console"
	"latchkey/views"
)

// askedTokens is what an address asks for, before anything is listed.
func (s *Server) askedTokens(c echo.Context, at place, values url.Values) (tokenList, error) {
	q, who := readTokenQuery(values, at.usual()), actor(c)
	l := tokenList{at: at, query: q, reader: s.reader(c), who: who, write: at.need(who, console.TokenWrite) == nil}
	err := s.prepareFilters(c, &l)
	l.unknown = append(unknownValues(values, q), l.dropped(q)...)
	return l, err
}

// filter is what the list asks of the service.
func (l tokenList) filter() console.TokenFilter {
	return l.query.filter(l.repositoryGUID(), l.ipFilter().GUID, l.reader.Zone)
}

func matchText(total int) string {
	if total == 1 {
		return "1 token"
	}
	return views.Count(total) + " tokens"
}
