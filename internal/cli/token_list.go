package cli

import (
	"context"
	"slices"
	"strings"
	"time"

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
	Type       []console.Type  `placeholder:"TYPE" help:"Only tokens of this type. Repeat it for several."`
	Scope      []string        `sep:"none" placeholder:"SCOPE" help:"Only tokens that may do this. Repeat it for any of several."`
	Owner      string          `placeholder:"PERSON" help:"Only tokens that this person answers for, by address or GUID."`
	Creator    string          `placeholder:"PERSON" help:"Only tokens that this person made."`

	CreatedFrom string `placeholder:"TIME" help:"Only tokens made then or later: 2026-12-31, 2026-12-31T08:00 (both UTC), RFC 3339, or a time ago, such as 7d."`
	CreatedTo   string `placeholder:"TIME" help:"Only tokens made before, or on this day."`
}

// check reports everything that is wrong with what was typed.
func (l tokenFilter) check() error {
	problems := console.Problems{}
	_, ok := console.ParseLength(l.UnusedFor)
	problems.Check(ok || l.UnusedFor == "", "unused-for", "Write a time such as 12h, 30d or 1y.")
	problems.Check(slices.Contains(console.StatusFilters, console.StatusFilter(l.Status)), "status", "Choose one of "+names(console.StatusFilters)+".")
	for _, trait := range l.Trait {
		problems.Check(trait.Valid(), "trait", "Choose among endless, risky, orphaned and open.")
	}
	for _, t := range l.Type {
		problems.Check(t.Valid(), "type", "Choose one of "+names(console.Types)+".")
	}
	_, ok = console.ParseSince(l.CreatedFrom, time.Time{})
	problems.Check(ok, "created_from", console.InstantForms+console.LengthForms+".")
	_, ok = createdTo(l.CreatedTo, time.Time{})
	problems.Check(ok, "created_to", console.InstantForms+console.LengthForms+".")
	return problems.Err()
}

// createdTo is ParseSince for an end, which includes a day.
func createdTo(text string, now time.Time) (time.Time, bool) {
	if day, err := time.Parse(time.DateOnly, text); err == nil {
		return day.AddDate(0, 0, 1), true
	}
	return console.ParseSince(text, now)
}

// find looks up what is named.
func (l tokenFilter) find(ctx context.Context, svc *service.Service, actor console.Principal) (console.TokenFilter, error) {
	filter := console.TokenFilter{Name: l.Name, Status: console.StatusFilter(l.Status), NeverUsed: l.NeverUsed, Traits: l.Trait, Types: l.Type, Scopes: l.Scope}
	filter.UnusedFor, _ = console.ParseLength(l.UnusedFor)
	filter.CreatedFrom, _ = console.ParseSince(l.CreatedFrom, svc.Now())
	filter.CreatedTo, _ = createdTo(l.CreatedTo, svc.Now())
	for into, text := range map[*[]console.GUID]string{&filter.Owners: l.Owner, &filter.Creators: l.Creator} {
		if text == "" {
			continue
		}
		person, err := personGUID(ctx, svc, actor, text)
		if err != nil {
			return filter, err
		}
		*into = []console.GUID{person}
	}
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

// names are what can be chosen from.
func names[T ~string](all []T) string {
	texts := make([]string, len(all))
	for i, one := range all {
		texts[i] = string(one)
	}
	return strings.Join(texts, ", ")
}
