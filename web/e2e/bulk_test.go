//go:build e2e

package e2e

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"latchkey/internal/console"
	"latchkey/internal/store"
	"latchkey/internal/store/storetest"
)

const archiveTokens = "/repositories/archive/settings/tokens?limit=25&status=all"

// sampleBulk fills a repository with more tokens than a page has, and returns bulk
// changes: one that nobody goes on with, and one that has ended.
func sampleBulk(program *program) (running, done console.GUID) {
	program.t.Helper()
	program.command("", "repository", "create", "archive")
	rows := "name,scopes,repositories\n"
	for i := range 30 {
		rows += fmt.Sprintf("archive-%02d,ReadAccess,archive\n", i)
	}
	program.command(rows, "token", "import", "-", "--secrets", "-")
	program.command("", "token", "revoke", guidIn.FindString(program.command("", "token", "list", "--name", "archive-07", "--json")))
	program.command("", "bulk", "disable", "--repository", "archive", "--name", "1", "--confirm", "12", "--until", "7d")
	done = console.GUID(guidIn.FindString(program.command("", "bulk", "list", "--json")))
	return halfDone(program, storetest.Open(program.t, program.env["LATCHKEY_DATABASE_URL"])).GUID, done
}

// halfDone is a job that somebody works on who does not go on.
func halfDone(program *program, st *store.Store) console.BulkJob {
	program.t.Helper()
	job := console.BulkJob{
		GUID: console.NewGUID(), Request: console.BulkRequest{Verb: console.BulkRevoke, Reason: "Found in a public repository"},
		Filter: console.TokenFilter{Name: "archive"}, Words: []console.Change{{Field: "match_name", New: "archive"}, {Field: "match_repository", New: "archive"}},
		At: time.Now(), Actor: console.System("Command line"),
	}
	err := st.Tx(program.t.Context(), func(tx *store.Store) error {
		if err := tx.InsertBulkJob(program.t.Context(), job); err != nil {
			return err
		}
		found, err := tx.FindBulkJob(program.t.Context(), job.GUID)
		if err != nil {
			return err
		}
		job = found
		job.Gathered, job.Total, job.Changed, job.Same, job.Worker, job.LeaseUntil = true, 4000, 1480, 20, "nobody", time.Now().Add(time.Hour)
		return tx.UpdateBulkJob(program.t.Context(), job)
	})
	if err != nil {
		program.t.Fatal(err)
	}
	return job
}

func bulkScreens(running, done console.GUID) []screen {
	matching := func(clicks ...string) func(*Page) {
		return func(p *Page) {
			p.Click("[data-row]")
			Eval[any](p, `document.querySelectorAll("[data-row]:not(:checked)").forEach(box => box.click())`)
			p.Click("[data-all-match] input")
			p.WantText("[data-bulk-n]", "30 selected")
			for _, sel := range clicks {
				p.Click(sel)
			}
		}
	}
	asking := func(clicks ...string) func(*Page) {
		return func(p *Page) {
			matching(clicks...)(p)
			p.WaitFor("dialog[open] #bulk-foreseen")
		}
	}
	return []screen{
		{name: "jobs", path: "/jobs"},
		{name: "job-running", path: "/jobs/" + string(running)},
		{name: "job-done", path: "/jobs/" + string(done)},
		{name: "emergency", path: "/emergency"},
		{name: "emergency-nothing", path: "/emergency", open: func(p *Page) {
			p.Click("#emergency [type=submit]")
			p.WaitFor("[aria-invalid=true]")
		}},
		{name: "emergency-asked", path: "/emergency", open: func(p *Page) {
			Eval[any](p, `document.querySelector("[name=repository]").value = "archive"`)
			p.Click("#emergency [type=submit]")
			p.WaitFor("#bulk-foreseen")
		}},
		{name: "bulk-matching", path: archiveTokens, open: matching()},
		{name: "bulk-all-revoke", path: archiveTokens, open: asking("#bulk-revoke")},
		{name: "bulk-all-disable", path: archiveTokens, open: asking("#bulk-more", "#bulk-menu [value=disable]")},
		{name: "bulk-all-transfer", path: archiveTokens, open: asking("#bulk-more", "#bulk-menu [value=transfer]")},
		{name: "bulk-all-scope", path: archiveTokens, open: asking("#bulk-more", "#bulk-menu [value=add_scope]")},
	}
}

// TestABulkChangeIsFollowed: the page of a bulk change moves while the change
// goes on, without being asked for again, and says how it ended.
func TestABulkChangeIsFollowed(t *testing.T) {
	onBoth(t, func(t *testing.T, program *program) {
		p := NewPage(t, program.base)
		p.SetViewport(1440, 900)
		setUp(p, program)
		st := storetest.Open(t, program.env["LATCHKEY_DATABASE_URL"])
		job := halfDone(program, st)
		update := func() {
			t.Helper()
			if err := st.UpdateBulkJob(context.Background(), job); err != nil {
				t.Fatal(err)
			}
		}
		p.Open("/jobs/" + string(job.GUID))
		p.WaitFor(`progress[value="1500"][max="4000"]`)
		Eval[any](p, `window.stays = true`)
		for range 3 {
			job.Changed += 500
			update()
			p.WaitFor(fmt.Sprintf(`progress[value="%d"]`, job.Worked()))
		}
		p.WantText("[role=status]", "3,000 of 4,000 tokens so far.")
		job.Changed, job.FinishedAt, job.End = job.Total-job.Same, time.Now(), console.EndDone
		update()
		p.WaitGone("progress")
		p.WantText("[role=status]", "3,980 tokens were revoked. 20 stayed as they were.")
		p.WaitGone("#bulk-cancel")
		if !Eval[bool](p, `window.stays === true`) || !strings.HasSuffix(p.URL(), string(job.GUID)) {
			t.Error("the page was loaded again")
		}
	})
}
