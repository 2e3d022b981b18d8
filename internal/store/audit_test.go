package store_test

import (
	"bytes"
	"fmt"
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
