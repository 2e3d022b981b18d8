package service_test

import (
	"context"
	"errors"
	"maps"
	"net/netip"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"latchkey/internal/console"
	"latchkey/internal/password"
	"latchkey/internal/service"
	"latchkey/internal/store"
	"latchkey/internal/store/storetest"
)

// opening is when every site opens: within a minute, so that its beginning is past.
var opening = time.Date(2026, 11, 21, 12, 0, 30, 0, time.UTC)

const (
	ms  = time.Millisecond
	day = 24 * time.Hour
)

// clock is a clock that stands still until somebody moves it.
type clock struct {
	mu sync.Mutex
	at time.Time
}

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at
}

func (c *clock) set(at time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = at
}

func (c *clock) forward(d time.Duration) { c.set(c.now().Add(d)) }

// site is a service on a database of its own, with a person of each role and
// a repository.
type site struct {
	*service.Service
	t      *testing.T
	url    string
	store  *store.Store
	clock  *clock
	people map[console.Role]console.User
	repo   console.Repository
	sso    *provider
	// made are the strings of all tokens that make made.
	made []string
}

var limits = console.SessionLimits{Idle: 30 * time.Minute, Absolute: 12 * time.Hour}

// nowhere is an address that nobody knows.
var nowhere netip.Addr

// keep is how long tokens that ended stay.
const keep = 90 * day

// key is an installation's key, made of one byte.
func key(b byte) []byte { return slices.Repeat([]byte{b}, 32) }

// each runs test on a fresh site on each database.
func each(t *testing.T, test func(t *testing.T, s *site)) {
	t.Helper()
	eachEmpty(t, func(t *testing.T, s *site) {
		s.furnish()
		test(t, s)
	})
}

// eachEmpty is each without people and repositories.
func eachEmpty(t *testing.T, test func(t *testing.T, s *site)) {
	t.Helper()
	t.Parallel()
	storetest.EachURL(t, func(t *testing.T, databaseURL string) {
		test(t, newSite(t, databaseURL))
	})
}

func newSite(t *testing.T, databaseURL string) *site {
	t.Helper()
	s := &site{t: t, url: databaseURL, store: storetest.Open(t, databaseURL), clock: &clock{at: opening}, sso: newProvider()}
	svc, err := s.open(key(1))
	if err != nil {
		t.Fatal(err)
	}
	s.Service = svc
	return s
}

// open is a service with that key, and keys from before, on the site's database.
func (s *site) open(key []byte, old ...[]byte) (*service.Service, error) {
	return service.New(context.Background(), s.store, service.Options{
		Key: key, OldKeys: old, Now: s.clock.now, Passwords: password.NewWeak(),
		Providers: []service.Provider{s.sso},
	})
}

func (s *site) furnish() {
	s.t.Helper()
	s.people = map[console.Role]console.User{}
	for _, role := range console.Roles {
		s.people[role] = s.person(console.User{Name: role.Label(), Role: role})
	}
	s.repo = s.repository("web-logs")
}

// person adds somebody who has no password, with an address if none is given.
func (s *site) person(u console.User) console.User {
	s.t.Helper()
	u.GUID, u.CreatedAt, u.Version = console.NewGUID(), opening, 1
	if u.Email == "" {
		u.Email = string(u.GUID) + "@example.com"
	}
	s.must(s.store.InsertUser(s.t.Context(), u, "none"))
	return u
}

// repository makes one of that name.
func (s *site) repository(name string) console.Repository {
	s.t.Helper()
	r, err := s.CreateRepository(s.t.Context(), s.as(console.RoleOwner), console.NewRepository{Name: name, Kind: console.KindRepository})
	s.must(err)
	return r
}

// view makes a view of that name over the site's repository.
func (s *site) view(name string) console.Repository {
	s.t.Helper()
	r, err := s.CreateRepository(s.t.Context(), s.as(console.RoleOwner), console.NewRepository{
		Name: name, Kind: console.KindView, Connections: []console.NewConnection{{Repository: s.repo.Name}},
	})
	s.must(err)
	return r
}

// origin is where all requests come from unless a test says otherwise, by people
// who have just proved who they are, whatever the clock says.
var origin = console.Principal{Address: "203.0.113.7", Agent: "A browser", RequestID: "request-1", ProvedAt: opening.Add(100 * 365 * day)}

// as is the person of that role, at a browser.
func (s *site) as(role console.Role) console.Principal { return origin.As(s.people[role]) }

// request is a sound NewToken of the site's repository, changed by the functions given.
func (s *site) request(name string, changes ...func(*console.NewToken)) console.NewToken {
	n := console.NewToken{
		GUID: console.NewGUID(), Type: console.TypeRepository, Name: name,
		Scopes: []string{"ReadAccess"}, Repositories: []console.GUID{s.repo.GUID},
	}
	for _, change := range changes {
		change(&n)
	}
	return n
}

func from(at time.Time) func(*console.NewToken) {
	return func(n *console.NewToken) { n.ValidFrom = at }
}
func to(at time.Time) func(*console.NewToken) { return func(n *console.NewToken) { n.ValidTo = at } }
func in(repositories ...console.Repository) func(*console.NewToken) {
	return func(n *console.NewToken) {
		n.Repositories = nil
		for _, r := range repositories {
			n.Repositories = append(n.Repositories, r.GUID)
		}
	}
}
func ofType(of console.Type, scopes ...string) func(*console.NewToken) {
	return func(n *console.NewToken) { n.Type, n.Scopes, n.Repositories = of, scopes, nil }
}

// make has the owner make a token.
func (s *site) make(name string, changes ...func(*console.NewToken)) (console.Token, string) {
	s.t.Helper()
	token, secret, err := s.CreateToken(s.t.Context(), s.as(console.RoleOwner), s.request(name, changes...))
	s.must(err)
	s.made = append(s.made, secret.Reveal())
	return token, secret.Reveal()
}

// token reads one as it is kept.
func (s *site) token(guid console.GUID) console.Token {
	s.t.Helper()
	token, err := s.GetToken(s.t.Context(), s.as(console.RoleOwner), "", guid)
	s.must(err)
	return token
}

// events are all of them, the oldest first, without their numbers.
func (s *site) events() []console.AuditEvent {
	s.t.Helper()
	var events []console.AuditEvent
	for request := (console.PageRequest{Size: 100}); ; {
		page, err := s.store.ListAuditEvents(context.Background(), console.AuditFilter{}, request)
		s.must(err)
		events = append(events, page.Items...)
		if request.Cursor = page.Next; request.Cursor == "" {
			break
		}
	}
	slices.Reverse(events)
	for i := range events {
		events[i].ID = 0
	}
	return events
}

// recorded compares the events since there were so many with those wanted.
func (s *site) recorded(since int, want ...console.AuditEvent) {
	s.t.Helper()
	if diff := cmp.Diff(want, s.events()[since:], cmpopts.EquateEmpty()); diff != "" {
		s.t.Errorf("other events were recorded: %s", diff)
	}
}

// event is what is recorded when actor does action now.
func (s *site) event(actor console.Principal, action console.Action, target console.Target, changes ...console.Change) console.AuditEvent {
	return console.AuditEvent{
		At: s.clock.now(), Action: action, ActorKind: actor.Kind, Actor: actor.Ref(), Target: target,
		Address: "203.0.113.7", Agent: "A browser", RequestID: "request-1", Changes: changes,
	}
}

func (s *site) must(err error) {
	s.t.Helper()
	if err != nil {
		s.t.Fatal(err)
	}
}

// refused expects err to have the code and, if any, the fields.
func (s *site) refused(what string, err error, code console.Code, fields ...string) {
	s.t.Helper()
	if console.CodeOf(err) != code {
		s.t.Errorf("%s: %q (%v), want %q", what, console.CodeOf(err), err, code)
		return
	}
	var got []string
	if e, ok := errors.AsType[*console.Error](err); ok {
		got = slices.Sorted(maps.Keys(e.Fields))
	}
	if !slices.Equal(got, fields) {
		s.t.Errorf("%s: about the fields %q (%v), want %q", what, got, err, fields)
	}
}

// together does n things at once and returns what became of each.
func together[T any](n int, do func(i int) T) []T {
	results := make([]T, n)
	start := make(chan struct{})
	var done sync.WaitGroup
	for i := range n {
		done.Go(func() {
			<-start
			results[i] = do(i)
		})
	}
	close(start)
	done.Wait()
	return results
}

// codes counts errors by their code.
func codes(errs []error) map[console.Code]int {
	counts := map[console.Code]int{}
	for _, err := range errs {
		counts[console.CodeOf(err)]++
	}
	return counts
}
