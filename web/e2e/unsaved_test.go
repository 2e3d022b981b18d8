//go:build e2e

package e2e

import (
	"strings"
	"testing"
)

// TestTicksAreNotLost: neither a filter, nor a link, nor the proof that saving
// takes, costs what was ticked.
func TestTicksAreNotLost(t *testing.T) {
	p, program := signedIn(t)
	member, _, _ := samplePeople(program)
	const box = ".mx label:has-text(\"QueryDashboard for Tomás Vidal\")"
	const ask, stay, discard = "dialog:has-text(\"Go on without saving?\")", "dialog button:has-text(\"Stay here\")", "dialog button:has-text(\"Discard changes\")"
	ticked := func() bool {
		return Eval[bool](p, `[...document.querySelectorAll(".mx .check:not([data-was]):checked")].length === 1`)
	}
	p.Open("/people")
	p.Click("a[href='/scopes']")
	p.WantURL("/scopes")
	p.Open("/people?role=member")
	p.Click(box)
	p.WantText("#access-bar", "Tomás Vidal gains QueryDashboard.")
	p.Fill("#filter-people", "nobody")
	p.WaitFor(ask)
	p.Axe()
	p.Click(stay)
	p.WaitGone(ask)
	if got := p.Value("#filter-people") + p.Value("#filter-role"); got != "member" || !ticked() {
		t.Errorf("the filters are %q", got)
	}
	p.Click(".tabs a[href='/scopes']")
	p.WaitFor(ask)
	p.Press("Escape")
	p.WaitGone(ask)
	if !ticked() {
		t.Error("Escape lost the tick")
	}
	forgetProofs(t, program)
	p.Click("#save-access")
	p.WaitFor("#proof-password")
	p.Click("dialog:has(#proof-form) [data-close]")
	p.WaitGone("#proof-password")
	if !ticked() {
		t.Error("the question lost the tick")
	}
	p.Fill("#filter-people", "nobody")
	p.WaitFor(ask)
	p.Click(discard)
	p.WaitFor("main :has-text(\"No people match\")")
	p.Open("/people")
	p.Click(box)
	p.Click("#save-access")
	p.Fill("#proof-password", ownerPassword)
	p.Click("#proof-form [data-save]")
	p.WantText(".toast", "Access saved")
	p.WaitGone("#proof-password")
	if got := program.command("", "user", "show", "tomas.vidal@northwind.example", "--json"); !strings.Contains(got, "QueryDashboard") {
		t.Errorf("in the end they are %s", got)
	}
	p.Click(box)
	p.Click("#discard")
	p.WaitGone("#discard")

	p.Open(member)
	p.Click("#person-scopes [value=ConnectView]")
	p.Click("[id$='-end']")
	p.WaitFor(ask)
	p.Click(discard)
	p.Click("#membership-end-form [data-save]")
	p.WantText(".toast", "Membership ended")
}

// TestWhatWasWrittenIsNotLost: another example takes the place of what was written
// in the explorer after a question only, and of what was run without.
func TestWhatWasWrittenIsNotLost(t *testing.T) {
	p, _ := signedIn(t)
	const ask, document = "dialog:has-text(\"Go on without it?\")", "#explorer-form [name=document]"
	const written = "{ viewer { username } }"
	p.Open("/api/explorer")
	p.Fill(document, written)
	p.Click(".operations a[href$='=meta']")
	p.WaitFor(ask)
	p.Press("Escape")
	p.WaitGone(ask)
	if got := p.Value(document); got != written {
		t.Errorf("what was written is %q", got)
	}
	p.Click("#explorer-form [data-save]")
	p.WaitFor("#explorer-json")
	p.Fill("#explorer-form [name=variables]", "{")
	p.Click("#explorer-form [data-save]")
	p.WaitGone("#explorer-json")
	p.WaitFor("#explorer-form [aria-invalid=true]")
	p.Fill("#explorer-form [name=variables]", "")
	p.Click("#explorer-form [data-save]")
	p.WaitFor("#explorer-json")
	p.Click(".operations a[href$='=meta']")
	p.WantURL("operation=meta")
	if got := p.Value(document); got == written {
		t.Error("the example is not there")
	}
}
