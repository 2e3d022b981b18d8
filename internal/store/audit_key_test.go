package store

import (
	"context"
	"fmt"
	"log/slog"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"gorm.io/gorm"

	"latchkey/internal/console"
)

// TestTheAuditLogIsReadByItsKey on every page and by what verification follows, also
// where statistics are of a time when one person had recorded all there was: an index
// that has what is asked for would be looked through, as long as the log is.
func TestTheAuditLogIsReadByItsKey(t *testing.T) {
	s, err := Open(t.Context(), "sqlite:"+filepath.Join(t.TempDir(), "log.db"), slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = s.Close() }()
	if err := s.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	var events []console.AuditEvent
	for i := range 60 {
		events = append(events, console.System("Test").Did(console.TokenCreated, console.Target{Kind: console.TargetToken, Name: fmt.Sprint(i)}, time.Now()))
	}
	err = s.Tx(t.Context(), func(tx *Store) error {
		return tx.InsertAuditEvents(t.Context(), events, func(_, _ []byte) []byte { return []byte("hash") })
	})
	if err != nil {
		t.Fatal(err)
	}
	// As an installation had it that was looked through before its last index was made.
	for _, text := range []string{
		`ANALYZE`, `DELETE FROM sqlite_stat1 WHERE idx = 'audit_events_alone'`,
	} {
		if err := s.writer(t.Context()).Exec(text).Error; err != nil {
			t.Fatal(err)
		}
	}
	var asked []string
	listen := func(ask query) query {
		return func(ctx context.Context, visit func(scanner) error, statement string, args ...any) error {
			asked = append(asked, statement)
			return ask(ctx, visit, statement, args...)
		}
	}
	s.query, s.asks.query = listen(s.query), listen(s.asks.query)
	err = s.read.Callback().Row().After("gorm:row").Register("test", func(db *gorm.DB) { asked = append(asked, db.Statement.SQL.String()) })
	if err != nil {
		t.Fatal(err)
	}
	_, none := s.FindSession(t.Context(), "none")
	head, err := s.FindAuditHead(t.Context())
	_, _, same, sinceErr := s.ListAuditSince(t.Context(), head, 10)
	_, recordedErr := s.ListRecorded(t.Context(), head.ID, 10)
	if console.CodeOf(none) != console.CodeNotFound || err != nil || head.ID == 0 || sinceErr != nil || !same || recordedErr != nil {
		t.Fatalf("%v, %v, %+v, %v, %v, %v", none, err, head, sinceErr, same, recordedErr)
	}
	if len(asked) != 4 {
		t.Errorf("these were asked: %q", asked)
	}
	conn, err := s.asks.db.Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	for _, statement := range asked {
		args := make([]any, strings.Count(statement, "?")+strings.Count(statement, "$"))
		rows, err := conn.QueryContext(t.Context(), `EXPLAIN QUERY PLAN `+statement, args...)
		if err != nil {
			t.Fatal(err)
		}
		err = eachRow(rows, func() error {
			var id, parent, unused int
			var step string
			err := rows.Scan(&id, &parent, &unused, &step)
			if strings.Contains(step, "audit_events_by") {
				t.Errorf("%s\n%s", step, statement)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}
