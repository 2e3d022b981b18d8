package cli

import (
	"context"
	"net"
	"net/url"
	"strings"

	"latchkey/internal/config"
	"latchkey/internal/console"
	"latchkey/internal/service"
	"latchkey/views"
)

type userInvite struct {
	Email      string   `required:"" placeholder:"ADDRESS" help:"Address to sign in with. Nothing is sent to it."`
	Name       string   `placeholder:"NAME" help:"Name to show (default: what is before the @)."`
	Role       string   `required:"" placeholder:"ROLE" help:"owner, administrator, auditor or member."`
	Scope      []string `sep:"none" aliases:"scopes" placeholder:"SCOPE" help:"What a member may see and grant. Repeat for several."`
	Repository []string `sep:"none" placeholder:"NAME" help:"Repository that a member belongs to. Repeat for several."`
	As         string   `name:"repository-role" default:"viewer" placeholder:"ROLE" help:"What they are there: manager or viewer (default: viewer)."`
	JSON       bool     `name:"json" help:"Print JSON with the person's GUID and the link."`
}

// Run makes an account without a password, and prints the link.
func (i userInvite) Run(ctx context.Context, p *program) error {
	return p.withService(ctx, func(svc *service.Service, actor console.Principal) error {
		n := console.Invitation{Email: i.Email, Name: i.Name, Role: console.Role(i.Role), Scopes: i.Scope}
		problems := console.Problems{}
		problems.Check(console.MemberRole(i.As).Valid(), "as", "Choose manager or viewer.")
		problems.Check(n.Role == console.RoleMember || len(i.Scope) == 0, "scopes", "Only members have scopes assigned.")
		problems.Check(n.Role == console.RoleMember || len(i.Repository) == 0, "repository", "Only members belong to repositories.")
		for _, name := range i.Repository {
			repository, err := svc.GetRepository(ctx, actor, name)
			if err != nil && console.CodeOf(err) != console.CodeNotFound {
				return err
			}
			problems.Check(err == nil, "repository", "There is no repository “"+name+"”.")
			n.Memberships = append(n.Memberships, console.Membership{Repository: repository.GUID, Role: console.MemberRole(i.As)})
		}
		if len(problems) > 0 {
			n.Memberships = nil
			return joined(problems, n.Clean().Validate())
		}
		user, code, err := svc.InviteUser(ctx, actor, n)
		if err != nil {
			return err
		}
		return p.sayLink(user, code, i.JSON)
	})
}

type userLink struct {
	Person string `arg:"" help:"The person's address or GUID."`
	JSON   bool   `name:"json" help:"Print JSON with the person's GUID and the link."`
}

// Run makes a new link.
func (l userLink) Run(ctx context.Context, p *program) error {
	return p.withPerson(ctx, l.Person, func(svc *service.Service, actor console.Principal, user console.User) error {
		user, code, err := svc.CreateUserLink(ctx, actor, user.GUID)
		if err != nil {
			return err
		}
		return p.sayLink(user, code, l.JSON)
	})
}

// sayLink prints the link on standard output and all else on standard error.
func (p *program) sayLink(user console.User, code string, asJSON bool) error {
	c, err := p.load()
	if err != nil {
		return err
	}
	address := publicAddress(c)
	link := address + views.InvitationPath(code)
	p.complain("%s %s sets a password with this link: once, within %s. This is the only time that it is shown.\n",
		user.Name, user.Email, console.Count(int(service.InvitationLifetime.Hours()/24), "day"))
	if u, err := url.Parse(address); err == nil && console.IsThisMachine(u.Hostname()) {
		p.complain("The link opens on this machine only. Set LATCHKEY_PUBLIC_URL to where others reach the console.\n")
	}
	if asJSON {
		return p.sayJSON(struct {
			GUID console.GUID `json:"guid"`
			Link string       `json:"link"`
		}{user.GUID, link})
	}
	return p.say("%s\n", link)
}

// publicAddress is where people reach the console, as far as the settings say.
func publicAddress(c config.Config) string {
	if c.PublicURL != nil {
		return strings.TrimSuffix(c.PublicURL.String(), "/")
	}
	host, port, err := net.SplitHostPort(c.Listen)
	if err != nil {
		return "http://" + c.Listen
	}
	if ip := net.ParseIP(host); host == "" || ip != nil && ip.IsUnspecified() {
		host = "127.0.0.1"
	}
	return "http://" + net.JoinHostPort(host, port)
}
