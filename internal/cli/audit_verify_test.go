package cli

import (
	"bytes"
	"context"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/ncruces/go-sqlite3/driver"

	"latchkey/internal/config"
	"latchkey/internal/console"
	"latchkey/internal/password"
	"latchkey/internal/service"
	"latchkey/internal/store"
	"latchkey/internal/store/storetest"
)

func TestTheAuditLogIsVerified(t *testing.T) {
	storetest.EachURL(t, func(t *testing.T, databaseURL string) {
		m := newMachine(t, databaseURL)
		m.must("repository", "create", "web-logs")
		_, head, found := strings.Cut(strings.TrimSpace(m.must("audit", "verify")), "1 event as written. Head ")
		if !found || len(head) != 64 {
			t.Fatalf("the head is %q", head)
		}
		m.must("repository", "create", "app-logs")
		m.must("audit", "verify", "--head", head)
		m.must("audit", "verify", "--head", strings.ToUpper(head))
		for _, typo := range []string{"zz", head[:62], head + "00", head[:63] + "g"} {
			m.refused(2, []string{"--head: That is no hash"}, "audit", "verify", "--head", typo)
		}
		m.refused(1, []string{"tampered", "cut off"}, "audit", "verify", "--head", strings.Repeat("0", 64))
		file, ok := strings.CutPrefix(databaseURL, "sqlite:")
		if !ok {
			return
		}
		db, err := driver.Open("file:" + file)
		if err != nil {
			t.Fatal(err)
		}
		defer db.Close()
		// The number is told of any event, also of one that was moved before all.
		for _, statement := range []string{`DROP TRIGGER audit_events_no_update`, `UPDATE audit_events SET id = -5 WHERE id = 2`} {
			if _, err := db.ExecContext(t.Context(), statement); err != nil {
				t.Fatal(err)
			}
		}
		m.refused(1, []string{"tampered with at event -5"}, "audit", "verify")
	})
}

// TestTheLogStreamIsToldTheHead even when it is told nothing else, and at the
// end what happened since.
func TestTheLogStreamIsToldTheHead(t *testing.T) {
	storetest.Each(t, func(t *testing.T, st *store.Store) {
		svc, err := service.New(t.Context(), st, service.Options{Key: make([]byte, 32), Now: time.Now, Passwords: password.New(1)})
		if err != nil {
			t.Fatal(err)
		}
		var text bytes.Buffer
		log := (&program{stderr: &text}).logger(config.Config{LogFormat: "text", LogLevel: slog.LevelError})
		told := tellHeadOnce(t.Context(), svc, log, 0)
		if told != 0 || text.Len() > 0 {
			t.Errorf("of an empty log it says %d: %s", told, &text)
		}
		if _, err := svc.CreateRepository(t.Context(), operator(), console.NewRepository{Name: "web-logs", Kind: console.KindRepository}); err != nil {
			t.Fatal(err)
		}
		ended, cancel := context.WithCancel(t.Context())
		cancel()
		tellHead(ended, svc, log)
		_, hash, err := svc.AuditHead(t.Context())
		if err != nil || strings.Count(text.String(), "audit head") != 1 || !strings.Contains(text.String(), hash) || !strings.Contains(text.String(), "level=INFO ") {
			t.Errorf("it says %s, want %s: %v", &text, hash, err)
		}
	})
}

// TestTheHeadIsInformation in the log, also where only errors are wanted.
func TestTheHeadIsInformation(t *testing.T) {
	for format, want := range map[string]string{"json": `"level":"INFO","msg":"audit head"`, "text": `level=INFO msg="audit head"`} {
		var text bytes.Buffer
		log := (&program{stderr: &text}).logger(config.Config{LogFormat: format, LogLevel: slog.LevelError})
		log.Log(t.Context(), levelAlways, "audit head")
		log.Warn("another line")
		if got := text.String(); !strings.Contains(got, want) || strings.Contains(got, "another line") {
			t.Errorf("%s: %s", format, got)
		}
	}
}
