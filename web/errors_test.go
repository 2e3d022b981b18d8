package web

import (
	"net/http"
	"testing"

	"github.com/labstack/echo/v4"

	"latchkey/internal/console"
	"latchkey/views"
)

func TestEveryCodeHasAnAnswer(t *testing.T) {
	for _, code := range console.Codes {
		answer, ok := answers[code]
		if !ok || answer.title == "" || answer.status < 400 || http.StatusText(answer.status) == "" {
			t.Errorf("%s is answered by %+v", code, answer)
		}
	}
	if len(answers) != len(console.Codes) {
		t.Errorf("%d answers for %d codes", len(answers), len(console.Codes))
	}
}

func TestNextIsAPageOfTheConsole(t *testing.T) {
	s := &Server{}
	guid := console.NewGUID()
	for _, next := range []string{
		"/tokens", "/tokens?q=a+b&scope=ReadAccess", "/tokens/" + string(guid), "/repositories/web-logs/settings/tokens?cursor=x",
		"/repositories/z%C3%BCrich", "/tokens?next=https://example.com",
	} {
		if got := s.safeNext(next); got != next {
			t.Errorf("%s leads to %s", next, got)
		}
	}
	for _, next := range []string{
		"", "tokens", "//example.com", "//example.com/tokens", "/\\example.com", "\\\\example.com", "https:tokens", "https://example.com/tokens",
		"javascript:alert(1)", "/tokens\r\nSet-Cookie: a=b", "/tokens\n", " /tokens", "/ /example.com", "/tokens#x", "/login", "/logout", "/secret.env",
		"/setup/abc", "/static/x", "/nowhere", "/tokens/../login", "/repositories/..", "/.//example.com", "/tokens//x",
	} {
		if got := s.safeNext(next); got != views.HomePath() {
			t.Errorf("%q leads to %q", next, got)
		}
	}
}

// TestPathsLeadSomewhere walks every path function against the router.
func TestPathsLeadSomewhere(t *testing.T) {
	s := &Server{echo: echo.New()}
	s.mount()
	guid, repo := console.NewGUID(), "Zürich.logs_1-a"
	for _, test := range []struct {
		method, path, want string
	}{
		{"GET", views.HomePath(), "/"},
		{"GET", "/login", "/login"},
		{"POST", views.LogoutPath(), "/logout"},
		{"GET", views.SetupPath("ABC"), "/setup/:code"},
		{"POST", views.ThemePath(), "/preferences/theme"},
		{"POST", views.SecretFilePath(), "/secret.env"},
		{"POST", views.TokensPath(""), "/tokens"},
		{"GET", views.NewTokenPath(""), "/tokens/new"},
		{"POST", views.NewTokenPath(""), "/tokens/new"},
		{"GET", views.TokenPath("", guid), "/tokens/:guid"},
		{"POST", views.RevocationPath("", guid), "/tokens/:guid/revocation"},
		{"GET", views.TokensPath(repo), "/repositories/:repo/settings/tokens"},
		{"POST", views.NewTokenPath(repo), "/repositories/:repo/settings/tokens/new"},
		{"GET", views.TokenPath(repo, guid), "/repositories/:repo/settings/tokens/:guid"},
		{"GET", views.RevocationPath(repo, guid), "/repositories/:repo/settings/tokens/:guid/revocation"},
		{"POST", views.TokenPath(repo, guid), "/repositories/:repo/settings/tokens/:guid"},
		{"GET", views.TokenEditPath(repo, guid), "/repositories/:repo/settings/tokens/:guid/edit"},
		{"POST", views.PausePath("", guid), "/tokens/:guid/pause"},
		{"POST", views.ResumptionPath("", guid), "/tokens/:guid/resumption"},
		{"POST", views.RotationPath(repo, guid), "/repositories/:repo/settings/tokens/:guid/rotation"},
		{"POST", views.OverlapEndPath("", guid), "/tokens/:guid/overlap-end"},
		{"GET", views.FindTokenPath(), "/tokens/find"},
		{"POST", views.TokenDeletionPath(repo, guid), "/repositories/:repo/settings/tokens/:guid/deletion"},
		{"POST", views.BulkPath(""), "/tokens/bulk"},
		{"POST", views.BulkExecutionPath(repo), "/repositories/:repo/settings/tokens/bulk/execution"},
		{"POST", views.ScopesPath(), "/scopes"},
		{"GET", views.NewScopePath(), "/scopes/new"},
		{"POST", views.ScopePath("billing:read"), "/scopes/:name"},
		{"GET", views.ScopeEditPath("billing:read"), "/scopes/:name/edit"},
		{"POST", views.ScopeRetirementPath("billing:read"), "/scopes/:name/retirement"},
		{"GET", views.ScopeReinstatementPath("ReadAccess"), "/scopes/:name/reinstatement"},
		{"GET", views.AuditPath(), "/audit"},
		{"GET", views.RepositoriesPath(), "/repositories"},
		{"GET", views.NewRepositoryPath(), "/repositories/new"},
		{"GET", views.RepositoryPath(repo), "/repositories/:repo"},
		{"GET", views.RepositorySettingsPath(repo), "/repositories/:repo/settings"},
		{"POST", views.RepositoryGeneralPath(repo), "/repositories/:repo/settings/general"},
		{"POST", views.RepositoryDeletionPath(repo), "/repositories/:repo/deletion"},
	} {
		c := s.echo.NewContext(nil, nil)
		s.echo.Router().Find(test.method, test.path, c)
		if c.Path() != test.want {
			t.Errorf("%s %s leads to %q, want %q", test.method, test.path, c.Path(), test.want)
		}
	}
}

func TestHostNames(t *testing.T) {
	for host, want := range map[string]string{
		"console.example.com": "console.example.com", "Console.Example.COM:8443": "console.example.com",
		"console.example.com.": "console.example.com", "console.example.com.:80": "console.example.com",
		"[::1]:8080": "::1", "[::1]": "::1", "127.0.0.1:8080": "127.0.0.1", "": "",
	} {
		if got, _ := hostName(host); got != want {
			t.Errorf("%q is %q, want %q", host, got, want)
		}
	}
}
