package cli

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"latchkey/internal/console"
	"latchkey/internal/store/storetest"
)

// logs is a machine with a repository and a person.
func logs(t *testing.T, databaseURL string) *machine {
	m := newMachine(t, databaseURL)
	m.must("repository", "create", "web-logs")
	m.stdin = goodPassword
	m.must("user", "add", "--email", "jane@example.com", "--name", "Jane Doe", "--role", "owner", "--password-stdin")
	return m
}

// token makes a token with the scope ReadAccess and returns its GUID.
func (m *machine) token(name string, more ...string) string {
	m.t.Helper()
	return m.must(append([]string{"token", "create", "--name", name, "--scope", "ReadAccess", "--repository", "web-logs"}, more...)...)[:36]
}

// shown is a token as JSON output has it.
func (m *machine) shown(guid string) tokenJSON {
	m.t.Helper()
	return lines[tokenJSON](m.t, m.must("token", "show", guid, "--json"))[0]
}

// lines reads JSON Lines.
func lines[T any](t *testing.T, text string) []T {
	t.Helper()
	var all []T
	for line := range strings.Lines(text) {
		var one T
		decoder := json.NewDecoder(strings.NewReader(line))
		decoder.DisallowUnknownFields()
		if err := decoder.Decode(&one); err != nil {
			t.Fatalf("%v: %s", err, line)
		}
		all = append(all, one)
	}
	return all
}

func TestATokenIsEdited(t *testing.T) {
	storetest.EachURL(t, func(t *testing.T, databaseURL string) {
		m := logs(t, databaseURL)
		guid := m.token("ci", "--description", "Old", "--valid-to", "90d")
		out := m.must("token", "edit", "{"+strings.ToUpper(guid)+"}", "--name", " ci deploy", "--description", "", "--add-scope", "QueryDashboard",
			"--add-scope", "ChangeFiles", "--remove-scope", "ReadAccess", "--remove-scope", "DeleteEvents", "--valid-to", "2099-01-02T03:04",
			"--owner", "JANE@example.com")
		for _, want := range []string{"ci deploy (" + guid + ") is at version 2", "name: ci → ci deploy", "description: Old → none", "scopes: +ChangeFiles +QueryDashboard -ReadAccess",
			"→ 2099-01-02T03:04:00.000Z", "owner: Jane Doe"} {
			if !strings.Contains(out, want) {
				t.Errorf("no %q in\n%s", want, out)
			}
		}
		got := m.shown(guid)
		if got.Name != "ci deploy" || got.Description != "" || !slices.Equal(got.Scopes, []string{"ChangeFiles", "QueryDashboard"}) ||
			got.ValidTo != "2099-01-02T03:04:00.000Z" || got.Owner != "Jane Doe" || got.Version != 2 || got.ValidFrom != "" {
			t.Errorf("it is %+v", got)
		}
		m.must("token", "edit", guid, "--scope", "ReadAccess", "--valid-from", "2098-01-01", "--valid-to", "1y", "--version", "2")
		if got = m.shown(guid); got.ValidFrom != "2098-01-01T00:00:00.000Z" || got.ValidTo != "2099-01-01T00:00:00.000Z" || got.Status != "scheduled" || !slices.Equal(got.Scopes, []string{"ReadAccess"}) {
			t.Errorf("a length of time begins with the token: %+v", got)
		}
		m.must("token", "edit", guid, "--valid-from", "none", "--valid-to", "none", "--owner", "none")
		if got = m.shown(guid); got.ValidFrom != "" || got.ValidTo != "" || got.Owner != "" || got.Status != "active" || got.Version != 4 {
			t.Errorf("it is %+v", got)
		}
		if out := m.must("token", "edit", guid, "--name", "ci deploy"); out != "ci deploy ("+guid+") is at version 4.\n" {
			t.Errorf("an edit that changes nothing says %q", out)
		}
		if events := lines[console.AuditLine](t, m.must("token", "history", guid, "--json")); len(events) != 4 || len(events[0].Changes) != 3 {
			t.Errorf("the history is %+v", events)
		}
		m.must("token", "edit", guid, "--valid-to", "1h")
		if end, err := time.Parse(time.RFC3339, m.shown(guid).ValidTo); err != nil || time.Until(end) > time.Hour || time.Until(end) < 50*time.Minute {
			t.Errorf("a length of time does not begin now: %v, %v", end, err)
		}
	})
}

func TestATokenIsNotEdited(t *testing.T) {
	storetest.EachURL(t, func(t *testing.T, databaseURL string) {
		m := logs(t, databaseURL)
		guid := m.token("ci")
		m.token("taken")
		before := m.shown(guid)
		for _, test := range []struct {
			code int
			says []string
			args []string
		}{
			{2, []string{"Say what to change"}, nil},
			{2, []string{"Say what to change"}, []string{"--version", "1"}},
			{2, []string{"--scope and --add-scope"}, []string{"--scope", "ReadAccess", "--add-scope", "ChangeFiles"}},
			{2, []string{"--scope and --remove-scope"}, []string{"--scope", "ReadAccess", "--remove-scope", "ChangeFiles"}},
			{2, []string{"  --name: ", "--scope: ", "--remove-scope: ", "--valid-from: ", "--valid-to: ", "--owner: "},
				[]string{"--name", "", "--add-scope", "Fly", "--remove-scope", "Swim", "--valid-from", "soon", "--valid-to", "later", "--owner", "nobody"}},
			{2, []string{"--scope: Choose at least one"}, []string{"--remove-scope", "ReadAccess"}},
			{2, []string{"--valid-to: "}, []string{"--valid-to", ""}},
			{2, []string{"--valid-from: "}, []string{"--valid-from", ""}},
			{2, []string{"--owner: "}, []string{"--owner", ""}},
			{2, []string{"--valid-to: "}, []string{"--valid-to", "2001-01-01"}},
			{6, []string{"already has a token with that name"}, []string{"--name", "TAKEN"}},
			{6, []string{"changed this token "}, []string{"--name", "other", "--version", "2"}},
			{6, []string{"changed this token "}, []string{"--name", "other", "--version", "0"}},
		} {
			m.refused(test.code, test.says, append([]string{"token", "edit", guid}, test.args...)...)
		}
		if after := m.shown(guid); fmt.Sprint(after) != fmt.Sprint(before) {
			t.Errorf("it became %+v", after)
		}
		m.refused(3, []string{"no token"}, "token", "edit", string(console.NewGUID()), "--name", "x")
		m.refused(2, []string{"GUID: "}, "token", "edit", "ci", "--name", "x")
		m.must("token", "revoke", guid)
		m.refused(6, []string{"revoked and stays so"}, "token", "edit", guid, "--valid-to", "none")
	})
}

func TestATokenIsPausedAndDeleted(t *testing.T) {
	storetest.EachURL(t, func(t *testing.T, databaseURL string) {
		m := logs(t, databaseURL)
		guid := m.token("ci deploy")
		for range 2 {
			if out := m.must("token", "disable", guid); out != "ci deploy ("+guid+") is disabled until it is enabled.\n" {
				t.Errorf("it says %q", out)
			}
		}
		if got := m.shown(guid); got.Status != "disabled" || got.DisabledAt == "" || got.DisabledUntil != "" {
			t.Errorf("it is %+v", got)
		}
		if out := m.must("token", "disable", guid, "--until", "2099-01-01"); !strings.Contains(out, "until 2099-01-01T00:00:00Z") {
			t.Errorf("it says %q", out)
		}
		if out := m.must("token", "show", guid); !strings.Contains(out, "until 2099-01-01T00:00:00Z") {
			t.Errorf("it is shown as\n%s", out)
		}
		m.refused(2, []string{"--until: "}, "token", "disable", guid, "--until", "soon")
		m.refused(2, []string{"--until: "}, "token", "disable", guid, "--until", "2001-01-01")
		for range 2 {
			if out := m.must("token", "enable", guid); out != "ci deploy ("+guid+") is enabled and active.\n" {
				t.Errorf("it says %q", out)
			}
		}
		m.refused(2, []string{"--confirm: "}, "token", "delete", guid)
		m.refused(2, []string{"--confirm: "}, "token", "delete", guid, "--confirm", "ci")
		m.must("token", "delete", guid, "--confirm", "ci deploy")
		for _, args := range [][]string{{"show"}, {"edit", "--name", "x"}, {"disable"}, {"enable"}, {"delete"}, {"revoke"}} {
			m.refused(3, []string{"no token"}, append([]string{"token", args[0], guid}, args[1:]...)...)
		}
		ended := m.token("ended")
		m.must("token", "revoke", ended)
		m.refused(6, []string{"stays so"}, "token", "disable", ended)
		m.refused(6, []string{"stays so"}, "token", "enable", ended)
		m.must("token", "delete", ended)
		want := []console.Action{console.TokenDeleted, console.TokenEnabled, console.TokenDisabled, console.TokenDisabled, console.TokenCreated}
		var got []console.Action
		for _, event := range lines[console.AuditLine](t, m.must("token", "history", guid, "--json")) {
			got = append(got, event.Action)
		}
		if !slices.Equal(got, want) {
			t.Errorf("the history is %v, want %v", got, want)
		}
	})
}

func TestSeveralTokensAreRevoked(t *testing.T) {
	storetest.EachURL(t, func(t *testing.T, databaseURL string) {
		m := logs(t, databaseURL)
		a, b, c := m.token("a"), m.token("b"), m.token("c")
		secret := strings.TrimSpace(m.must("token", "create", "--name", "x", "--scope", "ViewUsage", "--type", "organization"))
		absent := string(console.NewGUID())
		m.must("token", "revoke", a, b, b, "--reason", "leaked")
		for _, test := range []struct {
			code int
			args []string
			done []string
			says []string
		}{
			{3, []string{a, absent, c}, []string{a, c}, []string{absent + ": There is no token"}},
			{2, []string{secret, a}, []string{a}, []string{"argument 1: That is not a GUID"}},
			{3, []string{absent, "junk", a}, []string{a}, []string{absent + ": ", "argument 2: "}},
			{2, []string{a, b, "--reason", strings.Repeat("x", 501)}, nil, []string{"--reason: ", "Not tried: " + b}},
		} {
			o := m.run(append([]string{"token", "revoke"}, test.args...)...)
			if o.code != test.code || strings.Count(o.stdout, "revoked since") != len(test.done) || strings.Contains(o.stderr, "~lk_") {
				t.Errorf("%q: %+v", test.args, o)
			}
			for _, guid := range test.done {
				if !strings.Contains(o.stdout, "("+guid+") is revoked since") {
					t.Errorf("%q says\n%s", test.args, o.stdout)
				}
			}
			for _, sentence := range test.says {
				if !strings.Contains(o.stderr, sentence) {
					t.Errorf("%q does not say %q but\n%s", test.args, sentence, o.stderr)
				}
			}
		}
		for guid, reason := range map[string]string{a: "leaked", b: "leaked", c: ""} {
			if got := m.shown(guid); got.Status != "revoked" || got.RevokeReason != reason {
				t.Errorf("it is %+v", got)
			}
		}
		if got := m.shown(secret[:36]); got.Status != "active" {
			t.Errorf("what was not named is %s", got.Status)
		}
	})
}

func TestTheWorstCodeIsTheLastOfTheList(t *testing.T) {
	for i, a := range console.Codes {
		for j, b := range console.Codes {
			if got := worse(a, b); got != console.Codes[max(i, j)] {
				t.Errorf("of %s and %s the worse is %s", a, b, got)
			}
		}
		if worse("", a) != a {
			t.Errorf("%s is not worse than nothing", a)
		}
	}
}
