package gate

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/labstack/echo/v4"

	"latchkey/internal/console"
)

// at makes a request come from an address.
func at(address string) edit { return func(r *http.Request) { r.RemoteAddr = address } }

// bound makes a token with an IP filter of those rules.
func (s *site) bound(rules string, n console.NewToken) (console.Token, string) {
	s.t.Helper()
	filter, err := s.svc.CreateIPFilter(s.t.Context(), s.actor, console.NewIPFilter{Name: string(console.NewGUID()), Text: rules})
	if err != nil {
		s.t.Fatal(err)
	}
	n.IPFilter = filter.GUID
	return s.create(n)
}

func TestIntrospectionWithAnAddress(t *testing.T) {
	each(t, func(s *site) {
		_, text := s.bound("allow 10.0.0.0/8\ndeny 10.0.0.9", console.NewToken{Type: console.TypeSystem, Scopes: []string{"ReadHealthCheck"}})
		_, free := s.create(console.NewToken{Type: console.TypeSystem, Scopes: []string{"ReadHealthCheck"}})
		for _, test := range []struct {
			form   string
			active bool
		}{
			{"", false},
			{"&ip=", false},
			{"&ip=10.0.0.1", true},
			{"&ip=%20::ffff:10.0.0.1", true},
			{"&ip=10.0.0.9", false},
			{"&ip=203.0.113.9", false},
			{"&ip=fe80::1%25eth0", false},
		} {
			// The connection's address is that of the caller, not of the token's holder.
			w := s.send(http.MethodPost, "/introspect", "token="+text+test.form, bearing(s.caller), with("Content-Type", echo.MIMEApplicationForm), at("10.0.0.1:1"))
			if w.Code != http.StatusOK || strings.Contains(w.Body.String(), `"active":true`) != test.active || !test.active && w.Body.String() != `{"active":false}` {
				s.t.Errorf("%q: %d %s, want %v", test.form, w.Code, w.Body, test.active)
			}
			w = s.send(http.MethodPost, "/introspect", "token="+free+test.form, bearing(s.caller), with("Content-Type", echo.MIMEApplicationForm))
			if !strings.Contains(w.Body.String(), `"active":true`) {
				s.t.Errorf("%q without a filter: %d %s", test.form, w.Code, w.Body)
			}
		}
		for _, form := range []string{"&ip=unknown", "&ip=10.1", "&ip=010.0.0.1", "&ip=10.0.0.1:80", "&ip=[::1]", "&ip=10.0.0.1,10.0.0.2", "&ip=10.0.0.1&ip=10.0.0.2"} {
			for _, text := range []string{text, free, "nonsense"} {
				w := s.send(http.MethodPost, "/introspect", "token="+text+form, bearing(s.caller), with("Content-Type", echo.MIMEApplicationForm))
				if w.Code != http.StatusBadRequest {
					s.t.Errorf("%q: %d %s", form, w.Code, w.Body)
				}
			}
		}
	})
}

func TestTheCallersOwnFilter(t *testing.T) {
	each(t, func(s *site) {
		_, caller := s.bound("allow 10.0.0.0/8", console.NewToken{Type: console.TypeSystem, Scopes: []string{console.ScopeIntrospect}})
		for address, want := range map[string]int{"10.0.0.1:1": http.StatusOK, "203.0.113.9:1": http.StatusUnauthorized, "@": http.StatusUnauthorized} {
			w := s.send(http.MethodPost, "/introspect", "token=x&ip=10.0.0.1", bearing(caller), with("Content-Type", echo.MIMEApplicationForm), at(address))
			if w.Code != want {
				s.t.Errorf("from %s: %d %s", address, w.Code, w.Body)
			}
		}
	})
}

func TestVerificationSaysWhichRuleDecides(t *testing.T) {
	each(t, func(s *site) {
		token, text := s.bound("# office\nallow 10.0.0.0/8\nDENY  10.0.0.9 # printer", console.NewToken{Type: console.TypeSystem, Scopes: []string{"ReadHealthCheck"}})
		for address, want := range map[string]judgement{
			"10.0.0.1:1":          {Address: "10.0.0.1", Allowed: true, Line: 2, Rule: "allow 10.0.0.0/8", Why: "Line 2 decides: allow 10.0.0.0/8"},
			"[::ffff:10.0.0.9]:1": {Address: "10.0.0.9", Line: 3, Rule: "DENY 10.0.0.9", Why: "Line 3 decides: DENY 10.0.0.9"},
			"203.0.113.9:1":       {Address: "203.0.113.9", Why: "No line allows it, and what no line allows is refused as soon as one line allows something."},
			"@":                   {Address: "unknown", Why: "The address is not known, and a filter lets nobody pass whose address is not known."},
		} {
			// What the form says of an address counts for callers only.
			w := s.send(http.MethodPost, "/verify", "ip=10.0.0.1", bearing(text), with("Content-Type", echo.MIMEApplicationForm), with("X-Forwarded-For", "10.0.0.1"), at(address))
			var got verification
			if err := json.Unmarshal(w.Body.Bytes(), &got); err != nil || w.Code != http.StatusOK {
				s.t.Fatalf("%s: %d %s", address, w.Code, w.Body)
			}
			reason := console.ReasonIPRefused
			if want.Allowed {
				reason = ""
			}
			want.Filter = token.IPFilter.Name
			if got.Active != want.Allowed || got.Reason != reason || got.Status != console.StatusActive || got.IP == nil || *got.IP != want {
				s.t.Errorf("from %s: %s, want %+v", address, w.Body, want)
			}
		}
		if _, err := s.svc.RevokeToken(s.t.Context(), s.actor, "", token.GUID, ""); err != nil {
			s.t.Fatal(err)
		}
		w := s.send(http.MethodPost, "/verify", "", bearing(text), at("203.0.113.9:1"))
		if !strings.Contains(w.Body.String(), `"reason":"revoked"`) || strings.Contains(w.Body.String(), `"ip"`) {
			s.t.Errorf("revoked: %s", w.Body)
		}
	})
}
