package console

import (
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

// RepositoryKind tells repositories from views.
type RepositoryKind string

// The kinds. A view reads from other repositories.
const (
	KindRepository RepositoryKind = "repository"
	KindView       RepositoryKind = "view"
)

// Label is the kind's name for people.
func (k RepositoryKind) Label() string {
	if k == KindView {
		return "View"
	}
	return "Repository"
}

// Repository is what repository tokens belong to.
type Repository struct {
	GUID        GUID
	Name        string
	Kind        RepositoryKind
	Description string
	// Connections are the repositories that a view reads from.
	Connections []Connection
	CreatedAt   time.Time
	UpdatedAt   time.Time
	Version     int
}

// Ref is r as others mention it.
func (r Repository) Ref() RepositoryRef { return RepositoryRef{GUID: r.GUID, Name: r.Name} }

// RepositoryRef is a repository as others mention it.
type RepositoryRef struct {
	GUID GUID
	Name string
}

// Connection is one repository that a view reads from, and what part of it.
type Connection struct {
	Repository RepositoryRef
	// Filter is a LogScale query that narrows what the view sees; "*" is everything.
	Filter string
}

// RepositorySummary is a repository with the figures that its list shows.
type RepositorySummary struct {
	Repository
	Tokens   int
	Active   int
	Expiring int
	Views    int
}

// Limits of a repository's texts, in characters.
const (
	RepositoryNameLimit  = 100
	ConnectionLimit      = 100
	ConnectionQueryLimit = 1000
)

// repositoryName keeps names fit for a path: no spaces, slashes or escapes.
var repositoryName = regexp.MustCompile(`^[\p{L}\p{N}][\p{L}\p{M}\p{N}._-]*$`)

// reservedNames are taken by pages beside the repositories' own.
var reservedNames = []string{"new"}

// NewRepository is what a repository or view is made from.
type NewRepository struct {
	Name        string
	Kind        RepositoryKind
	Description string
	Connections []NewConnection
}

// NewConnection names a repository by its name.
type NewConnection struct {
	Repository string
	Filter     string
}

// Clean returns n with its texts in the form in which they are kept.
func (n NewRepository) Clean() NewRepository {
	n.Name, n.Description = Clean(n.Name), Clean(n.Description)
	connections := make([]NewConnection, 0, len(n.Connections))
	for _, c := range n.Connections {
		c.Repository, c.Filter = Clean(c.Repository), Clean(c.Filter)
		if c.Repository == "" && c.Filter == "" {
			continue
		}
		if c.Filter == "" {
			c.Filter = "*"
		}
		connections = append(connections, c)
	}
	n.Connections = connections
	return n
}

// Validate reports everything that is wrong with n by itself.
func (n NewRepository) Validate() error {
	p := Problems{}
	p.Check(n.Name != "", "name", "Give it a name.")
	p.Check(utf8.RuneCountInString(n.Name) <= RepositoryNameLimit, "name", "The name is longer than 100 characters.")
	p.Check(n.Name == "" || repositoryName.MatchString(n.Name) && PlainLine(n.Name), "name",
		"Use letters, digits, dots, hyphens and underscores, and begin with a letter or digit.")
	p.Check(!slices.Contains(reservedNames, Fold(n.Name)), "name", "That name is taken by a page of the console.")
	p.Check(n.Kind == KindRepository || n.Kind == KindView, "kind", "Choose a repository or a view.")
	p.Check(utf8.RuneCountInString(n.Description) <= DescriptionLimit, "description", "The description is longer than 500 characters.")
	p.Check(PlainText(n.Description), "description", "The description has characters that can’t be shown.")
	p.Check(n.Kind != KindRepository || len(n.Connections) == 0, "connections", "Only a view reads from other repositories.")
	p.Check(n.Kind != KindView || len(n.Connections) > 0, "connections", "Choose at least one repository that the view reads from.")
	p.Check(len(n.Connections) <= ConnectionLimit, "connections", "Choose at most 100 repositories.")
	seen := map[string]bool{}
	for _, c := range n.Connections {
		p.Check(c.Repository != "" && PlainLine(c.Repository), "connections", "Choose a repository for each filter.")
		p.Check(!seen[Fold(c.Repository)], "connections", "The view reads from "+shorten(c.Repository)+" twice.")
		p.Check(utf8.RuneCountInString(c.Filter) <= ConnectionQueryLimit && PlainText(c.Filter), "connections",
			"A filter is longer than 1,000 characters or has characters that can’t be shown.")
		seen[Fold(c.Repository)] = true
	}
	return p.Err()
}

// RepositoryFilter says which repositories to list.
type RepositoryFilter struct {
	// Name keeps repositories in whose name all of these words occur.
	Name string
	Kind RepositoryKind
	// Visible is what whoever asks may see.
	Visible Visibility
}

// Fields are the values of r that a record of its changes tells.
func (r Repository) Fields() []Change {
	connections := make([]string, len(r.Connections))
	for i, c := range r.Connections {
		connections[i] = c.Repository.Name + ": " + c.Filter
	}
	return []Change{
		{Field: "name", New: r.Name},
		{Field: "kind", New: string(r.Kind)},
		{Field: "description", New: r.Description},
		{Field: "connections", New: strings.Join(connections, "\n")},
	}
}
