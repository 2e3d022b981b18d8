package store

import (
	"context"
	"fmt"
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
	console.SortExpires: endColumn,
	console.SortStarts:  "starts_at",
	console.SortUsed:    usedColumn,
	console.SortCreated: "created_at",
}

// revokedColumn is by what revoked tokens are sorted among each other. It has an index of
// its own, of those alone: whatever their phase, they are walked along it.
const revokedColumn = "revoked_at"

// rankColumns order tokens of one status under SortIsActive, by the place of
// the status in console.Statuses: by when they entered it or will leave it.
var rankColumns = map[console.Status]string{
	console.StatusRevoked:   revokedColumn,
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
	// filter is how walks ask, or how few tokens are fetched, and among is how some
	// that are fetched beside walks are asked.
	filter, among narrowed
	// budget is after how many entries of an index a walk breaks off, 0 for never,
	// and fewer the filter by which the few tokens are fetched then.
	budget int
	fewer  narrowed
	// ranges are where to walk in the orders by their columns.
	ranges []narrowing
	// spans are where to walk along the names, one after the other; nil for everywhere.
	spans []span
	// merged has walks in the order of the list that go no further than the page that is
	// made of them, and leave out what is unsettled.
	merged bool
	status console.StatusFilter
	// statuses are those that tokens of the list can have.
	statuses  []console.Status
	retention time.Duration
	key       console.TokenSortKey
	now       time.Time
	dialect   dialect
}

// ListTokens returns a page of the tokens that pass f at now, total of them as
// counted before, or console.Uncounted, with the names that are known or, if they are
// not, as they are called now. The page costs the same wherever in the list it stands.
func (s *Store) ListTokens(ctx context.Context, f console.TokenFilter, sort console.TokenSort, request console.PageRequest, total int, known *Names, now time.Time) (console.Page[console.Token], error) {
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
	return page, s.nameTokens(ctx, known, page.Items)
}

// listed reads the rows of a page, by another way where a walk to them broke off.
func (s *Store) listed(ctx context.Context, list tokenList) ([]tokenRow, error) {
	page, whole, err := s.asked(ctx, list)
	if err == nil && !whole {
		page, _, err = s.asked(ctx, list.fetched())
	}
	return page, err
}

// asked reads the rows that the statement of a page finds, and whether they are
// whole. GORM takes longer to fill them in than the driver does to read them.
func (s *Store) asked(ctx context.Context, list tokenList) (page []tokenRow, whole bool, err error) {
	query, args := list.query(0)
	page, whole = make([]tokenRow, 0, list.rows), true
	var r tokenRow
	var brokeOff int
	into := append(r.bare(), &r.SortRank, &r.SortText, &r.SortTime, &brokeOff)
	err = s.each(ctx, func(row scanner) error {
		err := row.Scan(into...)
		page, whole = append(page, r), whole && brokeOff == 0
		return err
	}, query, args...)
	return page, whole, err
}

// fetched is the list whose tokens are fetched, and walks to none.
func (l tokenList) fetched() tokenList {
	l.filter, l.budget = l.fewer, 0
	return l
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
// reads them then, unless keys come with their rows.
func (l tokenList) query(skip int) (string, []any) {
	keys, args := l.keys()
	of, rows := "l", " AS l JOIN tokens t ON t.id = l.id"
	if l.whole() {
		of, rows = "t", " AS t"
	}
	return fmt.Sprintf(`SELECT %[1]s, %[2]s.sort_rank, %[2]s.sort_text, %[2]s.sort_time, %[2]s.broke_off
		FROM (SELECT * FROM (%[3]s) AS keys%[4]s LIMIT %[5]d OFFSET %[6]d)%[7]s%[8]s`, bareColumns, of, keys, l.order(""), l.rows-skip, skip, rows, l.order(of+".")), args
}

// whole is whether keys come with their rows: where no more of them are walked than the
// page shows, and the database reads a row along with its entry.
func (l tokenList) whole() bool {
	return l.dialect.readsAlong() && l.filter.none() && l.key != console.SortUsed
}

// own are the columns of a key that are not its place in the order, of a token t.
func (l tokenList) own() string {
	if l.whole() {
		return ownColumns + ", t.repositories"
	}
	return "t.id, t.guid"
}

// ended ends a select of keys, whose order is given, with as many as a page may need.
func (l tokenList) ended(order string) string {
	if l.merged {
		return ""
	}
	return fmt.Sprintf("%s LIMIT %d", order, l.rows)
}

// order is the order of the keys of a table, by what is not the same for all of them:
// so PostgreSQL sees that the segments have it, and reads of each only what the page
// shows.
func (l tokenList) order(of string) string {
	columns := []string{"sort_time", "guid"}
	switch {
	case l.key == console.SortIsActive:
		columns = []string{"sort_rank", "sort_time", "guid"}
	case l.column() == nameColumn:
		columns = []string{"sort_text", "guid"}
	}
	for i, column := range columns {
		columns[i] = of + column + " " + l.direction()
	}
	return " ORDER BY " + strings.Join(columns, ", ")
}

// keys selects where the rows of the page stand in the order, and more.
func (l tokenList) keys() (string, []any) {
	switch {
	case l.filter.few:
		sql, args := statusPasses(l.status, l.retention, l.now)
		return l.sorted(l.filter, sql, args...)
	case l.walks() == 1 && len(l.statuses) > 1:
		return l.walked(0, l.column(), l.walkedTable(l.column(), false), conditions{}, l.filter.where, l.from != nil)
	}
	// One segment a status, each walked along an index, and what is unsettled.
	l.merged = l.key != console.SortIsActive && l.spans == nil && !l.dialect.readsAlong()
	ids, idArgs := unsettled(l.dialect, l.now)
	with := ""
	var parts []string
	var args []any
	if l.merged {
		with, args, ids, idArgs = "WITH unsettled AS MATERIALIZED ("+ids+") ", idArgs, "SELECT id FROM unsettled", nil
	}
	moved := conditions{sql: []string{"1 = 0"}}
	for _, rank := range l.ranks() {
		status := console.Statuses[rank]
		is, isArgs := l.passes(status)
		if l.columnAt(rank) != revokedColumn {
			moved.add(fmt.Sprintf("(t.phase <> %d AND %s)", rank, is), isArgs...)
		}
		place, column, from := 0, l.column(), l.from != nil
		if l.key == console.SortIsActive {
			if from && rank != l.from.Rank && (rank > l.from.Rank) != l.ascending() {
				continue
			}
			place, column, from = rank, rankColumns[status], from && rank == l.from.Rank
		}
		segment, segmentArgs := l.segment(status, rank, place, column, is, isArgs, from)
		parts = append(parts, segment)
		args = append(args, segmentArgs...)
	}
	if len(moved.sql) == 1 && len(parts) > 0 { // what was revoked stays so
		return l.inTurn(parts), args
	}
	rest, restArgs := l.sorted(l.among, l.dialect.among(ids)+" AND CASE WHEN "+strings.Join(moved.sql, " OR ")+" THEN 1 END IS NOT NULL", slices.Concat(idArgs, moved.args)...)
	args = append(args, restArgs...)
	if l.key == console.SortIsActive && len(parts) > 0 {
		return l.inTurn(parts) + " UNION ALL SELECT * FROM (" + rest + ") AS s", args
	}
	return with + "SELECT * FROM (" + strings.Join(append(parts, rest), ") AS s UNION ALL SELECT * FROM (") + ") AS s", args
}

// inTurn are the keys of segments of which each begins where the one before it ends:
// none is walked once those before it fill the page, or one of them broke off.
func (l tokenList) inTurn(segments []string) string {
	var with, all []string
	wanted := fmt.Sprint(l.rows)
	for i, segment := range segments {
		with = append(with, fmt.Sprintf("s%d AS MATERIALIZED (SELECT * FROM (%s) AS s LIMIT (SELECT %s))", i, segment, wanted))
		all = append(all, fmt.Sprintf("SELECT * FROM s%d", i))
		wanted += fmt.Sprintf(" - (SELECT COUNT(*) FROM s%d)", i)
		if l.budget > 0 {
			wanted = fmt.Sprintf("CASE (SELECT MAX(broke_off) FROM s%d) WHEN 1 THEN 0 ELSE %s END", i, wanted)
		}
	}
	return "WITH " + strings.Join(with, ", ") + " " + strings.Join(all, " UNION ALL ")
}

// ranks are the places in console.Statuses of the list's statuses, in the order of
// the list.
func (l tokenList) ranks() []int {
	var ranks []int
	for rank := range console.Statuses {
		if l.reaches(rank) {
			ranks = append(ranks, rank)
		}
	}
	if !l.ascending() {
		slices.Reverse(ranks)
	}
	return ranks
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
	case l.endedLately(status):
		return sql + " AND t.ends_at > ?", append(args, currentSince(l.retention, l.now))
	}
	return sql, args
}

// endedLately reports whether of the tokens of that status only those are listed that
// ended in the retention window: these are few, and no walk finds them.
func (l tokenList) endedLately(status console.Status) bool {
	return l.status == console.FilterCurrent && status == console.StatusExpired
}

// segment are the keys of the tokens of one status that have its phase, and of which
// a condition says that they have it still, if that is not known of all.
func (l tokenList) segment(status console.Status, phase, place int, column string, is string, isArgs []any, fromCursor bool) (string, []any) {
	if l.endedLately(status) {
		ended := l.dialect.among("SELECT id FROM tokens WHERE phase = 1 AND ends_at > ?")
		return l.sorted(l.among, ended+" AND "+is, append([]any{currentSince(l.retention, l.now)}, isArgs...)...)
	}
	var of conditions
	where := l.filter.where
	of.add(fmt.Sprintf("t.phase = %d", phase))
	switch {
	case column == revokedColumn:
		of = conditions{sql: []string{"t.revoked_at IS NOT NULL"}}
	case l.merged:
		of.add("t.id NOT IN (SELECT id FROM unsettled)")
	default:
		where = where.and(is, isArgs...)
	}
	return l.walked(place, column, l.walkedTable(column, true), of, where, fromCursor)
}

// sorted are the keys of few tokens that pass a filter and more, beyond the cursor's
// row.
func (l tokenList) sorted(filter narrowed, more string, moreArgs ...any) (string, []any) {
	rank, text, instant, table := "0", "''", "t."+l.column(), "tokens t"
	if l.merged { // else they might be looked for along the order
		table += l.dialect.byKey()
	}
	var args []any
	where := filter.all().and(more, moreArgs...)
	switch {
	case l.key == console.SortIsActive:
		rank, args = rankCase(l.now)
		instant, args = timeCase(l.now, args)
	case l.column() == nameColumn:
		text, instant = instant, "0"
	case l.column() == usedColumn && len(where.sql) == len(filter.related.sql):
		table = usesTable("")
	case l.column() == usedColumn:
		table, instant = table+" CROSS JOIN token_uses u", "u."+usedColumn
		where = where.and("u.token_id = t.id")
	}
	sql := fmt.Sprintf("SELECT %s, %s AS sort_rank, %s AS sort_text, %s AS sort_time, 0 AS broke_off FROM %s%s", l.own(), rank, text, instant, table, where.where())
	args = append(args, where.args...)
	var beyond conditions
	if l.from != nil {
		beyond.add("(sort_rank, sort_text, sort_time, guid) "+l.comparison()+" (?, ?, ?, ?)", l.from.Rank, l.from.Text, l.from.Time, l.from.GUID)
	}
	return "SELECT * FROM (" + sql + ") AS k" + beyond.where() + l.ended(l.order("")), append(args, beyond.args...)
}
