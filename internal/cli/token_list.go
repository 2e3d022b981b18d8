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
	JSON       bool   `name:"json" help:"Print JSON, one token a line."`
}

// Run lists all tokens that match, by name, however many there are.
func (l tokenList) Run(ctx context.Context, p *program) error {
	filter := console.TokenFilter{Name: l.Name, Status: console.StatusFilter(l.Status)}
	problems := console.Problems{}
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
		show, end := p.tokenRows(svc, l.JSON)
		return end(everyPage(func(request console.PageRequest) (console.Page[console.Token], error) {
			return svc.ListTokens(ctx, actor, filter, console.TokenSort{Key: console.SortName}, request)
		}, show))
	})
}

// tokenRows returns what shows one token, and what to call after the last with
// the error that there was, if any.
func (p *program) tokenRows(svc *service.Service, asLines bool) (show func(console.Token) error, end func(error) error) {
	if asLines {
		return func(t console.Token) error { return p.sayJSON(asJSON(t, svc.Now())) }, asItIs
	}
	list := p.listing("GUID", "STATUS", "EXPIRATION", "BELONGS TO", "NAME")
	return func(t console.Token) error {
		place := strings.Join(repositoryNames(t), ", ")
		if t.Type != console.TypeRepository {
			place = t.Type.Label()
		}
		return list.row(string(t.GUID), t.Status(svc.Now()).Label(), instant(t.ValidTo, "never"), place, t.Name)
	}, list.end
}

func statusNames() string {
	names := make([]string, len(console.StatusFilters))
	for i, status := range console.StatusFilters {
		names[i] = string(status)
	}
	return strings.Join(names, ", ")
}
