package store

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/ncruces/go-sqlite3"
	"github.com/ncruces/go-sqlite3/driver"

	"latchkey/internal/console"
)

// TestSQLiteWalksPastNamesWithoutAWord: nothing is read before the names that can have
// it, and no names further on once the page is full.
func TestSQLiteWalksPastNamesWithoutAWord(t *testing.T) {
	now := time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)
	st := newPlanned(t, now, 20_000, func(i int) console.Token {
		token := console.Token{GUID: console.NewGUID(), Name: fmt.Sprintf("%c-%05d", "bdfhj"[i/4000], i), CreatedAt: now.Add(-time.Hour), Version: 1}
		if (i/4000 == 1 || i/4000 == 3) && i%50 < 25 {
			token.Name += "-xyx"
		}
		return token
	})
	if err := st.StandFor(t.Context(), 1_000_000, now); err != nil {
		t.Fatal(err)
	}
	for _, word := range []string{"xyx", "yx", "xz"} {
		for _, request := range []console.PageRequest{{Size: 10}, {Size: 10, Last: true}} {
			for _, status := range []console.StatusFilter{console.FilterAll, console.FilterActive} {
				list, err := st.tokenList(t.Context(), console.TokenFilter{Name: word, Status: status}, console.TokenSort{Key: console.SortName}, request, now)
				if err != nil {
					t.Fatal(err)
				}
				steps, rows := st.steps(list.query(0))
				want := 11
				if word == "xz" {
					want = 0
				}
				if rows != want || steps > 5000 {
					t.Errorf("%s, %s, %+v: %d rows in %d steps", word, status, request, rows, steps)
				}
			}
		}
	}
}

// steps are how many instructions a statement takes, and how many rows it finds.
func (p *planned) steps(query string, args []any) (steps, rows int) {
	p.t.Helper()
	raw := p.reader(p.t.Context()).Raw(query, args...).Statement
	pool, err := p.read.DB()
	if err != nil {
		p.t.Fatal(err)
	}
	conn, err := pool.Conn(p.t.Context())
	if err != nil {
		p.t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	err = conn.Raw(func(made any) error {
		statement, _, err := made.(*keepingConn).connection.(driver.Conn).Raw().Prepare(raw.SQL.String())
		if err != nil {
			return err
		}
		for i, value := range raw.Vars {
			switch value := value.(type) {
			case string:
				err = errors.Join(err, statement.BindText(i+1, value))
			case int64:
				err = errors.Join(err, statement.BindInt64(i+1, value))
			default:
				err = errors.Join(err, fmt.Errorf("a %T", value))
			}
		}
		for statement.Step() {
			rows++
		}
		steps = statement.Status(sqlite3.STMTSTATUS_VM_STEP, false)
		return errors.Join(err, statement.Err(), statement.Close())
	})
	if err != nil {
		p.t.Error(err)
	}
	return steps, rows
}
