package views

import (
	"github.com/a-h/templ"

	"latchkey/internal/console"
	"latchkey/views/ui"
)

// RepositoryListProps is the page that lists repositories.
type RepositoryListProps struct {
	Name         string
	Repositories []console.RepositorySummary
	// Matches says how many there are.
	Matches  string
	CanWrite bool
	Pager    ui.CursorPagerProps
	// Empty is why a member sees none; empty for others.
	Empty ListEmpty
}

// RepositoriesRegionID is the element that holds a RepositoryTable.
const RepositoriesRegionID = "repository-list"

// activeShare is which share of the tokens is active, in percent.
func activeShare(r console.RepositorySummary) int {
	if r.Tokens == 0 {
		return 0
	}
	return min(100*r.Active/r.Tokens, 100)
}

// repositoryNote is the line below the name.
func repositoryNote(r console.RepositorySummary) string {
	if r.Description != "" {
		return r.Description
	}
	return r.Kind.Label()
}

// kindNote is what the repository is, or how many views read from it.
func kindNote(r console.RepositorySummary) string {
	switch {
	case r.Kind == console.KindView:
		return "View"
	case r.Views > 0:
		return plural(r.Views, "view", "views")
	}
	return "Repository"
}

// Count is the total of a list for people.
func Count(n int) string {
	switch n {
	case console.Uncounted:
		return "many"
	case console.Beyond:
		return Number(console.TotalLimit) + "+"
	}
	return Number(n)
}

// RepositoryFormProps is the form of a repository, as typed so far.
type RepositoryFormProps struct {
	// Repository is nil for a new one.
	Repository  *console.Repository
	Version     int
	Name        string
	Kind        console.RepositoryKind
	Description string
	Connections []console.NewConnection
	// Choices are the repositories that a view can read from.
	Choices []ui.Option
	Errors  map[string]string
	// Changed says that somebody else saved a change meanwhile; Repository is
	// then as it is now.
	Changed  string
	CanWrite bool
}

var repositoryFields = []string{"name", "confirm", "kind", "description", "connections"}

func (p RepositoryFormProps) focus(name string, attrs templ.Attributes) templ.Attributes {
	if p.Repository != nil && len(p.Errors) == 0 {
		return attrs
	}
	return focusFirst(p.Errors, name, attrs, repositoryFields...)
}

func (p RepositoryFormProps) dialog() ui.DialogProps {
	if p.Repository == nil {
		return ui.DialogProps{Title: "New repository", Text: "Repository tokens belong to it.", Size: "lg", Page: true, Back: RepositoriesPath()}
	}
	return ui.DialogProps{Title: "General", Text: "What " + p.Repository.Name + " is called and what it holds.", Size: "lg", Page: true, Back: RepositoryPath(p.Repository.Name)}
}

func (p RepositoryFormProps) form() ui.FormProps {
	f := ui.FormProps{ID: "repository-form", Action: RepositoriesPath(), Gate: true, Enter: true, Attrs: templ.Attributes{"hx-boost": "false"}}
	if p.Repository != nil {
		f.Action = RepositoryGeneralPath(p.Repository.Name)
	}
	return f
}

// again is where the form goes to be shown with other fields.
func (p RepositoryFormProps) again() string {
	if p.Repository != nil {
		return RepositoryGeneralPath(p.Repository.Name)
	}
	return NewRepositoryPath()
}

// was says what is stored now where it differs from what was typed.
func (p RepositoryFormProps) was(stored, typed string) string {
	if p.Changed == "" || p.Repository == nil || stored == typed {
		return ""
	}
	if stored == "" {
		return "Now empty."
	}
	return "Now: " + stored
}

// RepositoryShowProps is what a repository holds.
type RepositoryShowProps struct {
	Repository console.Repository
	Stats      []Stat
	// Views are those that read from it.
	Views []console.Repository
}

// Stat is a figure that leads to the list behind it.
type Stat struct{ Icon, Class, Label, Value, Note, Href string }

// RepositoryDeletionProps asks whether to delete a repository.
type RepositoryDeletionProps struct {
	Repository console.Repository
	// Problem says why it can't be deleted.
	Problem string
	Page    bool
}

func (p RepositoryDeletionProps) dialog() ui.DialogProps {
	return ui.DialogProps{
		Title: "Delete " + p.Repository.Name + "?",
		Text:  "It leaves the console with its inactive tokens. Their audit entries stay. You can’t undo this.",
		Icon:  "trash-2", Tone: ui.Bad, Size: "sm", Alert: true, Light: true,
		Page: p.Page, Back: RepositoryGeneralPath(p.Repository.Name), Return: "delete-repository",
	}
}

func (p RepositoryDeletionProps) form() ui.FormProps {
	f := ui.FormProps{ID: "deletion-form", Action: RepositoryDeletionPath(p.Repository.Name)}
	if p.Page {
		f.Attrs = templ.Attributes{"hx-boost": "false"}
	} else {
		f.Target = "#modal-root"
	}
	return f
}

// IntoRepositoryList are the attributes of links that change the list of
// repositories in place.
func IntoRepositoryList() templ.Attributes {
	return templ.Attributes{"hx-target": "#" + RepositoriesRegionID, "hx-swap": "innerMorph show:top"}
}
