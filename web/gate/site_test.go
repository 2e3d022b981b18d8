package gate

import (
	"bytes"
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/labstack/echo/v4"

	"latchkey/internal/console"
	"latchkey/internal/password"
	"latchkey/internal/service"
	"latchkey/internal/store"
	"latchkey/internal/store/storetest"
)

// site is a gate over a fresh database, with a clock that the test sets.
type site struct {
	t      testing.TB
	st     *store.Store
	svc    *service.Service
	gate   *gate
	server http.Handler
	now    time.Time
	log    bytes.Buffer
	actor  console.Principal
	logs   console.Repository
	caller string // a token string that may ask
	count  int
}

var start = time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)

func each(t *testing.T, test func(s *site)) {
	storetest.Each(t, func(t *testing.T, st *store.Store) { test(newSite(t, st)) })
}

func newSite(t testing.TB, st *store.Store) *site {
	t.Helper()
	s := &site{t: t, st: st, now: start}
	s.serve(func() time.Time { return s.now })
	s.furnish()
	return s
}

// serve starts a gate that lives by that clock.
func (s *site) serve(now func() time.Time) {
	s.t.Helper()
	svc, err := service.New(s.t.Context(), s.st, service.Options{Key: bytes.Repeat([]byte{7}, 32), Now: now, Passwords: password.NewWeak()})
	if err != nil {
		s.t.Fatal(err)
	}
	s.svc, s.actor = svc, console.System("test")
	s.gate = newGate(svc, Options{
		Issuer: "https://console.example.com", Client: peer, Log: slog.New(slog.NewTextHandler(&s.log, nil)),
		Gateways: []netip.Prefix{netip.MustParsePrefix("192.0.2.0/24")}, // where httptest's requests come from
		Proxies:  []netip.Prefix{netip.MustParsePrefix("198.51.100.7/32")},
	})
	s.mount()
}

// mount puts the gate into a server, again if the gate was changed.
func (s *site) mount() {
	e := echo.New()
	for path, answer := range s.gate.routes() {
		e.Any(path, answer)
		e.RouteNotFound(path, answer)
	}
	s.server = e
}

// furnish makes a repository and a token that may ask.
func (s *site) furnish() {
	s.t.Helper()
	var err error
	s.logs, err = s.svc.CreateRepository(s.t.Context(), s.actor, console.NewRepository{Name: "web-logs", Kind: console.KindRepository})
	if err != nil {
		s.t.Fatal(err)
	}
	_, s.caller = s.create(console.NewToken{Type: console.TypeSystem, Scopes: []string{console.ScopeIntrospect}})
}

// follow lets verification remember what it reads, until the test ends.
func follow(t testing.TB, svc *service.Service) {
	t.Helper()
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		svc.FollowChanges(ctx, func(error) {})
	}()
	t.Cleanup(func() { stop(); <-done })
	for svc.Figures().FactsLag > time.Second {
		time.Sleep(time.Millisecond)
	}
}

// peer is the address from which a test says that it asks.
func peer(r *http.Request) netip.Addr {
	addr, _ := netip.ParseAddrPort(r.RemoteAddr)
	return addr.Addr()
}

// create makes a token. Its GUID and name are made up unless given.
func (s *site) create(n console.NewToken) (console.Token, string) {
	s.t.Helper()
	s.count++
	n.GUID = console.NewGUID()
	if n.Name == "" {
		n.Name = "token " + strings.Repeat("i", s.count)
	}
	token, secret, err := s.svc.CreateToken(context.Background(), s.actor, n)
	if err != nil {
		s.t.Fatal(err)
	}
	return token, secret.Reveal()
}

// reader makes an ordinary token of the repository.
func (s *site) reader(from, to time.Time) (console.Token, string) {
	s.t.Helper()
	return s.create(console.NewToken{
		Type: console.TypeRepository, Scopes: []string{"ReadAccess", "QueryDashboard"}, Repositories: []console.GUID{s.logs.GUID},
		ValidFrom: from, ValidTo: to,
	})
}

// edit changes a request before it is sent.
type edit func(r *http.Request)

func bearing(text string) edit {
	return func(r *http.Request) { r.Header.Add("Authorization", "Bearer "+text) }
}

func with(name, value string) edit {
	return func(r *http.Request) { r.Header.Add(name, value) }
}

func (s *site) send(method, target, body string, edits ...edit) *httptest.ResponseRecorder {
	s.t.Helper()
	r := httptest.NewRequestWithContext(s.t.Context(), method, target, strings.NewReader(body))
	for _, edit := range edits {
		edit(r)
	}
	w := httptest.NewRecorder()
	s.server.ServeHTTP(w, r)
	return w
}

// ask introspects text as caller.
func (s *site) ask(caller, text string) *httptest.ResponseRecorder {
	s.t.Helper()
	return s.send(http.MethodPost, "/introspect", "token="+text, bearing(caller), with("Content-Type", echo.MIMEApplicationForm))
}

// hold asks what the holder of text learns.
func (s *site) hold(text string) *httptest.ResponseRecorder {
	s.t.Helper()
	return s.send(http.MethodPost, "/verify", "", bearing(text))
}
