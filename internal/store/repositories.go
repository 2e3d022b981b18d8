package store

import (
	"context"
	"time"

	"latchkey/internal/console"
)

type repositoryRow struct {
	GUID        string `gorm:"column:guid;primaryKey"`
	Name        string
	NameFolded  string
	Kind        string
	Description string
	CreatedAt   int64 `gorm:"autoCreateTime:false"`
	UpdatedAt   int64 `gorm:"autoUpdateTime:false"`
	Version     int
}

func (repositoryRow) TableName() string { return "repositories" }

func (r repositoryRow) repository() console.Repository {
	return console.Repository{
		GUID: console.GUID(r.GUID), Name: r.Name, Kind: console.RepositoryKind(r.Kind), Description: r.Description,
		CreatedAt: fromMillis(r.CreatedAt), UpdatedAt: fromMillis(r.UpdatedAt), Version: r.Version,
	}
}

// InsertRepository adds r and, for a view, its connections.
func (s *Store) InsertRepository(ctx context.Context, r console.Repository) error {
	err := s.writer(ctx).Create(&repositoryRow{
		GUID: string(r.GUID), Name: r.Name, NameFolded: console.Fold(r.Name), Kind: string(r.Kind),
		Description: r.Description, CreatedAt: millis(r.CreatedAt), UpdatedAt: millis(r.UpdatedAt), Version: r.Version,
	}).Error
	if err != nil {
		return err
	}
	return s.insertConnections(ctx, r)
}

func (s *Store) insertConnections(ctx context.Context, r console.Repository) error {
	for _, c := range r.Connections {
		err := s.writer(ctx).Exec(`INSERT INTO connections (view_guid, repository_guid, filter) VALUES (?, ?, ?)`,
			string(r.GUID), string(c.Repository.GUID), c.Filter).Error
		if err != nil {
			return err
		}
	}
	return nil
}

// UpdateRepository writes r, which was at version when it was read; it is a
// conflict if it no longer is.
func (s *Store) UpdateRepository(ctx context.Context, r console.Repository, version int) error {
	done := s.writer(ctx).Exec(`UPDATE repositories SET name = ?, name_folded = ?, description = ?, updated_at = ?, version = version + 1
		WHERE guid = ? AND version = ?`, r.Name, console.Fold(r.Name), r.Description, millis(r.UpdatedAt), string(r.GUID), version)
	if done.Error != nil {
		return done.Error
	}
	if done.RowsAffected != 1 {
		return console.Stale(r.AsTarget())
	}
	if err := s.writer(ctx).Exec(`DELETE FROM connections WHERE view_guid = ?`, string(r.GUID)).Error; err != nil {
		return err
	}
	return s.insertConnections(ctx, r)
}

// DeleteRepository removes the repository and the tokens that belong to it
// alone. Whether that is allowed has been checked.
func (s *Store) DeleteRepository(ctx context.Context, guid console.GUID) error {
	if err := s.lockTokensIn(ctx, guid); err != nil {
		return err
	}
	err := s.writer(ctx).Exec(`DELETE FROM tokens WHERE id IN (SELECT token_id FROM token_repositories WHERE repository_guid = ?)
		AND NOT EXISTS (SELECT 1 FROM token_repositories tr WHERE tr.token_id = tokens.id AND tr.repository_guid <> ?)`,
		string(guid), string(guid)).Error
	if err != nil {
		return err
	}
	if err := s.writer(ctx).Exec(`DELETE FROM token_repositories WHERE repository_guid = ?`, string(guid)).Error; err != nil {
		return err
	}
	return s.writer(ctx).Exec(`DELETE FROM repositories WHERE guid = ?`, string(guid)).Error
}

// lockTokensIn locks all tokens of a repository in the order of LockTokens, so that who
// changes some of them, or deletes another of their repositories, comes before or after.
func (s *Store) lockTokensIn(ctx context.Context, repository console.GUID) error {
	locking := s.dialect.locking()
	if locking == "" {
		return nil
	}
	return s.writer(ctx).Exec(`SELECT COUNT(*) FROM (SELECT t.id FROM tokens t
		WHERE t.id IN (SELECT token_id FROM token_repositories WHERE repository_guid = ?) ORDER BY t.id`+locking+`) AS locked`, string(repository)).Error
}

// FindRepository returns the repository with that GUID.
func (s *Store) FindRepository(ctx context.Context, guid console.GUID) (console.Repository, error) {
	return s.oneRepository(ctx, "guid = ?", string(guid))
}

// FindRepositoryByName returns the repository with that name, in any case.
func (s *Store) FindRepositoryByName(ctx context.Context, name string) (console.Repository, error) {
	return s.oneRepository(ctx, "name_folded = ?", console.Fold(name))
}

func (s *Store) oneRepository(ctx context.Context, condition, value string) (console.Repository, error) {
	var row repositoryRow
	if err := s.reader(ctx).Where(condition, value).Take(&row).Error; err != nil {
		return console.Repository{}, err
	}
	repository := row.repository()
	var connections []struct{ GUID, Name, Filter string }
	err := s.reader(ctx).Raw(`SELECT r.guid, r.name, c.filter FROM connections c
		JOIN repositories r ON r.guid = c.repository_guid WHERE c.view_guid = ? ORDER BY r.name_folded`, row.GUID).Scan(&connections).Error
	for _, c := range connections {
		repository.Connections = append(repository.Connections, console.Connection{
			Repository: console.RepositoryRef{GUID: console.GUID(c.GUID), Name: c.Name}, Filter: c.Filter,
		})
	}
	return repository, err
}

// LockRepositories makes the repositories stay as they are until the
// transaction ends, and returns them; a missing one is not_found.
func (s *Store) LockRepositories(ctx context.Context, guids []console.GUID) ([]console.RepositoryRef, error) {
	var rows []struct{ GUID, Name string }
	err := s.writer(ctx).Raw(`SELECT t.guid, t.name FROM repositories t WHERE t.guid IN ? ORDER BY t.guid`+s.dialect.keeping(), guids).Scan(&rows).Error
	if err != nil {
		return nil, err
	}
	if len(rows) != len(guids) {
		return nil, console.NotFound()
	}
	refs := make([]console.RepositoryRef, len(rows))
	for i, row := range rows {
		refs[i] = console.RepositoryRef{GUID: console.GUID(row.GUID), Name: row.Name}
	}
	return refs, nil
}

// LockRepository is FindRepository for a transaction that will change or
// delete it: no token joins it meanwhile.
func (s *Store) LockRepository(ctx context.Context, guid console.GUID) (console.Repository, error) {
	var locked string
	err := s.writer(ctx).Raw(`SELECT t.guid FROM repositories t WHERE t.guid = ?`+s.dialect.locking(), string(guid)).Scan(&locked).Error
	if err != nil {
		return console.Repository{}, err
	}
	return s.FindRepository(ctx, guid)
}

// RepositoryUse says what stands in the way of deleting a repository.
type RepositoryUse struct {
	// Live counts the tokens that are or may become active.
	Live int
	// Inactive counts the tokens that ended.
	Inactive int
	// Views counts the views that read from it.
	Views int
}

// FindRepositoryUse counts what uses the repository at now.
func (s *Store) FindRepositoryUse(ctx context.Context, guid console.GUID, now time.Time) (RepositoryUse, error) {
	var use RepositoryUse
	err := s.reader(ctx).Raw(`SELECT
			COALESCE(SUM(CASE WHEN t.revoked_at IS NULL AND t.ends_at > ? THEN 1 ELSE 0 END), 0) AS live,
			COALESCE(SUM(CASE WHEN t.revoked_at IS NULL AND t.ends_at > ? THEN 0 ELSE 1 END), 0) AS inactive,
			(SELECT COUNT(*) FROM connections WHERE repository_guid = ?) AS views
		FROM token_repositories tr JOIN tokens t ON t.id = tr.token_id WHERE tr.repository_guid = ?`,
		millis(now), millis(now), string(guid), string(guid)).Scan(&use).Error
	return use, err
}
