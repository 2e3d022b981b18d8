package web_test

import (
	"bufio"
	"context"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/labstack/echo/v4"

	"latchkey/internal/store/storetest"
	"latchkey/views"
	"latchkey/web"
	"latchkey/web/webtest"
)

// TestStoppingGracefully: first not ready, still answering; then what has begun
// is finished; then nothing.
func TestStoppingGracefully(t *testing.T) {
	started, release := make(chan struct{}), make(chan struct{})
	site := webtest.New(t, storetest.Open(t, storetest.SQLite(t)), func(o *web.Options) {
		o.DrainDelay = 300 * time.Millisecond
		o.Gate = map[string]echo.HandlerFunc{"/slow": func(c echo.Context) error {
			close(started)
			<-release
			return c.String(http.StatusOK, "finished")
		}}
	})
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	served := make(chan error, 1)
	go func() { served <- site.Server.Serve(ctx, listener) }()
	base := "http://" + listener.Addr().String()
	get := func(path string) (int, string) {
		response, err := http.Get(base + path)
		if err != nil {
			return 0, err.Error()
		}
		defer func() { _ = response.Body.Close() }()
		body, _ := io.ReadAll(response.Body)
		if draining := response.StatusCode == http.StatusServiceUnavailable; draining && !response.Close {
			t.Error("while draining, the connection is to be used again")
		}
		return response.StatusCode, string(body)
	}
	if status, _ := get("/readyz"); status != http.StatusOK {
		t.Fatalf("ready gives %d", status)
	}
	slow := make(chan string, 1)
	go func() { _, body := get("/slow"); slow <- body }()
	<-started
	stop()
	for status := 0; status != http.StatusServiceUnavailable; {
		if status, _ = get("/readyz"); status == 0 {
			t.Fatal("the server stopped listening at once")
		}
	}
	if status, _ := get("/livez"); status != http.StatusOK {
		t.Errorf("while draining, live gives %d", status)
	}
	for status := 1; status != 0; {
		status, _ = get("/livez")
	}
	select {
	case err := <-served:
		t.Fatalf("Serve returned before the answer was finished: %v", err)
	default:
	}
	close(release)
	if body := <-slow; body != "finished" {
		t.Errorf("the slow answer is %q", body)
	}
	if err := <-served; err != nil {
		t.Errorf("Serve ends with %v", err)
	}
}

// inMemory is a listener for one connection.
type inMemory chan net.Conn

func (l inMemory) Accept() (net.Conn, error) {
	if connection, ok := <-l; ok {
		return connection, nil
	}
	return nil, net.ErrClosed
}
func (inMemory) Addr() net.Addr { return &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1)} }
func (l inMemory) Close() error { close(l); return nil }

// TestSlowClientsAreLetGo: a connection that does not send all of a request does not
// stay, whatever it is for.
func TestSlowClientsAreLetGo(t *testing.T) {
	site := webtest.New(t, storetest.Open(t, storetest.SQLite(t)), func(o *web.Options) {
		o.Gate = map[string]echo.HandlerFunc{"/introspect": func(c echo.Context) error {
			_, err := io.ReadAll(c.Request().Body)
			return err
		}}
	})
	const form = "Host: localhost\r\nContent-Type: application/x-www-form-urlencoded\r\n"
	for name, test := range map[string]struct {
		sent  string
		lives time.Duration
	}{
		"a header":          {"GET /livez HTTP/1.1\r\nHost: localhost\r\nX-Slow: ", 5 * time.Second},
		"a question":        {"POST /introspect HTTP/1.1\r\n" + form + "Content-Length: 100\r\n\r\n", 10 * time.Second},
		"a form":            {"POST /login HTTP/1.1\r\n" + form + "Content-Length: 100\r\n\r\n", 10 * time.Second},
		"a form in chunks":  {"POST /login HTTP/1.1\r\n" + form + "Transfer-Encoding: chunked\r\n\r\n1\r\na\r\n", 10 * time.Second},
		"what nobody reads": {"GET /livez HTTP/1.1\r\n" + form + "Content-Length: 100\r\n\r\n", 10 * time.Second},
	} {
		synctest.Test(t, func(t *testing.T) {
			ctx, stop := context.WithCancel(t.Context())
			listener, served := make(inMemory, 1), make(chan error, 1)
			go func() { served <- site.Server.Serve(ctx, listener) }()
			connection, theirs := net.Pipe()
			listener <- theirs
			begun := time.Now()
			var sending sync.WaitGroup
			sending.Go(func() {
				_, err := io.WriteString(connection, test.sent)
				for err == nil { // one byte a second
					time.Sleep(time.Second)
					_, err = io.WriteString(connection, "1")
				}
			})
			if _, err := io.Copy(io.Discard, connection); err != nil {
				t.Errorf("%s: %v", name, err)
			}
			if lived := time.Since(begun); lived > test.lives+time.Second { // to tell why it ends
				t.Errorf("who is slow with %s stays for %s", name, lived)
			}
			_ = connection.Close()
			sending.Wait()
			stop()
			if err := <-served; err != nil {
				t.Errorf("%s: Serve ends with %v", name, err)
			}
		})
	}
}

// TestGatewaysCloseTheirConnectionsFirst: a question that meets the closing of its
// connection is lost. nginx is the one that does not ask again.
func TestGatewaysCloseTheirConnectionsFirst(t *testing.T) {
	files, err := views.Connection{URL: "http://127.0.0.1:8080"}.Files(views.GatewayNamed("nginx"))
	if err != nil {
		t.Fatal(err)
	}
	found := regexp.MustCompile(`keepalive_timeout (\w+);`).FindStringSubmatch(files[0].Text)
	if found == nil {
		t.Fatalf("nginx closes its connections when we do: %s", files[0].Text)
	}
	kept, err := time.ParseDuration(found[1])
	if err != nil {
		t.Fatal(err)
	}
	site := webtest.New(t, storetest.Open(t, storetest.SQLite(t)))
	synctest.Test(t, func(t *testing.T) {
		ctx, stop := context.WithCancel(t.Context())
		listener, served := make(inMemory, 1), make(chan error, 1)
		go func() { served <- site.Server.Serve(ctx, listener) }()
		connection, theirs := net.Pipe()
		listener <- theirs
		answers := bufio.NewReader(connection)
		for range 3 {
			if _, err := io.WriteString(connection, "GET /livez HTTP/1.1\r\nHost: localhost\r\n\r\n"); err != nil {
				t.Fatal(err)
			}
			answer, err := http.ReadResponse(answers, nil)
			if err != nil {
				t.Fatal(err)
			}
			if body, err := io.ReadAll(answer.Body); err != nil || string(body) != "ok\n" {
				t.Errorf("%q, %v", body, err)
			}
			time.Sleep(kept + 10*time.Second)
		}
		time.Sleep(time.Minute)
		if _, err := answers.ReadByte(); err != io.EOF {
			t.Errorf("the connection is still open after more than a minute: %v", err)
		}
		stop()
		if err := <-served; err != nil {
			t.Errorf("Serve ends with %v", err)
		}
	})
}

// TestTheWayToTheGateAllocatesLittle: the request's id, two lines of the header
// and little more, since all verification comes this way. Ids count within one
// process, so that none occurs twice.
func TestTheWayToTheGateAllocatesLittle(t *testing.T) {
	handler := func(c echo.Context) error { return c.NoContent(http.StatusOK) }
	site := webtest.New(t, storetest.Open(t, storetest.SQLite(t)), func(o *web.Options) {
		o.Gate = map[string]echo.HandlerFunc{"/gate": handler}
	})
	ask := func(h http.Handler) *httptest.ResponseRecorder {
		answer := httptest.NewRecorder()
		h.ServeHTTP(answer, httptest.NewRequest(http.MethodPost, "/gate", nil))
		return answer
	}
	bare := echo.New()
	bare.POST("/gate", handler)
	around := testing.AllocsPerRun(200, func() { ask(bare) })
	whole := testing.AllocsPerRun(200, func() { ask(site.Server.Handler()) })
	if ours := whole - around; ours > 6 {
		t.Errorf("%.0f allocations on the way", ours)
	}
	first, _, _ := strings.Cut(ask(site.Server.Handler()).Header().Get("X-Request-Id"), "-")
	seen := map[string]bool{}
	for range 100 {
		id := ask(site.Server.Handler()).Header().Get("X-Request-Id")
		if process, _, _ := strings.Cut(id, "-"); process != first || seen[id] {
			t.Fatalf("the id %s is not this process's, or was there before", id)
		}
		seen[id] = true
	}
}
