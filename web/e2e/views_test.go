//go:build e2e

package e2e

import (
	"strings"
	"testing"
)

// TestAViewIsChosenOverTheList saves a list, and opens it from another one
// without a mouse.
func TestAViewIsChosenOverTheList(t *testing.T) {
	p, program := signedIn(t)
	for _, name := range []string{"grafana-readonly", "looker-extract"} {
		program.command("", "token", "create", "--repository", "payments-events", "--name", name, "--scope", "ReadAccess")
	}
	p.Open("/tokens?q=grafana")
	p.Click("#views")
	p.WaitFor("dialog[open]")
	p.WantText("dialog[open]", "No views yet")
	p.Click(`dialog[open] a:has-text("Save or change views")`)
	p.WaitFor("#f-name")
	p.Fill("#f-name", "Of Grafana")
	p.Click(`button:has-text("Save view")`)
	p.WantURL("q=grafana&view=")
	p.WantText("#toasts", "View saved")

	p.Open("/tokens?q=looker")
	Eval[any](p, `document.querySelector("#views").focus()`)
	p.Press("Enter")
	p.WaitFor("dialog[open]")
	if got := Eval[string](p, `document.activeElement.textContent`); got != "Of Grafana" {
		t.Errorf("the dialog has the focus on %q", got)
	}
	p.Press("Escape")
	p.WaitGone("dialog[open]")
	if got := Eval[string](p, `document.activeElement.id`); got != "views" {
		t.Errorf("closing gives the focus to %q", got)
	}
	p.Press("Enter")
	p.WaitFor("dialog[open]")
	p.Press("Enter")
	p.WaitGone("dialog[open]")
	p.WantText("#token-rows", "grafana-readonly")
	if strings.Contains(p.Text("#token-rows"), "looker-extract") {
		t.Errorf("%s shows more than the view", p.URL())
	}
}
