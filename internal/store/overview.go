package store

import (
	"context"
	"fmt"
	"time"

	"latchkey/internal/console"
)

// CountExpiring counts the visible tokens that are active at now and end within
// each of the times, of which the last is the longest. It looks at no more than
// just beyond console.TotalLimit of them, those first that end first.
func (s *Store) CountExpiring(ctx context.Context, v console.Visibility, now time.Time, within ...time.Duration) ([]int, error) {
	active, args := statusIs(console.StatusActive, now)
	where := visible(v).and(active, args...).and("t.ends_at <= ?", millis(now.Add(within[len(within)-1])))
	query, all := "", []any{}
	for i, span := range within {
		if i > 0 {
			query += " UNION ALL "
		}
		query += fmt.Sprintf("SELECT %d AS place, COUNT(*) AS n FROM soonest WHERE ends_at <= ?", i)
		all = append(all, millis(now.Add(span)))
	}
	var rows []struct{ Place, N int }
	err := s.reader(ctx).Raw(fmt.Sprintf(`WITH soonest AS MATERIALIZED (SELECT t.ends_at FROM tokens t%s%s ORDER BY t.ends_at, t.guid LIMIT %d) `,
		s.dialect.by(byLife), where.where(), console.TotalLimit+1)+query, append(where.args, all...)...).Scan(&rows).Error
	counts := make([]int, len(within))
	for _, row := range rows {
		counts[row.Place] = console.Counted(row.N)
	}
	return counts, err
}

// visible is the condition that a token t is within v.
func visible(v console.Visibility) conditions {
	var c conditions
	if sql, args := within(v); sql != "" {
		c.add(sql, args...)
	}
	return c
}

// FindNextStart returns when the next visible token begins that is scheduled at
// now; zero if none does.
func (s *Store) FindNextStart(ctx context.Context, v console.Visibility, now time.Time) (time.Time, error) {
	scheduled, args := statusIs(console.StatusScheduled, now)
	where := visible(v).and(scheduled, args...).and("t.valid_from IS NOT NULL AND t.valid_from > ?", millis(now))
	var starts []int64
	err := s.reader(ctx).Raw(`SELECT t.valid_from FROM tokens t`+where.where()+` ORDER BY t.valid_from LIMIT 1`, where.args...).Scan(&starts).Error
	if err != nil || len(starts) == 0 {
		return time.Time{}, err
	}
	return fromMillis(starts[0]), nil
}

// ListLeavers returns at most limit people who are disabled and own a visible
// token that is active at now, those first who left last.
func (s *Store) ListLeavers(ctx context.Context, v console.Visibility, now time.Time, limit int) ([]console.PersonRef, error) {
	active, args := statusIs(console.StatusActive, now)
	where := visible(v).and(active, args...).and("t.owner_guid = u.guid")
	var rows []struct{ GUID, Name string }
	err := s.reader(ctx).Raw(`SELECT u.guid, u.name FROM users u WHERE u.disabled_at IS NOT NULL AND EXISTS (SELECT 1 FROM tokens t`+where.where()+`)
		ORDER BY u.disabled_at DESC, u.guid LIMIT ?`, append(where.args, limit)...).Scan(&rows).Error
	people := make([]console.PersonRef, len(rows))
	for i, row := range rows {
		people[i] = console.PersonRef{GUID: console.GUID(row.GUID), Name: row.Name}
	}
	return people, err
}

// CountRepositories counts the visible repositories; views are none.
func (s *Store) CountRepositories(ctx context.Context, v console.Visibility) (int, error) {
	where := conditions{sql: []string{"kind = ?"}, args: []any{string(console.KindRepository)}}
	if v.Limited && !v.EveryRepository {
		where.add("guid IN ?", listed(v.Repositories))
	}
	var n int
	err := s.reader(ctx).Raw(`SELECT COUNT(*) FROM repositories`+where.where(), where.args...).Scan(&n).Error
	return n, err
}

// FindRepositoryNames returns those of the repositories that exist, by their GUIDs.
func (s *Store) FindRepositoryNames(ctx context.Context, guids []console.GUID) ([]console.RepositoryRef, error) {
	return s.refs(ctx, `SELECT guid, name FROM repositories WHERE guid IN ?`, listed(guids))
}

// LatestAuditEvents returns the newest events that pass f, at most limit.
func (s *Store) LatestAuditEvents(ctx context.Context, f console.AuditFilter, limit int) ([]console.AuditEvent, error) {
	where := filterAudit(f)
	var rows []auditRow
	if err := s.reader(ctx).Raw(`SELECT * FROM audit_events`+where.where()+` ORDER BY id DESC LIMIT ?`, append(where.args, limit)...).Scan(&rows).Error; err != nil {
		return nil, err
	}
	events := make([]console.AuditEvent, len(rows))
	for i, row := range rows {
		var err error
		if events[i], err = row.event(); err != nil {
			return nil, err
		}
	}
	return events, nil
}
