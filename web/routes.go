package web

import (
	"log/slog"
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
	return slices.Concat(signInRoutes(), settingsRoutes(), commonRoutes(), secretRoutes(), scopeRoutes(), ipFilterRoutes(), assetRoutes(), peopleRoutes(), accountRoutes(), auditRoutes(), exchangeRoutes(), bulkRoutes(), viewRoutes())
}

// signInRoutes are those of signing in, and of how people do.
func signInRoutes() []route {
	return []route{
		{http.MethodGet, "/login", true, (*Server).showLogin},
		{http.MethodPost, "/login", true, (*Server).signIn},
		{http.MethodGet, "/login/:provider", true, (*Server).startSignIn},
		{http.MethodGet, "/login/:provider/callback", true, (*Server).finishSignIn},
		{http.MethodPost, "/logout", false, (*Server).signOut},
		{http.MethodGet, "/setup/:code", true, (*Server).showSetup},
		{http.MethodPost, "/setup/:code", true, (*Server).setUp},

		{http.MethodGet, "/people/single-sign-on", false, (*Server).showSingleSignOn},
		{http.MethodGet, "/people/:guid/identities", false, (*Server).listIdentities},
		{http.MethodGet, "/people/:guid/identities/:identity/deletion", false, (*Server).askIdentityDeletion},
		{http.MethodPost, "/people/:guid/identities/:identity/deletion", false, (*Server).deleteIdentity},
	}
}

func commonRoutes() []route {
	return []route{
		{http.MethodGet, "/", false, (*Server).home},
		{http.MethodGet, "/search", false, (*Server).search},
		{http.MethodPost, "/search", false, (*Server).find},
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

		{http.MethodGet, "/connect", false, (*Server).showConnect},
		{http.MethodGet, "/api", false, (*Server).showAPI},
		{http.MethodGet, "/api/explorer", false, (*Server).showExplorer},
		{http.MethodPost, "/api/explorer", false, (*Server).explore},
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
	}
}

// accountRoutes are about accounts: preferences, second factors, and sessions.
func accountRoutes() []route {
	return []route{
		{http.MethodGet, "/login/second-factor", true, (*Server).showSecondFactor},
		{http.MethodPost, "/login/second-factor", true, (*Server).completeSignIn},
		{http.MethodPost, "/login/second-factor/question", true, (*Server).askSignInPasskey},
		{http.MethodGet, "/people/:guid/sessions", false, (*Server).showSessions},
		{http.MethodPost, "/people/:guid/sessions/termination", false, (*Server).endSessionsOf},
		{http.MethodPost, "/people/:guid/sessions/:session/termination", false, (*Server).endSessionOf},
		{http.MethodPost, "/confirmation/question", false, (*Server).askProofPasskey},
		{http.MethodGet, "/account", false, (*Server).showAccount},
		{http.MethodGet, "/account/preferences", false, (*Server).showPreferences},
		{http.MethodPost, "/account/preferences", false, (*Server).updatePreferences},
		{http.MethodPost, "/preferences/theme", false, (*Server).setTheme},
		{http.MethodPost, "/preferences/columns", false, (*Server).setColumns},
		{http.MethodPost, "/account/password", false, (*Server).changePassword},
		{http.MethodGet, "/account/codes", false, (*Server).showCodes},
		{http.MethodPost, "/account/codes", false, (*Server).addCodes},
		{http.MethodPost, "/account/codes/offer", false, (*Server).offerCodes},
		{http.MethodGet, "/account/codes/picture.png", false, (*Server).showCodesPicture},
		{http.MethodPost, "/account/passkeys", false, (*Server).addPasskey},
		{http.MethodGet, "/account/passkeys/new", false, (*Server).newPasskey},
		{http.MethodPost, "/account/passkeys/question", false, (*Server).offerPasskey},
		{http.MethodGet, "/account/recovery-codes", false, (*Server).askRecoveryCodes},
		{http.MethodPost, "/account/recovery-codes", false, (*Server).regenerateRecoveryCodes},
		{http.MethodPost, "/account/factors/:guid", false, (*Server).renameFactor},
		{http.MethodGet, "/account/factors/:guid/edit", false, (*Server).editFactor},
		{http.MethodGet, "/account/factors/:guid/removal", false, (*Server).askFactorRemoval},
		{http.MethodPost, "/account/factors/:guid/removal", false, (*Server).removeFactor},
		{http.MethodPost, "/account/token", false, (*Server).createPersonalToken},
		{http.MethodGet, "/account/token/new", false, (*Server).newPersonalToken},
		{http.MethodGet, "/account/token/rotation", false, (*Server).askPersonalRotation},
		{http.MethodPost, "/account/token/rotation", false, (*Server).rotatePersonalToken},
		{http.MethodGet, "/account/token/revocation", false, (*Server).askPersonalRevocation},
		{http.MethodPost, "/account/token/revocation", false, (*Server).revokePersonalToken},
		{http.MethodPost, "/account/sessions/termination", false, (*Server).endOtherSessions},
		{http.MethodPost, "/account/sessions/:session/termination", false, (*Server).endOwnSession},
	}
}

// peopleRoutes are those of people and what they may do.
func peopleRoutes() []route {
	return []route{
		{http.MethodGet, "/repositories/:repo/settings/people", false, (*Server).listMembers},
		{http.MethodPost, "/repositories/:repo/settings/people", false, (*Server).changeMember},

		{http.MethodGet, "/people", false, (*Server).listPeople},
		{http.MethodPost, "/people", false, (*Server).invitePerson},
		{http.MethodGet, "/people/new", false, (*Server).newPerson},
		{http.MethodPost, "/people/access", false, (*Server).changeAccess},
		{http.MethodGet, "/people/:guid", false, (*Server).showPerson},
		{http.MethodPost, "/people/:guid", false, (*Server).updatePerson},
		{http.MethodGet, "/people/:guid/edit", false, (*Server).editPerson},
		{http.MethodPost, "/people/:guid/scopes", false, (*Server).changeScopes},
		{http.MethodPost, "/people/:guid/memberships", false, (*Server).changeMembership},
		{http.MethodGet, "/people/:guid/link", false, (*Server).askLink},
		{http.MethodPost, "/people/:guid/link", false, (*Server).createLink},
		{http.MethodGet, "/people/:guid/departure", false, (*Server).askDeparture},
		{http.MethodPost, "/people/:guid/departure", false, (*Server).disablePerson},
		{http.MethodPost, "/people/:guid/return", false, (*Server).enablePerson},
		{http.MethodGet, "/people/:guid/factors/reset", false, (*Server).askFactorsReset},
		{http.MethodPost, "/people/:guid/factors/reset", false, (*Server).resetFactors},
		{http.MethodGet, "/people/:guid/deletion", false, (*Server).askPersonDeletion},
		{http.MethodPost, "/people/:guid/deletion", false, (*Server).deletePerson},

		{http.MethodGet, "/invitation/:code", true, (*Server).showInvitation},
		{http.MethodPost, "/invitation/:code", true, (*Server).acceptInvitation},
	}
}

// ipFilterRoutes are those about the addresses from which tokens can be used.
func ipFilterRoutes() []route {
	return []route{
		{http.MethodGet, "/ip-filters", false, (*Server).listIPFilters},
		{http.MethodPost, "/ip-filters", false, (*Server).createIPFilter},
		{http.MethodGet, "/ip-filters/new", false, (*Server).newIPFilter},
		{http.MethodPost, "/ip-filters/check", false, (*Server).checkIPFilter},
		{http.MethodGet, "/ip-filters/:filter", false, (*Server).showIPFilter},
		{http.MethodPost, "/ip-filters/:filter", false, (*Server).updateIPFilter},
		{http.MethodGet, "/ip-filters/:filter/edit", false, (*Server).editIPFilter},
		{http.MethodGet, "/ip-filters/:filter/deletion", false, (*Server).askIPFilterDeletion},
		{http.MethodPost, "/ip-filters/:filter/deletion", false, (*Server).deleteIPFilter},
		{http.MethodGet, "/repositories/:repo/settings/ip-filters", false, (*Server).repositoryIPFilters},
	}
}

// assetRoutes are those about what a repository holds, and links to dashboards.
func assetRoutes() []route {
	const asset = "/repositories/:repo/settings/assets/:asset"
	return []route{
		{http.MethodGet, "/repositories/:repo/settings/dashboards", false, (*Server).listDashboards},
		{http.MethodGet, "/repositories/:repo/settings/assets", false, (*Server).listAssets},
		{http.MethodPost, "/repositories/:repo/settings/assets", false, (*Server).createAsset},
		{http.MethodGet, "/repositories/:repo/settings/assets/new", false, (*Server).newAsset},
		{http.MethodGet, asset, false, (*Server).showAsset},
		{http.MethodPost, asset, false, (*Server).updateAsset},
		{http.MethodGet, asset + "/edit", false, (*Server).editAsset},
		{http.MethodGet, asset + "/deletion", false, (*Server).askAssetDeletion},
		{http.MethodPost, asset + "/deletion", false, (*Server).deleteAsset},
		{http.MethodPost, asset + "/links", false, (*Server).createDashboardLink},
		{http.MethodGet, asset + "/links/new", false, (*Server).newDashboardLink},
		{http.MethodPost, asset + "/links/:link", false, (*Server).updateDashboardLink},
		{http.MethodGet, asset + "/links/:link/edit", false, (*Server).editDashboardLink},
		{http.MethodGet, asset + "/links/:link/deletion", false, (*Server).askDashboardLinkDeletion},
		{http.MethodPost, asset + "/links/:link/deletion", false, (*Server).deleteDashboardLink},
	}
}

// secretRoutes are those about the secrets of tokens.
func secretRoutes() []route {
	return []route{
		{http.MethodGet, "/tokens/find", false, (*Server).askSecret},
		{http.MethodPost, "/tokens/find", false, (*Server).findBySecret},
		{http.MethodGet, "/tokens/:guid/rotation", false, (*Server).askRotation},
		{http.MethodPost, "/tokens/:guid/rotation", false, (*Server).rotateToken},
		{http.MethodGet, "/tokens/:guid/overlap-end", false, (*Server).askOverlapEnd},
		{http.MethodPost, "/tokens/:guid/overlap-end", false, (*Server).endOverlap},
		{http.MethodGet, "/repositories/:repo/settings/tokens/:guid/rotation", false, (*Server).askRotation},
		{http.MethodPost, "/repositories/:repo/settings/tokens/:guid/rotation", false, (*Server).rotateToken},
		{http.MethodGet, "/repositories/:repo/settings/tokens/:guid/overlap-end", false, (*Server).askOverlapEnd},
		{http.MethodPost, "/repositories/:repo/settings/tokens/:guid/overlap-end", false, (*Server).endOverlap},
	}
}

// settingsRoutes are what holds for everybody.
func settingsRoutes() []route {
	return []route{
		{http.MethodGet, "/settings/policies", false, (*Server).listPolicies},
		{http.MethodPost, "/settings/policies/:type", false, (*Server).updatePolicy},
		{http.MethodGet, "/settings/policies/:type/edit", false, (*Server).editPolicy},
		{http.MethodPost, "/settings/policies/:type/preview", false, (*Server).previewPolicy},
		{http.MethodGet, "/settings", false, (*Server).showSettings},
		{http.MethodPost, "/settings", false, (*Server).updateSettings},
	}
}

// anyPath is the pattern of the addresses that the site map does not have.
const anyPath = "/*"

// mount puts the middleware and the routes in order. The gate and the probes
// share the outer part only.
func (s *Server) mount() {
	e := s.echo
	e.HideBanner, e.HidePort = true, true
	e.IPExtractor = answerable(s.client)
	e.HTTPErrorHandler = s.fail
	if s.o.Trace != nil {
		e.Use(s.trace)
	}
	common := e.Group("", s.logAccess(slog.LevelInfo), s.recover)
	common.GET("/livez", s.live)
	common.GET("/readyz", s.ready)
	common.GET("/static/*", echo.WrapHandler(static.Handler()))
	common.HEAD("/static/*", echo.WrapHandler(static.Handler()))
	for path, answer := range s.o.Gate {
		// What verification answers, for every request of every service behind it,
		// is for who looks for a mistake.
		answer = s.logAccess(slog.LevelDebug)(s.recover(answer))
		e.Any(path, answer)
		e.RouteNotFound(path, answer) // methods that Any does not know, where the path ends in a star
	}
	if s.o.Graph != nil {
		s.o.Graph(e.Group("", s.logAccess(slog.LevelInfo), s.recover))
	}
	around := []echo.MiddlewareFunc{s.private, s.checkHost, s.limitTime, s.limitBody, s.checkOrigin, s.load, s.keepSecretsOut}
	pages := common.Group("", around...)
	noRoute := s.noRoute
	for _, middleware := range slices.Backward(around) {
		noRoute = middleware(noRoute)
	}
	common.RouteNotFound(anyPath, func(c echo.Context) error {
		if answer, ok := s.o.Gate[c.Request().URL.Path]; ok {
			return answer(c) // to a method that Any does not know
		}
		return noRoute(c)
	})
	turns := turnsOf()
	for _, r := range routes() {
		handler := func(c echo.Context) error { return r.handle(s, c) }
		guards := []echo.MiddlewareFunc{s.checkForm, s.takeTurn(turns(r))}
		if !r.public {
			guards = []echo.MiddlewareFunc{s.requireUser, s.requireFactor, s.checkForm, s.takeTurn(turns(r)), s.confirm}
		}
		pages.Add(r.method, r.path, handler, guards...)
		if r.method == http.MethodGet {
			pages.Add(http.MethodHead, r.path, handler, guards...)
		}
	}
}

// noRoute answers for every address that the site map does not have for the
// request's method.
func (s *Server) noRoute(c echo.Context) error {
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

// surfaces tells for each route pattern what it belongs to: the console, or
// what its address says.
func (s *Server) surfaces() map[string]string {
	surfaces := map[string]string{}
	for _, r := range s.echo.Routes() {
		surfaces[r.Path] = strings.TrimPrefix(strings.Trim(r.Path, "/*"), ":prefix/")
	}
	surfaces[anyPath] = "console"
	for _, r := range routes() {
		surfaces[r.path] = "console"
	}
	return surfaces
}
