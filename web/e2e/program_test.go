//go:build e2e

package e2e

import (
	"bytes"
	"context"
	"encoding/hex"
	"io"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"latchkey/internal/cli"
	"latchkey/internal/pgtest"
)

// program is the real program on a fresh, empty database.
type program struct {
	t      *testing.T
	folder string
	env    map[string]string
	// base and setup are the addresses that it printed.
	base, setup string
	output      *record
	log         *record
}

// onBoth runs a test with the real program on SQLite and on PostgreSQL.
func onBoth(t *testing.T, test func(t *testing.T, p *program)) {
	t.Run("sqlite", func(t *testing.T) {
		t.Parallel()
		folder := t.TempDir()
		test(t, start(t, folder, "sqlite:"+filepath.Join(folder, "latchkey.db")))
	})
	t.Run("postgres", func(t *testing.T) {
		t.Parallel()
		test(t, start(t, t.TempDir(), pgtest.New(t, func(string) error { return nil })))
	})
}

var setupLink = regexp.MustCompile(`(http://[^/\s]+)/setup/\S+`)

// start serves until the test ends, with more settings if given.
func start(t *testing.T, folder, databaseURL string, more ...map[string]string) *program {
	p := &program{t: t, folder: folder, output: &record{}, log: &record{}, env: map[string]string{
		"LATCHKEY_DATABASE_URL": databaseURL,
		"LATCHKEY_KEY_FILE":     filepath.Join(folder, "latchkey.key"),
		"LATCHKEY_LISTEN":       "127.0.0.1:0",
		"LATCHKEY_DRAIN_DELAY":  "0s",
		"LATCHKEY_LOG_LEVEL":    "debug",
	}}
	for _, settings := range more {
		maps.Copy(p.env, settings)
	}
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan int)
	go func() { done <- cli.Run(ctx, []string{"serve"}, strings.NewReader(""), p.output, p.log, p.getenv) }()
	t.Cleanup(func() {
		stop()
		if code := <-done; code != 0 {
			t.Errorf("serve ended with %d:\n%s", code, p.log)
		}
	})
	deadline := time.Now().Add(30 * time.Second)
	for p.setup == "" {
		if found := setupLink.FindStringSubmatch(p.output.String()); found != nil {
			p.setup, p.base = found[0], found[1]
		} else if time.Now().After(deadline) {
			t.Fatalf("no setup link:\n%s\n%s", p.output, p.log)
		}
		time.Sleep(20 * time.Millisecond)
	}
	return p
}

func (p *program) getenv(name string) string { return p.env[name] }

// command runs another command of the program and returns what it printed.
func (p *program) command(stdin string, args ...string) string {
	p.t.Helper()
	output := &record{}
	if code := cli.Run(p.t.Context(), args, strings.NewReader(stdin), output, p.log, p.getenv); code != 0 {
		p.t.Fatalf("%q ended with %d:\n%s", args, code, p.log)
	}
	return output.String()
}

// use shows token strings as those of callers, and waits until all that is written
// down.
func (p *program) use(tokens ...string) {
	p.t.Helper()
	for _, token := range tokens {
		request, err := http.NewRequestWithContext(p.t.Context(), http.MethodPost, p.base+"/introspect", nil)
		if err != nil {
			p.t.Fatal(err)
		}
		request.Header.Set("Authorization", "Bearer "+strings.TrimSpace(token))
		answer, err := http.DefaultClient.Do(request)
		if err != nil {
			p.t.Fatal(err)
		}
		_ = answer.Body.Close()
	}
	shown := func() string { return p.command("", "token", "show", tokens[len(tokens)-1][:36]) }
	for deadline := time.Now().Add(30 * time.Second); strings.Contains(shown(), " 0 allowed and 0 refused"); time.Sleep(100 * time.Millisecond) {
		if time.Now().After(deadline) {
			p.t.Fatal("nobody writes down what was used")
		}
	}
}

// denied runs a command that its actor may not run.
func (p *program) denied(args ...string) {
	p.t.Helper()
	if code := cli.Run(p.t.Context(), args, strings.NewReader(""), io.Discard, io.Discard, p.getenv); code != 4 {
		p.t.Fatalf("%q ended with %d", args, code)
	}
}

// leftBehind is everything that the program wrote to files of its folder and
// to the tables of its database.
func (p *program) leftBehind() map[string][]byte {
	p.t.Helper()
	files := map[string][]byte{}
	if address := p.env["LATCHKEY_DATABASE_URL"]; strings.HasPrefix(address, "postgres") {
		files["the database"] = dump(p.t, address)
	}
	err := filepath.WalkDir(p.folder, func(path string, entry os.DirEntry, err error) error {
		if err == nil && entry.Type().IsRegular() {
			files[path], err = os.ReadFile(path)
		}
		return err
	})
	if err != nil {
		p.t.Fatal(err)
	}
	return files
}

// dump is all rows of a PostgreSQL database as text, bytes in hexadecimal and as they are.
func dump(t *testing.T, address string) (text []byte) {
	t.Helper()
	ctx := context.Background()
	conn, err := pgx.Connect(ctx, address)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close(ctx) }()
	rows, err := conn.Query(ctx, `SELECT table_name FROM information_schema.tables WHERE table_schema = 'public'`)
	if err != nil {
		t.Fatal(err)
	}
	tables, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil || len(tables) < 10 {
		t.Fatalf("tables %v: %v", tables, err)
	}
	for _, table := range tables {
		var content string
		row := conn.QueryRow(ctx, `SELECT COALESCE(string_agg(x::text, chr(10)), '') FROM `+pgx.Identifier{table}.Sanitize()+` x`)
		if err := row.Scan(&content); err != nil {
			t.Fatal(err)
		}
		for _, field := range regexp.MustCompile(`\\x([0-9a-f]+)`).FindAllStringSubmatch(content, -1) {
			raw, _ := hex.DecodeString(field[1])
			text = append(text, raw...)
		}
		text = append(text, content...)
	}
	return text
}

// record is a buffer that several goroutines may write to.
type record struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (r *record) Write(text []byte) (int, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.text.Write(text)
}

func (r *record) String() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.text.String()
}
