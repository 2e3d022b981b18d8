//go:build e2e

package e2e

import (
	"fmt"
	"os"
	"regexp"
	"slices"
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

// selected ticks all rows and clicks one thing after the other.
func selected(clicks ...string) func(*Page) {
	return func(p *Page) {
		p.Click("[data-row]")
		Eval[any](p, `document.querySelectorAll("[data-row]:not(:checked)").forEach(box => box.click())`)
		for _, sel := range clicks {
			p.Click(sel)
		}
		p.WaitFor("dialog[open]")
	}
}

func screens(active, revoked string) []screen {
	return []screen{
		{name: "login", path: "/login", visitor: true},
		{name: "login-error", path: "/login", visitor: true, open: func(p *Page) {
			p.Fill("[name=email]", ownerEmail)
			p.Fill("[name=password]", "wrong wrong wrong")
			p.Click("button:has-text(\"Sign in\")")
			p.WaitFor("[role=alert]")
		}},
		{name: "not-found", path: "/repositories/nowhere"},
		{name: "overview", path: "/", open: clicks("#overview-days summary", "#overview-days .days")},
		{name: "search", path: "/search?q=re"},
		{name: "search-none", path: "/search?q=nothing+at+all"},
		{name: "search-empty", path: "/search"},
		{name: "find-anything", path: "/tokens", open: func(p *Page) {
			p.Press("Ctrl+k", "r", "e", "a")
			p.WaitFor("#find-results:popover-open [role=option]")
			p.Press("ArrowDown")
		}},
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
		{name: "token-all", path: "/tokens/" + active},
		{name: "token-days", path: "/tokens/" + active, open: clicks("#panel-usage-days summary", "#panel .days")},
		{name: "tokens-unused", path: "/tokens?unused=never"},
		{name: "audit-refused", path: "/audit?period=all&action=token.refused"},
		{name: "token-menu", path: repositoryTokens + "/" + active, open: func(p *Page) {
			if Eval[int](p, "innerWidth") < 500 { // the details cover the list
				p.Open(repositoryTokens)
			}
			clicks(".act-more", ".menu:popover-open")(p)
		}},
		{name: "edit", path: repositoryTokens + "/" + active, open: clicks("#panel-edit", "dialog[open]")},
		{name: "edit-page", path: "/tokens/" + active + "/edit"},
		{name: "edit-ended", path: repositoryTokens + "/" + revoked + "/edit"},
		{name: "duplicate", path: repositoryTokens + "/" + active, open: clicks("#panel-duplicate", "dialog[open]")},
		{name: "disable", path: repositoryTokens + "/" + active, open: clicks("#panel-disable", "dialog[open]")},
		{name: "disable-page", path: repositoryTokens + "/" + active + "/pause"},
		{name: "rotate", path: repositoryTokens + "/" + active, open: clicks("#panel-rotate", "dialog[open]")},
		{name: "rotate-page", path: "/tokens/" + active + "/rotation"},
		{name: "rotate-ended", path: repositoryTokens + "/" + revoked + "/rotation"},
		{name: "overlap-end", path: repositoryTokens + "/" + active, open: clicks("#panel-overlap-end", "dialog[open]")},
		{name: "find", path: "/tokens", open: clicks("#find-token", "dialog[open]")},
		{name: "find-page", path: "/tokens/find"},
		{name: "find-nothing", path: "/tokens/find", open: func(p *Page) {
			p.Fill("#f-secret", "x")
			p.Click("[data-save]")
			p.WaitFor("[aria-invalid=true]")
		}},
		{name: "delete", path: repositoryTokens + "/" + active, open: clicks("#panel-delete", "dialog[open]")},
		{name: "delete-page", path: repositoryTokens + "/" + active + "/deletion"},
		{name: "delete-inactive", path: repositoryTokens + "/" + revoked, open: clicks("#panel-delete", "dialog[open]")},
		{name: "bulk-menu", path: repositoryTokens + "?status=all", open: func(p *Page) {
			p.Click("[data-row]")
			clicks("#bulk-more", "#bulk-menu")(p)
		}},
		{name: "bulk-revoke", path: repositoryTokens + "?status=all", open: selected("#bulk-revoke")},
		{name: "bulk-extend", path: repositoryTokens + "?status=all", open: selected("#bulk-more", "#bulk-menu [value=extend]")},
		{name: "bulk-disable", path: repositoryTokens + "?status=all", open: selected("#bulk-more", "#bulk-menu [value=disable]")},
		{name: "bulk-delete", path: repositoryTokens + "?status=all", open: selected("#bulk-more", "#bulk-menu [value=delete]")},
		{name: "bulk-nothing", path: repositoryTokens + "?status=revoked", open: selected("#bulk-more", "#bulk-menu [value=enable]")},
		{name: "bulk-done", path: repositoryTokens + "?status=all", open: func(p *Page) {
			verb := "disable" // and the next time round the opposite
			if Eval[bool](p, `!!document.querySelector("#token-rows .st-disabled")`) {
				verb = "enable"
			}
			selected("#bulk-more", "#bulk-menu [value="+verb+"]", "dialog [data-save]")(p)
			p.WaitFor("dialog[open] h2:has-text(\"tokens " + verb + "d\")")
		}},
		{name: "settings", path: "/settings"},
		{name: "preferences", path: "/account/preferences"},
		{name: "scopes", path: "/scopes"},
		{name: "scopes-found", path: "/scopes?q=cluster"},
		{name: "scopes-none", path: "/scopes?q=nothing"},
		{name: "scope-new", path: "/scopes", open: clicks("#new-scope", "dialog[open]")},
		{name: "scope-new-page", path: "/scopes/new"},
		{name: "scope-edit", path: "/scopes?q=billing", open: clicks("[aria-label=\"Edit billing:read\"]", "dialog[open]")},
		{name: "scope-retire", path: "/scopes?q=billing", open: clicks("[aria-label=\"Retire billing:read\"]", "dialog[open]")},
		{name: "ip-filters", path: "/ip-filters"},
		{name: "ip-filters-none", path: "/ip-filters?q=nothing"},
		{name: "ip-filter", path: "/ip-filters", open: clicks("#ip-filter-list .nm", "#ip-test")},
		{name: "ip-filter-new", path: "/ip-filters", open: func(p *Page) {
			clicks("#new-ip-filter", "dialog[open]")(p)
			p.Fill("#f-rules", "# office\nallow 10.20.0.0/16\nallow 10.20.4.0/24\nallow 10.0.0.0/40")
			p.WaitFor("#ip-check .remarks .bad")
			p.Fill("#f-try", "10.20.1.1")
			p.WaitFor("#ip-verdict .callout-ok")
		}},
		{name: "ip-filter-new-page", path: "/ip-filters/new"},
		{name: "ip-filter-closed", path: "/ip-filters", open: func(p *Page) {
			clicks("[aria-label=\"Edit cluster egress\"]", "dialog[open]")(p)
			p.Fill("#f-rules", "deny all")
			p.WaitFor("#ip-check .callout-bad")
		}},
		{name: "ip-filter-used", path: "/ip-filters", open: clicks("[aria-label=\"Delete cluster egress\"]", "dialog[open]")},
		{name: "ip-filter-delete", path: "/ip-filters", open: clicks("[aria-label=\"Delete laptops\"]", "dialog[open]")},
		{name: "repository-ip-filters", path: "/repositories/payments-events/settings/ip-filters"},
		{name: "repository-ip-filters-none", path: "/repositories/sandbox/settings/ip-filters"},
		{name: "connect", path: "/connect"},
		{name: "connect-chosen", path: "/connect?gateway=haproxy&repository=payments-events&scope=ReadAccess&scope=QueryDashboard"},
		{name: "connect-scopes", path: "/connect?gateway=caddy", open: clicks("button:has-text(\"Scopes\")", "#connect-scopes")},
		{name: "api", path: "/api"},
		{name: "explorer", path: "/api/explorer"},
		{name: "explorer-answer", path: "/api/explorer", open: func(p *Page) {
			p.Click("#explorer-form [data-save]")
			p.WaitFor("#explorer-json")
		}},
		{name: "explorer-wrong", path: "/api/explorer", open: func(p *Page) {
			p.Fill("#f-variables", "nonsense")
			p.Click("#explorer-form [data-save]")
			p.WaitFor("#f-variables-err")
		}},
		{name: "audit", path: "/audit"},
		{name: "audit-open", path: "/audit?action=token.created&action=token.edited", open: func(p *Page) {
			p.Click("#e-" + Eval[string](p, `document.querySelector(".ev").id.slice(2)`) + " summary")
			p.WaitFor(".ev[open] .ev-more")
		}},
		{name: "tokens-export", path: "/tokens?status=active", open: clicks("button:has-text(\"Export\")", "#export-menu")},
		{name: "tokens-columns", path: "/tokens?status=active", open: clicks("button:has-text(\"Columns\")", "#columns-menu")},
		{name: "tokens-views-none", path: "/tokens/views"},
		{name: "tokens-views", path: "/tokens/views?status=active", open: func(p *Page) {
			if Eval[int](p, `document.querySelectorAll("section[id^=view-]").length`) == 0 {
				p.Fill("#f-name", "At work")
				p.Click("button:has-text(\"Save view\")")
				p.WaitFor("#token-rows")
				p.Open("/tokens/views?status=active")
			}
			p.Fill("#f-name", "At work") // which is taken by now
			p.Click("button:has-text(\"Save view\")")
			p.WaitFor("#f-name[aria-invalid=true]")
			p.Click("section[id^=view-] summary")
		}},
		{name: "tokens-views-choice", path: "/tokens?status=active", open: clicks("#views", "dialog[open]")},
		{name: "tokens-import", path: "/tokens/import"},
		{name: "audit-export", path: "/audit", open: clicks("button:has-text(\"Export\")", "#export-menu")},
		{name: "audit-about", path: "/audit?period=all&target=" + active},
		{name: "audit-denied", path: "/audit?period=all&action=access.denied", open: clicks(".ev summary", ".ev[open] .ev-more")},
		{name: "audit-actions", path: "/audit", open: clicks("button:has-text(\"Action\")", "#action-menu")},
		{name: "audit-more", path: "/audit?q=grafana&period=all"},
		{name: "audit-alone", path: "/audit?period=all&parts=none"},
		{name: "audit-dates", path: "/audit?period=dates&from=2020-01-01&to=2020-01-02"},
		{name: "policies", path: "/settings/policies"},
		{name: "policy", path: "/settings/policies", open: clicks("#edit-policy-system", "dialog[open]")},
		{name: "policy-preview", path: "/settings/policies", open: func(p *Page) {
			clicks("#edit-policy-repository", "dialog[open]")(p)
			p.Fill("#f-maximum", "30")
			p.WaitFor("#policy-preview [name=confirm]")
		}},
		{name: "policy-page", path: "/settings/policies/organization/edit"},
		{name: "create-limited", path: "/tokens/new", open: func(p *Page) {
			Eval[any](p, `(() => { const type = document.querySelector("#f-type"); type.value = "system"; type.dispatchEvent(new Event("change", { bubbles: true })) })()`)
			p.WaitFor("#f-to[data-latest]")
		}},
		{name: "create-not-allowed", path: "/tokens?type=organization_management", open: func(p *Page) {
			p.Click("#token-rows .nm")
			clicks("#panel-duplicate", "dialog[open]")(p)
		}},
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
		{name: "new-several", path: "/tokens/new", open: func(p *Page) {
			p.Click("[name=repository][value=payments-events]")
			p.WaitFor("#f-assets")
		}},
		{name: "dashboards", path: "/repositories/payments-events/settings/dashboards"},
		{name: "dashboards-none", path: "/repositories/sandbox/settings/dashboards"},
		{name: "assets", path: "/repositories/payments-events/settings/assets"},
		{name: "asset-new", path: "/repositories/payments-events/settings/assets/new"},
		{name: "dashboard", path: "/repositories/payments-events/settings/dashboards", open: clicks(".rows a.nm", "#links")},
		{name: "dashboard-link", path: "/repositories/payments-events/settings/dashboards", open: func(p *Page) {
			clicks(".rows a.nm", "#new-link")(p)
			clicks("#new-link", "#link-form [data-save]")(p)
		}},
		{name: "personal-token", path: "/account/token/new"},
		{name: "revoke-page", path: repositoryTokens + "/" + active + "/revocation"},
	}
}

var guidIn = regexp.MustCompile(`[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}`)

// sample fills the console through its command line and returns the GUIDs of an
// active token and of a revoked one.
func sample(program *program) (active, revoked string) {
	for _, name := range []string{"payments-events", "sandbox"} {
		program.command("", "repository", "create", name, "--description", "Card and transfer events")
	}
	program.command("", "repository", "create", "wallboard", "--view-of", "payments-events")
	program.command("", "asset", "create", "hosts.csv", "--repository", "payments-events", "--type", "File", "--resource", "hosts")
	dashboard := guidIn.FindString(program.command("", "asset", "create", "Settlements by issuer", "--repository", "payments-events"))
	program.command("", "dashboard", "link", dashboard, "--name", "wall display")
	var used []string
	for _, args := range [][]string{
		{"ci-deploy-production", "ChangeFiles"}, {"looker-extract", "ReadAccess", "--valid-to", "3d"},
		{"nightly-backup", "ReadAccess"}, {"partner-acme-ingest", "ChangeIngestTokens", "--valid-from", "2090-01-01"},
		{"zapier-bridge", "ReadAccess"}, {"a-very-long-name-that-goes-on-and-on-" + strings.Repeat("x", 80), "ReadAccess"},
	} {
		used = append(used, program.command("", append([]string{"token", "create", "--repository", "payments-events", "--name", args[0], "--scope", args[1]}, args[2:]...)...))
	}
	program.command("", "ip-filter", "create", "cluster egress", "--rule", "allow 10.20.0.0/16 # Frankfurt", "--rule", "deny 10.20.0.9", "--rule", "allow 2001:db8::/32")
	program.command("", "ip-filter", "create", "laptops", "--rule", "deny all")
	created := program.command("", "token", "create", "--name", "grafana-readonly", "--scope", "ReadAccess", "--scope", "QueryDashboard", "--repository", "payments-events", "--valid-to", "90d", "--ip-filter", "cluster egress")
	program.use(used[0], used[2], created) // the filter of the last one refuses it
	list := program.command("", "token", "list", "--name", "zapier", "--json")
	active, revoked = strings.TrimSpace(created)[:36], list[strings.Index(list, `"guid":"`)+8:][:36]
	program.command("", "token", "revoke", revoked, "--reason", "Not needed any more")
	program.command("", "token", "rotate", active, "--overlap", "7d")
	program.command("", "token", "edit", active, "--add-scope", "DeleteEvents", "--description", "Read-only data source for the payments wallboard.")
	program.command("", "token", "create", "--type", "organization_management", "--name", "tenants", "--scope", "ManageSpecificOrganizations")
	program.command("", "policy", "edit", "organization_management", "--allowed=false", "--confirm")
	program.command("", "policy", "edit", "system", "--maximum-lifetime", "90d", "--permissions-fixed")
	program.command("", "scope", "create", "billing:read", "--label", "Read invoices", "--type", "repository", "--group", "Billing")
	program.command("slow violet harbour nine", "user", "add", "--email", "aude@example.com", "--name", "Aude Lindqvist", "--role", "auditor", "--password-stdin")
	program.denied("token", "revoke", active, "--as", "aude@example.com")
	return active, revoked
}

// TestEveryScreenIsAccessible runs axe on every page and dialog, light and
// dark, wide and narrow, and keeps a picture of each if LATCHKEY_TEST_PICTURES
// is set.
func TestEveryScreenIsAccessible(t *testing.T) {
	const parts = 2 // as many as there are cores on a small machine
	for part := range parts {
		t.Run(fmt.Sprint(part), func(t *testing.T) {
			t.Parallel()
			folder := t.TempDir()
			program := start(t, folder, "sqlite:"+folder+"/latchkey.db")
			owner := NewPage(t, program.base)
			setUp(owner, program)
			active, revoked := sample(program)
			visitor := NewPage(t, program.base)
			all := slices.Concat(screens(active, revoked), peopleScreens(samplePeople(program)), bulkScreens(sampleBulk(program)))
			for i, s := range all {
				if i%parts != part {
					continue
				}
				p := owner
				if s.visitor {
					p = visitor
				}
				look(p, s)
			}
		})
	}
}

// look holds one screen against the rules. Once it was looked at as a whole, what
// lies behind a dialog is left to the screens that have no dialog over it.
func look(p *Page, s screen) {
	for _, width := range []int{1440, 390} {
		p.SetViewport(width, 900)
		p.SetDark(false)
		p.Open(s.path)
		if s.open != nil && !(width == 390 && strings.HasPrefix(s.name, "revoke")) {
			s.open(p)
		}
		if width == 1440 {
			p.Axe()
		} else {
			p.AxeOnTop()
		}
		if over := Eval[int](p, "document.documentElement.scrollWidth - innerWidth"); over > 0 {
			p.t.Errorf("%s at %d px scrolls sideways by %d px", s.name, width, over)
		}
		p.picturesOf(s.name, "light", width)
		p.SetDark(true) // the page changes its colours where it is
		p.AxeColours()
		p.picturesOf(s.name, "dark", width)
		p.Keyboard(s.name)
		if s.open != nil {
			p.Leave(s.name)
		}
	}
}

func (p *Page) picturesOf(name, theme string, width int) {
	if os.Getenv("LATCHKEY_TEST_PICTURES") != "" {
		p.Shot(fmt.Sprintf("%s.%s.%d", name, theme, width))
	}
}
