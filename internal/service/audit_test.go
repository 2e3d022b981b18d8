package service_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"latchkey/internal/console"
)

// logged is how many events the log has that is tampered with.
const logged = 6

// copied is a statement that adds a copy of event 2, under a number and with
// changes, as an INSERT would have them.
func copied(id int, changes ...string) string {
	columns := "at, action, actor_kind, actor_guid, actor_name, target_kind, target_guid, target_name, repositories, reason, address, agent, request_id, changes, search, previous, hash"
	values := columns
	for i := 0; i < len(changes); i += 2 {
		values = strings.Replace(values, changes[i], changes[i+1], 1)
	}
	return fmt.Sprintf(`INSERT INTO audit_events (id, %s) SELECT %d, %s FROM audit_events WHERE id = 2`, columns, id, values)
}

// room moves all events from id on by 100.
func room(id int) string {
	return fmt.Sprintf(`UPDATE audit_events SET id = id + 1000 WHERE id >= %d; UPDATE audit_events SET id = id - 900 WHERE id >= 1000`, id)
}

// tamper are what somebody who owns the tables might do, with the number of the
// first event at which it must be found.
var tamper = []struct {
	name, statements string
	broken           int64
	why              string
}{
	{"the first event removed", `DELETE FROM audit_events WHERE id = 1`, 2, "removed"},
	{"a middle event removed", `DELETE FROM audit_events WHERE id = 3`, 4, "removed"},
	{"several events removed", `DELETE FROM audit_events WHERE id IN (2, 3, 5)`, 4, "removed"},
	{"two events swapped", `UPDATE audit_events SET id = 99 WHERE id = 3; UPDATE audit_events SET id = 3 WHERE id = 4; UPDATE audit_events SET id = 4 WHERE id = 99`, 3, "moved"},
	{"three events in another order", `UPDATE audit_events SET id = 99 WHERE id = 2; UPDATE audit_events SET id = 2 WHERE id = 3;
		UPDATE audit_events SET id = 3 WHERE id = 4; UPDATE audit_events SET id = 4 WHERE id = 99`, 2, "moved"},
	{"the first event at the end", `UPDATE audit_events SET id = 99 WHERE id = 1`, 2, "removed"},
	{"the first event before all numbers", `UPDATE audit_events SET id = -5 WHERE id = 1`, -5, "moved"},
	{"an event that says what another one said", `UPDATE audit_events SET actor_name = (SELECT actor_name || 'x' FROM audit_events WHERE id = 2), changes = (SELECT changes FROM audit_events WHERE id = 2) WHERE id = 5`, 5, "changed"},
	{"an event repeated", copied(logged + 1), logged + 1, "moved"},
	{"an event repeated in its place in the chain", copied(logged+1, "previous, hash", "(SELECT hash FROM audit_events WHERE id = 6), hash"), logged + 1, "changed"},
	{"a forged event at the end", copied(logged+1, "actor_name", "'Mallory'", "previous, hash", "(SELECT hash FROM audit_events WHERE id = 6), previous"), logged + 1, "not written"},
	{"a forged event in the middle", room(4) + ";" + copied(4, "actor_name", "'Mallory'", "previous, hash", "(SELECT hash FROM audit_events WHERE id = 3), hash"), 4, "not written"},
	{"a forged event before the first", copied(0, "actor_name", "'Mallory'"), 0, "not written"},
	{"all but one removed", `DELETE FROM audit_events WHERE id <> 4`, 4, "removed"},
	{"the hashes of the next event", `UPDATE audit_events SET hash = (SELECT hash FROM audit_events WHERE id = 4), previous = (SELECT previous FROM audit_events WHERE id = 4) WHERE id = 3`, 3, "changed"},
	{"no hash", `UPDATE audit_events SET hash = previous WHERE id = 5`, 5, "changed"},
	{"no previous hash, as of a first event", `UPDATE audit_events SET previous = (SELECT previous FROM audit_events WHERE id = 1) WHERE id = 5`, 5, "changed"},
}

// changed is what another value of a column is.
func changed(column string) string {
	switch column {
	case "id":
		return "id + 100"
	case "at":
		return "at + 1"
	case "previous", "hash":
		return "(SELECT o.hash FROM audit_events AS o WHERE o.id = audit_events.id - 2)"
	}
	return column + " || ' '"
}

func TestTamperingWithTheAuditLogIsFound(t *testing.T) {
	all := tamper
	each(t, func(t *testing.T, s *site) {
		for _, column := range s.columns("audit_events") {
			for _, id := range []int64{3, logged} {
				row := tamper[0]
				row.name = fmt.Sprintf("%s of event %d changed", column, id)
				row.statements = fmt.Sprintf(`UPDATE audit_events SET %s = %s WHERE id = %d`, column, changed(column), id)
				row.broken, row.why = id, "changed"
				if column == "id" {
					row.broken = map[int64]int64{3: 4, logged: logged + 100}[id]
					row.why = map[int64]string{3: "removed", logged: "moved"}[id]
				}
				all = append(all[:len(all):len(all)], row)
			}
		}
		if len(all) < len(tamper)+36 {
			t.Fatalf("the table seems to have %d columns", (len(all)-len(tamper))/2)
		}
		s.fillLog()
		s.disarm()
		s.raw(`CREATE TABLE kept AS SELECT * FROM audit_events`)
		for _, c := range all {
			s.raw(strings.Split(c.statements, ";")...)
			report := s.verify("")
			if report.Why == "" || report.Broken != c.broken || !strings.Contains(report.Why, c.why) {
				t.Errorf("%s: found %+v, want event %d %s", c.name, report, c.broken, c.why)
			}
			s.raw(`DELETE FROM audit_events`, `INSERT INTO audit_events SELECT * FROM kept`)
		}
		if report := s.verify(""); report.Why != "" || report.Events != logged {
			t.Errorf("in the end: %+v", report)
		}
	})
}

// fillLog makes the log as long as the tampering needs it.
func (s *site) fillLog() {
	s.t.Helper()
	for i := range logged - len(s.events()) {
		s.repository(fmt.Sprintf("repository-%d", i))
	}
	if report := s.verify(""); report.Why != "" || report.Events != logged {
		s.t.Fatalf("before anybody touched it: %+v", report)
	}
}

func (s *site) verify(head string) console.AuditReport {
	s.t.Helper()
	report, err := s.VerifyAudit(context.Background(), s.as(console.RoleAuditor), head, nil)
	s.must(err)
	return report
}

// TestACutOffEndIsFoundByTheNotedHead, and so is a log that was put back to
// what it was before, also when it went on afterwards.
func TestACutOffEndIsFoundByTheNotedHead(t *testing.T) {
	for _, c := range []struct{ name, statement, why string }{
		{"the last event removed", `DELETE FROM audit_events WHERE id = 6`, "after event 5 "},
		{"the end cut off", `DELETE FROM audit_events WHERE id > 2`, "after event 2 "},
		{"all removed", `DELETE FROM audit_events`, "after event 0 "},
		{"an older copy", `DELETE FROM audit_events; INSERT INTO audit_events SELECT * FROM older`, "after event 4 "},
	} {
		t.Run(c.name, func(t *testing.T) {
			each(t, func(t *testing.T, s *site) {
				s.disarm()
				for i := range 4 - len(s.events()) {
					s.repository(fmt.Sprintf("old-%d", i))
				}
				s.raw(`CREATE TABLE older AS SELECT * FROM audit_events`)
				s.fillLog()
				_, head, err := s.AuditHead(t.Context())
				s.must(err)
				if report := s.verify(head); report.Why != "" || report.Head != head {
					t.Fatalf("intact: %+v, want head %s", report, head)
				}
				s.raw(strings.Split(c.statement, ";")...)
				if report := s.verify(""); report.Why != "" {
					t.Errorf("without the head it can't be seen, yet: %+v", report)
				}
				report := s.verify(head)
				if report.Broken != 0 || !strings.Contains(report.Why, c.why) {
					t.Errorf("with the head: %+v, want %q", report, c.why)
				}
				s.repository("afterwards")
				if report := s.verify(head); report.Why == "" {
					t.Errorf("when the log has gone on: %+v", report)
				}
			})
		})
	}
}

// TestTheLogOfAnotherInstallationIsFound: without the key nobody makes a chain.
func TestTheLogOfAnotherInstallationIsFound(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		s.fillLog()
		s.disarm()
		other := *s
		other.store = s.fresh()
		svc, err := other.open(key(2))
		s.must(err)
		_, err = svc.CreateRepository(t.Context(), console.System("Mallory"), console.NewRepository{Name: "x", Kind: console.KindRepository})
		s.must(err)
		_, hash, err := svc.AuditHead(t.Context())
		s.must(err)
		blob := "x'" + hash + "'"
		if !strings.HasPrefix(s.url, "sqlite:") {
			blob = `'\x` + hash + "'"
		}
		s.raw(`DELETE FROM audit_events WHERE id > 1`, `UPDATE audit_events SET actor_name = 'Mallory', hash = `+blob)
		if report := s.verify(""); report.Broken != 1 {
			t.Errorf("found %+v", report)
		}
	})
}

// TestTheAuditLogIsAppendOnly for everybody who does not take its guard away.
func TestTheAuditLogIsAppendOnly(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		s.fillLog()
		before := s.snapshot()["audit_events"]
		statements := map[string]string{
			`UPDATE audit_events SET actor_name = 'x' WHERE id = 2`: "UPDATE is refused",
			`DELETE FROM audit_events WHERE id = 2`:                 "DELETE is refused",
			`DELETE FROM audit_events`:                              "DELETE is refused",
		}
		if strings.HasPrefix(s.url, "sqlite:") {
			statements[strings.Replace(copied(3), "INSERT", "REPLACE", 1)] = "REPLACE is refused"
			statements[strings.Replace(copied(3), "INSERT", "INSERT OR REPLACE", 1)] = "REPLACE is refused"
		} else {
			statements[`TRUNCATE audit_events`] = "TRUNCATE is refused"
			statements[copied(3)+` ON CONFLICT (id) DO UPDATE SET actor_name = 'x'`] = "UPDATE is refused"
		}
		db := s.rawDatabase()
		defer db.Close()
		for statement, why := range statements {
			if _, err := db.ExecContext(t.Context(), statement); err == nil || !strings.Contains(err.Error(), "append-only: "+why) {
				t.Errorf("%s: %v", statement, err)
			}
		}
		if after := s.snapshot()["audit_events"]; strings.Join(after, "\n") != strings.Join(before, "\n") {
			t.Error("the log changed")
		}
	})
}

// TestProgressOfVerifying is told for every event.
func TestProgressOfVerifying(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		s.fillLog()
		var told []int
		_, err := s.VerifyAudit(t.Context(), s.as(console.RoleOwner), "", func(done int) { told = append(told, done) })
		if fmt.Sprint(told) != "[1 2 3 4 5 6]" || err != nil {
			t.Errorf("it tells %v, %v", told, err)
		}
	})
}
