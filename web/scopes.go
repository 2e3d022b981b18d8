package web

import (
	"net/http"
	"net/url"
	"slices"

	"github.com/labstack/echo/v4"

	"latchkey/internal/console"
	"latchkey/views"
)

// scopeRoutes are the pages and actions of scopes.
func scopeRoutes() []route {
	return []route{
		{http.MethodGet, "/scopes", false, (*Server).listScopes},
		{http.MethodPost, "/scopes", false, (*Server).createScope},
		{http.MethodGet, "/scopes/new", false, (*Server).newScope},
		{http.MethodPost, "/scopes/:name", false, (*Server).updateScope},
		{http.MethodGet, "/scopes/:name/edit", false, (*Server).editScope},
		{http.MethodGet, "/scopes/:name/retirement", false, (*Server).askRetirement},
		{http.MethodPost, "/scopes/:name/retirement", false, (*Server).retireScope},
		{http.MethodGet, "/scopes/:name/reinstatement", false, (*Server).askReinstatement},
		{http.MethodPost, "/scopes/:name/reinstatement", false, (*Server).reinstateScope},
	}
}

// listScopes answers GET /scopes.
func (s *Server) listScopes(c echo.Context) error {
	p, err := s.scopeList(c, c.QueryParams())
	if err != nil {
		return err
	}
	v := url.Values{}
	set(v, "q", p.Name)
	return s.showList(c, withQuery(views.ScopesPath(), v), views.ScopeList(p), views.ScopeListSwap(p))
}

// scopeList is the list for an address.
func (s *Server) scopeList(c echo.Context, values url.Values) (views.ScopeListProps, error) {
	ctx, who := c.Request().Context(), actor(c)
	p := views.ScopeListProps{Name: searchText(values.Get("q")), CanWrite: who.May(console.ScopeWrite)}
	var err error
	if p.Use, err = s.svc.ScopeUse(ctx, who); err != nil {
		return p, err
	}
	catalogue, err := s.svc.Catalogue(ctx)
	if err != nil {
		return p, err
	}
	if p.Tabs, err = s.accessTabs(c, catalogue); err != nil {
		return p, err
	}
	scopes := slices.DeleteFunc(catalogue.All(), func(scope console.Scope) bool {
		return !console.HasWords(scope.Name+" "+scope.Label+" "+scope.Group, p.Name)
	})
	p.Groups, p.Matches = console.Grouped(scopes), scopesText(len(scopes))
	return p, nil
}

func scopesText(n int) string {
	if n == 1 {
		return "1 scope"
	}
	return views.Number(n) + " scopes"
}

// scope is the one that the path names.
func (s *Server) scope(c echo.Context) (console.Scope, error) {
	if err := actor(c).Need(console.ScopeWrite); err != nil {
		return console.Scope{}, err
	}
	catalogue, err := s.svc.Catalogue(c.Request().Context())
	if err != nil {
		return console.Scope{}, err
	}
	scope, known := catalogue.Find(param(c, "name"))
	if !known {
		return scope, console.NotFound()
	}
	return scope, nil
}

// askRetirement answers GET /scopes/:name/retirement.
func (s *Server) askRetirement(c echo.Context) error { return s.showRetirement(c, false) }

// askReinstatement answers GET /scopes/:name/reinstatement.
func (s *Server) askReinstatement(c echo.Context) error { return s.showRetirement(c, true) }

func (s *Server) showRetirement(c echo.Context, reinstate bool) error {
	scope, err := s.scope(c)
	if err != nil {
		return err
	}
	use, err := s.svc.ScopeUse(c.Request().Context(), actor(c))
	if err != nil {
		return err
	}
	p := views.ScopeRetirementProps{Scope: scope, Tokens: use[scope.Name], Reinstate: reinstate}
	page := p
	page.Page = true
	return s.show(c, http.StatusOK, views.ScopeRetirementPage(page), views.ScopeRetirement(p))
}

// retireScope answers POST /scopes/:name/retirement.
func (s *Server) retireScope(c echo.Context) error {
	scope, err := s.svc.RetireScope(c.Request().Context(), actor(c), param(c, "name"), true)
	if err != nil {
		return err
	}
	return s.scopeChanged(c, console.Notice{Title: scope.Name + " retired", Detail: "No token gets it any more."})
}

// reinstateScope answers POST /scopes/:name/reinstatement.
func (s *Server) reinstateScope(c echo.Context) error {
	scope, err := s.svc.RetireScope(c.Request().Context(), actor(c), param(c, "name"), false)
	if err != nil {
		return err
	}
	return s.scopeChanged(c, console.Notice{Title: scope.Name + " reinstated", Detail: "Tokens can get it again."})
}

// scopeChanged brings the list on the screen into step, or leaves for it.
func (s *Server) scopeChanged(c echo.Context, notice console.Notice) error {
	current := currentURL(c.Request())
	if !wantsRegion(c.Request()) || current.Path != views.ScopesPath() {
		return s.leave(c, views.ScopesPath(), notice)
	}
	list, err := s.scopeList(c, current.Query())
	if err != nil {
		return err
	}
	swap := views.ScopeChanged(notice, list)
	return s.show(c, http.StatusOK, swap, swap)
}
