package gate

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/url"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"latchkey/internal/console"
	"latchkey/internal/store/storetest"
)

// proxy stands between a replica and the database, and can be cut.
type proxy struct {
	listener net.Listener
	to       *pgx.ConnConfig
	mu       sync.Mutex
	conns    []net.Conn
	cut      bool
	// deaf is what becomes of a connection over which somebody wants to hear of
	// changes: nothing if it is empty.
	deaf string
}

// What becomes of a connection that listens.
const (
	silent = "is silent"
	closed = "is closed"
)

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
		listening := new(atomic.Bool)
		go p.pass(far, near, listening)
		go p.pass(near, far, listening)
	}
}

// pass copies until the way is cut; then it swallows what comes.
func (p *proxy) pass(to, from net.Conn, listening *atomic.Bool) {
	_, _ = io.Copy(writer(func(b []byte) (int, error) {
		p.mu.Lock()
		cut, deaf := p.cut, p.deaf
		p.mu.Unlock()
		if deaf != "" && bytes.Contains(b, []byte("LISTEN ")) {
			listening.Store(true)
		}
		switch {
		case listening.Load() && deaf == closed:
			return 0, errors.Join(net.ErrClosed, to.Close(), from.Close())
		case listening.Load() && deaf == silent, cut:
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

// replicas are three on one database, all but the first behind a proxy, which
// serves who listens as deaf says. The first makes tokens, and all know its caller.
func replicas(t *testing.T, database, deaf string) (all []*site, way *proxy) {
	t.Helper()
	config, err := pgx.ParseConfig(database)
	if err != nil {
		t.Fatal(err)
	}
	through, err := url.Parse(database)
	if err != nil {
		t.Fatal(err)
	}
	way = newProxy(t, config)
	way.deaf = deaf
	query := through.Query()
	query.Del("host")
	query.Del("port")
	through.Host, through.RawQuery = way.listener.Addr().String(), query.Encode()
	all = []*site{replica(t, database), replica(t, through.String()), replica(t, through.String())}
	all[0].furnish()
	for _, s := range all {
		s.caller, s.logs = all[0].caller, all[0].logs
	}
	return all, way
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

// revoked revokes tokens at the first replica, some at the same time, and returns
// how long after that any replica still said that one of them is active.
func revoked(t *testing.T, all []*site, tokens []console.Token, texts []string) (worst time.Duration) {
	t.Helper()
	var mu sync.Mutex
	for i := 0; i < len(tokens); i += 10 {
		var asking sync.WaitGroup
		for n := i; n < min(i+10, len(tokens)); n++ {
			if _, err := all[0].svc.RevokeToken(context.Background(), all[0].actor, "", tokens[n].GUID, ""); err != nil {
				t.Fatal(err)
			}
			start := time.Now()
			for at, s := range all {
				asking.Go(func() {
					late := s.lastYes(texts[n], start)
					if at == 0 && late != 0 {
						t.Errorf("the replica that revoked it still says yes after %s", late)
					}
					mu.Lock()
					worst = max(worst, late)
					mu.Unlock()
				})
			}
		}
		asking.Wait()
	}
	t.Logf("the last wrong answer came %s after the revocation", worst)
	if worst >= time.Second {
		t.Errorf("a wrong answer %s after the revocation", worst)
	}
	return worst
}

// readers makes ordinary tokens.
func (s *site) readers(n int) (tokens []console.Token, texts []string) {
	for range n {
		token, text := s.reader(time.Time{}, time.Time{})
		tokens, texts = append(tokens, token), append(texts, text)
	}
	return tokens, texts
}

// remembered has all replicas know these token strings.
func remembered(all []*site, texts []string) {
	for _, s := range all {
		for _, text := range texts {
			s.wantActive(text)
		}
	}
}

func (s *site) wantActive(text string) {
	s.t.Helper()
	if a := s.ask(s.caller, text); a.Code != http.StatusOK || a.Body.String() == string(inactive) {
		s.t.Errorf("%d %s", a.Code, a.Body)
	}
}

const revocations = 100

// TestReplicasSeeRevocations: each in less than a second on every replica, also
// where nobody tells them of it.
func TestReplicasSeeRevocations(t *testing.T) {
	t.Parallel()
	for name, deaf := range map[string]string{"told": "", "the connection that listens " + silent: silent, "the connection that listens " + closed: closed} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			all, _ := replicas(t, storetest.Postgres(t), deaf)
			tokens, texts := all[0].readers(revocations)
			remembered(all, texts)
			if worst := revoked(t, all, tokens, texts); deaf != "" && worst == 0 {
				t.Error("nothing was remembered where nobody tells")
			}
			for _, s := range all {
				if n := s.svc.Figures(); n.FactsHits < revocations {
					t.Errorf("little was remembered: %+v", n)
				}
			}
		})
	}
}

// TestReplicasWithoutTheirDatabase say nothing rather than what may be untrue,
// and answer again when the database is back.
func TestReplicasWithoutTheirDatabase(t *testing.T) {
	t.Parallel()
	for name, cut := range map[string]func(*proxy){"silent": (*proxy).silence, "gone": func(p *proxy) { p.silence(); p.close() }} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			all, way := replicas(t, storetest.Postgres(t), "")
			tokens, texts := all[0].readers(revocations)
			_, good := all[0].reader(time.Time{}, time.Time{})
			remembered(all, append(texts, good))
			cut(way)
			revoked(t, all, tokens, texts)
			for _, lonely := range all[1:] {
				for _, text := range append(texts[:2:2], good) {
					if a := lonely.ask(lonely.caller, text); a.Code != http.StatusServiceUnavailable || a.Header().Get("Retry-After") == "" {
						t.Errorf("without a database: %d %s", a.Code, a.Body)
					}
				}
			}
			all[0].wantActive(good)
			way.restore()
			for _, lonely := range all[1:] {
				for begun := time.Now(); lonely.ask(lonely.caller, good).Code != http.StatusOK && time.Since(begun) < 20*time.Second; {
					time.Sleep(10 * time.Millisecond)
				}
				lonely.wantActive(good)
				if a := lonely.ask(lonely.caller, texts[0]); a.Body.String() != string(inactive) {
					t.Errorf("afterwards: %d %s", a.Code, a.Body)
				}
			}
		})
	}
}
