package store

import (
	"context"
	"time"

	"latchkey/internal/console"
)

// SliceTokens returns at most limit of the tokens that pass f at now, in the order
// of their names or of their ends, after as many as skip says. It begins behind the
// row of a cursor, if one is given, and returns one for the last row: what was
// skipped before that costs nothing again.
func (s *Store) SliceTokens(ctx context.Context, f console.TokenFilter, sort console.TokenSort, cursor string, skip, limit int, now time.Time) ([]console.Token, string, error) {
	list, err := s.tokenList(ctx, f, sort, console.PageRequest{Cursor: cursor}, now)
	if err != nil {
		return nil, "", err
	}
	list.rows, list.budget = skip+limit, 0
	query, args := list.query(skip)
	var rows []tokenRow
	if err := s.reader(ctx).Raw(query, args...).Scan(&rows).Error; err != nil || len(rows) == 0 {
		return nil, "", err
	}
	tokens := tokensOf(rows)
	return tokens, list.edge(rows[len(rows)-1].position(), false, 0), s.nameTokens(ctx, &Names{}, tokens)
}

// CountAllTokens counts the tokens that pass f at now, however many there are.
func (s *Store) CountAllTokens(ctx context.Context, f console.TokenFilter, now time.Time) (int, error) {
	filter, err := s.filterTokens(ctx, f, nil, now)
	if err != nil {
		return 0, err
	}
	sql, args := statusPasses(f.Status, f.Retention, now)
	where := filter.all().and(sql, args...)
	var total int
	err = s.reader(ctx).Raw(`SELECT COUNT(*) FROM tokens t`+where.where(), where.args...).Scan(&total).Error
	return total, err
}
