package store

import (
	"context"

	"latchkey/internal/console"
)

// ListWholeRepositories returns at most limit of the visible repositories of that
// kind, or of any if it is empty, by name, with what views read from.
func (s *Store) ListWholeRepositories(ctx context.Context, kind console.RepositoryKind, v console.Visibility, limit int) ([]console.Repository, error) {
	var where conditions
	if kind != "" {
		where.add("kind = ?", string(kind))
	}
	if v.Limited && !v.EveryRepository {
		where.add("guid IN ?", listed(v.Repositories))
	}
	return s.wholeRepositories(ctx, where, limit)
}

// FindRepositories returns those of the repositories that exist, by name, with
// what views read from.
func (s *Store) FindRepositories(ctx context.Context, guids []console.GUID) ([]console.Repository, error) {
	var where conditions
	where.add("guid IN ?", listed(guids))
	return s.wholeRepositories(ctx, where, len(guids))
}

func (s *Store) wholeRepositories(ctx context.Context, where conditions, limit int) ([]console.Repository, error) {
	var rows []repositoryRow
	err := s.reader(ctx).Raw(`SELECT * FROM repositories`+where.where()+` ORDER BY name_folded LIMIT ?`, append(where.args, limit)...).Scan(&rows).Error
	if err != nil {
		return nil, err
	}
	repositories := make([]console.Repository, len(rows))
	places := map[string]*console.Repository{}
	var views []string
	for i, row := range rows {
		repositories[i] = row.repository()
		if repositories[i].Kind == console.KindView {
			views, places[row.GUID] = append(views, row.GUID), &repositories[i]
		}
	}
	if len(views) == 0 {
		return repositories, nil
	}
	var connections []struct {
		View               string `gorm:"column:view_guid"`
		GUID, Name, Filter string
	}
	err = s.reader(ctx).Raw(`SELECT c.view_guid, r.guid, r.name, c.filter FROM connections c
		JOIN repositories r ON r.guid = c.repository_guid WHERE c.view_guid IN ? ORDER BY r.name_folded`, views).Scan(&connections).Error
	for _, c := range connections {
		view := places[c.View]
		view.Connections = append(view.Connections, console.Connection{
			Repository: console.RepositoryRef{GUID: console.GUID(c.GUID), Name: c.Name}, Filter: c.Filter,
		})
	}
	return repositories, err
}
