//go:build e2e

package e2e

import (
	"strings"
	"testing"
)

// A typist uses the keyboard alone.
type typist struct {
	t *testing.T
	p *Page
}

// focused is what has the focus: its id, its name, or its text.
func (k typist) focused() string {
	return Eval[string](k.p, `(e => e.id || e.getAttribute("name") || e.textContent.trim())(document.activeElement)`)
}

func (k typist) wantFocus(want string) {
	k.t.Helper()
	if got := k.focused(); got != want {
		k.t.Errorf("the focus is on %q, want %q", got, want)
	}
}

// tabTo presses Tab until the focus is where it shall be.
func (k typist) tabTo(sel string) {
	k.t.Helper()
	for range 150 {
		if Eval[bool](k.p, `document.activeElement.matches(`+literal(sel)+`)`) {
			return
		}
		k.p.Press("Tab")
	}
	k.t.Fatalf("Tab never reaches %s", sel)
}

// press goes to an element and presses Enter there.
func (k typist) press(sel string) {
	k.t.Helper()
	k.tabTo(sel)
	k.p.Press("Enter")
}

// write replaces what the focused field holds.
func (k typist) write(text string) {
	k.p.Press("Ctrl+a")
	k.p.Press(strings.Split(text, "")...)
}

// TestALifeByKeyboard is the life of a token without a mouse, and where the
// focus goes in it.
func TestALifeByKeyboard(t *testing.T) {
	p, program := signedIn(t)
	k := typist{t, p}
	p.SetViewport(1440, 900)
	program.command("", "token", "create", "--name", "bystander", "--scope", "ReadAccess", "--repository", "payments-events")
	p.Open(repositoryTokens + "?status=all")
	k.press("#new-token")
	p.WaitFor("dialog[open]")
	k.write("worker")
	k.tabTo("input[value=ReadAccess]")
	p.Press("Space")
	k.press("dialog [data-save]")
	p.WaitFor("[data-secret-copy]")
	k.tabTo("[data-ack]")
	p.Press("Space")
	k.press("[data-done]")
	p.WaitGone("dialog[open]")

	k.press("[aria-label=\"Edit worker\"]")
	p.WaitFor("dialog[open] [name=name]")
	k.wantFocus("f-name")
	k.write("worker-2")
	k.tabTo("dialog input[value=QueryDashboard]")
	p.Press("Space")
	p.WantText("[data-diff]", "+1")
	k.press("dialog [data-save]")
	p.WaitGone("dialog[open]")
	p.WaitFor("#token-rows a:has-text(\"worker-2\")")
	p.WantText("#toasts", "worker-2 saved")
	if got := k.focused(); !strings.HasPrefix(got, "edit-") {
		t.Errorf("after saving the focus is on %q", got)
	}

	detailsByKeyboard(k)
	bulkByKeyboard(k)
	auditByKeyboard(k)
}

// detailsByKeyboard opens the details of worker-2, pauses it, wakes it and
// copies it there.
func detailsByKeyboard(k typist) {
	p := k.p
	k.t.Helper()
	k.press("#token-rows a.nm[title=\"worker-2\"]")
	p.WaitFor("#panel")
	k.wantFocus("panel-title")
	p.WantURL("?status=all")
	p.Press("Escape")
	p.WaitGone("#panel")
	if got := k.focused(); !strings.HasPrefix(got, "name-") {
		k.t.Errorf("closing the details puts the focus on %q", got)
	}
	p.Press("Enter")
	p.WaitFor("#panel")
	k.press("#panel-disable")
	p.WaitFor("dialog[open] #f-until")
	k.wantFocus("f-until")
	k.press("dialog [data-save]")
	p.WaitFor("#panel .st:has-text(\"Disabled\")")
	p.WaitFor("#token-rows .st:has-text(\"Disabled\")")
	k.press("#panel-enable")
	p.WaitFor("#panel .st:has-text(\"Active\")")
	k.press("#panel-duplicate")
	p.WaitFor("dialog[open] [name=name]")
	if got := p.Value("#f-name"); got != "worker-2 copy" {
		k.t.Errorf("the copy is called %q", got)
	}
	k.press("dialog [data-save]")
	p.WaitFor("[data-secret-copy]")
	k.tabTo("[data-ack]")
	p.Press("Space")
	k.press("[data-done]")
	p.WaitGone("dialog[open]")
	k.wantFocus("panel-duplicate")
	p.WaitFor("#token-rows a:has-text(\"worker-2 copy\")")
	p.Press("Escape")
	p.WaitGone("#panel")
}

// bulkByKeyboard revokes two tokens at once and deletes one of them.
func bulkByKeyboard(k typist) {
	p := k.p
	k.t.Helper()
	p.Open(repositoryTokens + "?status=all")
	k.tabTo("[aria-label=\"Select bystander\"]")
	p.Press("Space")
	k.tabTo("[aria-label=\"Select worker-2 copy\"]")
	p.Press("Space")
	p.WantText("[data-bulk-n]", "2 selected")
	k.tabTo("#bulk-more")
	p.Press("Enter", "Tab", "ArrowDown", "ArrowDown", "Escape")
	k.wantFocus("bulk-more")
	k.press("#bulk-revoke")
	p.WaitFor("dialog[open]")
	p.Press("Escape")
	p.WaitGone("dialog[open]")
	k.wantFocus("bulk-revoke")
	p.Press("Enter")
	p.WaitFor("dialog[open]")
	p.WantText("dialog h2", "Revoke 2 tokens?")
	k.tabTo("#f-reason")
	k.write("moved")
	k.press("dialog [data-save]")
	p.WaitFor("dialog h2:has-text(\"2 tokens revoked\")")
	p.Press("Enter") // Done has the focus
	p.WaitGone("dialog[open]")
	k.wantFocus("select-all")
	p.WaitGone("[data-bulk]")
	k.press("[aria-label=\"Delete bystander\"]")
	p.WaitFor("dialog[open]")
	k.wantFocus("Cancel")
	k.press("dialog [data-save]")
	p.WaitGone("dialog[open]")
	p.WaitGone("#token-rows a:has-text(\"bystander\")")
	k.press("[aria-label=\"Delete worker-2\"]")
	p.WaitFor("dialog[open]")
	k.wantFocus("f-confirm")
	if !Eval[bool](p, `document.querySelector("dialog [data-save]").disabled`) {
		k.t.Error("an active token can be deleted without its name")
	}
	k.write("worker-2")
	k.press("dialog [data-save]")
	p.WaitGone("#token-rows a[title=\"worker-2\"]")
}

// auditByKeyboard reads it all in the log.
func auditByKeyboard(k typist) {
	p := k.p
	k.t.Helper()
	p.Open("/tokens")
	k.press(".side a[href=\"/audit\"]")
	p.WaitFor("h1:has-text(\"Audit log\")")
	for _, line := range []string{
		"deleted token worker-2", "deleted token bystander", "revoked token worker-2 copy", "created token worker-2 copy",
		"enabled token worker-2", "disabled token worker-2", "edited token worker-2", "created token worker",
	} {
		p.WantText(".ev-t", "Mira Okafor "+line)
	}
	k.tabTo("#filter-audit")
	k.write("copy")
	p.WantURL("q=copy")
	p.WaitGone(".ev-t:has-text(\"bystander\")")
	k.wantFocus("filter-audit")
	k.tabTo("#filter-parts")
	p.Press("Space")
	p.WantURL("parts=none")
	p.WaitFor(".chip:has-text(\"Parts of bulk changes\")")
	k.wantFocus("filter-parts")
	k.press(".ev summary")
	p.WaitFor(".ev[open] .ev-more")
	p.WantText(".ev[open] .facts", "moved")
}

// TestDetailsBesideTheList are opened, kept while filtering, reloaded, left by
// Back, and lie over the list where there is no room beside it.
func TestDetailsBesideTheList(t *testing.T) {
	p, program := signedIn(t)
	for _, name := range []string{"grafana-readonly", "looker-extract"} {
		program.command("", "token", "create", "--name", name, "--scope", "ReadAccess", "--repository", "payments-events")
	}
	p.SetViewport(1440, 900)
	p.Open(repositoryTokens + "?sort=created")
	p.Click("#token-rows a:has-text(\"grafana\")")
	p.WaitFor("#panel")
	address := p.URL()
	if !strings.HasSuffix(address, "?sort=created") || Eval[string](p, "document.title") != "grafana-readonly · payments-events · Latchkey" {
		t.Errorf("the details are at %s, called %s", address, Eval[string](p, "document.title"))
	}
	p.WaitFor("tr[aria-current=true] a:has-text(\"grafana\")")
	p.Fill("#filter-name", "looker")
	p.WaitGone("#token-rows a:has-text(\"grafana\")")
	p.WantURL("&sort=created")
	p.WantURL("q=looker")
	p.WaitFor("#panel-title:has-text(\"grafana\")")
	p.Reload()
	p.WaitFor("#panel-title:has-text(\"grafana\")")
	p.WaitGone("#token-rows a:has-text(\"grafana\")")
	p.Click("#token-rows a:has-text(\"looker\")")
	p.WaitFor("#panel-title:has-text(\"looker\")")
	p.Click("#panel [data-panel-close]")
	p.WaitGone("#panel")
	p.WantURL(repositoryTokens + "?q=looker&sort=created")
	p.Back()
	p.WaitFor("#panel-title:has-text(\"looker\")")
	p.SetViewport(1000, 800)
	p.WaitFor("#panel")
	if Eval[string](p, `getComputedStyle(document.querySelector("#panel")).position`) != "fixed" {
		t.Error("without room the details do not lie over the list")
	}
	p.SetViewport(390, 800)
	if Eval[float64](p, `document.querySelector("#panel").getBoundingClientRect().width`) != 390 {
		t.Error("on a phone the details do not fill the screen")
	}
	p.WaitGone("#token-rows a.nm")
}

// TestMenusOfRows work in a row without room: each offers what its row can do, what is
// chosen is done, and the menu is gone.
func TestMenusOfRows(t *testing.T) {
	p, program := signedIn(t)
	guid := strings.TrimSpace(program.command("", "token", "create", "--name", "worker", "--scope", "ReadAccess", "--repository", "payments-events"))[:36]
	program.command("", "token", "create", "--name", "builder", "--scope", "ReadAccess", "--repository", "payments-events") // has the same menu, and comes first
	ended := strings.TrimSpace(program.command("", "token", "create", "--name", "written", "--scope", "ReadAccess", "--repository", "payments-events"))[:36]
	program.command("", "token", "revoke", ended)
	p.SetViewport(390, 1400) // so that the menu of the last row covers none before it
	p.Open(repositoryTokens + "?status=all")
	p.Click("#more-" + ended)
	p.WaitFor("#row-menu button[disabled]:has-text(\"Rotate\")")
	p.Click("#more-" + guid)
	p.WaitFor("#row-menu a:has-text(\"Rotate\")")
	links := Eval[string](p, `[...document.querySelectorAll("#row-menu a")].map((a) => a.href).join(" ")`)
	if strings.Count(links, guid) != 7 || strings.Contains(links, ended) {
		t.Errorf("the menu leads to %s", links)
	}
	p.Click("#more-" + guid)
	p.WaitGone("#row-menu")
	p.Click("#more-" + guid)
	p.Click("#row-menu a:has-text(\"Disable\")")
	p.WaitFor("dialog[open]")
	p.Click("dialog [data-save]")
	p.WaitGone("dialog[open]")
	p.WaitFor("#token-rows .st:has-text(\"Disabled\")")
	p.WaitGone("#row-menu")
	if got := Eval[string](p, "document.activeElement.id"); got != "more-"+guid {
		t.Errorf("the focus is on %q", got)
	}
	p.Click("#more-" + guid)
	p.Click("#row-menu button:has-text(\"Enable\")")
	p.WaitFor("#token-rows .st:has-text(\"Active\")")
	p.WaitGone("#row-menu")
	p.Click("#more-" + guid)
	p.Click("#row-menu a:has-text(\"Details\")")
	p.WaitFor("#panel-title")
}

// TestAStaleFormInTheBrowser shows both values, and saves on purpose.
func TestAStaleFormInTheBrowser(t *testing.T) {
	p, program := signedIn(t)
	guid := strings.TrimSpace(program.command("", "token", "create", "--name", "worker", "--scope", "ReadAccess", "--repository", "payments-events"))[:36]
	p.SetViewport(1440, 900)
	p.Open(repositoryTokens)
	p.Click("[aria-label=\"Edit worker\"]")
	p.WaitFor("dialog[open]")
	program.command("", "token", "edit", guid, "--name", "of-another", "--add-scope", "DeleteEvents")
	p.Fill("#f-name", "mine")
	p.Allow("409")
	p.Click("dialog [data-save]")
	p.WantText("#f-name-now", "Stored now: of-another")
	p.WantText("#f-scopes-now", "DeleteEvents")
	p.WantText("dialog .callout-warn", "changed this token")
	if got := p.Value("#f-name"); got != "mine" {
		t.Errorf("what was typed became %q", got)
	}
	if got := Eval[string](p, "document.activeElement.textContent"); !strings.Contains(got, "changed this token") {
		t.Errorf("the focus is on %q", got)
	}
	p.Axe()
	p.Shot("stale-form")
	p.Click("dialog [data-save]")
	p.WaitGone("dialog[open]")
	p.WaitFor("#token-rows a:has-text(\"mine\")")
}

// TestALifeWithoutJavaScript is the life of a token with forms, links and pages.
func TestALifeWithoutJavaScript(t *testing.T) {
	onBoth(t, func(t *testing.T, program *program) {
		p := NewPage(t, program.base)
		p.JavaScript(false)
		p.SetViewport(1440, 900)
		setUp(p, program)
		createRepository(p, "payments-events")
		for _, name := range []string{"worker", "bystander"} {
			program.command("", "token", "create", "--name", name, "--scope", "ReadAccess", "--repository", "payments-events", "--valid-to", "60d")
		}
		p.Open(repositoryTokens + "?status=all")
		p.Click("#token-rows a:has-text(\"worker\")")
		p.WaitFor("#panel-title:has-text(\"worker\")")
		p.Click("#panel summary")
		p.WantText("#panel details", "DeleteEvents")
		p.Click("#panel-edit")
		p.Fill("[name=name]", "worker-2")
		p.Click("button[data-save]")
		p.WaitFor("#toasts :has-text(\"worker-2 saved\")")
		p.Click("#panel-disable")
		p.WaitFor("h2:has-text(\"Disable worker-2?\")")
		p.Click("button[data-save]")
		p.WaitFor("#panel .st:has-text(\"Disabled\")")
		p.Click("#panel-enable")
		p.WaitFor("#panel .st:has-text(\"Active\")")
		p.Click("#panel-duplicate")
		p.WaitFor("[name=name]")
		p.Click("button[data-save]")
		p.WaitFor("#secret")

		p.Open(repositoryTokens + "?status=all")
		p.Shot("nojs-tokens")
		p.Click("[aria-label=\"Select bystander\"]")
		p.Click("[aria-label=\"Select worker-2 copy\"]")
		p.Click("#bulk-more")
		p.Click("#bulk-menu button:has-text(\"Extend\")")
		p.WaitFor("h2:has-text(\"Extend 2 tokens?\")")
		p.Fill("[name=valid_to]", "2090-01-01T00:00")
		p.Click("button:has-text(\"Show what changes\")")
		p.WaitFor("h2:has-text(\"Extend 2 tokens?\")")
		p.Click("button[data-save]")
		p.WaitFor("h2:has-text(\"2 tokens extended\")")
		p.Click("a:has-text(\"Done\")")
		p.Open(repositoryTokens + "?status=all")
		p.Click("[aria-label=\"Select bystander\"]")
		p.Click("[aria-label=\"Select worker-2 copy\"]")
		p.Click("#bulk-revoke")
		p.Fill("[name=reason]", "moved")
		p.Click("button[data-save]")
		p.WaitFor("h2:has-text(\"2 tokens revoked\")")
		p.Shot("nojs-bulk")
		p.Open(repositoryTokens + "?status=all")
		p.Click("[aria-label=\"Delete worker-2\"]")
		p.Click("button[data-save]")
		p.WantText(".error", "Type the token’s name to confirm.")
		p.Fill("[name=confirm]", "worker-2")
		p.Click("button[data-save]")
		p.WaitFor("#toasts :has-text(\"worker-2 deleted\")")

		p.Click(".side a:has-text(\"Audit log\")")
		p.Fill("#filter-audit", "bystander")
		p.Fill("#filter-period", "24h")
		p.Click("#filter-parts")
		p.Click("#audit-filters > button:has-text(\"Apply\")")
		p.WantURL("period=24h")
		p.WantURL("parts=none")
		p.WaitGone(".ev-t:has-text(\"worker-2\")")
		p.Click(".ev summary")
		p.WantText(".ev[open]", "moved")
		p.Click(".side a:has-text(\"Scopes\")")
		p.Click("#new-scope")
		p.Fill("[name=name]", "billing:read")
		p.Fill("[name=label]", "Read invoices")
		p.Click("input[value=repository]")
		p.Click("button[data-save]")
		p.WaitFor("#toasts :has-text(\"billing:read added\")")
		p.Click("[aria-label=\"Retire billing:read\"]")
		p.Click("button[data-save]")
		p.WaitFor("#toasts :has-text(\"billing:read retired\")")
	})
}
