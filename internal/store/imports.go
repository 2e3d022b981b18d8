package store

import (
	"context"
	"time"

	"latchkey/internal/console"
)

type importRow struct {
	GUID      string `gorm:"column:guid;primaryKey"`
	UserGUID  string `gorm:"column:user_guid"`
	File      string
	Content   []byte
	CreatedAt int64 `gorm:"autoCreateTime:false"`
}

func (importRow) TableName() string { return "token_imports" }

// InsertImport keeps a file of tokens to be made.
func (s *Store) InsertImport(ctx context.Context, i console.Import) error {
	return s.writer(ctx).Create(&importRow{string(i.GUID), string(i.User), i.File, i.Content, millis(i.CreatedAt)}).Error
}

// FindImport returns the import with that GUID, of that person.
func (s *Store) FindImport(ctx context.Context, user, guid console.GUID) (console.Import, error) {
	var rows []importRow
	err := s.reader(ctx).Raw(`SELECT * FROM token_imports WHERE guid = ? AND user_guid = ?`, string(guid), string(user)).Scan(&rows).Error
	if err != nil {
		return console.Import{}, err
	}
	if len(rows) == 0 {
		return console.Import{}, console.NotFound()
	}
	return rows[0].imported(), nil
}

// ListImports returns somebody's imports without their content, the newest
// first, at most that many.
func (s *Store) ListImports(ctx context.Context, user console.GUID, limit int) ([]console.Import, error) {
	var rows []importRow
	err := s.reader(ctx).Raw(`SELECT guid, user_guid, file, created_at FROM token_imports WHERE user_guid = ? ORDER BY created_at DESC, guid LIMIT ?`,
		string(user), limit).Scan(&rows).Error
	imports := make([]console.Import, len(rows))
	for i, row := range rows {
		imports[i] = row.imported()
	}
	return imports, err
}

// DeleteImports forgets the files that were kept before then.
func (s *Store) DeleteImports(ctx context.Context, before time.Time) error {
	return s.writer(ctx).Exec(`DELETE FROM token_imports WHERE created_at < ?`, millis(before)).Error
}

// DeleteOldImports forgets all but the newest files of somebody.
func (s *Store) DeleteOldImports(ctx context.Context, user console.GUID, keep int) error {
	return s.writer(ctx).Exec(`DELETE FROM token_imports WHERE user_guid = ? AND guid NOT IN (
		SELECT guid FROM token_imports WHERE user_guid = ? ORDER BY created_at DESC, guid LIMIT ?)`, string(user), string(user), keep).Error
}

func (r importRow) imported() console.Import {
	return console.Import{GUID: console.GUID(r.GUID), User: console.GUID(r.UserGUID), File: r.File, Content: r.Content, CreatedAt: fromMillis(r.CreatedAt)}
}
