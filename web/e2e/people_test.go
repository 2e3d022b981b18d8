//go:build e2e

package e2e

import (
	"encoding/json"
	"strings"
	"testing"
)

// samplePeople invites somebody who is a member, disables somebody else, and
// returns the paths of their pages and a link that works.
func samplePeople(program *program) (member, gone, link string) {
	invite := func(email string, more ...string) (path, link string) {
		var answer struct{ GUID, Link string }
		text := program.command("", append([]string{"user", "invite", "--json", "--email", email, "--role", "member"}, more...)...)
		if err := json.Unmarshal([]byte(text), &answer); err != nil {
			program.t.Fatal(err)
		}
		return "/people/" + answer.GUID, answer.Link[strings.Index(answer.Link, "/invitation/"):]
	}
	member, link = invite("tomas.vidal@northwind.example", "--name", "Tomás Vidal", "--scope", "ReadAccess", "--repository", "payments-events", "--repository-role", "manager")
	gone, _ = invite("pia.lindqvist@northwind.example", "--name", "Pia Lindqvist", "--scope", "ReadAccess")
	program.command("", "token", "create", "--name", "his", "--scope", "ReadAccess", "--repository", "payments-events", "--owner", "tomas.vidal@northwind.example")
	program.command("", "user", "disable", "pia.lindqvist@northwind.example")
	return member, gone, link
}

func peopleScreens(member, gone, link string) []screen {
	return []screen{
		{name: "people", path: "/people"},
		{name: "people-ticked", path: "/people?group=Search+and+view", open: func(p *Page) {
			p.Click(".mx .check:not(:disabled)")
			p.WaitFor("#discard")
		}},
		{name: "people-unsaved", path: "/people", open: func(p *Page) {
			p.Click(".mx .check:not(:disabled)")
			p.Click(".tabs a[href='/scopes']")
			p.WaitFor("dialog[open]")
		}},
		{name: "people-none", path: "/people?q=nobody"},
		{name: "person", path: member},
		{name: "person-disabled", path: gone},
		{name: "membership-end", path: member, open: clicks("[id$='-end']", "dialog[open]")},
		{name: "person-factors-reset", path: member + "/factors/reset"},
		{name: "person-edit", path: member, open: clicks("#edit-person", "dialog[open]")},
		{name: "person-edit-page", path: member + "/edit"},
		{name: "person-link", path: member, open: clicks("#new-link", "dialog[open]")},
		{name: "person-departure", path: member, open: clicks("#disable-person", "dialog[open]")},
		{name: "person-departure-page", path: member + "/departure"},
		{name: "person-deletion", path: gone, open: clicks("#remove-person", "dialog[open]")},
		{name: "invite", path: "/people", open: clicks("#invite", "dialog[open]")},
		{name: "invite-page", path: "/people/new"},
		{name: "members", path: "/repositories/payments-events/settings/people"},
		{name: "invitation", path: link, visitor: true},
		{name: "invitation-over", path: "/invitation/NOSUCHCODE", visitor: true},
	}
}

// TestAccessInABrowser ticks a box with JavaScript, where the change is summed
// up at once, and without, where a page does that.
func TestAccessInABrowser(t *testing.T) {
	p, program := signedIn(t)
	samplePeople(program)
	const box = ".mx tbody tr:has(a.nm:not(.x)) label:has-text(\"QueryDashboard for Tomás Vidal\")"
	tinted := func() bool {
		return Eval[bool](p, `[...document.querySelectorAll(".mx td.cell")].some(c => c.textContent.includes("QueryDashboard for Tomás") && getComputedStyle(c).backgroundColor !== "rgba(0, 0, 0, 0)")`)
	}
	p.Open("/people")
	p.Click(box)
	p.WantText("#access-bar", "Tomás Vidal gains QueryDashboard.")
	if !tinted() {
		t.Error("the changed cell is not marked")
	}
	p.Click(box)
	p.WantText("#access-bar", "Nothing changes before you save.")
	if tinted() {
		t.Error("a cell is marked that is as it was")
	}
	p.Click(box)
	p.Click("button:has-text(\"Save access\")")
	p.WantText(".toast", "Access saved")
	p.Axe()

	p.JavaScript(false)
	p.Open("/people")
	p.Click(box)
	p.Click("button:has-text(\"Review changes\")")
	p.WantText("#access-bar", "Tomás Vidal loses QueryDashboard.")
	p.Click("button:has-text(\"Save access\")")
	p.WantText(".toast", "Access saved")
	if got := program.command("", "user", "show", "tomas.vidal@northwind.example", "--json"); !strings.Contains(got, `"scopes":["ReadAccess"]`) {
		t.Errorf("in the end they are %s", got)
	}
}

// TestALinkInABrowser invites somebody and lets them in.
func TestALinkInABrowser(t *testing.T) {
	p, program := signedIn(t)
	p.Open("/people")
	p.Click("#invite")
	p.WaitFor("dialog[open]")
	p.WaitFor(".for-members")
	p.Click("input[value=auditor]")
	p.WaitGone(".for-members")
	p.Fill("dialog #f-email", "ines@northwind.example")
	p.Click("dialog [data-save]")
	p.WaitFor("[data-secret-copy]")
	link := p.Value("#link")
	p.Click("[data-ack]")
	p.Click("[data-done]")
	guest := NewPage(t, program.base)
	guest.Open(link[strings.Index(link, "/invitation/"):])
	guest.Fill("[name=name]", "Ines Ferreira")
	guest.Fill("[name=password]", "heron lattice quiet maple")
	guest.Click("button:has-text(\"Set password and sign in\")")
	guest.WaitFor("h1:has-text(\"Overview\")")
}
