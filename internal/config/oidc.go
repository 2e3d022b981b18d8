package config

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"latchkey/internal/console"
)

// oidcFile is the file of providers as it is written.
type oidcFile struct {
	Providers []oidcProvider `json:"providers"`
}

type oidcProvider struct {
	ID               string               `json:"id"`
	Label            string               `json:"label"`
	Issuer           string               `json:"issuer"`
	ClientID         string               `json:"client_id"`
	ClientSecret     string               `json:"client_secret"`
	ClientSecretFile string               `json:"client_secret_file"`
	Scopes           []string             `json:"scopes"`
	GroupsClaim      string               `json:"groups_claim"`
	Create           bool                 `json:"create"`
	LinkByEmail      bool                 `json:"link_by_email"`
	Mapping          map[string]oidcGroup `json:"mapping"`
}

type oidcGroup struct {
	Role         console.Role                  `json:"role"`
	Repositories map[string]console.MemberRole `json:"repositories"`
	Scopes       []string                      `json:"scopes"`
}

const (
	oidcVariable = "LATCHKEY_OIDC_FILE"
	// oidcLimit bounds what is read of the file.
	oidcLimit = 4 << 20
	// oidcTextLimit bounds its texts, in characters.
	oidcTextLimit = 500
)

// providerID is the form of what stands in paths.
var providerID = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,31}$`)

// providers reads the file of providers. What is wrong with one is said under
// the variable's name and its own.
func (l *loader) providers(path string) (providers []console.Provider, secrets map[string]string) {
	if path == "" {
		return nil, nil
	}
	file, private, wrong := readOIDC(path)
	if wrong != "" {
		l.problems.Check(false, oidcVariable, wrong)
		return nil, nil
	}
	l.problems.Check(len(file.Providers) > 0, oidcVariable, "The file names no provider: write {\"providers\": [...]}.")
	secrets = map[string]string{}
	seen := map[string]bool{}
	for i, p := range file.Providers {
		name := p.ID
		if !providerID.MatchString(name) {
			name = strconv.Itoa(i + 1)
		}
		problem := l.problemsOf(name)
		problem(providerID.MatchString(p.ID), "id", "Use up to 32 small letters, digits and hyphens: it stands in addresses.")
		problem(!seen["id "+p.ID], "id", "Another provider has that id.")
		problem(!seen["issuer "+p.Issuer], "issuer", "Another provider has that issuer.")
		seen["id "+p.ID], seen["issuer "+p.Issuer] = true, true
		providers = append(providers, p.provider(problem))
		secrets[p.ID] = p.secret(problem, filepath.Dir(path), private)
	}
	return providers, secrets
}

// problemsOf notes what is wrong with one provider.
func (l *loader) problemsOf(provider string) check {
	return func(ok bool, field, sentence string) {
		l.problems.Check(ok, oidcVariable+" "+provider+"."+field, sentence)
	}
}

type check func(ok bool, field, sentence string)

// readOIDC reads the file, and reports whether others can't. What is wrong
// with it is a sentence, empty if nothing is.
func readOIDC(path string) (file oidcFile, private bool, wrong string) {
	opened, err := os.Open(path)
	if err != nil {
		return file, false, sentence(err)
	}
	defer opened.Close()
	info, err := opened.Stat()
	if err != nil || !info.Mode().IsRegular() {
		return file, false, "The file can't be read."
	}
	text, err := io.ReadAll(io.LimitReader(opened, oidcLimit))
	if err != nil {
		return file, false, sentence(err)
	}
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&file); err != nil {
		return file, false, jsonSentence(err, text)
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return file, false, "The file goes on after the end of its JSON."
	}
	return file, runtime.GOOS == "windows" || info.Mode().Perm()&0o077 == 0, ""
}

// jsonSentence says where JSON is wrong without quoting it: it may hold a secret.
func jsonSentence(err error, text []byte) string {
	if e, ok := errors.AsType[*json.SyntaxError](err); ok {
		return fmt.Sprintf("The file is no JSON: look at line %d.", 1+bytes.Count(text[:min(int(e.Offset), len(text))], []byte("\n")))
	}
	if e, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
		return fmt.Sprintf("In line %d, %s must not be a %s.", 1+bytes.Count(text[:min(int(e.Offset), len(text))], []byte("\n")), e.Field, e.Value)
	}
	if field, ok := strings.CutPrefix(err.Error(), "json: unknown field "); ok && len(field) < 60 {
		return "There is no setting " + field + "."
	}
	return "The file is no JSON."
}

// provider is p as the console knows it, once it is sound.
func (p oidcProvider) provider(problem check) console.Provider {
	plain := func(text string) bool {
		return utf8.RuneCountInString(text) <= oidcTextLimit && console.PlainLine(text)
	}
	provider := console.Provider{
		ID: p.ID, Label: console.Clean(p.Label), Issuer: p.Issuer, ClientID: p.ClientID,
		Asks: p.Scopes, GroupsClaim: p.GroupsClaim, Create: p.Create, LinkByEmail: p.LinkByEmail,
	}
	if provider.Label == "" {
		provider.Label = p.ID
	}
	if len(provider.Asks) == 0 {
		provider.Asks = []string{"openid", "profile", "email"}
	}
	if provider.GroupsClaim == "" {
		provider.GroupsClaim = "groups"
	}
	problem(utf8.RuneCountInString(provider.Label) <= 60 && console.PlainLine(provider.Label), "label", "Use at most 60 characters, on one line.")
	problem(soundIssuer(p.Issuer), "issuer", "Write https:// and the rest of the address, exactly as the provider does; http:// only for this machine.")
	problem(p.ClientID != "" && plain(p.ClientID), "client_id", "Write the id under which the provider knows this console.")
	problem(slices.Contains(provider.Asks, "openid"), "scopes", "Ask for openid, too: without it there is no sign-in.")
	for _, scope := range provider.Asks {
		problem(scope != "" && plain(scope) && !strings.ContainsAny(scope, " \"\\"), "scopes", "Write a list of words.")
	}
	problem(plain(provider.GroupsClaim), "groups_claim", "Write the name of one claim.")
	if p.Mapping != nil {
		provider.Mapping = console.Mapping{}
	}
	for _, name := range slices.Sorted(maps.Keys(p.Mapping)) {
		group := p.Mapping[name]
		field := "mapping." + name
		if !plain(name) || name == "" {
			field = "mapping"
		}
		group.check(func(ok bool, sentence string) { problem(ok, field, sentence) })
		problem(name != "" && plain(name), "mapping", "A group needs a name, on one line.")
		provider.Mapping[name] = console.Entitlement{Role: group.Role, Repositories: group.Repositories, Scopes: group.Scopes}
	}
	return provider
}

func (g oidcGroup) check(problem func(ok bool, sentence string)) {
	problem(g.Role == "" || g.Role.Valid(), "The role is owner, administrator, auditor or member.")
	for name, role := range g.Repositories {
		problem(name != "" && console.PlainLine(name) && role.Valid(), "In a repository somebody is manager or viewer.")
	}
	for _, scope := range g.Scopes {
		problem(scope != "" && utf8.RuneCountInString(scope) <= console.ScopeNameLimit && console.PlainLine(scope) && !strings.Contains(scope, " "),
			"Write scopes as a list of names.")
	}
}

// secret is the client's secret, from the file or from the file that it names.
func (p oidcProvider) secret(problem check, folder string, private bool) string {
	problem(p.ClientSecret == "" || p.ClientSecretFile == "", "client_secret", "Write either client_secret or client_secret_file, not both.")
	problem(p.ClientSecret == "" || private, "client_secret", "The file can be read by other users of this machine: run chmod 600, or use client_secret_file.")
	if p.ClientSecretFile == "" {
		return p.ClientSecret
	}
	path := p.ClientSecretFile
	if !filepath.IsAbs(path) {
		path = filepath.Join(folder, path)
	}
	secret, err := readPrivate(path)
	if err != nil {
		problem(false, "client_secret_file", sentence(err))
		return ""
	}
	problem(secret != "", "client_secret_file", "The file is empty.")
	return secret
}

// soundIssuer reports whether an issuer can be one: TLS, unless it is on this
// machine, and nothing that discovery would stumble over.
func soundIssuer(issuer string) bool {
	u, err := url.Parse(issuer)
	if err != nil || u.Hostname() == "" || u.User != nil || u.RawQuery != "" || u.ForceQuery || u.Fragment != "" || len(issuer) > oidcTextLimit {
		return false
	}
	return u.Scheme == "https" || u.Scheme == "http" && console.IsThisMachine(u.Hostname())
}

// shownProviders are the providers as they may be seen by anybody.
func (c Config) shownProviders() []Row {
	rows := make([]Row, len(c.Providers))
	for i, p := range c.Providers {
		secret := "none"
		if c.clientSecrets[p.ID] != "" {
			secret = blackedOut
		}
		value := fmt.Sprintf("%s: %s as %s, secret %s, asks for %s", p.Label, p.Issuer, p.ClientID, secret, strings.Join(p.Asks, " "))
		if p.Mapping != nil {
			value += fmt.Sprintf(", %s by %s", console.Count(len(p.Mapping), "group"), p.GroupsClaim)
		}
		if p.Create {
			value += ", makes accounts"
		}
		if p.LinkByEmail {
			value += ", links by email"
		}
		rows[i] = Row{Name: oidcVariable + " " + p.ID, Value: value, Source: "file"}
	}
	return rows
}

// ClientSecret is the secret of the provider with that id, empty for a client
// that has none.
func (c Config) ClientSecret(provider string) string { return c.clientSecrets[provider] }
