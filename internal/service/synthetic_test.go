package service_test

import (
	"slices"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"

	"latchkey/internal/console"
	"latchkey/internal/store"
)

// schema is every table, index, trigger and constraint, as text.
func (s *site) schema() []string {
	s.t.Helper()
	db := s.rawDatabase()
	defer db.Close()
	query := `SELECT indexdef FROM pg_indexes WHERE schemaname = 'public'
		UNION ALL SELECT conrelid::regclass || ' ' || conname || ' ' || pg_get_constraintdef(oid)
		FROM pg_constraint WHERE connamespace = 'public'::regnamespace`
	if strings.HasPrefix(s.url, "sqlite:") {
		query = `SELECT type, name, sql FROM sqlite_schema WHERE tbl_name NOT LIKE 'sqlite_stat%'`
	}
	all := s.query(db, query)
	slices.Sort(all)
	return all
}

func TestSyntheticTokensLeaveTheSchemaAsItWas(t *testing.T) {
	eachEmpty(t, func(t *testing.T, s *site) {
		before := s.schema()
		s.must(s.FillSynthetic(t.Context(), console.System("test"), 500))
		if diff := gocmp.Diff(before, s.schema()); diff != "" {
			t.Errorf("the schema changed (-before +after):\n%s", diff)
		}
		found, err := s.ListTokens(t.Context(), console.System("test"), console.TokenFilter{Name: "grafana"}, console.TokenSort{}, console.PageRequest{Size: 100})
		s.must(err)
		if len(found.Items) < 10 {
			t.Errorf("%d of 500 names have the word grafana", len(found.Items))
		}
		s.refused("fill again", s.FillSynthetic(t.Context(), console.System("test"), 1), console.CodeConflict, "name")
	})
}

func TestSyntheticTokensWhileSomebodyReads(t *testing.T) {
	eachEmpty(t, func(t *testing.T, s *site) {
		db := s.rawDatabase()
		defer db.Close()
		s.query(db, `SELECT id FROM tokens`)
		s.must(s.FillSynthetic(t.Context(), console.System("test"), 500))
		if got := s.query(db, `SELECT COUNT(*) FROM tokens t JOIN secrets s ON s.token_id = t.id`); got[0] != "500" {
			t.Errorf("%s tokens have a secret", got)
		}
	})
}

func TestSyntheticTokensLeaveTheSettingsAsTheyWere(t *testing.T) {
	eachEmpty(t, func(t *testing.T, s *site) {
		if !strings.HasPrefix(s.url, "sqlite:") {
			t.Skip("settings are SQLite's")
		}
		s.must(s.FillSynthetic(t.Context(), console.System("test"), 500))
		db := s.rawDatabase()
		defer db.Close()
		if got := s.query(db, `PRAGMA journal_mode`); got[0] != "wal" {
			t.Errorf("the journal is %q", got)
		}
	})
}

func TestTokensThatCannotBeLoadedLeaveNothing(t *testing.T) {
	eachEmpty(t, func(t *testing.T, s *site) {
		before, st := s.schema(), s.store
		twice := console.Token{GUID: console.NewGUID(), Type: console.TypeSystem, Name: "twice", CreatedAt: s.Now(), UpdatedAt: s.Now(), Version: 1}
		err := st.LoadTokens(t.Context(), func(yield func(console.Token, store.SecretHash) bool) {
			_ = yield(twice, store.SecretHash{Hash: []byte("one")}) && yield(twice, store.SecretHash{Hash: []byte("two")})
		}, s.Now())
		s.refused("load a GUID twice", err, console.CodeConflict, "guid")
		if diff := gocmp.Diff(before, s.schema()); diff != "" {
			t.Errorf("the schema changed (-before +after):\n%s", diff)
		}
		if rows := s.snapshot()["tokens"]; len(rows) > 0 {
			t.Errorf("a failed load left %q", rows)
		}
	})
}
