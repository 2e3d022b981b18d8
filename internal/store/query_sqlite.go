package store

import (
	"cmp"
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"reflect"

	"github.com/ncruces/go-sqlite3"
)

// querySQLite goes round database/sql, which makes an object of every value of a row.
func querySQLite(db *sql.DB) query {
	return func(ctx context.Context, visit func(row scanner) error, statement string, args ...any) error {
		conn, err := db.Conn(ctx)
		if err != nil {
			return err
		}
		defer func() { _ = conn.Close() }()
		values := make([]driver.NamedValue, len(args))
		for i, arg := range args {
			value, err := driver.DefaultParameterConverter.ConvertValue(arg)
			if err != nil {
				return err
			}
			values[i] = driver.NamedValue{Ordinal: i + 1, Value: value}
		}
		return conn.Raw(func(made any) error { return made.(*keepingConn).each(ctx, visit, statement, values) })
	}
}

// stepper is a statement of the driver's, which is one of SQLite's.
type stepper interface {
	Conn() *sqlite3.Conn
	Step() bool
	Err() error
	ColumnCount() int
	ColumnType(column int) sqlite3.Datatype
	ColumnInt64(column int) int64
	ColumnRawText(column int) []byte
	ColumnRawBlob(column int) []byte
}

// each calls visit with the rows that a statement selects, until it fails or ctx ends.
func (c *keepingConn) each(ctx context.Context, visit func(row scanner) error, text string, values []driver.NamedValue) (err error) {
	prepared, err := c.PrepareContext(ctx, text)
	if err != nil {
		return err
	}
	defer func() { err = cmp.Or(err, prepared.Close()) }()
	if n := prepared.NumInput(); n >= 0 && n != len(values) { // it does not count places that have numbers, which stand in their order
		return fmt.Errorf("%d values for %d places in a statement", len(values), n)
	}
	// The values go to their places now, and nothing else happens until the first step.
	bound, err := prepared.(driver.StmtQueryContext).QueryContext(ctx, values)
	if err != nil {
		return err
	}
	defer func() { err = cmp.Or(err, bound.Close()) }()
	statement := prepared.(*keptStatement).statement.(stepper)
	defer statement.Conn().SetInterrupt(statement.Conn().SetInterrupt(ctx))
	var row scanner = steppedRow{statement, statement.ColumnCount()}
	for statement.Step() {
		if err := visit(row); err != nil {
			return err
		}
	}
	if errors.Is(statement.Err(), sqlite3.INTERRUPT) {
		return cmp.Or(ctx.Err(), statement.Err())
	}
	return statement.Err()
}

// steppedRow is the row at which a statement of SQLite's is.
type steppedRow struct {
	statement stepper
	columns   int
}

// Scan puts the row's values, in their order and all of them, where these pointers
// say. A NULL goes to a pointer or to bytes only.
func (r steppedRow) Scan(into ...any) error {
	if len(into) != r.columns {
		return fmt.Errorf("%d columns for %d places", r.columns, len(into))
	}
	for column, place := range into {
		if err := r.scan(column, place); err != nil {
			return fmt.Errorf("column %d: %w", column, err)
		}
	}
	return r.statement.Err()
}

var errNull = errors.New("a NULL has no place there")

func (r steppedRow) scan(column int, place any) error {
	null := r.statement.ColumnType(column) == sqlite3.NULL
	switch place := place.(type) {
	case **int64:
		*place = nil
		if !null {
			n := r.statement.ColumnInt64(column)
			*place = &n
		}
		return nil
	case **string:
		*place = nil
		if !null {
			text := r.text(column)
			*place = &text
		}
		return nil
	case *[]byte:
		*place = nil
		if !null {
			*place = append([]byte{}, r.statement.ColumnRawBlob(column)...)
		}
		return nil
	}
	if null {
		return errNull
	}
	switch place := place.(type) {
	case *string:
		*place = r.text(column)
	case *int64:
		*place = r.statement.ColumnInt64(column)
	case *int:
		*place = int(r.statement.ColumnInt64(column))
	case *bool:
		*place = r.statement.ColumnInt64(column) != 0
	default:
		value := reflect.ValueOf(place)
		if value.Kind() != reflect.Pointer || value.Elem().Kind() != reflect.String {
			return fmt.Errorf("nothing goes to a %T", place)
		}
		value.Elem().SetString(r.text(column))
	}
	return nil
}

func (r steppedRow) text(column int) string { return string(r.statement.ColumnRawText(column)) }
