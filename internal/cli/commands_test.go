package cli

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"regexp"
	"runtime"
	"strings"
	"sync"
	"testing"

	"latchkey/internal/config"
	"latchkey/internal/console"
	"latchkey/internal/pgtest"
	"latchkey/internal/service"
	"latchkey/internal/store/storetest"
)

const goodPassword = "tulip anvil copper sleet"

func TestUsersAreAdded(t *testing.T) {
	storetest.EachURL(t, func(t *testing.T, databaseURL string) {
		m := newMachine(t, databaseURL)
		add := []string{"user", "add", "--role", "owner", "--password-stdin", "--email"}
		for _, stdin := range []string{goodPassword, goodPassword + "\r\nanother line\n"} {
			m.stdin = stdin
			email := fmt.Sprintf("jane%d@example.com", len(stdin))
			if out := m.must(append(add, email)...); !strings.Contains(out, email) || strings.Contains(out, "tulip") {
				t.Errorf("it says %q", out)
			}
		}
		m.refused(6, []string{"already an account"}, append(add, "JANE24@example.com")...)
		m.stdin = "passwordpassword\n"
		m.refused(2, []string{"password: ", "guess"}, append(add, "x@example.com")...)
		m.stdin = ""
		m.refused(2, []string{"password: Choose", "--email: "}, append(add, "nobody")...)
		m.refused(2, []string{"--role: "}, "user", "add", "--role", "king", "--password-stdin", "--email", "x@example.com")
	})
}

func TestRepositoriesAreCreatedAndListed(t *testing.T) {
	storetest.EachURL(t, func(t *testing.T, databaseURL string) {
		m := newMachine(t, databaseURL)
		m.must("repository", "create", "web-logs", "--description", "Access logs, all of them")
		m.must("repository", "create", "app-logs")
		m.must("repository", "create", "all", "--view-of", "web-logs", "--view-of", "app-logs")
		m.refused(6, []string{"already a repository"}, "repository", "create", "WEB-LOGS")
		m.refused(2, []string{"NAME: "}, "repository", "create", "web logs")
		m.refused(2, []string{"--view-of: "}, "repository", "create", "more", "--view-of", "nothing")
		out := m.must("repository", "list")
		for _, want := range []string{`(?m)^NAME +KIND +TOKENS +ACTIVE +VIEWS$`, `(?m)^web-logs +repository +0 +0 +1$`, `(?m)^all +view +0 +0 +0$`} {
			if !regexp.MustCompile(want).MatchString(out) {
				t.Errorf("no %s in\n%s", want, out)
			}
		}
	})
}

var tokenString = regexp.MustCompile(`^[0-9a-f-]{36}~lk_[0-9A-Za-z]{49}\n$`)

func TestATokensLife(t *testing.T) {
	storetest.EachURL(t, func(t *testing.T, databaseURL string) {
		m := newMachine(t, databaseURL)
		m.must("repository", "create", "web-logs")
		m.stdin = goodPassword
		m.must("user", "add", "--email", "jane@example.com", "--name", "Jane Doe", "--role", "owner", "--password-stdin")
		o := m.run("token", "create", "--name", "ci deploy", "--scope", "ReadAccess", "--scope", "QueryDashboard", "--repository", "web-logs",
			"--valid-to", "90d", "--owner", "Jane@Example.com")
		if o.code != 0 || !tokenString.MatchString(o.stdout) || strings.Contains(o.stderr, "~lk_") || !strings.Contains(o.stderr, "only time") {
			t.Fatalf("%+v", o)
		}
		guid := o.stdout[:36]
		list := m.must("token", "list", "--repository", "WEB-LOGS", "--status", "active", "--name", "DEPLOY ci")
		if !strings.Contains(list, guid) || !strings.Contains(list, "ci deploy") {
			t.Errorf("the list is\n%s", list)
		}
		for _, want := range []string{"Jane Doe", "QueryDashboard, ReadAccess", "Active", "web-logs"} {
			if shown := m.must("token", "show", "{"+strings.ToUpper(guid)+"}"); !strings.Contains(shown, want) {
				t.Errorf("no %q in\n%s", want, shown)
			}
		}
		for range 2 {
			if out := m.must("token", "revoke", guid, "--reason", "leaked"); !strings.Contains(out, "revoked since") {
				t.Errorf("it says %q", out)
			}
		}
		var shown map[string]any
		if err := json.Unmarshal([]byte(m.must("token", "show", guid, "--json")), &shown); err != nil {
			t.Fatal(err)
		}
		if shown["status"] != "revoked" || shown["revoke_reason"] != "leaked" || shown["owner"] != "Jane Doe" || shown["guid"] != guid {
			t.Errorf("as JSON: %v", shown)
		}
		all := m.must("token", "list") + m.must("token", "list", "--json") + m.must("token", "show", guid)
		if strings.Contains(all, "lk_") {
			t.Errorf("the secret is shown again:\n%s", all)
		}
	})
}

func TestATokenAsJSONIsExactlyThis(t *testing.T) {
	m := blank(t)
	o := m.run("token", "create", "--name", "gate", "--scope", "latchkey:introspect", "--type", "system", "--json")
	if !regexp.MustCompile(`^\{"guid":"([0-9a-f-]{36})","token":"[0-9a-f-]{36}~lk_[0-9A-Za-z]{49}"\}\n$`).MatchString(o.stdout) {
		t.Errorf("it is %q", o.stdout)
	}
	var got struct{ GUID, Token string }
	if err := json.Unmarshal([]byte(o.stdout), &got); err != nil || !strings.HasPrefix(got.Token, got.GUID+"~") || o.code != 0 {
		t.Errorf("%d, %v, %+v", o.code, err, got)
	}
}

func TestAllProblemsOfATokenAreSaidAtOnce(t *testing.T) {
	m := blank(t)
	m.refused(2, []string{"  --name: ", "--scope: ", "--type: ", "--valid-from: ", "--valid-to: ", "--owner: "},
		"token", "create", "--name", "", "--scope", "Fly", "--type", "odd", "--valid-from", "soon", "--valid-to", "later", "--owner", "nobody")
	m.refused(2, []string{"--repository: There is no repository “nowhere”"}, "token", "create", "--name", "x", "--scope", "ReadAccess", "--repository", "nowhere")
	m.refused(2, []string{"--type: "}, "token", "create", "--name", "x", "--scope", "ViewUsage", "--type", "organization", "--repository", "nowhere")
	m.refused(2, []string{"--repository: "}, "token", "create", "--name", "x", "--scope", "ReadAccess")
	m.refused(2, []string{"--valid-to: "}, "token", "create", "--name", "x", "--scope", "ViewUsage", "--type", "organization", "--valid-to", "2001-01-01")
	m.refused(2, []string{"--status: "}, "token", "list", "--status", "odd")
	m.refused(2, []string{"GUID: "}, "token", "show", "7c84f992")
	m.refused(2, []string{"GUID: "}, "token", "revoke", "7c84f992")
	m.refused(3, []string{"no token"}, "token", "show", string(console.NewGUID()))
	m.refused(3, []string{"no token"}, "token", "revoke", string(console.NewGUID()))
	m.refused(3, []string{"no repository"}, "token", "list", "--repository", "nowhere")
}

func TestAPastedTokenStringIsNotRepeated(t *testing.T) {
	m := blank(t)
	text := strings.TrimSpace(m.must("token", "create", "--name", "x", "--scope", "ViewUsage", "--type", "organization"))
	m.refused(2, []string{"before the ~"}, "token", "show", text)
	if o := m.run("token", "revoke", text); strings.Contains(o.stderr, "~lk_") {
		t.Errorf("it says %q", o.stderr)
	}
}

func TestListsGoThroughEveryPage(t *testing.T) {
	const count = 230
	storetest.EachURL(t, func(t *testing.T, databaseURL string) {
		m := newMachine(t, databaseURL)
		m.must("migrate")
		p := &program{stderr: &plainWriter{to: new(bytes.Buffer)}, settings: new(config.Settings), getenv: func(name string) string { return m.env[name] }}
		err := p.withService(t.Context(), func(svc *service.Service, actor console.Principal) error {
			for i := range count {
				_, _, err := svc.CreateToken(t.Context(), actor, console.NewToken{
					GUID: console.NewGUID(), Type: console.TypeOrganization, Name: fmt.Sprint("token ", i), Scopes: []string{"ViewUsage"},
				})
				if err != nil {
					return err
				}
				if _, err := svc.CreateRepository(t.Context(), actor, console.NewRepository{Name: fmt.Sprint("repo", i), Kind: console.KindRepository}); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		seen := map[string]bool{}
		for line := range strings.Lines(m.must("token", "list", "--json")) {
			var token struct{ GUID string }
			if err := json.Unmarshal([]byte(line), &token); err != nil {
				t.Fatal(err)
			}
			seen[token.GUID] = true
		}
		if len(seen) != count {
			t.Errorf("the JSON list has %d tokens, want %d", len(seen), count)
		}
		for _, what := range []string{"token", "repository"} {
			if got := strings.Count(m.must(what, "list"), "\n"); got != count+1 {
				t.Errorf("the %s list has %d lines, want %d and the titles", what, got, count)
			}
		}
	})
}

// TestEightStartsOnAnEmptyDatabase starts commands that each find nothing: one
// migrates, one makes the key, and all work.
func TestEightStartsOnAnEmptyDatabase(t *testing.T) {
	empty := func(string) error { return nil }
	for name, m := range map[string]*machine{"sqlite": blank(t), "postgres": newMachine(t, pgtest.New(t, empty))} {
		t.Run(name, func(t *testing.T) {
			var wg sync.WaitGroup
			for i := range 8 {
				wg.Go(func() {
					if o := m.runIn(t.Context(), "repository", "create", fmt.Sprint("repo", i)); o.code != 0 {
						t.Errorf("start %d: %d %s", i, o.code, o.stderr)
					}
				})
			}
			wg.Wait()
			if out := m.must("repository", "list"); strings.Count(out, "\n") != 9 {
				t.Errorf("the repositories are\n%s", out)
			}
		})
	}
}

func TestALostKeyIsNotReplaced(t *testing.T) {
	m := blank(t)
	m.must("token", "create", "--name", "x", "--scope", "ViewUsage", "--type", "organization")
	kept, err := os.ReadFile(m.env["LATCHKEY_KEY_FILE"])
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(m.env["LATCHKEY_KEY_FILE"]); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		m.refused(1, []string{"another key"}, "token", "list")
	}
	if err := os.WriteFile(m.env["LATCHKEY_KEY_FILE"], kept, 0o600); err != nil {
		t.Fatal(err)
	}
	m.must("token", "list")
	if runtime.GOOS == "windows" {
		return
	}
	if err := os.Chmod(m.env["LATCHKEY_KEY_FILE"], 0o644); err != nil {
		t.Fatal(err)
	}
	m.refused(1, []string{"chmod 600"}, "token", "list")
}

func TestFilesAreForTheirOwner(t *testing.T) {
	m := blank(t)
	o := m.run("repository", "list")
	if o.code != 0 || !strings.Contains(o.stderr, "Starting a new database") || !strings.Contains(o.stderr, "Keep a copy") {
		t.Errorf("the first command: %+v", o)
	}
	if o := m.run("repository", "list"); o.stderr != "" {
		t.Errorf("the second command says %q", o.stderr)
	}
	for _, path := range []string{strings.TrimPrefix(m.env["LATCHKEY_DATABASE_URL"], "sqlite:"), m.env["LATCHKEY_KEY_FILE"]} {
		info, err := os.Stat(path)
		if err != nil {
			t.Fatal(err)
		}
		if runtime.GOOS != "windows" && info.Mode().Perm() != 0o600 {
			t.Errorf("%s has the mode %v", path, info.Mode())
		}
	}
}

func TestAnUnreachableDatabase(t *testing.T) {
	m := blank(t)
	m.env["LATCHKEY_DATABASE_URL"] = "postgres://me:hunter2@127.0.0.1:1/latchkey"
	m.refused(5, []string{"database", "refused"}, "token", "list")
	if o := m.run("serve"); strings.Contains(o.stderr, "hunter2") || o.code != 5 {
		t.Errorf("%+v", o)
	}
	m.env["LATCHKEY_DATABASE_URL"] = "sqlite:/nowhere/latchkey.db"
	m.refused(1, []string{"/nowhere/latchkey.db"}, "migrate")
}

// TestAMemberOnTheCommandLine: what they may not see leaves nothing behind, and
// what the console shows them of their repository is theirs here too.
func TestAMemberOnTheCommandLine(t *testing.T) {
	storetest.EachURL(t, func(t *testing.T, databaseURL string) {
		m := logs(t, databaseURL)
		m.must("ip-filter", "create", "egress", "--rule", "allow 10.0.0.0/8")
		m.must("ip-filter", "create", "other", "--rule", "allow 10.0.0.0/8")
		m.token("ci", "--ip-filter", "egress")
		m.stdin = "quiet lantern orbit maple\n"
		m.must("user", "add", "--email", "maya@example.com", "--name", "Maya", "--role", "member", "--password-stdin")
		m.must("user", "add", "--email", "nora@example.com", "--name", "Nora", "--role", "member", "--password-stdin")
		m.must("user", "edit", "maya@example.com", "--scope", "ReadAccess")
		m.must("user", "member", "maya@example.com", "--repository", "web-logs", "--repository-role", "manager")
		for _, list := range [][]string{{"audit", "list"}, {"user", "list"}} {
			if o := m.run(append([]string{"--as", "maya@example.com"}, list...)...); o.code == 0 || o.stdout != "" {
				t.Errorf("%q: %+v", list, o)
			}
		}
		m.refused(3, []string{"--repository"}, "--as", "maya@example.com", "ip-filter", "list")
		if out := m.must("--as", "maya@example.com", "ip-filter", "list", "--repository", "web-logs"); !strings.Contains(out, "egress") || strings.Contains(out, "other") {
			t.Errorf("a manager sees %s", out)
		}
		m.refused(3, []string{"There is no repository “web-logs”."}, "--as", "nora@example.com", "ip-filter", "list", "--repository", "web-logs")
	})
}

// TestAKeyIsReplaced by one that the program makes, beside the old one.
func TestAKeyIsReplaced(t *testing.T) {
	m := blank(t)
	m.must("token", "create", "--name", "x", "--scope", "ViewUsage", "--type", "organization")
	old := m.env["LATCHKEY_KEY_FILE"]
	m.env["LATCHKEY_KEY_FILE"] = old + ".new"
	m.env["LATCHKEY_OLD_KEY_FILES"] = old
	if o := m.run("token", "list"); o.code != 0 || !strings.Contains(o.stderr, "Made the key file "+old+".new") {
		t.Errorf("the first start with a new key: %+v", o)
	}
	m.must("token", "create", "--name", "y", "--scope", "ViewUsage", "--type", "organization")
	m.must("audit", "verify")
	if out := m.must("audit", "list", "--action", "key.changed"); strings.Count(out, "key.changed") != 1 {
		t.Errorf("recorded is\n%s", out)
	}
	delete(m.env, "LATCHKEY_OLD_KEY_FILES")
	m.refused(1, []string{"another key", "bring back the key"}, "token", "list")
	m.env["LATCHKEY_OLD_KEY_FILES"] = old + ".lost"
	m.refused(2, []string{"LATCHKEY_OLD_KEY_FILES", "no such file"}, "token", "list")
}
