package web

import (
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"

	"github.com/labstack/echo/v4"

	"latchkey/internal/console"
	"latchkey/views"
)

// showConnect answers GET /connect.
func (s *Server) showConnect(c echo.Context) error {
	connection, gateway, err := s.connection(c)
	if err != nil {
		return err
	}
	p := views.ConnectProps{
		Gateway: gateway.Name, Repository: connection.Repository, Needs: needs(connection),
		Problem:       gatewayProblem(s.o.Gateways, s.o.Listen),
		Probe:         probe(connection, gateway),
		Introspection: `curl -d token="$PRESENTED" -H "Authorization: Bearer $OWN" '` + connection.URL + `/introspect'`,
		Verification:  `curl -X POST -H "Authorization: Bearer $TOKEN" '` + connection.URL + `/verify'`,
	}
	if p.Files, err = connection.Files(gateway); err != nil {
		return err
	}
	if err := s.connectChoices(c, connection, &p); err != nil {
		return err
	}
	if wantsRegion(c.Request()) {
		v := url.Values{"gateway": {gateway.Name}, "scope": connection.Scopes}
		set(v, "repository", connection.Repository)
		s.pushURL(c, withQuery(views.ConnectPath(), v))
	}
	return s.show(c, http.StatusOK, views.Connect(p), views.ConnectSwap(p))
}

// connection is what the address asks for. What the reader may not see is not
// found: a configuration without it would ask for less than was meant.
func (s *Server) connection(c echo.Context) (views.Connection, views.Gateway, error) {
	ctx, who, values := c.Request().Context(), actor(c), c.QueryParams()
	connection, gateway := views.Connection{URL: s.baseURL()}, views.GatewayNamed(values.Get("gateway"))
	if name := searchText(values.Get("repository")); name != "" {
		found, err := s.svc.GetRepository(ctx, who, name)
		if err != nil {
			return connection, gateway, err
		}
		connection.Repository = found.Name
	}
	scopes, err := s.scopesInSight(c)
	if err != nil {
		return connection, gateway, err
	}
	wanted := slices.DeleteFunc(slices.Clone(values["scope"]), func(name string) bool { return name == "" })
	for _, scope := range scopes {
		if slices.Contains(wanted, scope.Name) {
			connection.Scopes = append(connection.Scopes, scope.Name)
			wanted = slices.DeleteFunc(wanted, func(name string) bool { return name == scope.Name })
		}
	}
	if len(wanted) > 0 {
		return connection, gateway, console.NotFound()
	}
	return connection, gateway, nil
}

// scopesInSight are the scopes that the reader may know of.
func (s *Server) scopesInSight(c echo.Context) ([]console.Scope, error) {
	who := actor(c)
	catalogue, err := s.svc.Catalogue(c.Request().Context())
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(catalogue.All(), func(scope console.Scope) bool {
		return !who.May(console.ScopeRead) && !who.Holds(scope.Name)
	}), nil
}

// connectChoices fills in what can be chosen.
func (s *Server) connectChoices(c echo.Context, chosen views.Connection, p *views.ConnectProps) error {
	for _, g := range views.Gateways {
		p.Gateways = append(p.Gateways, views.Option{Value: g.Name, Label: g.Label})
	}
	names, err := s.svc.RepositoryNames(c.Request().Context(), actor(c), console.RepositoryRead, "")
	if err != nil {
		return err
	}
	p.Repositories = []views.Option{{Value: "", Label: "Any repository"}}
	for _, r := range names {
		p.Repositories = append(p.Repositories, views.Option{Value: r.Name, Label: r.Name})
	}
	if chosen.Repository != "" && !slices.ContainsFunc(names, func(r console.RepositoryRef) bool { return r.Name == chosen.Repository }) {
		p.Repositories = append(p.Repositories, views.Option{Value: chosen.Repository, Label: chosen.Repository})
	}
	scopes, err := s.scopesInSight(c)
	for _, group := range console.Grouped(scopes) {
		shown := views.ScopeGroup{Name: group.Name}
		for _, scope := range group.Scopes {
			shown.Scopes = append(shown.Scopes, views.ScopeOption{Name: scope.Name, Text: scope.Label, Checked: slices.Contains(chosen.Scopes, scope.Name)})
		}
		p.Scopes = append(p.Scopes, shown)
	}
	p.ScopeN = len(chosen.Scopes)
	return err
}

// needs says in words what a token takes.
func needs(c views.Connection) string {
	text := "Lets requests through whose token is active"
	if c.Repository != "" {
		text += ", belongs to " + c.Repository
	}
	if len(c.Scopes) > 0 {
		text += ", has " + strings.Join(c.Scopes, " and ")
	}
	if before, last, several := cutLast(text, ", "); several {
		text = before + " and " + last
	}
	return text + ". Each request is asked about anew, so what is revoked is refused at once."
}

// cutLast is strings.Cut at the last separator.
func cutLast(text, separator string) (before, after string, found bool) {
	i := strings.LastIndex(text, separator)
	if i < 0 {
		return text, "", false
	}
	return text[:i], text[i+len(separator):], true
}

// probe asks as the gateway does.
func probe(c views.Connection, g views.Gateway) string {
	told := map[string]string{
		"nginx": ` -H "X-Original-Method: GET" -H "X-Original-URI: /"`,
		"envoy": "",
	}
	headers, other := told[g.Name]
	if !other {
		headers = ` -H "X-Forwarded-Method: GET" -H "X-Forwarded-Uri: /"`
	}
	return `curl -i -H "Authorization: Bearer $TOKEN"` + headers + ` '` + c.URL + c.Path(g.Name) + `'`
}

// gatewayProblem says what keeps the console, listening on listen, from answering
// gateways in these ranges; empty if nothing is known to.
func gatewayProblem(gateways []netip.Prefix, listen string) string {
	if len(gateways) == 0 {
		return "No gateway may ask yet: each is answered 403. List their addresses in LATCHKEY_GATEWAYS, such as 127.0.0.1, and start Latchkey again."
	}
	host, _, err := net.SplitHostPort(listen)
	if err != nil {
		return ""
	}
	here, err := netip.ParseAddr(host)
	if err != nil || !here.IsLoopback() || console.Within(gateways, here) {
		return ""
	}
	return "Latchkey listens on " + host + ", so gateways ask from this machine, and LATCHKEY_GATEWAYS does not list " + host + ": each is answered 403."
}
