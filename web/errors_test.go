package web

import (
	"net/http"
	"net/http/httptest"
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
		{"GET", views.SearchPath(""), "/search"},
		{"POST", views.SearchPath(""), "/search"},
		{"GET", "/login", "/login"},
		{"GET", "/login/second-factor", "/login/second-factor"},
		{"POST", views.SignInQuestionPath(), "/login/second-factor/question"},
		{"POST", views.ProofQuestionPath(), "/confirmation/question"},
		{"GET", views.AccountPath(), "/account"},
		{"POST", views.PasswordPath(), "/account/password"},
		{"POST", views.CodesPath(), "/account/codes"},
		{"POST", views.CodesOfferPath(), "/account/codes/offer"},
		{"GET", views.CodesPicturePath(), "/account/codes/picture.png"},
		{"POST", views.PasskeysPath(), "/account/passkeys"},
		{"GET", views.NewPasskeyPath(), "/account/passkeys/new"},
		{"POST", views.NewPasskeyQuestionPath(), "/account/passkeys/question"},
		{"POST", views.RecoveryCodesPath(), "/account/recovery-codes"},
		{"POST", views.FactorPath(guid), "/account/factors/:guid"},
		{"GET", views.FactorEditPath(guid), "/account/factors/:guid/edit"},
		{"POST", views.FactorRemovalPath(guid), "/account/factors/:guid/removal"},
		{"POST", views.SessionsTerminationPath(""), "/account/sessions/termination"},
		{"POST", views.SessionTerminationPath("", guid), "/account/sessions/:session/termination"},
		{"GET", views.SessionsPath(guid), "/people/:guid/sessions"},
		{"POST", views.SessionsTerminationPath(guid), "/people/:guid/sessions/termination"},
		{"POST", views.SessionTerminationPath(guid, guid), "/people/:guid/sessions/:session/termination"},
		{"GET", views.ProviderPath("northwind", ""), "/login/:provider"},
		{"GET", views.ProviderCallbackPath("northwind"), "/login/:provider/callback"},
		{"GET", views.SingleSignOnPath(), "/people/single-sign-on"},
		{"GET", views.IdentitiesPath(guid), "/people/:guid/identities"},
		{"GET", views.IdentityDeletionPath(guid, "0a"), "/people/:guid/identities/:identity/deletion"},
		{"POST", views.IdentityDeletionPath(guid, "0a"), "/people/:guid/identities/:identity/deletion"},
		{"POST", views.LogoutPath(), "/logout"},
		{"GET", views.SetupPath("ABC"), "/setup/:code"},
		{"POST", views.ThemePath(), "/preferences/theme"},
		{"POST", views.ColumnsPath(), "/preferences/columns"},
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
		{"POST", views.PeoplePath(), "/people"},
		{"GET", views.InvitePath(), "/people/new"},
		{"POST", views.AccessPath(), "/people/access"},
		{"POST", views.PersonPath(guid), "/people/:guid"},
		{"GET", views.PersonEditPath(guid), "/people/:guid/edit"},
		{"POST", views.PersonScopesPath(guid), "/people/:guid/scopes"},
		{"POST", views.MembershipsPath(guid), "/people/:guid/memberships"},
		{"POST", views.PersonLinkPath(guid), "/people/:guid/link"},
		{"POST", views.DeparturePath(guid), "/people/:guid/departure"},
		{"POST", views.FactorsResetPath(guid), "/people/:guid/factors/reset"},
		{"POST", views.ReturnPath(guid), "/people/:guid/return"},
		{"GET", views.PersonDeletionPath(guid), "/people/:guid/deletion"},
		{"POST", views.InvitationPath("ABC"), "/invitation/:code"},
		{"GET", views.MembersPath(repo), "/repositories/:repo/settings/people"},
		{"POST", views.IPFiltersPath(), "/ip-filters"},
		{"GET", views.NewIPFilterPath(), "/ip-filters/new"},
		{"POST", views.IPFilterCheckPath(), "/ip-filters/check"},
		{"POST", views.IPFilterPath(guid), "/ip-filters/:filter"},
		{"GET", views.IPFilterEditPath(guid), "/ip-filters/:filter/edit"},
		{"POST", views.IPFilterDeletionPath(guid), "/ip-filters/:filter/deletion"},
		{"GET", views.RepositoryIPFiltersPath(repo), "/repositories/:repo/settings/ip-filters"},
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

func TestRefusalsNameTheirTarget(t *testing.T) {
	s := &Server{echo: echo.New()}
	s.mount()
	guid, other := console.NewGUID(), console.NewGUID()
	for _, test := range []struct {
		path string
		want console.Target
	}{
		{views.PeoplePath(), console.Target{Kind: console.TargetUser}},
		{views.DeparturePath(guid), console.Target{Kind: console.TargetUser, GUID: guid}},
		{views.PasswordPath(), console.Target{Kind: console.TargetUser, GUID: other}},
		{views.FactorPath(guid), console.Target{Kind: console.TargetUser, GUID: other}},
		{views.IPFiltersPath(), console.Target{Kind: console.TargetIPFilter}},
		{views.IPFilterDeletionPath(guid), console.Target{Kind: console.TargetIPFilter, GUID: guid}},
		{views.PolicyPath(console.TypeSystem), console.Target{Kind: console.TargetPolicy, Name: "System"}},
		{views.SettingsPath(), console.Target{Kind: console.TargetSettings, Name: "Settings"}},
		{views.ScopesPath(), console.Target{Kind: console.TargetScope}},
		{views.ScopeRetirementPath("billing:read"), console.Target{Kind: console.TargetScope, Name: "billing:read"}},
		{views.RepositoriesPath(), console.Target{Kind: console.TargetRepository}},
		{views.RepositoryDeletionPath("a/b"), console.Target{Kind: console.TargetRepository, Name: "a/b"}},
	} {
		c := s.echo.NewContext(httptest.NewRequest(http.MethodPost, test.path, nil), nil)
		c.Set(actorKey, console.Principal{Kind: console.PrincipalUser, GUID: other})
		s.echo.Router().Find(http.MethodPost, c.Request().URL.EscapedPath(), c)
		if got := targetOf(c); got != test.want {
			t.Errorf("%s is about %+v, want %+v", test.path, got, test.want)
		}
	}
}
