package cli

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"latchkey/internal/console"
	"latchkey/internal/service"
	"latchkey/web"
)

// tokenFilter is which tokens to list.
type tokenFilter struct {
	View       string          `placeholder:"NAME" help:"What this saved view keeps: of the list of all tokens or, with --repository, of that of a repository. What else is said counts instead of what the view says of the same."`
	Repository string          `placeholder:"NAME" help:"Only the tokens of this repository."`
	Status     string          `placeholder:"STATUS" help:"current, all, active, inactive, expiring, scheduled, disabled, expired or revoked (default: all)."`
	Name       string          `placeholder:"WORDS" help:"Only tokens in whose name all of these words occur."`
	GUID       string          `name:"guid" placeholder:"PART" help:"Only tokens whose GUID has this part."`
	IPFilter   string          `name:"ip-filter" placeholder:"NAME" help:"Only the tokens that use this IP filter."`
	Trait      []console.Trait `placeholder:"TRAIT" help:"Only tokens that are worth a look: endless, risky, orphaned or open. Repeat it for several."`
	Expires    string          `name:"expires-within" placeholder:"TIME" help:"Only tokens that end within this time, such as 30d."`
	NeverUsed  bool            `name:"never-used" help:"Only tokens that nobody ever used."`
	UnusedFor  string          `name:"unused-for" placeholder:"TIME" help:"Only tokens older than this that nobody used since, such as 30d."`
	Type       []console.Type  `placeholder:"TYPE" help:"Only tokens of this type. Repeat it for several."`
	Scope      []string        `sep:"none" placeholder:"SCOPE" help:"Only tokens that may do this. Repeat it for any of several."`
	Owner      string          `placeholder:"PERSON" help:"Only tokens that this person answers for, by address or GUID."`
	Creator    string          `placeholder:"PERSON" help:"Only tokens that this person made."`

	CreatedFrom string `placeholder:"TIME" help:"Only tokens made then or later: 2026-12-31, 2026-12-31T08:00 (both UTC), RFC 3339, or a time ago, such as 7d."`
	CreatedTo   string `placeholder:"TIME" help:"Only tokens made before, or on this day."`
}

// problems are everything that is wrong with what was typed.
func (l tokenFilter) problems() console.Problems {
	problems := console.Problems{}
	for name, text := range map[string]string{"unused-for": l.UnusedFor, "expires-within": l.Expires} {
		_, ok := console.ParseLength(text)
		problems.Check(ok || text == "", name, "Write a time such as 12h, 30d or 1y.")
	}
	_, ok := console.GUIDDigits(l.GUID)
	problems.Check(ok, "guid", "Write hexadecimal digits.")
	problems.Check(l.Status == "" || slices.Contains(console.StatusFilters, console.StatusFilter(l.Status)), "status", "Choose one of "+names(console.StatusFilters)+".")
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
	return problems
}

// createdTo is ParseSince for an end, which includes a day.
func createdTo(text string, now time.Time) (time.Time, bool) {
	if day, err := time.Parse(time.DateOnly, text); err == nil {
		return day.AddDate(0, 0, 1), true
	}
	return console.ParseSince(text, now)
}

// find looks up what is named, with the order of the view.
func (l tokenFilter) find(ctx context.Context, svc *service.Service, actor console.Principal) (console.TokenFilter, console.TokenSort, error) {
	filter, sort, err := l.viewed(ctx, svc, actor)
	if err != nil {
		return filter, sort, err
	}
	override(&filter.Name, l.Name, l.Name != "")
	override(&filter.GUID, l.GUID, l.GUID != "")
	override(&filter.Status, console.StatusFilter(l.Status), l.Status != "")
	override(&filter.Traits, l.Trait, len(l.Trait) > 0)
	override(&filter.Types, l.Type, len(l.Type) > 0)
	override(&filter.Scopes, l.Scope, len(l.Scope) > 0)
	within, _ := console.ParseLength(l.Expires)
	override(&filter.ExpiresWithin, within, l.Expires != "")
	unused, _ := console.ParseLength(l.UnusedFor)
	override(&filter.UnusedFor, unused, l.UnusedFor != "" || l.NeverUsed)
	override(&filter.NeverUsed, l.NeverUsed, l.UnusedFor != "" || l.NeverUsed)
	from, _ := console.ParseSince(l.CreatedFrom, svc.Now())
	override(&filter.CreatedFrom, from, l.CreatedFrom != "")
	to, _ := createdTo(l.CreatedTo, svc.Now())
	override(&filter.CreatedTo, to, l.CreatedTo != "")
	for into, text := range map[*[]console.GUID]string{&filter.Owners: l.Owner, &filter.Creators: l.Creator} {
		if text == "" {
			continue
		}
		person, err := personGUID(ctx, svc, actor, text)
		if err != nil {
			return filter, sort, err
		}
		*into = []console.GUID{person}
	}
	if l.IPFilter != "" {
		filter.IPFilter, err = findIPFilter(ctx, svc, actor, l.IPFilter, console.Problems{})
		if err == nil && filter.IPFilter == "" {
			err = absent(console.NotFound(), noSuchIPFilter(l.IPFilter))
		}
	}
	return filter, sort, err
}

// override takes what was said instead of what was there.
func override[T any](into *T, said T, was bool) {
	if was {
		*into = said
	}
}

// viewed is what the view keeps, or all tokens, of the repository if one is named.
func (l tokenFilter) viewed(ctx context.Context, svc *service.Service, actor console.Principal) (console.TokenFilter, console.TokenSort, error) {
	filter, sort := console.TokenFilter{Status: console.FilterAll}, console.TokenSort{Key: console.SortName}
	var at *console.Repository
	if l.Repository != "" {
		repository, err := svc.GetRepository(ctx, actor, l.Repository)
		if err != nil {
			return filter, sort, absent(err, "There is no repository “"+l.Repository+"”.")
		}
		at, filter.Repository = &repository, repository.GUID
	}
	if l.View == "" {
		return filter, sort, nil
	}
	filter, sort, err := web.ViewedTokens(ctx, svc, actor, at, l.View)
	return filter, sort, absent(err, "There is no view “"+l.View+"” of this list to choose from.")
}

// tokenOrder is which tokens to list, and in which order.
type tokenOrder struct {
	tokenFilter
	Sort string `placeholder:"KEY" help:"name, active, expires, starts, used or created (default: name, or the view’s)."`
	Dir  string `placeholder:"DIRECTION" help:"asc or desc (default: asc, but desc for active and used)."`
}

// problems are everything that is wrong with what was typed.
func (o tokenOrder) problems() console.Problems {
	problems := o.tokenFilter.problems()
	problems.Check(o.Sort == "" || slices.Contains(console.TokenSortKeys, console.TokenSortKey(o.Sort)), "sort", "Choose one of "+names(console.TokenSortKeys)+".")
	problems.Check(o.Dir == "" || o.Dir == "asc" || o.Dir == "desc", "dir", "Choose asc or desc.")
	return problems
}

// find looks up what is named.
func (o tokenOrder) find(ctx context.Context, svc *service.Service, actor console.Principal) (console.TokenFilter, console.TokenSort, error) {
	filter, sort, err := o.tokenFilter.find(ctx, svc, actor)
	if o.Sort != "" || o.Dir != "" {
		sort = console.ReadTokenSort(cmp.Or(o.Sort, string(sort.Key)), o.Dir)
	}
	return filter, sort, err
}

type tokenList struct {
	tokenOrder
	JSON bool `name:"json" help:"Print JSON, one token a line."`
}

// Run lists all tokens that match, however many there are.
func (l tokenList) Run(ctx context.Context, p *program) error {
	if err := l.problems().Err(); err != nil {
		return err
	}
	return p.withService(ctx, func(svc *service.Service, actor console.Principal) error {
		filter, sort, err := l.find(ctx, svc, actor)
		if err != nil {
			return err
		}
		pages := func(request console.PageRequest) (console.Page[console.Token], error) {
			return svc.ListTokens(ctx, actor, filter, sort, request)
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
	tokenOrder
	Format string `required:"" enum:"csv,jsonl" placeholder:"FORMAT" help:"csv or jsonl."`
}

// Run writes all tokens that match to stdout, however many there are.
func (x tokenExport) Run(ctx context.Context, p *program) error {
	if err := x.problems().Err(); err != nil {
		return err
	}
	return p.withService(ctx, func(svc *service.Service, actor console.Principal) error {
		filter, sort, err := x.find(ctx, svc, actor)
		if err != nil {
			return err
		}
		asked := console.TokenExport{Filter: filter, Sort: sort, Format: console.ExportFormat(x.Format)}
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
