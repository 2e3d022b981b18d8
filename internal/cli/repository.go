package cli

import (
	"context"
	"strconv"

	"latchkey/internal/console"
	"latchkey/internal/service"
)

type repoCommands struct {
	Create repoCreate `cmd:"" help:"Create a repository, or a view of others."`
	List   repoList   `cmd:"" help:"List all repositories and views."`
}

type repoCreate struct {
	Name        string   `arg:"" help:"Name of the new repository."`
	Description string   `placeholder:"TEXT" help:"What it is for."`
	ViewOf      []string `name:"view-of" sep:"none" placeholder:"REPOSITORY" help:"Make it a view that reads from this repository. Repeat for several."`
}

// Run creates a repository or view.
func (r repoCreate) Run(ctx context.Context, p *program) error {
	n := console.NewRepository{Name: r.Name, Description: r.Description, Kind: console.KindRepository}
	for _, name := range r.ViewOf {
		n.Kind = console.KindView
		n.Connections = append(n.Connections, console.NewConnection{Repository: name})
	}
	return p.withService(ctx, func(svc *service.Service, actor console.Principal) error {
		made, err := svc.CreateRepository(ctx, actor, n)
		if err != nil {
			return err
		}
		return p.say("Created the %s %s.\n", made.Kind, made.Name)
	})
}

type repoList struct {
	JSON bool `name:"json" help:"Print JSON, one repository or view a line."`
}

// repositoryJSON is a repository or view as JSON output has it.
type repositoryJSON struct {
	GUID        console.GUID           `json:"guid"`
	Name        string                 `json:"name"`
	Kind        console.RepositoryKind `json:"kind"`
	Description string                 `json:"description,omitempty"`
	Tokens      int                    `json:"tokens"`
	Active      int                    `json:"active"`
	Views       int                    `json:"views"`
}

// Run lists every repository and view, however many there are.
func (l repoList) Run(ctx context.Context, p *program) error {
	return p.withService(ctx, func(svc *service.Service, actor console.Principal) error {
		pages := func(request console.PageRequest) (console.Page[console.RepositorySummary], error) {
			return svc.ListRepositories(ctx, actor, console.RepositoryFilter{}, request)
		}
		if l.JSON {
			return everyPage(pages, func(r console.RepositorySummary) error {
				return p.sayJSON(repositoryJSON{r.GUID, r.Name, r.Kind, r.Description, r.Tokens, r.Active, r.Views})
			})
		}
		repositories := p.list("NAME", "KIND", "TOKENS", "ACTIVE", "VIEWS")
		return repositories.end(everyPage(pages, func(r console.RepositorySummary) error {
			return repositories.row(r.Name, string(r.Kind), strconv.Itoa(r.Tokens), strconv.Itoa(r.Active), strconv.Itoa(r.Views))
		}))
	})
}

// everyPage gives each item of a list to do, page by page.
func everyPage[T any](list func(console.PageRequest) (console.Page[T], error), do func(T) error) error {
	request := console.PageRequest{Size: console.PageSizes[len(console.PageSizes)-1]}
	for {
		page, err := list(request)
		if err != nil {
			return err
		}
		for _, item := range page.Items {
			if err := do(item); err != nil {
				return err
			}
		}
		if page.Next == "" {
			return nil
		}
		request.Cursor = page.Next
	}
}
