// Package config turns environment variables and flags into a Config that is
// known to be sound. A setting has one name, LATCHKEY_LISTEN in the environment
// and --listen as a flag; the flag wins, and an empty text counts as not given.
package config

import (
	"log/slog"
	"net/netip"
	"net/url"
	"path/filepath"
	"strings"
	"time"

	"latchkey/internal/console"
)

// Settings are the settings as texts: flags fill them, Load adds the rest. The
// key itself has no flag, because other users of the machine can read the
// arguments of a process.
type Settings struct {
	DatabaseURL         string `name:"database-url" placeholder:"URL" help:"sqlite:FILE or postgres://... (default: sqlite:latchkey.db). With a password in it, prefer the environment or --database-url-file."`
	DatabaseURLFile     string `name:"database-url-file" placeholder:"FILE" help:"File that holds the database's URL."`
	KeyFile             string `name:"key-file" placeholder:"FILE" help:"File that holds the installation's key, made at the first start (default: latchkey.key, beside the SQLite file)."`
	OldKeyFiles         string `name:"old-key-files" placeholder:"FILE,..." help:"Files that hold keys that were the key before (default: none)."`
	Listen              string `name:"listen" placeholder:"HOST:PORT" help:"Where to listen (default: 127.0.0.1:8080)."`
	MetricsAddr         string `name:"metrics-addr" placeholder:"HOST:PORT" help:"Where Prometheus finds metrics, such as 127.0.0.1:9464; for no one else's eyes (default: nowhere)."`
	PublicURL           string `name:"public-url" placeholder:"URL" help:"Address under which people reach the console, when it is not the one it listens on."`
	TrustedProxies      string `name:"trusted-proxies" placeholder:"PREFIX,..." help:"Addresses of proxies whose X-Forwarded-For is believed (default: none)."`
	Gateways            string `name:"gateways" placeholder:"PREFIX,..." help:"Addresses of the gateways that may ask the forward-auth endpoints (default: none)."`
	OIDCFile            string `name:"oidc-file" placeholder:"FILE" help:"File, in JSON, with the providers of OpenID Connect at which people may sign in."`
	Organization        string `name:"organization" placeholder:"NAME" help:"Name shown in the console."`
	SessionIdle         string `name:"session-idle" placeholder:"DURATION" help:"How long a session may pause (default: 30m)."`
	SessionAbsolute     string `name:"session-absolute" placeholder:"DURATION" help:"How long a session may last (default: 12h)."`
	RequireSecondFactor string `name:"require-second-factor" placeholder:"ROLE,..." help:"Roles whose people need a second factor, such as owner,administrator (default: none)."`
	Retention           string `name:"retention" placeholder:"DURATION" help:"How long tokens that expired or were revoked are kept; 0 or forever keeps them (default: 90d)."`
	RetentionWindow     string `name:"retention-window" placeholder:"DURATION" help:"How long an expired token stays on its repository's page (default: 5m)."`
	DrainDelay          string `name:"drain-delay" placeholder:"DURATION" help:"How long to go on answering after being told to stop, for balancers to notice (default: 2s)."`
	LogFormat           string `name:"log-format" placeholder:"FORMAT" help:"text or json (default: text on a terminal, json elsewhere)."`
	LogLevel            string `name:"log-level" placeholder:"LEVEL" help:"debug, info, warn or error (default: info)."`

	key string
}

// Variable is the environment variable of the setting that has the given flag.
func Variable(flag string) string {
	return "LATCHKEY_" + strings.ToUpper(strings.ReplaceAll(flag, "-", "_"))
}

// Config is a sound configuration. Printing one shows no secret.
type Config struct {
	// DatabaseURL may hold a password.
	DatabaseURL string
	KeyFile     string
	Listen      string
	// MetricsAddr is where metrics are served; empty is nowhere.
	MetricsAddr string
	// PublicURL is nil unless it was set; it has no path.
	PublicURL      *url.URL
	TrustedProxies []netip.Prefix
	// Gateways may ask the forward-auth endpoints.
	Gateways        []netip.Prefix
	Organization    string
	SessionIdle     time.Duration
	SessionAbsolute time.Duration
	// RequireSecondFactor are the roles whose people need a second factor.
	RequireSecondFactor []console.Role
	// Retention is how long tokens that ended are kept; zero is for ever.
	Retention time.Duration
	// RetentionWindow is how long an expired token stays on its repository's page.
	RetentionWindow time.Duration
	DrainDelay      time.Duration
	// Providers are where people may sign in by OpenID Connect.
	Providers []console.Provider
	// LogFormat is empty when it depends on where the log goes.
	LogFormat string
	LogLevel  slog.Level

	key           []byte
	oldKeys       [][]byte
	clientSecrets map[string]string
	rows          []Row
}

// Fixed are the settings that were given, which nobody can change while the
// program runs.
func (c Config) Fixed() console.SettingsPatch {
	var p console.SettingsPatch
	for _, row := range c.rows {
		if row.Source == "default" {
			continue
		}
		switch row.Name {
		case "LATCHKEY_ORGANIZATION":
			p.Organization = &c.Organization
		case "LATCHKEY_SESSION_IDLE":
			p.SessionIdle = &c.SessionIdle
		case "LATCHKEY_SESSION_ABSOLUTE":
			p.SessionAbsolute = &c.SessionAbsolute
		case "LATCHKEY_RETENTION":
			p.Retention = &c.Retention
		case "LATCHKEY_RETENTION_WINDOW":
			p.RetentionWindow = &c.RetentionWindow
		}
	}
	return p
}

// SQLiteFile is the file that holds the database, if it is SQLite.
func (c Config) SQLiteFile() (string, bool) { return strings.CutPrefix(c.DatabaseURL, "sqlite:") }

// Row is one setting in effect, fit to be shown: its variable, its value with
// secrets blacked out, and where it came from.
type Row struct{ Name, Value, Source string }

// Redacted lists the settings in effect.
func (c Config) Redacted() []Row { return c.rows }

func (c Config) String() string {
	var b strings.Builder
	for _, row := range c.rows {
		b.WriteString(row.Name + "=" + row.Value + "\n")
	}
	return b.String()
}

// GoString keeps %#v from showing what String hides.
func (c Config) GoString() string { return c.String() }

// LogValue keeps a log from showing what String hides.
func (c Config) LogValue() slog.Value { return slog.StringValue(c.String()) }

// defaultKeyFile is beside the SQLite file, so that whoever moves the one sees
// the other, and in the working folder with PostgreSQL.
func (c Config) defaultKeyFile() string {
	const name = "latchkey.key"
	if file, ok := c.SQLiteFile(); ok {
		return filepath.Join(filepath.Dir(file), name)
	}
	return name
}

const blackedOut = "[secret]"

// withoutPassword is databaseURL as it may be shown.
func withoutPassword(databaseURL string) string {
	if strings.HasPrefix(databaseURL, "sqlite:") {
		return databaseURL
	}
	u, err := url.Parse(databaseURL)
	if err != nil {
		return blackedOut
	}
	if _, has := u.User.Password(); has {
		u.User = url.UserPassword(u.User.Username(), blackedOut)
	}
	query := u.Query()
	for name := range query {
		if strings.Contains(strings.ToLower(name), "password") {
			query.Set(name, blackedOut)
		}
	}
	u.RawQuery = query.Encode()
	text, err := url.PathUnescape(u.String())
	if err != nil {
		return blackedOut
	}
	return text
}
