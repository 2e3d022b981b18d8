package store

import (
	"context"
	"strings"
	"time"

	"latchkey/internal/console"
)

// A facet names a set of tokens whose turns are counted as they are written, by
// triggers, so that how many of them are what at an instant is known without
// looking at them. A repository's GUID is the facet of its tokens.
type facet string

const (
	everyToken    facet = ""
	openTokens    facet = "open"
	endlessTokens facet = "endless "
)

// byLife is the index of ends that has none of what was revoked. A bulk revocation
// lets many tokens end at once, and nobody shall walk through them.
const byLife = "tokens_by_life"

// A turningPoint is a column with an instant at which time alone changes the status
// of a token, by the index that has all that a status follows from.
type turningPoint struct{ index, column, known string }

var turningPoints = []turningPoint{
	{byLife, "ends_at", ""},
	{"tokens_by_valid_from", "valid_from", "t.valid_from IS NOT NULL AND "},
	{"tokens_by_pause", "disabled_to", "t.disabled_until IS NOT NULL AND "},
}

// turning selects columns of the tokens of which one of the points is between two
// instants, both included, and for which a condition holds: those for which the day
// of their turn is not over. Each comes once.
func turning(d dialect, points []turningPoint, columns string, columnArgs []any, condition string, args []any, from, to int64) (string, []any) {
	var queries []string
	var all []any
	for i, point := range points {
		query := "SELECT " + columns + " FROM tokens t" + d.by(point.index) + " WHERE t.revoked_at IS NULL AND " + point.known + "t." + point.column + " BETWEEN ? AND ?"
		all = append(append(all, columnArgs...), from, to)
		for _, before := range points[:i] {
			query += " AND COALESCE(t." + before.column + ", -1) NOT BETWEEN ? AND ?"
			all = append(all, from, to)
		}
		queries, all = append(queries, query+condition), append(all, args...)
	}
	return strings.Join(queries, " UNION ALL "), all
}

// statusAt is what a token t that was not revoked is at an instant, for one as
// argument of each place.
const statusAt = `CASE WHEN t.ends_at <= ? THEN 'expired' WHEN t.disabled_to > ? THEN 'disabled'
	WHEN COALESCE(t.valid_from, 0) > ? THEN 'scheduled' ELSE 'active' END`

// CountStatuses counts the tokens of each status at now, exactly and
// without looking at them; with a repository, only those that belong to it.
func (s *Store) CountStatuses(ctx context.Context, repository console.GUID, now time.Time) (map[console.Status]int, error) {
	if repository == "" {
		return s.countFacet(ctx, everyToken, "", now)
	}
	return s.countFacet(ctx, facet(repository), ` AND `+inRepository, now, string(repository))
}

// CountOpen is CountStatuses of the tokens without an IP filter.
func (s *Store) CountOpen(ctx context.Context, now time.Time) (map[console.Status]int, error) {
	return s.countFacet(ctx, openTokens, ` AND t.ip_filter_guid IS NULL`, now)
}

// countFacet adds up the turns before today, and looks at the tokens whose turn
// is today. The condition says in SQL whether a token t is of the facet.
func (s *Store) countFacet(ctx context.Context, of facet, condition string, now time.Time, args ...any) (map[console.Status]int, error) {
	today := console.DayOf(now)
	turned, turnedArgs := turning(s.dialect, turningPoints, statusAt+` AS was, `+statusAt+` AS becomes`, turnOf(today, now), condition, args, millis(today.Start()), millis(now))
	var rows []struct {
		Was, Becomes string
		N            int
	}
	err := s.reader(ctx).Raw(`SELECT was, becomes, SUM(n) AS n FROM token_turns WHERE facet = ? AND (day < ? OR becomes = 'revoked') GROUP BY was, becomes
		UNION ALL SELECT was, becomes, COUNT(*) FROM (`+turned+`) AS turned GROUP BY was, becomes`,
		append([]any{string(of), int(today)}, turnedArgs...)...).Scan(&rows).Error
	counts := map[console.Status]int{}
	for _, row := range rows {
		counts[console.Status(row.Becomes)] += row.N
		if row.Was != "" {
			counts[console.Status(row.Was)] -= row.N
		}
	}
	return counts, err
}

// turnOf are the arguments of statusAt just before a day, and of statusAt at now.
func turnOf(day console.Day, now time.Time) []any {
	before, at := millis(day.Start())-1, millis(now)
	return []any{before, before, before, at, at, at}
}

// A ScopesCount is how many tokens have exactly these scopes.
type ScopesCount struct {
	Scopes []string
	N      int
}

// CountEndless counts the tokens that are active at now and have no end, by
// their scopes.
func (s *Store) CountEndless(ctx context.Context, now time.Time) ([]ScopesCount, error) {
	today := console.DayOf(now)
	turned, turnedArgs := turning(s.dialect, turningPoints[1:], `t.scopes, CASE `+statusAt+` WHEN 'active' THEN -1 ELSE 0 END + CASE `+statusAt+` WHEN 'active' THEN 1 ELSE 0 END AS n`,
		turnOf(today, now), ` AND t.valid_to IS NULL`, nil, millis(today.Start()), millis(now))
	query := `SELECT scopes, SUM(n) AS n FROM (
		SELECT substr(facet, ?) AS scopes, CASE WHEN becomes = 'active' THEN n WHEN was = 'active' THEN -n ELSE 0 END AS n
		FROM token_turns WHERE facet >= ? AND facet < ? AND day < ?
		UNION ALL ` + turned + `) AS turns GROUP BY scopes HAVING SUM(n) > 0`
	all := append([]any{len(endlessTokens) + 1, string(endlessTokens), "endless!", int(today)}, turnedArgs...)
	var rows []struct {
		Scopes string
		N      int
	}
	err := s.reader(ctx).Raw(query, all...).Scan(&rows).Error
	counts := make([]ScopesCount, len(rows))
	for i, row := range rows {
		counts[i] = ScopesCount{Scopes: strings.Fields(row.Scopes), N: row.N}
	}
	return counts, err
}

// CountTurnsBefore counts the turns of tokens into a status before a day.
func (s *Store) CountTurnsBefore(ctx context.Context, status console.Status, day console.Day) (int, error) {
	var n int
	err := s.reader(ctx).Raw(`SELECT COALESCE(SUM(n), 0) FROM token_turns WHERE facet = ? AND becomes = ? AND day < ?`,
		string(everyToken), string(status), int(day)).Scan(&n).Error
	return n, err
}

// DeleteEmptyTurns removes the counts of turns that no token takes any more.
func (s *Store) DeleteEmptyTurns(ctx context.Context) error {
	return s.writer(ctx).Exec(`DELETE FROM turn_counts WHERE n = 0`).Error
}

// SettleTurns brings together what transactions counted since it was called
// last, so that reading stays cheap. Servers take turns.
func (s *Store) SettleTurns(ctx context.Context) error {
	settle := s.dialect.settleTurns()
	if settle == "" {
		return nil
	}
	return s.Tx(ctx, func(tx *Store) error {
		if err := tx.Exclusive(ctx, "turns"); err != nil {
			return err
		}
		return tx.writer(ctx).Exec(settle).Error
	})
}
