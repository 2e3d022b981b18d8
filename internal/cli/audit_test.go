package cli

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"

	"latchkey/internal/config"
	"latchkey/internal/console"
	"latchkey/internal/service"
	"latchkey/internal/store/storetest"
)

func TestTheAuditLogIsListed(t *testing.T) {
	storetest.EachURL(t, func(t *testing.T, databaseURL string) {
		m := logs(t, databaseURL)
		a, b := m.token("alpha", "--owner", "jane@example.com"), m.token("beta")
		m.must("token", "edit", a, "--add-scope", "ChangeFiles", "--remove-scope", "ReadAccess")
		m.must("token", "revoke", a, b, "--reason", "leaked")
		m.must("token", "delete", a)
		list := func(args ...string) []string {
			t.Helper()
			var got []string
			for _, e := range lines[console.AuditLine](t, m.must(append([]string{"audit", "list", "--json"}, args...)...)) {
				got = append(got, string(e.Action)+" "+e.Target.Name)
			}
			return got
		}
		everything := []string{"token.deleted alpha", "token.revoked beta", "token.revoked alpha", "token.edited alpha",
			"token.created beta", "token.created alpha", "user.created Jane Doe", "repository.created web-logs"}
		for _, test := range []struct{ args, want []string }{
			{nil, everything},
			{[]string{"--since", "1h"}, everything},
			{[]string{"--since", "2001-01-01"}, everything},
			{[]string{"--since", "2099-01-01"}, nil},
			{[]string{"--token", "{" + strings.ToUpper(a) + "}"}, []string{"token.deleted alpha", "token.revoked alpha", "token.edited alpha", "token.created alpha"}},
			{[]string{"--action", "token.revoked", "--action", "user.created"}, []string{"token.revoked beta", "token.revoked alpha", "user.created Jane Doe"}},
			{[]string{"--text", "LINE beta"}, []string{"token.revoked beta", "token.created beta"}},
			{[]string{"--text", a[:13], "--action", "token.edited"}, []string{"token.edited alpha"}},
			{[]string{"--text", "nobody"}, nil},
		} {
			if got := list(test.args...); !slices.Equal(got, test.want) {
				t.Errorf("%q: %q, want %q", test.args, got, test.want)
			}
		}
		text := m.must("audit", "list", "--token", a)
		for _, want := range []string{"WHEN", "token.deleted", "scopes: +ChangeFiles -ReadAccess", "reason: leaked", "owner: Jane Doe", "Command line"} {
			if !strings.Contains(text, want) {
				t.Errorf("no %q in\n%s", want, text)
			}
		}
		if history := m.must("token", "history", a); history != text {
			t.Errorf("the token's history is\n%s", history)
		}
		event := lines[console.AuditLine](t, m.must("token", "history", b, "--json"))[0]
		if event.Actor.Kind != console.PrincipalSystem || !strings.HasPrefix(event.Actor.Name, "Command line") || string(event.Target.GUID) != b ||
			event.Target.Kind != console.TargetToken || event.Reason != "leaked" || !slices.Equal(event.Repositories, []string{"web-logs"}) ||
			len(event.Changes) != 1 || event.Changes[0].Field != "valid_to" || !strings.HasSuffix(event.At, "Z") {
			t.Errorf("as JSON: %+v", event)
		}
		m.refused(2, []string{"--action: Choose among", "--since: ", "--token: "}, "audit", "list", "--action", "token.revoke", "--since", "soon", "--token", "x")
		m.refused(3, []string{"no token"}, "token", "history", string(console.NewGUID()))
		m.refused(2, []string{"GUID: "}, "token", "history", "x")
	})
}

// TestTheAuditLogGoesThroughEveryPage is also that a token's history does.
func TestTheAuditLogGoesThroughEveryPage(t *testing.T) {
	const count = 230
	storetest.EachURL(t, func(t *testing.T, databaseURL string) {
		m := logs(t, databaseURL)
		guid := m.token("ci")
		p := &program{stderr: &plainWriter{to: new(bytes.Buffer)}, settings: new(config.Settings), getenv: func(name string) string { return m.env[name] }}
		err := p.withService(t.Context(), func(svc *service.Service, actor console.Principal) error {
			for i := range count {
				description := fmt.Sprint("edit ", i)
				if _, err := svc.UpdateToken(t.Context(), actor, "", console.GUID(guid), i+1, console.TokenPatch{Description: &description}); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		for _, args := range [][]string{{"token", "history", guid}, {"audit", "list", "--token", guid}} {
			events := lines[console.AuditLine](t, m.must(append(args, "--json")...))
			if len(events) != count+1 || strings.Count(m.must(args...), "\n") != count+2 {
				t.Errorf("%q has %d events, want %d", args, len(events), count+1)
			}
			for i, event := range events[1:] {
				if event.ID >= events[i].ID || event.At > events[i].At {
					t.Errorf("%q: event %d is out of order", args, i)
				}
			}
		}
	})
}
