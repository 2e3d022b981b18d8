package store

import (
	"context"
	"reflect"
	"strconv"
	"strings"
)

// each calls visit with the rows that a statement selects, one after the other. What
// every page asks is read with it, outside of transactions past GORM and database/sql.
func (s *Store) each(ctx context.Context, visit func(row scanner) error, statement string, args ...any) error {
	if s.query == nil {
		rows, err := s.reader(ctx).Raw(statement, args...).Rows()
		if err != nil {
			return err
		}
		return eachRow(rows, func() error { return visit(rows) })
	}
	text, values := placed(statement, args)
	return s.observed(ctx, func() string { return summary(text) }, func() error {
		return translate(s.query(ctx, visit, text, values...))
	})
}

// placed is a statement, as GORM takes it, with places that have numbers, one for each
// value also of a list.
func placed(statement string, args []any) (text string, values []any) {
	var sql strings.Builder
	sql.Grow(len(statement) + 2*len(args))
	values = make([]any, 0, len(args))
	place := func(value any) {
		values = append(values, value)
		sql.WriteByte('$')
		sql.WriteString(strconv.Itoa(len(values)))
	}
	for _, arg := range args {
		before, after, _ := strings.Cut(statement, "?")
		sql.WriteString(before)
		statement = after
		list := reflect.ValueOf(arg)
		switch {
		case list.Kind() != reflect.Slice || list.Type().Elem().Kind() == reflect.Uint8:
			place(arg)
		case list.Len() == 0:
			sql.WriteString("(NULL)")
		default:
			sql.WriteByte('(')
			for i := range list.Len() {
				if i > 0 {
					sql.WriteByte(',')
				}
				place(list.Index(i).Interface())
			}
			sql.WriteByte(')')
		}
	}
	sql.WriteString(statement)
	return sql.String(), values
}
