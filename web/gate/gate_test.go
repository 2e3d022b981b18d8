package gate

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/labstack/echo/v4"

	"latchkey/internal/console"
)

func TestEveryCodeHasAnAnswer(t *testing.T) {
	if len(refusals) != len(console.Codes) {
		t.Errorf("%d answers for %d codes", len(refusals), len(console.Codes))
	}
	for _, code := range console.Codes {
		r, ok := refusals[code]
		if !ok || r.status < 400 || r.code == "" || r.description == "" {
			t.Errorf("%s is answered by %+v", code, r)
		}
		if challenged := r.status == 401 || r.status == 403; challenged != (r.challenge != "") {
			t.Errorf("%s has the challenge %q", code, r.challenge)
		}
	}
}

func TestAnActiveTokenIsDescribed(t *testing.T) {
	each(t, func(s *site) {
		token, text := s.reader(start.Add(time.Hour), start.Add(2*time.Hour+1500*time.Millisecond))
		s.now = start.Add(time.Hour)
		want := fmt.Sprintf(`{"active":true,"scope":"QueryDashboard ReadAccess","client_id":%q,"username":"test",`+
			`"token_type":"Bearer","exp":%d,"iat":%d,"nbf":%d,"sub":%q,"aud":["web-logs"],"iss":"https://console.example.com"}`,
			token.GUID, start.Add(2*time.Hour+time.Second).Unix(), start.Unix(), start.Add(time.Hour).Unix(), token.GUID)
		want = strings.Replace(want, `"username":"test",`, usernameOf(token), 1)
		w := s.ask(s.caller, text)
		if w.Code != http.StatusOK || w.Body.String() != want {
			t := s.t
			t.Errorf("%d %s", w.Code, cmp.Diff(want, w.Body.String()))
		}
		endless, text := s.create(console.NewToken{Type: console.TypeOrganization, Scopes: []string{"ViewUsage"}})
		var got map[string]any
		if err := json.Unmarshal(s.ask(s.caller, text).Body.Bytes(), &got); err != nil {
			s.t.Fatal(err)
		}
		_, hasEnd := got["exp"]
		_, hasAudience := got["aud"]
		if got["sub"] != string(endless.GUID) || hasEnd || hasAudience || got["nbf"] != float64(s.now.Unix()) {
			s.t.Errorf("an organization's token without an end: %v", got)
		}
	})
}

func usernameOf(t console.Token) string {
	if t.Owner.Name == "" {
		return ""
	}
	return fmt.Sprintf(`"username":%q,`, t.Owner.Name)
}

// worthless makes a token string of each kind that opens nothing, beside one that
// does, as of a minute after start. Each token is changed by change first.
func (s *site) worthless(change func(*console.NewToken)) (texts map[string]string, active string) {
	s.t.Helper()
	issue := func(from, to time.Time) (console.Token, string) {
		n := console.NewToken{Type: console.TypeRepository, Scopes: []string{"ReadAccess"}, Repositories: []console.GUID{s.logs.GUID}, ValidFrom: from, ValidTo: to}
		change(&n)
		return s.create(n)
	}
	_, expired := issue(time.Time{}, start.Add(time.Minute))
	_, scheduled := issue(start.Add(time.Hour), time.Time{})
	revoked, revokedText := issue(time.Time{}, time.Time{})
	if _, err := s.svc.RevokeToken(s.t.Context(), s.actor, "", revoked.GUID, "leaked"); err != nil {
		s.t.Fatal(err)
	}
	paused, pausedText := issue(time.Time{}, time.Time{})
	if _, err := s.svc.DisableToken(s.t.Context(), s.actor, "", paused.GUID, time.Time{}); err != nil {
		s.t.Fatal(err)
	}
	rotated, replaced := issue(time.Time{}, time.Time{})
	if err := s.rotate(rotated, console.Overlap{}); err != nil {
		s.t.Fatal(err)
	}
	good, active := issue(time.Time{}, time.Time{})
	s.now = start.Add(time.Minute)
	return map[string]string{
		"expired": expired, "scheduled": scheduled, "revoked": revokedText, "disabled": pausedText, "a secret that was replaced": replaced,
		"unknown": console.NewSecret(console.NewGUID()).Reveal(), "another secret": console.NewSecret(good.GUID).Reveal(),
		"wrong checksum": active[:len(active)-1] + "!", "nonsense": "x", "long": strings.Repeat("a", 3000),
	}, active
}

// TestWhatIsNotActiveIsAllTheSame compares bytes and headers (T13, V2).
func TestWhatIsNotActiveIsAllTheSame(t *testing.T) {
	each(t, func(s *site) {
		_, bound := s.bound("allow 10.0.0.1", console.NewToken{Type: console.TypeSystem, Scopes: []string{"ReadHealthCheck"}})
		texts, active := s.worthless(func(*console.NewToken) {})
		texts["an IP filter"], texts["not ASCII"] = bound, "%C3%A9%00"
		first := s.ask(s.caller, texts["expired"])
		for name, text := range texts {
			w := s.ask(s.caller, text)
			if w.Code != http.StatusOK || w.Body.String() != `{"active":false}` {
				s.t.Errorf("%s: %d %q", name, w.Code, w.Body)
			}
			if diff := cmp.Diff(first.Header(), w.Header()); diff != "" {
				s.t.Errorf("%s has other headers:\n%s", name, diff)
			}
		}
		if w := s.ask(s.caller, active); !strings.HasPrefix(w.Body.String(), `{"active":true,`) {
			s.t.Errorf("the active token: %s", w.Body)
		}
	})
}

// TestABadCallerIsAllTheSame: nor does a caller learn why its own token does not
// work, whichever way it shows it.
func TestABadCallerIsAllTheSame(t *testing.T) {
	each(t, func(s *site) {
		texts, active := s.worthless(func(n *console.NewToken) {
			n.Type, n.Scopes, n.Repositories = console.TypeSystem, []string{console.ScopeIntrospect}, nil
		})
		basic := func(text string) edit {
			guid, secret, _ := strings.Cut(text, "~")
			return func(r *http.Request) { r.SetBasicAuth(guid, secret) }
		}
		for scheme, showing := range map[string]func(string) edit{"Bearer": bearing, "Basic": basic} {
			ask := func(text string) *httptest.ResponseRecorder {
				return s.send(http.MethodPost, "/introspect", "token="+s.caller, showing(text), with("Content-Type", echo.MIMEApplicationForm))
			}
			first := ask(texts["expired"])
			for name, text := range texts {
				w := ask(text)
				if diff := cmp.Diff(first.Header(), w.Header()); w.Code != http.StatusUnauthorized || w.Body.String() != first.Body.String() || diff != "" {
					s.t.Errorf("%s, %s: %d %s\n%s", scheme, name, w.Code, w.Body, diff)
				}
			}
			if w := ask(active); w.Code != http.StatusOK {
				s.t.Errorf("%s, a good caller: %d %s", scheme, w.Code, w.Body)
			}
		}
	})
}

func TestTheCallerMustBeKnownAndAllowed(t *testing.T) {
	each(t, func(s *site) {
		_, reader := s.reader(time.Time{}, time.Time{})
		gone, goneText := s.create(console.NewToken{Type: console.TypeSystem, Scopes: []string{console.ScopeIntrospect}})
		if _, err := s.svc.RevokeToken(s.t.Context(), s.actor, "", gone.GUID, ""); err != nil {
			s.t.Fatal(err)
		}
		const invalid = `Bearer realm="latchkey", error="invalid_token"`
		for _, test := range []struct {
			name      string
			edits     []edit
			status    int
			challenge string
		}{
			{"nobody", nil, 401, `Bearer realm="latchkey"`},
			{"another scheme", []edit{with("Authorization", "Digest YTpi")}, 401, `Bearer realm="latchkey"`},
			{"nonsense", []edit{bearing("x")}, 401, invalid},
			{"an unknown token", []edit{bearing(console.NewSecret(console.NewGUID()).Reveal())}, 401, invalid},
			{"a revoked token", []edit{bearing(goneText)}, 401, invalid},
			{"the token itself", []edit{bearing(s.caller)}, 401, invalid},
			{"without the scope", []edit{bearing(reader)}, 403, `Bearer realm="latchkey", error="insufficient_scope", scope="latchkey:introspect"`},
		} {
			edits := append(test.edits, with("Content-Type", echo.MIMEApplicationForm))
			w := s.send(http.MethodPost, "/introspect", "token="+s.caller, edits...)
			if w.Code != test.status || w.Header().Get("WWW-Authenticate") != test.challenge {
				s.t.Errorf("%s: %d %q", test.name, w.Code, w.Header().Get("WWW-Authenticate"))
			}
			sound(s.t, test.name, w.Header(), w.Body.Bytes())
		}
	})
}

func TestMalformedQuestions(t *testing.T) {
	each(t, func(s *site) {
		_, text := s.reader(time.Time{}, time.Time{})
		form := with("Content-Type", echo.MIMEApplicationForm)
		good := []edit{bearing(s.caller), form}
		for _, test := range []struct {
			name, target, body string
			edits              []edit
			status             int
		}{
			{"a token in the address", "/introspect?token=" + text, "token=" + text, good, 400},
			{"a credential in the address", "/introspect?access_token=" + s.caller, "token=" + text, []edit{form}, 400},
			{"an address that can't be read", "/introspect?a;b", "token=" + text, good, 400},
			{"a credential in the form", "/introspect", "token=" + text + "&access_token=" + s.caller, []edit{form}, 400},
			{"two credentials", "/introspect", "token=" + text, append(good, bearing(s.caller)), 400},
			{"two in one line", "/introspect", "token=" + text, []edit{form, bearing(s.caller + ", Bearer " + s.caller)}, 400},
			{"a long credential", "/introspect", "token=" + text, []edit{form, bearing(strings.Repeat("a", 4096))}, 400},
			{"a credential that is not ASCII", "/introspect", "token=" + text, []edit{form, bearing("é")}, 400},
			{"an empty credential", "/introspect", "token=" + text, []edit{form, with("Authorization", "Bearer ")}, 400},
			{"no scheme's credential", "/introspect", "token=" + text, []edit{form, with("Authorization", "Bearer")}, 400},
			{"two words", "/introspect", "token=" + text, []edit{form, bearing("a b")}, 400},
			{"no token", "/introspect", "token_type_hint=access_token", good, 400},
			{"an empty token", "/introspect", "token=", good, 400},
			{"two tokens", "/introspect", "token=a&token=b", good, 400},
			{"a form that can't be read", "/introspect", "token=%zz", good, 400},
			{"JSON", "/introspect", `{"token":"x"}`, []edit{bearing(s.caller), with("Content-Type", "application/json")}, 400},
			{"no content type", "/introspect", "token=" + text, []edit{bearing(s.caller)}, 400},
			{"a packed form", "/introspect", "token=" + text, append(good, with("Content-Encoding", "gzip")), 415},
			{"too much", "/introspect", "token=" + strings.Repeat("a", 16<<10), good, 413},
			{"verify: a token in the address", "/verify?token=" + text, "", []edit{bearing(text)}, 400},
			{"verify: a token in the form", "/verify", "token=" + text, []edit{form}, 400},
			{"verify: a credential in the form", "/verify", "access_token=" + text, []edit{bearing(text), form}, 400},
			{"verify: too much", "/verify", strings.Repeat("a", 16<<10+1), []edit{bearing(text)}, 413},
		} {
			w := s.send(http.MethodPost, test.target, test.body, test.edits...)
			if w.Code != test.status || !strings.HasPrefix(w.Body.String(), `{"error":"invalid_request","error_description":"`) {
				s.t.Errorf("%s: %d %s", test.name, w.Code, w.Body)
			}
			sound(s.t, test.name, w.Header(), w.Body.Bytes())
		}
		if w := s.send(http.MethodPost, "/introspect", "token="+text+"&token_type_hint=x&ip=192.0.2.1",
			bearing(s.caller), with("Content-Type", "application/x-www-form-urlencoded; charset=UTF-8")); !strings.Contains(w.Body.String(), `"active":true`) {
			s.t.Errorf("further parameters: %d %s", w.Code, w.Body)
		}
		if w := s.send(http.MethodPost, "/introspect", "token="+text, form, with("Authorization", "bearer   "+s.caller)); w.Code != 200 {
			s.t.Errorf("another case and more spaces: %d %s", w.Code, w.Body)
		}
	})
}

func TestOnlyPost(t *testing.T) {
	each(t, func(s *site) {
		for _, path := range []string{"/introspect", "/verify", "/revoke", "/leaks"} {
			for _, method := range []string{"GET", "HEAD", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PROPFIND", "BREW"} {
				w := s.send(method, path, "", bearing(s.caller))
				if w.Code != http.StatusMethodNotAllowed || w.Header().Get("Allow") != "POST" {
					s.t.Errorf("%s %s: %d, Allow %q", method, path, w.Code, w.Header().Get("Allow"))
				}
				sound(s.t, method+" "+path, w.Header(), w.Body.Bytes())
			}
		}
	})
}

func TestTheHolderLearnsAll(t *testing.T) {
	each(t, func(s *site) {
		token, text := s.reader(time.Time{}, start.Add(time.Hour))
		w := s.hold(text)
		want := fmt.Sprintf(`{"active":true,"guid":%q,"name":%q,"type":"repository","scopes":["QueryDashboard","ReadAccess"],`+
			`"repositories":["web-logs"],"status":"active","valid_from":"2026-11-21T12:00:00Z","valid_to":"2026-11-21T13:00:00Z"}`, token.GUID, token.Name)
		if w.Code != http.StatusOK || w.Body.String() != want {
			s.t.Errorf("%d %s", w.Code, cmp.Diff(want, w.Body.String()))
		}
		s.now = start.Add(time.Hour)
		want = strings.Replace(strings.Replace(want, `"active":true`, `"active":false,"reason":"expired"`, 1), `"status":"active"`, `"status":"expired"`, 1)
		if w := s.hold(text); w.Code != http.StatusOK || w.Body.String() != want {
			s.t.Errorf("expired: %d %s", w.Code, cmp.Diff(want, w.Body.String()))
		}
		for _, text := range []string{"x", console.NewSecret(token.GUID).Reveal(), text[:len(text)-1]} {
			w := s.hold(text)
			if w.Code != 401 || w.Body.String() != `{"active":false,"reason":"unknown"}` ||
				w.Header().Get("WWW-Authenticate") != `Bearer realm="latchkey", error="invalid_token"` {
				s.t.Errorf("unknown: %d %s %v", w.Code, w.Body, w.Header())
			}
		}
		if w := s.send(http.MethodPost, "/verify", ""); w.Code != 401 || w.Header().Get("WWW-Authenticate") != `Bearer realm="latchkey"` {
			s.t.Errorf("nobody: %d %s", w.Code, w.Body)
		}
	})
}

func TestEveryReasonHasItsStatus(t *testing.T) {
	var statuses []console.Status
	for _, status := range statusOf {
		statuses = append(statuses, status)
	}
	for _, status := range console.Statuses {
		if !slices.Contains(statuses, status) {
			t.Errorf("no reason leads to %s", status)
		}
	}
}

func TestWithoutTheDatabaseTheAnswerIs503(t *testing.T) {
	each(t, func(s *site) {
		if err := s.st.Close(); err != nil {
			s.t.Fatal(err)
		}
		for path, w := range map[string]interface{ Result() *http.Response }{
			"/introspect": s.ask(s.caller, "x"), "/verify": s.hold(s.caller),
		} {
			r := w.Result()
			if r.StatusCode != http.StatusServiceUnavailable || r.Header.Get("Retry-After") != "2" {
				s.t.Errorf("%s: %d, Retry-After %q", path, r.StatusCode, r.Header.Get("Retry-After"))
			}
		}
		w := s.hold(s.caller)
		if !strings.HasPrefix(w.Body.String(), `{"error":"temporarily_unavailable"`) {
			s.t.Errorf("the body is %s", w.Body)
		}
		sound(s.t, "503", w.Header(), w.Body.Bytes())
		if strings.Contains(s.log.String(), s.caller) || !strings.Contains(s.log.String(), "unavailable") {
			s.t.Errorf("the log is %s", &s.log)
		}
		for range 100 {
			s.hold(s.caller)
		}
		if lines := strings.Count(s.log.String(), "\n"); lines != 1 {
			s.t.Errorf("a hundred requests without the database leave %d lines: %s", lines, &s.log)
		}
		s.now = s.now.Add(unavailableEvery)
		if s.hold(s.caller); !strings.Contains(s.log.String(), "unsaid=102") || strings.Count(s.log.String(), "\n") != 2 {
			s.t.Errorf("a second later the log is %s", &s.log)
		}
		s.now = s.now.Add(-time.Hour)
		if s.hold(s.caller); strings.Count(s.log.String(), "\n") != 3 {
			s.t.Errorf("after the clock was set back the log is %s", &s.log)
		}
	})
}

// sound checks what holds for every answer: JSON that nobody keeps.
func sound(t testing.TB, name string, header http.Header, body []byte) {
	t.Helper()
	if header.Get("Cache-Control") != "no-store" || header.Get("Pragma") != "no-cache" || header.Get("Content-Type") != "application/json" {
		t.Errorf("%s: headers %v", name, header)
	}
	if len(body) > 0 && !json.Valid(body) {
		t.Errorf("%s: body %q", name, body)
	}
}
