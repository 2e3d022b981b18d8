//go:build e2e

package e2e

import "testing"

// TestNothingIsCutOnAPhone: what has to be read or chosen is there as a whole.
func TestNothingIsCutOnAPhone(t *testing.T) {
	p, program := signedIn(t)
	member, _, _ := samplePeople(program)
	p.SetViewport(390, 900)
	fits := func(sel string) {
		t.Helper()
		if over := Eval[int](p, `Math.max(...[...document.querySelectorAll(`+literal(sel)+`)].map(e => Math.max(e.scrollHeight - e.clientHeight, e.scrollWidth - e.clientWidth)))`); over > 0 {
			t.Errorf("%s is cut by %d px", sel, over)
		}
	}
	p.Open("/repositories/payments-events/settings/tokens")
	p.WaitFor("#token-status .n")
	Eval[any](p, `document.querySelectorAll("#token-status .n").forEach(n => { n.textContent = "1,000,000"; })`)
	fits("#token-status, #token-status label")
	if wide := Eval[int](p, "document.documentElement.scrollWidth"); wide > 390 {
		t.Errorf("the list is %d px wide", wide)
	}
	p.Open(member + "/edit")
	fits("#f-role .optbox")
	p.Open(member + "/departure")
	fits("#f-handover .optbox")
	p.Open("/jobs")
	fits("html")
	p.Open("/people")
	p.WantText(".mx .who .only-narrow", "Owner")
	p.Open("/account")
	p.Click("button:has-text(\"Set up an authenticator app\")")
	p.WaitFor("#f-seed")
	fits("#f-seed")
	p.Open("/repositories/payments-events/settings/dashboards")
	p.Click("#new-asset")
	p.Fill("#f-name", "Lobby")
	p.Click("#asset-form [data-save]")
	p.Click("#new-link")
	p.WaitFor("dialog .toast")
	if !Eval[bool](p, `(() => { const save = document.querySelector("dialog .modal-foot .btn"), at = save.getBoundingClientRect(); return save.contains(document.elementFromPoint(at.x + at.width / 2, at.y + at.height / 2)); })()`) {
		t.Error("a notice lies on the buttons")
	}
}
