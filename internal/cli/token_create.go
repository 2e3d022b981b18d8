package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"strings"
	"time"

	"latchkey/internal/console"
	"latchkey/internal/service"
)

type tokenCreate struct {
	Name        string   `required:"" placeholder:"NAME" help:"Name of the token."`
	Scope       []string `required:"" sep:"none" placeholder:"SCOPE" help:"One thing that it may do. Repeat for several."`
	Repository  []string `sep:"none" placeholder:"NAME" help:"Repository or view that it is for. Repeat for several."`
	Type        string   `placeholder:"TYPE" help:"organization, organization_management or system, for a token that belongs to no repository."`
	Asset       []string `sep:"none" placeholder:"IDENTIFIER=RIGHT" help:"Right on a single asset, UpdateAsset or DeleteAsset. Repeat for several."`
	Description string   `placeholder:"TEXT" help:"What it is for."`
	ValidFrom   string   `placeholder:"TIME" help:"First instant: 2026-12-31, 2026-12-31T08:00 (both UTC) or RFC 3339 (default: now)."`
	ValidTo     string   `placeholder:"TIME" help:"End: as above, where a day is included to its end, or a time from its beginning on, such as 12h, 90d or 1y (default: no end)."`
	Owner       string   `placeholder:"ADDRESS" help:"Who answers for it, by e-mail address."`
	IPFilter    string   `name:"ip-filter" placeholder:"NAME" help:"IP filter that says from where it can be used (default: from everywhere)."`
	JSON        bool     `name:"json" help:"Print the GUID and the token string as JSON."`
}

// Run creates a token. The token string goes to stdout and everything for
// people to stderr, so that it can be piped to where it belongs.
func (c tokenCreate) Run(ctx context.Context, p *program) error {
	return p.withService(ctx, func(svc *service.Service, actor console.Principal) error {
		n, err := c.newToken(ctx, svc, actor)
		if err != nil {
			return err
		}
		token, secret, err := svc.CreateToken(ctx, actor, n)
		if err != nil {
			return err
		}
		if err := c.hand(p, token, secret); err != nil {
			return fmt.Errorf("the token %s was created, but its secret could not be written and is lost; revoke it: %w", token.GUID, err)
		}
		return nil
	})
}

// createdJSON is a new secret as JSON output has it.
type createdJSON struct {
	GUID  console.GUID `json:"guid"`
	Token string       `json:"token"`
}

// hand shows the secret, here and nowhere else.
func (c tokenCreate) hand(p *program, token console.Token, secret console.Secret) error {
	if c.JSON {
		return p.sayJSON(createdJSON{token.GUID, secret.Reveal()})
	}
	p.complain("Created %s, GUID %s, active from %s until %s.\nThis is the only time that its token string is shown:\n",
		token.Name, token.GUID, instant(token.ActiveFrom(), ""), instant(token.ValidTo, "it is revoked"))
	return p.say("%s\n", secret.Reveal())
}

// newToken reads the command line, and reports everything that is wrong with
// it together with everything that is wrong with the token.
func (c tokenCreate) newToken(ctx context.Context, svc *service.Service, actor console.Principal) (console.NewToken, error) {
	n := console.NewToken{
		GUID: console.NewGUID(), Type: console.Type(c.Type), Name: c.Name, Description: c.Description, Scopes: c.Scope,
	}
	if c.Type == "" {
		n.Type = console.TypeRepository
	}
	for _, text := range c.Asset {
		resource, permission, _ := strings.Cut(text, "=")
		n.Assets = append(n.Assets, console.AssetGrant{Resource: resource, Permissions: []console.AssetPermission{console.AssetPermission(permission)}})
	}
	problems, now := console.Problems{}, svc.Now()
	c.readTimes(&n, now, problems)
	problems.Check(n.Type.Creatable(), "type", "Choose organization, organization_management or system, or name a --repository.")
	problems.Check(n.Type == console.TypeRepository || len(c.Repository) == 0, "type", "A token of this type belongs to no repository: give one or the other.")
	if err := c.readOwner(ctx, svc, actor, &n, problems); err != nil {
		return n, err
	}
	if err := c.readRepositories(ctx, svc, actor, &n, problems); err != nil {
		return n, err
	}
	if c.IPFilter != "" {
		var err error
		if n.IPFilter, err = findIPFilter(ctx, svc, actor, c.IPFilter, problems); err != nil {
			return n, err
		}
	}
	if len(problems) == 0 {
		return n, nil
	}
	catalogue, err := svc.Catalogue(ctx)
	if err != nil {
		return n, err
	}
	return n, joined(problems, n.Clean().Validate(now, catalogue))
}

// joined is what is wrong with what was typed, together with what is wrong
// with what became of it.
func joined(typed console.Problems, err error) error {
	e, ok := errors.AsType[*console.Error](err)
	if !ok || len(typed) == 0 {
		return cmp.Or(typed.Err(), err)
	}
	fields := maps.Clone(e.Fields)
	maps.Copy(fields, typed)
	return console.Problems(fields).Err()
}

func (c tokenCreate) readTimes(n *console.NewToken, now time.Time, problems console.Problems) {
	var ok bool
	n.ValidFrom, ok = console.ParseInstant(c.ValidFrom)
	problems.Check(ok, "valid_from", console.InstantForms+".")
	start := now
	if !n.ValidFrom.IsZero() {
		start = n.ValidFrom
	}
	n.ValidTo, ok = console.ParseEnd(c.ValidTo, start)
	problems.Check(ok, "valid_to", console.InstantForms+console.LengthForms+".")
}

func (c tokenCreate) readOwner(ctx context.Context, svc *service.Service, actor console.Principal, n *console.NewToken, problems console.Problems) (err error) {
	if c.Owner != "" {
		n.Owner, err = findOwner(ctx, svc, actor, c.Owner, problems)
	}
	return err
}

// findOwner finds a person by address, or notes that there is nobody.
func findOwner(ctx context.Context, svc *service.Service, actor console.Principal, address string, problems console.Problems) (console.GUID, error) {
	user, err := svc.FindPerson(ctx, actor, address)
	problems.Check(console.CodeOf(err) != console.CodeNotFound, "owner", "There is nobody with that address.")
	if console.CodeOf(err) == console.CodeNotFound {
		err = nil
	}
	return user.GUID, err
}

// findIPFilter finds an IP filter that actor may choose by its name, or notes
// that there is none.
func findIPFilter(ctx context.Context, svc *service.Service, actor console.Principal, name string, problems console.Problems) (console.GUID, error) {
	filters, err := svc.IPFilterNames(ctx, actor)
	if err != nil {
		return "", err
	}
	for _, filter := range filters {
		if console.Fold(filter.Name) == console.Fold(console.Clean(name)) {
			return filter.GUID, nil
		}
	}
	problems.Check(false, "ip_filter", noSuchIPFilter(name))
	return "", nil
}

func (c tokenCreate) readRepositories(ctx context.Context, svc *service.Service, actor console.Principal, n *console.NewToken, problems console.Problems) error {
	for _, name := range c.Repository {
		repository, err := svc.GetRepository(ctx, actor, name)
		switch {
		case console.CodeOf(err) == console.CodeNotFound:
			problems.Check(false, "repository", "There is no repository “"+name+"”.")
		case err != nil:
			return err
		default:
			n.Repositories = append(n.Repositories, repository.GUID)
		}
	}
	return nil
}
