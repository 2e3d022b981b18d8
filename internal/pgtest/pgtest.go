// Package pgtest gives every test a PostgreSQL database of its own.
//
// One server is started for a test process, from the programs that the machine
// has installed, and ends with the process however that ends. If
// TEST_DATABASE_URL names a server, that one is used: new databases are made
// beside the one it names, which is connected to and never changed. Its role
// needs CREATEDB.
package pgtest

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"reflect"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// Server returns the URL of this process's server and of a database on it
// that always exists. The test is skipped if the machine has no PostgreSQL, and
// fails instead where CI is "true" or LATCHKEY_TEST_REQUIRE is "1".
func Server(t testing.TB) string {
	t.Helper()
	s, err := theServer()
	switch {
	case errors.Is(err, errMissing) && !required():
		t.Skip(err)
	case err != nil:
		t.Fatalf("PostgreSQL for tests: %v", err)
	}
	return s.url
}

// New returns the URL of a fresh database in the state that migrate leaves one
// in; it is dropped when the test ends. In a process migrate runs once for all
// tests that pass the same function, on a database that the others are copied
// from, and must close its connections before it returns. Functions are told
// apart by their code: closures of one literal count as the same.
func New(t testing.TB, migrate func(url string) error) string {
	t.Helper()
	Server(t)
	s, _ := theServer()
	template, err := s.template(migrate)
	if err != nil {
		t.Fatalf("preparing the database that tests copy: %v", err)
	}
	name := newName("test")
	if err := s.exec("CREATE DATABASE " + name + " TEMPLATE " + template + s.strategy); err != nil {
		t.Fatalf("copying database %s: %v", template, err)
	}
	t.Cleanup(func() {
		if err := s.drop(name); err != nil {
			t.Errorf("dropping the test's database: %v", err)
		}
	})
	return s.database(name)
}

var theServer = sync.OnceValues(func() (*server, error) {
	if given := os.Getenv("TEST_DATABASE_URL"); given != "" {
		return useServer(given)
	}
	return startServer()
})

func required() bool {
	return os.Getenv("CI") == "true" || os.Getenv("LATCHKEY_TEST_REQUIRE") == "1"
}

type server struct {
	url      string
	own      bool   // started by this process, so nobody else sees its databases
	strategy string // how CREATE DATABASE copies a template

	// held is what the end of the process shall close, and nothing before it.
	held []io.Closer

	mu        sync.Mutex
	templates map[uintptr]func() (string, error)
}

// useServer checks that given is a server that lets us create databases.
func useServer(given string) (*server, error) {
	u, err := url.Parse(given)
	if err != nil || (u.Scheme != "postgres" && u.Scheme != "postgresql") {
		return nil, errors.New("TEST_DATABASE_URL must be a URL: postgres://user:password@host:port/database")
	}
	s := &server{url: given, templates: map[uintptr]func() (string, error){}}
	var allowed bool
	err = s.query(&allowed, "SELECT rolcreatedb OR rolsuper FROM pg_roles WHERE rolname = current_user")
	if err == nil && !allowed {
		err = errors.New("the role of TEST_DATABASE_URL needs CREATEDB")
	}
	return s, err
}

// template returns the name of a database that migrate has prepared.
func (s *server) template(migrate func(url string) error) (string, error) {
	key := reflect.ValueOf(migrate).Pointer()
	s.mu.Lock()
	once, ok := s.templates[key]
	if !ok {
		once = sync.OnceValues(func() (string, error) { return s.prepare(migrate) })
		s.templates[key] = once
	}
	s.mu.Unlock()
	return once()
}

func (s *server) prepare(migrate func(url string) error) (string, error) {
	if s.own {
		return s.migrated(newName("work"), migrate)
	}
	return s.prepareShared(migrate)
}

// migrated creates database name and lets migrate fill it.
func (s *server) migrated(name string, migrate func(url string) error) (string, error) {
	if err := s.exec("CREATE DATABASE " + name); err != nil {
		return "", err
	}
	if err := migrate(s.database(name)); err != nil {
		return "", errors.Join(err, s.drop(name))
	}
	return name, nil
}

// database returns the URL of database name on s.
func (s *server) database(name string) string {
	u, err := url.Parse(s.url)
	if err != nil {
		panic(err) // useServer or startServer made sure
	}
	u.Path = "/" + name
	return u.String()
}

func (s *server) drop(name string) error {
	return s.exec("DROP DATABASE IF EXISTS " + name + " WITH (FORCE)")
}

func (s *server) exec(sql string) error {
	return s.connected(func(ctx context.Context, conn *pgx.Conn) error {
		_, err := conn.Exec(ctx, sql)
		return err
	})
}

func (s *server) query(into any, sql string, args ...any) error {
	return s.connected(func(ctx context.Context, conn *pgx.Conn) error {
		return conn.QueryRow(ctx, sql, args...).Scan(into)
	})
}

// connected runs do on a connection of its own. Its error never tells the URL,
// which may hold a password.
func (s *server) connected(do func(ctx context.Context, conn *pgx.Conn) error) error {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	conn, err := pgx.Connect(ctx, s.url)
	if err != nil {
		if refused, ok := errors.AsType[*pgconn.PgError](err); ok {
			return refused
		}
		return fmt.Errorf("connecting: %w", err)
	}
	defer conn.Close(ctx)
	return do(ctx, conn)
}

// Names tell when a database was made, so that what a killed process left on a
// shared server can be recognised: see sweepShared.
func newName(kind string) string {
	return namePrefix + kind + "_" + strconv.FormatInt(time.Now().Unix(), 10) + "_" + strings.ToLower(rand.Text()[:12])
}

const namePrefix = "latchkey_"
