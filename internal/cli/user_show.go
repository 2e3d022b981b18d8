package cli

import (
	"context"
	"strconv"
	"strings"
	"time"

	"latchkey/internal/console"
	"latchkey/internal/service"
)

// userJSON is a person as JSON output has them.
type userJSON struct {
	GUID       console.GUID                  `json:"guid"`
	Version    int                           `json:"version"`
	Email      string                        `json:"email"`
	Name       string                        `json:"name"`
	Role       console.Role                  `json:"role"`
	State      string                        `json:"state"`
	Scopes     []string                      `json:"scopes"`
	Members    map[string]console.MemberRole `json:"repositories"`
	CreatedAt  string                        `json:"created_at"`
	InvitedAt  string                        `json:"invited_at,omitempty"`
	DisabledAt string                        `json:"disabled_at,omitempty"`
	// Owns and Made are counts of live tokens.
	Owns *int `json:"owns_tokens,omitempty"`
	Made *int `json:"made_tokens,omitempty"`
}

// stateOf is whether somebody may use the console, in one word.
func stateOf(u console.User) string {
	switch {
	case !u.Enabled():
		return "disabled"
	case u.Invited():
		return "invited"
	}
	return "enabled"
}

func userAsJSON(u console.User, memberships []console.MemberOf) userJSON {
	line := userJSON{
		GUID: u.GUID, Version: u.Version, Email: u.Email, Name: u.Name, Role: u.Role, State: stateOf(u),
		Scopes: append([]string{}, u.Scopes...), Members: map[string]console.MemberRole{},
		CreatedAt: instant(u.CreatedAt, ""), InvitedAt: instant(u.InvitedAt, ""), DisabledAt: instant(u.DisabledAt, ""),
	}
	for _, m := range memberships {
		line.Members[m.Repository.Name] = m.Role
	}
	return line
}

// findPerson is the one with an address or a GUID.
func findPerson(ctx context.Context, svc *service.Service, actor console.Principal, text string) (console.User, error) {
	var user console.User
	var err error
	if guid, ok := console.ParseGUID(text); ok {
		user, _, err = svc.GetUser(ctx, actor, guid)
	} else {
		user, err = svc.FindPerson(ctx, actor, text)
	}
	return user, absent(err, "There is no person “"+text+"”.")
}

// personGUID is the GUID of the person whom text names. One that is a GUID is not
// looked up: who may not see people can name them by it.
func personGUID(ctx context.Context, svc *service.Service, actor console.Principal, text string) (console.GUID, error) {
	if guid, ok := console.ParseGUID(text); ok {
		return guid, nil
	}
	user, err := findPerson(ctx, svc, actor, text)
	return user.GUID, err
}

// withPerson runs do with the person whom the command line names.
func (p *program) withPerson(ctx context.Context, text string, do func(*service.Service, console.Principal, console.User) error) error {
	return p.withService(ctx, func(svc *service.Service, actor console.Principal) error {
		user, err := findPerson(ctx, svc, actor, text)
		if err != nil {
			return err
		}
		return do(svc, actor, user)
	})
}

type userList struct {
	Text       string `placeholder:"WORDS" help:"Only whose name or address has all of these words."`
	Role       string `placeholder:"ROLE" help:"Only owner, administrator, auditor or member."`
	Repository string `placeholder:"NAME" help:"Only the members of this repository."`
	JSON       bool   `name:"json" help:"Print JSON, one person a line."`
}

// Run lists everybody, however many there are.
func (l userList) Run(ctx context.Context, p *program) error {
	problems := console.Problems{}
	problems.Check(l.Role == "" || console.Role(l.Role).Valid(), "role", "Choose owner, administrator, auditor or member.")
	if err := problems.Err(); err != nil {
		return err
	}
	return p.withService(ctx, func(svc *service.Service, actor console.Principal) error {
		filter := console.UserFilter{Text: l.Text, Role: console.Role(l.Role)}
		if l.Repository != "" {
			repository, err := svc.GetRepository(ctx, actor, l.Repository)
			if err != nil {
				return absent(err, "There is no repository “"+l.Repository+"”.")
			}
			filter.Repository = repository.GUID
		}
		return l.print(ctx, p, svc, actor, filter)
	})
}

func (l userList) print(ctx context.Context, p *program, svc *service.Service, actor console.Principal, filter console.UserFilter) error {
	pages := func(request console.PageRequest) (console.Page[console.User], error) {
		return svc.ListPeople(ctx, actor, filter, request)
	}
	if l.JSON {
		return everyPage(pages, func(u console.User) error {
			_, memberships, err := svc.GetUser(ctx, actor, u.GUID)
			if err != nil {
				return err
			}
			return p.sayJSON(userAsJSON(u, memberships))
		})
	}
	people := p.list("EMAIL", "NAME", "ROLE", "STATE", "REPOSITORIES", "SCOPES")
	return people.end(everyPage(pages, func(u console.User) error {
		return people.row(u.Email, u.Name, string(u.Role), stateOf(u), strconv.Itoa(len(u.Memberships)), strconv.Itoa(len(u.Scopes)))
	}))
}

type userShow struct {
	Person string `arg:"" help:"The person's address or GUID."`
	JSON   bool   `name:"json" help:"Print JSON."`
}

// Run shows a person and how many live tokens are theirs.
func (s userShow) Run(ctx context.Context, p *program) error {
	return p.withPerson(ctx, s.Person, func(svc *service.Service, actor console.Principal, user console.User) error {
		_, memberships, err := svc.GetUser(ctx, actor, user.GUID)
		if err != nil {
			return err
		}
		leaving, err := svc.PreviewDeparture(ctx, actor, user.GUID)
		if err != nil {
			return err
		}
		end, err := svc.InvitationEnd(ctx, actor, user.GUID)
		if err != nil {
			return err
		}
		if s.JSON {
			line := userAsJSON(user, memberships)
			line.Owns, line.Made = &leaving.Owned, &leaving.Made
			return p.sayJSON(line)
		}
		return p.showUser(user, memberships, leaving, end)
	})
}

func (p *program) showUser(u console.User, memberships []console.MemberOf, leaving console.Leaving, end time.Time) error {
	table := p.table()
	for _, line := range [][2]string{
		{"Name", u.Name},
		{"Email", u.Email},
		{"GUID", string(u.GUID)},
		{"Role", u.Role.Label()},
		{"State", stateOf(u)},
		{"Repositories", console.MembershipsText(memberships)},
		{"Scopes", strings.Join(u.Scopes, ", ")},
		{"Owns", console.Count(leaving.Owned, "live token")},
		{"Made", console.Count(leaving.Made, "live token") + " that others own"},
		{"Version", strconv.Itoa(u.Version)},
		{"Created", instant(u.CreatedAt, "")},
		{"Invited", instant(u.InvitedAt, "")},
		{"Link until", instant(end, "")},
		{"Disabled", instant(u.DisabledAt, "")},
	} {
		if line[1] == "" {
			continue
		}
		if err := row(table, line[0]+":", line[1]); err != nil {
			return err
		}
	}
	return table.Flush()
}
