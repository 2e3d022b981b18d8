package cli

import (
	"context"
	"crypto/rand"
	"fmt"
	"strings"
	"time"

	"latchkey/internal/config"
	"latchkey/internal/console"
	"latchkey/internal/password"
	"latchkey/internal/service"
	"latchkey/internal/store"
)

type demoCommand struct {
	Tokens int `placeholder:"N" help:"Add N synthetic tokens instead of the sample, a million in about a minute."`
}

// Run fills an empty database, with a sample of a small organization or with
// many synthetic tokens, and says how to sign in.
func (d demoCommand) Run(ctx context.Context, p *program) error {
	c, err := p.load()
	if err != nil {
		return err
	}
	st, err := p.openStore(ctx, c)
	if err != nil {
		return err
	}
	defer func() { _ = st.Close() }()
	key, _, err := config.LoadKey(c)
	if err != nil {
		return err
	}
	s := &sampler{ctx: ctx, now: time.Now().UTC().Truncate(time.Minute), actor: console.System("latchkey demo")}
	if s.Service, err = service.New(ctx, st, service.Options{Key: key, Now: func() time.Time { return s.clock }, Passwords: password.New(0)}); err != nil {
		return err
	}
	if err := d.refuseFilled(ctx, st); err != nil {
		return err
	}
	start := time.Now()
	phrase, err := s.people()
	if err != nil {
		return err
	}
	if d.Tokens > 0 {
		s.clock = s.now
		err = s.FillSynthetic(ctx, s.actor, d.Tokens)
	} else {
		err = s.sample()
	}
	if err != nil {
		return err
	}
	p.complain("Filled in %s.\n", time.Since(start).Round(time.Second))
	return p.say("Start the console with “latchkey serve” and sign in with\n\n  %s\n  %s\n", samplePeople[0].email, phrase)
}

func (d demoCommand) refuseFilled(ctx context.Context, st *store.Store) error {
	some, err := st.AnyUser(ctx)
	if err == nil && some {
		err = console.Conflict("", "There are accounts in this database already: a demo fills only an empty one.")
	}
	return err
}

// A sampler makes the sample with the verbs of the console, at the times at
// which they would have been called.
type sampler struct {
	*service.Service
	ctx   context.Context
	now   time.Time
	clock time.Time
	actor console.Principal
	users []console.User
	names map[string]console.GUID
}

// at turns the clock to so many days before or after now.
func (s *sampler) at(days float64) {
	s.clock = s.now.Add(time.Duration(days * 24 * float64(time.Hour)))
}

var samplePeople = []struct {
	name, email string
	role        console.Role
}{
	{"Mira Okafor", "mira.okafor@northwind.example", console.RoleOwner},
	{"Jonas Wirth", "jonas.wirth@northwind.example", console.RoleAdministrator},
	{"Sana Rahimi", "sana.rahimi@northwind.example", console.RoleAdministrator},
	{"Tomás Vidal", "tomas.vidal@northwind.example", console.RoleAuditor},
	{"Hana Kobayashi", "hana.kobayashi@northwind.example", console.RoleMember},
}

// people makes the accounts. Only the first one's password is answered.
func (s *sampler) people() (string, error) {
	s.at(-420)
	phrase := ""
	for _, person := range samplePeople {
		text := strings.ToLower(rand.Text()[:20])
		text = fmt.Sprintf("%s-%s-%s-%s", text[:5], text[5:10], text[10:15], text[15:])
		if phrase == "" {
			phrase = text
		}
		user, err := s.CreateUser(s.ctx, s.actor, console.NewUser{Name: person.name, Email: person.email, Role: person.role, Password: text})
		if err != nil {
			return "", err
		}
		s.users = append(s.users, user)
	}
	return phrase, nil
}

// as is the person of that place, acting from the office.
func (s *sampler) as(place int) console.Principal {
	return console.Principal{Address: "10.20.4.17", Agent: "sample"}.As(s.users[place%3])
}
