package gate

import (
	"net/http"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"latchkey/internal/console"
)

// verification is what the holder of a token, and who may see it, learns about it.
type verification struct {
	Active bool `json:"active"`
	// Reason is why it is not active, and Missing the scope that it lacks.
	Reason       console.Reason `json:"reason,omitempty"`
	Missing      string         `json:"missing,omitempty"`
	GUID         console.GUID   `json:"guid"`
	Name         string         `json:"name"`
	Type         console.Type   `json:"type"`
	Scopes       []string       `json:"scopes"`
	Repositories []string       `json:"repositories"`
	Status       console.Status `json:"status"`
	ValidFrom    time.Time      `json:"valid_from"`
	ValidTo      time.Time      `json:"valid_to,omitzero"`
	// IP is what the token's IP filter says of the address; absent if it was
	// not asked.
	IP *judgement `json:"ip,omitempty"`
}

// judgement is what an IP filter says, and which of its lines.
type judgement struct {
	Filter  string `json:"filter"`
	Address string `json:"address"`
	Allowed bool   `json:"allowed"`
	// Line and Rule are absent if no line decided.
	Line int    `json:"line,omitempty"`
	Rule string `json:"rule,omitempty"`
	Why  string `json:"why"`
}

func judgementOf(found console.Introspection) *judgement {
	if found.IP == nil {
		return nil
	}
	address := "unknown"
	if found.IP.Address.IsValid() {
		address = found.IP.Address.String()
	}
	return &judgement{
		Filter: found.Token.IPFilter.Name, Address: address, Allowed: found.IP.Allowed,
		Line: found.IP.Line, Rule: found.IP.Rule, Why: found.IP.Why(),
	}
}

// unknownToken is the answer to a text that is no token of ours.
type unknownToken struct {
	Active bool           `json:"active"`
	Reason console.Reason `json:"reason"`
}

// verify answers POST /verify: the token string in the Authorization header is
// both the credential and the question, unless the form asks about another one.
func (g *gate) verify(c echo.Context, q question) (outcome, error) {
	if q.bearer == "" && q.form.Has("token") {
		return 0, malformed("The token string belongs in the Authorization header only.")
	}
	if q.bearer == "" {
		return 0, noCredential
	}
	if q.formErr != nil && !q.empty {
		return 0, q.formErr
	}
	ask := g.verifyOwn
	if q.form.Has("token") {
		ask = g.verifyOther
	}
	found, err := ask(c, q)
	if err != nil {
		return 0, err
	}
	if need := requiredBy(q.form); need.Repository != "" || len(need.Scopes) > 0 {
		found = found.For(need)
	}
	if found.Reason == console.ReasonUnknown {
		status := http.StatusOK
		if !q.form.Has("token") {
			status = http.StatusUnauthorized
			c.Response().Header().Set(echo.HeaderWWWAuthenticate, refusals[console.CodeUnauthenticated].challenge)
		}
		return outcomeOf(found), show(c, status, unknownToken{Reason: console.ReasonUnknown})
	}
	t := found.Token
	return outcomeOf(found), show(c, http.StatusOK, verification{
		Active: found.Active, Reason: found.Reason, Missing: found.Missing,
		GUID: t.GUID, Name: t.Name, Type: t.Type, Scopes: append([]string{}, t.Scopes...), Repositories: repositoryNames(t),
		Status: statusOf[found.Reason], ValidFrom: t.ActiveFrom(), ValidTo: t.ValidTo, IP: judgementOf(found),
	})
}

// verifyOwn is for the holder, who asks from where they use the token.
func (g *gate) verifyOwn(c echo.Context, q question) (console.Introspection, error) {
	found, err := g.svc.Verify(c.Request().Context(), q.bearer, g.client(c.Request()))
	if err == nil && found.Reason == console.ReasonUnknown {
		err = g.strangerFailed(c, nil)
	}
	return found, err
}

// verifyOther is for a person who asks, by their personal token, about a token that
// was presented to somebody, from the ip in the form.
func (g *gate) verifyOther(c echo.Context, q question) (console.Introspection, error) {
	ctx := c.Request().Context()
	caller, err := g.svc.Authenticate(ctx, q.bearer, console.Presenter{Address: g.client(c.Request()), Agent: c.Request().UserAgent()})
	if err != nil {
		return console.Introspection{}, g.strangerFailed(c, err)
	}
	if caller.Kind != console.PrincipalUser {
		return console.Introspection{}, noPerson
	}
	client, err := presentedFrom(q.form)
	if err != nil {
		return console.Introspection{}, err
	}
	found, err := g.svc.VerifyFor(ctx, caller, q.form.Get("token"), client)
	if console.CodeOf(err) == console.CodeNotFound {
		return console.Introspection{Reason: console.ReasonUnknown}, g.svc.CallerFailed(caller.Token)
	}
	return found, err
}

// noPerson is for services, which ask at /introspect.
var noPerson = refusal{
	status: http.StatusForbidden, code: "access_denied", challenge: realm + `, error="insufficient_scope"`,
	description: "Only people ask here about tokens other than their own, with their personal token. Services ask at /introspect.",
}

// requiredBy is what the form says that the token is wanted for.
func requiredBy(form form) console.Requirement {
	return console.Requirement{Repository: form.Get("repository"), Scopes: strings.Fields(form.Get("scope"))}
}

// statusOf tells the status by the reason, because both are of one instant.
var statusOf = map[console.Reason]console.Status{
	"":                        console.StatusActive,
	console.ReasonRevoked:     console.StatusRevoked,
	console.ReasonExpired:     console.StatusExpired,
	console.ReasonDisabled:    console.StatusDisabled,
	console.ReasonNotYetValid: console.StatusScheduled,
	console.ReasonIPRefused:   console.StatusActive,

	console.ReasonScopeMissing:      console.StatusActive,
	console.ReasonRepositoryMissing: console.StatusActive,
}
