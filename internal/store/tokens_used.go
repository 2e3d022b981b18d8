package store

import (
	"fmt"
	"strings"
	"time"

	"latchkey/internal/console"
)

// usedColumn is by what tokens are sorted by their last use. It is another table's:
// a use is noted often, and changes no token.
const usedColumn = "used_at"

// used are keys in the order of the last use: along the uses, and along the GUIDs of
// tokens without one. A use counts before all that are later, none as at 0.
func (l tokenList) used() (string, []any) {
	where := l.filter.all()
	if sql, args := statusPasses(l.status, l.retention, l.now); sql != "" {
		where = where.and(sql, args...)
	}
	passes := func(c conditions) conditions {
		if len(where.sql) > 0 {
			return c.and("CASE WHEN "+strings.Join(where.sql, " AND ")+" THEN 1 END IS NOT NULL", where.args...)
		}
		return c
	}
	var parts []string
	var args []any
	add := func(sql string, of conditions) {
		parts, args = append(parts, sql), append(args, of.args...)
	}
	byUse := func() {
		if l.from != nil && !l.ascending() && l.from.Time == 0 {
			return
		}
		of := conditions{sql: []string{"t.id = u.token_id"}}
		if l.from != nil && l.from.Time > 0 {
			of.add("u.used_at "+l.comparison()+"= ?", l.from.Time)
			of.add("(u.used_at, t.guid) "+l.comparison()+" (?, ?)", l.from.Time, l.from.GUID)
		}
		of = passes(of)
		add(fmt.Sprintf("SELECT t.id, t.guid, 0 AS sort_rank, '' AS sort_text, u.used_at AS sort_time FROM token_uses u%s CROSS JOIN tokens t%s ORDER BY u.used_at %[3]s, t.guid %[3]s LIMIT %d",
			l.dialect.by("token_uses_by_time"), of.where(), l.direction(), l.rows), of)
	}
	without := func() {
		if l.from != nil && l.ascending() && l.from.Time > 0 {
			return
		}
		of := conditions{sql: []string{"COALESCE(" + usedAt + ", 0) <= 0"}}
		if l.from != nil && l.from.Time == 0 {
			of.add("t.guid "+l.comparison()+" ?", l.from.GUID)
		}
		of = passes(of)
		add(fmt.Sprintf("SELECT t.id, t.guid, 0 AS sort_rank, '' AS sort_text, 0 AS sort_time FROM tokens t%s ORDER BY t.guid %s LIMIT %d",
			of.where(), l.direction(), l.rows), of)
	}
	// Where the first fill the page, nobody looks for the others.
	if l.ascending() {
		without()
		byUse()
	} else {
		byUse()
		without()
	}
	return fmt.Sprintf("SELECT * FROM (%s) AS s LIMIT %d", strings.Join(parts, ") AS s UNION ALL SELECT * FROM ("), l.rows), args
}

// ofStatus is the narrowing by status of a list by use, which is not walked by status.
func (s *Store) ofStatus(f console.TokenFilter, now time.Time) (narrowing, bool) {
	sql, args := statusPasses(f.Status, f.Retention, now)
	if sql == "" {
		return narrowing{}, false
	}
	ids, idArgs := unsettled(s.dialect, now)
	var phases []string
	for rank, status := range console.Statuses {
		for _, of := range f.Status.Statuses() {
			if of == status {
				phases = append(phases, fmt.Sprint(rank))
			}
		}
	}
	return narrowing{
		few: s.dialect.among("SELECT id FROM tokens WHERE phase IN (" + strings.Join(phases, ", ") + ") UNION ALL " + ids), args: idArgs,
		many: sql, manyArgs: args,
		keeps: func(t *sampled) bool { return f.Status.Keeps(t.Token, now) },
	}, true
}
