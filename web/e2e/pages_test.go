//go:build e2e

package e2e

import (
	"fmt"
	"strings"
	"testing"
)

// A screen is a page or a dialog: where it is and what opens it.
type screen struct {
	name, path string
	open       func(p *Page)
	visitor    bool
}

func clicks(sel, then string) func(*Page) {
	return func(p *Page) {
		p.Click(sel)
		p.WaitFor(then)
	}
}

const repositoryTokens = "/repositories/payments-events/settings/tokens"

func screens(active string) []screen {
	return []screen{
		{name: "login", path: "/login", visitor: true},
		{name: "login-error", path: "/login", visitor: true, open: func(p *Page) {
			p.Fill("[name=email]", ownerEmail)
			p.Fill("[name=password]", "wrong wrong wrong")
			p.Click("button:has-text(\"Sign in\")")
			p.WaitFor("[role=alert]")
		}},
		{name: "not-found", path: "/repositories/nowhere"},
		{name: "repositories", path: "/repositories"},
		{name: "new-repository", path: "/repositories/new"},
		{name: "repository", path: "/repositories/payments-events"},
		{name: "view", path: "/repositories/wallboard"},
		{name: "general", path: "/repositories/payments-events/settings/general"},
		{name: "view-general", path: "/repositories/wallboard/settings/general"},
		{name: "deletion", path: "/repositories/payments-events/deletion"},
		{name: "tokens", path: repositoryTokens + "?status=all"},
		{name: "tokens-filtered", path: repositoryTokens + "?q=re&status=active&scope=ReadAccess"},
		{name: "tokens-none", path: repositoryTokens + "?q=billing&status=inactive"},
		{name: "tokens-empty", path: "/repositories/sandbox/settings/tokens"},
		{name: "tokens-selected", path: repositoryTokens, open: func(p *Page) {
			p.Click("[data-row]")
			p.WaitFor("[data-bulk]")
		}},
		{name: "tokens-more", path: "/tokens", open: clicks("button:has-text(\"More\")", "select[name=expires]")},
		{name: "tokens-all", path: "/tokens"},
		{name: "token", path: repositoryTokens + "/" + active},
		{name: "create-page", path: "/tokens/new"},
		{name: "create", path: repositoryTokens, open: clicks("#new-token", "dialog[open]")},
		{name: "create-invalid", path: repositoryTokens + "/new", open: func(p *Page) {
			p.Fill("#f-name", "grafana-readonly")
			p.Click("input[value=ReadAccess]")
			p.Click("[data-save]")
			p.WaitFor("[aria-invalid=true]")
		}},
		{name: "create-calendar", path: repositoryTokens, open: func(p *Page) {
			clicks("#new-token", "dialog[open]")(p)
			p.Click("[aria-label=\"Open calendar for Valid to\"]")
			p.WaitFor("calendar-month")
		}},
		{name: "revoke", path: repositoryTokens, open: clicks("[aria-label=\"Revoke grafana-readonly\"]", "dialog[open]")},
		{name: "revoke-page", path: repositoryTokens + "/" + active + "/revocation"},
	}
}

// sample fills the console through its command line and returns the GUID of an
// active token.
func sample(program *program) string {
	for _, name := range []string{"payments-events", "sandbox"} {
		program.command("", "repository", "create", name, "--description", "Card and transfer events")
	}
	program.command("", "repository", "create", "wallboard", "--view-of", "payments-events")
	for _, args := range [][]string{
		{"ci-deploy-production", "ChangeFiles"}, {"looker-extract", "ReadAccess", "--valid-to", "3d"},
		{"nightly-backup", "ReadAccess"}, {"partner-acme-ingest", "ChangeIngestTokens", "--valid-from", "2090-01-01"},
		{"zapier-bridge", "ReadAccess"}, {"a-very-long-name-that-goes-on-and-on-" + strings.Repeat("x", 80), "ReadAccess"},
	} {
		program.command("", append([]string{"token", "create", "--repository", "payments-events", "--name", args[0], "--scope", args[1]}, args[2:]...)...)
	}
	created := program.command("", "token", "create", "--name", "grafana-readonly", "--scope", "ReadAccess", "--scope", "QueryDashboard", "--repository", "payments-events", "--valid-to", "90d")
	list := program.command("", "token", "list", "--name", "zapier", "--json")
	program.command("", "token", "revoke", list[strings.Index(list, `"guid":"`)+8:][:36], "--reason", "Not needed any more")
	return strings.TrimSpace(created)[:36]
}

// TestEveryScreenIsAccessible runs axe on every page and dialog, light and
// dark, wide and narrow, and keeps a picture of each.
func TestEveryScreenIsAccessible(t *testing.T) {
	folder := t.TempDir()
	program := start(t, folder, "sqlite:"+folder+"/latchkey.db")
	owner := NewPage(t, program.base)
	setUp(owner, program)
	active := sample(program)
	visitor := NewPage(t, program.base)
	for _, s := range screens(active) {
		for _, width := range []int{1440, 390} {
			for _, dark := range []bool{false, true} {
				p := owner
				if s.visitor {
					p = visitor
				}
				p.SetViewport(width, 900)
				p.SetDark(dark)
				p.Open(s.path)
				if s.open != nil && !(width == 390 && strings.HasPrefix(s.name, "revoke")) {
					s.open(p)
				}
				p.Axe()
				if over := Eval[int](p, "document.documentElement.scrollWidth - innerWidth"); over > 0 {
					t.Errorf("%s at %d px scrolls sideways by %d px", s.name, width, over)
				}
				p.Shot(fmt.Sprintf("%s.%s.%d", s.name, map[bool]string{false: "light", true: "dark"}[dark], width))
			}
		}
	}
}
