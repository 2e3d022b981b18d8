package cli

import (
	"context"
	"slices"
	"strings"

	"latchkey/internal/console"
	"latchkey/internal/service"
)

// tokenFilter is which tokens to list.
type tokenFilter struct {
	Repository string          `placeholder:"NAME" help:"Only the tokens of this repository."`
	Status     string          `default:"all" placeholder:"STATUS" help:"current, all, active, inactive, expiring, scheduled, disabled, expired or revoked (default: all)."`
	Name       string          `placeholder:"WORDS" help:"Only tokens in whose name all of these words occur."`
	IPFilter   string          `name:"ip-filter" placeholder:"NAME" help:"Only the tokens that use this IP filter."`
	Trait      []console.Trait `placeholder:"TRAIT" help:"Only tokens that are worth a look: endless, risky, orphaned or open. Repeat it for several."`
	NeverUsed  bool            `name:"never-used" help:"Only tokens that nobody ever used."`
	UnusedFor  string          `name:"unused-for" placeholder:"TIME" help:"Only tokens older than this that nobody used since, such as 30d."`
}

// check reports everything that is wrong with what was typed.
func (l tokenFilter) check() error {
	problems := console.Problems{}
	_, ok := console.ParseLength(l.UnusedFor)
	problems.Check(ok || l.UnusedFor == "", "unused-for", "Write a time such as 12h, 30d or 1y.")
	problems.Check(slices.Contains(console.StatusFilters, console.StatusFilter(l.Status)), "status", "Choose one of "+statusNames()+".")
	for _, trait := range l.Trait {
		problems.Check(trait.Valid(), "trait", "Choose among endless, risky, orphaned and open.")
	}
	return problems.Err()
}

// find looks up what is named.
func (l tokenFilter) find(ctx context.Context, svc *service.Service, actor console.Principal) (console.TokenFilter, error) {
	filter := console.TokenFilter{Name: l.Name, Status: console.StatusFilter(l.Status), NeverUsed: l.NeverUsed, Traits: l.Trait}
	filter.UnusedFor, _ = console.ParseLength(l.UnusedFor)
	if l.Repository != "" {
		repository, err := svc.GetRepository(ctx, actor, l.Repository)
		if err != nil {
			return filter, absent(err, "There is no repository “"+l.Repository+"”.")
		}
		filter.Repository = repository.GUID
	}
	var err error
	if l.IPFilter != "" {
		filter.IPFilter, err = findIPFilter(ctx, svc, actor, l.IPFilter, console.Problems{})
		if err == nil && filter.IPFilter == "" {
			err = absent(console.NotFound(), noSuchIPFilter(l.IPFilter))
		}
	}
	return filter, err
}

type tokenList struct {
	tokenFilter
	JSON bool `name:"json" help:"Print JSON, one token a line."`
}

// Run lists all tokens that match, by name, however many there are.
func (l tokenList) Run(ctx context.Context, p *program) error {
	if err := l.check(); err != nil {
		return err
	}
	return p.withService(ctx, func(svc *service.Service, actor console.Principal) error {
		filter, err := l.find(ctx, svc, actor)
		if err != nil {
			return err
		}
		pages := func(request console.PageRequest) (console.Page[console.Token], error) {
			return svc.ListTokens(ctx, actor, filter, console.TokenSort{Key: console.SortName}, request)
		}
		if l.JSON {
			return everyPage(pages, func(t console.Token) error { return p.sayJSON(t.Line(svc.Now())) })
		}
		tokens := p.list("GUID", "STATUS", "EXPIRATION", "LAST USED", "BELONGS TO", "NAME")
		return tokens.end(everyPage(pages, func(t console.Token) error {
			place := strings.Join(repositoryNames(t), ", ")
			if t.Type != console.TypeRepository {
				place = t.Type.Label()
			}
			return tokens.row(string(t.GUID), t.Status(svc.Now()).Label(), instant(t.ValidTo, "never"), instant(t.UsedAt, "never"), place, t.Name)
		}))
	})
}

type tokenExport struct {
	tokenFilter
	Format string `required:"" enum:"csv,jsonl" placeholder:"FORMAT" help:"csv or jsonl."`
}

// Run writes all tokens that match to stdout, by name, however many there are.
func (x tokenExport) Run(ctx context.Context, p *program) error {
	if err := x.check(); err != nil {
		return err
	}
	return p.withService(ctx, func(svc *service.Service, actor console.Principal) error {
		filter, err := x.find(ctx, svc, actor)
		if err != nil {
			return err
		}
		asked := console.TokenExport{Filter: filter, Sort: console.TokenSort{Key: console.SortName}, Format: console.ExportFormat(x.Format)}
		return export(p, asked.Format.TokenHead(), asked.Format.Token, func(visit func(console.TokenLine) error) error {
			return svc.ExportTokens(ctx, actor, asked, visit)
		})
	})
}

func statusNames() string {
	names := make([]string, len(console.StatusFilters))
	for i, status := range console.StatusFilters {
		names[i] = string(status)
	}
	return strings.Join(names, ", ")
}
