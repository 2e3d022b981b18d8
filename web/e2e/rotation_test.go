//go:build e2e

package e2e

import (
	"strings"
	"testing"
)

// TestARotationInTheBrowser: a secret is rotated in a dialog, seen once, found
// again by what was copied, and its predecessor ended.
func TestARotationInTheBrowser(t *testing.T) {
	p, program := signedIn(t)
	p.AllowClipboard()
	p.SetViewport(1440, 900)
	guid := strings.TrimSpace(program.command("", "token", "create", "--name", "looker", "--scope", "ReadAccess", "--repository", "payments-events"))[:36]
	p.Open(repositoryTokens + "/" + guid)
	p.Click("#panel-rotate")
	p.WaitFor("dialog[open]")
	p.Click("#f-overlap-first-use")
	p.Click("dialog [data-save]")
	p.WaitFor("dialog[open] [data-secret-copy]")
	p.Axe()
	p.Shot("rotated")
	secret := p.Value("#secret")
	p.Click("[data-secret-copy]")
	equal(t, "what was copied", p.Clipboard(), secret)
	p.Click("[data-done]")
	p.WaitGone("dialog[open]")
	p.WantText("#panel", "Works until the current one is used")
	if left := Eval[string](p, "document.documentElement.outerHTML"); strings.Contains(left, secret) {
		t.Error("the secret is still in the page")
	}
	p.Click("#panel-overlap-end")
	p.WaitFor("dialog[open]")
	p.Click("dialog [data-save]")
	p.WaitGone("#panel-overlap-end")
	p.WantText("#panel", "1 live, 1 ended")

	p.Open("/tokens")
	p.Click("#find-token")
	p.WaitFor("dialog[open]")
	p.Fill("#f-secret", secret)
	p.Click("dialog [data-save]")
	p.WaitFor("dialog[open] h2:has-text(\"The secret of looker\")")
	p.WantText("dialog[open]", "This is its current secret.")
	p.Axe()
	p.Shot("found")
	p.Click(`dialog a:has-text("Open the token")`)
	p.WantURL("/tokens/" + guid)
}
