package store

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"latchkey/internal/console"
)

// tokenSortColumns are the columns behind the sort keys; each order ends in the GUID.
var tokenSortColumns = map[console.TokenSortKey]string{
	console.SortName:    "name_folded",
	console.SortExpires: "ends_at",
	console.SortStarts:  "starts_at",
	console.SortCreated: "created_at",
}

// rankColumns order tokens of one status under SortIsActive, by the place of
// the status in console.Statuses: by when they entered it or will leave it.
var rankColumns = map[console.Status]string{
	console.StatusRevoked:   "revoked_at",
	console.StatusExpired:   "ends_at",
	console.StatusDisabled:  "ends_at",
	console.StatusScheduled: "starts_at",
	console.StatusActive:    "ends_at",
}

func (r tokenRow) position() position {
	return position{Rank: r.SortRank, Text: r.SortText, Time: r.SortTime, GUID: r.GUID}
}

// tokenList is one request for a page.
type tokenList struct {
	where conditions
	// statuses are those that the filter lets pass.
	statuses []console.Status
	sort     console.TokenSort
	now      time.Time
	// from is the row to go on from, nil at either end of the list.
	from *position
	// backwards walks against the sort.
	backwards bool
	rows      int
}

// ListTokens returns a page of the tokens that pass f at now, total of them as
// counted before. The page costs the same wherever in the list it stands.
func (s *Store) ListTokens(ctx context.Context, f console.TokenFilter, sort console.TokenSort, request console.PageRequest, total int, now time.Time) (console.Page[console.Token], error) {
	list, cursor, err := s.tokenList(ctx, f, sort, request, now)
	if err != nil {
		return console.Page[console.Token]{}, err
	}
	query, args := list.query()
	var rows []tokenRow
	if err := s.reader(ctx).Raw(query, args...).Scan(&rows).Error; err != nil {
		return console.Page[console.Token]{}, err
	}
	more := len(rows) == list.rows
	if more {
		rows = rows[:list.rows-1]
	}
	if list.backwards {
		slices.Reverse(rows)
	}
	page := console.Page[console.Token]{Items: tokensOf(rows), Total: total, Offset: offset(cursor, request, len(rows), total)}
	if len(rows) == 0 {
		return page, nil
	}
	first, last := rows[0].position(), rows[len(rows)-1].position()
	if list.backwards && more || !list.backwards && list.from != nil {
		page.Previous = newCursor(string(sort.Key), sort.Descending, first, true, page.Offset)
	}
	if !list.backwards && more || list.backwards && list.from != nil {
		page.Next = newCursor(string(sort.Key), sort.Descending, last, false, after(page.Offset, len(rows)))
	}
	return page, nil
}

// tokenList is what a request for a page asks for, and the cursor it came with.
func (s *Store) tokenList(ctx context.Context, f console.TokenFilter, sort console.TokenSort, request console.PageRequest, now time.Time) (tokenList, *cursor, error) {
	cursor := parseCursor(request.Cursor, string(sort.Key), sort.Descending)
	where, err := s.filterTokens(ctx, f, false, now)
	if err != nil {
		return tokenList{}, nil, err
	}
	list := tokenList{where: where, statuses: f.Status.Statuses(), sort: sort, now: now, rows: request.Rows() + 1}
	sql, args := statusPasses(f.Status, f.Retention, now)
	if f.Status == console.FilterRevoked && sort.Key != console.SortIsActive {
		// Many tokens end like this: walk the list, do not fetch them all to sort.
		sql = "+t.revoked_at IS NOT NULL"
	}
	if sql != "" {
		list.where.add(sql, args...)
	}
	if cursor != nil && sort.Key == console.SortIsActive && !list.reaches(cursor.From.Rank) {
		cursor = nil
	}
	switch {
	case request.Last:
		list.backwards = true
	case cursor != nil:
		list.from, list.backwards = &cursor.From, cursor.Before
	}
	return list, cursor, nil
}

// reaches reports whether tokens of that rank can be in the list.
func (l tokenList) reaches(rank int) bool {
	return rank >= 0 && rank < len(console.Statuses) && slices.Contains(l.statuses, console.Statuses[rank])
}

// query is the statement of the page, with one row more than the page shows.
func (l tokenList) query() (string, []any) {
	if l.sort.Key != console.SortIsActive {
		column := tokenSortColumns[l.sort.Key]
		if column == "" {
			column = tokenSortColumns[console.SortName]
		}
		return l.segment(0, column, l.where, l.from != nil)
	}
	// One segment a status, each walked along an index, one after the other.
	var parts []string
	var args []any
	for rank, status := range console.Statuses {
		if !slices.Contains(l.statuses, status) {
			continue
		}
		if l.from != nil && rank != l.from.Rank && (rank > l.from.Rank) != l.ascending() {
			continue
		}
		is, isArgs := statusIs(status, l.now)
		sql, segmentArgs := l.segment(rank, rankColumns[status], l.where.and(is, isArgs...), l.from != nil && rank == l.from.Rank)
		parts = append(parts, "SELECT * FROM ("+sql+") AS segment")
		args = append(args, segmentArgs...)
	}
	direction := l.direction()
	return fmt.Sprintf("%s ORDER BY sort_rank %s, sort_time %s, guid %s LIMIT %d",
		strings.Join(parts, " UNION ALL "), direction, direction, direction, l.rows), args
}

// segment reads along one column, from the cursor's row if it is in this segment.
func (l tokenList) segment(rank int, column string, where conditions, fromCursor bool) (string, []any) {
	text, instant := "''", "t."+column
	if column == "name_folded" {
		text, instant = "t."+column, "0"
	}
	if fromCursor {
		comparison := ">"
		if !l.ascending() {
			comparison = "<"
		}
		where = where.and("(t."+column+", t.guid) "+comparison+" (?, ?)", l.from.key(column), l.from.GUID)
	}
	sql := fmt.Sprintf("SELECT %s, %d AS sort_rank, %s AS sort_text, %s AS sort_time%s%s ORDER BY t.%s %s, t.guid %s LIMIT %d",
		tokenColumns, rank, text, instant, tokenTables, where.where(), column, l.direction(), l.direction(), l.rows)
	return sql, where.args
}

// ascending reports how the statement walks: as sorted, or against it.
func (l tokenList) ascending() bool { return l.sort.Descending == l.backwards }

func (l tokenList) direction() string {
	if l.ascending() {
		return "ASC"
	}
	return "DESC"
}

// CountTokens counts the tokens that pass f apart from its status, by each of
// the status filters; each count stops beyond console.TotalLimit.
func (s *Store) CountTokens(ctx context.Context, f console.TokenFilter, statuses []console.StatusFilter, now time.Time) (console.StatusCounts, error) {
	where, err := s.filterTokens(ctx, f, true, now)
	if err != nil {
		return nil, err
	}
	var parts []string
	var args []any
	for i, status := range statuses {
		sql, sqlArgs := statusPasses(status, f.Retention, now)
		counted := where.and(sql, sqlArgs...)
		parts = append(parts, fmt.Sprintf("SELECT %d AS place, COUNT(*) AS total FROM (SELECT 1 FROM tokens t%s LIMIT %d) AS counted",
			i, counted.where(), console.TotalLimit+1))
		args = append(args, counted.args...)
	}
	var rows []struct{ Place, Total int }
	if err := s.reader(ctx).Raw(strings.Join(parts, " UNION ALL "), args...).Scan(&rows).Error; err != nil {
		return nil, err
	}
	counts := console.StatusCounts{}
	for _, row := range rows {
		counts[statuses[row.Place]] = row.Total
	}
	return counts, nil
}

// FindNextTurn returns the next instant after now at which time alone changes
// the status of a token, or ends how long an expired one is current.
func (s *Store) FindNextTurn(ctx context.Context, retention time.Duration, now time.Time) (time.Time, error) {
	at := millis(now)
	next := func(column, condition string) string {
		return `SELECT * FROM (SELECT ` + column + ` AS turn FROM tokens WHERE revoked_at IS NULL AND ` + condition + ` ORDER BY turn LIMIT 1) AS next`
	}
	var turn int64
	err := s.reader(ctx).Raw(`SELECT COALESCE(MIN(turn), ?) FROM (`+strings.Join([]string{
		next("ends_at", "ends_at > ?"), next("starts_at", "starts_at > ?"),
		next("disabled_to", "disabled_at IS NOT NULL AND disabled_to > ?"),
		next("ends_at + ?", "ends_at > ?"),
	}, " UNION ALL ")+`) AS turns`, never, at, at, at, retention.Milliseconds(), at-retention.Milliseconds()).Scan(&turn).Error
	return fromMillis(turn), err
}
