package store

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strings"

	"latchkey/internal/console"
)

// A narrowing is a part of a filter that may keep few tokens or many. Few are
// fetched and sorted; among many, the list is walked in its order and the page
// is full before long. Which it is, is found out by counting, never further
// than it takes to tell.
type narrowing struct {
	// matches selects a row for each token kept.
	matches string
	args    []any
	// few and many are the two ways to say the condition; both take manyArgs
	// or args.
	few      string
	many     string
	manyArgs []any
}

// fewLimit is how many tokens are at most fetched to be sorted.
const fewLimit = 5000

// narrow joins the conditions in the way that suits how many tokens each keeps.
// To be counted, tokens are always fetched by the part that keeps fewest: there
// is no page after which to stop walking.
func (s *Store) narrow(ctx context.Context, c conditions, narrowings []narrowing, counted bool) (conditions, error) {
	if len(narrowings) == 0 {
		return c, nil
	}
	parts := []string{`SELECT -1 AS place, COALESCE(MAX(id), 0) AS kept FROM tokens`}
	var args []any
	for i, n := range narrowings {
		parts = append(parts, fmt.Sprintf(`SELECT %d, COUNT(*) FROM (SELECT 1 FROM %s LIMIT %d) AS kept`, i, n.matches, fewLimit))
		args = append(args, n.args...)
	}
	var rows []struct{ Place, Kept int }
	if err := s.reader(ctx).Raw(strings.Join(parts, " UNION ALL "), args...).Scan(&rows).Error; err != nil {
		return c, err
	}
	few, fewest := -1, fewLimit
	if counted {
		fewest = math.MaxInt
	}
	for _, row := range rows {
		if row.Place < 0 && !counted {
			// Fetching m tokens costs as much as walking to a page among m of n
			// when m is about the root of n times the page.
			fewest = min(fewest, int(math.Sqrt(float64(row.Kept)*console.DefaultPageSize)))
		}
	}
	for _, row := range rows {
		if row.Place >= 0 && row.Kept < fewest {
			few, fewest = row.Place, row.Kept
		}
	}
	for i, n := range narrowings {
		if i == few {
			c.add(n.few, n.args...)
		} else {
			c.add(n.many, n.manyArgs...)
		}
	}
	return c, nil
}

// riskyScope is the condition that a scope of a token is one of high risk: of
// those built in, which are its argument, or of the organization's own.
const riskyScope = `(scope IN ? OR scope IN (SELECT name FROM scopes WHERE own = 1 AND risk = 'high'))`

// narrowings are the parts of f that may keep few tokens.
func (s *Store) narrowings(f console.TokenFilter) []narrowing {
	var all []narrowing
	related := func(table, column string, values any) {
		all = append(all, narrowing{
			matches: table + ` WHERE ` + column + ` IN ?`, args: []any{values},
			few:  s.dialect.among(`SELECT token_id FROM ` + table + ` WHERE ` + column + ` IN ?`),
			many: `EXISTS (SELECT 1 FROM ` + table + ` x WHERE x.token_id = t.id AND x.` + column + ` IN ?)`, manyArgs: []any{values},
		})
	}
	if f.Repository != "" {
		related("token_repositories", "repository_guid", []string{string(f.Repository)})
	}
	if len(f.Repositories) > 0 {
		related("token_repositories", "repository_guid", f.Repositories)
	}
	if len(f.Scopes) > 0 {
		related("token_scopes", "scope", f.Scopes)
	}
	if slices.Contains(f.Traits, console.TraitRisky) {
		risky := []any{console.BuiltIn().Risky()}
		all = append(all, narrowing{
			matches: `token_scopes WHERE ` + riskyScope, args: risky, few: s.dialect.among(`SELECT token_id FROM token_scopes WHERE ` + riskyScope),
			many: `EXISTS (SELECT 1 FROM token_scopes x WHERE x.token_id = t.id AND ` + riskyScope + `)`, manyArgs: risky,
		})
	}
	if f.IPFilter != "" {
		const using = `tokens u WHERE u.ip_filter_guid = ?`
		filter := []any{string(f.IPFilter)}
		all = append(all, narrowing{
			matches: using, args: filter, few: s.dialect.among(`SELECT u.id FROM ` + using), many: `t.ip_filter_guid = ?`, manyArgs: filter,
		})
	}
	searches := map[string][]string{"name_folded": console.Words(f.Name)}
	if digits, _ := console.GUIDDigits(f.GUID); digits != "" {
		searches["guid_digits"] = []string{digits}
	}
	for _, column := range []string{"name_folded", "guid_digits"} {
		for _, needle := range searches[column] {
			if n, ok := s.search(column, needle); ok {
				all = append(all, n)
			}
		}
	}
	if n, ok := s.searchEither(f.Search); ok {
		all = append(all, n)
	}
	return all
}
