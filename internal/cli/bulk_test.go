package cli

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"latchkey/internal/store/storetest"
)

// TestBulkChangesFromTheCommandLine: what a dry run foresees happens, once it is
// confirmed, to what matches and to nothing else.
func TestBulkChangesFromTheCommandLine(t *testing.T) {
	storetest.EachURL(t, func(t *testing.T, databaseURL string) {
		m := newMachine(t, databaseURL)
		m.must("repository", "create", "web-logs")
		m.must("repository", "create", "app-logs")
		m.stdin = goodPassword
		m.must("user", "add", "--email", "jane@example.com", "--role", "owner", "--password-stdin")
		m.must("user", "add", "--email", "tom@example.com", "--role", "auditor", "--password-stdin")
		for i := range 12 {
			m.must("--as", "jane@example.com", "token", "create", "--name", fmt.Sprintf("jane-%02d", i), "--scope", "ReadAccess", "--repository", "web-logs")
		}
		m.must("token", "create", "--name", "wide", "--scope", "ChangeFiles", "--repository", "web-logs")
		m.must("token", "create", "--name", "elsewhere", "--scope", "ReadAccess", "--repository", "app-logs")
		matching := func(flags ...string) int {
			return strings.Count(m.must(append([]string{"token", "list", "--json"}, flags...)...), "\n")
		}
		for want, flags := range map[int][]string{
			12: {"--creator", "jane@example.com", "--created-from", "1h"}, 13: {"--repository", "web-logs", "--scope", "ReadAccess", "--scope", "ChangeFiles"},
			14: {"--type", "repository", "--created-to", "2990-01-01"}, 0: {"--created-to", "1h"}, 1: {"--scope", "ChangeFiles"},
		} {
			if got := matching(flags...); got != want {
				t.Errorf("%q keep %d tokens, want %d", flags, got, want)
			}
		}
		leak := []string{"--repository", "web-logs", "--scope", "ReadAccess", "--creator", "jane@example.com"}
		revoke := append([]string{"bulk", "revoke", "--reason", "leaked"}, leak...)
		if out := m.must(append(revoke, "--dry-run")...); out != "12 tokens would change. 0 would stay as they are, 0 can’t be changed.\n" {
			t.Errorf("a dry run says %q", out)
		}
		m.refused(2, []string{"--confirm: This would change 12 tokens."}, revoke...)
		m.refused(2, []string{"--confirm: "}, append(revoke, "--confirm", "11")...)
		m.refused(4, nil, append([]string{"--as", "tom@example.com"}, append(revoke, "--confirm", "12")...)...)
		m.refused(3, []string{"There is no person “nobody@example.com”."}, "bulk", "revoke", "--owner", "nobody@example.com")
		m.refused(2, []string{"--created-from: ", "--type: Choose one of repository, "}, "bulk", "revoke", "--created-from", "then", "--type", "none")
		m.refused(2, []string{"--until: "}, "bulk", "disable", "--until", "then")
		m.refused(2, []string{"--valid-to: "}, "bulk", "extend", "--valid-to", "then")
		m.refused(2, []string{"--to: There is no such person."}, "bulk", "transfer", "--to", strings.Repeat("0", 32))
		if matching("--status", "active") != 14 {
			t.Fatal("something was changed")
		}
		out := m.must(append(revoke, "--confirm", "12")...)
		found := regexp.MustCompile(`^Revoke tokens \(([0-9a-f-]{36})\) is done: 12 tokens changed, 0 unchanged, 0 refused, 0 left\.\n$`).FindStringSubmatch(out)
		if found == nil {
			t.Fatalf("it says %q", out)
		}
		if matching("--status", "active") != 2 || matching("--status", "revoked") != 12 {
			t.Errorf("now they are\n%s", m.must("token", "list"))
		}
		guid := found[1]
		for _, command := range []string{"show", "resume", "cancel"} { // what has ended stays so
			if got := m.must("bulk", command, guid); got != out {
				t.Errorf("bulk %s says %q", command, got)
			}
		}
		if csv := m.must("bulk", "outcomes", guid); strings.Count(csv, ",changed,") != 12 || !strings.HasPrefix(csv, "guid,name,outcome,why\r\n") {
			t.Errorf("the outcomes are %q", csv)
		}
		if lines := m.must("bulk", "outcomes", guid, "--format", "jsonl"); strings.Count(lines, `"outcome":"changed"`) != 12 {
			t.Errorf("the outcomes are %q", lines)
		}
		for _, log := range [][]string{{"audit", "list", "--json"}, {"audit", "export", "--format", "jsonl"}} {
			about := append(log, "--action", "token.revoked", "--action", "bulk.finished")
			if all, alone := m.must(about...), m.must(append(about, "--without-parts")...); strings.Count(all, "\n") != 13 || strings.Count(alone, "\n") != 1 || !strings.Contains(alone, "bulk.finished") {
				t.Errorf("%q tells %s, without parts %s", about, all, alone)
			}
		}
		if list := m.must("bulk", "list"); !strings.Contains(list, guid) || !regexp.MustCompile(`done +12 +0 +0 +0 +Revoke tokens`).MatchString(list) {
			t.Errorf("the list is\n%s", list)
		}
		var line jobJSON
		if err := json.Unmarshal([]byte(m.must("bulk", "list", "--json")), &line); err != nil || string(line.GUID) != guid || line.State != "done" || line.Changed != 12 {
			t.Errorf("as JSON it is %+v, %v", line, err)
		}
		if again := m.must(append(revoke, "--confirm", "12")...); !strings.Contains(again, "0 tokens would change. 12 would stay as they are") || !strings.Contains(again, "12: Already revoked.") {
			t.Errorf("again it says %q", again)
		}
		m.refused(3, []string{noSuchJob}, "bulk", "show", strings.Repeat("0", 32))
		m.must("audit", "verify")
	})
}

// TestEveryBulkVerbFromTheCommandLine does to one token what its name says.
func TestEveryBulkVerbFromTheCommandLine(t *testing.T) {
	m := blank(t)
	m.must("repository", "create", "web-logs")
	m.stdin = goodPassword
	m.must("user", "add", "--email", "jane@example.com", "--name", "Jane", "--role", "owner", "--password-stdin")
	created := m.must("token", "create", "--name", "ci", "--scope", "ReadAccess", "--repository", "web-logs", "--valid-to", "1d")
	guid := created[:36]
	for _, test := range []struct{ command, shows string }{
		{"disable --until 12h", "Disabled"},
		{"enable", "Active"},
		{"extend --valid-to 2990-01-01", "2990-01-02T00:00:00Z"},
		{"transfer --to jane@example.com", "Jane"},
		{"add-scope ChangeFiles", "ChangeFiles"},
		{"remove-scope ReadAccess", "ChangeFiles"},
	} {
		m.must(append([]string{"bulk"}, append(strings.Fields(test.command), "--confirm", "1")...)...)
		if shown := m.must("token", "show", guid); !strings.Contains(shown, test.shows) {
			t.Errorf("after %s it is\n%s", test.command, shown)
		}
	}
	if shown := m.must("token", "show", guid); strings.Contains(shown, "ReadAccess") {
		t.Errorf("the scope stays:\n%s", shown)
	}
	// What can't be changed is told, and in the exit code.
	m.must("token", "create", "--name", "two", "--scope", "ReadAccess", "--scope", "ChangeFiles", "--repository", "web-logs")
	if o := m.run("bulk", "remove-scope", "ChangeFiles", "--confirm", "1", "--json"); o.code != exitCodes["conflict"] || !strings.Contains(o.stdout, `"changed":1,"unchanged":0,"refused":1,"left":0`) {
		t.Errorf("exit code %d, %s%s", o.code, o.stdout, o.stderr)
	}
	if o := m.must("bulk", "remove-scope", "ReadAccess", "--dry-run", "--json"); o != `{"changed":0,"unchanged":1,"refused":1,"reasons":[{"why":"Does not have ReadAccess.","tokens":1},{"why":"It would be left without a scope.","tokens":1}]}`+"\n" {
		t.Errorf("foreseen is %s", o)
	}
	m.must("bulk", "delete", "--confirm", strconv.Itoa(2))
	if list := m.must("token", "list", "--json"); list != "" {
		t.Errorf("there still are %s", list)
	}
}
