package config

import (
	"errors"
	"log/slog"
	"net"
	"net/netip"
	"net/url"
	"os"
	"regexp"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"latchkey/internal/console"
)

// Load completes the given settings from the environment and the defaults. If
// any is unsound the error is an invalid console.Error that has a sentence for
// each of them, by the variable's name, and quotes no secret.
func Load(given Settings, getenv func(string) string) (Config, error) {
	l := loader{problems: console.Problems{}, getenv: getenv}
	s := l.texts(given)
	c := Config{
		DatabaseURL:         l.databaseURL(s.DatabaseURL),
		Listen:              l.listen("LATCHKEY_LISTEN", s.Listen),
		MetricsAddr:         l.metricsAddr(s.MetricsAddr),
		PublicURL:           l.publicURL(s.PublicURL),
		TrustedProxies:      l.prefixes("LATCHKEY_TRUSTED_PROXIES", s.TrustedProxies),
		Gateways:            l.prefixes("LATCHKEY_GATEWAYS", s.Gateways),
		Organization:        l.organization(s.Organization),
		SessionIdle:         l.duration("LATCHKEY_SESSION_IDLE", s.SessionIdle, time.Minute, 30*day),
		SessionAbsolute:     l.duration("LATCHKEY_SESSION_ABSOLUTE", s.SessionAbsolute, time.Minute, 365*day),
		RequireSecondFactor: l.roles(s.RequireSecondFactor),
		Retention:           l.retention(s.Retention),
		RetentionWindow:     l.duration("LATCHKEY_RETENTION_WINDOW", s.RetentionWindow, 0, longest),
		DrainDelay:          l.duration("LATCHKEY_DRAIN_DELAY", s.DrainDelay, 0, time.Minute),
		LogFormat:           l.logFormat(s.LogFormat),
		LogLevel:            l.logLevel(s.LogLevel),
		KeyFile:             s.KeyFile,
		key:                 l.key(s.key),
		oldKeys:             l.oldKeys(s.OldKeyFiles),
	}
	l.problems.Check(c.SessionIdle <= c.SessionAbsolute || c.SessionAbsolute == 0, "LATCHKEY_SESSION_ABSOLUTE",
		"A session can't last shorter than it may pause: make it at least LATCHKEY_SESSION_IDLE.")
	l.problems.Check(c.Retention == 0 || c.Retention >= c.RetentionWindow, "LATCHKEY_RETENTION",
		"A token can't stay on a page for longer than it is kept: make it at least LATCHKEY_RETENTION_WINDOW.")
	c.Providers, c.clientSecrets = l.providers(s.OIDCFile)
	if c.KeyFile == "" {
		c.KeyFile = c.defaultKeyFile()
	}
	if err := l.problems.Err(); err != nil {
		e, _ := errors.AsType[*console.Error](err)
		e.Message = "Some settings need another look."
		return Config{}, e
	}
	c.rows = l.shown(c, s)
	return c, nil
}

type loader struct {
	problems console.Problems
	getenv   func(string) string
	sources  map[string]string
}

// texts finds the text of each setting: flag, variable, file, default.
func (l *loader) texts(s Settings) Settings {
	l.sources = map[string]string{}
	for _, v := range s.variables() {
		switch {
		case *v.text != "":
			l.sources[v.name] = "flag"
		case l.getenv(v.name) != "":
			*v.text, l.sources[v.name] = l.getenv(v.name), "environment"
		default:
			*v.text, l.sources[v.name] = v.fallback, "default"
		}
	}
	if l.instead("LATCHKEY_DATABASE_URL_FILE", "LATCHKEY_DATABASE_URL") {
		s.DatabaseURL = l.file("LATCHKEY_DATABASE_URL_FILE", s.DatabaseURLFile)
		l.sources["LATCHKEY_DATABASE_URL"] = "file"
	}
	if l.instead("LATCHKEY_KEY_FILE", "LATCHKEY_KEY") {
		s.key, l.sources["LATCHKEY_KEY"] = "", "default"
	}
	return s
}

// instead reports whether file is given and to be used in place of direct. If
// both are given the flag wins; given in the same way, neither can.
func (l *loader) instead(file, direct string) bool {
	if l.sources[file] == "default" {
		return false
	}
	l.problems.Check(l.sources[file] != l.sources[direct], direct, "Set either "+direct+" or "+file+", not both.")
	return l.sources[direct] != "flag"
}

type variable struct {
	name     string
	text     *string
	fallback string
}

// variables are the settings by the names of their environment variables, in
// the order in which they are shown.
func (s *Settings) variables() []variable {
	return []variable{
		{"LATCHKEY_DATABASE_URL", &s.DatabaseURL, "sqlite:latchkey.db"},
		{"LATCHKEY_DATABASE_URL_FILE", &s.DatabaseURLFile, ""},
		{"LATCHKEY_KEY", &s.key, ""},
		{"LATCHKEY_KEY_FILE", &s.KeyFile, ""},
		{"LATCHKEY_OLD_KEY_FILES", &s.OldKeyFiles, ""},
		{"LATCHKEY_LISTEN", &s.Listen, "127.0.0.1:8080"},
		{"LATCHKEY_METRICS_ADDR", &s.MetricsAddr, ""},
		{"LATCHKEY_PUBLIC_URL", &s.PublicURL, ""},
		{"LATCHKEY_TRUSTED_PROXIES", &s.TrustedProxies, ""},
		{"LATCHKEY_OIDC_FILE", &s.OIDCFile, ""},
		{"LATCHKEY_GATEWAYS", &s.Gateways, ""},
		{"LATCHKEY_ORGANIZATION", &s.Organization, ""},
		{"LATCHKEY_SESSION_IDLE", &s.SessionIdle, "30m"},
		{"LATCHKEY_SESSION_ABSOLUTE", &s.SessionAbsolute, "12h"},
		{"LATCHKEY_REQUIRE_SECOND_FACTOR", &s.RequireSecondFactor, ""},
		{"LATCHKEY_RETENTION", &s.Retention, "90d"},
		{"LATCHKEY_RETENTION_WINDOW", &s.RetentionWindow, "5m"},
		{"LATCHKEY_DRAIN_DELAY", &s.DrainDelay, "2s"},
		{"LATCHKEY_LOG_FORMAT", &s.LogFormat, ""},
		{"LATCHKEY_LOG_LEVEL", &s.LogLevel, "info"},
	}
}

// shown is every setting as it may be seen by anybody.
func (l *loader) shown(c Config, s Settings) []Row {
	s.DatabaseURL, s.KeyFile = withoutPassword(c.DatabaseURL), c.KeyFile
	if c.key != nil {
		s.key, s.KeyFile = blackedOut, ""
	}
	var rows []Row
	for _, v := range s.variables() {
		rows = append(rows, Row{v.name, *v.text, l.sources[v.name]})
		if v.name == oidcVariable {
			rows = append(rows, c.shownProviders()...)
		}
	}
	return rows
}

func (l *loader) file(name, path string) string {
	text, err := readPrivate(path)
	if err != nil {
		l.problems.Check(false, name, sentence(err))
		return ""
	}
	l.problems.Check(text != "", name, "The file is empty.")
	return text
}

func (l *loader) databaseURL(text string) string {
	const name = "LATCHKEY_DATABASE_URL"
	if text == "" {
		return "" // its file was the problem
	}
	if file, ok := strings.CutPrefix(text, "sqlite:"); ok {
		relative := strings.HasPrefix(file, "//") && !strings.HasPrefix(file, "///")
		l.problems.Check(file != "" && file != ":memory:" && !relative, name,
			"Write sqlite: and the path of a file, such as sqlite:latchkey.db or sqlite:/var/lib/latchkey/latchkey.db.")
		if info, err := os.Stat(file); err == nil && file != "" {
			l.problems.Check(!info.IsDir(), name, "That is a folder; name the file in it, such as sqlite:latchkey.db.")
		}
		return text
	}
	u, err := url.Parse(text)
	l.problems.Check(err == nil && (u.Scheme == "postgres" || u.Scheme == "postgresql"), name,
		"Write sqlite:FILE or postgres://USER:PASSWORD@HOST:PORT/DATABASE. Special characters in the password need %-encoding.")
	return text
}

func (l *loader) key(text string) []byte {
	if text == "" {
		return nil
	}
	key, ok := parseKey(text)
	l.problems.Check(ok, "LATCHKEY_KEY", "The key is 32 random bytes in base64 or hexadecimal. “openssl rand -base64 32” makes one.")
	return key
}

// oldKeys reads the files of the keys from before, which have to be there.
func (l *loader) oldKeys(text string) [][]byte {
	const name = "LATCHKEY_OLD_KEY_FILES"
	var all [][]byte
	for path := range strings.SplitSeq(text, ",") {
		if path = strings.TrimSpace(path); path == "" {
			continue
		}
		held, err := readPrivate(path)
		if err != nil {
			l.problems.Check(false, name, path+": "+sentence(err))
			continue
		}
		key, ok := parseKey(held)
		l.problems.Check(ok, name, "The file "+path+" does not hold a key.")
		all = append(all, key)
	}
	return all
}

func (l *loader) listen(name, text string) string {
	_, port, err := net.SplitHostPort(text)
	number, portErr := strconv.Atoi(port)
	l.problems.Check(err == nil && portErr == nil && number >= 0 && number <= 65535, name,
		"Write an address and a port, such as 127.0.0.1:8080, [::1]:8080, or :8080 for all addresses.")
	return text
}

func (l *loader) metricsAddr(text string) string {
	if text == "" {
		return ""
	}
	return l.listen("LATCHKEY_METRICS_ADDR", text)
}

func (l *loader) publicURL(text string) *url.URL {
	if text == "" {
		return nil
	}
	u, err := url.Parse(text)
	ok := err == nil && (u.Scheme == "http" || u.Scheme == "https") && u.Hostname() != "" && u.User == nil &&
		(u.Path == "" || u.Path == "/") && u.RawQuery == "" && !u.ForceQuery && u.Fragment == ""
	l.problems.Check(ok, "LATCHKEY_PUBLIC_URL", "Write http:// or https:// and a host, without a path, such as https://console.example.com.")
	if !ok {
		return nil
	}
	return &url.URL{Scheme: u.Scheme, Host: strings.ToLower(u.Host)}
}

func (l *loader) prefixes(name, text string) []netip.Prefix {
	var prefixes []netip.Prefix
	for part := range strings.SplitSeq(text, ",") {
		if part = strings.TrimSpace(part); part == "" {
			continue
		}
		prefix, ok := parsePrefix(part)
		l.problems.Check(ok, name,
			"Write addresses or ranges, separated by commas, such as 10.0.0.5,192.168.0.0/24. This is none: "+strconv.QuoteToASCII(part)+".")
		prefixes = append(prefixes, prefix)
	}
	return prefixes
}

// parsePrefix reads an address or a range. An IPv4 range in IPv6 spelling
// becomes IPv4, because client addresses are unmapped before they are compared.
func parsePrefix(text string) (netip.Prefix, bool) {
	prefix, err := netip.ParsePrefix(text)
	if err != nil {
		addr, err := netip.ParseAddr(text)
		if err != nil || addr.Zone() != "" {
			return netip.Prefix{}, false
		}
		prefix = netip.PrefixFrom(addr, addr.BitLen())
	}
	if addr := prefix.Addr(); addr.Is4In6() {
		if prefix.Bits() < 96 {
			return netip.Prefix{}, false
		}
		prefix = netip.PrefixFrom(addr.Unmap(), prefix.Bits()-96)
	}
	return prefix.Masked(), true
}

func (l *loader) organization(text string) string {
	text = console.Clean(text)
	l.problems.Check(utf8.RuneCountInString(text) <= 100 && console.PlainLine(text), "LATCHKEY_ORGANIZATION",
		"Use at most 100 characters, on one line.")
	return text
}

func (l *loader) roles(text string) []console.Role {
	var roles []console.Role
	for part := range strings.SplitSeq(text, ",") {
		role := console.Role(strings.ToLower(strings.TrimSpace(part)))
		if role == "" {
			continue
		}
		l.problems.Check(role.Valid(), "LATCHKEY_REQUIRE_SECOND_FACTOR",
			"Write roles, separated by commas: owner, administrator, auditor, member. This is none: "+strconv.QuoteToASCII(part)+".")
		roles = append(roles, role)
	}
	return roles
}

func (l *loader) duration(name, text string, least, most time.Duration) time.Duration {
	d, ok := ParseDuration(text)
	l.problems.Check(ok && d >= least && d <= most, name,
		"Write a duration from "+short(least)+" to "+short(most)+", such as 45s, 30m or 12h.")
	return d
}

const (
	day = 24 * time.Hour
	// longest is more than anybody waits, and far from what a Duration can't hold.
	longest = 36500 * day
	// shortestKept leaves people the time to see what became of a token.
	shortestKept = day
)

// retention reads how long tokens that ended are kept: zero for ever.
func (l *loader) retention(text string) time.Duration {
	if strings.EqualFold(text, "forever") {
		return 0
	}
	d, ok := ParseDuration(text)
	l.problems.Check(ok && (d == 0 || d >= shortestKept && d <= longest), "LATCHKEY_RETENTION",
		"Write a duration from "+short(shortestKept)+" to "+short(longest)+", such as 90d or 2160h, or forever.")
	return d
}

var daysForm = regexp.MustCompile(`^([0-9]{1,5})d$`)

// ParseDuration reads a duration as Go writes it, or a number of days: 90d.
func ParseDuration(text string) (time.Duration, bool) {
	if parts := daysForm.FindStringSubmatch(text); parts != nil {
		days, err := strconv.Atoi(parts[1])
		return time.Duration(days) * day, err == nil
	}
	d, err := time.ParseDuration(text)
	return d, err == nil
}

// short is d in as few characters as it takes: 90d, 12h, 30m, 0s.
func short(d time.Duration) string {
	if d >= 2*day && d%day == 0 {
		return strconv.Itoa(int(d/day)) + "d"
	}
	text := d.String()
	if strings.HasSuffix(text, "m0s") {
		text = strings.TrimSuffix(text, "0s")
	}
	if strings.HasSuffix(text, "h0m") {
		text = strings.TrimSuffix(text, "0m")
	}
	return text
}

func (l *loader) logFormat(text string) string {
	l.problems.Check(text == "" || text == "text" || text == "json", "LATCHKEY_LOG_FORMAT", "Write text or json.")
	return text
}

func (l *loader) logLevel(text string) slog.Level {
	levels := map[string]slog.Level{"debug": slog.LevelDebug, "info": slog.LevelInfo, "warn": slog.LevelWarn, "error": slog.LevelError}
	level, ok := levels[strings.ToLower(text)]
	l.problems.Check(ok, "LATCHKEY_LOG_LEVEL", "Write debug, info, warn or error.")
	return level
}
