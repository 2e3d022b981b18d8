package graph_test

import (
	"bytes"
	"context"
	"encoding/json"
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
	"latchkey/web/graph"
)

// site is the API over a fresh database, with a clock that the test sets.
type site struct {
	t     testing.TB
	st    *store.Store
	svc   *service.Service
	url   string
	now   time.Time
	log   bytes.Buffer
	owner console.User
	by    console.Principal
	logs  console.Repository
	all   console.Repository // a view of logs
}

var start = time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)

func each(t *testing.T, test func(s *site)) {
	storetest.Each(t, func(t *testing.T, st *store.Store) { test(newSite(t, st)) })
}

func newSite(t testing.TB, st *store.Store) *site {
	t.Helper()
	s := &site{t: t, st: st, now: start}
	svc, err := service.New(t.Context(), st, service.Options{
		Key: bytes.Repeat([]byte{7}, 32), Now: func() time.Time { return s.now }, Passwords: password.NewWeak(),
		Fixed: console.SettingsPatch{Organization: new("Northwind Systems")},
	})
	s.must(err)
	s.svc = svc
	e := echo.New()
	graph.Mount(svc, graph.Options{Version: "1.2.3", Client: func(r *http.Request) netip.Addr {
		addr, _ := netip.ParseAddrPort(r.RemoteAddr)
		return addr.Addr()
	}, Log: slog.New(slog.NewTextHandler(&s.log, nil))})(e.Group(""))
	server := httptest.NewServer(e)
	t.Cleanup(server.Close)
	s.url = server.URL
	s.owner, err = svc.CreateUser(t.Context(), console.System("test"), console.NewUser{
		Email: "olga@example.com", Name: "Olga Owner", Password: "quiet lantern orbit maple", Role: console.RoleOwner,
	})
	s.must(err)
	s.by = console.Principal{ProvedAt: start.AddDate(1, 0, 0)}.As(s.owner)
	s.logs, err = svc.CreateRepository(t.Context(), s.by, console.NewRepository{Name: "web-logs", Kind: console.KindRepository, Description: "What the web says"})
	s.must(err)
	s.all, err = svc.CreateRepository(t.Context(), s.by, console.NewRepository{
		Name: "all-logs", Kind: console.KindView, Connections: []console.NewConnection{{Repository: "web-logs", Filter: "#type=json"}},
	})
	s.must(err)
	return s
}

func (s *site) must(err error) {
	s.t.Helper()
	if err != nil {
		s.t.Fatal(err)
	}
}

// token makes a token of that type, of web-logs if it belongs to repositories.
func (s *site) token(t console.Type, name string, scopes ...string) (console.Token, string) {
	s.t.Helper()
	n := console.NewToken{GUID: console.NewGUID(), Type: t, Name: name, Scopes: scopes}
	if t == console.TypeRepository {
		n.Repositories = []console.GUID{s.logs.GUID}
	}
	return s.create(n)
}

func (s *site) create(n console.NewToken) (console.Token, string) {
	s.t.Helper()
	token, secret, err := s.svc.CreateToken(context.Background(), s.by, n)
	s.must(err)
	return token, secret.Reveal()
}

// A document is an operation with its variables, as a client has them.
type document struct {
	Query         string         `json:"query"`
	Variables     map[string]any `json:"variables,omitempty"`
	OperationName string         `json:"operationName,omitempty"`
}

// ask sends an operation as the holder of a token string, and returns the answer.
func (s *site) ask(bearer string, d document) string {
	s.t.Helper()
	body, err := json.Marshal(d)
	s.must(err)
	status, answer := s.post("/graphql", string(body), with("Authorization", "Bearer "+bearer), with("Content-Type", "application/json"))
	if status != http.StatusOK {
		s.t.Fatalf("status %d: %s", status, answer)
	}
	return answer
}

// edit changes a request before it is sent.
type edit func(r *http.Request)

func with(name, value string) edit { return func(r *http.Request) { r.Header.Add(name, value) } }

func (s *site) post(path, body string, edits ...edit) (int, string) {
	s.t.Helper()
	return s.send(http.MethodPost, path, body, edits...)
}

func (s *site) send(method, path, body string, edits ...edit) (int, string) {
	s.t.Helper()
	r, err := http.NewRequestWithContext(context.Background(), method, s.url+path, strings.NewReader(body))
	s.must(err)
	for _, edit := range edits {
		edit(r)
	}
	response, err := http.DefaultClient.Do(r)
	s.must(err)
	defer func() { _ = response.Body.Close() }()
	var text bytes.Buffer
	_, err = text.ReadFrom(response.Body)
	s.must(err)
	return response.StatusCode, strings.TrimSuffix(text.String(), "\n")
}

// newSQLiteSite is a site where the database does not matter.
func newSQLiteSite(t testing.TB) *site {
	t.Helper()
	return newSite(t, storetest.Open(t, storetest.SQLite(t)))
}
