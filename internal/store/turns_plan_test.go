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

// TestNobodyWalksThroughWhatWasRevoked: a bulk revocation lets many tokens end on one
// day, and pages go on counting meanwhile.
func TestNobodyWalksThroughWhatWasRevoked(t *testing.T) {
	ctx, now := t.Context(), time.Now()
	st, err := Open(ctx, "sqlite:"+filepath.Join(t.TempDir(), "latchkey.db"), slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = st.Close() }()
	if err := st.Migrate(ctx); err != nil {
		t.Fatal(err)
	}
	err = st.LoadTokens(ctx, func(yield func(console.Token, SecretHash) bool) {
		for i := range 1000 {
			token := console.Token{GUID: console.NewGUID(), Name: fmt.Sprint(i), CreatedAt: now.AddDate(-1, 0, 0), ValidTo: now.AddDate(0, 0, i), Version: 1}
			if i%2 == 0 {
				token.ValidTo, token.RevokedAt = now, now
			}
			if !yield(token, SecretHash{Hash: fmt.Append(nil, i), KeyID: "key"}) {
				return
			}
		}
	}, now)
	if err != nil {
		t.Fatal(err)
	}
	type statement struct {
		sql  string
		args []any
	}
	var asked []statement
	err = st.read.Callback().Row().After("gorm:row").Register("test:asked", func(db *gorm.DB) {
		asked = append(asked, statement{db.Statement.SQL.String(), db.Statement.Vars})
	})
	if err != nil {
		t.Fatal(err)
	}
	for what, ask := range map[string]func(context.Context) error{
		"statuses": func(ctx context.Context) error { _, err := st.CountStatuses(ctx, "", now); return err },
		"current": func(ctx context.Context) error {
			_, err := st.countExpiredSince(ctx, "", currentSince(0, now), now)
			return err
		},
		"turn": func(ctx context.Context) error {
			_, err := st.FindNextTurn(ctx, console.RetentionWindow, now)
			return err
		},
	} {
		asked = nil
		if err := ask(ctx); err != nil || len(asked) != 1 {
			t.Fatalf("%s: asked %d times: %v", what, len(asked), err)
		}
		var plan []map[string]any
		if err := st.read.Raw("EXPLAIN QUERY PLAN "+asked[0].sql, asked[0].args...).Scan(&plan).Error; err != nil {
			t.Fatal(err)
		}
		for _, step := range plan {
			detail := fmt.Sprint(step["detail"])
			sorts := what == "turn" && strings.Contains(detail, "B-TREE FOR ORDER BY")
			if strings.Contains(detail, "tokens_by_end") || strings.HasPrefix(detail, "SCAN tokens") || sorts {
				t.Errorf("%s: %s", what, detail)
			}
		}
	}
}
