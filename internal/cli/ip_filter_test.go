package cli

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"latchkey/internal/console"
	"latchkey/internal/store/storetest"
)

// ipFilter is one as the command line shows it.
func (m *machine) ipFilter(name string) ipFilterJSON {
	m.t.Helper()
	var f ipFilterJSON
	if err := json.Unmarshal([]byte(m.must("ip-filter", "show", name, "--json")), &f); err != nil {
		m.t.Fatal(err)
	}
	return f
}

func TestIPFiltersOnTheCommandLine(t *testing.T) {
	storetest.EachURL(t, func(t *testing.T, databaseURL string) {
		m := logs(t, databaseURL)
		if out := m.must("ip-filter", "create", "Cluster egress", "--rule", "allow 10.0.0.0/8", "--rule", "allow 10.1.0.0/16"); !strings.Contains(out, "Made the IP filter Cluster egress") {
			t.Errorf("it says %s", out)
		}
		if f := m.ipFilter("cluster EGRESS"); f.Rules != "allow 10.0.0.0/8\nallow 10.1.0.0/16" || f.Version != 1 || f.Tokens != 0 || !f.GUID.Valid() {
			t.Errorf("it is %+v", f)
		}
		shown := m.run("ip-filter", "show", "cluster egress")
		if shown.stdout != "allow 10.0.0.0/8\nallow 10.1.0.0/16\n" || !strings.Contains(shown.stderr, "Line 2, allow 10.1.0.0/16: Line 1 already allows this.") {
			t.Errorf("it is shown as %+v", shown)
		}
		const text = "# office\r\ndeny all\r\nallow 192.168.0.1/24\ndeny 192.168.0.80\n\n"
		file := filepath.Join(t.TempDir(), "rules.txt")
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		m.must("ip-filter", "edit", "Cluster egress", "--rename", "office", "--file", file, "--version", "1")
		if f := m.ipFilter("office"); f.Rules != text || f.Version != 2 {
			t.Errorf("it became %+v", f)
		}
		for address, want := range map[string]string{
			"192.168.0.7":         "192.168.0.7 would pass. Line 3 decides: allow 192.168.0.1/24\n",
			"::ffff:192.168.0.80": "192.168.0.80 would be refused. Line 4 decides: deny 192.168.0.80\n",
			"10.0.0.1":            "10.0.0.1 would be refused. Line 2 decides: deny all\n",
		} {
			if got := m.must("ip-filter", "test", "office", address); got != want {
				t.Errorf("%s: %q, want %q", address, got, want)
			}
		}
		if got := m.must("ip-filter", "test", "office", "10.0.0.1", "--json"); got != `{"address":"10.0.0.1","allowed":false,"line":2,"rule":"deny all","why":"Line 2 decides: deny all"}`+"\n" {
			t.Errorf("as JSON: %s", got)
		}
		guid := m.token("ci", "--ip-filter", "OFFICE")
		if err := os.WriteFile(file+".odd", []byte("permit all"), 0o600); err != nil {
			t.Fatal(err)
		}
		m.refused(2, []string{"--file: Line 1"}, "ip-filter", "edit", "office", "--file", file+".odd")
		m.refused(2, []string{"--rule: Line 1"}, "ip-filter", "edit", "office", "--rule", "permit all")
		m.refused(2, []string{"--rename: "}, "ip-filter", "edit", "office", "--rename", "")
		m.refused(2, []string{"NAME: "}, "ip-filter", "create", "")
		shut := m.run("ip-filter", "edit", "office", "--rule", "deny all")
		if shut.code != 2 || !strings.Contains(shut.stderr, "Confirm that 1 active token opens nothing any more.") || m.ipFilter("office").Rules != text {
			t.Errorf("shutting a filter in use: %+v", shut)
		}
		m.must("ip-filter", "edit", "office", "--rule", "deny all", "--confirm")
		m.must("ip-filter", "edit", "office", "--file", file)
		if out := m.must("token", "show", guid); !regexp.MustCompile(`IP filter: +office`).MatchString(out) {
			t.Errorf("the token is\n%s", out)
		}
		if out := m.must("token", "list", "--ip-filter", "office", "--json"); !strings.Contains(out, `"ip_filter":"office"`) || strings.Count(out, "\n") != 1 {
			t.Errorf("listed are\n%s", out)
		}
		if out := m.must("ip-filter", "list"); !regexp.MustCompile(`(?m)^NAME +RULES +TOKENS +CHANGED\noffice +3 +1 +\d{4}-\d\d-\d\d$`).MatchString(out) {
			t.Errorf("the list is\n%s", out)
		}
		m.refused(6, []string{"office is used by 1 token."}, "ip-filter", "delete", "office")
		if out := m.must("token", "edit", guid, "--ip-filter", "none"); !strings.Contains(out, "office") {
			t.Errorf("the edit says\n%s", out)
		}
		m.stdin = "deny all"
		if o := m.run("ip-filter", "create", "closed", "--file", "-"); o.code != 0 || !strings.Contains(o.stderr, "Nothing can pass") || m.ipFilter("closed").Rules != "deny all" {
			t.Errorf("closed: %+v", o)
		}
		m.must("token", "edit", guid, "--ip-filter", "closed")
		m.must("ip-filter", "delete", "office")
		m.refused(3, []string{"no IP filter “office”"}, "ip-filter", "show", "office")
		events := lines[console.AuditLine](t, m.must("audit", "list", "--text", "office", "--json"))
		if len(events) < 2 || events[0].Action != console.IPFilterDeleted || events[len(events)-1].Action != console.IPFilterEdited {
			t.Errorf("the audit log has %+v", events)
		}
	})
}

func TestIPFiltersRefuseOnTheCommandLine(t *testing.T) {
	m := logs(t, storetest.SQLite(t))
	m.must("ip-filter", "create", "open")
	guid := m.token("ci")
	m.refused(2, []string{"--rule: 2 lines need another look. Line 1: “x” is neither allow nor deny.", "NAME: "}, "ip-filter", "create", "", "--rule", "x", "--rule", "allow")
	m.refused(6, []string{"already an IP filter"}, "ip-filter", "create", "OPEN")
	m.refused(2, []string{"can't be read"}, "ip-filter", "create", "x", "--file", "/no/such/file")
	m.refused(2, []string{"--file", "--rule"}, "ip-filter", "create", "x", "--file", "-", "--rule", "allow all")
	m.refused(2, []string{"Say what to change"}, "ip-filter", "edit", "open")
	m.refused(6, []string{"changed this IP filter "}, "ip-filter", "edit", "open", "--rule", "deny all", "--version", "7")
	m.refused(2, []string{"isn’t an address"}, "ip-filter", "test", "open", "10.1")
	for _, args := range [][]string{{"edit", "none", "--rename", "x"}, {"delete", "none"}, {"test", "none", "10.0.0.1"}} {
		m.refused(3, []string{"no IP filter “none”"}, append([]string{"ip-filter"}, args...)...)
	}
	m.refused(3, []string{"no IP filter “nothing”"}, "token", "list", "--ip-filter", "nothing")
	m.refused(2, []string{"--ip-filter: There is no IP filter “nothing”."}, "token", "edit", guid, "--ip-filter", "nothing")
	m.refused(2, []string{"--ip-filter: There is no IP filter “nothing”."}, "token", "create", "--name", "x", "--scope", "ReadAccess", "--repository", "web-logs", "--ip-filter", "nothing")
}
