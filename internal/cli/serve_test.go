package cli

import (
	"bufio"
	"bytes"
	"context"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"latchkey/internal/store/storetest"
)

// served is a running "latchkey serve" in this process.
type served struct {
	stop   context.CancelFunc
	done   chan int
	stdout *bufio.Reader
	stderr bytes.Buffer
}

// serve starts the server and returns when it is ready.
func (m *machine) serve() (s *served, address string) {
	m.t.Helper()
	ctx, stop := context.WithCancel(context.Background())
	reader, writer := io.Pipe()
	s = &served{stop: stop, done: make(chan int, 1), stdout: bufio.NewReader(reader)}
	m.env["LATCHKEY_DRAIN_DELAY"] = "0"
	go func() {
		s.done <- Run(ctx, []string{"serve"}, strings.NewReader(""), writer, &s.stderr, func(name string) string { return m.env[name] })
		writer.Close()
	}()
	m.t.Cleanup(stop)
	line, err := s.stdout.ReadString('\n')
	address, found := strings.CutPrefix(strings.TrimSpace(line), "Latchkey is ready on ")
	if err != nil || !found {
		m.t.Fatalf("the first line is %q (%v); %s", line, err, &s.stderr)
	}
	return s, address
}

// end stops the server and returns what else it printed.
func (s *served) end(t *testing.T) (stdout, stderr string) {
	t.Helper()
	rest := make(chan string)
	go func() {
		text, _ := io.ReadAll(s.stdout)
		rest <- string(text)
	}()
	s.stop()
	if code := <-s.done; code != 0 {
		t.Errorf("exit code %d, %s", code, &s.stderr)
	}
	return <-rest, s.stderr.String()
}

var setupLink = regexp.MustCompile(`(?m)^  (http://\S+/setup/(\S+))$`)

func TestServe(t *testing.T) {
	storetest.EachURL(t, func(t *testing.T, databaseURL string) {
		m := newMachine(t, databaseURL)
		s, address := m.serve()
		for path, want := range map[string]int{"/readyz": 200, "/livez": 200, "/login": 200, "/introspect": 405, "/verify": 405} {
			if got := get(t, address+path); got != want {
				t.Errorf("GET %s gives %d, want %d", path, got, want)
			}
		}
		text, err := readUntilLink(s.stdout)
		if err != nil {
			t.Fatal(err)
		}
		link := setupLink.FindStringSubmatch(text)
		if link == nil || !strings.HasPrefix(link[1], address) || len(link[2]) < 22 {
			t.Fatalf("no setup link in %q", text)
		}
		if got := get(t, link[1]); got != http.StatusOK {
			t.Errorf("the setup link gives %d", got)
		}
		if file, ok := strings.CutPrefix(databaseURL, "sqlite:"); ok {
			files, err := filepath.Glob(file + "-*")
			if err != nil || len(files) == 0 {
				t.Fatalf("beside the database are %v, %v", files, err)
			}
			for _, file := range files {
				if info, err := os.Stat(file); err != nil || runtime.GOOS != "windows" && info.Mode().Perm()&0o077 != 0 {
					t.Errorf("others can read %s: %v, %v", file, info.Mode(), err)
				}
			}
		}
		_, log := s.end(t)
		if strings.Contains(log, link[2]) {
			t.Errorf("the log has the setup code:\n%s", log)
		}
		m.stdin = goodPassword
		m.must("user", "add", "--email", "jane@example.com", "--role", "owner", "--password-stdin")
		s, address = m.serve()
		if got := get(t, strings.Replace(link[1], link[1][:strings.Index(link[1], "/setup/")], address, 1)); got != http.StatusNotFound {
			t.Errorf("the link gives %d when there is an account", got)
		}
		if rest, _ := s.end(t); rest != "" {
			t.Errorf("with an account it also says %q", rest)
		}
	})
}

// TestAProviderThatIsAwayDoesNotStopTheStart, nor anything else.
func TestAProviderThatIsAwayDoesNotStopTheStart(t *testing.T) {
	m := blank(t)
	m.env["LATCHKEY_OIDC_FILE"] = m.providers("http://127.0.0.1:1")
	s, address := m.serve()
	for path, want := range map[string]int{"/login": 200, "/login/northwind": 503, "/login/other": 404, "/readyz": 200} {
		if got := get(t, address+path); got != want {
			t.Errorf("GET %s gives %d, want %d", path, got, want)
		}
	}
	if _, log := s.end(t); !strings.Contains(log, "127.0.0.1:1: connect") || strings.Contains(log, "hunter2") {
		t.Errorf("the log says:\n%s", log)
	}
}

// readUntilLink reads on to the line with the setup link.
func readUntilLink(r *bufio.Reader) (string, error) {
	var text strings.Builder
	for {
		line, err := r.ReadString('\n')
		text.WriteString(line)
		if err != nil || strings.Contains(line, "/setup/") {
			return text.String(), err
		}
	}
}

func TestAnAddressInUse(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	m := blank(t)
	m.refused(1, []string{"in use", "--listen"}, "serve", "--listen", listener.Addr().String())
}

// TestTheProgram builds and runs what people run.
func TestTheProgram(t *testing.T) {
	if testing.Short() || runtime.GOOS == "windows" {
		t.Skip("builds the program and sends it signals")
	}
	program := filepath.Join(t.TempDir(), "latchkey")
	if out, err := exec.CommandContext(t.Context(), "go", "build", "-o", program, "latchkey/cmd/latchkey").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	for _, test := range []struct {
		name    string
		drain   string
		signals int
		code    int
	}{{"a signal ends it well", "0", 1, 0}, {"a second signal ends it at once", "60s", 2, -1}} {
		t.Run(test.name, func(t *testing.T) {
			command := exec.CommandContext(t.Context(), program, "serve", "--listen", "127.0.0.1:0", "--drain-delay", test.drain)
			command.Dir, command.Env = t.TempDir(), []string{"HOME=" + t.TempDir()}
			stdout, err := command.StdoutPipe()
			if err != nil {
				t.Fatal(err)
			}
			if err := command.Start(); err != nil {
				t.Fatal(err)
			}
			if _, err := readUntilLink(bufio.NewReader(stdout)); err != nil {
				t.Fatal(err)
			}
			started := time.Now()
			for range test.signals {
				if err := command.Process.Signal(syscall.SIGTERM); err != nil {
					t.Fatal(err)
				}
				time.Sleep(200 * time.Millisecond)
			}
			_ = command.Wait()
			if code := command.ProcessState.ExitCode(); code != test.code {
				t.Errorf("exit code %d, want %d", code, test.code)
			}
			if took := time.Since(started); took > 20*time.Second {
				t.Errorf("it took %v to end", took)
			}
			for _, file := range []string{"latchkey.db", "latchkey.key"} {
				if _, err := os.Stat(filepath.Join(command.Dir, file)); err != nil {
					t.Error(err)
				}
			}
		})
	}
}

func get(t *testing.T, url string) int {
	t.Helper()
	response, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	return response.StatusCode
}
