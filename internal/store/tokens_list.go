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
	walk
	where conditions
	// statuses are those that the filter lets pass.
	statuses []console.Status
	key      console.TokenSortKey
	now      time.Time
}

// ListTokens returns a page of the tokens that pass f at now, total of them as
// counted before. The page costs the same wherever in the list it stands.
func (s *Store) ListTokens(ctx context.Context, f console.TokenFilter, sort console.TokenSort, request console.PageRequest, total int, now time.Time) (console.Page[console.Token], error) {
	list, err := s.tokenList(ctx, f, sort, request, now)
	if err != nil {
		return console.Page[console.Token]{}, err
	}
	query, args := list.query()
	var rows []tokenRow
	if err := s.reader(ctx).Raw(query, args...).Scan(&rows).Error; err != nil {
		return console.Page[console.Token]{}, err
	}
	rows, page := pageOf[console.Token](list.walk, rows, tokenRow.position, total)
	page.Items = tokensOf(rows)
	return page, nil
}

// tokenList is what a request for a page asks for.
func (s *Store) tokenList(ctx context.Context, f console.TokenFilter, sort console.TokenSort, request console.PageRequest, now time.Time) (tokenList, error) {
	where, err := s.filterTokens(ctx, f, false, now)
	if err != nil {
		return tokenList{}, err
	}
	list := tokenList{
		walk:  newWalk(string(sort.Key), sort.Descending, request),
		where: where, statuses: f.Status.Statuses(), key: sort.Key, now: now,
	}
	sql, args := statusPasses(f.Status, f.Retention, now)
	if f.Status == console.FilterRevoked && sort.Key != console.SortIsActive {
		// Many tokens end like this: walk the list, do not fetch them all to sort.
		sql = "+t.revoked_at IS NOT NULL"
	}
	if sql != "" {
		list.where.add(sql, args...)
	}
	if list.cursor != nil && sort.Key == console.SortIsActive && !list.reaches(list.cursor.From.Rank) {
		list.walk = list.goOn(nil)
	}
	return list, nil
}

// reaches reports whether tokens of that rank can be in the list.
func (l tokenList) reaches(rank int) bool {
	return rank >= 0 && rank < len(console.Statuses) && slices.Contains(l.statuses, console.Statuses[rank])
}

// query is the statement of the page, with one row more than the page shows.
func (l tokenList) query() (string, []any) {
	if l.key != console.SortIsActive {
		column := tokenSortColumns[l.key]
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
		where = l.beyond(where, column)
	}
	sql := fmt.Sprintf("SELECT %s, %d AS sort_rank, %s AS sort_text, %s AS sort_time%s%s ORDER BY t.%s %s, t.guid %s LIMIT %d",
		listedColumns, rank, text, instant, tokenTables, where.where(), column, l.direction(), l.direction(), l.rows)
	return sql, where.args
}

// beyond is where, narrowed to what comes after the cursor's row along a column.
func (l tokenList) beyond(where conditions, column string) conditions {
	return where.and("(t."+column+", t.guid) "+l.comparison()+" (?, ?)", l.from.key(column), l.from.GUID)
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
