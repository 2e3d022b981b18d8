package config

import (
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"net/netip"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"latchkey/internal/console"
)

func TestDefaults(t *testing.T) {
	c := load(t, Settings{}, nil)
	if c.DatabaseURL != "sqlite:latchkey.db" || c.Listen != "127.0.0.1:8080" || c.KeyFile != "latchkey.key" ||
		c.PublicURL != nil || c.TrustedProxies != nil || c.Gateways != nil || c.Organization != "" || c.LogFormat != "" ||
		c.LogLevel != slog.LevelInfo || c.SessionIdle != 30*time.Minute || c.SessionAbsolute != 12*time.Hour ||
		c.Retention != 90*day || c.RetentionWindow != 5*time.Minute || c.DrainDelay != 2*time.Second {
		t.Errorf("the defaults are %+v", c.Redacted())
	}
}

func TestFlagsWinOverTheEnvironment(t *testing.T) {
	c := load(t, Settings{Listen: ":1"}, env{"LATCHKEY_LISTEN": ":2", "LATCHKEY_ORGANIZATION": " Example  ", "LATCHKEY_METRICS_ADDR": ":3"})
	if c.Listen != ":1" || c.Organization != "Example" || c.MetricsAddr != ":3" {
		t.Errorf("listen %q, organization %q, metrics %q", c.Listen, c.Organization, c.MetricsAddr)
	}
	sources := map[string]string{}
	for _, row := range c.Redacted() {
		sources[row.Name] = row.Source
	}
	for name, want := range map[string]string{
		"LATCHKEY_LISTEN": "flag", "LATCHKEY_ORGANIZATION": "environment", "LATCHKEY_LOG_LEVEL": "default",
	} {
		if sources[name] != want {
			t.Errorf("%s comes from %q, want %q", name, sources[name], want)
		}
	}
}

func TestTheKeyFileIsBesideTheSQLiteFile(t *testing.T) {
	for databaseURL, want := range map[string]string{
		"sqlite:latchkey.db":             "latchkey.key",
		"sqlite:/var/lib/latchkey/x.db":  "/var/lib/latchkey/latchkey.key",
		"postgres://localhost/latchkey":  "latchkey.key",
		"postgresql:///latchkey?host=/x": "latchkey.key",
	} {
		if got := load(t, Settings{DatabaseURL: databaseURL}, nil).KeyFile; got != filepath.FromSlash(want) {
			t.Errorf("%s: %s, want %s", databaseURL, got, want)
		}
	}
}

func TestAllProblemsAreReportedAtOnce(t *testing.T) {
	_, err := Load(Settings{}, env{
		"LATCHKEY_DATABASE_URL":          "mysql://root:hunter2@db/latchkey",
		"LATCHKEY_KEY":                   "c2hvcnQ-hunter2",
		"LATCHKEY_LISTEN":                "8080",
		"LATCHKEY_METRICS_ADDR":          "metrics",
		"LATCHKEY_PUBLIC_URL":            "https://console.example.com/path",
		"LATCHKEY_TRUSTED_PROXIES":       "10.0.0.0/8, ten",
		"LATCHKEY_GATEWAYS":              "*",
		"LATCHKEY_ORGANIZATION":          "two\nlines",
		"LATCHKEY_REQUIRE_SECOND_FACTOR": "owner, king",
		"LATCHKEY_SESSION_IDLE":          "soon",
		"LATCHKEY_SESSION_ABSOLUTE":      "-1h",
		"LATCHKEY_RETENTION":             "90",
		"LATCHKEY_RETENTION_WINDOW":      "-5m",
		"LATCHKEY_DRAIN_DELAY":           "2h",
		"LATCHKEY_LOG_FORMAT":            "xml",
		"LATCHKEY_LOG_LEVEL":             "loud",
	}.get)
	want := []string{
		"LATCHKEY_DATABASE_URL", "LATCHKEY_DRAIN_DELAY", "LATCHKEY_GATEWAYS", "LATCHKEY_KEY", "LATCHKEY_LISTEN", "LATCHKEY_LOG_FORMAT",
		"LATCHKEY_LOG_LEVEL", "LATCHKEY_METRICS_ADDR", "LATCHKEY_ORGANIZATION", "LATCHKEY_PUBLIC_URL", "LATCHKEY_REQUIRE_SECOND_FACTOR", "LATCHKEY_RETENTION", "LATCHKEY_RETENTION_WINDOW",
		"LATCHKEY_SESSION_ABSOLUTE", "LATCHKEY_SESSION_IDLE", "LATCHKEY_TRUSTED_PROXIES",
	}
	if diff := cmp.Diff(want, problems(t, err)); diff != "" {
		t.Errorf("problems (-want +got):\n%s", diff)
	}
	if strings.Contains(err.Error(), "hunter2") {
		t.Errorf("the error quotes a secret: %v", err)
	}
}

func TestOneProblem(t *testing.T) {
	folder := t.TempDir()
	for _, test := range []struct{ name, variable, text string }{
		{"no file", "LATCHKEY_DATABASE_URL", "sqlite:"},
		{"memory", "LATCHKEY_DATABASE_URL", "sqlite::memory:"},
		{"a URL by habit", "LATCHKEY_DATABASE_URL", "sqlite://latchkey.db"},
		{"a folder", "LATCHKEY_DATABASE_URL", "sqlite:" + folder},
		{"no scheme", "LATCHKEY_DATABASE_URL", "latchkey.db"},
		{"an unreadable URL", "LATCHKEY_DATABASE_URL", "postgres://u:p%zz@h/d"},
		{"a port too high", "LATCHKEY_LISTEN", ":65536"},
		{"a service's name", "LATCHKEY_LISTEN", ":http"},
		{"a name without a port", "LATCHKEY_METRICS_ADDR", "localhost"},
		{"another scheme", "LATCHKEY_PUBLIC_URL", "ftp://example.com"},
		{"no host", "LATCHKEY_PUBLIC_URL", "https:///"},
		{"a query", "LATCHKEY_PUBLIC_URL", "https://example.com/?"},
		{"a fragment", "LATCHKEY_PUBLIC_URL", "https://example.com/#a"},
		{"a user", "LATCHKEY_PUBLIC_URL", "https://me@example.com"},
		{"no scheme", "LATCHKEY_PUBLIC_URL", "example.com"},
		{"a zone", "LATCHKEY_TRUSTED_PROXIES", "fe80::1%eth0"},
		{"octal", "LATCHKEY_TRUSTED_PROXIES", "010.0.0.1"},
		{"half-mapped", "LATCHKEY_TRUSTED_PROXIES", "::ffff:10.0.0.0/90"},
		{"a gateway's name", "LATCHKEY_GATEWAYS", "localhost"},
		{"a gateway's port", "LATCHKEY_GATEWAYS", "127.0.0.1:80"},
		{"shorter than its pauses", "LATCHKEY_SESSION_ABSOLUTE", "5m"},
		{"a number", "LATCHKEY_DRAIN_DELAY", "5"},
		{"a number without its unit", "LATCHKEY_RETENTION", "90"},
		{"too short to look at", "LATCHKEY_RETENTION", "23h59m"},
		{"more than a duration holds", "LATCHKEY_RETENTION", "99999d"},
		{"a negative number of days", "LATCHKEY_RETENTION", "-90d"},
		{"half a day", "LATCHKEY_RETENTION", "1.5d"},
		{"shown for ever", "LATCHKEY_RETENTION_WINDOW", "forever"},
		{"31 bytes", "LATCHKEY_KEY", strings.Repeat("ab", 31)},
		{"no such file", "LATCHKEY_DATABASE_URL_FILE", filepath.Join(folder, "absent")},
		{"an old key that is not there", "LATCHKEY_OLD_KEY_FILES", filepath.Join(folder, "absent")},
		{"an old key that is a folder", "LATCHKEY_OLD_KEY_FILES", folder},
	} {
		_, err := Load(Settings{}, env{test.variable: test.text}.get)
		if got := problems(t, err); !slices.Equal(got, []string{test.variable}) {
			t.Errorf("%s: %s=%s gives problems with %v", test.name, test.variable, test.text, got)
		}
	}
}

func TestSound(t *testing.T) {
	c := load(t, Settings{}, env{
		"LATCHKEY_PUBLIC_URL":      "https://Console.Example.com:8443/",
		"LATCHKEY_TRUSTED_PROXIES": "10.1.2.3/8, ::ffff:192.168.0.0/112,2001:db8::1 ,",
		"LATCHKEY_GATEWAYS":        "127.0.0.1,::1, 10.9.8.7/24",
		"LATCHKEY_LISTEN":          "[::1]:0",
		"LATCHKEY_DRAIN_DELAY":     "0",
		"LATCHKEY_LOG_LEVEL":       "WARN",
	})
	if got := c.PublicURL.String(); got != "https://console.example.com:8443" {
		t.Errorf("public URL %s", got)
	}
	want := []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("192.168.0.0/16"), netip.MustParsePrefix("2001:db8::1/128")}
	if !slices.Equal(c.TrustedProxies, want) {
		t.Errorf("trusted proxies %v", c.TrustedProxies)
	}
	want = []netip.Prefix{netip.MustParsePrefix("127.0.0.1/32"), netip.MustParsePrefix("::1/128"), netip.MustParsePrefix("10.9.8.0/24")}
	if !slices.Equal(c.Gateways, want) {
		t.Errorf("gateways %v", c.Gateways)
	}
	if c.DrainDelay != 0 || c.LogLevel != slog.LevelWarn {
		t.Errorf("drain delay %v, log level %v", c.DrainDelay, c.LogLevel)
	}
}

func TestRetention(t *testing.T) {
	for text, want := range map[string]time.Duration{
		"90d": 90 * day, "2160h": 90 * day, "24h": day, "36500d": 36500 * day,
		"0": 0, "0s": 0, "0d": 0, "forever": 0, "Forever": 0,
	} {
		if got := load(t, Settings{Retention: text}, nil).Retention; got != want {
			t.Errorf("%s is %v, want %v", text, got, want)
		}
	}
	for text, want := range map[string]time.Duration{"0": 0, "5m": 5 * time.Minute, "7d": 7 * day} {
		if got := load(t, Settings{RetentionWindow: text}, nil).RetentionWindow; got != want {
			t.Errorf("a window of %s is %v, want %v", text, got, want)
		}
	}
	_, err := Load(Settings{Retention: "2d", RetentionWindow: "3d"}, env{}.get)
	if got := problems(t, err); !slices.Equal(got, []string{"LATCHKEY_RETENTION"}) {
		t.Errorf("a window longer than what is kept: %v", err)
	}
	load(t, Settings{Retention: "2d", RetentionWindow: "48h"}, nil)
	load(t, Settings{Retention: "forever", RetentionWindow: "1000d"}, nil)
}

func TestDurationsAreShownShort(t *testing.T) {
	for d, want := range map[time.Duration]string{
		0: "0s", 30 * time.Second: "30s", time.Minute: "1m", 30 * time.Minute: "30m", 90 * time.Second: "1m30s", time.Hour: "1h",
		10 * time.Hour: "10h", day: "24h", 90 * time.Minute: "1h30m", 90 * day: "90d",
	} {
		if got := short(d); got != want {
			t.Errorf("%v is shown as %s, want %s", d, got, want)
		}
	}
}

func TestTheDatabaseURLMayComeFromAFile(t *testing.T) {
	file := write(t, "postgres://me:hunter2@db/latchkey\n", 0o600)
	c := load(t, Settings{}, env{"LATCHKEY_DATABASE_URL_FILE": file})
	if c.DatabaseURL != "postgres://me:hunter2@db/latchkey" {
		t.Errorf("got %q", c.DatabaseURL)
	}
	c = load(t, Settings{DatabaseURL: "sqlite:x.db"}, env{"LATCHKEY_DATABASE_URL_FILE": file})
	if c.DatabaseURL != "sqlite:x.db" {
		t.Errorf("the flag loses: %q", c.DatabaseURL)
	}
	_, err := Load(Settings{}, env{"LATCHKEY_DATABASE_URL_FILE": file, "LATCHKEY_DATABASE_URL": "sqlite:x.db"}.get)
	if got := problems(t, err); !slices.Equal(got, []string{"LATCHKEY_DATABASE_URL"}) {
		t.Errorf("both at once: %v", err)
	}
	open := write(t, "postgres://me:hunter2@db/latchkey\n", 0o644)
	_, err = Load(Settings{}, env{"LATCHKEY_DATABASE_URL_FILE": open}.get)
	if got := problems(t, err); !slices.Equal(got, []string{"LATCHKEY_DATABASE_URL_FILE"}) || strings.Contains(err.Error(), "hunter2") {
		t.Errorf("a file that others can read: %v", err)
	}
}

func TestNothingShowsASecret(t *testing.T) {
	key := strings.Repeat("5e", 32)
	for _, databaseURL := range []string{
		"postgres://me:hunter2@db:5432/latchkey?sslmode=require",
		"postgres://me@db/latchkey?password=hunter2&sslpassword=hunter2",
		"postgres://me:hunter2%40%2F@db/latchkey",
	} {
		c := load(t, Settings{}, env{"LATCHKEY_DATABASE_URL": databaseURL, "LATCHKEY_KEY": key})
		shown := fmt.Sprint(c.Redacted()) + fmt.Sprintf("%v %+v %#v %s", c, c, c, &c)
		var log strings.Builder
		slog.New(slog.NewTextHandler(&log, nil)).Info("config", "config", c)
		for _, text := range []string{shown, log.String()} {
			if strings.Contains(text, "hunter2") || strings.Contains(text, key) || strings.Contains(text, "94 94") || !strings.Contains(text, "me") {
				t.Errorf("%s", text)
			}
		}
	}
}

// TestEverySettingIsAVariableAndAFlag keeps the two lists of names together.
// Only the key has no flag.
func TestEverySettingIsAVariableAndAFlag(t *testing.T) {
	want := []string{"LATCHKEY_KEY"}
	for field := range reflect.TypeFor[Settings]().Fields() {
		if flag := field.Tag.Get("name"); flag != "" {
			want = append(want, Variable(flag))
		}
	}
	var got []string
	for _, v := range new(Settings).variables() {
		got = append(got, v.name)
	}
	slices.Sort(want)
	slices.Sort(got)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("variables (-flags +variables):\n%s", diff)
	}
}

type env map[string]string

func (e env) get(name string) string { return e[name] }

func load(t *testing.T, s Settings, e env) Config {
	t.Helper()
	c, err := Load(s, e.get)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// problems returns the variables that err complains about.
func problems(t *testing.T, err error) []string {
	t.Helper()
	e, ok := errors.AsType[*console.Error](err)
	if !ok || e.Code != console.CodeInvalid {
		t.Errorf("the error is %v", err)
		return nil
	}
	return slices.Sorted(maps.Keys(e.Fields))
}

func write(t *testing.T, text string, mode os.FileMode) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(path, []byte(text), mode); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestRolesThatNeedASecondFactor(t *testing.T) {
	for text, want := range map[string][]console.Role{
		"": nil, "owner": {console.RoleOwner}, " Owner,administrator ,": {console.RoleOwner, console.RoleAdministrator},
	} {
		if got := load(t, Settings{RequireSecondFactor: text}, env{}).RequireSecondFactor; !slices.Equal(got, want) {
			t.Errorf("%q is read as %v", text, got)
		}
	}
}
