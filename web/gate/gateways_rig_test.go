package gate_test

import (
	"bufio"
	"bytes"
	"crypto/tls"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"latchkey/internal/console"
	"latchkey/internal/store/storetest"
	"latchkey/views"
	"latchkey/web"
	"latchkey/web/gate"
	"latchkey/web/webtest"
)

// A rig is a gateway that runs as a program of its own, with the configuration
// that the console shows, between the test and a service. The gateway asks a
// console that can be slowed down, replaced and taken away.
type rig struct {
	t       *testing.T
	site    *webtest.Site
	owner   console.User
	logs    console.Repository
	address string // of the gateway

	// certificate is the console's, over TLS, nil if it speaks without.
	certificate *tls.Certificate
	console     *http.Server
	listens     string
	asked       atomic.Int64
	// instead answers in place of the console, unless nil.
	instead atomic.Pointer[http.HandlerFunc]

	mu    sync.Mutex
	seen  []http.Header // what the console was sent
	calls []call
}

// A call is what reached the service.
type call struct {
	method, uri, body string
	header            http.Header
}

// client is the address of the gateway's client, another than the gateway's own.
const client = "127.0.0.2"

// repository has letters that have to be escaped in the gateways' paths.
const repository = "métriques-日本"

// A program is how to run a gateway with the printed configuration.
type program struct {
	// packages are what Debian calls it, and command where it puts it. Needs is a
	// pattern of files that it needs, too.
	packages, command, needs string
	args                     func(folder string) []string
	// main is the file that wrap makes into what can be run in folder.
	main string
	wrap func(folder, text string) map[string]string
}

var programs = map[string]program{
	"nginx": {
		packages: "nginx", command: "/usr/sbin/nginx", main: "latchkey.conf",
		args: func(folder string) []string { return []string{"-p", folder, "-e", "stderr", "-c", "main.conf"} },
		wrap: func(_, text string) map[string]string {
			main := "daemon off;\nmaster_process off;\npid nginx.pid;\nerror_log stderr warn;\nevents { worker_connections 256; }\nhttp {\naccess_log off;\n"
			for _, kind := range []string{"client_body", "proxy", "fastcgi", "uwsgi", "scgi"} {
				main += kind + "_temp_path " + kind + ";\n"
			}
			return map[string]string{"main.conf": main + "include latchkey.conf;\n}\n", "latchkey.conf": text}
		},
	},
	"caddy": {
		packages: "caddy", command: "/usr/bin/caddy", main: "Caddyfile",
		args: func(folder string) []string {
			return []string{"run", "--adapter", "caddyfile", "--config", filepath.Join(folder, "Caddyfile")}
		},
		wrap: func(folder, text string) map[string]string {
			return map[string]string{"Caddyfile": "{\n\tadmin off\n\tauto_https off\n\tstorage file_system " + folder + "\n}\n" + text}
		},
	},
	"haproxy": {
		packages: "haproxy", command: "/usr/sbin/haproxy", main: "haproxy.cfg",
		args: func(folder string) []string { return []string{"-db", "-f", filepath.Join(folder, "haproxy.cfg")} },
		wrap: func(folder, text string) map[string]string {
			return map[string]string{"haproxy.cfg": strings.ReplaceAll(text, "/etc/haproxy/latchkey.lua", filepath.Join(folder, "latchkey.lua"))}
		},
	},
	"apache": {
		packages: "apache2-bin lua-socket", command: "/usr/sbin/apache2", needs: "/usr/share/lua/*/socket/http.lua", main: "latchkey.conf",
		args: func(folder string) []string {
			return []string{"-X", "-d", folder, "-f", filepath.Join(folder, "main.conf")}
		},
		wrap: func(folder, text string) map[string]string {
			main := "ServerName 127.0.0.1\nPidFile pid\nMutex file:" + folder + " default\nDefaultRuntimeDir " + folder + "\nErrorLog /dev/stderr\nUser www-data\nGroup www-data\n"
			for _, module := range []string{"mpm_event", "authn_core", "authz_core", "headers", "proxy", "proxy_http", "lua", "ssl"} {
				main += "LoadModule " + module + "_module /usr/lib/apache2/modules/mod_" + module + ".so\n"
			}
			text = strings.ReplaceAll(text, "/etc/apache2/sites-enabled", folder)
			return map[string]string{"main.conf": main + "Include latchkey.conf\n", "latchkey.conf": text}
		},
	},
}

// find returns where the gateway is. As in pgtest, what is missing on a laptop
// is a fault in CI.
func (p program) find(t *testing.T) string {
	t.Helper()
	path, err := exec.LookPath(filepath.Base(p.command))
	if err != nil {
		path, err = exec.LookPath(p.command)
	}
	if found, _ := filepath.Glob(p.needs); err == nil && (p.needs == "" || len(found) > 0) {
		return path
	}
	missing := "a gateway is not installed: apt-get install " + p.packages
	if os.Getenv("CI") == "true" || os.Getenv("LATCHKEY_TEST_REQUIRE") == "1" {
		t.Fatal(missing)
	}
	t.Skip(missing)
	return ""
}

// examplePort is one of the ports that the configurations name as examples.
var examplePort = regexp.MustCompile(`\b(8081|8089|3000)\b`)

func portOf(addr net.Addr) string {
	_, port, _ := net.SplitHostPort(addr.String())
	return port
}

// newRig starts a gateway; the certificate of its console is nil for none, and
// known to the gateway where trusted.
func newRig(t *testing.T, kind string, certificate *tls.Certificate, trusted bool) *rig {
	t.Helper()
	run := programs[kind]
	path := run.find(t)
	r := &rig{t: t, certificate: certificate}
	r.site = webtest.New(t, storetest.Open(t, storetest.SQLite(t)))
	r.site.Follow()
	r.serveConsole()
	r.owner, r.logs = r.site.User("Olga", console.RoleOwner), r.site.Repository(repository)
	service := httptest.NewServer(http.HandlerFunc(r.serve))
	t.Cleanup(service.Close)
	scheme := "http://"
	if certificate != nil {
		scheme = "https://"
	}
	files, err := views.Connection{URL: scheme + r.listens, Repository: repository, Scopes: []string{"ReadAccess"}}.Files(views.GatewayNamed(kind))
	if err != nil {
		t.Fatal(err)
	}
	folder, port, second := t.TempDir(), freePort(t), freePort(t)
	if err := os.Chmod(filepath.Dir(folder), 0o755); err != nil { // Apache's workers are somebody else, if root starts it
		t.Fatal(err)
	}
	var env []string
	if trusted {
		authority := filepath.Join(folder, "authority.pem")
		if err := os.WriteFile(authority, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: certificate.Certificate[0]}), 0o644); err != nil {
			t.Fatal(err)
		}
		env = []string{"SSL_CERT_FILE=" + authority}
	}
	for _, file := range files {
		// Whole numbers only: the console's own port may contain one of them.
		text := examplePort.ReplaceAllStringFunc(file.Text, func(example string) string {
			return map[string]string{"8081": port, "8089": second, "3000": portOf(service.Listener.Addr())}[example]
		})
		if trusted {
			text = strings.ReplaceAll(text, "/etc/ssl/certs/ca-certificates.crt", filepath.Join(folder, "authority.pem"))
			// These two know servers by name only.
			text = strings.ReplaceAll(text, "proxy_ssl_name 127.0.0.1", "proxy_ssl_name localhost")
			text = strings.ReplaceAll(text, "forward-auth/ https://127.0.0.1:", "forward-auth/ https://localhost:")
		}
		all := map[string]string{file.Name: text}
		if file.Name == run.main {
			all = run.wrap(folder, text)
		}
		for name, text := range all {
			if err := os.WriteFile(filepath.Join(folder, name), []byte(text), 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
	r.address = "127.0.0.1:" + port
	r.start(path, run.args(folder), folder, env)
	return r
}

// ports are handed out from below those that connections get, so that none of
// these takes one before its gateway does.
var ports atomic.Int64

func freePort(t *testing.T) string {
	t.Helper()
	for range 1000 {
		port := strconv.Itoa(10_000 + (os.Getpid()*100+int(ports.Add(1)))%10_000)
		if l, err := net.Listen("tcp", ":"+port); err == nil {
			_ = l.Close()
			return port
		}
	}
	t.Fatal("no port is free")
	return ""
}

// keeper runs a gateway ("$@") while its standard input is open, so that none is
// left behind however the test ends.
const keeper = `
exec 3<&0
"$@" 3<&- </dev/null &
gateway=$!
(read -r nothing <&3; kill -KILL $gateway) 2>/dev/null &
wait $gateway`

// start runs the gateway until the test ends.
func (r *rig) start(path string, args []string, folder string, env []string) {
	r.t.Helper()
	var said bytes.Buffer
	cmd := exec.Command("sh", append([]string{"-c", keeper, "sh", path}, args...)...)
	cmd.Dir, cmd.Stdout, cmd.Stderr, cmd.WaitDelay = folder, &said, &said, time.Second
	lifeline, err := cmd.StdinPipe()
	if err != nil {
		r.t.Fatal(err)
	}
	cmd.Env = append(os.Environ(), "HOME="+folder, "XDG_DATA_HOME="+folder, "XDG_CONFIG_HOME="+folder)
	cmd.Env = append(cmd.Env, env...)
	if err := cmd.Start(); err != nil {
		r.t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() {
		_ = cmd.Wait()
		close(ended)
	}()
	r.t.Cleanup(func() {
		_ = lifeline.Close()
		<-ended
		if r.t.Failed() {
			r.t.Logf("the gateway said: %s", &said)
		}
	})
	for deadline := time.Now().Add(20 * time.Second); ; time.Sleep(20 * time.Millisecond) {
		if conn, err := net.Dial("tcp", r.address); err == nil {
			_ = conn.Close()
			return
		}
		select {
		case <-ended:
			r.t.Fatal("the gateway ended")
		default:
			if time.Now().After(deadline) {
				r.t.Fatal("the gateway does not listen")
			}
		}
	}
}

// serveConsole starts the console, again at the same address if it was there.
func (r *rig) serveConsole() {
	r.t.Helper()
	if r.listens == "" {
		r.listens = "127.0.0.1:" + freePort(r.t)
	}
	l, err := net.Listen("tcp", r.listens)
	// A program that another test starts has every socket of this process, also one just
	// closed, until it runs.
	for tries := 0; errors.Is(err, syscall.EADDRINUSE) && tries < 100; tries++ {
		time.Sleep(10 * time.Millisecond)
		l, err = net.Listen("tcp", r.listens)
	}
	if err != nil {
		r.t.Fatal(err)
	}
	handler := web.New(r.site.Service, web.Options{Gate: gate.Routes(r.site.Service, gate.Options{
		Log: slogTo(r.site.Log), Gateways: []netip.Prefix{netip.MustParsePrefix("127.0.0.1/32")},
	})}).Handler()
	server := &http.Server{ErrorLog: log.New(io.Discard, "", 0), ReadHeaderTimeout: 5 * time.Second, Handler: http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		r.asked.Add(1)
		r.mu.Lock()
		r.seen = append(r.seen, q.Header.Clone())
		r.mu.Unlock()
		if instead := r.instead.Load(); instead != nil {
			(*instead)(w, q)
			return
		}
		handler.ServeHTTP(w, q)
	})}
	r.console = server
	if r.certificate != nil {
		l = tls.NewListener(l, &tls.Config{Certificates: []tls.Certificate{*r.certificate}})
	}
	go func() { _ = server.Serve(l) }()
	r.t.Cleanup(func() { _ = server.Close() })
}

// serve is the service behind the gateway.
func (r *rig) serve(w http.ResponseWriter, q *http.Request) {
	body, _ := io.ReadAll(q.Body)
	r.mu.Lock()
	r.calls = append(r.calls, call{q.Method, q.RequestURI, string(body), q.Header.Clone()})
	r.mu.Unlock()
	w.Header().Set("X-Service", "reached")
	_, _ = io.WriteString(w, "the service")
}

// instead makes the console answer otherwise until the returned function runs.
func (r *rig) answer(handler http.HandlerFunc) func() {
	r.instead.Store(&handler)
	return func() { r.instead.Store(nil) }
}

// reply is what the gateway's client gets, and what it took.
type reply struct {
	*http.Response
	asked int64 // how often the console was
	seen  http.Header
	calls []call
	took  time.Duration
}

// send writes a request as it is, with no library that could tidy it up.
func (r *rig) send(method, target, body string, lines ...string) reply {
	r.t.Helper()
	r.mu.Lock()
	r.calls, r.seen = nil, nil
	r.mu.Unlock()
	before, begin := r.asked.Load(), time.Now()
	response, err := r.exchange(method, target, body, lines)
	if err != nil {
		r.t.Fatalf("%s %s: %v", method, target, err)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	got := reply{Response: response, asked: r.asked.Load() - before, calls: r.calls, took: time.Since(begin)}
	if len(r.seen) > 0 {
		got.seen = r.seen[0]
	}
	return got
}

func (r *rig) exchange(method, target, body string, lines []string) (*http.Response, error) {
	from := net.Dialer{LocalAddr: &net.TCPAddr{IP: net.ParseIP(client)}}
	conn, err := from.Dial("tcp", r.address)
	if err != nil {
		return nil, err
	}
	defer func() { _ = conn.Close() }()
	if err := conn.SetDeadline(time.Now().Add(20 * time.Second)); err != nil {
		return nil, err
	}
	request := method + " " + target + " HTTP/1.1\r\nHost: app.example.com\r\n"
	for _, line := range lines {
		request += line + "\r\n"
	}
	if !strings.Contains(request, "\r\nConnection:") {
		request += "Connection: close\r\n"
	}
	if body != "" {
		request += fmt.Sprintf("Content-Length: %d\r\n", len(body))
	}
	if _, err := io.WriteString(conn, request+"\r\n"+body); err != nil {
		return nil, err
	}
	response, err := http.ReadResponse(bufio.NewReader(conn), &http.Request{Method: method})
	if err != nil {
		return nil, err
	}
	text, err := io.ReadAll(response.Body)
	response.Body = io.NopCloser(bytes.NewReader(text))
	if errors.Is(err, io.ErrUnexpectedEOF) {
		err = nil
	}
	return response, err
}

// token makes a token, changed as asked, and returns the line that presents it.
func (r *rig) token(name string, change ...func(*console.NewToken)) (console.Token, string) {
	r.t.Helper()
	token, secret := r.site.Token(r.logs, r.owner, name, change...)
	return token, "Authorization: Bearer " + secret.Reveal()
}
