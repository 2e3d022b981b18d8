package store

import (
	"context"
	"fmt"
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
	column := tokenSortColumns[sort.Key]
	where := list.where
	if list.from != nil {
		where = list.beyond(where, column)
	}
	text, instant := "''", "t."+column
	if column == "name_folded" {
		text, instant = "t."+column, "0"
	}
	order := fmt.Sprintf(" ORDER BY t.%s %s, t.guid %s", column, list.direction(), list.direction())
	// Of what is skipped only the ids are read.
	query := `SELECT ` + listedColumns + `, 0 AS sort_rank, ` + text + ` AS sort_text, ` + instant + ` AS sort_time` + tokenTables +
		`JOIN (SELECT t.id FROM tokens t` + where.where() + order + ` LIMIT ? OFFSET ?) AS part ON part.id = t.id` + order
	var rows []tokenRow
	if err := s.reader(ctx).Raw(query, append(where.args, limit, skip)...).Scan(&rows).Error; err != nil || len(rows) == 0 {
		return nil, "", err
	}
	return tokensOf(rows), list.edge(rows[len(rows)-1].position(), false, 0), nil
}

// CountAllTokens counts the tokens that pass f at now, however many there are.
func (s *Store) CountAllTokens(ctx context.Context, f console.TokenFilter, now time.Time) (int, error) {
	where, err := s.filterTokens(ctx, f, true, now)
	if err != nil {
		return 0, err
	}
	sql, args := statusPasses(f.Status, f.Retention, now)
	where = where.and(sql, args...)
	var total int
	err = s.reader(ctx).Raw(`SELECT COUNT(*) FROM tokens t`+where.where(), where.args...).Scan(&total).Error
	return total, err
}
