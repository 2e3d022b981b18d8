// Package webtest gives tests a site of their own: the real server over a
// fresh database, visitors with cookies, and answers that can be asked about.
package webtest

import (
	"bytes"
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"latchkey/internal/console"
	"latchkey/internal/password"
	"latchkey/internal/service"
	"latchkey/internal/store"
	"latchkey/web"
)

// Password is everybody's.
const Password = "quiet lantern orbit maple"

// Start is the time on a new site's clock.
var Start = time.Date(2026, 11, 21, 20, 52, 0, 0, time.UTC)

// A Site is a running console with its own database and its own time.
type Site struct {
	T       testing.TB
	URL     string
	Server  *web.Server
	Service *service.Service
	Store   *store.Store
	Log     *Log

	answering sync.Map // a lock for the remote address of each connection

	mu   sync.Mutex
	now  time.Time
	tick time.Duration
}

// New starts a site over st. The options can be changed before it starts.
func New(t testing.TB, st *store.Store, change ...func(*web.Options)) *Site {
	t.Helper()
	return NewWithProviders(t, st, nil, change...)
}

// NewWithProviders is New for a site at whose providers people may sign in.
func NewWithProviders(t testing.TB, st *store.Store, providers []service.Provider, change ...func(*web.Options)) *Site {
	t.Helper()
	site := &Site{T: t, Store: st, Log: &Log{}, now: Start}
	svc, err := service.New(t.Context(), st, service.Options{
		Key: Key(), Now: site.Now, Passwords: password.NewWeak(),
		Fixed:     console.SettingsPatch{Organization: new("Northwind Systems")},
		Providers: providers,
	})
	if err != nil {
		t.Fatalf("start the service: %v", err)
	}
	site.Service = svc
	options := web.Options{Version: "test", Log: slog.New(slog.NewJSONHandler(site.Log, nil)), DrainDelay: -1}
	server := httptest.NewUnstartedServer(nil)
	options.Listen = server.Listener.Addr().String()
	for _, c := range change {
		c(&options)
	}
	site.Server = web.New(svc, options)
	server.Config.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		busy := site.busy(r.RemoteAddr)
		busy.Lock()
		defer busy.Unlock()
		site.Server.Handler().ServeHTTP(w, r)
	})
	server.Start()
	t.Cleanup(server.Close)
	site.URL = server.URL
	return site
}

// Key is the installation's key of every site.
func Key() []byte { return bytes.Repeat([]byte{7}, 32) }

// Serve lets another server answer from now on.
func (s *Site) Serve(server *web.Server) { s.Server = server }

// busy is held while a request over the connection from address is answered, and
// counted and logged after its answer was sent.
func (s *Site) busy(address string) *sync.Mutex {
	lock, _ := s.answering.LoadOrStore(address, new(sync.Mutex))
	return lock.(*sync.Mutex)
}

// Now is the time on the site's clock.
func (s *Site) Now() time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.now = s.now.Add(s.tick)
	return s.now
}

// Tick lets the clock move on by d each time that somebody looks at it.
func (s *Site) Tick(d time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.tick = d
}

// Advance moves the clock.
func (s *Site) Advance(d time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.now = s.now.Add(d)
}

// User makes a person, whose address is the name, with dots, at example.com.
func (s *Site) User(name string, role console.Role) console.User {
	s.T.Helper()
	user, err := s.Service.CreateUser(context.Background(), console.System("test"), console.NewUser{
		Email: strings.ReplaceAll(strings.ToLower(name), " ", ".") + "@example.com", Name: name, Password: Password, Role: role,
	})
	if err != nil {
		s.T.Fatalf("make %s: %v", name, err)
	}
	return user
}

// Member gives somebody who is a member by role scopes and a place in a repository.
func (s *Site) Member(user console.User, repository console.Repository, role console.MemberRole, scopes ...string) {
	s.T.Helper()
	if err := s.Store.PutMembership(context.Background(), user.GUID, repository.GUID, role); err != nil {
		s.T.Fatal(err)
	}
	user.Scopes = scopes
	if err := s.Store.UpdateUser(context.Background(), user, user.Version); err != nil {
		s.T.Fatal(err)
	}
}

// Repository makes a repository.
func (s *Site) Repository(name string) console.Repository {
	s.T.Helper()
	repository, err := s.Service.CreateRepository(context.Background(), console.System("test"), console.NewRepository{
		Name: name, Kind: console.KindRepository, Description: "What " + name + " is for",
	})
	if err != nil {
		s.T.Fatalf("make repository %s: %v", name, err)
	}
	return repository
}

// Token makes a token of the repository, changed as asked.
func (s *Site) Token(repository console.Repository, owner console.User, name string, change ...func(*console.NewToken)) (console.Token, console.Secret) {
	s.T.Helper()
	n := console.NewToken{
		GUID: console.NewGUID(), Type: console.TypeRepository, Name: name, Scopes: []string{"ReadAccess"},
		Repositories: []console.GUID{repository.GUID}, Owner: owner.GUID,
	}
	for _, c := range change {
		c(&n)
	}
	by := console.Principal{ProvedAt: s.Now()}.As(owner)
	token, secret, err := s.Service.CreateToken(context.Background(), by, n)
	if err != nil {
		s.T.Fatalf("make token %s: %v", name, err)
	}
	return token, secret
}

// IPFilter makes an IP filter with those rules.
func (s *Site) IPFilter(name, rules string) console.IPFilter {
	s.T.Helper()
	filter, err := s.Service.CreateIPFilter(context.Background(), console.System("test"), console.NewIPFilter{Name: name, Text: rules})
	if err != nil {
		s.T.Fatalf("make IP filter %s: %v", name, err)
	}
	return filter
}

// Log keeps what the site logs.
type Log struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (l *Log) Write(line []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(line)
}

func (l *Log) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// Follow lets verification remember what it reads, until the test ends.
func (s *Site) Follow() {
	s.T.Helper()
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		s.Service.FollowChanges(ctx, func(error) {})
	}()
	s.T.Cleanup(func() { stop(); <-done })
	for s.Service.Figures().FactsLag > time.Second {
		time.Sleep(time.Millisecond)
	}
}
