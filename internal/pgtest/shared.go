package pgtest

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"os"
	"reflect"
	"runtime"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
)

const (
	// reuseFor is shorter than keepFor by more than a test process lives, so
	// that no process sweeps a template while another copies it.
	reuseFor = 12 * time.Hour
	keepFor  = 24 * time.Hour

	// prepareLock is the advisory lock under which templates are made.
	prepareLock = 0x6c617463686b6579
)

// prepareShared is prepare for a server that other processes use as well. The
// template's name ends in a hash of this program, and with it of the
// migrations inside, so that a rerun finds the one of the first run.
func (s *server) prepareShared(migrate func(url string) error) (string, error) {
	hash, err := programHash(migrate)
	if err != nil {
		return "", err
	}
	var template string
	err = s.connected(func(ctx context.Context, conn *pgx.Conn) error {
		if _, err := conn.Exec(ctx, "SELECT pg_advisory_lock($1)", int64(prepareLock)); err != nil {
			return err
		}
		names, err := ours(ctx, conn)
		if err != nil {
			return err
		}
		if template = fresh(names, hash); template != "" {
			return nil
		}
		if err := s.sweepShared(names); err != nil {
			return err
		}
		work, err := s.migrated(newName("work"), migrate)
		if err != nil {
			return err
		}
		// The name changes last: whoever finds it finds it complete.
		template = namePrefix + "tpl_" + strconv.FormatInt(time.Now().Unix(), 10) + "_" + hash
		_, err = conn.Exec(ctx, "ALTER DATABASE "+work+" RENAME TO "+template)
		return err
	})
	return template, err
}

func programHash(migrate func(url string) error) (string, error) {
	path, err := os.Executable()
	if err != nil {
		return "", err
	}
	file, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer file.Close()
	sum := sha256.New()
	if _, err := io.Copy(sum, file); err != nil {
		return "", err
	}
	io.WriteString(sum, runtime.FuncForPC(reflect.ValueOf(migrate).Pointer()).Name())
	return hex.EncodeToString(sum.Sum(nil)[:8]), nil
}

// ours lists what this role may copy and drop.
func ours(ctx context.Context, conn *pgx.Conn) ([]string, error) {
	rows, err := conn.Query(ctx, `
		SELECT datname FROM pg_database
		WHERE starts_with(datname, $1) AND pg_get_userbyid(datdba) = current_user`, namePrefix)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, pgx.RowTo[string])
}

func fresh(names []string, hash string) string {
	for _, name := range names {
		kind, age, ok := parseName(name)
		if ok && kind == "tpl" && age < reuseFor && strings.HasSuffix(name, "_"+hash) {
			return name
		}
	}
	return ""
}

// sweepShared drops what is too old to belong to a running process.
func (s *server) sweepShared(names []string) error {
	var errs []error
	for _, name := range names {
		if _, age, ok := parseName(name); ok && age > keepFor {
			errs = append(errs, s.drop(name))
		}
	}
	return errors.Join(errs...)
}

// parseName reads a name that newName or prepareShared made; ok is false for
// any other, which is none of our business.
func parseName(name string) (kind string, age time.Duration, ok bool) {
	parts := strings.Split(strings.TrimPrefix(name, namePrefix), "_")
	if len(parts) != 3 || (parts[0] != "test" && parts[0] != "work" && parts[0] != "tpl") {
		return "", 0, false
	}
	born, err := strconv.ParseInt(parts[1], 10, 64)
	if err != nil {
		return "", 0, false
	}
	return parts[0], time.Since(time.Unix(born, 0)), true
}
