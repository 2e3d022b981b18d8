package cli

import (
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"latchkey/internal/store/storetest"
)

func TestASecretIsRotated(t *testing.T) {
	storetest.EachURL(t, func(t *testing.T, databaseURL string) {
		m := logs(t, databaseURL)
		guid := m.token("looker")
		o := m.run("token", "rotate", guid)
		if o.code != 0 || !tokenString.MatchString(o.stdout) || o.stdout[:36] != guid || strings.Contains(o.stderr, "~lk_") || !strings.Contains(o.stderr, "works for 24 hours") {
			t.Fatalf("%+v", o)
		}
		shown := m.shown(guid)
		if len(shown.Secrets) != 2 || !shown.Secrets[0].Current || shown.Secrets[1].Current || shown.Secrets[1].EndsAt == "" || shown.Version != 2 {
			t.Errorf("the secrets are %+v", shown)
		}
		if out := m.must("token", "show", guid); !strings.Contains(out, "last used never, works until "+shown.Secrets[1].EndsAt) || strings.Contains(out, "lk_") {
			t.Errorf("it shows %s", out)
		}
		m.refused(6, []string{"Two secrets work already.", "--end-oldest: Say that the older secret may end."}, "token", "rotate", guid, "--overlap", "1h")
		again := lines[createdJSON](t, m.must("token", "rotate", guid, "--overlap", "first-use", "--end-oldest", "--json"))
		if len(again) != 1 || string(again[0].GUID) != guid || !tokenString.MatchString(again[0].Token+"\n") || again[0].Token+"\n" == o.stdout {
			t.Errorf("as JSON it is %+v", again)
		}
		if secrets := m.shown(guid).Secrets; len(secrets) != 2 || !secrets[1].UntilUsed {
			t.Errorf("the secrets are %+v", secrets)
		}
		for _, said := range []string{"Ended the old secret of ", "had no old secret that worked. Nothing changed."} {
			if out := m.must("token", "end-overlap", guid); !strings.Contains(out, said) {
				t.Errorf("ending the overlap says %q, want %q", out, said)
			}
			if secrets := m.shown(guid).Secrets; len(secrets) != 1 || !secrets[0].Current {
				t.Errorf("after the overlap the secrets are %+v", secrets)
			}
		}
		for _, overlap := range []string{"now", "30m", time.Now().Add(time.Hour).UTC().Format("2006-01-02T15:04")} {
			m.must("token", "rotate", guid, "--overlap", overlap, "--end-oldest")
		}
		for overlap, want := range map[string]string{
			"8d": "7 days at most", "2099-01-01": "7 days at most", "2020-01-01": "in the future", "soon": "Write now, first-use", "": "Write now, first-use",
		} {
			m.refused(2, []string{"--overlap: ", want}, "token", "rotate", guid, "--overlap", overlap)
		}
		m.refused(3, []string{"no token with that GUID"}, "token", "rotate", "00000000-0000-4000-8000-000000000000")
		m.must("token", "revoke", guid)
		m.refused(6, []string{"is revoked and stays so"}, "token", "rotate", guid)
		if secrets := m.shown(guid).Secrets; len(secrets) != 0 {
			t.Errorf("of a revoked token the secrets are %+v", secrets)
		}
		var told []string
		for line := range strings.Lines(m.must("token", "history", guid)) {
			if strings.Contains(line, "old_secret") {
				told = append(told, line)
			}
		}
		if len(told) == 0 || strings.Contains(strings.Join(told, ""), "lk_") {
			t.Errorf("the history tells %q", told)
		}
	})
}

// TestUsesSurviveTheEndOfTheServer: what is used last is written down.
func TestUsesSurviveTheEndOfTheServer(t *testing.T) {
	storetest.EachURL(t, func(t *testing.T, databaseURL string) {
		m := logs(t, databaseURL)
		guid := m.token("looker")
		text := strings.TrimSpace(m.must("token", "rotate", guid, "--overlap", "first-use"))
		caller := strings.TrimSpace(m.must("token", "create", "--name", "gate", "--scope", "latchkey:introspect", "--type", "system"))
		server, address := m.serve()
		request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, address+"/introspect", strings.NewReader("token="+text))
		if err != nil {
			t.Fatal(err)
		}
		request.Header.Set("Authorization", "Bearer "+caller)
		request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		response, err := http.DefaultClient.Do(request)
		if err != nil {
			t.Fatal(err)
		}
		defer response.Body.Close()
		if body, _ := io.ReadAll(response.Body); !strings.HasPrefix(string(body), `{"active":true,`) {
			t.Errorf("it is worth %s", body)
		}
		server.end(t)
		if secrets := m.shown(guid).Secrets; len(secrets) != 1 || secrets[0].UsedAt == "" {
			t.Errorf("after the end the secrets are %+v", secrets)
		}
	})
}
