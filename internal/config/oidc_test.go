package config

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"latchkey/internal/console"
)

// providersFile writes a file of providers that its owner alone can read.
func providersFile(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "sso.json")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

const soundProviders = `{"providers": [
	{"id": "northwind", "label": "Northwind SSO", "issuer": "https://sso.northwind.example/", "client_id": "latchkey", "client_secret": "hunter2",
	 "scopes": ["openid", "email", "groups"], "groups_claim": "roles", "create": true, "link_by_email": true,
	 "mapping": {"admins": {"role": "administrator"}, "*": {}, "dev": {"role": "member", "repositories": {"web-logs": "manager"}, "scopes": ["ReadAccess"]}}},
	{"id": "local", "issuer": "http://localhost:9998", "client_id": "web", "client_secret_file": "local.secret"}
]}`

func TestProviders(t *testing.T) {
	path := providersFile(t, soundProviders)
	if err := os.WriteFile(filepath.Join(filepath.Dir(path), "local.secret"), []byte("hunter3\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	c := load(t, Settings{}, env{"LATCHKEY_OIDC_FILE": path})
	want := []console.Provider{
		{
			ID: "northwind", Label: "Northwind SSO", Issuer: "https://sso.northwind.example/", ClientID: "latchkey",
			Asks: []string{"openid", "email", "groups"}, GroupsClaim: "roles", Create: true, LinkByEmail: true,
			Mapping: console.Mapping{
				"admins": {Role: console.RoleAdministrator}, "*": {},
				"dev": {Role: console.RoleMember, Repositories: map[string]console.MemberRole{"web-logs": console.MemberManager}, Scopes: []string{"ReadAccess"}},
			},
		},
		{ID: "local", Label: "local", Issuer: "http://localhost:9998", ClientID: "web", Asks: []string{"openid", "profile", "email"}, GroupsClaim: "groups"},
	}
	if diff := cmp.Diff(want, c.Providers); diff != "" {
		t.Errorf("the providers are others: %s", diff)
	}
	if c.ClientSecret("northwind") != "hunter2" || c.ClientSecret("local") != "hunter3" || c.ClientSecret("other") != "" {
		t.Error("the secrets are others")
	}
	for _, text := range []string{c.String(), fmt.Sprintf("%v %+v %#v", c, c, c), c.LogValue().String()} {
		if strings.Contains(text, "hunter") {
			t.Errorf("the configuration shows a secret: %s", text)
		}
		if !strings.Contains(text, "LATCHKEY_OIDC_FILE northwind=Northwind SSO: https://sso.northwind.example/ as latchkey, secret [secret], asks for openid email groups, 3 groups by roles, makes accounts, links by email") {
			t.Errorf("the configuration is shown as %s", text)
		}
	}
}

func TestAllProblemsOfProvidersAreReportedAtOnce(t *testing.T) {
	path := providersFile(t, `{"providers": [
		{"id": "North Wind", "label": "two\nlines", "issuer": "sso.northwind.example", "client_secret": "hunter2", "client_secret_file": "absent", "scopes": ["email"],
		 "mapping": {"a": {"role": "king"}, "b": {"repositories": {"web-logs": "owner"}}, "c": {"scopes": ["two words"]}, "": {}}},
		{"id": "one", "issuer": "https://sso.example", "client_id": "x", "groups_claim": "two\nlines"},
		{"id": "one", "issuer": "https://sso.example", "client_id": "x", "scopes": ["openid", "a b"]}
	]}`)
	_, err := Load(Settings{Listen: "8080"}, env{"LATCHKEY_OIDC_FILE": path}.get)
	want := []string{
		"LATCHKEY_LISTEN", "LATCHKEY_OIDC_FILE 1.client_id", "LATCHKEY_OIDC_FILE 1.client_secret", "LATCHKEY_OIDC_FILE 1.client_secret_file",
		"LATCHKEY_OIDC_FILE 1.id", "LATCHKEY_OIDC_FILE 1.issuer", "LATCHKEY_OIDC_FILE 1.label", "LATCHKEY_OIDC_FILE 1.mapping",
		"LATCHKEY_OIDC_FILE 1.mapping.a", "LATCHKEY_OIDC_FILE 1.mapping.b", "LATCHKEY_OIDC_FILE 1.mapping.c", "LATCHKEY_OIDC_FILE 1.scopes",
		"LATCHKEY_OIDC_FILE one.groups_claim", "LATCHKEY_OIDC_FILE one.id", "LATCHKEY_OIDC_FILE one.issuer", "LATCHKEY_OIDC_FILE one.scopes",
	}
	if diff := cmp.Diff(want, problems(t, err)); diff != "" {
		t.Errorf("problems (-want +got):\n%s", diff)
	}
	if strings.Contains(err.Error(), "hunter2") {
		t.Errorf("the error quotes a secret: %v", err)
	}
}

func TestProvidersFilesThatAreNone(t *testing.T) {
	for name, test := range map[string]struct{ text, says string }{
		"empty":           {"", "no JSON"},
		"cut off":         {"{\"providers\": [\n{\"client_secret\": \"hunter2\"", "no JSON"},
		"a comma":         {"{\n\"providers\": [,]}", "line 2"},
		"no providers":    {"{}", "names no provider"},
		"an unknown name": {`{"providers": [{"secret": "hunter2"}]}`, `no setting "secret"`},
		"another kind":    {"{\"providers\": [{\n\"create\": \"hunter2\"}]}", "In line 2, providers.create must not be a string"},
		"two documents":   {`{"providers": []} {"client_secret": "hunter2"}`, "goes on after"},
	} {
		_, err := Load(Settings{OIDCFile: providersFile(t, test.text)}, env{}.get)
		e, ok := errors.AsType[*console.Error](err)
		if !ok || !strings.Contains(e.Fields["LATCHKEY_OIDC_FILE"], test.says) || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, path := range []string{filepath.Join(t.TempDir(), "absent"), t.TempDir()} {
		if _, err := Load(Settings{OIDCFile: path}, env{}.get); err == nil {
			t.Errorf("%s passes for a file", path)
		}
	}
}

func TestASecretForOthersToReadIsRefused(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("files have other permissions there")
	}
	const provider = `{"providers": [{"id": "one", "issuer": "https://sso.example", "client_id": "x"%s}]}`
	open := providersFile(t, fmt.Sprintf(provider, `, "client_secret": "hunter2"`))
	harmless := providersFile(t, fmt.Sprintf(provider, ""))
	beside := providersFile(t, fmt.Sprintf(provider, `, "client_secret_file": "s"`))
	secret := filepath.Join(filepath.Dir(beside), "s")
	if err := os.WriteFile(secret, []byte("hunter2"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{open, harmless, beside, secret} {
		if err := os.Chmod(path, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for path, want := range map[string][]string{
		open: {"LATCHKEY_OIDC_FILE one.client_secret"}, harmless: nil, beside: {"LATCHKEY_OIDC_FILE one.client_secret_file"},
	} {
		_, err := Load(Settings{OIDCFile: path}, env{}.get)
		if want == nil {
			if err != nil {
				t.Errorf("a file without a secret: %v", err)
			}
			continue
		}
		if diff := cmp.Diff(want, problems(t, err)); diff != "" || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("problems (-want +got):\n%s", diff)
		}
	}
}

// TestTheReadmesExampleWorks, as it stands there.
func TestTheReadmesExampleWorks(t *testing.T) {
	readme, err := os.ReadFile(filepath.Join("..", "..", "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(readme), "```json\n")
	example, _, found := strings.Cut(rest, "```")
	if !found {
		t.Fatal("there is no example")
	}
	path := providersFile(t, example)
	if err := os.WriteFile(filepath.Join(filepath.Dir(path), "northwind.secret"), []byte("hunter2"), 0o600); err != nil {
		t.Fatal(err)
	}
	c := load(t, Settings{OIDCFile: path}, nil)
	if len(c.Providers) != 1 || len(c.Providers[0].Mapping) != 3 || c.ClientSecret("northwind") != "hunter2" {
		t.Errorf("it names %+v", c.Providers)
	}
}

func TestIssuers(t *testing.T) {
	for issuer, want := range map[string]bool{
		"https://sso.example": true, "https://sso.example/realms/x": true, "https://sso.example:8443/": true,
		"http://localhost:1": true, "http://127.0.0.1": true, "http://[::1]:1": true,
		"http://sso.example": false, "http://127.0.0.1.example": false, "https://": false, "sso.example": false, "ftp://localhost": false,
		"https://me@sso.example": false, "https://sso.example?": false, "https://sso.example?x=1": false, "https://sso.example#x": false, "": false,
	} {
		if got := soundIssuer(issuer); got != want {
			t.Errorf("%q: %v", issuer, got)
		}
	}
}
