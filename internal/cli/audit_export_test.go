package cli

import (
	"bytes"
	"context"
	"encoding/csv"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"latchkey/internal/console"
	"latchkey/internal/store/storetest"
)

// hostileAgent would ring, write to a terminal's title, clear it and turn its
// text around, and is a formula.
const hostileAgent = "=1+1 \x1b]0;title\x07 \u009b2J \u202etxt.exe\n2026-01-01T00:00:00Z  token.revoked  forged"

// haunted is a machine in whose log somebody of a hostile name stands.
func haunted(t *testing.T, databaseURL string) *machine {
	t.Helper()
	m := logs(t, databaseURL)
	st := storetest.Open(t, databaseURL)
	event := console.AuditEvent{
		At: time.Now(), Action: console.SignInRefused, ActorKind: console.PrincipalUser, Actor: console.PersonRef{GUID: console.NewGUID(), Name: hostileAgent},
		Target: console.Target{Kind: console.TargetUser, Name: hostileAgent}, Agent: hostileAgent, Reason: hostileAgent,
	}
	if err := st.InsertAuditEvents(context.Background(), []console.AuditEvent{event}, func(_, record []byte) []byte { return record[:1] }); err != nil {
		t.Fatal(err)
	}
	return m
}

// TestNoNameInTheLogReachesTheTerminal as anything but letters, and none makes
// a line of its own.
func TestNoNameInTheLogReachesTheTerminal(t *testing.T) {
	storetest.EachURL(t, func(t *testing.T, databaseURL string) {
		m := haunted(t, databaseURL)
		for _, args := range [][]string{
			{"audit", "list"}, {"audit", "list", "--json"}, {"audit", "export", "--format", "csv"}, {"audit", "export", "--format", "jsonl"},
		} {
			out := m.must(args...)
			if strings.ContainsAny(out, "\x1b\x07\u009b\u202e") || !strings.Contains(out, "txt.exe") {
				t.Errorf("%q: %q", args, out)
			}
			if args[1] == "list" && strings.Contains(out, "\n2026-01-01") {
				t.Errorf("%q has a forged line: %q", args, out)
			}
		}
	})
}

func TestTheAuditLogIsExported(t *testing.T) {
	storetest.EachURL(t, func(t *testing.T, databaseURL string) {
		m := haunted(t, databaseURL)
		guid := m.token("ci")
		m.must("token", "revoke", guid)
		out := m.must("audit", "export", "--format", "csv", "--token", guid)
		rows, err := csv.NewReader(strings.NewReader(out)).ReadAll()
		if err != nil || len(rows) != 3 || rows[1][2] != "token.revoked" || rows[2][2] != "token.created" || strings.Count(out, "\r\n") != 3 {
			t.Fatalf("%q, %v", rows, err)
		}
		list := lines[console.AuditLine](t, m.must("audit", "list", "--json"))
		exported := lines[console.AuditLine](t, m.must("audit", "export", "--format", "jsonl"))
		if len(exported) != len(list)+1 || exported[0].Action != console.AuditExported || exported[1].ID != list[0].ID || exported[2].Action != list[1].Action {
			t.Errorf("%d are exported, the newest %+v; %d are listed", len(exported), exported[0], len(list))
		}
		hostile := slices.IndexFunc(exported, func(e console.AuditLine) bool { return e.Action == console.SignInRefused })
		if hostile < 0 || exported[hostile].Actor.Name != hostileAgent || exported[hostile].Reason != hostileAgent {
			t.Errorf("what was hostile is not as it was: %q", out)
		}
		if by := lines[console.AuditLine](t, m.must("audit", "list", "--json", "--actor", string(exported[hostile].Actor.GUID))); len(by) != 1 {
			t.Errorf("by them are %d", len(by))
		}
		if n := len(lines[console.AuditLine](t, m.must("audit", "list", "--json", "--action", "audit.exported"))); n != 2 {
			t.Errorf("%d exports are recorded", n)
		}
		m.refused(2, []string{"--actor: "}, "audit", "export", "--format", "csv", "--actor", "x")
		m.refused(2, []string{"csv"}, "audit", "export", "--format", "xml")
		m.refused(2, []string{"--format"}, "audit", "export")
	})
}

// TestProgress is told on a terminal, every two seconds.
func TestProgress(t *testing.T) {
	var stderr bytes.Buffer
	at := time.Now()
	p := &program{stderr: &stderr}
	if p.progress(time.Now) != nil {
		t.Error("progress is told to a file")
	}
	p.terminal = true
	tell := p.progress(func() time.Time { return at })
	for done := 1; done <= 256*40; done++ {
		if done%256 == 0 {
			at = at.Add(250 * time.Millisecond)
		}
		tell(done)
	}
	if want := "2048 events checked so far\n4096 events checked so far\n"; !strings.HasPrefix(stderr.String(), want) || strings.Count(stderr.String(), "\n") != 5 {
		t.Errorf("it says %q", stderr.String())
	}
}

func TestRepositoriesAreListedAsJSON(t *testing.T) {
	storetest.EachURL(t, func(t *testing.T, databaseURL string) {
		m := logs(t, databaseURL)
		m.must("repository", "create", "all-logs", "--view-of", "web-logs", "--description", "Everything")
		m.token("ci")
		got := lines[repositoryJSON](t, m.must("repository", "list", "--json"))
		if len(got) != 2 || got[0].Name != "all-logs" || got[0].Kind != console.KindView || got[0].Description != "Everything" || !got[0].GUID.Valid() ||
			got[1].Name != "web-logs" || got[1].Tokens != 1 || got[1].Active != 1 || got[1].Views != 1 {
			t.Errorf("%+v", got)
		}
	})
}

// TestADayIsIncludedAsAnEnd of a token's validity, and begins everything else.
func TestADayIsIncludedAsAnEnd(t *testing.T) {
	m := logs(t, storetest.SQLite(t))
	guid := m.token("ci", "--valid-from", "2098-01-01", "--valid-to", "2099-12-31")
	if out := m.must("token", "show", guid); !strings.Contains(out, "2098-01-01T00:00:00Z") || !strings.Contains(out, "2100-01-01T00:00:00Z") {
		t.Errorf("it is shown as\n%s", out)
	}
	m.must("token", "edit", guid, "--valid-to", "2099-11-30")
	if out := m.must("token", "show", guid); !strings.Contains(out, "2099-12-01T00:00:00Z") {
		t.Errorf("after the edit it is shown as\n%s", out)
	}
}

// TestTokensAreExportedOnTheCommandLine as they are listed, and it is recorded.
func TestTokensAreExportedOnTheCommandLine(t *testing.T) {
	storetest.EachURL(t, func(t *testing.T, databaseURL string) {
		m := logs(t, databaseURL)
		for _, name := range []string{"=1+1", "deploy"} {
			m.must("token", "create", "--name", name, "--scope", "ReadAccess", "--repository", "web-logs")
		}
		rows, err := csv.NewReader(strings.NewReader(m.must("token", "export", "--format", "csv", "--repository", "web-logs"))).ReadAll()
		if err != nil || len(rows) != 3 || rows[0][0] != "name" || rows[1][0] != "'=1+1" || rows[2][0] != "deploy" {
			t.Errorf("it is %q, %v", rows, err)
		}
		exported := lines[console.TokenLine](t, m.must("token", "export", "--format", "jsonl", "--name", "deploy"))
		if len(exported) != 1 || exported[0].Name != "deploy" || exported[0].Status != console.StatusActive {
			t.Errorf("the lines are %+v", exported)
		}
		if out := m.must("audit", "list", "--action", "tokens.exported"); !strings.Contains(out, "2 tokens") || !strings.Contains(out, "format: jsonl; name: deploy; status: all") {
			t.Errorf("recorded is %s", out)
		}
		m.refused(2, []string{"Choose one of"}, "token", "export", "--format", "csv", "--status", "odd")
		m.refused(3, []string{"no repository"}, "token", "export", "--format", "csv", "--repository", "none")
	})
}

// TestTokensAreImportedOnTheCommandLine from what was exported, with their
// secrets in a new file of their owner's.
func TestTokensAreImportedOnTheCommandLine(t *testing.T) {
	storetest.EachURL(t, func(t *testing.T, databaseURL string) {
		m := logs(t, databaseURL)
		folder := t.TempDir()
		from, secrets := folder+"/tokens.csv", folder+"/secrets.csv"
		write := func(content string) {
			if err := os.WriteFile(from, []byte(content), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		m.must("token", "create", "--name", "=1+1", "--scope", "ReadAccess", "--repository", "web-logs", "--valid-to", "90d")
		exported := m.must("token", "export", "--format", "csv")
		write(exported)
		if o := m.run("token", "import", from, "--dry-run"); o.code != 2 || !strings.Contains(o.stdout, "This repository already has a token with that name.") || !strings.Contains(o.stderr, "1 row can’t be imported.") {
			t.Errorf("a name that is taken is reported %+v", o)
		}
		write(strings.ReplaceAll(exported, "'=1+1", "'=2+2"))
		if out := m.must("token", "import", from, "--dry-run"); !strings.Contains(out, "=2+2") || !strings.Contains(out, "ready") {
			t.Errorf("the dry run says %s", out)
		}
		m.refused(2, []string{"--secrets FILE"}, "token", "import", from)
		m.must("token", "import", from, "--secrets", secrets)
		info, err := os.Stat(secrets)
		if err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("the file of secrets is %v, %v", info, err)
		}
		content, err := os.ReadFile(secrets)
		if rows, readErr := csv.NewReader(bytes.NewReader(content)).ReadAll(); err != nil || readErr != nil || len(rows) != 2 || rows[1][1] != "'=2+2" || !strings.Contains(rows[1][6], "~lk_") {
			t.Errorf("the secrets are %q, %v", content, err)
		}
		write("name,scopes,repositories\nnew,ReadAccess,web-logs\n")
		m.refused(1, []string{"exists"}, "token", "import", from, "--secrets", secrets)
		if out := m.must("token", "list", "--json"); strings.Contains(out, `"new"`) {
			t.Error("a token was made whose secret has no place")
		}
	})
}
