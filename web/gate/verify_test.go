package gate

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/labstack/echo/v4"

	"latchkey/internal/console"
)

// person makes somebody, a member of these repositories, and their personal token.
func (s *site) person(role console.Role, of ...console.Repository) string {
	s.t.Helper()
	s.count++
	user, err := s.svc.CreateUser(s.t.Context(), s.actor, console.NewUser{
		Name: "Jane Doe", Email: fmt.Sprintf("jane-%d@example.com", s.count), Password: "correct horse battery", Role: role,
	})
	if err != nil {
		s.t.Fatal(err)
	}
	for _, repository := range of {
		if _, err := s.svc.UpdateMembership(s.t.Context(), s.actor, user.GUID, repository.GUID, "", console.MemberViewer); err != nil {
			s.t.Fatal(err)
		}
	}
	_, secret, err := s.svc.CreatePersonalToken(s.t.Context(), console.Principal{ProvedAt: s.now}.As(user), console.NewPersonalToken{GUID: console.NewGUID()})
	if err != nil {
		s.t.Fatal(err)
	}
	return secret.Reveal()
}

func TestVerificationForWhatATokenIsWanted(t *testing.T) {
	each(t, func(s *site) {
		_, text := s.reader(time.Time{}, time.Time{})
		for form, want := range map[string]string{
			"scope=ReadAccess": `{"active":true,"guid":`,
			"scope=ReadAccess+QueryDashboard&repository=Web-Logs":    `{"active":true,"guid":`,
			"repository=other-logs":                                  `{"active":false,"reason":"repository_missing","guid":`,
			"repository=other-logs&scope=ReadAccess":                 `{"active":false,"reason":"repository_missing","guid":`,
			"scope=ReadAccess+ChangeFiles+DeleteEvents":              `{"active":false,"reason":"scope_missing","missing":"ChangeFiles","guid":`,
			"scope=ChangeFiles&repository=web-logs&ip=192.0.2.1&x=y": `{"active":false,"reason":"scope_missing","missing":"ChangeFiles","guid":`,
		} {
			w := s.send(http.MethodPost, "/verify", form, bearing(text), with("Content-Type", echo.MIMEApplicationForm))
			if w.Code != http.StatusOK || !strings.HasPrefix(w.Body.String(), want) || !strings.Contains(w.Body.String(), `"status":"active"`) {
				s.t.Errorf("%s: %d %s", form, w.Code, w.Body)
			}
		}
		for _, form := range []string{"scope=ReadAccess&scope=ChangeFiles", "scope=%zz"} {
			if w := s.send(http.MethodPost, "/verify", form, bearing(text), with("Content-Type", echo.MIMEApplicationForm)); w.Code != http.StatusBadRequest {
				s.t.Errorf("%s: %d %s", form, w.Code, w.Body)
			}
		}
		if w := s.send(http.MethodPost, "/verify", `{"scope":"ChangeFiles"}`, bearing(text), with("Content-Type", "application/json")); w.Code != http.StatusBadRequest {
			s.t.Errorf("JSON: %d %s", w.Code, w.Body)
		}
		if w := s.send(http.MethodPost, "/verify", "", bearing(text), func(r *http.Request) { r.ContentLength = -1 }); w.Code != http.StatusOK {
			s.t.Errorf("no body, of a length that is not said beforehand: %d %s", w.Code, w.Body)
		}
	})
}

// TestPeopleVerifyWhatTheyMaySee asks about a token of somebody else.
func TestPeopleVerifyWhatTheyMaySee(t *testing.T) {
	each(t, func(s *site) {
		administrator := s.person(console.RoleAdministrator)
		auditor := s.person(console.RoleAuditor)
		outsider := s.person(console.RoleMember)
		other, err := s.svc.CreateRepository(s.t.Context(), s.actor, console.NewRepository{Name: "other-logs", Kind: console.KindRepository})
		if err != nil {
			s.t.Fatal(err)
		}
		neighbour := s.person(console.RoleMember, other)
		token, text := s.reader(time.Time{}, start.Add(time.Hour))
		_, revokedText := s.reader(time.Time{}, time.Time{})
		if w := s.send(http.MethodPost, "/leaks", "token="+revokedText, with("Content-Type", echo.MIMEApplicationForm)); w.Code != http.StatusOK {
			s.t.Fatal(w.Code)
		}
		_, bound := s.bound("allow 10.0.0.0/8", console.NewToken{Type: console.TypeSystem, Scopes: []string{"ReadHealthCheck"}})
		known, unknown := `"guid":"`+string(token.GUID)+`"`, `{"active":false,"reason":"unknown"}`
		for _, test := range []struct {
			name, who, form string
			status          int
			want            string
		}{
			{"an administrator", administrator, "token=" + text, 200, `{"active":true,` + known},
			{"an auditor", auditor, "token=" + text, 200, `{"active":true,` + known},
			{"what it is wanted for", administrator, "scope=ChangeFiles&token=" + text, 200, `{"active":false,"reason":"scope_missing","missing":"ChangeFiles",` + known},
			{"a revoked one", administrator, "token=" + revokedText, 200, `{"active":false,"reason":"revoked"`},
			{"from an address that passes", administrator, "ip=10.0.0.1&token=" + bound, 200, `{"active":true`},
			{"from nowhere", administrator, "token=" + bound, 200, `{"active":false,"reason":"ip_refused"`},
			{"no address", administrator, "ip=x&token=" + bound, 400, `{"error":"invalid_request"`},
			{"no token string", administrator, "token=x", 200, unknown},
			{"an empty one", administrator, "token=", 200, unknown},
			{"another secret", administrator, "token=" + console.NewSecret(token.GUID).Reveal(), 200, unknown},
			{"who may see no token", outsider, "token=" + text, 200, unknown},
			{"who may see others only", neighbour, "token=" + text, 200, unknown},
			{"their own, of who may see no token", outsider, "token=" + outsider, 200, unknown},
			{"their own", neighbour, "token=" + neighbour, 200, `{"active":true`},
			{"nobody", "x", "token=" + text, 401, `{"error":"invalid_token"`},
			{"a service", s.caller, "token=" + text, 403, `{"error":"access_denied"`},
			{"the token itself", text, "token=" + text, 403, `{"error":"access_denied"`},
		} {
			w := s.send(http.MethodPost, "/verify", test.form, bearing(test.who), with("Content-Type", echo.MIMEApplicationForm))
			if w.Code != test.status || !strings.HasPrefix(w.Body.String(), test.want) {
				s.t.Errorf("%s: %d %s", test.name, w.Code, w.Body)
			}
			sound(s.t, test.name, w.Header(), w.Body.Bytes())
		}
		asked := 0
		if err := s.st.Observe(func(context.Context) func(string, error) { asked++; return nil }); err != nil {
			s.t.Fatal(err)
		}
		if w := s.send(http.MethodPost, "/verify", "token="+text, bearing(administrator), with("Content-Type", echo.MIMEApplicationForm)); w.Code != http.StatusOK || asked != 0 {
			s.t.Errorf("%d, %d times over the console's connections", w.Code, asked)
		}
	})
}
