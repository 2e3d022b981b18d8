package gate

import (
	"encoding/base64"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/labstack/echo/v4"

	"latchkey/internal/console"
)

// basically is a Basic credential.
func basically(user, password string) edit {
	return with("Authorization", "Basic "+base64.StdEncoding.EncodeToString([]byte(user+":"+password)))
}

var asForm = with("Content-Type", echo.MIMEApplicationForm)

func TestCallersShowABasicCredential(t *testing.T) {
	each(t, func(s *site) {
		guid, secret, _ := strings.Cut(s.caller, "~")
		_, text := s.reader(time.Time{}, time.Time{})
		encoded := strings.NewReplacer("-", "%2D", "_", "%5F", "~", "%7E")
		const refused = `Basic realm="latchkey", charset="UTF-8"`
		for name, test := range map[string]struct {
			user, password string
			status         int
			challenge      string
		}{
			"the secret part":        {guid, secret, 200, ""},
			"the whole token string": {guid, s.caller, 200, ""},
			"form-encoded":           {encoded.Replace(guid), encoded.Replace(s.caller), 200, ""},
			"a GUID in capitals":     {strings.ToUpper(guid), secret, 200, ""},
			"another GUID":           {string(console.NewGUID()), secret, 401, refused},
			"another's whole string": {string(console.NewGUID()), s.caller, 401, refused},
			"no GUID":                {"", s.caller, 401, refused},
			"no secret":              {guid, "", 401, refused},
			"half a secret":          {guid, secret[3:], 401, refused},
			"a form that is broken":  {guid, "%zz", 400, ""},
		} {
			w := s.send(http.MethodPost, "/introspect", "token="+text, asForm, basically(test.user, test.password))
			if w.Code != test.status || w.Header().Get("WWW-Authenticate") != test.challenge {
				s.t.Errorf("%s: %d %s %v", name, w.Code, w.Body, w.Header())
			}
			if test.status == 401 && !strings.HasPrefix(w.Body.String(), `{"error":"invalid_client",`) {
				s.t.Errorf("%s: %s", name, w.Body)
			}
			sound(s.t, name, w.Header(), w.Body.Bytes())
		}
		for _, credential := range []string{"", "%%%", base64.StdEncoding.EncodeToString([]byte("no colon"))} {
			if w := s.send(http.MethodPost, "/introspect", "token="+text, asForm, with("Authorization", "Basic "+credential)); w.Code != 400 {
				s.t.Errorf("the credential %q: %d", credential, w.Code)
			}
		}
		if w := s.send(http.MethodPost, "/verify", "", basically(guid, secret)); w.Code != 401 || w.Header().Get("WWW-Authenticate") != realm {
			s.t.Errorf("verify by Basic: %d %v", w.Code, w.Header())
		}
	})
}

// revoking asks to end text with a credential.
func (s *site) revoking(text string, edits ...edit) *httptest.ResponseRecorder {
	s.t.Helper()
	return s.send(http.MethodPost, "/revoke", url.Values{"token": {text}}.Encode(), append(edits, asForm, with("User-Agent", "a client"))...)
}

func (s *site) events(guid console.GUID, action console.Action) []console.AuditEvent {
	s.t.Helper()
	page, err := s.svc.ListAuditEvents(s.t.Context(), s.actor, console.AuditFilter{Target: guid, Actions: []console.Action{action}}, console.PageRequest{Size: 100})
	if err != nil {
		s.t.Fatal(err)
	}
	return page.Items
}

func (s *site) status(guid console.GUID) console.Status {
	s.t.Helper()
	token, err := s.svc.GetToken(s.t.Context(), s.actor, "", guid)
	if err != nil {
		s.t.Fatal(err)
	}
	return token.Status(s.now)
}

func TestATokenEndsItself(t *testing.T) {
	each(t, func(s *site) {
		token, text := s.reader(time.Time{}, time.Time{})
		other, otherText := s.reader(time.Time{}, time.Time{})
		for name, foreign := range map[string]string{
			"an unknown token": console.NewSecret(console.NewGUID()).Reveal(), "another secret of its own": console.NewSecret(token.GUID).Reveal(), "nonsense": "x",
		} {
			if w := s.revoking(foreign, bearing(text)); w.Code != 200 || w.Body.String() != "{}" {
				s.t.Errorf("%s: %d %s", name, w.Code, w.Body)
			}
		}
		if w := s.revoking(otherText, bearing(text)); w.Code != 400 || !strings.HasPrefix(w.Body.String(), `{"error":"unauthorized_client",`) || s.status(other.GUID) != console.StatusActive {
			s.t.Errorf("somebody else's token: %d %s, it is %s", w.Code, w.Body, s.status(other.GUID))
		}
		if w := s.revoking(otherText, bearing(s.caller)); w.Code != 400 || s.status(other.GUID) != console.StatusActive {
			s.t.Errorf("by one who may ask: %d %s, it is %s", w.Code, w.Body, s.status(other.GUID))
		}
		if len(s.events(token.GUID, console.TokenRevoked))+len(s.events(other.GUID, console.TokenRevoked)) > 0 {
			s.t.Error("what was not revoked is recorded")
		}
		guid, secret, _ := strings.Cut(text, "~")
		for range 2 { // who asks again gets the same answer
			if w := s.revoking(text, basically(guid, secret)); w.Code != 200 || w.Body.String() != "{}" || s.status(token.GUID) != console.StatusRevoked {
				s.t.Errorf("itself: %d %s, it is %s", w.Code, w.Body, s.status(token.GUID))
			}
		}
		events := s.events(token.GUID, console.TokenRevoked)
		if len(events) != 1 || events[0].ActorKind != console.PrincipalToken || events[0].Actor.GUID != token.GUID || events[0].Address != "192.0.2.1" || events[0].Agent != "a client" {
			s.t.Errorf("recorded is %+v", events)
		}
		if w := s.revoking(text, bearing(otherText)); w.Code != 200 {
			s.t.Errorf("what is over already: %d %s", w.Code, w.Body)
		}
		if w := s.revoking(otherText, bearing(text)); w.Code != 401 || w.Header().Get("WWW-Authenticate") != realm+`, error="invalid_token"` {
			s.t.Errorf("by a revoked token: %d %s", w.Code, w.Body)
		}
		if w := s.revoking(otherText); w.Code != 401 || w.Header().Get("WWW-Authenticate") != realm {
			s.t.Errorf("by nobody: %d %s", w.Code, w.Body)
		}
		hinted := func(hint, text string) *httptest.ResponseRecorder {
			return s.send(http.MethodPost, "/revoke", "token_type_hint="+hint+"&token="+text, bearing(otherText), asForm)
		}
		if w := hinted("refresh_token", "x"); w.Code != 400 || !strings.HasPrefix(w.Body.String(), `{"error":"unsupported_token_type",`) {
			s.t.Errorf("a refresh token: %d %s", w.Code, w.Body)
		}
		if w := hinted("access_token", "x"); w.Code != 200 {
			s.t.Errorf("an access token that is none: %d", w.Code)
		}
		if w := hinted("refresh_token", otherText); w.Code != 200 || s.status(other.GUID) != console.StatusRevoked {
			s.t.Errorf("a hint that is wrong: %d, it is %s", w.Code, s.status(other.GUID))
		}
		if w := s.send(http.MethodPost, "/revoke", "token_type_hint=x", bearing(s.caller), asForm); w.Code != 400 {
			s.t.Errorf("no token: %d", w.Code)
		}
	})
}

// TestEitherSecretEndsTheToken in an overlap, from anywhere, and one that has ended does not.
func TestEitherSecretEndsTheToken(t *testing.T) {
	each(t, func(s *site) {
		for _, byOld := range []bool{true, false} {
			token, old := s.bound("allow 203.0.113.1", console.NewToken{Type: console.TypeSystem, Scopes: []string{"ReadHealthCheck"}})
			_, current, err := s.svc.RotateToken(s.t.Context(), s.actor, "", token.GUID, console.Rotation{Overlap: console.Overlap{For: time.Hour}})
			if err != nil {
				s.t.Fatal(err)
			}
			credential, text := old, current.Reveal()
			if !byOld {
				credential, text = text, credential
			}
			if w := s.revoking(text, bearing(credential)); w.Code != 200 || s.status(token.GUID) != console.StatusRevoked {
				s.t.Errorf("%d %s, it is %s", w.Code, w.Body, s.status(token.GUID))
			}
		}
		token, old := s.reader(time.Time{}, time.Time{})
		if _, _, err := s.svc.RotateToken(s.t.Context(), s.actor, "", token.GUID, console.Rotation{}); err != nil {
			s.t.Fatal(err)
		}
		if w := s.revoking(old, bearing(old)); w.Code != 401 || s.status(token.GUID) != console.StatusActive {
			s.t.Errorf("a secret that has ended: %d %s, the token is %s", w.Code, w.Body, s.status(token.GUID))
		}
		if w := s.send(http.MethodPost, "/leaks", "token="+old, asForm); w.Code != 200 || s.status(token.GUID) != console.StatusActive {
			s.t.Errorf("a leak of one that has ended: %d %s, the token is %s", w.Code, w.Body, s.status(token.GUID))
		}
	})
}

func TestReportingALeak(t *testing.T) {
	each(t, func(s *site) {
		token, text := s.reader(time.Time{}, time.Time{})
		report := func(text string) *httptest.ResponseRecorder {
			return s.send(http.MethodPost, "/leaks", "token="+text, asForm, with("User-Agent", "a scanner"))
		}
		first := report("x")
		for name, presented := range map[string]string{
			"unknown": console.NewSecret(console.NewGUID()).Reveal(), "wrong checksum": text[:len(text)-1] + "!", "it": text, "it again": text,
		} {
			w := report(presented)
			if w.Code != 200 || w.Body.String() != first.Body.String() {
				s.t.Errorf("%s: %d %s", name, w.Code, w.Body)
			}
			if diff := cmp.Diff(first.Header(), w.Header()); diff != "" {
				s.t.Errorf("%s has other headers: %s", name, diff)
			}
		}
		events := s.events(token.GUID, console.TokenRevoked)
		if len(events) != 1 || events[0].Reason != "Reported as leaked" || events[0].Actor.Name != "Leak report" || events[0].Address != "192.0.2.1" || events[0].Agent != "a scanner" {
			s.t.Errorf("recorded is %+v", events)
		}
		if s.status(token.GUID) != console.StatusRevoked {
			s.t.Errorf("it is %s", s.status(token.GUID))
		}
		if w := s.send(http.MethodPost, "/leaks", "", asForm); w.Code != 400 {
			s.t.Errorf("without a token: %d", w.Code)
		}
		limited := 0
		for range 100 {
			if w := report("x"); w.Code == http.StatusTooManyRequests && w.Header().Get("Retry-After") != "" {
				limited++
			}
		}
		if limited == 0 {
			s.t.Error("a hundred reports at once are not limited")
		}
	})
}

// TestRevocationWithoutTheDatabase is not acknowledged.
func TestRevocationWithoutTheDatabase(t *testing.T) {
	each(t, func(s *site) {
		_, text := s.reader(time.Time{}, time.Time{})
		if err := s.st.Close(); err != nil {
			s.t.Fatal(err)
		}
		for path, w := range map[string]*httptest.ResponseRecorder{
			"/revoke": s.revoking(text, bearing(text)), "/leaks": s.send(http.MethodPost, "/leaks", "token="+text, asForm),
		} {
			if w.Code != http.StatusServiceUnavailable || w.Header().Get("Retry-After") != "2" {
				s.t.Errorf("%s: %d, Retry-After %q", path, w.Code, w.Header().Get("Retry-After"))
			}
		}
	})
}

// TestBothSecretsAtTheBoundaries asks over HTTP, byte by byte.
func TestBothSecretsAtTheBoundaries(t *testing.T) {
	each(t, func(s *site) {
		end, overlap := start.Add(2*time.Hour), start.Add(time.Hour)
		token, old := s.reader(time.Time{}, end)
		_, current, err := s.svc.RotateToken(s.t.Context(), s.actor, "", token.GUID, console.Rotation{Overlap: console.Overlap{For: time.Hour}})
		if err != nil {
			s.t.Fatal(err)
		}
		unknown := console.NewSecret(token.GUID).Reveal()
		for _, test := range []struct {
			at           time.Time
			old, current bool
		}{
			{start, true, true}, {overlap.Add(-time.Millisecond), true, true}, {overlap, false, true}, {overlap.Add(time.Millisecond), false, true},
			{end.Add(-time.Millisecond), false, true}, {end, false, false}, {end.Add(time.Millisecond), false, false},
		} {
			s.now = test.at
			for text, want := range map[string]bool{old: test.old, current.Reveal(): test.current} {
				w, none := s.ask(s.caller, text), s.ask(s.caller, unknown)
				if got := strings.HasPrefix(w.Body.String(), `{"active":true,`); got != want || w.Code != 200 {
					s.t.Errorf("%v: %v, want %v", test.at, got, want)
				}
				if diff := cmp.Diff(none.Header(), w.Header()); !want && (diff != "" || w.Body.String() != none.Body.String()) {
					s.t.Errorf("%v: an ended secret differs from an unknown one: %s %s", test.at, w.Body, diff)
				}
			}
			if w := s.hold(old); !test.old && w.Body.String() != s.hold(unknown).Body.String() {
				s.t.Errorf("%v: its holder learns %s", test.at, w.Body)
			}
		}
	})
}

// TestACallerLearnsAboutItsRepositories only.
func TestACallerLearnsAboutItsRepositories(t *testing.T) {
	each(t, func(s *site) {
		other, err := s.svc.CreateRepository(s.t.Context(), s.actor, console.NewRepository{Name: "other-logs", Kind: console.KindRepository})
		if err != nil {
			s.t.Fatal(err)
		}
		of := func(scope string, repos ...console.GUID) string {
			_, text := s.create(console.NewToken{Type: console.TypeRepository, Scopes: []string{scope}, Repositories: repos})
			return text
		}
		own, foreign := of("ReadAccess", s.logs.GUID), of("ReadAccess", other.GUID)
		both, caller := of("ReadAccess", s.logs.GUID, other.GUID), of(console.ScopeIntrospect, s.logs.GUID)
		_, organization := s.create(console.NewToken{Type: console.TypeOrganization, Scopes: []string{"ViewUsage"}})
		for name, test := range map[string]struct{ caller, text, want string }{
			"its own": {caller, own, `"aud":["web-logs"]`}, "both": {caller, both, `"aud":["web-logs"]`},
			"a foreign one": {caller, foreign, `{"active":false}`}, "the organization's": {caller, organization, `{"active":false}`},
			"both, by the system's": {s.caller, both, `"aud":["other-logs","web-logs"]`}, "foreign, by the system's": {s.caller, foreign, `"aud":["other-logs"]`},
		} {
			if got := s.ask(test.caller, test.text).Body.String(); !strings.Contains(got, test.want) || len(test.want) == len(`{"active":false}`) && got != test.want {
				s.t.Errorf("%s: %s", name, got)
			}
		}
	})
}

// TestFailuresAreLimited, and what succeeds is not.
func TestFailuresAreLimited(t *testing.T) {
	each(t, func(s *site) {
		_, good := s.reader(time.Time{}, time.Time{})
		_, colleague := s.create(console.NewToken{Type: console.TypeSystem, Scopes: []string{console.ScopeIntrospect}})
		limited := 0
		for i := range 1000 {
			text := console.NewSecret(console.NewGUID()).Reveal()
			if i%2 == 0 {
				text = text[:len(text)-1] + "!"
			}
			w := s.ask(s.caller, text)
			switch {
			case w.Code == http.StatusTooManyRequests && w.Header().Get("Retry-After") != "":
				limited++
				sound(s.t, "429", w.Header(), w.Body.Bytes())
			case w.Body.String() != `{"active":false}`:
				s.t.Fatalf("%d %s", w.Code, w.Body)
			}
		}
		if limited == 0 {
			s.t.Error("a thousand guesses are not limited")
		}
		if w := s.ask(s.caller, good); !strings.HasPrefix(w.Body.String(), `{"active":true`) {
			s.t.Errorf("a good token meanwhile: %d %s", w.Code, w.Body)
		}
		if w := s.ask(colleague, "x"); w.Code != 200 {
			s.t.Errorf("another caller meanwhile: %d %s", w.Code, w.Body)
		}
		limited = 0
		for range 200 {
			if w := s.hold(console.NewSecret(console.NewGUID()).Reveal()); w.Code == http.StatusTooManyRequests {
				limited++
			}
		}
		if w := s.hold(good); limited == 0 || w.Code != 200 {
			s.t.Errorf("%d guesses of a stranger are limited, and then a good token gets %d", limited, w.Code)
		}
	})
}
