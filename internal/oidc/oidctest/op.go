// Package oidctest gives tests providers of OpenID Connect: a real one that
// runs in the test's process, and one that lies as a test wants.
package oidctest

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"

	"github.com/zitadel/oidc/v3/example/server/exampleop"
	"github.com/zitadel/oidc/v3/example/server/storage"
	"github.com/zitadel/oidc/v3/pkg/oidc"
	"github.com/zitadel/oidc/v3/pkg/op"

	"latchkey/internal/console"
)

// What every provider here knows Latchkey by.
const (
	ClientID     = "latchkey"
	ClientSecret = "a client's secret, for tests"
)

// A Person is known to a provider.
type Person struct {
	Subject  string
	Email    string
	Verified bool
	Name     string
	Groups   []string
}

// An OP is a real provider.
type OP struct {
	URL string

	mu      sync.Mutex
	people  map[string]*Person
	handler http.Handler
}

// Password is everybody's at an OP; the name to sign in with is the subject.
const Password = "verysecure"

// StartOP starts a provider that knows people. Register it before it is used.
func StartOP(t testing.TB, people ...*Person) *OP {
	t.Helper()
	o := &OP{people: map[string]*Person{}}
	for _, p := range people {
		o.people[p.Subject] = p
	}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		o.mu.Lock()
		handler := o.handler
		o.mu.Unlock()
		if handler == nil {
			http.Error(w, "not registered yet", http.StatusServiceUnavailable)
			return
		}
		handler.ServeHTTP(w, r)
	}))
	t.Cleanup(server.Close)
	o.URL = server.URL
	return o
}

// Register tells the provider of the console at base, under the provider id
// that the console uses.
func (o *OP) Register(base, id string) {
	client := storage.WebClient(ClientID, ClientSecret, base+"/login/"+id+"/callback")
	users := users{o}
	kept := withGroups{storage.NewStorageWithClients(users, map[string]*storage.Client{ClientID: client}), users}
	handler := exampleop.SetupServer(o.URL, kept, slog.New(slog.DiscardHandler), false)
	o.mu.Lock()
	defer o.mu.Unlock()
	o.handler = handler
}

// Change changes what the provider knows of somebody.
func (o *OP) Change(subject string, change func(*Person)) {
	o.mu.Lock()
	defer o.mu.Unlock()
	change(o.people[subject])
}

func (o *OP) person(subject string) *Person {
	o.mu.Lock()
	defer o.mu.Unlock()
	p, known := o.people[subject]
	if !known {
		return nil
	}
	found := *p
	return &found
}

// Settings are those of the provider in the console.
func (o *OP) Settings(id string) console.Provider {
	return console.Provider{
		ID: id, Label: "Northwind SSO", Issuer: o.URL, ClientID: ClientID,
		Asks: []string{"openid", "profile", "email"}, GroupsClaim: "groups",
	}
}

// SignIn does what a browser does at the provider: it follows address, fills in
// the form, and returns the address to which the provider leads back.
func (o *OP) SignIn(t testing.TB, address, subject string) string {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	var back string
	browser := &http.Client{Jar: jar, CheckRedirect: func(r *http.Request, _ []*http.Request) error {
		if !strings.HasPrefix(r.URL.String(), o.URL) {
			back = r.URL.String()
			return http.ErrUseLastResponse
		}
		return nil
	}}
	page, err := browser.Get(address)
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(page.Body)
	if err != nil || page.Body.Close() != nil {
		t.Fatal(err)
	}
	request := page.Request.URL.Query().Get("authRequestID")
	if request == "" {
		t.Fatalf("the provider shows %s at %s: %s", page.Status, page.Request.URL, text)
	}
	done, err := browser.PostForm(o.URL+"/login/username", url.Values{"username": {subject}, "password": {Password}, "id": {request}})
	if err != nil {
		t.Fatal(err)
	}
	if err := done.Body.Close(); err != nil || back == "" {
		t.Fatalf("the provider does not lead back, but to %s: %v", done.Request.URL, err)
	}
	return back
}

// users are the people of an OP, for its storage.
type users struct{ o *OP }

func (u users) GetUserByID(id string) *storage.User {
	p := u.o.person(id)
	if p == nil {
		return nil
	}
	first, last, _ := strings.Cut(p.Name, " ")
	return &storage.User{
		ID: p.Subject, Username: p.Subject, Password: Password, FirstName: first, LastName: last,
		Email: p.Email, EmailVerified: p.Verified,
	}
}

func (u users) GetUserByUsername(name string) *storage.User { return u.GetUserByID(name) }
func (u users) ExampleClientID() string                     { return "service" }

// withGroups tells groups beside what the storage tells.
type withGroups struct {
	*storage.Storage
	users users
}

func (s withGroups) SetUserinfoFromToken(ctx context.Context, info *oidc.UserInfo, tokenID, subject, origin string) error {
	err := s.Storage.SetUserinfoFromToken(ctx, info, tokenID, subject, origin)
	if p := s.users.o.person(subject); err == nil && p != nil {
		info.AppendClaims("groups", p.Groups)
	}
	return err
}

var _ op.Storage = withGroups{}
