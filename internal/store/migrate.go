package store

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"time"

	"github.com/gofrs/flock"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/pressly/goose/v3"

	"latchkey/internal/console"
)

//go:embed migrations
var migrations embed.FS

// Migrate brings the schema to what this program knows. Programs that start at
// the same time take turns. A schema that is newer than the program is refused.
func (s *Store) Migrate(ctx context.Context) error {
	provider, err := s.provider()
	if err != nil {
		return fmt.Errorf("migrate: %w", err)
	}
	if _, err := provider.Up(ctx); err != nil {
		if refused, ok := errors.AsType[*pgconn.ConnectError](err); ok && console.CodeOf(translate(refused)) == console.CodeUnavailable {
			return console.Unavailable(err)
		}
		return fmt.Errorf("migrate: %w", err)
	}
	applied, err := provider.GetDBVersion(ctx)
	if err != nil {
		return fmt.Errorf("migrate: read the schema's version: %w", err)
	}
	sources := provider.ListSources()
	if newest := sources[len(sources)-1].Version; applied > newest {
		return fmt.Errorf("migrate: the database has schema %d, which is newer than the %d that this program knows", applied, newest)
	}
	return nil
}

func (s *Store) provider() (*goose.Provider, error) {
	kind, folder, locker, err := s.dialect.migrations()
	if err != nil {
		return nil, err
	}
	files, err := fs.Sub(migrations, folder)
	if err != nil {
		return nil, err
	}
	pool, err := s.write.DB()
	if err != nil {
		return nil, err
	}
	return goose.NewProvider(kind, pool, files, goose.WithSessionLocker(locker), goose.WithDisableGlobalRegistry(true),
		goose.WithSlog(s.log))
}

// fileLock makes programs that migrate one SQLite file take turns. It is a
// lock.SessionLocker; the file beside the database stays, empty.
type fileLock struct{ *flock.Flock }

func newFileLock(path string) fileLock { return fileLock{flock.New(path)} }

func (l fileLock) SessionLock(ctx context.Context, _ *sql.Conn) error {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	_, err := l.TryLockContext(ctx, 20*time.Millisecond)
	return err
}

func (l fileLock) SessionUnlock(context.Context, *sql.Conn) error { return l.Unlock() }
