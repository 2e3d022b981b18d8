package store

import (
	"context"
	"time"

	"latchkey/internal/console"
)

// ListWalked is ListTokens for a filter that has parts: by walks that break off after so
// many entries, each asked by sets of ids where there are some. It reports whether a
// walk broke off before the page was full.
func (s *Store) ListWalked(ctx context.Context, f console.TokenFilter, sort console.TokenSort, request console.PageRequest, budget int, now time.Time) (console.Page[console.Token], bool, error) {
	list, err := s.tokenList(ctx, f, sort, request, now)
	if err != nil {
		return console.Page[console.Token]{}, false, err
	}
	parts := s.narrowings(f, false, now)
	list.filter, list.fewer, list.budget = list.among, list.among, budget
	var sets, few conditions
	for _, part := range parts {
		if part.set != "" {
			sets.add(part.set, part.args...)
		}
	}
	few.add(parts[0].few, parts[0].args...)
	list.filter.related, list.fewer.related, list.fewer.few = sets.with(list.among.related), few.with(list.among.related), true
	_, whole, err := s.asked(ctx, list)
	if err != nil {
		return console.Page[console.Token]{}, false, err
	}
	rows, err := s.listed(ctx, list)
	if err != nil {
		return console.Page[console.Token]{}, false, err
	}
	rows, page := pageOf[console.Token](list.walk, rows, tokenRow.position, console.Uncounted)
	page.Items = tokensOf(rows)
	return page, !whole, s.nameTokens(ctx, &Names{}, page.Items)
}

// Placed is what becomes of a statement with values and lists of them.
func Placed(statement string, args ...any) (string, []any) { return placed(statement, args) }

// HasParts reports whether a filter has parts by which few tokens may be fetched.
func (s *Store) HasParts(f console.TokenFilter, now time.Time) bool {
	return len(s.narrowings(f, false, now)) > 0
}

// SetPhase gives a token a phase, as a program did that knew less of it.
func (s *Store) SetPhase(ctx context.Context, token console.GUID, phase int) error {
	return s.writer(ctx).Exec(`UPDATE tokens SET phase = ? WHERE guid = ?`, phase, string(token)).Error
}

// ListWithin is ListTokens by the names for a filter that has words of two characters or
// more: by walks where these can be.
func (s *Store) ListWithin(ctx context.Context, f console.TokenFilter, sort console.TokenSort, request console.PageRequest, now time.Time) (console.Page[console.Token], error) {
	list, err := s.tokenList(ctx, f, sort, request, now)
	if err != nil {
		return console.Page[console.Token]{}, err
	}
	if list.spans, err = s.spans(ctx, list.walk, pairsIn(console.Words(f.Name))); err != nil {
		return console.Page[console.Token]{}, err
	}
	list.filter, list.budget = list.among, 0
	rows, err := s.listed(ctx, list)
	if err != nil {
		return console.Page[console.Token]{}, err
	}
	rows, page := pageOf[console.Token](list.walk, rows, tokenRow.position, console.Uncounted)
	page.Items = tokensOf(rows)
	return page, s.nameTokens(ctx, &Names{}, page.Items)
}

// StandFor has the tokens that there are stand for so many, at an instant.
func (s *Store) StandFor(ctx context.Context, many int, now time.Time) error {
	drawn, err := s.drawSample(ctx, now)
	drawn.of = many
	s.samples.newest = drawn
	return err
}

// NamePairs are the pairs of names by their prefixes, each as often as it is there.
func (s *Store) NamePairs(ctx context.Context) (map[[2]string]int, error) {
	var rows []struct{ Prefix, Pair string }
	err := s.reader(ctx).Raw(`SELECT prefix, pair FROM name_pairs`).Scan(&rows).Error
	pairs := map[[2]string]int{}
	for _, row := range rows {
		pairs[[2]string{row.Prefix, row.Pair}]++
	}
	return pairs, err
}

// MigrateTo brings an empty schema to that of a version.
func (s *Store) MigrateTo(ctx context.Context, version int64) error {
	provider, err := s.provider()
	if err != nil {
		return err
	}
	_, err = provider.UpTo(ctx, version)
	return err
}

// WithColumn runs what writes a column of tokens on a schema that has none yet.
func (s *Store) WithColumn(ctx context.Context, column, kind string, run func()) error {
	if err := s.writer(ctx).Exec(`ALTER TABLE tokens ADD COLUMN ` + column + ` ` + kind).Error; err != nil {
		return err
	}
	run()
	return s.writer(ctx).Exec(`ALTER TABLE tokens DROP COLUMN ` + column).Error
}

// Empty drops all that is in the schema on PostgreSQL.
func (s *Store) Empty(ctx context.Context) error {
	return s.writer(ctx).Exec(`DROP SCHEMA public CASCADE; CREATE SCHEMA public`).Error
}

// Relate has a token belong to one more repository, as a program did that knows nothing
// of what stands in the token's row.
func (s *Store) Relate(ctx context.Context, token, repository console.GUID) error {
	return s.writer(ctx).Exec(`INSERT INTO token_repositories (repository_guid, token_id) SELECT ?, id FROM tokens WHERE guid = ?`, string(repository), string(token)).Error
}

// RepositoriesAlong is what stands of the repositories in a token's row.
func (s *Store) RepositoriesAlong(ctx context.Context, token console.GUID) (along *string, err error) {
	err = s.reader(ctx).Raw(`SELECT repositories FROM tokens WHERE guid = ?`, string(token)).Scan(&along).Error
	return along, err
}

// Waiting is how many transactions wait for others on PostgreSQL.
func (s *Store) Waiting(ctx context.Context) (n int, err error) {
	err = s.reader(ctx).Raw(`SELECT COUNT(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`).Scan(&n).Error
	return n, err
}
