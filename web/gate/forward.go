package gate

import (
	"cmp"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"latchkey/internal/console"
)

// forwardPath is the beginning of the addresses that gateways ask:
//
//	/forward-auth/FAMILY/REPOSITORY/SCOPE[,SCOPE]
//
// The requirement stands in the path, because Caddy puts the query of its
// client behind the address that it asks. "-" is no requirement.
const forwardPath = "/forward-auth/"

// A family is a kind of gateway. It is believed in the headers that such a
// gateway sets itself and in no others: what else arrives is its client's.
type family struct {
	// method and uri are the headers that tell of the client's request; both are
	// empty where the request line does.
	method, uri string
	// anyMethod: it asks with the client's method.
	anyMethod bool
	// tail: it appends the client's path to the one that it was given.
	tail bool
}

// families are the kinds of gateways by their names in the path. All of them
// tell the client's address in X-Forwarded-For.
var families = map[string]family{
	"nginx":   {method: "X-Original-Method", uri: "X-Original-Uri"},
	"caddy":   {method: "X-Forwarded-Method", uri: "X-Forwarded-Uri"},
	"traefik": {method: "X-Forwarded-Method", uri: "X-Forwarded-Uri", anyMethod: true},
	"haproxy": {method: "X-Forwarded-Method", uri: "X-Forwarded-Uri"},
	"apache":  {method: "X-Forwarded-Method", uri: "X-Forwarded-Uri"},
	"envoy":   {anyMethod: true, tail: true},
}

// forwardAuth answers gateways that ask below path: 200 with who it is, or why
// not: 401, 403, 429, 503, and 400 for what can't be read.
func (g *gate) forwardAuth(path string) echo.HandlerFunc {
	return g.counted(path, func(c echo.Context) (outcome, error) {
		header := c.Response().Header()
		// Some gateways pass a refusal on as it is, and its host is not ours.
		header.Del(echo.HeaderStrictTransportSecurity)
		token, err := g.admit(c)
		if err != nil {
			return 0, err
		}
		for name, value := range identity(token) {
			header.Set(name, value)
		}
		return outcomeActive, c.NoContent(http.StatusOK)
	})
}

// admit returns the token that the gateway's client may pass with.
func (g *gate) admit(c echo.Context) (console.Token, error) {
	r := c.Request()
	if peer, ok := console.ParseAddr(console.Peer(r.RemoteAddr)); !ok || !console.Within(g.gateways, peer) {
		return console.Token{}, unlisted
	}
	need, err := readForward(r)
	if err != nil {
		return console.Token{}, err
	}
	scheme, text, err := credentialOf(r.Header[echo.HeaderAuthorization])
	if err != nil {
		return console.Token{}, err
	}
	if scheme != "bearer" {
		return console.Token{}, noCredential
	}
	need.From = console.Presenter{Address: g.behind(r), Agent: r.UserAgent()}
	found, err := g.allow(r.Context(), text, need)
	switch {
	case console.CodeOf(err) == console.CodeInternal:
		return console.Token{}, console.Unavailable(err) // to a gateway, out of order is away
	case err != nil:
		return console.Token{}, err
	case found.Active:
		return found.Token, nil
	case found.Reason.Worthless():
		refused := noWorth
		refused.why = found.Reason
		return console.Token{}, cmp.Or(g.svc.StrangerFailed(answerable(need.From.Address, r)), error(refused))
	}
	return console.Token{}, cmp.Or(g.svc.CallerFailed(found.Token.GUID), error(tooLittle(found, need.Scopes)))
}

// answerable is the address that answers for a gateway's client that nobody knows:
// its own, or that of the gateway if that is unknown.
func answerable(client netip.Addr, r *http.Request) string {
	if client.IsValid() {
		return client.String()
	}
	return console.Peer(r.RemoteAddr)
}

// behind is the address that a gateway's request is about: the rightmost hop
// that is neither a gateway nor a proxy of ours, the zero address if they do
// not say it plainly.
func (g *gate) behind(r *http.Request) netip.Addr {
	return console.ClientBehind(slices.Concat(g.gateways, g.proxies), r.Header.Values(echo.HeaderXForwardedFor))
}

// unlisted is for whoever is not one of the gateways.
var unlisted = refusal{
	status: http.StatusForbidden, code: "access_denied",
	description: "Only gateways that LATCHKEY_GATEWAYS lists may ask here.",
}

// noWorth is the whole answer about a token that opens nothing, so that the
// answer tells nobody why.
var noWorth = refusal{
	status: http.StatusUnauthorized, code: "invalid_token",
	description: "The token is not accepted.", challenge: realm + `, error="invalid_token"`,
}

// tooLittle refuses a token that works, but not for this.
func tooLittle(found console.Introspection, scopes []string) refusal {
	r := refusal{
		status: http.StatusForbidden, code: "insufficient_scope",
		description: "The token may not be used for this, or not from here.", challenge: realm + `, error="insufficient_scope"`,
		why: found.Reason,
	}
	switch found.Reason {
	case console.ReasonScopeMissing:
		r.description = "The token lacks the scope " + found.Missing + "."
	case console.ReasonRepositoryMissing:
		r.description = "The token does not belong to this repository."
	}
	if len(scopes) > 0 {
		r.challenge += `, scope="` + strings.Join(scopes, " ") + `"`
	}
	return r
}

// readForward reads what is required from the path, and refuses a request that
// such a gateway does not send.
func readForward(r *http.Request) (console.Requirement, error) {
	parts := strings.SplitN(strings.TrimPrefix(r.URL.EscapedPath(), forwardPath), "/", 4)
	f, known := families[parts[0]]
	if !known || len(parts) < 3 || len(parts) > 3 && !f.tail {
		return console.Requirement{}, malformed("The path is /forward-auth/GATEWAY/REPOSITORY/SCOPE,SCOPE, with the gateway nginx, caddy, traefik, envoy, haproxy or apache.")
	}
	if !f.anyMethod && r.Method != http.MethodGet && r.Method != http.MethodHead {
		return console.Requirement{}, malformed("This kind of gateway asks by GET.")
	}
	for _, name := range []string{f.method, f.uri} {
		if name != "" && (len(r.Header[name]) != 1 || r.Header[name][0] == "") {
			return console.Requirement{}, malformed("The gateway has to send the header " + name + ", once.")
		}
	}
	repository, err := url.PathUnescape(parts[1])
	if err != nil || repository == "" || len(repository) > forwardLimit || !console.PlainLine(repository) {
		return console.Requirement{}, malformed("The path names no repository.")
	}
	scopes, err := url.PathUnescape(parts[2])
	if err != nil || scopes == "" || len(scopes) > forwardLimit || strings.ContainsFunc(scopes, notInScope) {
		return console.Requirement{}, malformed("The path names no scopes.")
	}
	var need console.Requirement
	if repository != "-" {
		need.Repository = repository
	}
	if scopes != "-" {
		need.Scopes = strings.Split(scopes, ",")
	}
	for _, scope := range need.Scopes {
		if scope == "" || scope == "-" {
			return console.Requirement{}, malformed("The path names a scope that is none.")
		}
	}
	return need, nil
}

const forwardLimit = 4 << 10

// notInScope reports what RFC 6749, section 3.3, keeps out of a scope's name.
func notInScope(r rune) bool { return r <= ' ' || r > '~' || r == '"' || r == '\\' }

// identity is who it is, for the backend. Every header is there every time and
// never empty: gateways leave a client's own one in place of one that is missing.
func identity(t console.Token) map[string]string {
	expires := ""
	if end := seconds(t.ValidTo); end != nil {
		expires = strconv.FormatInt(*end, 10)
	}
	headers := map[string]string{
		"X-Token-Id":         string(t.GUID),
		"X-Token-Name":       plainName(t.Name),
		"X-Token-Scopes":     plainNames(t.Scopes, " "),
		"X-Token-Repository": plainNames(repositoryNames(t), ","),
		"X-Token-Expires":    expires,
	}
	for name, value := range headers {
		if value == "" {
			headers[name] = "-"
		}
	}
	return headers
}

func plainNames(names []string, separator string) string {
	plain := make([]string, len(names))
	for i, name := range names {
		plain[i] = plainName(name)
	}
	return strings.Join(plain, separator)
}

// plainName is a name in visible ASCII, percent-encoded, without what separates
// names, and never what stands for none.
func plainName(name string) string {
	if name == "-" {
		return "%2D"
	}
	return url.PathEscape(name)
}
