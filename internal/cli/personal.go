package cli

import (
	"context"
	"fmt"

	"latchkey/internal/console"
	"latchkey/internal/service"
)

// personalCommands are about the personal token of who --as names.
type personalCommands struct {
	Show   personalShow   `cmd:"" help:"Show it."`
	Create personalCreate `cmd:"" help:"Make it. The one before it ends."`
	Rotate personalRotate `cmd:"" help:"Give it a new secret. The old one ends at once."`
	Revoke personalRevoke `cmd:"" help:"End it for good."`
}

// asSomebody is withService for what only a person has.
func (p *program) asSomebody(ctx context.Context, do func(svc *service.Service, actor console.Principal) error) error {
	return p.withService(ctx, func(svc *service.Service, actor console.Principal) error {
		problems := console.Problems{}
		problems.Check(actor.Kind == console.PrincipalUser, "as", "Say with --as whose it is.")
		if err := problems.Err(); err != nil {
			return err
		}
		return do(svc, actor)
	})
}

const noPersonalToken = "They have no personal token."

type personalShow struct{}

// Run shows a personal token.
func (personalShow) Run(ctx context.Context, p *program) error {
	return p.asSomebody(ctx, func(svc *service.Service, actor console.Principal) error {
		token, _, err := svc.PersonalToken(ctx, actor)
		if err != nil {
			return absent(err, noPersonalToken)
		}
		return p.say("%s, GUID %s, %s until %s.\n", token.Name, token.GUID, token.Status(svc.Now()), instant(token.ValidTo, "it is revoked"))
	})
}

type personalCreate struct {
	ValidTo  string `placeholder:"TIME" help:"End: 2026-12-31, 2026-12-31T08:00 (both UTC), RFC 3339, or a time from now on, such as 90d (default: no end)."`
	IPFilter string `name:"ip-filter" placeholder:"NAME" help:"IP filter that says from where it can be used (default: from everywhere)."`
	JSON     bool   `name:"json" help:"Print the GUID and the token string as JSON."`
}

// Run makes a personal token.
func (c personalCreate) Run(ctx context.Context, p *program) error {
	return p.asSomebody(ctx, func(svc *service.Service, actor console.Principal) error {
		made := tokenCreate{ValidTo: c.ValidTo, IPFilter: c.IPFilter, JSON: c.JSON}
		n, err := made.ends(ctx, svc, actor)
		if err != nil {
			return err
		}
		token, secret, err := svc.CreatePersonalToken(ctx, actor, console.NewPersonalToken{GUID: n.GUID, ValidTo: n.ValidTo, IPFilter: n.IPFilter})
		if err != nil {
			return err
		}
		return handed(made.hand(p, token, secret))
	})
}

// handed says that a secret is lost which could not be written.
func handed(err error) error {
	if err != nil {
		return fmt.Errorf("the secret was made, but it could not be written and is lost; rotate it: %w", err)
	}
	return nil
}

type personalRotate struct {
	JSON bool `name:"json" help:"Print the GUID and the new token string as JSON."`
}

// Run gives a personal token a new secret.
func (r personalRotate) Run(ctx context.Context, p *program) error {
	return p.asSomebody(ctx, func(svc *service.Service, actor console.Principal) error {
		token, secret, err := svc.RotatePersonalToken(ctx, actor, actor.GUID, console.Rotation{ID: console.NewGUID(), EndOldest: true})
		if err != nil {
			return absent(err, noPersonalToken)
		}
		return handed(tokenCreate{JSON: r.JSON}.hand(p, token, secret))
	})
}

type personalRevoke struct{}

// Run ends a personal token.
func (personalRevoke) Run(ctx context.Context, p *program) error {
	return p.asSomebody(ctx, func(svc *service.Service, actor console.Principal) error {
		if err := svc.RevokePersonalToken(ctx, actor); err != nil {
			return err
		}
		return p.say("The personal token of %s has ended.\n", actor.Name)
	})
}
