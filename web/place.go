package web

import (
	"net/url"
	"strings"

	"github.com/labstack/echo/v4"

	"latchkey/internal/console"
	"latchkey/views"
)

// A place is where tokens are looked at: the page of all, or a repository's.
type place struct{ repository *console.Repository }

// place is the one that the path names.
func (s *Server) place(c echo.Context) (place, error) {
	name := param(c, "repo")
	if name == "" {
		return place{}, nil
	}
	repository, err := s.svc.GetRepository(c.Request().Context(), actor(c), name)
	return place{repository: &repository}, err
}

// glance says that the request only shows something.
func (s *Server) glance(c echo.Context) {
	row, _ := rowOf(c)
	c.SetRequest(c.Request().WithContext(s.svc.Glance(c.Request().Context(), row.Recorded)))
}

// name is the repository's, empty where there is none.
func (p place) name() string {
	if p.repository == nil {
		return ""
	}
	return p.repository.Name
}

func (p place) guid() console.GUID {
	if p.repository == nil {
		return ""
	}
	return p.repository.GUID
}

// need returns nil if who has perm at the place: for all tokens that is
// anywhere, for each token may still be refused.
func (p place) need(who console.Principal, perm console.Permission) error {
	if p.repository == nil {
		return who.NeedSomewhere(perm)
	}
	return who.NeedIn(perm, p.repository.GUID)
}

// usual is the status filter that the place has when none is asked for.
func (p place) usual() console.StatusFilter {
	if p.repository == nil {
		return console.FilterAll
	}
	return console.FilterCurrent
}

func (p place) path() string { return views.TokensPath(p.name()) }

// shows reports whether an address is the place's list, and which token's
// details stand beside it there.
func (p place) shows(address *url.URL) (console.GUID, bool) {
	rest, ok := strings.CutPrefix(address.EscapedPath(), p.path())
	if !ok || rest == "" {
		return "", ok
	}
	return console.ParseGUID(strings.TrimPrefix(rest, "/"))
}
