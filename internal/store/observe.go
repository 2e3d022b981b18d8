package store

import (
	"cmp"
	"context"
	"regexp"
	"strings"

	"gorm.io/gorm"
)

// Begin is told that a statement or a transaction begins. What it returns, if
// that is not nil, is told what it was, without its values, when it is over.
type Begin func(ctx context.Context) func(what string, err error)

// Observe has every statement and every transaction told to begin. It is called
// before the store is used, if at all.
func (s *Store) Observe(begin Begin) error {
	const name, key = "latchkey:observe", "latchkey:observed"
	before := func(db *gorm.DB) {
		if end := begin(db.Statement.Context); end != nil {
			db.InstanceSet(key, end)
		}
	}
	after := func(db *gorm.DB) {
		if end, ok := db.InstanceGet(key); ok {
			end.(func(string, error))(summary(db.Statement.SQL.String()), db.Error)
		}
	}
	for _, db := range s.handles() {
		all := db.Callback()
		err := cmp.Or(
			all.Query().Before("*").Register(name+":begin", before), all.Query().After("*").Register(name, after),
			all.Create().Before("*").Register(name+":begin", before), all.Create().After("*").Register(name, after),
			all.Update().Before("*").Register(name+":begin", before), all.Update().After("*").Register(name, after),
			all.Delete().Before("*").Register(name+":begin", before), all.Delete().After("*").Register(name, after),
			all.Row().Before("*").Register(name+":begin", before), all.Row().After("*").Register(name, after),
			all.Raw().Before("*").Register(name+":begin", before), all.Raw().After("*").Register(name, after),
		)
		if err != nil {
			return err
		}
	}
	s.begin = begin
	return nil
}

// observed runs what GORM does not tell of, and tells of it if somebody wants to know.
func (s *Store) observed(ctx context.Context, what func() string, run func() error) error {
	if s.begin == nil {
		return run()
	}
	end := s.begin(ctx)
	err := run()
	if end != nil {
		end(what(), err)
	}
	return err
}

var (
	inner = regexp.MustCompile(`\([^()]*\)`)
	verb  = regexp.MustCompile(`^\s*([A-Za-z]+)`)
	table = regexp.MustCompile("\\b(?i:FROM|INTO|UPDATE|JOIN)\\s+[\"`]?([a-z_]+)")
)

// summary is what a statement does to which table first, apart from those that
// it only looks something up in.
func summary(sql string) string {
	outer, blank := sql, func(inner string) string { return strings.Repeat(" ", len(inner)) }
	for inner.MatchString(outer) {
		outer = inner.ReplaceAllStringFunc(outer, blank)
	}
	if at := strings.Index(outer, "FROM"); at >= 0 && !table.MatchString(outer) {
		outer = outer[:at] + sql[at:] // it selects from a select alone
	}
	var words []string
	for _, form := range []*regexp.Regexp{verb, table} {
		if found := form.FindStringSubmatch(outer); found != nil {
			words = append(words, found[1])
		}
	}
	return strings.Join(words, " ")
}
