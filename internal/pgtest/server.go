package pgtest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5"
)

var errMissing = errors.New("PostgreSQL is not installed: apt-get install postgresql, or set TEST_DATABASE_URL")

const folderPrefix = "latchkey-pg-"

// keeper runs the server ("$2" and on) while its standard input is open. The
// test process holds the other end of that pipe, so the server stops and the
// folder ("$1") goes as soon as the process ends, even by SIGKILL.
const keeper = `
trap '' HUP INT TERM
folder=$1; shift
exec 3<&0
"$@" 3<&- </dev/null &
server=$!
(read -r nothing <&3; kill -QUIT $server) &
watcher=$!
wait $server
rm -rf "$folder"
kill -KILL $watcher`

// startServer starts a server that trades safety for speed and listens on a
// socket only. Its time zone is not UTC, so that a time that loses its zone on
// the way is noticed.
func startServer() (*server, error) {
	bin, err := binaries()
	if err != nil {
		return nil, err
	}
	base := memoryOr(os.TempDir())
	sweepFolders(base)
	folder, lock, err := newFolder(base)
	if err != nil {
		return nil, err
	}
	owner, err := unprivileged(folder)
	if err != nil {
		return nil, err
	}
	data := filepath.Join(folder, "data")
	initdb := exec.Command(filepath.Join(bin, "initdb"), "-D", data, "-U", "postgres", "-A", "trust",
		"-E", "UTF8", "--locale=C.UTF-8", "--no-sync", "--no-instructions")
	initdb.Dir, initdb.Env, initdb.SysProcAttr = folder, environment(), owner
	if out, err := initdb.CombinedOutput(); err != nil {
		return nil, errors.Join(fmt.Errorf("initdb: %w: %s", err, bytes.TrimSpace(out)), os.RemoveAll(folder))
	}
	log, err := os.Create(filepath.Join(folder, "log"))
	if err != nil {
		return nil, err
	}
	defer log.Close()
	exited, lifeline, err := run(log, owner, filepath.Join(bin, "postgres"), "-D", data, "-k", folder, "-p", "5432",
		"-c", "listen_addresses=", "-c", "timezone=America/Los_Angeles", "-c", "max_connections=200",
		"-c", "fsync=off", "-c", "synchronous_commit=off", "-c", "full_page_writes=off",
		"-c", "autovacuum=off", "-c", "jit=off")
	if err != nil {
		return nil, err
	}
	query := url.Values{"host": {folder}, "port": {"5432"}, "user": {"postgres"}}
	s := &server{
		url:       "postgres:///postgres?" + query.Encode(),
		own:       true,
		held:      []io.Closer{lock, lifeline},
		templates: map[uintptr]func() (string, error){},
	}
	if err := s.wait(exited); err != nil {
		said, _ := io.ReadAll(io.NewSectionReader(log, 0, 1<<16)) // the keeper has removed the folder
		return nil, fmt.Errorf("starting postgres: %w: %s", err, bytes.TrimSpace(said))
	}
	return s, s.chooseStrategy()
}

// binaries finds the folder with postgres and initdb. The one on PATH may be a
// link to it, and Debian puts none there.
func binaries() (string, error) {
	if path, err := exec.LookPath("postgres"); err == nil {
		if path, err = filepath.EvalSymlinks(path); err == nil && complete(filepath.Dir(path)) {
			return filepath.Dir(path), nil
		}
	}
	found, newest := "", 0
	folders, _ := filepath.Glob("/usr/lib/postgresql/*/bin")
	for _, folder := range folders {
		version, err := strconv.Atoi(filepath.Base(filepath.Dir(folder)))
		if err == nil && version > newest && complete(folder) {
			found, newest = folder, version
		}
	}
	if found == "" {
		return "", errMissing
	}
	return found, nil
}

func complete(folder string) bool {
	for _, name := range []string{"postgres", "initdb"} {
		if _, err := exec.LookPath(filepath.Join(folder, name)); err != nil {
			return false
		}
	}
	return true
}

// unprivileged gives folder to the user that the server shall run as and
// returns how to become that user. PostgreSQL refuses to run as root.
func unprivileged(folder string) (*syscall.SysProcAttr, error) {
	attributes := &syscall.SysProcAttr{Setpgid: true} // Ctrl-C must not reach the server before its keeper
	if os.Geteuid() != 0 {
		return attributes, nil
	}
	account, err := user.Lookup("postgres")
	if err != nil {
		if account, err = user.Lookup("nobody"); err != nil {
			return nil, err
		}
	}
	uid, err := strconv.ParseUint(account.Uid, 10, 32)
	if err != nil {
		return nil, err
	}
	gid, err := strconv.ParseUint(account.Gid, 10, 32)
	if err != nil {
		return nil, err
	}
	attributes.Credential = &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}
	return attributes, os.Chown(folder, int(uid), int(gid))
}

// environment is what the server sees: no PG* variable of whoever runs the
// tests may change how it behaves.
func environment() []string {
	return []string{"PATH=" + os.Getenv("PATH"), "LC_ALL=C.UTF-8", "TZ=UTC"}
}

// run starts a command under the keeper of log's folder. The command ends when
// lifeline closes, and exited closes when the command ends.
func run(log *os.File, owner *syscall.SysProcAttr, command ...string) (exited <-chan struct{}, lifeline io.Closer, err error) {
	folder := filepath.Dir(log.Name())
	cmd := exec.Command("/bin/sh", append([]string{"-c", keeper, "keeper", folder}, command...)...)
	cmd.Dir, cmd.Env, cmd.SysProcAttr = "/", environment(), owner
	// Not the test's own output: go test waits for everyone who holds that.
	cmd.Stdout, cmd.Stderr = log, log
	if lifeline, err = cmd.StdinPipe(); err != nil {
		return nil, nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, nil, err
	}
	done := make(chan struct{})
	go func() {
		cmd.Wait()
		close(done)
	}()
	return done, lifeline, nil
}

func (s *server) wait(exited <-chan struct{}) error {
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	for {
		conn, err := pgx.Connect(ctx, s.url)
		if err == nil {
			return conn.Close(ctx)
		}
		select {
		case <-exited:
			return err
		case <-ctx.Done():
			return err
		case <-time.After(10 * time.Millisecond):
		}
	}
}

// chooseStrategy copies files where that is possible: without fsync it is three
// times as fast as going through the log.
func (s *server) chooseStrategy() error {
	var version int
	if err := s.query(&version, "SELECT current_setting('server_version_num')::int"); err != nil {
		return err
	}
	if version >= 150000 {
		s.strategy = " STRATEGY file_copy"
	}
	return nil
}
