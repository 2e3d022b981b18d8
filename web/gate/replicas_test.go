package gate

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/url"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"latchkey/internal/store/storetest"
)

// proxy stands between a replica and the database, and can be cut.
type proxy struct {
	listener net.Listener
	to       *pgx.ConnConfig
	mu       sync.Mutex
	conns    []net.Conn
	cut      bool
}

func newProxy(t *testing.T, to *pgx.ConnConfig) *proxy {
	t.Helper()
	listener, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p := &proxy{listener: listener, to: to}
	t.Cleanup(func() { _ = listener.Close(); p.close() })
	go p.serve()
	return p
}

func (p *proxy) serve() {
	for {
		near, err := p.listener.Accept()
		if err != nil {
			return
		}
		network, address := pgconn.NetworkAddress(p.to.Host, p.to.Port)
		far, err := net.DialTimeout(network, address, time.Second)
		if err != nil {
			_ = near.Close()
			continue
		}
		p.mu.Lock()
		p.conns = append(p.conns, near, far)
		p.mu.Unlock()
		go p.pass(far, near)
		go p.pass(near, far)
	}
}

// pass copies until the way is cut; then it swallows what comes.
func (p *proxy) pass(to, from net.Conn) {
	_, _ = io.Copy(writer(func(b []byte) (int, error) {
		p.mu.Lock()
		cut := p.cut
		p.mu.Unlock()
		if cut {
			return len(b), nil
		}
		return to.Write(b)
	}), from)
}

type writer func([]byte) (int, error)

func (w writer) Write(b []byte) (int, error) { return w(b) }

// silence has the database say nothing more, without an end to a connection.
func (p *proxy) silence() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.cut = true
}

func (p *proxy) restore() {
	p.mu.Lock()
	p.cut = false
	p.mu.Unlock()
	p.close() // a new connection begins at the beginning
}

func (p *proxy) close() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, conn := range p.conns {
		_ = conn.Close()
	}
	p.conns = nil
}

// replica is a gate of its own on the database, with the clock on the wall.
func replica(t *testing.T, databaseURL string) *site {
	t.Helper()
	s := &site{t: t, st: storetest.Open(t, databaseURL)}
	s.serve(time.Now)
	follow(s.t, s.svc)
	return s
}

// replicas are three on one database, the last of them behind a proxy. The first
// makes tokens, and all know its caller.
func replicas(t *testing.T, database string) (all []*site, last *proxy) {
	t.Helper()
	config, err := pgx.ParseConfig(database)
	if err != nil {
		t.Fatal(err)
	}
	through, err := url.Parse(database)
	if err != nil {
		t.Fatal(err)
	}
	last = newProxy(t, config)
	query := through.Query()
	query.Del("host")
	query.Del("port")
	through.Host, through.RawQuery = last.listener.Addr().String(), query.Encode()
	all = []*site{replica(t, database), replica(t, database), replica(t, through.String())}
	all[0].furnish()
	for _, s := range all {
		s.caller, s.logs = all[0].caller, all[0].logs
	}
	return all, last
}

// lastYes asks until a token is not active any more, and returns how long after
// start somebody still said that it is.
func (s *site) lastYes(text string, start time.Time) (late time.Duration) {
	for {
		asked := time.Now()
		if a := s.ask(s.caller, text); a.Code != http.StatusOK || a.Body.String() == string(inactive) {
			return late
		}
		if late = asked.Sub(start); late > 5*time.Second {
			return late
		}
		time.Sleep(2 * time.Millisecond)
	}
}

// revoked revokes a token at the first replica and returns how long after that
// each of them still said that it is active.
func revoked(t *testing.T, all []*site) []time.Duration {
	t.Helper()
	token, text := all[0].reader(time.Time{}, time.Time{})
	for _, s := range all {
		for range 3 {
			s.wantActive(text)
		}
	}
	if _, err := all[0].svc.RevokeToken(context.Background(), all[0].actor, "", token.GUID, ""); err != nil {
		t.Fatal(err)
	}
	start, late := time.Now(), make([]time.Duration, len(all))
	var asking sync.WaitGroup
	for i, s := range all {
		asking.Go(func() { late[i] = s.lastYes(text, start) })
	}
	asking.Wait()
	if late[0] != 0 {
		t.Errorf("the replica that revoked it still says yes after %s", late[0])
	}
	return late
}

func (s *site) wantActive(text string) {
	s.t.Helper()
	if a := s.ask(s.caller, text); a.Code != http.StatusOK || a.Body.String() == string(inactive) {
		s.t.Errorf("%d %s", a.Code, a.Body)
	}
}

func exec(t *testing.T, database, statement string) {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), database)
	if err == nil {
		_, err = conn.Exec(t.Context(), statement)
		err = errors.Join(err, conn.Close(t.Context()))
	}
	if err != nil {
		t.Fatal(err)
	}
}

// TestReplicasSeeRevocations: a hundred, each in less than a second on every
// replica, also where nobody tells them of it.
func TestReplicasSeeRevocations(t *testing.T) {
	t.Parallel()
	for name, revocations := range map[string]int{"told": 100, "not told": 20} {
		t.Run(name, func(t *testing.T) {
			database := storetest.Postgres(t)
			if name == "not told" {
				exec(t, database, `DROP TRIGGER audit_events_told ON audit_events`)
			}
			all, _ := replicas(t, database)
			var worst time.Duration
			for range revocations {
				for _, late := range revoked(t, all) {
					worst = max(worst, late)
				}
			}
			t.Logf("the last wrong answer came %s after the revocation", worst)
			if worst >= time.Second {
				t.Errorf("a wrong answer %s after the revocation", worst)
			}
			for _, s := range all {
				if n := s.svc.Figures(); n.FactsHits < uint64(revocations) {
					t.Errorf("little was remembered: %+v", n)
				}
			}
		})
	}
}

// TestAReplicaWithoutItsDatabase says nothing rather than what may be untrue,
// and answers again when the database is back.
func TestAReplicaWithoutItsDatabase(t *testing.T) {
	t.Parallel()
	for name, cut := range map[string]func(*proxy){"silent": (*proxy).silence, "gone": func(p *proxy) { p.silence(); p.close() }} {
		t.Run(name, func(t *testing.T) {
			all, way := replicas(t, storetest.Postgres(t))
			token, text := all[0].reader(time.Time{}, time.Time{})
			lonely := all[2]
			for range 3 {
				lonely.wantActive(text)
			}
			cut(way)
			if _, err := all[0].svc.RevokeToken(t.Context(), all[0].actor, "", token.GUID, ""); err != nil {
				t.Fatal(err)
			}
			start := time.Now()
			if late := lonely.lastYes(text, start); late >= time.Second {
				t.Errorf("it still says yes %s after the revocation", late)
			}
			for range 3 {
				if a := lonely.ask(lonely.caller, text); a.Code != http.StatusServiceUnavailable || a.Header().Get("Retry-After") == "" {
					t.Errorf("without a database: %d %s", a.Code, a.Body)
				}
			}
			way.restore()
			for lonely.ask(lonely.caller, text).Code != http.StatusOK && time.Since(start) < 20*time.Second {
				time.Sleep(10 * time.Millisecond)
			}
			if a := lonely.ask(lonely.caller, text); a.Body.String() != string(inactive) {
				t.Errorf("afterwards: %d %s", a.Code, a.Body)
			}
		})
	}
}
