package cli

import (
	"context"
	"slices"
	"strings"

	"latchkey/internal/console"
	"latchkey/internal/service"
)

type tokenList struct {
	Repository string `placeholder:"NAME" help:"Only the tokens of this repository."`
	Status     string `default:"all" placeholder:"STATUS" help:"current, all, active, inactive, expiring, scheduled, disabled, expired or revoked (default: all)."`
	Name       string `placeholder:"WORDS" help:"Only tokens in whose name all of these words occur."`
	IPFilter   string `name:"ip-filter" placeholder:"NAME" help:"Only the tokens that use this IP filter."`
	NeverUsed  bool   `name:"never-used" help:"Only tokens that nobody ever used."`
	UnusedFor  string `name:"unused-for" placeholder:"TIME" help:"Only tokens older than this that nobody used since, such as 30d."`
	JSON       bool   `name:"json" help:"Print JSON, one token a line."`
}

// Run lists all tokens that match, by name, however many there are.
func (l tokenList) Run(ctx context.Context, p *program) error {
	filter := console.TokenFilter{Name: l.Name, Status: console.StatusFilter(l.Status), NeverUsed: l.NeverUsed}
	problems := console.Problems{}
	if l.UnusedFor != "" {
		var ok bool
		filter.UnusedFor, ok = parseLength(l.UnusedFor)
		problems.Check(ok, "unused-for", "Write a time such as 12h, 30d or 1y.")
	}
	problems.Check(slices.Contains(console.StatusFilters, filter.Status), "status", "Choose one of "+statusNames()+".")
	if err := problems.Err(); err != nil {
		return err
	}
	return p.withService(ctx, func(svc *service.Service, actor console.Principal) error {
		if l.Repository != "" {
			repository, err := svc.GetRepository(ctx, actor, l.Repository)
			if err != nil {
				return absent(err, "There is no repository “"+l.Repository+"”.")
			}
			filter.Repository = repository.GUID
		}
		if l.IPFilter != "" {
			var err error
			if filter.IPFilter, err = findIPFilter(ctx, svc, actor, l.IPFilter, problems); err != nil {
				return err
			}
			if filter.IPFilter == "" {
				return absent(console.NotFound(), noSuchIPFilter(l.IPFilter))
			}
		}
		pages := func(request console.PageRequest) (console.Page[console.Token], error) {
			return svc.ListTokens(ctx, actor, filter, console.TokenSort{Key: console.SortName}, request)
		}
		if l.JSON {
			return everyPage(pages, func(t console.Token) error { return p.sayJSON(asJSON(t, svc.Now())) })
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

func statusNames() string {
	names := make([]string, len(console.StatusFilters))
	for i, status := range console.StatusFilters {
		names[i] = string(status)
	}
	return strings.Join(names, ", ")
}
