package service_test

import (
	"fmt"
	"reflect"
	"testing"
	"time"

	"latchkey/internal/console"
)

// phrase is a password that nobody guesses.
const phrase = "correct horse battery staple"

func ann() console.NewUser {
	return console.NewUser{Email: "ann@example.com", Name: "Ann", Password: phrase}
}

func (s *site) users() []console.User {
	s.t.Helper()
	users, err := s.store.ListUsers(s.t.Context(), 100)
	s.must(err)
	return users
}

func (s *site) setupCode() string {
	s.t.Helper()
	code, err := s.NewSetupCode(s.t.Context())
	s.must(err)
	if code == "" {
		s.t.Fatal("there is no setup code")
	}
	return code
}

func TestSetUpMakesTheFirstOwner(t *testing.T) {
	eachEmpty(t, func(t *testing.T, s *site) {
		code, n := s.setupCode(), ann()
		if len(code) < 26 {
			t.Errorf("the code has %d characters, fewer than 128 bits take", len(code))
		}
		s.must(s.CheckSetupCode(t.Context(), code))
		n.Role = console.RoleMember
		user, err := s.SetUp(t.Context(), origin, code, n)
		s.must(err)
		want := console.User{GUID: user.GUID, Email: "ann@example.com", Name: "Ann", Role: console.RoleOwner, CreatedAt: opening, Version: 1}
		if users := s.users(); len(users) != 1 || !reflect.DeepEqual(users[0], want) || !reflect.DeepEqual(user, want) || !user.GUID.Valid() {
			t.Errorf("there are %v, answered is %v", users, user)
		}
		s.recorded(0, s.event(origin.As(user), console.UserCreated, user.AsTarget(), console.Change{Field: "email", New: "ann@example.com"},
			console.Change{Field: "name", New: "Ann"}, console.Change{Field: "role", New: "owner"}))
		_, err = s.SignIn(t.Context(), origin, "ann@example.com", phrase, false)
		s.refused("signing in afterwards", err, "")

		s.refused("looking at the code again", s.CheckSetupCode(t.Context(), code), console.CodeNotFound)
		_, err = s.SetUp(t.Context(), origin, code, console.NewUser{Email: "bob@example.com", Password: phrase})
		s.refused("using the code again", err, console.CodeNotFound)
		if code, err := s.NewSetupCode(t.Context()); code != "" || err != nil {
			t.Errorf("there is another code %q, %v", code, err)
		}
		if len(s.users()) != 1 {
			t.Errorf("there are %v", s.users())
		}
	})
}

func TestSetupCodeEnds(t *testing.T) {
	eachEmpty(t, func(t *testing.T, s *site) {
		code := s.setupCode()
		for _, test := range []struct {
			name  string
			after time.Duration
			want  console.Code
		}{
			{"a moment before", 30*time.Minute - ms, ""},
			{"at", 30 * time.Minute, console.CodeNotFound},
			{"a moment after", 30*time.Minute + ms, console.CodeNotFound},
			{"a year after", 365 * day, console.CodeNotFound},
		} {
			s.clock.set(opening.Add(test.after))
			s.refused(test.name+" its end", s.CheckSetupCode(t.Context(), code), test.want)
			if test.want != "" {
				_, err := s.SetUp(t.Context(), origin, code, ann())
				s.refused("using it "+test.name+" its end", err, test.want)
			}
		}
		code = s.setupCode()
		s.clock.forward(30*time.Minute - ms)
		_, err := s.SetUp(t.Context(), origin, code, ann())
		s.refused("using another in its last moment", err, "")
	})
}

func TestSetUpRefuses(t *testing.T) {
	eachEmpty(t, func(t *testing.T, s *site) {
		code := s.setupCode()
		for name, wrong := range map[string]string{
			"no code": "", "another code": "AAAAAAAAAAAAAAAAAAAAAAAAAA", "half the code": code[:13], "the code and more": code + "A",
			"the code's hash": hashOf(code), "a NUL": "\x00", "invalid UTF-8": "\xff",
		} {
			s.refused("looking at "+name, s.CheckSetupCode(t.Context(), wrong), console.CodeNotFound)
			_, err := s.SetUp(t.Context(), origin, wrong, ann())
			s.refused("using "+name, err, console.CodeNotFound)
			_, err = s.SetUp(t.Context(), origin, wrong, console.NewUser{})
			s.refused("using "+name+" without an account", err, console.CodeNotFound)
		}
		for name, test := range map[string]struct {
			n      console.NewUser
			fields []string
		}{
			"nothing":              {console.NewUser{}, []string{"email", "password"}},
			"a short password":     {console.NewUser{Email: "ann@example.com", Password: "short"}, []string{"password"}},
			"a guessable password": {console.NewUser{Email: "ann@example.com", Password: "passwordpassword"}, []string{"password"}},
			"her address":          {console.NewUser{Email: "ann.lovelace@example.com", Password: "ann.lovelace@example.com"}, []string{"password"}},
		} {
			_, err := s.SetUp(t.Context(), origin, code, test.n)
			s.refused(name, err, console.CodeInvalid, test.fields...)
		}
		if users := s.users(); len(users) != 0 {
			t.Errorf("there are %v", users)
		}
		s.recorded(0)
		_, err := s.SetUp(t.Context(), origin, code, ann())
		s.refused("the code after all that", err, "")
	})
}

func TestSetUpAtOnceMakesOneOwner(t *testing.T) {
	for name, codesGiven := range map[string]int{"with one code": 1, "with eight codes": 8} {
		t.Run(name, func(t *testing.T) {
			eachEmpty(t, func(t *testing.T, s *site) {
				var given []string
				for range codesGiven {
					given = append(given, s.setupCode())
				}
				var errs []error
				s.crowded("users", func() {
					errs = together(32, func(i int) error {
						n := ann()
						n.Email = fmt.Sprint(i, n.Email)
						_, err := s.SetUp(t.Context(), origin, given[i%codesGiven], n)
						return err
					})
				})
				if got := codes(errs); got[""] != 1 || got[console.CodeNotFound] != 31 {
					t.Errorf("the answers are %v: %v", got, errs)
				}
				if users, events := s.users(), s.events(); len(users) != 1 || users[0].Role != console.RoleOwner || len(events) != 1 {
					t.Errorf("there are %v and %d events", users, len(events))
				}
				if left := s.snapshot()["setup_codes"]; len(left) > 0 {
					t.Errorf("codes are left: %v", left)
				}
				for _, code := range given {
					s.refused("a code afterwards", s.CheckSetupCode(t.Context(), code), console.CodeNotFound)
				}
			})
		})
	}
}

func TestCreateUser(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		actor, since := s.as(console.RoleOwner), len(s.events())
		user, err := s.CreateUser(t.Context(), actor, console.NewUser{Email: " Bob@Example.com ", Password: phrase, Role: console.RoleAuditor})
		s.must(err)
		want := console.User{GUID: user.GUID, Email: "Bob@Example.com", Name: "Bob", Role: console.RoleAuditor, CreatedAt: opening, Version: 1}
		if kept, err := s.store.FindUser(t.Context(), user.GUID); !reflect.DeepEqual(user, want) || !reflect.DeepEqual(kept, want) {
			t.Errorf("answered is %v, kept %v, %v", user, kept, err)
		}
		s.recorded(since, s.event(actor, console.UserCreated, user.AsTarget(), console.Change{Field: "email", New: "Bob@Example.com"},
			console.Change{Field: "name", New: "Bob"}, console.Change{Field: "role", New: "auditor"}))
		for _, email := range []string{"Bob@Example.com", "BOB@example.COM", "ｂｏｂ@example.com"} {
			_, err := s.CreateUser(t.Context(), actor, console.NewUser{Email: email, Name: "Bob", Password: phrase, Role: console.RoleOwner})
			s.refused("the taken address "+email, err, console.CodeConflict, "email")
		}
		for name, test := range map[string]struct {
			n      console.NewUser
			fields []string
		}{
			"nothing":                    {console.NewUser{}, []string{"email", "password", "role"}},
			"no role":                    {console.NewUser{Email: "eve@example.com", Password: phrase}, []string{"role"}},
			"a guessable password":       {console.NewUser{Email: "eve@example.com", Password: "qwertyuiopas", Role: console.RoleMember}, []string{"password"}},
			"their name as the password": {console.NewUser{Email: "eve@example.com", Name: "Evelyn Evelyn", Password: "evelynevelyn", Role: console.RoleMember}, []string{"password"}},
		} {
			_, err := s.CreateUser(t.Context(), actor, test.n)
			s.refused(name, err, console.CodeInvalid, test.fields...)
		}
		if len(s.events()) != since+1 || len(s.users()) != len(console.Roles)+1 {
			t.Errorf("there are %d people and %d new events", len(s.users()), len(s.events())-since)
		}
		people, err := s.ListUsers(t.Context(), s.as(console.RoleAuditor))
		s.must(err)
		var names []string
		for _, u := range people {
			names = append(names, u.Name)
		}
		if got := len(names); got != 5 || names[0] != "Administrator" || names[4] != "Owner" {
			t.Errorf("the people are listed as %q", names)
		}
	})
}
