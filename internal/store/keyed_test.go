package store

import (
	"log/slog"
	"path/filepath"
	"slices"
	"testing"
)

// TestKeyedTablesKeepTheirRows: an installation from before 00039 has all its rows
// after it, also those that refer to them, and references are looked after again.
func TestKeyedTablesKeepTheirRows(t *testing.T) {
	s, err := Open(t.Context(), "sqlite:"+filepath.Join(t.TempDir(), "old.db"), slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = s.Close() }()
	provider, err := s.provider()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := provider.UpTo(t.Context(), 38); err != nil {
		t.Fatal(err)
	}
	exec := func(text string) error { return s.writer(t.Context()).Exec(text).Error }
	for _, text := range []string{
		`INSERT INTO users (guid, email, email_folded, name, name_folded, role, password_hash, created_at, scopes, version, zone, epoch)
			VALUES ('u', 'Una@example.com', 'una@example.com', 'Una', 'una', 'owner', 'hash', 1, 'ReadAccess', 7, 'Europe/Berlin', 3)`,
		`INSERT INTO repositories VALUES ('r', 'web-logs', 'web-logs', 'repository', 'Logs', 2, 3, 4)`,
		`INSERT INTO ip_filters VALUES ('f', 'Office', 'office', 'allow 10.0.0.0/8', 5, 6, 7)`,
		`INSERT INTO memberships VALUES ('u', 'r', 'manager')`,
	} {
		if err := exec(text); err != nil {
			t.Fatal(err)
		}
	}
	rows := func() (all []string) {
		t.Helper()
		if err := s.reader(t.Context()).Raw(`
			SELECT concat_ws('|', guid, email, email_folded, name, name_folded, role, password_hash, disabled_at, created_at, scopes, version, invited_at, theme, zone, epoch, token_columns) FROM users
			UNION ALL SELECT concat_ws('|', guid, name, name_folded, kind, description, created_at, updated_at, version) FROM repositories
			UNION ALL SELECT concat_ws('|', guid, name, name_folded, rules, created_at, updated_at, version) FROM ip_filters
			UNION ALL SELECT concat_ws('|', user_guid, repository_guid, role) FROM memberships`).Scan(&all).Error; err != nil {
			t.Fatal(err)
		}
		return all
	}
	before := rows()
	if err := s.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	if after := rows(); len(after) != 4 || !slices.Equal(after, before) {
		t.Errorf("%q became %q", before, after)
	}
	if err := exec(`INSERT INTO memberships VALUES ('nobody', 'r', 'manager')`); err == nil {
		t.Error("a reference to nobody is taken")
	}
	if err := exec(`DELETE FROM users`); err != nil || len(rows()) != 2 {
		t.Errorf("who is deleted leaves %q, %v", rows(), err)
	}
}
