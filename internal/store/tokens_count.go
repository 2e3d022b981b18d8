package store

import (
	"cmp"
	"context"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"time"

	"latchkey/internal/console"
)

// CountTokens counts the tokens that pass f apart from its status, by each of
// the status filters, no further than console.Beyond unless AddsUp.
func (s *Store) CountTokens(ctx context.Context, f console.TokenFilter, statuses []console.StatusFilter, now time.Time) (console.StatusCounts, error) {
	if AddsUp(f) && !slices.Contains(statuses, console.FilterExpiring) {
		return s.countPlace(ctx, f, statuses, now)
	}
	filter, err := s.filterTokens(ctx, f, nil, now)
	if err != nil {
		return nil, err
	}
	where := filter.all()
	if filter.few {
		return s.countAtOnce(ctx, where, f, statuses, now)
	}
	var parts []string
	var args []any
	for i, status := range statuses {
		sql, sqlArgs := statusPasses(status, f.Retention, now)
		counted := where.and(sql, sqlArgs...)
		parts = append(parts, fmt.Sprintf("SELECT %d AS place, COUNT(*) AS total FROM (SELECT 1 FROM tokens t%s LIMIT %d) AS counted",
			i, counted.where(), console.TotalLimit+1))
		args = append(args, counted.args...)
	}
	var rows []struct{ Place, Total int }
	if err := s.reader(ctx).Raw(strings.Join(parts, " UNION ALL "), args...).Scan(&rows).Error; err != nil {
		return nil, err
	}
	counts := console.StatusCounts{}
	for _, row := range rows {
		counts[statuses[row.Place]] = console.Counted(row.Total)
	}
	return counts, nil
}

// CountsAtOnce reports whether no more than about so many tokens have to be read to
// count those that pass f.
func (s *Store) CountsAtOnce(ctx context.Context, f console.TokenFilter, limit int, now time.Time) (bool, error) {
	if AddsUp(f) {
		return true, nil
	}
	known, err := s.sample(ctx, now)
	if err != nil || known.of <= limit {
		return known.of <= limit, err
	}
	return slices.ContainsFunc(s.narrowings(f, true, now), func(part narrowing) bool { return known.keepsWithin(limit, part) }), nil
}

// AddsUp reports whether f narrows by nothing but its status and its repository, or
// that there is no IP filter: such counts are added up from what is counted as tokens
// are written, apart from those of what expires soon.
func AddsUp(f console.TokenFilter) bool {
	counted := console.TokenFilter{Repository: f.Repository, Status: f.Status, Retention: f.Retention}
	if f.Repository == "" && onlyOpen(f) {
		counted.Traits = f.Traits
	}
	return f.Status != console.FilterExpiring && reflect.DeepEqual(f, counted)
}

func onlyOpen(f console.TokenFilter) bool {
	return slices.Equal(f.Traits, []console.Trait{console.TraitOpen})
}

// countPlace takes as long for ten tokens as for ten million.
func (s *Store) countPlace(ctx context.Context, f console.TokenFilter, statuses []console.StatusFilter, now time.Time) (console.StatusCounts, error) {
	var has map[console.Status]int
	var err error
	if onlyOpen(f) {
		has, err = s.CountOpen(ctx, now)
	} else {
		has, err = s.CountStatuses(ctx, f.Repository, now)
	}
	if err != nil {
		return nil, err
	}
	counts := console.StatusCounts{}
	for _, filter := range statuses {
		total := 0
		for _, status := range filter.Statuses() {
			if filter != console.FilterCurrent || status != console.StatusExpired {
				total += has[status]
			}
		}
		if filter == console.FilterCurrent {
			expired, err := s.countExpiredSince(ctx, f, currentSince(f.Retention, now), now)
			if err != nil {
				return nil, err
			}
			total += expired
		}
		counts[filter] = total
	}
	return counts, nil
}

// countExpiredSince counts what expired after an instant that is not long ago.
func (s *Store) countExpiredSince(ctx context.Context, f console.TokenFilter, since int64, now time.Time) (n int, err error) {
	var where conditions
	where.add("t.revoked_at IS NULL AND t.ends_at > ? AND t.ends_at <= ?", since, millis(now))
	if f.Repository != "" {
		where.add(inRepository, string(f.Repository))
	}
	if onlyOpen(f) {
		where.add("t.ip_filter_guid IS NULL")
	}
	err = s.reader(ctx).Raw("SELECT COUNT(*) FROM tokens t"+s.dialect.by(byLife)+where.where(), where.args...).Scan(&n).Error
	return n, err
}

// countAtOnce fetches the tokens once for all statuses.
func (s *Store) countAtOnce(ctx context.Context, where conditions, f console.TokenFilter, statuses []console.StatusFilter, now time.Time) (console.StatusCounts, error) {
	var sums []string
	var args []any
	for _, status := range statuses {
		sql, sqlArgs := statusPasses(status, f.Retention, now)
		sums = append(sums, "COALESCE(SUM(CASE WHEN "+cmp.Or(sql, "1 = 1")+" THEN 1 ELSE 0 END), 0)")
		args = append(args, sqlArgs...)
	}
	rows, err := s.reader(ctx).Raw("SELECT "+strings.Join(sums, ", ")+" FROM tokens t"+where.where(), append(args, where.args...)...).Rows()
	if err != nil {
		return nil, err
	}
	totals, places := make([]int, len(statuses)), make([]any, len(statuses))
	for i := range totals {
		places[i] = &totals[i]
	}
	if err := eachRow(rows, func() error { return rows.Scan(places...) }); err != nil {
		return nil, err
	}
	counts := console.StatusCounts{}
	for i, status := range statuses {
		counts[status] = console.Counted(totals[i])
	}
	return counts, nil
}

// FindNextTurn returns the next instant after now at which time alone changes
// the status of a token, or ends how long an expired one is current.
func (s *Store) FindNextTurn(ctx context.Context, retention time.Duration, now time.Time) (time.Time, error) {
	at := millis(now)
	next := func(index, column, condition string) string {
		return `SELECT * FROM (SELECT ` + column + ` AS turn FROM tokens` + s.dialect.by(index) + ` WHERE revoked_at IS NULL AND ` + condition + ` ORDER BY turn LIMIT 1) AS next`
	}
	var turn int64
	err := s.reader(ctx).Raw(`SELECT COALESCE(MIN(turn), ?) FROM (`+strings.Join([]string{
		next(byLife, "ends_at", "ends_at > ?"), next("tokens_by_valid_from", "valid_from", "valid_from IS NOT NULL AND valid_from > ?"),
		next("tokens_by_pause", "disabled_to", "disabled_until IS NOT NULL AND disabled_to > ?"),
		`SELECT turn + ? FROM (` + next(byLife, "ends_at", "ends_at > ?") + `) AS ended`,
	}, " UNION ALL ")+`) AS turns`, never, at, at, at, retention.Milliseconds(), at-retention.Milliseconds()).Scan(&turn).Error
	return fromMillis(turn), err
}
