package web

import (
	"net/http"
	"slices"
	"strings"

	"github.com/labstack/echo/v4"

	"latchkey/internal/console"
	"latchkey/static"
)

// A route is one line of the site map.
type route struct {
	method, path string
	// public routes are for visitors, too.
	public bool
	handle func(*Server, echo.Context) error
}

// routes are the pages and actions of the console.
func routes() []route {
	return slices.Concat(settingsRoutes(), []route{
		{http.MethodGet, "/", false, (*Server).home},
		{http.MethodGet, "/login", true, (*Server).showLogin},
		{http.MethodPost, "/login", true, (*Server).signIn},
		{http.MethodPost, "/logout", false, (*Server).signOut},
		{http.MethodGet, "/setup/:code", true, (*Server).showSetup},
		{http.MethodPost, "/setup/:code", true, (*Server).setUp},
		{http.MethodPost, "/preferences/theme", false, (*Server).setTheme},
		{http.MethodPost, "/secret.env", false, (*Server).downloadSecret},

		{http.MethodGet, "/tokens", false, (*Server).listTokens},
		{http.MethodPost, "/tokens", false, (*Server).createToken},
		{http.MethodGet, "/tokens/new", false, (*Server).newToken},
		{http.MethodPost, "/tokens/new", false, (*Server).reviseNewToken},
		{http.MethodPost, "/tokens/bulk", false, (*Server).askBulk},
		{http.MethodPost, "/tokens/bulk/execution", false, (*Server).applyBulk},
		{http.MethodGet, "/tokens/:guid", false, (*Server).showToken},
		{http.MethodPost, "/tokens/:guid", false, (*Server).updateToken},
		{http.MethodGet, "/tokens/:guid/edit", false, (*Server).editToken},
		{http.MethodGet, "/tokens/:guid/pause", false, (*Server).askPause},
		{http.MethodPost, "/tokens/:guid/pause", false, (*Server).disableToken},
		{http.MethodPost, "/tokens/:guid/resumption", false, (*Server).enableToken},
		{http.MethodGet, "/tokens/:guid/revocation", false, (*Server).askRevocation},
		{http.MethodPost, "/tokens/:guid/revocation", false, (*Server).revokeToken},
		{http.MethodGet, "/tokens/:guid/deletion", false, (*Server).askDeletion},
		{http.MethodPost, "/tokens/:guid/deletion", false, (*Server).deleteToken},

		{http.MethodGet, "/repositories", false, (*Server).listRepositories},
		{http.MethodPost, "/repositories", false, (*Server).createRepository},
		{http.MethodGet, "/repositories/new", false, (*Server).newRepository},
		{http.MethodPost, "/repositories/new", false, (*Server).reviseNewRepository},
		{http.MethodGet, "/repositories/:repo", false, (*Server).showRepository},
		{http.MethodGet, "/repositories/:repo/deletion", false, (*Server).askRepositoryDeletion},
		{http.MethodPost, "/repositories/:repo/deletion", false, (*Server).deleteRepository},
		{http.MethodGet, "/repositories/:repo/settings", false, (*Server).repositorySettings},
		{http.MethodGet, "/repositories/:repo/settings/general", false, (*Server).editRepository},
		{http.MethodPost, "/repositories/:repo/settings/general", false, (*Server).updateRepository},

		{http.MethodGet, "/repositories/:repo/settings/tokens", false, (*Server).listTokens},
		{http.MethodPost, "/repositories/:repo/settings/tokens", false, (*Server).createToken},
		{http.MethodGet, "/repositories/:repo/settings/tokens/new", false, (*Server).newToken},
		{http.MethodPost, "/repositories/:repo/settings/tokens/new", false, (*Server).reviseNewToken},
		{http.MethodPost, "/repositories/:repo/settings/tokens/bulk", false, (*Server).askBulk},
		{http.MethodPost, "/repositories/:repo/settings/tokens/bulk/execution", false, (*Server).applyBulk},
		{http.MethodGet, "/repositories/:repo/settings/tokens/:guid", false, (*Server).showToken},
		{http.MethodPost, "/repositories/:repo/settings/tokens/:guid", false, (*Server).updateToken},
		{http.MethodGet, "/repositories/:repo/settings/tokens/:guid/edit", false, (*Server).editToken},
		{http.MethodGet, "/repositories/:repo/settings/tokens/:guid/pause", false, (*Server).askPause},
		{http.MethodPost, "/repositories/:repo/settings/tokens/:guid/pause", false, (*Server).disableToken},
		{http.MethodPost, "/repositories/:repo/settings/tokens/:guid/resumption", false, (*Server).enableToken},
		{http.MethodGet, "/repositories/:repo/settings/tokens/:guid/revocation", false, (*Server).askRevocation},
		{http.MethodPost, "/repositories/:repo/settings/tokens/:guid/revocation", false, (*Server).revokeToken},
		{http.MethodGet, "/repositories/:repo/settings/tokens/:guid/deletion", false, (*Server).askDeletion},
		{http.MethodPost, "/repositories/:repo/settings/tokens/:guid/deletion", false, (*Server).deleteToken},

		{http.MethodGet, "/scopes", false, (*Server).listScopes},
		{http.MethodPost, "/scopes", false, (*Server).createScope},
		{http.MethodGet, "/scopes/new", false, (*Server).newScope},
		{http.MethodPost, "/scopes/:name", false, (*Server).updateScope},
		{http.MethodGet, "/scopes/:name/edit", false, (*Server).editScope},
		{http.MethodGet, "/scopes/:name/retirement", false, (*Server).askRetirement},
		{http.MethodPost, "/scopes/:name/retirement", false, (*Server).retireScope},
		{http.MethodGet, "/scopes/:name/reinstatement", false, (*Server).askReinstatement},
		{http.MethodPost, "/scopes/:name/reinstatement", false, (*Server).reinstateScope},

		{http.MethodGet, "/audit", false, (*Server).listAudit},
	})
}

// settingsRoutes are what holds for everybody, and how one person sees the console.
func settingsRoutes() []route {
	return []route{
		{http.MethodGet, "/settings/policies", false, (*Server).listPolicies},
		{http.MethodPost, "/settings/policies/:type", false, (*Server).updatePolicy},
		{http.MethodGet, "/settings/policies/:type/edit", false, (*Server).editPolicy},
		{http.MethodPost, "/settings/policies/:type/preview", false, (*Server).previewPolicy},
		{http.MethodGet, "/settings", false, (*Server).showSettings},
		{http.MethodPost, "/settings", false, (*Server).updateSettings},
		{http.MethodGet, "/account/preferences", false, (*Server).showPreferences},
		{http.MethodPost, "/account/preferences", false, (*Server).updatePreferences},
	}
}

// mount puts the middleware and the routes in order. The gate and the probes
// share the outer part only.
func (s *Server) mount() {
	e := s.echo
	e.HideBanner, e.HidePort = true, true
	e.IPExtractor = clientAddress(s.o.TrustedProxies)
	e.HTTPErrorHandler = s.fail
	e.Use(s.identify, s.secureHeaders, s.logAccess, s.recover)
	e.GET("/livez", s.live)
	e.GET("/readyz", s.ready)
	e.GET("/static/*", echo.WrapHandler(static.Handler()))
	e.HEAD("/static/*", echo.WrapHandler(static.Handler()))
	if s.o.Gate != nil {
		s.o.Gate(e.Group(""))
	}
	pages := e.Group("", s.private, s.checkHost, s.limitTime, s.limitBody, s.checkOrigin, s.load)
	pages.RouteNotFound("/*", noRoute)
	for _, r := range routes() {
		handler := func(c echo.Context) error { return r.handle(s, c) }
		guards := []echo.MiddlewareFunc{s.checkForm}
		if !r.public {
			guards = []echo.MiddlewareFunc{s.requireUser, s.checkForm}
		}
		pages.Add(r.method, r.path, handler, guards...)
		if r.method == http.MethodGet {
			pages.Add(http.MethodHead, r.path, handler, guards...)
		}
	}
}

// noRoute answers for every address that the site map does not have for the
// request's method.
func noRoute(c echo.Context) error {
	var allowed []string
	for _, r := range routes() {
		if matches(r.path, c.Request().URL.EscapedPath()) {
			allowed = append(allowed, r.method)
		}
	}
	if len(allowed) == 0 {
		return console.NotFound()
	}
	c.Response().Header().Set(echo.HeaderAllow, strings.Join(allowed, ", "))
	return errMethod
}
