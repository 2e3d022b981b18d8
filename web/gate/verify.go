package gate

import (
	"net/http"
	"time"

	"github.com/labstack/echo/v4"

	"latchkey/internal/console"
)

// verification is what the holder of a token learns about it.
type verification struct {
	Active bool `json:"active"`
	// Reason is why it is not active.
	Reason       console.Reason `json:"reason,omitempty"`
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
// both the credential and the question.
func (g *gate) verify(c echo.Context, q question) (outcome, error) {
	if q.form.Has("token") {
		return 0, malformed("The token string belongs in the Authorization header only.")
	}
	if q.bearer == "" {
		return 0, noCredential
	}
	found, err := g.svc.Verify(c.Request().Context(), q.bearer, g.client(c.Request()))
	if err != nil {
		return 0, err
	}
	if found.Reason == console.ReasonUnknown {
		if err := g.strangerFailed(c, nil); err != nil {
			return 0, err
		}
		c.Response().Header().Set(echo.HeaderWWWAuthenticate, refusals[console.CodeUnauthenticated].challenge)
		return outcomeOf(found), show(c, http.StatusUnauthorized, unknownToken{Reason: console.ReasonUnknown})
	}
	t := found.Token
	return outcomeOf(found), show(c, http.StatusOK, verification{
		Active: found.Active, Reason: found.Reason,
		GUID: t.GUID, Name: t.Name, Type: t.Type, Scopes: append([]string{}, t.Scopes...), Repositories: repositoryNames(t),
		Status: statusOf[found.Reason], ValidFrom: t.ActiveFrom(), ValidTo: t.ValidTo, IP: judgementOf(found),
	})
}

// statusOf tells the status by the reason, because both are of one instant.
var statusOf = map[console.Reason]console.Status{
	"":                        console.StatusActive,
	console.ReasonRevoked:     console.StatusRevoked,
	console.ReasonExpired:     console.StatusExpired,
	console.ReasonDisabled:    console.StatusDisabled,
	console.ReasonNotYetValid: console.StatusScheduled,
	console.ReasonIPRefused:   console.StatusActive,
}
