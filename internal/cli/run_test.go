package cli

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"latchkey/internal/console"
)

// machine is a computer on which a test runs the program.
type machine struct {
	t     *testing.T
	env   map[string]string
	stdin string
}

// newMachine has a database, and its files in a folder of its own.
func newMachine(t *testing.T, databaseURL string) *machine {
	return &machine{t: t, env: map[string]string{
		"LATCHKEY_DATABASE_URL": databaseURL,
		"LATCHKEY_KEY_FILE":     filepath.Join(t.TempDir(), "latchkey.key"),
		"LATCHKEY_LISTEN":       "127.0.0.1:0",
	}}
}

// blank has no database yet.
func blank(t *testing.T) *machine {
	return newMachine(t, "sqlite:"+filepath.Join(t.TempDir(), "latchkey.db"))
}

type outcome struct {
	code           int
	stdout, stderr string
}

func (m *machine) run(args ...string) outcome {
	m.t.Helper()
	return m.runIn(m.t.Context(), args...)
}

func (m *machine) runIn(ctx context.Context, args ...string) outcome {
	var stdout, stderr bytes.Buffer
	code := Run(ctx, args, strings.NewReader(m.stdin), &stdout, &stderr, func(name string) string { return m.env[name] })
	return outcome{code, stdout.String(), stderr.String()}
}

// must runs a command that has to succeed and returns what it was asked for.
func (m *machine) must(args ...string) string {
	m.t.Helper()
	o := m.run(args...)
	if o.code != 0 {
		m.t.Fatalf("%q: exit code %d, %s", args, o.code, o.stderr)
	}
	return o.stdout
}

// refused runs a command that has to end with code, and to say all of these.
func (m *machine) refused(code int, sentences []string, args ...string) {
	m.t.Helper()
	o := m.run(args...)
	if o.code != code || o.stdout != "" {
		m.t.Errorf("%q: exit code %d, want %d; on stdout %q", args, o.code, code, o.stdout)
	}
	for _, sentence := range sentences {
		if !strings.Contains(o.stderr, sentence) {
			m.t.Errorf("%q does not say %q but:\n%s", args, sentence, o.stderr)
		}
	}
}

func TestEveryCodeHasAnExitCode(t *testing.T) {
	if len(exitCodes) != len(console.Codes) {
		t.Errorf("%d exit codes for %d codes", len(exitCodes), len(console.Codes))
	}
	for _, code := range console.Codes {
		if exit, ok := exitCodes[code]; !ok || exit == 0 {
			t.Errorf("%s exits with %d", code, exit)
		}
	}
}

func TestACommandLineThatMakesNoSense(t *testing.T) {
	m := blank(t)
	for _, test := range []struct {
		args []string
		says []string
	}{
		{nil, []string{"serve", "migrate", "latchkey --help"}},
		{[]string{"fly"}, []string{"fly", "latchkey --help"}},
		{[]string{"token"}, []string{"create"}},
		{[]string{"token", "create"}, []string{"--name", "--scope", "latchkey token create --help"}},
		{[]string{"user", "add", "--email", "a@b.c", "--role", "owner"}, []string{"--password-stdin"}},
		{[]string{"token", "show"}, []string{"guid"}},
		{[]string{"serve", "--key", "c2VjcmV0"}, []string{"unknown flag --key"}},
		{[]string{"serve", "--password", "x"}, []string{"unknown flag"}},
	} {
		m.refused(2, test.says, test.args...)
	}
}

func TestHelpIsAnAnswer(t *testing.T) {
	m := blank(t)
	for _, args := range [][]string{{"--help"}, {"serve", "--help"}, {"token", "create", "--help"}, {"user", "add", "--help"}} {
		out := m.must(args...)
		if !strings.Contains(out, "LATCHKEY_DATABASE_URL") || !strings.Contains(out, "Usage: latchkey") {
			t.Errorf("%q prints\n%s", args, out)
		}
	}
}

func TestAllProblemsOfTheConfigurationAreSaidAtOnce(t *testing.T) {
	m := blank(t)
	m.env["LATCHKEY_DATABASE_URL"] = "mysql://root:hunter2@db/latchkey"
	m.env["LATCHKEY_PUBLIC_URL"] = "console"
	for _, command := range [][]string{{"serve"}, {"migrate"}, {"config"}, {"token", "list"}} {
		m.refused(2, []string{"  LATCHKEY_DATABASE_URL: ", "  LATCHKEY_PUBLIC_URL: ", "  LATCHKEY_LISTEN: "}, append(command, "--listen", "here")...)
		if o := m.run(command...); strings.Contains(o.stderr, "hunter2") {
			t.Errorf("%q shows the password: %s", command, o.stderr)
		}
	}
}

func TestTheConfigurationIsShownWithoutSecrets(t *testing.T) {
	m := blank(t)
	delete(m.env, "LATCHKEY_KEY_FILE")
	m.env["LATCHKEY_DATABASE_URL"] = "postgres://me:hunter2@db/latchkey?sslmode=require"
	m.env["LATCHKEY_KEY"] = strings.Repeat("5e", 32)
	out := m.must("config", "--organization", "Example")
	for _, want := range []string{"postgres://me:[secret]@db/latchkey?sslmode=require", "LATCHKEY_KEY ", "Example", "flag", "environment", "default"} {
		if !strings.Contains(out, want) {
			t.Errorf("no %q in\n%s", want, out)
		}
	}
	if strings.Contains(out, "hunter2") || strings.Contains(out, "5e5e") {
		t.Errorf("a secret is shown:\n%s", out)
	}
}

func TestProvidersAreShownWithoutSecrets(t *testing.T) {
	m := blank(t)
	m.env["LATCHKEY_OIDC_FILE"] = m.providers("https://sso.example")
	out := m.must("config")
	for _, want := range []string{"LATCHKEY_OIDC_FILE northwind", "Northwind SSO: https://sso.example as latchkey, secret [secret]"} {
		if !strings.Contains(out, want) {
			t.Errorf("no %q in\n%s", want, out)
		}
	}
	if strings.Contains(out, "hunter2") {
		t.Errorf("a secret is shown:\n%s", out)
	}
	m.env["LATCHKEY_OIDC_FILE"] = m.providers("sso.example")
	m.refused(2, []string{"  LATCHKEY_OIDC_FILE northwind.issuer: Write https://"}, "config")
}

// providers is a file that names one provider.
func (m *machine) providers(issuer string) string {
	m.t.Helper()
	path := filepath.Join(m.t.TempDir(), "sso.json")
	text := `{"providers": [{"id": "northwind", "label": "Northwind SSO", "issuer": "` + issuer + `", "client_id": "latchkey", "client_secret": "hunter2"}]}`
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		m.t.Fatal(err)
	}
	return path
}

func TestTheVersion(t *testing.T) {
	if out := blank(t).must("version"); !strings.HasPrefix(out, "latchkey ") || !strings.Contains(out, "go1.") {
		t.Errorf("it is %q", out)
	}
}

func TestAnInterruptedCommandSaysSo(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	m := blank(t)
	m.must("migrate")
	if o := m.runIn(ctx, "token", "list"); o.code == 0 {
		t.Errorf("exit code %d, %s", o.code, o.stderr)
	}
}
