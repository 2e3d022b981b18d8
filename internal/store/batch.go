package store

import (
	"context"
	"errors"

	"gorm.io/gorm"
)

// TxOfBatch is Tx for one whose statements change a bounded number of rows each: what
// undoes a statement that fails is kept in memory, where else a file is written for it.
func (s *Store) TxOfBatch(ctx context.Context, do func(tx *Store) error) error {
	begin, end := s.dialect.batching()
	if begin == "" {
		return s.Tx(ctx, do)
	}
	return s.write.WithContext(ctx).Connection(func(conn *gorm.DB) (err error) {
		if err := conn.Exec(begin).Error; err != nil {
			return err
		}
		defer func() {
			err = errors.Join(err, conn.WithContext(context.WithoutCancel(ctx)).Exec(end).Error)
		}()
		on := *s
		on.write = conn
		return on.Tx(ctx, do)
	})
}

// batching is not usual: some statements change more than there is memory for.
func (sqliteDialect) batching() (begin, end string) {
	return `PRAGMA temp_store = memory`, `PRAGMA temp_store = default`
}

func (postgresDialect) batching() (begin, end string) { return "", "" }
