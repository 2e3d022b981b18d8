//go:build e2e

package e2e

import (
	"fmt"
	"os/exec"
	"strings"
	"testing"
)

const (
	ownerEmail    = "mira.okafor@northwind.example"
	ownerPassword = "correct horse battery staple"
)

// setUp makes the owner's account by the printed link.
func setUp(p *Page, program *program) {
	p.Open(program.setup)
	p.Fill("[name=name]", "Mira Okafor")
	p.Fill("[name=email]", ownerEmail)
	p.Fill("[name=password]", ownerPassword)
	p.Click("button:has-text(\"Create the owner’s account\")")
	p.WaitFor("h1:has-text(\"API tokens\")")
}

func createRepository(p *Page, name string) {
	p.Open("/repositories/new")
	p.Fill("[name=name]", name)
	p.Fill("[name=description]", "Card and transfer events")
	p.Click("[data-save]")
	p.WaitFor("h1:has-text(\"" + name + "\")")
}

// TestStory is the main job, from the printed link to a token that is found
// again, as a person does it in a browser.
func TestStory(t *testing.T) {
	onBoth(t, func(t *testing.T, program *program) {
		p := NewPage(t, program.base)
		p.SetViewport(1440, 900)
		setUp(p, program)
		p.AllowClipboard()
		p.Shot("story-empty")
		createRepository(p, "payments-events")

		p.Open("/repositories/payments-events/settings/tokens")
		p.Click("#new-token")
		p.WaitFor("dialog[open] [name=name]")
		if !Eval[bool](p, `document.querySelector("[data-save]").disabled`) {
			t.Error("Save is enabled while nothing is filled in")
		}
		p.WantText("[data-why]", "Add a name to save.")
		p.Fill("dialog [name=name]", "settlement-replay")
		p.WantText("[data-why]", "Choose at least one scope to save.")
		first := p.Value("#f-guid")
		p.Click("[aria-label=\"Regenerate GUID\"]")
		p.WaitFor(fmt.Sprintf("#f-guid:not([value=%q])", first))
		guid := p.Value("#f-guid")
		p.Click("dialog input[value=ReadAccess]")
		p.Click("dialog button:has-text(\"90 days\")")
		p.Shot("story-create")
		p.Click("dialog [data-save]")

		p.WaitFor("dialog[open] [data-secret-copy]")
		secret := p.Value("#secret")
		if !strings.HasPrefix(secret, guid+"~lk_") {
			t.Fatalf("the secret %q is not of %s", secret, guid)
		}
		p.Shot("story-secret")
		command := p.Text("#verify-command")
		p.Click("[data-secret-copy]")
		p.WantText("#live", "copied")
		if got := p.Clipboard(); got != secret {
			t.Errorf("copied %q", got)
		}
		p.Click("[data-done]")
		p.WaitGone("dialog[open]")
		p.WaitFor("#token-list a:has-text(\"settlement-replay\")")

		verify(t, program, command, guid, secret)
		findAmongMany(t, p, program, guid)
		revoke(t, p, "settlement-replay", command)
		p.Open("/tokens")
		p.Open("/repositories/payments-events/settings/tokens?status=all")
		p.Back()
		canary(t, p, program, secret)
	})
}

// verify lets a service ask what the token is worth, and runs the line that
// the console offered.
func verify(t *testing.T, program *program, command, guid, secret string) {
	t.Helper()
	asker := strings.TrimSpace(program.command("", "token", "create", "--name", "gateway", "--scope", "latchkey:introspect", "--type", "organization"))
	for _, line := range []string{
		command,
		fmt.Sprintf("curl -s -H 'Authorization: Bearer %s' -d 'token=%s' %s/introspect", asker, secret, program.base),
	} {
		answer, err := exec.CommandContext(t.Context(), "sh", "-c", line).Output()
		if err != nil || !strings.Contains(string(answer), `"active":true`) || !strings.Contains(string(answer), guid) {
			t.Errorf("curl answered %q: %v", answer, err)
		}
	}
}

// findAmongMany searches by words and by a part of the GUID among others.
func findAmongMany(t *testing.T, p *Page, program *program, guid string) {
	t.Helper()
	for i := range 60 {
		program.command("", "token", "create", "--name", fmt.Sprintf("looker-extract-%02d", i), "--scope", "ReadAccess", "--repository", "payments-events")
	}
	p.Open("/tokens")
	p.WantText("#token-list", "of 62")
	p.Fill("#filter-name", "REPLAY settle")
	p.WaitGone("#token-list tbody a:has-text(\"looker\")")
	p.WaitFor("#token-list tbody a:has-text(\"settlement-replay\")")
	p.WantURL("q=REPLAY")
	if got := Eval[string](p, "document.activeElement.id"); got != "filter-name" {
		t.Errorf("typing lost the focus to %q", got)
	}
	p.Open("/tokens")
	p.Fill("#filter-guid", strings.ToUpper(guid[9:18]))
	p.WaitGone("#token-list tbody a:has-text(\"looker\")")
	p.WaitFor("#token-list tbody a:has-text(\"settlement-replay\")")
	address := p.URL()
	p.Reload()
	p.WaitFor("#token-list tbody a:has-text(\"settlement-replay\")")
	p.Open("/repositories")
	p.Back()
	p.WantURL(address)
	p.WaitFor("#token-list tbody a:has-text(\"settlement-replay\")")
}

func revoke(t *testing.T, p *Page, name, command string) {
	t.Helper()
	p.Click("[aria-label=\"Revoke " + name + "\"]")
	p.WaitFor("dialog[open] button:has-text(\"Revoke token\")")
	p.Shot("story-revoke")
	p.Click("dialog button:has-text(\"Revoke token\")")
	p.WaitGone("dialog[open]")
	p.WaitFor("#token-list .st:has-text(\"Revoked\")")
	answer, _ := exec.CommandContext(t.Context(), "sh", "-c", command).Output()
	if strings.Contains(string(answer), `"active":true`) {
		t.Errorf("a revoked token still opens: %s", answer)
	}
}

// canary looks for the secret wherever something could have kept it.
func canary(t *testing.T, p *Page, program *program, secret string) {
	t.Helper()
	body := strings.TrimPrefix(secret[strings.Index(secret, "~"):], "~lk_")
	places := map[string]string{
		"the log": program.log.String(), "the terminal": program.output.String(),
		"the page": Eval[string](p, "document.documentElement.outerHTML + [...document.querySelectorAll('input, textarea')].map(e => e.value)"),
	}
	p.Open("/repositories")
	places["the browser's storage"] = p.Storage().String()
	for name, content := range program.leftBehind() {
		places[name] = string(content)
	}
	for place, content := range places {
		if strings.Contains(content, body) {
			t.Errorf("the secret is in %s", place)
		}
	}
}

// TestSecretIsGoneAfterBack leaves the page of a secret in every way and comes back.
func TestSecretIsGoneAfterBack(t *testing.T) {
	program := start(t, t.TempDir(), "sqlite:"+t.TempDir()+"/latchkey.db")
	p := NewPage(t, program.base)
	setUp(p, program)
	createRepository(p, "payments-events")
	p.Open("/repositories/payments-events/settings/tokens/new")
	p.Fill("[name=name]", "canary")
	p.Click("input[value=ReadAccess]")
	p.Click("[data-save]")
	p.WaitFor("#secret")
	secret := p.Value("#secret")
	if !strings.Contains(secret, "~lk_") {
		t.Fatalf("no secret: %q", secret)
	}
	p.Open("/tokens")
	p.Allow("ERR_CACHE_MISS") // Chromium keeps no answer to a form and says so
	p.Back()
	canary(t, p, program, secret)
}

// TestStoryWithoutJavaScript is the main job with forms, links and pages alone.
func TestStoryWithoutJavaScript(t *testing.T) {
	onBoth(t, func(t *testing.T, program *program) {
		p := NewPage(t, program.base)
		p.JavaScript(false)
		setUp(p, program)
		createRepository(p, "payments-events")
		p.Open("/repositories/payments-events/settings/tokens")
		p.Click("#new-token")
		p.WaitFor("[name=name]")
		p.Fill("[name=name]", "nightly-backup")
		first := p.Value("#f-guid")
		p.Click("button[value=regenerate]")
		p.WaitFor(fmt.Sprintf("#f-guid:not([value=%q])", first))
		if got := p.Value("[name=name]"); got != "nightly-backup" {
			t.Errorf("regenerating lost the name: %q", got)
		}
		p.Click("button[data-save]")
		p.WantText(".error", "Choose at least one scope")
		p.Click("input[value=ReadAccess]")
		p.Click("button[data-save]")
		p.WaitFor("#secret")
		secret := p.Value("#secret")
		p.Shot("nojs-secret")
		verify(t, program, p.Text("#verify-command"), secret[:36], secret)

		p.Open("/tokens")
		p.Fill("#filter-name", "BACKUP")
		p.Click("form[data-filters] button:has-text(\"Apply\")")
		p.WaitFor("#token-list a:has-text(\"nightly-backup\")")
		p.Click("#token-list th a:has-text(\"Is active\")")
		p.WantURL("sort=active")
		p.Click("[aria-label=\"Revoke nightly-backup\"]")
		p.WaitFor("h2:has-text(\"Revoke nightly-backup?\")")
		p.Fill("[name=reason]", "Moved to the new cluster")
		p.Click("button:has-text(\"Revoke token\")")
		p.WaitFor(".st:has-text(\"Revoked\")")
		canary(t, p, program, secret)
	})
}
