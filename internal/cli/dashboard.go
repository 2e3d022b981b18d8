package cli

import (
	"context"
	"fmt"

	"latchkey/internal/console"
	"latchkey/internal/service"
)

type dashboardCommands struct {
	Links  dashboardLinks  `cmd:"" help:"List the links that open a dashboard."`
	Link   dashboardLink   `cmd:"" help:"Make a link that opens a dashboard."`
	Unlink dashboardUnlink `cmd:"" help:"Delete a link to a dashboard."`
}

type dashboardLinks struct {
	GUID string `arg:"" name:"guid" help:"The dashboard's GUID."`
}

// Run lists links by name, without their secrets.
func (l dashboardLinks) Run(ctx context.Context, p *program) error {
	return p.withAsset(ctx, l.GUID, func(svc *service.Service, actor console.Principal, asset console.Asset) error {
		links, err := svc.ListDashboardLinks(ctx, actor, asset.GUID)
		if err != nil {
			return err
		}
		rows := p.list("GUID", "NAME", "STATUS", "EXPIRATION", "QUERIES AS")
		for _, link := range links {
			if err := rows.row(string(link.GUID), link.Name, string(link.Status(svc.Now())), instant(link.ValidTo, "never"), string(link.Ownership)); err != nil {
				return err
			}
		}
		return rows.end(nil)
	})
}

type dashboardLink struct {
	GUID      string `arg:"" name:"guid" help:"The dashboard's GUID."`
	Name      string `required:"" placeholder:"NAME" help:"Name of the link."`
	ValidTo   string `placeholder:"TIME" help:"End: 2026-12-31, 2026-12-31T08:00 (both UTC), RFC 3339, or a time from now on, such as 90d (default: no end)."`
	IPFilter  string `name:"ip-filter" placeholder:"NAME" help:"IP filter that says from where it can be used (default: from everywhere)."`
	Ownership string `default:"User" placeholder:"WHOSE" help:"As whom its queries run: User or Organization (default: User)."`
	JSON      bool   `name:"json" help:"Print the GUID and the token string as JSON."`
}

// Run makes a link. It goes to stdout and everything for people to stderr.
func (l dashboardLink) Run(ctx context.Context, p *program) error {
	return p.withAsset(ctx, l.GUID, func(svc *service.Service, actor console.Principal, asset console.Asset) error {
		made := tokenCreate{ValidTo: l.ValidTo, IPFilter: l.IPFilter, JSON: l.JSON}
		n, err := made.ends(ctx, svc, actor)
		if err != nil {
			return err
		}
		link, secret, err := svc.CreateDashboardLink(ctx, actor, console.NewDashboardLink{
			GUID: n.GUID, Dashboard: asset.GUID, Name: l.Name, ValidTo: n.ValidTo, IPFilter: n.IPFilter, Ownership: console.QueryOwnership(l.Ownership),
		})
		if err != nil {
			return err
		}
		if err := made.hand(p, link.Token, secret); err != nil {
			return fmt.Errorf("the link %s was created, but it could not be written and is lost; delete it: %w", link.GUID, err)
		}
		return nil
	})
}

// ends reads the end and the IP filter of a token that is made in another way.
func (c tokenCreate) ends(ctx context.Context, svc *service.Service, actor console.Principal) (console.NewToken, error) {
	n, problems := console.NewToken{GUID: console.NewGUID()}, console.Problems{}
	c.readTimes(&n, svc.Now(), problems)
	if c.IPFilter != "" {
		var err error
		if n.IPFilter, err = findIPFilter(ctx, svc, actor, c.IPFilter, problems); err != nil {
			return n, err
		}
	}
	return n, problems.Err()
}

type dashboardUnlink struct {
	GUID string `arg:"" name:"guid" help:"The dashboard's GUID."`
	Link string `arg:"" name:"link" help:"The link's GUID, or all of it."`
}

// Run deletes a link.
func (u dashboardUnlink) Run(ctx context.Context, p *program) error {
	guid, err := parseGUID(console.WithoutSecret(u.Link))
	if err != nil {
		return err
	}
	return p.withAsset(ctx, u.GUID, func(svc *service.Service, actor console.Principal, asset console.Asset) error {
		link, err := svc.DeleteDashboardLink(ctx, actor, asset.GUID, guid)
		if err != nil {
			return absent(err, "This dashboard has no such link.")
		}
		return p.say("Deleted %s.\n", link.Name)
	})
}
