package service_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"latchkey/internal/console"
)

func TestCreateToken(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		actor, since := s.as(console.RoleAdministrator), len(s.events())
		n := s.request(" Deploy key ", from(opening.Add(time.Hour)), to(opening.Add(day)))
		n.Description, n.Scopes, n.Owner = "From\r\nCI", []string{"ReadAccess", "ChangeFiles", "ReadAccess"}, s.people[console.RoleMember].GUID
		token, secret, err := s.CreateToken(t.Context(), actor, n)
		s.must(err)
		want := console.Token{
			GUID: n.GUID, Type: console.TypeRepository, Name: "Deploy key", Description: "From\nCI",
			Scopes: []string{"ChangeFiles", "ReadAccess"}, Repositories: []console.RepositoryRef{s.repo.Ref()},
			ValidFrom: opening.Add(time.Hour), ValidTo: opening.Add(day), CreatedAt: opening, UpdatedAt: opening, Version: 1,
			Creator: actor.Ref(), Owner: s.people[console.RoleMember].Ref(),
		}
		if diff := cmp.Diff(want, token); diff != "" {
			t.Errorf("the answer: %s", diff)
		}
		if diff := cmp.Diff(want, s.token(n.GUID)); diff != "" {
			t.Errorf("what is kept: %s", diff)
		}
		if guid, _, ok := console.ParseSecret(secret.Reveal()); !ok || guid != n.GUID {
			t.Errorf("the secret is one of %q, %v", guid, ok)
		}
		event := s.event(actor, console.TokenCreated, console.Target{Kind: console.TargetToken, GUID: n.GUID, Name: "Deploy key"},
			console.Change{Field: "type", New: "repository"}, console.Change{Field: "name", New: "Deploy key"},
			console.Change{Field: "description", New: "From\nCI"}, console.Change{Field: "scopes", New: "ChangeFiles ReadAccess"},
			console.Change{Field: "repositories", New: "web-logs"}, console.Change{Field: "valid_from", New: "2026-11-21T13:00:30.000Z"},
			console.Change{Field: "valid_to", New: "2026-11-22T12:00:30.000Z"}, console.Change{Field: "owner", New: "Member"})
		event.Repositories = []console.RepositoryRef{s.repo.Ref()}
		s.recorded(since, event)
		mine, _ := s.make("mine")
		if mine.Owner != s.as(console.RoleOwner).Ref() {
			t.Errorf("a token without an owner belongs to %v, not to whoever made it", mine.Owner)
		}
		_, _, err = s.CreateToken(t.Context(), console.System("cli"), s.request("from the command line"))
		s.must(err)
	})
}

func TestCreateTokenRefusesWhatIsUnsound(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		gone := s.person(console.User{Name: "Gone", Role: console.RoleOwner, DisabledAt: opening})
		owner := func(guid console.GUID) func(*console.NewToken) { return func(n *console.NewToken) { n.Owner = guid } }
		since := len(s.events())
		for _, test := range []struct {
			name   string
			change func(*console.NewToken)
			fields []string
		}{
			{"nothing", func(n *console.NewToken) { *n = console.NewToken{} }, []string{"guid", "name", "scopes", "type"}},
			{"without a GUID", func(n *console.NewToken) { n.GUID = "" }, []string{"guid"}},
			{"with a NUL in its GUID", func(n *console.NewToken) { n.GUID = "\x00" }, []string{"guid"}},
			{"with a GUID of invalid UTF-8", func(n *console.NewToken) { n.GUID = "\xff" }, []string{"guid"}},
			{"of an unknown repository", in(console.Repository{GUID: console.NewGUID()}), []string{"repository"}},
			{"of a known and an unknown repository", in(s.repo, console.Repository{GUID: console.NewGUID()}), []string{"repository"}},
			{"of a repository with a NUL in its GUID", in(console.Repository{GUID: "\x00"}), []string{"repository"}},
			{"of a repository by its name", in(console.Repository{GUID: console.GUID(s.repo.Name)}), []string{"repository"}},
			{"of an unknown owner", owner(console.NewGUID()), []string{"owner"}},
			{"of an owner who was disabled", owner(gone.GUID), []string{"owner"}},
			{"of an owner with a NUL in their GUID", owner("\x00"), []string{"owner"}},
			{"of an unknown repository and owner", func(n *console.NewToken) {
				n.Repositories, n.Owner = []console.GUID{console.NewGUID()}, console.NewGUID()
			}, []string{"owner", "repository"}},
			{"of unknown scopes", func(n *console.NewToken) { n.Scopes = []string{"Everything"} }, []string{"scopes"}},
			{"over before it is made", to(opening), []string{"valid_to"}},
			{"without a name", func(n *console.NewToken) { n.Name = "\u200d" }, []string{"name"}},
		} {
			n := s.request("unsound", test.change)
			token, secret, err := s.CreateToken(t.Context(), s.as(console.RoleOwner), n)
			s.refused("a token "+test.name, err, console.CodeInvalid, test.fields...)
			if !secret.IsZero() || token.GUID != "" {
				t.Errorf("a token %s is answered: %v", test.name, token)
			}
		}
		s.recorded(since)
		if counts, err := s.CountTokens(t.Context(), s.as(console.RoleOwner), console.TokenFilter{}); counts[console.FilterAll] != 0 {
			t.Errorf("afterwards there are %v, %v", counts, err)
		}
	})
}

// TestNamesOfTokens asks when a second token may have the first one's name.
func TestNamesOfTokens(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		other := s.repository("api-logs")
		end := opening.Add(time.Hour)
		try := func(what, name string, want console.Code, changes ...func(*console.NewToken)) {
			t.Helper()
			token, secret, err := s.CreateToken(t.Context(), s.as(console.RoleOwner), s.request(name, changes...))
			if want == "" {
				s.refused(what, err, "")
				return
			}
			s.refused(what, err, want, "name")
			if !secret.IsZero() || token.GUID != "" {
				t.Errorf("%s: answered all the same", what)
			}
		}
		s.make("Straße É", to(end))
		for _, name := range []string{"Straße É", "STRASSE É", "straße e\u0301", "ｓｔｒａßｅ é", "Straße\u00a0É", " Straße É ", "Stra\u200dße É"} {
			try("the name of an active token, as "+name, name, console.CodeConflict)
		}
		try("almost the name", "Straße E", "")
		try("its name in another repository", "Straße É", "", in(other))
		try("its name there and here", "Straße É", console.CodeConflict, in(s.repo, other))
		try("its name, of another type", "Straße É", "", ofType(console.TypeOrganization, "ViewUsage"))
		try("its name, of that type again", "straße é", console.CodeConflict, ofType(console.TypeOrganization, "ManageUsers"))
		try("its name, of a third type", "Straße É", "", ofType(console.TypeSystem, "ReadHealthCheck"))
		mixed := ofType(console.TypeOrganization, "ViewUsage")
		try("its name, of that type with a repository that means nothing", "Straße É", console.CodeConflict, mixed,
			func(n *console.NewToken) { n.Repositories = []console.GUID{s.repo.GUID} })

		s.clock.set(end.Add(-ms))
		try("its name a moment before it ends", "Straße É", console.CodeConflict)
		s.clock.set(end)
		try("its name as it ends", "STRASSE É", "")
		try("its name, taken again", "Straße É", console.CodeConflict)

		s.make("scheduled", from(end.Add(day)))
		try("the name of a scheduled token", "Scheduled", console.CodeConflict)
		paused, _ := s.make("paused")
		_, err := s.DisableToken(t.Context(), s.as(console.RoleOwner), "", paused.GUID, time.Time{})
		s.must(err)
		try("the name of a disabled token", "Paused", console.CodeConflict)
		_, err = s.RevokeToken(t.Context(), s.as(console.RoleOwner), "", paused.GUID, "")
		s.must(err)
		try("the name of a revoked token", "Paused", "")
	})
}

func TestCreateTokenTwiceMakesOne(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		owner, admin := s.as(console.RoleOwner), s.as(console.RoleAdministrator)
		n := s.request("deploy", from(opening), to(opening.Add(day)))
		first, secret, err := s.CreateToken(t.Context(), owner, n)
		s.must(err)
		if secret.IsZero() {
			t.Fatal("the first answer has no secret")
		}
		since := len(s.events())
		s.clock.forward(2 * time.Minute) // when a new token could no longer begin at opening
		again, secret, err := s.CreateToken(t.Context(), owner, n)
		s.must(err)
		if !secret.IsZero() {
			t.Error("the secret is shown again")
		}
		if diff := cmp.Diff(first, again); diff != "" {
			t.Errorf("the second answer differs: %s", diff)
		}
		written := n
		written.Name, written.Scopes = " deploy ", []string{"ReadAccess", "ReadAccess"}
		if _, secret, err := s.CreateToken(t.Context(), owner, written); err != nil || !secret.IsZero() {
			t.Errorf("the same, written differently: %v", err)
		}
		for what, change := range map[string]func(*console.NewToken){
			"name":   func(n *console.NewToken) { n.Name = "Deploy" },
			"scopes": func(n *console.NewToken) { n.Scopes = []string{"ChangeFiles"} },
			"end":    func(n *console.NewToken) { n.ValidTo = time.Time{} },
			"owner":  func(n *console.NewToken) { n.Owner = s.people[console.RoleMember].GUID },
			"type":   ofType(console.TypeOrganization, "ViewUsage"),
		} {
			other := n
			change(&other)
			token, secret, err := s.CreateToken(t.Context(), owner, other)
			s.refused("the same GUID with another "+what, err, console.CodeConflict, "guid")
			if !secret.IsZero() || token.GUID != "" {
				t.Errorf("the same GUID with another %s is answered", what)
			}
		}
		mine := n
		mine.Owner = owner.GUID
		_, secret, err = s.CreateToken(t.Context(), admin, mine)
		s.refused("the same request of somebody else", err, console.CodeConflict, "guid")
		if !secret.IsZero() {
			t.Error("somebody else gets a secret")
		}
		s.recorded(since)
		_, _, err = s.CreateToken(t.Context(), s.as(console.RoleAuditor), n)
		s.refused("the same request of its maker, now an auditor", err, console.CodeForbidden)
		s.recorded(since, s.denied(s.as(console.RoleAuditor), console.TokenWrite, console.Target{}, 1))
		if diff := cmp.Diff(first, s.token(n.GUID)); diff != "" {
			t.Errorf("the token changed: %s", diff)
		}
	})
}

// made is one answer to CreateToken.
type made struct {
	token  console.Token
	secret console.Secret
	err    error
}

func (s *site) makeTogether(n int, request func(i int) console.NewToken) (all []made, errs []error, secrets int) {
	s.t.Helper()
	actor := s.as(console.RoleOwner)
	s.crowded("tokens", func() {
		all = together(n, func(i int) made {
			token, secret, err := s.CreateToken(s.t.Context(), actor, request(i))
			return made{token, secret, err}
		})
	})
	for _, m := range all {
		errs = append(errs, m.err)
		if !m.secret.IsZero() {
			secrets++
		}
	}
	return all, errs, secrets
}

func (s *site) tokens() []console.Token {
	s.t.Helper()
	page, err := s.ListTokens(s.t.Context(), s.as(console.RoleOwner), console.TokenFilter{}, console.TokenSort{Key: console.SortName}, console.PageRequest{Size: 100})
	s.must(err)
	return page.Items
}

func TestCreateTokenAtOnceMakesOne(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		n, since := s.request("deploy"), len(s.events())
		all, errs, secrets := s.makeTogether(32, func(int) console.NewToken { return n })
		if got := codes(errs); got[""] != 32 {
			t.Errorf("the answers are %v, %v", got, errs)
		}
		for _, m := range all {
			if m.token.GUID != n.GUID || m.token.Name != "deploy" {
				t.Errorf("an answer tells of %+v", m.token)
			}
			if !m.secret.IsZero() {
				if worth, err := s.Verify(t.Context(), m.secret.Reveal(), nowhere); !worth.Active {
					t.Errorf("the secret is worth %v, %v", worth, err)
				}
			}
		}
		if secrets != 1 || len(s.tokens()) != 1 || len(s.events()) != since+1 {
			t.Errorf("%d secrets, %d tokens, %d events, want one of each", secrets, len(s.tokens()), len(s.events())-since)
		}
	})
}

func TestOneNameAtOnceGoesToOne(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		names, since := []string{"deploy", "Deploy", "DEPLOY", "ｄｅｐｌｏｙ"}, len(s.events())
		other := s.repository("api-logs")
		_, errs, secrets := s.makeTogether(32, func(i int) console.NewToken {
			if i%8 == 0 {
				return s.request(names[i%4], in(s.repo, other))
			}
			return s.request(names[i%4])
		})
		if got := codes(errs); got[""] != 1 || got[console.CodeConflict] != 31 || secrets != 1 {
			t.Errorf("the answers are %v with %d secrets: %v", got, secrets, errs)
		}
		if tokens, events := s.tokens(), s.events(); len(tokens) != 1 || len(events) != since+2 {
			t.Errorf("%d tokens, %d events", len(tokens), len(events)-since)
		}
	})
}

func TestOneGUIDAtOnceGoesToOne(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		n, since := s.request("deploy"), len(s.events())
		_, errs, secrets := s.makeTogether(32, func(i int) console.NewToken {
			mine := n
			mine.Description = fmt.Sprint("request ", i)
			return mine
		})
		if got := codes(errs); got[""] != 1 || got[console.CodeConflict] != 31 || secrets != 1 {
			t.Errorf("the answers are %v with %d secrets: %v", got, secrets, errs)
		}
		if tokens, events := s.tokens(), s.events(); len(tokens) != 1 || len(events) != since+1 {
			t.Errorf("%d tokens, %d events", len(tokens), len(events)-since)
		}
	})
}
