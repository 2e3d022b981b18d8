package web

import (
	"cmp"
	"net/http"

	"github.com/labstack/echo/v4"

	"latchkey/internal/console"
	"latchkey/views"
)

// flowMaxAge is how long a browser keeps its way to a provider, in seconds. The
// service knows better.
const flowMaxAge = 10 * 60

// flowCookie is the cookie with the way to a provider. Its name keeps other
// hosts of the same domain from setting it.
func (s *Server) flowCookie(value string, maxAge int) *http.Cookie {
	cookie := &http.Cookie{
		Name: "latchkey-flow", Value: value, Path: "/", MaxAge: maxAge,
		HttpOnly: true, Secure: s.secure(), SameSite: http.SameSiteLaxMode,
	}
	if cookie.Secure {
		cookie.Name = "__Host-" + cookie.Name
	}
	return cookie
}

// callback is where a provider leads back to.
func (s *Server) callback(c echo.Context, provider string) string {
	return s.reached(c) + views.ProviderCallbackPath(provider)
}

// reached is the public address, else that under which the browser reached us.
func (s *Server) reached(c echo.Context) string {
	if s.o.PublicURL != nil {
		return s.baseURL()
	}
	return "http://" + c.Request().Host
}

// startSignIn answers GET /login/:provider. It is a link, not a form: browsers
// apply a page's policy for forms to wherever a form's answer leads. Nothing
// changes by it, and what comes back is bound to this browser.
func (s *Server) startSignIn(c echo.Context) error {
	next, provider, fresh := s.safeNext(c.QueryParam("next")), param(c, "provider"), c.QueryParam("fresh") != ""
	if isHTMX(c.Request()) { // another site can't be swapped into a page
		c.Response().Header().Set("HX-Redirect", c.Request().URL.RequestURI())
		return c.NoContent(http.StatusOK)
	}
	if actor(c).Known() && !fresh {
		return c.Redirect(http.StatusSeeOther, next)
	}
	address, keep, err := s.svc.StartSignIn(c.Request().Context(), provider, s.callback(c, provider), next, fresh)
	if err != nil {
		return s.refuseAtProvider(c, next, err)
	}
	c.SetCookie(s.flowCookie(keep, flowMaxAge))
	return c.Redirect(http.StatusSeeOther, address)
}

// finishSignIn answers GET /login/:provider/callback, to which the provider
// leads back.
func (s *Server) finishSignIn(c echo.Context) error {
	provider, q := param(c, "provider"), c.QueryParams()
	back := console.SignInReturn{
		Provider: provider, Redirect: s.callback(c, provider),
		State: q.Get("state"), Code: q.Get("code"), Problem: q.Get("error"), Issuer: q.Get("iss"),
	}
	if cookie, err := c.Cookie(s.flowCookie("", 0).Name); err == nil {
		back.Flow = cookie.Value
	}
	user, flow, err := s.svc.FinishSignIn(c.Request().Context(), from(c), back)
	if flow.Provider != "" { // the way was ours, and is used now
		c.SetCookie(s.flowCookie("", -1))
	}
	next := s.safeNext(flow.Next)
	if err != nil {
		return s.refuseAtProvider(c, next, err)
	}
	return s.enter(c, user, next, flow.Fresh)
}

// refuseAtProvider shows the sign-in page with why a provider was no way in.
func (s *Server) refuseAtProvider(c echo.Context, next string, err error) error {
	switch console.CodeOf(err) {
	case console.CodeUnauthenticated, console.CodeLimited, console.CodeUnavailable:
	default:
		return err
	}
	if err := s.expectForm(c); err != nil {
		return err
	}
	return s.refuse(c, views.LoginProps{Next: next}, err)
}

// showSingleSignOn answers GET /people/single-sign-on.
func (s *Server) showSingleSignOn(c echo.Context) error {
	ctx := c.Request().Context()
	reports, err := s.svc.ListProviders(ctx, actor(c))
	if err != nil {
		return err
	}
	catalogue, err := s.svc.Catalogue(ctx)
	if err != nil {
		return err
	}
	p := views.SingleSignOnProps{}
	if p.Tabs, err = s.accessTabs(c, catalogue); err != nil {
		return err
	}
	for _, report := range reports {
		p.Providers = append(p.Providers, views.ProviderCard{Report: report, Callback: s.callback(c, report.Provider.ID)})
	}
	return s.showPage(c, http.StatusOK, views.SingleSignOn(p))
}

// listIdentities answers GET /people/:guid/identities.
func (s *Server) listIdentities(c echo.Context) error {
	p, err := s.identities(c)
	if err != nil {
		return err
	}
	return s.show(c, http.StatusOK, views.IdentitiesPage(p), views.Identities(p))
}

// identities are those of the person whom the path names.
func (s *Server) identities(c echo.Context) (views.IdentitiesProps, error) {
	guid, err := guidParam(c)
	if err != nil {
		return views.IdentitiesProps{}, err
	}
	who := actor(c)
	user, identities, err := s.svc.ListIdentities(c.Request().Context(), who, guid)
	p := views.IdentitiesProps{
		User: user, Identities: identities, Labels: map[string]string{}, Reader: s.reader(c),
		Own: who.GUID == guid, CanWrite: who.GUID == guid || who.May(console.UserWrite),
	}
	for _, provider := range s.svc.SignInProviders() {
		p.Labels[provider.Issuer] = provider.Label
	}
	return p, err
}

// askIdentityDeletion answers GET /people/:guid/identities/:identity/deletion.
func (s *Server) askIdentityDeletion(c echo.Context) error {
	if guid, err := guidParam(c); err != nil || guid != actor(c).GUID {
		if err := cmp.Or(err, actor(c).Need(console.UserWrite)); err != nil {
			return err
		}
	}
	list, err := s.identities(c)
	if err != nil {
		return err
	}
	p, known := list.Deletion(param(c, "identity"))
	if !known {
		return console.NotFound()
	}
	page := p
	page.Page = true
	return s.show(c, http.StatusOK, views.IdentityDeletionPage(page), views.IdentityDeletion(p))
}

// deleteIdentity answers POST /people/:guid/identities/:identity/deletion.
func (s *Server) deleteIdentity(c echo.Context) error {
	guid, err := guidParam(c)
	if err != nil {
		return err
	}
	if _, err := s.svc.DeleteIdentity(c.Request().Context(), actor(c), guid, param(c, "identity")); err != nil {
		return err
	}
	return s.leave(c, views.IdentitiesPath(guid), console.Notice{Title: "Sign-in unlinked", Detail: "That account elsewhere opens nothing here any more."})
}
