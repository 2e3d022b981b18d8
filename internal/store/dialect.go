package store

import (
	"context"
	"database/sql"
	sqldriver "database/sql/driver"
	"fmt"
	"hash/fnv"
	"iter"
	"net/url"
	"path/filepath"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/ncruces/go-sqlite3"
	"github.com/ncruces/go-sqlite3/driver"
	"github.com/ncruces/go-sqlite3/ext/fts5"
	"github.com/ncruces/go-sqlite3/gormlite"
	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"
	"gorm.io/driver/postgres"
	"gorm.io/gorm"
)

// dialect is all that differs between the databases.
type dialect interface {
	// open returns the writing and the reading handle, which may be one.
	open(config func() *gorm.Config) (write, read *gorm.DB, err error)
	// query is how rows are read faster than GORM does.
	query(pool *sql.DB) query
	// openAsks returns the connections of verification.
	openAsks() (*asks, error)
	// hashes is what comes behind a column that is one of these, and the values for it.
	hashes(values [][]byte) (among string, args []any)
	// snapshot is for a transaction that reads, all as of one moment.
	snapshot() *sql.TxOptions
	// listen calls heard when somebody may have recorded something, until ctx or
	// the connection ends.
	listen(ctx context.Context, heard func()) error
	// migrations names the goose dialect and the folder, and how starts take turns.
	migrations() (goose.Dialect, string, lock.SessionLocker, error)
	exclusive(tx *gorm.DB, name string) error
	// locking ends a SELECT whose rows nobody else may change until the transaction ends.
	locking() string
	// lockingFree is locking, and passes over the rows that somebody else has locked.
	lockingFree() string
	// changing is locking for rows whose key stays: others may go on to refer to them.
	changing() string
	// changingFree is changing, and passes over the rows that somebody else has locked.
	changingFree() string
	// sharing ends a SELECT whose rows nobody may change until the transaction
	// ends, though several transactions may ask for that.
	sharing() string
	// keeping ends a SELECT whose rows nobody else may delete until the transaction ends.
	keeping() string
	// keepingFree is keeping, and passes over the rows that somebody else has locked.
	keepingFree() string
	// blob is the place of bytes in a list of values. It has no parenthesis before
	// it, behind which GORM takes bytes for a list.
	blob() string
	// by has a table read by an index, where the database would not know that it is
	// as good as empty, or would take one that has less of what is asked for.
	by(index string) string
	// byKey has a table read by its key, where the database may take an index that has
	// all that is asked for, and look through it.
	byKey() string
	// readsAlong is whether an entry of an index leads to its row at once, not by its id.
	readsAlong() bool
	// among is the condition that a token t is one of the few that the query selects.
	among(query string) string
	// in is the condition that a token t is one of those whose ids the query selects,
	// as id: they are found once, and then many tokens are asked.
	in(query string) string
	// sets is how many ids are found so at most, and what one of them costs where an
	// entry of an index costs 1.
	sets() (most, each float64)
	// matching is the narrowing by what the trigram index finds for an expression,
	// which says the same as a condition of contains.
	matching(expression, contains string, args []any) narrowing
	// contains is the condition that a column of a token t has needle as a part.
	contains(column, needle string) (string, []any)
	// explain begins a question for a statement's plan; the column has the answer.
	explain() (statement, column string)
	// size selects how many bytes the database takes.
	size() string
	// clock selects the database's time in milliseconds since 1970.
	clock() string
	// nextAuditIDs selects the numbers that the next so many audit events get.
	nextAuditIDs() string
	// batching begins and ends that what undoes a statement is in memory, if it is kept.
	batching() (begin, end string)
	// settleTurns moves what transactions counted to what is counted already;
	// empty where they count there themselves.
	settleTurns() string
	// loadSettings sets up the connection that fills, and returns the statements that
	// end that.
	loadSettings(ctx context.Context, conn *sql.Conn) (usual []string, err error)
	// dropIndexes drops what slows down filling the tables of tokens and
	// returns the statements that make it again; load fills them, in a
	// transaction on conn.
	dropIndexes(ctx context.Context, tx *sql.Tx) ([]string, error)
	load(ctx context.Context, conn *sql.Conn, batches iter.Seq[[][][]any]) error
}

func dialectOf(databaseURL string) (dialect, error) {
	if file, ok := strings.CutPrefix(databaseURL, "sqlite:"); ok && file != "" {
		return sqliteDialect{file: file}, nil
	}
	if strings.HasPrefix(databaseURL, "postgres://") || strings.HasPrefix(databaseURL, "postgresql://") {
		config, err := pgx.ParseConfig(databaseURL)
		if err != nil {
			return nil, fmt.Errorf("the PostgreSQL address can't be read") // err quotes the password
		}
		if !strings.Contains(databaseURL, "sslmode") {
			trustLoopback(config)
		}
		config.RuntimeParams["timezone"] = "UTC"
		// Transactions lock first and then read what those before them wrote.
		config.RuntimeParams["default_transaction_isolation"] = "read committed"
		config.RuntimeParams["jit"] = "off" // it takes longer than any statement of ours
		return postgresDialect{config: config}, nil
	}
	return nil, fmt.Errorf("the database address begins with neither sqlite: nor postgres://")
}

// ---- SQLite: one writer with immediate transactions, a pool of readers.

type sqliteDialect struct{ file string }

const (
	sqliteReaders = 4
	sqliteAskers  = 3 // a batch for each of two cores, and what follows the log
	onlyReading   = "&_pragma=query_only(1)"
)

func (d sqliteDialect) pool(options string, connections int, prepare ...func(*sqlite3.Conn) error) (*sql.DB, error) {
	name := "file:" + (&url.URL{Path: filepath.ToSlash(d.file)}).EscapedPath() +
		"?_timefmt=2006-01-02%2015:04:05.000&_pragma=busy_timeout(5000)&_pragma=journal_mode(wal)" +
		"&_pragma=synchronous(full)&_pragma=foreign_keys(1)&_pragma=cache_size(-16000)"
	connector, err := (&driver.SQLite{}).OpenConnector(name + options)
	if err != nil {
		return nil, err
	}
	pool := sql.OpenDB(keeper{Connector: connector, prepare: func(made sqldriver.Conn) error {
		conn := made.(driver.Conn).Raw()
		for _, prepare := range append(prepare, fts5.Register) {
			if err := prepare(conn); err != nil {
				return err
			}
		}
		return nil
	}})
	pool.SetMaxOpenConns(connections)
	pool.SetMaxIdleConns(connections)
	return pool, nil
}

func (d sqliteDialect) open(config func() *gorm.Config) (write, read *gorm.DB, err error) {
	handle := func(options string, connections int, prepare ...func(*sqlite3.Conn) error) (*gorm.DB, error) {
		pool, err := d.pool(options, connections, prepare...)
		if err != nil {
			return nil, err
		}
		return gorm.Open(translated{gormlite.OpenDB(pool)}, config())
	}
	if write, err = handle("&_txlock=immediate", 1); err != nil {
		return nil, nil, err
	}
	read, err = handle(onlyReading, sqliteReaders, keepPlans)
	return write, read, err
}

// keepPlans has a statement's plan stay as it was prepared. Else SQLite, once it
// has statistics, makes it anew for other values, such as the time, which takes as
// long as the statement does.
func keepPlans(c *sqlite3.Conn) error {
	_, err := c.Config(sqlite3.DBCONFIG_ENABLE_QPSG, true)
	return err
}

func (sqliteDialect) query(pool *sql.DB) query { return querySQLite(pool) }

func (d sqliteDialect) openAsks() (*asks, error) {
	db, err := d.pool(onlyReading, sqliteAskers, keepPlans)
	return &asks{db: db, query: querySQLite(db)}, err
}

// snapshot is every transaction: it reads what was there when it began to.
func (sqliteDialect) snapshot() *sql.TxOptions { return &sql.TxOptions{ReadOnly: true} }

// listen hears nothing: SQLite tells no other process.
func (sqliteDialect) listen(ctx context.Context, _ func()) error {
	<-ctx.Done()
	return ctx.Err()
}

func (d sqliteDialect) migrations() (goose.Dialect, string, lock.SessionLocker, error) {
	return goose.DialectSQLite3, "migrations/sqlite", newFileLock(d.file + ".lock"), nil
}

// exclusive has nothing to do: a writing transaction is alone from its start.
func (sqliteDialect) exclusive(*gorm.DB, string) error { return nil }

func (sqliteDialect) explain() (statement, column string) { return `EXPLAIN QUERY PLAN `, "detail" }

func (sqliteDialect) size() string {
	return `SELECT page_count * page_size FROM pragma_page_count(), pragma_page_size()`
}

// clock is that of this machine, by another way.
func (sqliteDialect) clock() string { return `SELECT CAST(unixepoch('subsec') * 1000 AS INTEGER)` }

// nextAuditIDs counts as AUTOINCREMENT does: a number never comes twice.
func (sqliteDialect) nextAuditIDs() string {
	return `WITH RECURSIVE counted (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM counted WHERE n < ?)
		SELECT COALESCE((SELECT seq FROM sqlite_sequence WHERE name = 'audit_events'), 0) + n FROM counted ORDER BY n`
}

func (sqliteDialect) settleTurns() string { return "" }

func (sqliteDialect) locking() string  { return "" }
func (sqliteDialect) changing() string { return "" }
func (sqliteDialect) sharing() string  { return "" }
func (sqliteDialect) keeping() string  { return "" }

func (sqliteDialect) keepingFree() string  { return "" }
func (sqliteDialect) lockingFree() string  { return "" }
func (sqliteDialect) changingFree() string { return "" }

func (sqliteDialect) blob() string { return "?" }

func (sqliteDialect) by(index string) string { return " INDEXED BY " + index }

// byKey is for statistics that tell of few rows, which may have become many.
func (sqliteDialect) byKey() string { return " NOT INDEXED" }

func (sqliteDialect) among(query string) string { return "t.id IN (" + query + ")" }

func (sqliteDialect) in(query string) string { return "t.id IN (" + query + ")" }

// sets has them in a B-tree, which is slow once it is large.
func (sqliteDialect) sets() (most, each float64) { return 20_000, 3 }

// contains takes less time than LIKE does.
func (sqliteDialect) contains(column, needle string) (string, []any) {
	return "instr(t." + column + ", ?) > 0", []any{needle}
}

func (d sqliteDialect) matching(expression, contains string, args []any) narrowing {
	return narrowing{
		few: d.among(`SELECT rowid FROM tokens_search WHERE tokens_search MATCH ?`), args: []any{expression},
		many: contains, manyArgs: args,
	}
}

// ---- PostgreSQL

type postgresDialect struct{ config *pgx.ConnConfig }

// Two cores answered most from eight connections; more only queue inside the server.
const (
	postgresConnections = 16
	postgresAskers      = 4
)

func (d postgresDialect) pool(connections int) *sql.DB {
	pool := stdlib.OpenDB(*d.config)
	pool.SetMaxOpenConns(connections)
	pool.SetMaxIdleConns(connections)
	pool.SetConnMaxIdleTime(5 * time.Minute)
	return pool
}

func (d postgresDialect) open(config func() *gorm.Config) (write, read *gorm.DB, err error) {
	gormConfig := config()
	gormConfig.DisableAutomaticPing = true
	db, err := gorm.Open(translated{postgres.New(postgres.Config{Conn: d.pool(postgresConnections)})}, gormConfig)
	return db, db, err
}

func (postgresDialect) query(pool *sql.DB) query { return queryPostgres(pool) }

// openAsks has a statement planned once, and not again for other values: from one
// row to the next by indexes, however few rows there were at that time.
func (d postgresDialect) openAsks() (*asks, error) {
	planned := d.config.Copy()
	planned.RuntimeParams["plan_cache_mode"] = "force_generic_plan"
	for _, way := range []string{"seqscan", "bitmapscan", "hashjoin", "mergejoin", "material"} {
		planned.RuntimeParams["enable_"+way] = "off"
	}
	db := postgresDialect{config: planned}.pool(postgresAskers)
	return &asks{db: db, query: queryPostgres(db)}, nil
}

func (postgresDialect) snapshot() *sql.TxOptions {
	return &sql.TxOptions{Isolation: sql.LevelRepeatableRead, ReadOnly: true}
}

// listen waits on a connection of its own.
func (d postgresDialect) listen(ctx context.Context, heard func()) error {
	conn, err := pgx.ConnectConfig(ctx, d.config)
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close(context.WithoutCancel(ctx)) }()
	if _, err := conn.Exec(ctx, "LISTEN latchkey_recorded"); err != nil {
		return err
	}
	for {
		heard() // once at the start, too: something may have come before
		if _, err := conn.WaitForNotification(ctx); err != nil {
			return err
		}
	}
}

func (postgresDialect) migrations() (goose.Dialect, string, lock.SessionLocker, error) {
	locker, err := lock.NewPostgresSessionLocker(lock.WithLockTimeout(1, 60))
	return goose.DialectPostgres, "migrations/postgres", locker, err
}

func (postgresDialect) exclusive(tx *gorm.DB, name string) error {
	hash := fnv.New64a()
	_, _ = hash.Write([]byte(name))
	return tx.Exec(`SELECT pg_advisory_xact_lock(?)`, int64(hash.Sum64())).Error
}

func (postgresDialect) explain() (statement, column string) {
	return `EXPLAIN (ANALYZE, BUFFERS) `, "QUERY PLAN"
}

func (postgresDialect) size() string { return `SELECT pg_database_size(current_database())` }

func (postgresDialect) clock() string {
	return `SELECT CAST(extract(epoch FROM clock_timestamp()) * 1000 AS bigint)`
}

func (postgresDialect) nextAuditIDs() string {
	return `SELECT nextval(pg_get_serial_sequence('audit_events', 'id')) FROM generate_series(1, ?)`
}

func (postgresDialect) settleTurns() string {
	return `WITH moved AS (DELETE FROM turn_counts_fresh RETURNING *)
		INSERT INTO turn_counts SELECT facet, day, was, becomes, SUM(n) FROM moved GROUP BY 1, 2, 3, 4 HAVING SUM(n) <> 0
		ON CONFLICT (facet, day, was, becomes) DO UPDATE SET n = turn_counts.n + excluded.n`
}

func (postgresDialect) locking() string  { return " FOR UPDATE OF t" }
func (postgresDialect) changing() string { return " FOR NO KEY UPDATE OF t" }
func (postgresDialect) sharing() string  { return " FOR SHARE OF t" }
func (postgresDialect) keeping() string  { return " FOR KEY SHARE OF t" }

func (d postgresDialect) keepingFree() string  { return d.keeping() + " SKIP LOCKED" }
func (d postgresDialect) lockingFree() string  { return d.locking() + " SKIP LOCKED" }
func (d postgresDialect) changingFree() string { return d.changing() + " SKIP LOCKED" }

func (postgresDialect) blob() string { return "?::bytea" }

func (postgresDialect) by(string) string { return "" }

func (postgresDialect) byKey() string { return "" }

// The array is made first, so that its few tokens are fetched by their ids.
func (postgresDialect) among(query string) string { return "t.id = ANY (ARRAY (" + query + "))" }

// in says EXISTS, for which PostgreSQL makes a hash table, or looks each token up where
// that would not have the memory. For IN it would go through all ids then.
func (postgresDialect) in(query string) string {
	return "EXISTS (SELECT 1 FROM (" + query + ") AS x WHERE x.id = t.id)"
}

// sets has them in a hash table, which has some megabytes.
func (postgresDialect) sets() (most, each float64) { return 100_000, 2 }

// contains is what a trigram index is asked.
func (postgresDialect) contains(column, needle string) (string, []any) {
	return likeCondition(column, needle)
}

func (d postgresDialect) matching(_, contains string, args []any) narrowing {
	matches := `tokens u WHERE ` + strings.ReplaceAll(contains, "t.", "u.")
	return narrowing{few: d.among(`SELECT u.id FROM ` + matches), args: args, many: contains, manyArgs: args}
}
