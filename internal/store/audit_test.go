package store_test

import (
	"bytes"
	"fmt"
	"math/rand"
	"slices"
	"strings"
	"testing"
	"time"

	"latchkey/internal/console"
	"latchkey/internal/store"
	"latchkey/internal/store/storetest"
)

// TestSealsStay: what older versions sealed is read as they sealed it, whatever an
// event can tell by now.
func TestSealsStay(t *testing.T) {
	storetest.Each(t, func(t *testing.T, st *store.Store) {
		e := console.AuditEvent{At: time.UnixMilli(7), Action: console.SignedIn, ActorKind: console.PrincipalUser, Actor: console.PersonRef{GUID: "a", Name: "x"}}
		later := e
		later.Through = "t"
		var sealed []string
		for _, e := range []console.AuditEvent{e, later} {
			if err := st.InsertAuditEvents(t.Context(), []console.AuditEvent{e}, func(_, record []byte) []byte { sealed = append(sealed, string(record)); return record[:1] }); err != nil {
				t.Fatal(err)
			}
		}
		const before = `1{"At":7,"Action":"session.started","ActorKind":"user","ActorGUID":"a","ActorName":"x","TargetKind":"","TargetGUID":"","TargetName":"",` +
			`"Repositories":"null","Reason":"","Address":"","Agent":"","RequestID":"","Changes":"null","Search":"x  a "}`
		after := "2" + strings.TrimSuffix(before[1:], "}") + `,"Through":"t"}`
		if sealed[0] != before || sealed[1] != after {
			t.Errorf("sealed is\n%s\n%s", sealed[0], sealed[1])
		}
	})
}

// TestWhatIsSealed is an event's number and everything else of it; of what was
// written before numbers were sealed, everything else.
func TestWhatIsSealed(t *testing.T) {
	storetest.Each(t, func(t *testing.T, st *store.Store) {
		var sealed [][]byte
		seal := func(_, record []byte) []byte {
			sealed = append(sealed, bytes.Clone(record))
			return []byte{byte(len(sealed))}
		}
		for i := range 3 {
			e := console.AuditEvent{At: time.UnixMilli(int64(i)), Action: console.SignedIn, Actor: console.PersonRef{Name: "x"}}
			if err := st.InsertAuditEvents(t.Context(), []console.AuditEvent{e}, seal); err != nil {
				t.Fatal(err)
			}
		}
		failed := fmt.Errorf("no")
		err := st.Tx(t.Context(), func(tx *store.Store) error {
			if err := tx.InsertAuditEvents(t.Context(), []console.AuditEvent{{At: time.UnixMilli(9)}}, seal); err != nil {
				return err
			}
			return failed
		})
		if err != failed {
			t.Fatal(err)
		}
		n := 0
		err = st.EachAuditLink(t.Context(), func(link store.AuditLink) error {
			number, ok := strings.CutSuffix(string(link.Record), string(link.Numberless))
			if !bytes.Equal(link.Record, sealed[n]) || !ok || number != fmt.Sprint(link.ID) || link.Numberless[0] != '{' {
				t.Errorf("sealed is %s, read %s and %s", sealed[n], link.Record, link.Numberless)
			}
			n++
			return nil
		})
		if err != nil || n != 3 {
			t.Errorf("%d links, %v", n, err)
		}
	})
}

// TestWhatIsAloneIsWalkedAsItIs: whatever else is asked for, pages forwards and back
// and a walk through all agree with a list made in plain Go.
func TestWhatIsAloneIsWalkedAsItIs(t *testing.T) {
	storetest.Each(t, func(t *testing.T, st *store.Store) {
		random, job := rand.New(rand.NewSource(1)), console.NewGUID()
		var events []console.AuditEvent
		for i := range 300 {
			e := console.AuditEvent{At: noon.Add(time.Duration(i) * time.Minute), Action: console.TokenDeeds[random.Intn(3)], Actor: console.PersonRef{GUID: "a", Name: "x"}}
			if random.Intn(3) > 0 {
				e.Parent = job
			}
			events = append(events, e)
		}
		if err := st.InsertAuditEvents(t.Context(), events, func(_, record []byte) []byte { return record[:1] }); err != nil {
			t.Fatal(err)
		}
		for name, f := range map[string]console.AuditFilter{
			"nothing else": {}, "an action": {Actions: console.TokenDeeds[:1]}, "somebody": {Actor: "a"}, "a time": {From: noon.Add(time.Hour), To: noon.Add(4 * time.Hour)}, "parts": {Parent: job},
		} {
			f.Alone = true
			var want, walked, visited []time.Time
			for _, e := range slices.Backward(events) {
				if e.Parent == "" && f.Parent == "" && (f.Actions == nil || e.Action == f.Actions[0]) && (f.From.IsZero() || !e.At.Before(f.From) && e.At.Before(f.To)) {
					want = append(want, e.At)
				}
			}
			read := func(request console.PageRequest) console.Page[console.AuditEvent] {
				t.Helper()
				page, err := st.ListAuditEvents(t.Context(), f, request)
				if err != nil || page.Total != len(want) {
					t.Fatalf("with %s there are %d, want %d: %v", name, page.Total, len(want), err)
				}
				return page
			}
			page := read(console.PageRequest{Size: 25})
			for {
				for _, e := range page.Items {
					walked = append(walked, e.At)
				}
				if page.Next == "" {
					break
				}
				page = read(console.PageRequest{Size: 25, Cursor: page.Next})
			}
			if !slices.EqualFunc(walked, want, time.Time.Equal) {
				t.Errorf("with %s the pages hold %v, want %v", name, walked, want)
			}
			var back []time.Time
			for page = read(console.PageRequest{Size: 25, Last: true}); ; page = read(console.PageRequest{Size: 25, Cursor: page.Previous}) {
				for _, e := range slices.Backward(page.Items) {
					back = append(back, e.At)
				}
				if page.Previous == "" {
					break
				}
			}
			if slices.Reverse(back); !slices.EqualFunc(back, want, time.Time.Equal) {
				t.Errorf("with %s the pages from the end hold %v, want %v", name, back, want)
			}
			if err := st.EachAuditEvent(t.Context(), f, func(e console.AuditEvent) error { visited = append(visited, e.At); return nil }); err != nil || !slices.EqualFunc(visited, want, time.Time.Equal) {
				t.Errorf("with %s all are %v, want %v: %v", name, visited, want, err)
			}
		}
	})
}
