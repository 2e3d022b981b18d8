package store

import (
	"context"

	"latchkey/internal/console"
)

// SeveralRepositories stands for the repository of tokens that belong to more
// than one, so that no request is counted twice; those that belong to none have
// an empty one.
const SeveralRepositories = "several"

// A RepositoryDay is how often tokens of a repository were used on a day.
type RepositoryDay struct {
	// Repository is a GUID, SeveralRepositories or empty.
	Repository       console.GUID
	Day              console.Day
	Allowed, Refused int
}

// ListRepositoryDays returns how often tokens were used on the days from since to
// today.
func (s *Store) ListRepositoryDays(ctx context.Context, since, today console.Day) ([]RepositoryDay, error) {
	return s.repositoryDays(ctx, `SELECT repository_guid, day, allowed, refused FROM repository_days
		WHERE day BETWEEN ? AND ? ORDER BY day, repository_guid`, int(since), int(today))
}

// ListVisibleDays is ListRepositoryDays for the tokens within v only, by looking
// at each. It reports false, and answers nothing, if they are more than limit.
func (s *Store) ListVisibleDays(ctx context.Context, v console.Visibility, since, today console.Day, limit int) ([]RepositoryDay, bool, error) {
	var where conditions
	if sql, args := within(v); sql != "" {
		where.add(sql, args...)
	}
	var ids []int64
	if err := s.reader(ctx).Raw(`SELECT t.id FROM tokens t`+where.where()+` LIMIT ?`, append(where.args, limit+1)...).Scan(&ids).Error; err != nil {
		return nil, false, err
	}
	if len(ids) == 0 || len(ids) > limit {
		return nil, len(ids) == 0, nil
	}
	days, err := s.repositoryDays(ctx, `SELECT COALESCE(r.repository_guid, '') AS repository_guid, d.day,
			SUM(CASE WHEN d.reason = '' THEN d.n ELSE 0 END) AS allowed, SUM(CASE WHEN d.reason = '' THEN 0 ELSE d.n END) AS refused
		FROM token_days d LEFT JOIN (
			SELECT token_id, CASE COUNT(*) WHEN 1 THEN MIN(repository_guid) ELSE '`+SeveralRepositories+`' END AS repository_guid
			FROM token_repositories WHERE token_id IN ? GROUP BY token_id
		) r ON r.token_id = d.token_id
		WHERE d.token_id IN ? AND d.day BETWEEN ? AND ? GROUP BY 1, 2 ORDER BY 2, 1`, ids, ids, int(since), int(today))
	return days, true, err
}

func (s *Store) repositoryDays(ctx context.Context, query string, args ...any) ([]RepositoryDay, error) {
	var rows []struct {
		RepositoryGUID        string `gorm:"column:repository_guid"`
		Day, Allowed, Refused int
	}
	err := s.reader(ctx).Raw(query, args...).Scan(&rows).Error
	days := make([]RepositoryDay, len(rows))
	for i, row := range rows {
		days[i] = RepositoryDay{Repository: console.GUID(row.RepositoryGUID), Day: console.Day(row.Day), Allowed: row.Allowed, Refused: row.Refused}
	}
	return days, err
}

// DeleteOldRepositoryDays removes the counts of days before that one.
func (s *Store) DeleteOldRepositoryDays(ctx context.Context, before console.Day) error {
	return s.writer(ctx).Exec(`DELETE FROM repository_days WHERE day < ?`, int(before)).Error
}
