//go:build e2e

package e2e

import "testing"

// TestALimitIsShownBeforeItIsBroken sets a policy and makes a token under it.
func TestALimitIsShownBeforeItIsBroken(t *testing.T) {
	p, program := signedIn(t)
	program.command("", "token", "create", "--name", "old", "--scope", "ReadAccess", "--repository", "payments-events")
	p.Open("/settings/policies")
	p.Click("#edit-policy-repository")
	p.WaitFor("dialog[open]")
	p.Fill("#f-maximum", "45")
	p.WaitFor("#policy-preview [name=confirm]")
	p.WantText("#policy-preview .callout", "1 token doesn’t fit.")
	held := func(want bool) {
		t.Helper()
		if got := Eval[bool](p, `document.querySelector("[data-save]").disabled`); got != want {
			t.Errorf("Save is held back: %v, want %v: %s", got, want, p.Text("[data-why]"))
		}
	}
	held(true)
	p.Click("#policy-preview [name=confirm]")
	held(false)
	p.Click("[data-save]")
	p.WaitGone("dialog")
	p.WantText("#policy-repository", "45 days")

	p.Open(repositoryTokens)
	p.Click("#new-token")
	p.WaitFor("dialog[open]")
	p.Fill("#f-name", "short")
	p.Click("input[value=ReadAccess]")
	held(true) // without an end
	p.WantText("[data-why]", "Choose an end to save.")
	to := func(js string) {
		Eval[any](p, `(e => { `+js+`; e.dispatchEvent(new Event("input", { bubbles: true })) })(document.querySelector("#f-to"))`)
	}
	to(`e.value = e.dataset.latest.replace(/^\d+/, year => +year + 1)`)
	held(true)
	p.WantText("#f-to-err", "Choose an end within 45 days.")
	to(`e.value = e.dataset.latest`)
	held(false)
	to(`e.value = ""`)
	Eval[any](p, `document.querySelector("#f-from").value = document.querySelector("#f-to").dataset.latest.slice(0, 8) + "01T00:00"`)
	p.Click("[data-preset='45']")
	if !Eval[bool](p, `(e => e.value === e.dataset.latest)(document.querySelector("#f-to"))`) {
		t.Errorf("45 days from a later start end at %s", p.Value("#f-to"))
	}
	held(false)
	p.Click("[data-save]")
	p.WaitFor("[data-secret-copy]")

	program.command("", "policy", "edit", "repository", "--maximum-lifetime", "none", "--ip-filter-required", "--confirm")
	program.command("", "ip-filter", "create", "office", "--rule", "allow 127.0.0.0/8")
	p.Open(repositoryTokens + "/new")
	p.Fill("#f-name", "filtered")
	p.Click("input[value=ReadAccess]")
	held(true)
	p.WantText("[data-why]", "Choose an IP filter to save.")
	Eval[any](p, `(e => { e.selectedIndex = 1; e.dispatchEvent(new Event("change", { bubbles: true })) })(document.querySelector("#f-ip-filter"))`)
	held(false)

	p.Open("/settings")
	p.Fill("#f-session_idle", "-1")
	p.WantText("[data-why]", "Choose 1 minute to 24 hours.")
}
