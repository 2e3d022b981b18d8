package cli

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"latchkey/internal/console"
	"latchkey/internal/service"
)

type demoCommand struct {
	Tokens *int `placeholder:"N" help:"Add N synthetic tokens instead of the sample, a million in about a minute."`
}

// Run fills an empty database, with a sample of a small organization or with
// many synthetic tokens, and says how to sign in.
func (d demoCommand) Run(ctx context.Context, p *program) (err error) {
	problems := console.Problems{}
	problems.Check(d.Tokens == nil || *d.Tokens > 0, "tokens", "Choose how many, at least 1.")
	if err := problems.Err(); err != nil {
		return err
	}
	c, err := p.load()
	if err != nil {
		return err
	}
	s := &sampler{ctx: ctx, now: time.Now().UTC().Truncate(time.Minute), actor: console.System("latchkey demo")}
	svc, closeAll, err := p.openService(ctx, c, func() time.Time { return s.clock })
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, closeAll()) }()
	s.Service = svc
	if err := s.refuseFilled(); err != nil {
		return err
	}
	start := time.Now()
	phrase, err := s.people()
	if err != nil {
		return err
	}
	if d.Tokens == nil {
		err = s.sample()
	} else {
		s.clock = s.now
		err = s.FillSynthetic(ctx, s.actor, *d.Tokens)
	}
	if err != nil {
		return err
	}
	p.complain("Filled in %s.\n", time.Since(start).Round(time.Second))
	if d.Tokens != nil && c.Retention > 0 {
		p.complain("Most of these tokens ended long ago. A server removes them little by little, unless LATCHKEY_RETENTION is “forever”.\n")
	}
	return p.say("Start the console with “latchkey serve” and sign in with\n\n  %s\n  %s\n", samplePeople[0].email, phrase)
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
	// filters are the IP filters in the order of sampleIPFilters.
	filters []console.GUID
	deeds   []deed
	// counts are how often tokens were used and refused.
	counts map[console.GUID][]console.DayCount
}

// A deed is something that somebody did some time ago.
type deed struct {
	at time.Time
	do func() error
}

// refuseFilled leaves alone a database in which somebody has begun.
func (s *sampler) refuseFilled() error {
	one := console.PageRequest{Size: 1}
	users, err := s.ListUsers(s.ctx, s.actor)
	if err != nil {
		return err
	}
	repositories, err := s.ListRepositories(s.ctx, s.actor, console.RepositoryFilter{}, one)
	if err != nil {
		return err
	}
	tokens, err := s.ListTokens(s.ctx, s.actor, console.TokenFilter{}, console.TokenSort{Key: console.SortName}, one)
	if err == nil && len(users)+len(repositories.Items)+len(tokens.Items) > 0 {
		err = console.Conflict("", "There are accounts, repositories or tokens in this database already: a demo fills only an empty one.")
	}
	return err
}

// on is a moment of the working day that is so many days before today.
func (s *sampler) on(daysAgo, moment int) time.Time {
	const opening, workingDay = 8 * 60, 9 * 60
	return s.now.Truncate(24*time.Hour).AddDate(0, 0, -daysAgo).Add(time.Duration(opening+moment*53%workingDay) * time.Minute)
}

// in is the beginning of the day that is so many days after today.
func (s *sampler) in(days int) time.Time { return s.now.Truncate(24*time.Hour).AddDate(0, 0, days) }

// plan notes what shall be done at some time.
func (s *sampler) plan(at time.Time, do func() error) { s.deeds = append(s.deeds, deed{at, do}) }

// live does what was planned, in the order of its time: the audit log is in
// the order in which things were done.
func (s *sampler) live() error {
	slices.SortStableFunc(s.deeds, func(a, b deed) int { return a.at.Compare(b.at) })
	for _, deed := range s.deeds {
		s.clock = deed.at
		if err := deed.do(); err != nil {
			return fmt.Errorf("the sample at %s: %w", deed.at.Format(time.DateTime), err)
		}
	}
	s.clock = s.now
	return nil
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
	{"Deniz Aydın", "deniz.aydin@northwind.example", console.RoleMember},
	{"Pia Lindqvist", "pia.lindqvist@northwind.example", console.RoleMember},
}

// people makes the accounts. Only the first one's password is answered.
func (s *sampler) people() (string, error) {
	phrase := ""
	for i, person := range samplePeople {
		s.clock = s.on(420-i, i)
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
	return console.Principal{Address: "10.20.4.17", Agent: "sample", ProvedAt: s.now}.As(s.users[place%3])
}
