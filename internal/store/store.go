// Package store keeps the console's nouns in a database, SQLite or PostgreSQL.
// It is the only package that knows SQL, GORM and drivers. It authorises
// nobody: whoever calls it has been checked.
package store

import (
	"context"
	"database/sql"
	"fmt"
	"log/slog"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/logger"

	"latchkey/internal/console"
)

// Store is a database, or a transaction in one: callers cannot tell.
// Its errors are *console.Error where the console has a word for them.
type Store struct {
	write *gorm.DB
	read  *gorm.DB
	// query reads rows in place of GORM; nil in a transaction, where GORM does.
	query query
	// asks are those of verification.
	asks    *asks
	dialect dialect
	// samples tell how much parts of filters keep.
	samples *samples
	log     *slog.Logger
	// told are told of events that were recorded here.
	told []func([]console.AuditEvent)
	// tx is what a transaction recorded; nil outside of one.
	tx    *[]console.AuditEvent
	begin Begin
}

// Open opens the database at databaseURL, "sqlite:FILE" or "postgres://...".
// Migrations are told to log. It does not migrate, and reaches the database no
// sooner than it is asked something.
func Open(_ context.Context, databaseURL string, log *slog.Logger) (*Store, error) {
	dialect, err := dialectOf(databaseURL)
	if err != nil {
		return nil, err
	}
	config := func() *gorm.Config {
		return &gorm.Config{
			SkipDefaultTransaction: true,
			TranslateError:         true,
			// Errors are logged where they are answered; statements can hold hashes of secrets.
			Logger: logger.Discard,
		}
	}
	write, read, err := dialect.open(config)
	if err != nil {
		return nil, fmt.Errorf("open the database: %w", err)
	}
	asks, err := dialect.openAsks()
	if err != nil {
		return nil, fmt.Errorf("open the database: %w", err)
	}
	for _, db := range []*gorm.DB{read, write} {
		// The one callback of GORM that sets its error without translating it.
		err := db.Callback().Row().After("gorm:row").Replace("latchkey:translate", func(db *gorm.DB) { db.Error = translate(db.Error) })
		if err != nil {
			return nil, err
		}
	}
	pool, err := read.DB()
	if err != nil {
		return nil, fmt.Errorf("open the database: %w", err)
	}
	return &Store{write: write, read: read, query: dialect.query(pool), asks: asks, dialect: dialect, samples: &samples{}, log: log}, nil
}

// Close ends all connections; statements under way fail.
func (s *Store) Close() error {
	for _, db := range s.handles() {
		pool, err := db.DB()
		if err == nil {
			err = pool.Close()
		}
		if err != nil {
			return err
		}
	}
	return s.asks.db.Close()
}

// Ping reports whether the database answers and holds the schema of this program.
func (s *Store) Ping(ctx context.Context) error {
	var name string
	return s.reader(ctx).Raw(`SELECT id FROM keys LIMIT 1`).Scan(&name).Error
}

// Now is the time by the database's own clock.
func (s *Store) Now(ctx context.Context) (time.Time, error) {
	var ms int64
	err := s.reader(ctx).Raw(s.dialect.clock()).Scan(&ms).Error
	return fromMillis(ms), err
}

// Pools are the pools of connections by what they are for, to be watched.
func (s *Store) Pools() map[string]*sql.DB {
	pools := map[string]*sql.DB{}
	for name, db := range s.handles() {
		if pool, err := db.DB(); err == nil {
			pools[name] = pool
		}
	}
	pools["verification"] = s.asks.db
	return pools
}

// handles are the handles by what they are for.
func (s *Store) handles() map[string]*gorm.DB {
	if s.read == s.write {
		return map[string]*gorm.DB{"all": s.write}
	}
	return map[string]*gorm.DB{"read": s.read, "write": s.write}
}

// Tx runs do in one transaction: all of it happens, or nothing.
func (s *Store) Tx(ctx context.Context, do func(tx *Store) error) error {
	if s.tx != nil {
		return do(s)
	}
	var recorded []console.AuditEvent
	// Also after an error: it may be that of a commit that happened.
	defer func() {
		for _, tell := range s.told {
			tell(recorded)
		}
	}()
	return s.observed(ctx, func() string { return "TRANSACTION" }, func() error {
		return s.write.WithContext(ctx).Transaction(func(db *gorm.DB) error {
			recorded = nil
			return do(&Store{write: db, read: db, dialect: s.dialect, samples: s.samples, tx: &recorded})
		})
	})
}

// OnRecorded has tell called with the events of every transaction of this Store,
// when it is over and before its Tx returns. Call it before anything else.
func (s *Store) OnRecorded(tell func([]console.AuditEvent)) { s.told = append(s.told, tell) }

// Exclusive makes transactions that name the same thing take turns until they end.
func (s *Store) Exclusive(ctx context.Context, name string) error {
	return s.dialect.exclusive(s.writer(ctx), name)
}

func (s *Store) reader(ctx context.Context) *gorm.DB { return s.read.WithContext(ctx) }
func (s *Store) writer(ctx context.Context) *gorm.DB { return s.write.WithContext(ctx) }

// never is the millisecond that stands for "no end" in generated columns.
const never int64 = 253402300799999

// millis is how times are kept: UTC milliseconds since 1970.
func millis(t time.Time) int64 { return t.UnixMilli() }

func fromMillis(ms int64) time.Time { return time.UnixMilli(ms).UTC() }

// optional is millis for times that may be absent.
func optional(t time.Time) *int64 {
	if t.IsZero() {
		return nil
	}
	ms := millis(t)
	return &ms
}

// reference is a column that may point at nothing.
func reference(guid console.GUID) *string {
	if guid == "" {
		return nil
	}
	text := string(guid)
	return &text
}

func fromOptional(ms *int64) time.Time {
	if ms == nil {
		return time.Time{}
	}
	return fromMillis(*ms)
}
