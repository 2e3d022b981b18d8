//go:build e2e

package e2e

import (
	"strings"
	"testing"
)

// TestFindingByKeyboard finds a token from another page without a mouse, and
// watches what a screen reader is told.
func TestFindingByKeyboard(t *testing.T) {
	p, program := signedIn(t)
	for _, name := range []string{"grafana-readonly", "grafana-writer"} {
		program.command("", "token", "create", "--repository", "payments-events", "--name", name, "--scope", "ReadAccess")
	}
	secret := strings.TrimSpace(program.command("", "token", "create", "--repository", "payments-events", "--name", "other", "--scope", "ReadAccess"))
	for _, width := range []int{1440, 390} {
		p.SetViewport(width, 900)
		p.Open("/repositories")
		p.Press("Ctrl+k")
		if got := Eval[string](p, `document.activeElement.id`); got != "find" {
			t.Fatalf("at %d pixels Ctrl K focuses %q", width, got)
		}
		p.Press("g", "r", "a", "f")
		p.WaitFor("#find-results:popover-open [role=option]")
		p.WaitFor(`#find[aria-expanded=true]`)
		p.WantText("#live", "2 results")
		p.Press("ArrowDown", "ArrowDown")
		chosen := Eval[string](p, `document.getElementById(document.querySelector("#find").getAttribute("aria-activedescendant")).textContent`)
		if !strings.Contains(chosen, "grafana-writer") || Eval[string](p, `document.activeElement.id`) != "find" {
			t.Errorf("two arrows down choose %q", chosen)
		}
		if !Eval[bool](p, `(() => {
			const [one, other] = document.querySelectorAll("#find-results [role=option]"), seen = (o) => getComputedStyle(o).backgroundColor;
			return seen(one) !== seen(other) && [one, other].every((o) => o.scrollHeight <= o.clientHeight && o.firstElementChild.nextElementSibling.offsetHeight < o.clientHeight);
		})()`) {
			t.Errorf("at %d pixels nothing shows what is chosen, or lines have no room", width)
		}
		p.Press("ArrowUp", "ArrowUp")
		if got := Eval[string](p, `document.querySelector("#find-results [aria-selected=true]").textContent`); !strings.Contains(got, "grafana-writer") {
			t.Errorf("up from the first is %q", got)
		}
		p.Press("Escape")
		p.WaitGone("#find-results:popover-open")
		p.WaitFor(`#find[aria-expanded=false]:not([aria-activedescendant])`)
		p.Press("ArrowDown", "Enter")
		p.WaitFor("#panel")
		if !strings.Contains(p.Text("#panel"), "grafana-readonly") {
			t.Errorf("Enter leads to %s", p.URL())
		}
	}
	p.SetViewport(1440, 900)
	// Enter with nothing chosen leads to the page of all that was found.
	p.Open("/repositories")
	p.Fill("#find", "grafana")
	p.Press("Enter")
	p.WantURL("/search?q=grafana")
	p.WantText("#search-finding", "2 results")
	// A secret does not leave the browser.
	p.Open("/repositories")
	Eval[any](p, `document.querySelector("#find").focus()`)
	Eval[any](p, `((field) => { field.value = `+literal(secret)+`; field.dispatchEvent(new Event("input", { bubbles: true })) })(document.querySelector("#find"))`)
	p.WaitFor("#find-results:popover-open #find-secret")
	if p.Value("#find") != "" {
		t.Error("the secret stays in the field")
	}
	p.Press("ArrowDown", "Enter")
	p.WantURL("/tokens/find")
	if strings.Contains(program.log.String(), secret[40:60]) {
		t.Error("the secret is in the log")
	}
}
