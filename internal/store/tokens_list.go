package store

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"latchkey/internal/console"
)

// nameColumn is by what tokens are searched and sorted by name.
const nameColumn = "name_folded"

// usedColumn is by what tokens are sorted by their last use, 0 without one. It is in
// token_uses, which has a row for each token, with its phase and its GUID: a use is
// noted often, and changes no token.
const usedColumn = "used_at"

// tokenSortColumns are the columns behind the sort keys; each order ends in the GUID.
var tokenSortColumns = map[console.TokenSortKey]string{
	console.SortName:    nameColumn,
	console.SortExpires: "ends_at",
	console.SortStarts:  "starts_at",
	console.SortUsed:    usedColumn,
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
	filter narrowed
	// ranges are where to walk in the orders by their columns.
	ranges []narrowing
	status console.StatusFilter
	// statuses are those that tokens of the list can have.
	statuses  []console.Status
	retention time.Duration
	key       console.TokenSortKey
	now       time.Time
	dialect   dialect
}

// ListTokens returns a page of the tokens that pass f at now, total of them as
// counted before, or console.Uncounted. The page costs the same wherever in the list it stands.
func (s *Store) ListTokens(ctx context.Context, f console.TokenFilter, sort console.TokenSort, request console.PageRequest, total int, now time.Time) (console.Page[console.Token], error) {
	list, err := s.tokenList(ctx, f, sort, request, now)
	if err != nil {
		return console.Page[console.Token]{}, err
	}
	rows, err := s.listed(ctx, list)
	if err != nil {
		return console.Page[console.Token]{}, err
	}
	rows, page := pageOf[console.Token](list.walk, rows, tokenRow.position, total)
	page.Items = tokensOf(rows)
	return page, nil
}

// listed reads the rows of a page. GORM takes longer to fill them in than the
// driver does to read them.
func (s *Store) listed(ctx context.Context, list tokenList) ([]tokenRow, error) {
	query, args := list.query(0)
	page := make([]tokenRow, 0, list.rows)
	var r tokenRow
	into := append(r.listed(), &r.SortRank, &r.SortText, &r.SortTime)
	err := s.each(s.reader(ctx).Raw(query, args...), func(row scanner) error {
		err := row.Scan(into...)
		page = append(page, r)
		return err
	})
	return page, err
}

// tokenList is what a request for a page asks for.
func (s *Store) tokenList(ctx context.Context, f console.TokenFilter, sort console.TokenSort, request console.PageRequest, now time.Time) (tokenList, error) {
	list := tokenList{
		walk: newWalk(string(sort.Key), sort.Descending, request), ranges: s.ranges(f, false, now),
		status: f.Status, statuses: f.Status.Statuses(), retention: f.Retention, key: sort.Key, now: now, dialect: s.dialect,
	}
	if f.ExpiresWithin > 0 { // what has ended does not end again
		list.statuses = slices.DeleteFunc(slices.Clone(list.statuses), console.Status.Final)
	}
	if list.cursor != nil && sort.Key == console.SortIsActive && !list.reaches(list.cursor.From.Rank) {
		list.walk = list.goOn(nil)
	}
	var err error
	list.filter, err = s.filterTokens(ctx, f, &list, now)
	return list, err
}

// reaches reports whether tokens of that rank can be in the list.
func (l tokenList) reaches(rank int) bool {
	return rank >= 0 && rank < len(console.Statuses) && slices.Contains(l.statuses, console.Statuses[rank])
}

// query is the statement of the page, with one row more than the page shows, but
// for the first rows that are skipped. It finds the rows by their keys alone, and
// reads them then.
func (l tokenList) query(skip int) (string, []any) {
	keys, args := l.keys()
	direction := l.direction()
	return fmt.Sprintf(`SELECT %s, l.sort_rank, l.sort_text, l.sort_time
		FROM (SELECT * FROM (%s) AS keys ORDER BY sort_rank %[3]s, sort_text %[3]s, sort_time %[3]s, guid %[3]s LIMIT %d OFFSET %d) AS l
		JOIN tokens t ON t.id = l.id LEFT JOIN users o ON o.guid = t.owner_guid LEFT JOIN ip_filters f ON f.guid = t.ip_filter_guid
		ORDER BY l.sort_rank %[3]s, l.sort_text %[3]s, l.sort_time %[3]s, l.guid %[3]s`, listedColumns, keys, direction, l.rows-skip, skip), args
}

// keys selects where the rows of the page stand in the order, and more.
func (l tokenList) keys() (string, []any) {
	switch {
	case l.filter.few:
		where := l.filter.all()
		if sql, args := statusPasses(l.status, l.retention, l.now); sql != "" {
			where = where.and(sql, args...)
		}
		return l.sorted(where)
	case l.walks() == 1 && len(l.statuses) > 1:
		return l.walked(0, l.column(), conditions{}, l.filter.where, l.from != nil)
	}
	// One segment a status, each walked along an index, and what is unsettled.
	var parts []string
	var args []any
	moved := conditions{sql: []string{"1 = 0"}}
	for rank, status := range console.Statuses {
		if !l.reaches(rank) {
			continue
		}
		is, isArgs := l.passes(status)
		moved.add(fmt.Sprintf("(t.phase <> %d AND %s)", rank, is), isArgs...)
		place, column, from := 0, l.column(), l.from != nil
		if l.key == console.SortIsActive {
			if from && rank != l.from.Rank && (rank > l.from.Rank) != l.ascending() {
				continue
			}
			place, column, from = rank, rankColumns[status], from && rank == l.from.Rank
		}
		segment, segmentArgs := l.segment(status, rank, place, column, l.filter.where.and(is, isArgs...), from)
		parts = append(parts, segment)
		args = append(args, segmentArgs...)
	}
	ids, idArgs := unsettled(l.dialect, l.now)
	rest, restArgs := l.sorted(l.filter.all().and(l.dialect.among(ids), idArgs...).and("CASE WHEN "+strings.Join(moved.sql, " OR ")+" THEN 1 END IS NOT NULL", moved.args...))
	parts = append(parts, rest)
	return "SELECT * FROM (" + strings.Join(parts, ") AS s UNION ALL SELECT * FROM (") + ") AS s", append(args, restArgs...)
}

// column is what the list is sorted by, unless by status.
func (l tokenList) column() string {
	if column := tokenSortColumns[l.key]; column != "" {
		return column
	}
	return tokenSortColumns[console.SortName]
}

// walks is how many walks make the list: one of all tokens, or one a status.
func (l tokenList) walks() int {
	if l.key != console.SortIsActive && len(l.statuses) == len(console.Statuses) {
		return 1
	}
	return max(1, len(l.statuses))
}

// along is the column of all the list's walks, empty if they have several.
func (l tokenList) along() string {
	column := ""
	for rank := range console.Statuses {
		if !l.reaches(rank) {
			continue
		}
		at := l.columnAt(rank)
		if column != "" && at != column {
			return ""
		}
		column = at
	}
	return column
}

// passes is the condition that a token has the status, and passes the list's
// status filter.
func (l tokenList) passes(status console.Status) (string, []any) {
	sql, args := statusIs(status, l.now)
	switch {
	case l.status == console.FilterExpiring:
		return sql + " AND t.ends_at <= ?", append(args, millis(l.now.Add(console.NoticeWindow)))
	case l.status == console.FilterCurrent && status == console.StatusExpired:
		return sql + " AND t.ends_at > ?", append(args, currentSince(l.retention, l.now))
	}
	return sql, args
}

// segment are the keys of the tokens of one status that have its phase.
func (l tokenList) segment(status console.Status, phase, place int, column string, where conditions, fromCursor bool) (string, []any) {
	var of conditions
	of.add(fmt.Sprintf("%s.phase = %d", walkedBy(column), phase))
	if column == rankColumns[console.StatusRevoked] { // this order has an index of its own
		of, where = conditions{sql: []string{"t.revoked_at IS NOT NULL"}}, where.and(of.sql[0])
	}
	if l.status == console.FilterCurrent && status == console.StatusExpired {
		// The retention window is short: few tokens ended in it.
		return l.sorted(narrowed{where: where, named: l.filter.named}.all().and(l.dialect.among("SELECT id FROM tokens WHERE phase = 1 AND ends_at > ?"), currentSince(l.retention, l.now)))
	}
	return l.walked(place, column, of, where, fromCursor)
}

// walked are keys that are read along one column, from the cursor's row if it
// is among them. The database is kept from walking along anything else: it
// knows by which column, and of the rest only that it is to be asked of each row,
// and along the names after the index alone answered what is asked of names.
func (l tokenList) walked(place int, column string, of, where conditions, fromCursor bool) (string, []any) {
	by := walkedBy(column)
	if column != nameColumn {
		where = narrowed{where: where, named: l.filter.named}.all()
	}
	for _, r := range l.ranges {
		if r.along == column {
			of = of.and(r.within, r.manyArgs...)
		}
	}
	if fromCursor {
		of = of.and(fmt.Sprintf("(%[1]s.%[2]s, %[1]s.guid) %[3]s (?, ?)", by, column, l.comparison()), l.from.key(column), l.from.GUID)
	}
	passes := "CASE WHEN " + strings.Join(where.sql, " AND ") + " THEN 1 END"
	table, id, text, instant := "tokens t", "t.id", "''", by+"."+column
	switch column {
	case nameColumn:
		text, instant = instant, "0"
	case usedColumn:
		table, id = "token_uses u", "u.token_id"
		if len(where.sql) > 0 {
			table, of = table+" CROSS JOIN tokens t", of.and("t.id = u.token_id")
		}
	}
	switch {
	case column == nameColumn && len(l.filter.named.sql) > 0:
		of = narrowed{where: of, named: l.filter.named}.all()
		table = fmt.Sprintf("(SELECT t.id, t.guid, t.name_folded FROM tokens t%s ORDER BY t.name_folded %[2]s, t.guid %[2]s LIMIT %d OFFSET 0) AS t", of.where(), l.direction(), math.MaxInt64)
		of.sql = nil
		if len(where.sql) > 0 {
			of = of.and("(SELECT passes FROM (SELECT t.id, "+passes+" AS passes FROM tokens t) AS k WHERE k.id = t.id) IS NOT NULL", where.args...)
		}
	case len(where.sql) > 0:
		of = of.and(passes+" IS NOT NULL", where.args...)
	}
	return fmt.Sprintf("SELECT %s AS id, %[2]s.guid, %[3]d AS sort_rank, %[4]s AS sort_text, %[5]s AS sort_time FROM %[6]s%[7]s ORDER BY %[2]s.%[8]s %[9]s, %[2]s.guid %[9]s LIMIT %[10]d",
		id, by, place, text, instant, table, of.where(), column, l.direction(), l.rows), of.args
}

// walkedBy is the table, as statements call it, whose index is walked along a column.
func walkedBy(column string) string {
	if column == usedColumn {
		return "u"
	}
	return "t"
}

// sorted are the keys of few tokens, beyond the cursor's row.
func (l tokenList) sorted(where conditions) (string, []any) {
	rank, text, instant, table := "0", "''", "t."+l.column(), "tokens t"
	var args []any
	switch {
	case l.key == console.SortIsActive:
		rank, args = rankCase(l.now)
		instant, args = timeCase(l.now, args)
	case l.column() == nameColumn:
		text, instant = instant, "0"
	case l.column() == usedColumn:
		table, instant = "tokens t CROSS JOIN token_uses u", "u."+usedColumn
		where = where.and("u.token_id = t.id")
	}
	sql := fmt.Sprintf("SELECT t.id, t.guid, %s AS sort_rank, %s AS sort_text, %s AS sort_time FROM %s%s", rank, text, instant, table, where.where())
	args = append(args, where.args...)
	var beyond conditions
	if l.from != nil {
		beyond.add("(sort_rank, sort_text, sort_time, guid) "+l.comparison()+" (?, ?, ?, ?)", l.from.Rank, l.from.Text, l.from.Time, l.from.GUID)
	}
	return fmt.Sprintf("SELECT * FROM (%s) AS k%s ORDER BY sort_rank %[3]s, sort_text %[3]s, sort_time %[3]s, guid %[3]s LIMIT %d",
		sql, beyond.where(), l.direction(), l.rows), append(args, beyond.args...)
}
