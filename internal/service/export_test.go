package service_test

import (
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"runtime"
	"slices"
	"strings"
	"testing"

	"latchkey/internal/console"
	"latchkey/internal/store/storetest"
)

// flood adds n events of about a kilobyte behind the service's back.
func (s *site) flood(n int) {
	s.t.Helper()
	series := `WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < %d)`
	blob, long := `x''`, `hex(zeroblob(400))`
	if !strings.HasPrefix(s.url, "sqlite:") {
		blob, long = `''::bytea`, `repeat('0', 800)`
	}
	s.raw(fmt.Sprintf(`INSERT INTO audit_events (at, action, actor_kind, actor_guid, actor_name, target_kind, target_guid, target_name,
		repositories, reason, address, agent, request_id, changes, search, previous, hash) `+series+`
		SELECT 1700000000000 + n, 'token.edited', 'user', '', 'Flood', 'token', '', 'token ' || n, '[]', %s, '', '', '', 'null', '', %s, %s FROM numbers`,
		n, long, blob, blob))
}

// TestExportsTakeNoMoreMemoryTheLongerTheyAre, and hold no transaction open.
func TestExportsTakeNoMoreMemoryTheLongerTheyAre(t *testing.T) {
	const count, bound = 20_000, 8 << 20 // all of them at once are about 40 MiB
	for name, fresh := range map[string]func(testing.TB) string{"sqlite": storetest.SQLite, "postgres": storetest.Postgres} {
		t.Run(name, func(t *testing.T) { // one after the other, for they share the memory
			s := newSite(t, fresh(t))
			s.furnish()
			s.flood(count)
			for _, format := range console.ExportFormats {
				read, write := io.Pipe()
				parsed := make(chan int, 1)
				go func() { parsed <- lines(t, format, read) }()
				var first, most uint64
				n := 0
				_, err := write.Write(format.AuditHead())
				s.must(err)
				s.must(s.ExportAudit(t.Context(), s.as(console.RoleAuditor), console.AuditFilter{}, format, func(e console.AuditEvent) error {
					if n++; n%4000 == 1000 {
						most = max(most, heap())
						if first == 0 {
							first = most
						}
						s.repository(fmt.Sprintf("%s-%d", format, n)) // a writer meanwhile
					}
					line, err := format.Event(e)
					if err == nil {
						_, err = write.Write(line)
					}
					return err
				}))
				s.must(write.Close())
				if got := <-parsed; got != n || n < count || n > count+100 {
					t.Errorf("%s has %d lines of %d events, want a few more than %d", format, got, n, count)
				}
				if most > first+bound {
					t.Errorf("%s: from %d to %d bytes", format, first, most)
				}
			}
		})
	}
}

// heap is how many bytes are in use.
func heap() uint64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&m)
	return m.HeapInuse
}

// lines counts the records of an export, and reads each.
func lines(t *testing.T, format console.ExportFormat, from io.Reader) (n int) {
	defer func() { _, _ = io.Copy(io.Discard, from) }()
	if format == console.ExportCSV {
		reader := csv.NewReader(from)
		for reader.ReuseRecord = true; ; n++ {
			if _, err := reader.Read(); err == io.EOF {
				return n - 1
			} else if err != nil {
				t.Error(err)
				return n
			}
		}
	}
	decoder := json.NewDecoder(from)
	for decoder.DisallowUnknownFields(); ; n++ {
		var line console.AuditLine
		if err := decoder.Decode(&line); err == io.EOF {
			return n
		} else if err != nil {
			t.Error(err)
			return n
		}
	}
}

// TestAnExportIsRecorded with what it was of, before anything is given away.
func TestAnExportIsRecorded(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		token, _ := s.make("deploy")
		auditor, since := s.as(console.RoleAuditor), len(s.events())
		filter := console.AuditFilter{Text: "dep", Target: token.GUID, Alone: true, Actions: []console.Action{console.TokenCreated, console.TokenEdited}, From: opening, To: opening.Add(day)}
		var got []string
		export := func(ctx context.Context, visit func(console.AuditEvent) error) error {
			return s.ExportAudit(ctx, auditor, filter, console.ExportJSONL, visit)
		}
		s.must(export(t.Context(), func(e console.AuditEvent) error { got = append(got, string(e.Action)); return nil }))
		want := s.event(auditor, console.AuditExported, console.Target{Kind: console.TargetAudit, Name: "the audit log"},
			console.Change{Field: "format", New: "jsonl"}, console.Change{Field: "text", New: "dep"}, console.Change{Field: "target", New: string(token.GUID)},
			console.Change{Field: "actions", New: "token.created token.edited"}, console.Change{Field: "parts", New: "left out"}, console.Change{Field: "from", New: "2026-11-21T12:00:30.000Z"}, console.Change{Field: "to", New: "2026-11-22T12:00:30.000Z"})
		s.recorded(since, want)
		if !slices.Equal(got, []string{"token.created"}) {
			t.Errorf("exported are %q", got)
		}
		stop := errors.New("nobody reads on")
		if err := export(t.Context(), func(console.AuditEvent) error { return stop }); !errors.Is(err, stop) {
			t.Errorf("when its reader fails: %v", err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		s.flood(3000)
		filter, got = console.AuditFilter{}, nil
		err := export(ctx, func(e console.AuditEvent) error { got = append(got, ""); cancel(); return nil })
		if !errors.Is(err, context.Canceled) || len(got) > 1000 {
			t.Errorf("when its reader goes away after one event: %d, %v", len(got), err)
		}
		s.recorded(since + 3 + 3000)
		s.breakAudit()
		got = nil
		s.refused("without a record", export(t.Context(), func(console.AuditEvent) error { got = append(got, ""); return nil }), console.CodeInternal)
		if len(got) > 0 {
			t.Errorf("without a record %d events are given away", len(got))
		}
	})
}

// TestTheNamesOfTheLog outlive what they name.
func TestTheNamesOfTheLog(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		token, _ := s.make("before")
		_, err := s.UpdateToken(t.Context(), s.as(console.RoleOwner), "", token.GUID, 1, console.TokenPatch{Name: ptr("after")})
		s.must(err)
		_, err = s.DeleteToken(t.Context(), s.as(console.RoleOwner), "", token.GUID, "after")
		s.must(err)
		for guid, want := range map[console.GUID]string{token.GUID: "after", s.people[console.RoleOwner].GUID: "Owner", console.NewGUID(): "", "junk": ""} {
			if got, err := s.AuditName(t.Context(), s.as(console.RoleAuditor), guid); got != want || err != nil {
				t.Errorf("%s is called %q, %v, want %q", guid, got, err, want)
			}
		}
	})
}
