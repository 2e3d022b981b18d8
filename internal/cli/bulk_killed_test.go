package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"
	"time"

	"latchkey/internal/console"
	"latchkey/internal/store"
	"latchkey/internal/store/storetest"
)

// asProgram has this test binary be the program, in a process of its own.
const asProgram = "LATCHKEY_TEST_AS_PROGRAM"

func TestMain(m *testing.M) {
	if os.Getenv(asProgram) != "" {
		os.Exit(Run(context.Background(), os.Args[1:], os.Stdin, os.Stdout, os.Stderr, os.Getenv))
	}
	os.Exit(m.Run())
}

// process starts the program in a process of its own.
func (m *machine) process(args ...string) (child *exec.Cmd, said *bytes.Buffer) {
	m.t.Helper()
	child, said = exec.CommandContext(m.t.Context(), os.Args[0], args...), &bytes.Buffer{}
	child.Env = append(os.Environ(), asProgram+"=1")
	for name, value := range m.env {
		child.Env = append(child.Env, name+"="+value)
	}
	child.Stdout, child.Stderr = said, said
	if err := child.Start(); err != nil {
		m.t.Fatal(err)
	}
	return child, said
}

// TestBulkChangesSurviveKill9: a worker that is killed in the middle leaves every
// token either changed, with its outcome and its event, or untouched, and another
// process does the rest, each token once.
func TestBulkChangesSurviveKill9(t *testing.T) {
	storetest.EachURL(t, func(t *testing.T, databaseURL string) {
		m := newMachine(t, databaseURL)
		m.must("demo", "--tokens", "4000")
		var foreseen foreseenJSON
		if err := json.Unmarshal([]byte(m.must("bulk", "revoke", "--dry-run", "--json")), &foreseen); err != nil || foreseen.Changed < 500 || foreseen.Unchanged == 0 {
			t.Fatalf("foreseen is %+v, %v", foreseen, err)
		}
		child, said := m.process("bulk", "revoke", "--confirm", strconv.Itoa(foreseen.Changed))
		killed := killInTheMiddle(t, storetest.Open(t, databaseURL), child, said)
		done := m.must("bulk", "resume", string(killed.GUID), "--json")
		var job jobJSON
		if err := json.Unmarshal([]byte(done), &job); err != nil || job.State != "done" || job.Changed != foreseen.Changed || job.Unchanged != foreseen.Unchanged || job.Refused != 0 || job.Left != 0 {
			t.Errorf("it ended as %s, foreseen was %+v", done, foreseen)
		}
		outcomes := map[console.GUID]string{}
		for _, line := range everyLine[outcomeLine](t, m.must("bulk", "outcomes", string(killed.GUID), "--format", "jsonl")) {
			if outcomes[line.GUID] != "" {
				t.Errorf("%s has two outcomes", line.GUID)
			}
			outcomes[line.GUID] = line.Outcome
		}
		if len(outcomes) != job.Changed+job.Unchanged {
			t.Errorf("%d outcomes of %d tokens", len(outcomes), job.Changed+job.Unchanged)
		}
		events := map[console.GUID]int{}
		for _, event := range everyLine[console.AuditLine](t, m.must("audit", "export", "--format", "jsonl")) {
			if event.Action == console.TokenRevoked {
				events[event.Target.GUID]++
			}
		}
		for guid, outcome := range outcomes {
			if want := map[string]int{"changed": 1}[outcome]; events[guid] != want {
				t.Errorf("%s is %s and has %d events", guid, outcome, events[guid])
			}
		}
		if active := m.must("token", "list", "--status", "active", "--json"); active != "" {
			t.Errorf("there are still active %.300s", active)
		}
		m.must("audit", "verify")
	})
}

// killInTheMiddle kills the child as soon as its job has a part of its outcomes,
// and returns the job as it was left.
func killInTheMiddle(t *testing.T, st *store.Store, child *exec.Cmd, said *bytes.Buffer) console.BulkJob {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(2 * time.Millisecond) {
		page, err := st.ListBulkJobs(t.Context(), "", console.PageRequest{})
		if err != nil {
			t.Fatal(err)
		}
		if len(page.Items) == 1 && page.Items[0].Worked() > 0 {
			break
		}
		if time.Now().After(deadline) {
			_ = child.Process.Kill()
			_ = child.Wait()
			t.Fatalf("nothing happens: %s", said)
		}
	}
	if err := child.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	if err := child.Wait(); err == nil || child.ProcessState.ExitCode() >= 0 {
		t.Fatalf("it was not killed, but ended with %v: %s", err, said)
	}
	page, err := st.ListBulkJobs(t.Context(), "", console.PageRequest{})
	if err != nil || page.Items[0].Finished() || page.Items[0].Left() == 0 {
		t.Fatalf("it was killed too late, at %+v, %v", page.Items, err)
	}
	return page.Items[0]
}

type outcomeLine struct {
	GUID    console.GUID
	Outcome string
}

// everyLine reads JSON Lines.
func everyLine[T any](t *testing.T, text string) []T {
	t.Helper()
	var all []T
	for line := range strings.Lines(text) {
		var one T
		if err := json.Unmarshal([]byte(line), &one); err != nil {
			t.Fatalf("%s: %v", line, err)
		}
		all = append(all, one)
	}
	return all
}
