package web

import (
	"errors"
	"net/http"
	"net/url"
	"strconv"

	"github.com/labstack/echo/v4"

	"latchkey/internal/console"
	"latchkey/views"
)

// repositoryInput is what the form of a repository may send.
type repositoryInput struct {
	console.NewRepository
	version int
	action  string
	// guid is the repository that a form of a change is about, whatever it is
	// called by now, and confirmed the new name that was confirmed.
	guid      console.GUID
	confirmed string
}

func readRepositoryInput(form url.Values) repositoryInput {
	in := repositoryInput{action: form.Get("action"), NewRepository: console.NewRepository{
		Name: form.Get("name"), Kind: console.RepositoryKind(form.Get("kind")), Description: form.Get("description"),
	}}
	in.version, _ = strconv.Atoi(form.Get("version"))
	in.guid, _ = console.ParseGUID(form.Get("guid"))
	in.confirmed = form.Get("confirm")
	names, filters := form["connection_repository"], form["connection_filter"]
	for i := range min(max(len(names), len(filters)), console.ConnectionLimit+1) {
		in.Connections = append(in.Connections, console.NewConnection{Repository: at(names, i), Filter: at(filters, i)})
	}
	return in
}

func at(texts []string, i int) string {
	if i < len(texts) {
		return texts[i]
	}
	return ""
}

// sound drops what a repository of the kind does not have.
func (in repositoryInput) sound() console.NewRepository {
	n := in.NewRepository
	var chosen []console.NewConnection
	for _, c := range n.Connections {
		if c.Repository != "" && n.Kind == console.KindView {
			chosen = append(chosen, c)
		}
	}
	n.Connections = chosen
	return n
}

// spareRows are the empty rows that the form of a view offers.
const spareRows = 2

func (s *Server) repositoryFormProps(c echo.Context, in repositoryInput) (views.RepositoryFormProps, error) {
	p := views.RepositoryFormProps{
		Name: in.Name, Kind: in.Kind, Description: in.Description, Connections: in.Connections, Version: in.version,
		CanWrite: actor(c).May(console.RepositoryWrite), Choices: []views.Option{{Value: "", Label: "Choose a repository"}},
	}
	if p.Kind != console.KindView {
		p.Kind, p.Connections = console.KindRepository, nil
		return p, nil
	}
	for len(p.Connections) < spareRows || in.action == "add" && len(p.Connections) == len(in.Connections) {
		p.Connections = append(p.Connections, console.NewConnection{})
	}
	names, err := s.svc.RepositoryNames(c.Request().Context(), actor(c), console.RepositoryRead, console.KindRepository)
	for _, ref := range names {
		p.Choices = append(p.Choices, views.Option{Value: ref.Name, Label: ref.Name})
	}
	return p, err
}

// newRepository answers GET /repositories/new.
func (s *Server) newRepository(c echo.Context) error {
	return s.showNewRepository(c, http.StatusOK, repositoryInput{}, nil)
}

// reviseNewRepository answers POST /repositories/new: the form as typed, with
// the fields of another kind or one more row.
func (s *Server) reviseNewRepository(c echo.Context) error {
	return s.showNewRepository(c, http.StatusOK, readRepositoryInput(c.Request().PostForm), nil)
}

func (s *Server) showNewRepository(c echo.Context, status int, in repositoryInput, errors map[string]string) error {
	if err := actor(c).NeedSomewhere(console.RepositoryWrite); err != nil {
		return err
	}
	p, err := s.repositoryFormProps(c, in)
	if err != nil {
		return err
	}
	p.Errors = errors
	return s.showPage(c, status, views.NewRepository(p))
}

// createRepository answers POST /repositories.
func (s *Server) createRepository(c echo.Context) error {
	in := readRepositoryInput(c.Request().PostForm)
	repository, err := s.svc.CreateRepository(c.Request().Context(), actor(c), in.sound())
	if known, ok := errors.AsType[*console.Error](err); ok && len(known.Fields) > 0 {
		return s.showNewRepository(c, answers[known.Code].status, in, known.Fields)
	}
	if err != nil {
		return err
	}
	return s.leave(c, views.RepositoryPath(repository.Name), console.Notice{Title: repository.Name + " created"})
}

// editRepository answers GET /repositories/:repo/settings/general.
func (s *Server) editRepository(c echo.Context) error {
	repository, err := s.repository(c)
	if err != nil {
		return err
	}
	return s.showRepositoryForm(c, http.StatusOK, repository, inputOf(repository), nil, "")
}

func inputOf(r console.Repository) repositoryInput {
	in := repositoryInput{version: r.Version, NewRepository: console.NewRepository{Name: r.Name, Kind: r.Kind, Description: r.Description}}
	for _, connection := range r.Connections {
		in.Connections = append(in.Connections, console.NewConnection{Repository: connection.Repository.Name, Filter: connection.Filter})
	}
	return in
}

func (s *Server) showRepositoryForm(c echo.Context, status int, repository console.Repository, in repositoryInput, errors map[string]string, changed string) error {
	in.Kind = repository.Kind
	p, err := s.repositoryFormProps(c, in)
	if err != nil {
		return err
	}
	p.Repository, p.Errors, p.Changed = &repository, errors, changed
	return s.showPage(c, status, views.RepositoryGeneral(p))
}

// updateRepository answers POST /repositories/:repo/settings/general. A form
// that is based on an older state comes back beside what is stored now.
func (s *Server) updateRepository(c echo.Context) error {
	in := readRepositoryInput(c.Request().PostForm)
	repository, err := s.edited(c, in)
	if err != nil {
		return err
	}
	if err := actor(c).NeedIn(console.RepositoryWrite, repository.GUID); err != nil {
		return err
	}
	in.Kind = repository.Kind
	if in.action == "add" {
		return s.showRepositoryForm(c, http.StatusOK, repository, in, nil, "")
	}
	if problem := unconfirmed(in, repository); problem != nil {
		return s.showRepositoryForm(c, http.StatusUnprocessableEntity, repository, in, problem, "")
	}
	changed, err := s.svc.UpdateRepository(c.Request().Context(), actor(c), repository.GUID, in.version, in.sound())
	known, ok := errors.AsType[*console.Error](err)
	switch {
	case ok && len(known.Fields) > 0:
		return s.showRepositoryForm(c, answers[known.Code].status, repository, in, known.Fields, "")
	case ok && known.Code == console.CodeConflict:
		in.version = repository.Version
		return s.showRepositoryForm(c, http.StatusConflict, repository, in, nil, known.Message)
	case err != nil:
		return err
	}
	return s.leave(c, views.RepositoryGeneralPath(changed.Name), console.Notice{Title: changed.Name + " saved"})
}

// edited is the repository that a form is about: the one that the form names, so
// that what was typed is not lost when somebody else renamed it meanwhile.
func (s *Server) edited(c echo.Context, in repositoryInput) (console.Repository, error) {
	if in.guid == "" {
		return s.repository(c)
	}
	return s.svc.GetRepositoryByGUID(c.Request().Context(), actor(c), in.guid)
}

// unconfirmed asks whoever is about to change a name, and could save it, whether
// they mean it: what stands under the old name stops working.
func unconfirmed(in repositoryInput, stored console.Repository) map[string]string {
	n := in.sound().Clean()
	renames := console.Fold(n.Name) != console.Fold(stored.Name)
	if !renames || in.confirmed == n.Name || in.version != stored.Version || n.Validate() != nil {
		return nil
	}
	return map[string]string{"confirm": "Confirm the new name to save."}
}
