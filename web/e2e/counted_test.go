//go:build e2e

package e2e

import (
	"strings"
	"testing"
)

// TestALongListIsCountedAfterwards: the page is there before its count, which comes by
// itself, also after the list has changed.
func TestALongListIsCountedAfterwards(t *testing.T) {
	folder := t.TempDir()
	program := start(t, folder, "sqlite:"+folder+"/latchkey.db", map[string]string{"LATCHKEY_RETENTION": "0"})
	account := strings.Fields(program.command("", "demo", "--tokens", "3000"))
	p := NewPage(t, program.base)
	p.Open("/login")
	p.Fill("[name=email]", account[len(account)-2])
	p.Fill("[name=password]", account[len(account)-1])
	p.Click("button:has-text(\"Sign in\")")
	p.WaitFor(".me")
	counted := func() {
		t.Helper()
		p.WaitGone("#list-summary a")
		if text := p.Text("#list-summary"); len(text) < len("1–50 of 1") || text == "1–50 of many" {
			t.Errorf("counted, the list says %q", text)
		}
	}
	p.Open("/tokens?unused=never")
	counted()
	all := p.Text("#list-matches")
	p.Fill("#filter-name", "ci")
	p.WaitFor("#list-matches + .chip + .chip")
	counted()
	if few := p.Text("#list-matches"); few == all || few == "Many tokens" {
		t.Errorf("narrowed to a name, %q match, and %q before", few, all)
	}
}
