package store

import (
	"context"
	"errors"
	"path/filepath"
	"reflect"
	"testing"

	"latchkey/internal/console"
)

// TestQuerySQLite: every kind of value goes where it has a place, also where the
// place had another value, and nothing else does.
func TestQuerySQLite(t *testing.T) {
	pool, err := sqliteDialect{file: filepath.Join(t.TempDir(), "query.db")}.pool("", 1)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = pool.Close() }()
	query := querySQLite(pool)
	type places struct {
		Text  string
		Named console.GUID
		Int   int
		Long  int64
		Is    bool
		Bytes []byte
		Maybe *string
		At    *int64
	}
	var got []places
	var p places
	read := func(statement string, args ...any) error {
		got, p = nil, places{}
		return query(t.Context(), func(row scanner) error {
			err := row.Scan(&p.Text, &p.Named, &p.Int, &p.Long, &p.Is, &p.Bytes, &p.Maybe, &p.At)
			got = append(got, p)
			return err
		}, statement, args...)
	}
	seven, there := int64(7), "there"
	err = read(`SELECT ?, ?, ?, ?, ?, ?, ?, ? UNION ALL SELECT '', '', -1, 1 << 40, 0, NULL, NULL, NULL UNION ALL SELECT 'ü', '', 0, 0, 0, '', '', 0`,
		"text", console.GUID("guid"), 3, int64(4), true, []byte{0, 255}, &there, &seven)
	want := []places{
		{"text", "guid", 3, 4, true, []byte{0, 255}, &there, &seven},
		{"", "", -1, 1 << 40, false, nil, nil, nil},
		{"ü", "", 0, 0, false, []byte{}, new(string), new(int64)},
	}
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("read %+v, %v", got, err)
	}
	if err := read(`SELECT NULL, '', 0, 0, 0, NULL, NULL, NULL`); !errors.Is(err, errNull) {
		t.Errorf("a NULL as text: %v", err)
	}
	if err := query(t.Context(), func(row scanner) error { return row.Scan(new(float64)) }, `SELECT 1`); err == nil {
		t.Error("a number went where there is no place for it")
	}
	for statement, args := range map[string][]any{`SELECT 1`: {1}, `SELECT COALESCE(?, 1)`: nil, `SELECT 1, 2`: nil} {
		if err := query(t.Context(), func(row scanner) error { return row.Scan(new(int)) }, statement, args...); err == nil {
			t.Errorf("%s with %d values is read as one", statement, len(args))
		}
	}
	if err := read(`SELECT nonsense`); err == nil {
		t.Error("nonsense was read")
	}
	if err := read(`SELECT $1, $2, 0, 0, 0, NULL, NULL, NULL`, "one", "two"); err != nil || got[0].Text != "one" || got[0].Named != "two" {
		t.Errorf("in numbered places, values are read as %+v, %v", got, err)
	}
	full := errors.New("full")
	if err := query(t.Context(), func(scanner) error { return full }, `SELECT 1`); err != full {
		t.Errorf("who reads fails with %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	rows := 0
	err = query(ctx, func(scanner) error {
		if rows++; rows == 2 {
			cancel()
		}
		return nil
	}, `SELECT value FROM generate_series(1, 1000000)`)
	if !errors.Is(err, context.Canceled) || rows != 2 {
		t.Errorf("%d rows came and %v, of which two were waited for", rows, err)
	}
	if err := read(`SELECT 'whole', '', 0, 0, 0, NULL, NULL, NULL`); err != nil || len(got) != 1 || got[0].Text != "whole" {
		t.Errorf("after all that it reads %+v, %v", got, err)
	}
}
