package store

import (
	"fmt"
	"log/slog"
	"path/filepath"
	"testing"

	"latchkey/internal/console"
)

// TestNamesThatAreForgottenAreOnThePageStill: a page whose names are too many for those
// that are known has all of its own, also what was known before.
func TestNamesThatAreForgottenAreOnThePageStill(t *testing.T) {
	s, err := Open(t.Context(), "sqlite:"+filepath.Join(t.TempDir(), "names.db"), slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = s.Close() }()
	if err := s.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := s.writer(t.Context()).Exec(`INSERT INTO repositories (guid, name, name_folded, kind, description, created_at, updated_at, version)
		VALUES ('new', 'app-logs', 'app-logs', 'repository', '', 1, 1, 1)`).Error; err != nil {
		t.Fatal(err)
	}
	known := &Names{of: map[console.GUID]string{"known": "web-logs"}}
	for i := range namesKept - 1 {
		known.of[console.GUID(fmt.Sprint(i))] = "another"
	}
	tokens := []console.Token{{Repositories: []console.RepositoryRef{{GUID: "known"}, {GUID: "new"}}}}
	if err := s.nameTokens(t.Context(), known, tokens); err != nil {
		t.Fatal(err)
	}
	if r := tokens[0].Repositories; r[0].Name != "app-logs" || r[1].Name != "web-logs" {
		t.Errorf("the page has %+v", r)
	}
	if len(known.of) > namesKept {
		t.Errorf("%d names are known", len(known.of))
	}
}
