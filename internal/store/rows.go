package store

import "gorm.io/gorm"

// each calls visit with the rows that a statement selects, one after the other. What
// every page asks is read with it, outside of transactions past GORM and database/sql.
func (s *Store) each(statement *gorm.DB, visit func(row scanner) error) error {
	if s.query == nil {
		rows, err := statement.Rows()
		if err != nil {
			return err
		}
		return eachRow(rows, func() error { return visit(rows) })
	}
	if statement.Error != nil {
		return statement.Error
	}
	ctx, text := statement.Statement.Context, statement.Statement.SQL.String()
	return s.observed(ctx, func() string { return summary(text) }, func() error {
		return translate(s.query(ctx, visit, text, statement.Statement.Vars...))
	})
}
