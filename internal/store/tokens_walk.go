package store

import (
	"fmt"
	"slices"
	"strings"
)

// endColumn is when tokens end. The orders of one status along tellsEnd have it in
// their entries.
const endColumn = "ends_at"

var tellsEnd = []string{nameColumn, "starts_at", "created_at"}

// walked are keys that are read along one column, from the cursor's row if it
// is among them. The database is kept from walking along anything else: it
// knows by which column, and of the rest only that it is to be asked of each entry,
// what the entry tells first, and what takes the token's row last.
func (l tokenList) walked(place int, column, table string, of, where conditions, fromCursor bool) (string, []any) {
	for _, r := range l.ranges {
		if r.along == column {
			of = of.and(r.within, r.manyArgs...)
		}
	}
	if column == nameColumn && l.spans != nil {
		return l.walkedWithin(place, table, of, where, fromCursor)
	}
	if fromCursor {
		of = of.and(fmt.Sprintf("(t.%s, t.guid) %s (?, ?)", column, l.comparison()), l.from.key(column), l.from.GUID)
	}
	return l.walkedOf(place, column, table, of, where)
}

// walkedOf are the keys of walked, of those that of says.
func (l tokenList) walkedOf(place int, column, table string, of, where conditions) (string, []any) {
	text, instant, told := "''", "t."+column, conditions{}
	if column == nameColumn {
		text, instant, told = instant, "0", l.filter.named
	} else {
		where = where.with(l.filter.named)
	}
	if slices.Contains(tellsEnd, column) {
		told = told.with(l.filter.ending)
	} else {
		where = where.with(l.filter.ending)
	}
	if len(told.sql) > 0 {
		of = of.and(told.passes()+" IS NOT NULL", told.args...)
	}
	asked := l.filter.related
	switch {
	case len(where.sql) == 0:
	case len(asked.sql) == 0 && len(told.sql) == 0 && column != usedColumn:
		asked = where
	default:
		asked = asked.and("(SELECT passes FROM (SELECT t.id, "+where.passes()+" AS passes FROM tokens t) AS k WHERE k.id = t.id) IS NOT NULL", where.args...)
	}
	order := fmt.Sprintf("ORDER BY t.%s %[2]s, t.guid %[2]s", column, l.direction())
	keys := fmt.Sprintf("SELECT %s, %d AS sort_rank, %s AS sort_text, %s AS sort_time", l.own(), place, text, instant)
	if l.budget == 0 || len(told.sql) > 0 || len(asked.sql) == 0 {
		if len(asked.sql) > 0 {
			of = of.and(asked.passes()+" IS NOT NULL", asked.args...)
		}
		return keys + ", 0 AS broke_off FROM " + table + of.where() + l.ended(" "+order), of.args
	}
	// Where the walk breaks off is found only if the page is not full before.
	return fmt.Sprintf(`SELECT * FROM (%[1]s, 0 AS broke_off FROM (SELECT t.* FROM %[2]s%[3]s %[4]s LIMIT %[5]d) AS t WHERE %[6]s %[4]s LIMIT %[7]d) AS found
		UNION ALL SELECT * FROM (%[1]s, 1 AS broke_off FROM %[2]s%[3]s %[4]s LIMIT 1 OFFSET %[5]d) AS next LIMIT %[7]d`,
		keys, table, of.where(), order, l.budget, asked.passes()+" IS NOT NULL", l.rows), slices.Concat(of.args, asked.args, of.args)
}

// walkedWithin is walked along the names within the spans of the list. None is walked
// once those before it fill the page.
func (l tokenList) walkedWithin(place int, table string, of, where conditions, fromCursor bool) (string, []any) {
	if len(l.spans) == 0 {
		return l.walkedOf(place, nameColumn, table, of.and("1 = 0"), where)
	}
	var parts []string
	var args []any
	for _, span := range l.spans {
		part, partArgs := l.walkedOf(place, nameColumn, table, of.with(span.along(l.walk, fromCursor)), where)
		parts, args = append(parts, part), append(args, partArgs...)
	}
	return fmt.Sprintf("SELECT * FROM (%s) AS s LIMIT %d", strings.Join(parts, ") AS s UNION ALL SELECT * FROM ("), l.rows), args
}

// walkedTable is the table that is walked along a column, by the name of t and with the
// ids of tokens, and the index by which it is: of the tokens of each phase for itself,
// or of all.
func (l tokenList) walkedTable(column string, phased bool) string {
	index := walkedIndexes[column][0]
	if phased {
		index = walkedIndexes[column][1]
	}
	if column == usedColumn {
		return usesTable(l.dialect.by(index))
	}
	return "tokens t" + l.dialect.by(index)
}

// usesTable is token_uses like tokens, read by an index if one is given.
func usesTable(by string) string {
	return "(SELECT token_id AS id, guid, phase, used_at FROM token_uses" + by + ") AS t"
}

func (sqliteDialect) readsAlong() bool   { return false }
func (postgresDialect) readsAlong() bool { return true }

// walkedIndexes are the indexes along columns: of all tokens and by their phase.
var walkedIndexes = map[string][2]string{
	nameColumn:    {"tokens_by_name", "tokens_phase_name"},
	endColumn:     {"tokens_by_end", "tokens_phase_end"},
	"starts_at":   {"tokens_by_start", "tokens_phase_start"},
	"created_at":  {"tokens_by_creation", "tokens_phase_creation"},
	usedColumn:    {"token_uses_by_time", "token_uses_by_phase"},
	revokedColumn: {"tokens_revoked", "tokens_revoked"},
}
