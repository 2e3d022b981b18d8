package cli

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
	"testing"

	"latchkey/internal/console"
	"latchkey/internal/store/storetest"
)

// user is a person as JSON shows them.
func (m *machine) user(email string) userJSON {
	m.t.Helper()
	var shown userJSON
	if err := json.Unmarshal([]byte(m.must("user", "show", email, "--json")), &shown); err != nil {
		m.t.Fatal(err)
	}
	return shown
}

var linkLine = regexp.MustCompile(`^http://[^/]+/invitation/[A-Z2-7]{26,}\n$`)

func TestAPersonsLife(t *testing.T) {
	storetest.EachURL(t, func(t *testing.T, databaseURL string) {
		m := newMachine(t, databaseURL)
		m.must("repository", "create", "web-logs")
		m.stdin = goodPassword
		m.must("user", "add", "--email", "jane@example.com", "--name", "Jane Doe", "--role", "owner", "--password-stdin")
		o := m.run("user", "invite", "--email", "tom@example.com", "--role", "member", "--scope", "ReadAccess", "--scopes", "QueryDashboard", "--repository", "WEB-LOGS", "--repository-role", "manager")
		if o.code != 0 || !linkLine.MatchString(o.stdout) || strings.Contains(o.stderr, "/invitation/") || !strings.Contains(o.stderr, "7 days") {
			t.Fatalf("%+v", o)
		}
		tom := m.user("Tom@Example.com")
		if tom.Name != "tom" || tom.State != "invited" || len(tom.Scopes) != 2 || tom.Members["web-logs"] != console.MemberManager || tom.Version != 1 || *tom.Owns != 0 {
			t.Errorf("he is %+v", tom)
		}
		m.must("user", "edit", "tom@example.com", "--name", "Tom Ray", "--email", "tom.ray@example.com", "--add-scope", "ChangeFiles", "--remove-scope", "ReadAccess", "--version", "1")
		m.refused(6, []string{"changed Tom Ray just now"}, "user", "edit", string(tom.GUID), "--name", "x", "--version", "1")
		if got := m.user("tom.ray@example.com"); got.Version != 3 || strings.Join(got.Scopes, " ") != "ChangeFiles QueryDashboard" {
			t.Errorf("he became %+v", got)
		}
		for as, says := range map[string]string{"viewer": "viewer of web-logs", "none": "does not belong"} {
			for range 2 {
				if out := m.must("user", "member", string(tom.GUID), "--repository", "web-logs", "--repository-role", as); !strings.Contains(out, says) {
					t.Errorf("as %s: %s", as, out)
				}
			}
		}
		if list := m.must("user", "list", "--role", "member", "--text", "RAY"); !regexp.MustCompile(`(?m)^tom\.ray@example\.com +Tom Ray +member +invited +[01] +2$`).MatchString(list) || strings.Contains(list, "jane") {
			t.Errorf("the list is\n%s", list)
		}
		for i := range 2 {
			m.must("token", "create", "--name", fmt.Sprint("his ", i), "--scope", "ReadAccess", "--repository", "web-logs", "--owner", "tom.ray@example.com")
		}
		m.refused(2, []string{"--transfer-to, --revoke or --keep: Choose"}, "user", "disable", "tom.ray@example.com")
		m.refused(2, []string{"--transfer-to: There is no such person"}, "user", "disable", "tom.ray@example.com", "--transfer-to", string(tom.GUID))
		m.refused(3, []string{"There is no person “nobody”"}, "user", "disable", "tom.ray@example.com", "--transfer-to", "nobody")
		m.refused(6, []string{"not disabled"}, "user", "remove", "tom.ray@example.com")
		if out := m.must("user", "disable", "tom.ray@example.com", "--transfer-to", "JANE@example.com"); strings.Count(out, "given to Jane Doe") != 2 {
			t.Errorf("it says %q", out)
		}
		m.refused(6, []string{"is disabled"}, "user", "link", "tom.ray@example.com")
		m.must("user", "enable", "tom.ray@example.com")
		if out := m.must("user", "link", "tom.ray@example.com"); !linkLine.MatchString(out) {
			t.Errorf("the link is %q", out)
		}
		m.must("user", "disable", "tom.ray@example.com")
		m.must("user", "remove", "tom.ray@example.com")
		m.refused(3, []string{"There is no person"}, "user", "show", string(tom.GUID))
		if events := m.must("audit", "list", "--text", string(tom.GUID)); strings.Count(events, "user.disabled") != 2 || !strings.Contains(events, "user.deleted") {
			t.Errorf("the audit log is\n%s", events)
		}
	})
}

func TestPeopleThatCannotBe(t *testing.T) {
	m := blank(t)
	m.stdin = goodPassword
	m.must("user", "add", "--email", "jane@example.com", "--role", "owner", "--password-stdin")
	m.refused(2, []string{"--email: ", "--role: "}, "user", "invite", "--email", "nobody", "--role", "king")
	m.refused(2, []string{"--repository: There is no repository “nowhere”", "--repository-role: ", "--email: "}, "user", "invite", "--email", "x", "--role", "member", "--repository", "nowhere", "--repository-role", "king")
	m.refused(2, []string{"--scope: Only members", "--repository: Only members"}, "user", "invite", "--email", "a@example.com", "--role", "owner", "--scope", "ReadAccess", "--repository", "x")
	m.refused(2, []string{"--scope: There is no scope"}, "user", "invite", "--email", "a@example.com", "--role", "member", "--scope", "Fly")
	m.refused(6, []string{"already an account"}, "user", "invite", "--email", "JANE@example.com", "--role", "auditor")
	m.refused(2, []string{"Say what to change"}, "user", "edit", "jane@example.com")
	m.refused(2, []string{"either --scope"}, "user", "edit", "jane@example.com", "--scope", "ReadAccess", "--add-scope", "ChangeFiles")
	m.refused(6, []string{"scopes are assigned to members only"}, "user", "edit", "jane@example.com", "--scope", "ReadAccess")
	m.refused(6, []string{"last owner"}, "user", "edit", "jane@example.com", "--role", "auditor")
	m.refused(6, []string{"last owner"}, "user", "disable", "jane@example.com")
	m.refused(2, []string{"--role: "}, "user", "list", "--role", "king")
	m.refused(3, []string{"no repository “nowhere”"}, "user", "list", "--repository", "nowhere")
	m.refused(2, []string{"--keep"}, "user", "disable", "jane@example.com", "--keep", "--revoke")
	m.must("repository", "create", "web-logs")
	m.refused(2, []string{"--repository-role: "}, "user", "member", "jane@example.com", "--repository", "web-logs", "--repository-role", "king")
	m.refused(6, []string{"no member"}, "user", "member", "jane@example.com", "--repository", "web-logs", "--repository-role", "viewer")
	m.env["LATCHKEY_PUBLIC_URL"] = "https://console.example.com/"
	if out := m.must("user", "invite", "--email", "b@example.com", "--role", "auditor", "--json"); !regexp.MustCompile(`^\{"guid":"[0-9a-f-]{36}","link":"https://console\.example\.com/invitation/[A-Z2-7]+"\}\n$`).MatchString(out) {
		t.Errorf("the link is %q", out)
	}
}

// TestWhoMayNotListReadsNoHead, only why.
func TestWhoMayNotListReadsNoHead(t *testing.T) {
	m := blank(t)
	m.stdin = goodPassword
	m.must("user", "add", "--email", "jane@example.com", "--role", "owner", "--password-stdin")
	m.must("user", "add", "--email", "tom@example.com", "--role", "member", "--password-stdin")
	for _, list := range []string{"user", "audit"} {
		m.refused(3, nil, "--as", "tom@example.com", list, "list")
	}
	if out := m.must("user", "list", "--text", "nobody"); !strings.HasPrefix(out, "EMAIL ") || strings.Count(out, "\n") != 1 {
		t.Errorf("a list of nobody is %q", out)
	}
}

func TestADepartureAsJSON(t *testing.T) {
	m := blank(t)
	m.stdin = goodPassword
	m.must("repository", "create", "web-logs")
	m.must("user", "add", "--email", "jane@example.com", "--name", "Jane", "--role", "owner", "--password-stdin")
	m.must("user", "add", "--email", "tom@example.com", "--role", "owner", "--password-stdin")
	m.must("token", "create", "--name", "his", "--scope", "ReadAccess", "--repository", "web-logs", "--owner", "tom@example.com")
	tom := m.user("tom@example.com")
	out := m.must("user", "disable", "tom@example.com", "--transfer-to", "jane@example.com", "--json")
	want := regexp.MustCompile(`^\{"guid":"` + string(tom.GUID) + `","state":"disabled","tokens":\[\{"guid":"[0-9a-f-]{36}","name":"his","revoked":false,"owner":"Jane"\}\],"left":0\}\n$`)
	if !want.MatchString(out) {
		t.Errorf("it says %s", out)
	}
	if out := m.must("user", "disable", "tom@example.com", "--json"); !strings.Contains(out, `"tokens":[]`) {
		t.Errorf("again it says %s", out)
	}
}
