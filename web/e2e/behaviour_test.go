//go:build e2e

package e2e

import (
	"strings"
	"testing"
)

// signedIn is a page of the owner on a small sample, for a test that runs beside
// others.
func signedIn(t *testing.T) (*Page, *program) {
	t.Parallel()
	folder := t.TempDir()
	program := start(t, folder, "sqlite:"+folder+"/latchkey.db")
	p := NewPage(t, program.base)
	setUp(p, program)
	program.command("", "repository", "create", "payments-events")
	return p, program
}

// TestKeyboardAlone creates a token, copies its secret and revokes the token
// without a mouse, and watches where the focus goes.
func TestKeyboardAlone(t *testing.T) {
	p, _ := signedIn(t)
	focus := func(want string) {
		t.Helper()
		if got := Eval[string](p, `(e => e.id || e.getAttribute("name") || e.textContent.trim())(document.activeElement)`); got != want {
			t.Errorf("the focus is on %q, want %q", got, want)
		}
	}
	tabTo := func(sel string) {
		t.Helper()
		for range 120 {
			if Eval[bool](p, `document.activeElement.matches(`+literal(sel)+`)`) {
				return
			}
			p.Press("Tab")
		}
		t.Fatalf("Tab never reaches %s", sel)
	}
	p.Open(repositoryTokens)
	p.Press("Tab")
	focus("Skip to content")
	p.Press("Enter")
	tabTo("#new-token")
	p.Press("Enter")
	p.WaitFor("dialog[open]")
	focus("f-name")
	Eval[any](p, `document.activeElement.value = ""`)
	p.Fill("#f-name", "typed-by-hand")
	tabTo("input[value=ReadAccess]")
	p.Press("Space")
	tabTo("[data-save]")
	p.Press("Enter")
	p.WaitFor("[data-secret-copy]")
	focus("Copy")
	p.Press("Escape")
	if !Eval[bool](p, `!!document.querySelector("dialog[open][data-guard]")`) {
		t.Fatal("the first Escape closed the dialog before the secret was copied")
	}
	p.Press("Space") // the acknowledgement has the focus
	tabTo("[data-done]")
	p.Press("Enter")
	p.WaitGone("dialog[open]")
	focus("new-token")
	tabTo("[aria-label=\"Revoke typed-by-hand\"]")
	p.Press("Enter")
	p.WaitFor("dialog[open]")
	focus("Cancel")
	p.Press("Escape")
	p.WaitGone("dialog[open]")
	if !Eval[bool](p, `document.activeElement.matches("[aria-label=\"Revoke typed-by-hand\"]")`) {
		t.Error("closing the dialog did not give the focus back")
	}
}

// TestCopyWithoutTheClipboardAPI is Copy on plain HTTP, where browsers keep the
// clipboard from scripts.
func TestCopyWithoutTheClipboardAPI(t *testing.T) {
	p, program := signedIn(t)
	program.command("", "token", "create", "--name", "copied", "--scope", "ReadAccess", "--repository", "payments-events")
	p.Open("/tokens")
	p.AllowClipboard()
	Eval[any](p, `Object.defineProperty(navigator, "clipboard", {value: undefined})`)
	p.Click("#token-rows [data-copy]")
	p.WantText("#live", "GUID copied.")
	want := Eval[string](p, `document.querySelector("[data-row]").value`)
	p.Open("/tokens") // a page that has the clipboard again
	if got := p.Clipboard(); got != want {
		t.Errorf("copied %q, want %q", got, want)
	}
	Eval[any](p, `Object.defineProperty(navigator, "clipboard", {value: undefined}); document.execCommand = () => false; undefined`)
	p.Click("#token-rows [data-copy]")
	p.WantText("#live", "Press Control C to copy.")
	if got := Eval[string](p, `getSelection().toString()`); !strings.Contains(got, want[:8]) {
		t.Errorf("selected %q", got)
	}
}

// TestSessionOver leads to sign-in, from a page and from a part of one, and
// back to where the person was.
func TestSessionOver(t *testing.T) {
	p, _ := signedIn(t)
	p.Open(repositoryTokens + "?status=all")
	other := Eval[string](p, `fetch("/logout", {method: "POST", headers: {"Content-Type": "application/x-www-form-urlencoded"},
		body: "csrf=" + encodeURIComponent(document.querySelector("[name=csrf]").value)}).then(r => String(r.status))`)
	if other != "200" {
		t.Fatalf("signing out answered %s", other)
	}
	p.Fill("#filter-name", "anything")
	p.WaitFor("[name=password]")
	p.Fill("[name=email]", strings.ToUpper(ownerEmail))
	p.Fill("[name=password]", ownerPassword)
	p.Click("button:has-text(\"Sign in\")")
	p.WantURL("/settings/tokens")
	p.WaitFor("#token-list")
}

// TestTheme is chosen, kept, and shown without a flash of the other.
func TestTheme(t *testing.T) {
	p, _ := signedIn(t)
	p.Open("/tokens")
	p.Click(".me")
	p.Click("button:has-text(\"Dark theme\")")
	p.WaitFor("html[data-theme=dark]")
	p.Reload()
	p.WaitFor("html[data-theme=dark]")
}

// TestPastDaysAreDisabled looks into the calendar and at the browser's own rule.
func TestPastDaysAreDisabled(t *testing.T) {
	p, _ := signedIn(t)
	p.Open(repositoryTokens + "/new")
	p.Fill("#f-name", "dated")
	p.Click("input[value=ReadAccess]")
	p.Fill("#f-from", "2020-01-01T00:00")
	p.WantText("#f-from-err", "Valid from can’t be in the past.")
	p.WantText("[data-why]", "Fix the dates to save.")
	if !Eval[bool](p, `document.querySelector("[data-save]").disabled`) {
		t.Error("Save is enabled with a start in the past")
	}
	p.Fill("#f-from", "2089-01-01T00:00")
	p.Fill("#f-to", "2088-01-01T00:00")
	p.WantText("#f-to-err", "Valid to must be later than Valid from.")
	p.Fill("#f-to", "2090-01-01T00:00")
	p.WaitFor("[data-save]:not(:disabled)")
	p.Click("[aria-label=\"Open calendar for Valid to\"]")
	p.WaitFor("calendar-month")
	if min := Eval[string](p, `document.querySelector("#f-to-cal calendar-date").getAttribute("min")`); len(min) != len("2026-11-21") {
		t.Errorf("the calendar begins at %q", min)
	}
}

// TestConnecting chooses a gateway and what a token needs, with JavaScript and
// without.
func TestConnecting(t *testing.T) {
	p, program := signedIn(t)
	p.Open("/connect")
	p.Fill("#connect-gateway", "haproxy")
	p.WaitFor("#connect-file-1")
	p.Click("button:has-text(\"Scopes\")")
	p.Click("#connect-scopes input[value=ReadAccess]")
	p.WantText("#connect-file-0", program.base+"/forward-auth/haproxy/-/ReadAccess")
	p.WantText("#connect-count", "1")
	p.WantURL("gateway=haproxy&scope=ReadAccess")
	p.Back()
	p.JavaScript(false)
	p.Open("/connect?gateway=caddy&repository=payments-events")
	p.Click(".filters > button[type=submit]")
	p.WantText("#connect-file-0", "uri /forward-auth/caddy/payments-events/-")
}
