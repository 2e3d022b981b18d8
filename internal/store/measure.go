package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"latchkey/internal/console"
)

// RawTokenPage returns a function that runs the bare statement of a page of
// tokens, or both where the first breaks off, and reads its rows, with nothing of
// ours around it: what a page is measured against.
func (s *Store) RawTokenPage(ctx context.Context, f console.TokenFilter, sort console.TokenSort, request console.PageRequest, now time.Time) (func() error, error) {
	list, err := s.tokenList(ctx, f, sort, request, now)
	if err != nil {
		return nil, err
	}
	_, whole, err := s.asked(ctx, list)
	if err != nil {
		return nil, err
	}
	pool, err := s.read.DB()
	if err != nil {
		return nil, err
	}
	raw := func(list tokenList) func() error {
		query, args := list.query(0)
		statement := s.reader(ctx).Raw(query, args...).Statement
		return func() error { return readAll(ctx, pool, statement.SQL.String(), statement.Vars) }
	}
	first := raw(list)
	if whole {
		return first, nil
	}
	second := raw(list.fetched())
	return func() error { return errors.Join(first(), second()) }, nil
}

// PlanOf is how the database goes about the statement of a page of tokens, as it
// tells, a line each; PostgreSQL tells how it went.
func (s *Store) PlanOf(ctx context.Context, f console.TokenFilter, sort console.TokenSort, request console.PageRequest, now time.Time) ([]string, error) {
	list, err := s.tokenList(ctx, f, sort, request, now)
	if err != nil {
		return nil, err
	}
	query, args := list.query(0)
	explain, column := s.dialect.explain()
	var rows []map[string]any
	if err := s.reader(ctx).Raw(explain+query, args...).Scan(&rows).Error; err != nil {
		return nil, err
	}
	lines := make([]string, len(rows))
	for i, row := range rows {
		lines[i] = fmt.Sprint(row[column])
	}
	return lines, nil
}

// Size is how many bytes the database takes.
func (s *Store) Size(ctx context.Context) (int64, error) {
	var size int64
	err := s.reader(ctx).Raw(s.dialect.size()).Scan(&size).Error
	return size, err
}

func readAll(ctx context.Context, pool *sql.DB, query string, args []any) error {
	rows, err := pool.QueryContext(ctx, query, args...)
	if err != nil {
		return err
	}
	defer func() { _ = rows.Close() }()
	columns, err := rows.Columns()
	if err != nil {
		return err
	}
	values := make([]any, len(columns))
	for i := range values {
		values[i] = new(any)
	}
	for rows.Next() {
		if err := rows.Scan(values...); err != nil {
			return err
		}
	}
	return rows.Err()
}

// deepest is how far into a list MiddleCursor counts.
const deepest = 5000

// MiddleCursor returns a cursor to the page after the first half of a list, or after
// its first 5,000 tokens. It counts its way there, so it is slow.
func (s *Store) MiddleCursor(ctx context.Context, f console.TokenFilter, sort console.TokenSort, total int, now time.Time) (string, error) {
	list, err := s.tokenList(ctx, f, sort, console.PageRequest{}, now)
	if err != nil || total < 2 {
		return "", err
	}
	before := min(total/2, deepest)
	list.rows, list.budget = before+1, 0
	query, args := list.query(before)
	var rows []tokenRow
	if err := s.reader(ctx).Raw(query, args...).Scan(&rows).Error; err != nil || len(rows) == 0 {
		return "", err
	}
	return list.edge(rows[0].position(), false, list.rows), nil
}
