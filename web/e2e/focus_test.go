//go:build e2e

package e2e

import (
	"fmt"
	"testing"
	"time"

	"latchkey/internal/console"
	"latchkey/internal/store/storetest"
)

// focused says what has the focus.
func focused(p *Page) string {
	p.t.Helper()
	return Eval[string](p, `document.activeElement.getAttribute("aria-label") ?? document.activeElement.id`)
}

// TestFocusStaysWhereAFilterWas: a filter that is removed hands it to the next one,
// the last to the search.
func TestFocusStaysWhereAFilterWas(t *testing.T) {
	p, program := signedIn(t)
	program.command("", "token", "create", "--repository", "payments-events", "--name", "grafana-readonly", "--scope", "ReadAccess")
	p.Open("/tokens?q=grafana&status=active")
	Eval[any](p, `document.querySelector(".chip a").focus()`)
	p.Press("Enter")
	p.WaitGone(`.chip:has-text("grafana")`)
	if got := focused(p); got != "Remove filter Status Active" {
		t.Errorf("the first filter gives the focus to %q", got)
	}
	p.Press("Enter")
	p.WaitGone(".chip")
	if got := focused(p); got != "filter-name" {
		t.Errorf("the last filter gives the focus to %q", got)
	}
}

// TestTheListStaysInPlace where a row leaves it, and after a bulk change, when what
// gets the focus back is at its top.
func TestTheListStaysInPlace(t *testing.T) {
	p, program := signedIn(t)
	rows := "name,scopes,repositories\n"
	for i := range 50 {
		rows += fmt.Sprintf("worker-%02d,ReadAccess,payments-events\n", i)
	}
	program.command(rows, "token", "import", "-", "--secrets", "-")
	p.Open("/tokens?status=active")
	p.Click(`[aria-label^="Revoke worker-10"]`)
	p.WaitFor("dialog[open]")
	before := Eval[float64](p, `scrollY`)
	p.Click("dialog[open] [data-save]")
	p.WaitGone("dialog[open]")
	p.WaitGone(`tr:has-text("worker-10")`)
	if after := Eval[float64](p, `scrollY`); after != before {
		t.Errorf("a row that left moved the list from %v to %v", before, after)
	}
	p.Click("tbody tr:nth-child(20) [data-row]")
	p.Click("#bulk-revoke")
	p.WaitFor("dialog[open]")
	before = Eval[float64](p, `scrollY`)
	p.Click("dialog[open] [data-save]")
	p.WaitFor(`dialog[open]:has-text("1 token revoked")`)
	p.Press("Enter")
	p.WaitGone("dialog[open]")
	if after := Eval[float64](p, `scrollY`); before == 0 || after != before {
		t.Errorf("a bulk change moved the list from %v to %v", before, after)
	}
	if got := focused(p); got != "Select all tokens on this page" {
		t.Errorf("the focus goes to %q", got)
	}
}

// TestTheFocusStaysWithABulkChange while it goes on, and goes to where its end is
// said when what had it is gone.
func TestTheFocusStaysWithABulkChange(t *testing.T) {
	p, program := signedIn(t)
	st := storetest.Open(t, program.env["LATCHKEY_DATABASE_URL"])
	for _, cancel := range []bool{true, false} {
		job := halfDone(program, st)
		update := func() {
			t.Helper()
			if err := st.UpdateBulkJob(t.Context(), job); err != nil {
				t.Fatal(err)
			}
		}
		p.Open("/jobs/" + string(job.GUID))
		p.WaitFor(`progress[value="1500"]`)
		Eval[any](p, `document.querySelector("#bulk-cancel button").focus()`)
		job.Changed += 500
		update()
		p.WaitFor(`progress[value="2000"]`)
		if !Eval[bool](p, `document.activeElement.matches("#bulk-cancel button")`) {
			t.Errorf("the progress gives the focus to %q", focused(p))
		}
		if cancel {
			p.Press("Enter")
		} else {
			job.FinishedAt, job.End = time.Now(), console.EndStopped
			update()
		}
		p.WaitGone("#bulk-cancel")
		if !Eval[bool](p, `document.activeElement.matches("[data-outcome]")`) {
			t.Errorf("cancelled %v, the focus goes to %q", cancel, focused(p))
		}
	}
}
