package web

import (
	"errors"
	"net/http"
	"net/url"
	"strconv"

	"github.com/a-h/templ"
	"github.com/labstack/echo/v4"

	"latchkey/internal/console"
	"latchkey/views"
)

// editPerson answers GET /people/:guid/edit.
func (s *Server) editPerson(c echo.Context) error {
	user, err := s.personToChange(c)
	if err != nil {
		return err
	}
	return s.showPersonForm(c, http.StatusOK, views.PersonFormProps{
		User: user, Version: user.Version, Name: user.Name, Email: user.Email, Role: user.Role,
	})
}

func (s *Server) showPersonForm(c echo.Context, status int, p views.PersonFormProps) error {
	p.Self = p.User.GUID == actor(c).GUID
	page := p
	page.Page = true
	if status == http.StatusOK {
		return s.show(c, status, views.PersonFormPage(page), views.PersonForm(p))
	}
	return s.show(c, status, views.PersonFormPage(page), views.PersonFormFields(p))
}

// updatePerson answers POST /people/:guid. A form that is based on an older
// state comes back with what is stored beside what was typed.
func (s *Server) updatePerson(c echo.Context) error {
	user, err := s.personToChange(c)
	if err != nil {
		return err
	}
	form := c.Request().PostForm
	version, _ := strconv.Atoi(form.Get("version"))
	p := views.PersonFormProps{User: user, Version: version, Name: form.Get("name"), Email: form.Get("email"), Role: console.Role(form.Get("role"))}
	if form.Get("role") == "" && user.GUID == actor(c).GUID {
		p.Role = user.Role // it is not asked for
	}
	saved, err := s.svc.UpdateUser(c.Request().Context(), actor(c), user.GUID, version, console.UserPatch{Name: &p.Name, Email: &p.Email, Role: &p.Role})
	known, ok := errors.AsType[*console.Error](err)
	switch {
	case ok && len(known.Fields) > 0:
		p.Errors = known.Fields
		return s.showPersonForm(c, answers[known.Code].status, p)
	case ok && known.Code == console.CodeConflict:
		if p.User, err = s.person(c); err != nil {
			return err
		}
		p.Version, p.Changed = p.User.Version, known.Message
		return s.showPersonForm(c, http.StatusConflict, p)
	case err != nil:
		return err
	}
	return s.leave(c, views.PersonPath(user.GUID), console.Notice{Title: saved.Name + " saved"})
}

// inviteRows are the memberships that the form of an invitation offers.
const inviteRows = 3

func readInvitation(form url.Values) (console.Invitation, []views.InviteMembership) {
	n := console.Invitation{Email: form.Get("email"), Name: form.Get("name"), Role: console.Role(form.Get("role")), Scopes: form["scopes"]}
	var rows []views.InviteMembership
	repositories, roles := form["repository"], form["as"]
	for i := range min(len(repositories), len(roles), console.MembershipLimit+1) {
		rows = append(rows, views.InviteMembership{Repository: repositories[i], Role: roles[i]})
		if repositories[i] != "" {
			n.Memberships = append(n.Memberships, console.Membership{Repository: console.GUID(repositories[i]), Role: console.MemberRole(roles[i])})
		}
	}
	return n, rows
}

// newPerson answers GET /people/new.
func (s *Server) newPerson(c echo.Context) error {
	if err := actor(c).Need(console.UserWrite); err != nil {
		return err
	}
	return s.showInvite(c, http.StatusOK, console.Invitation{Role: console.RoleMember}, nil, nil)
}

func (s *Server) showInvite(c echo.Context, status int, n console.Invitation, rows []views.InviteMembership, problems map[string]string) error {
	ctx := c.Request().Context()
	catalogue, err := s.svc.Catalogue(ctx)
	if err != nil {
		return err
	}
	names, err := s.svc.RepositoryNames(ctx, actor(c), console.RepositoryRead, "")
	if err != nil {
		return err
	}
	for len(rows) < inviteRows {
		rows = append(rows, views.InviteMembership{Role: string(console.MemberViewer)})
	}
	p := views.InviteProps{
		Name: n.Name, Email: n.Email, Role: n.Role, Memberships: rows, Repositories: repositoryOptions(names),
		Scopes: views.MemberScopes(catalogue.Groups(), nil, n.Scopes), Errors: problems,
	}
	page := p
	page.Page = true
	if status == http.StatusOK {
		return s.show(c, status, views.InvitePage(page), views.Invite(p))
	}
	return s.show(c, status, views.InvitePage(page), views.InviteFields(p))
}

// invitePerson answers POST /people. The answer to success is the only place
// where the link ever appears.
func (s *Server) invitePerson(c echo.Context) error {
	if err := actor(c).Need(console.UserWrite); err != nil {
		return err
	}
	n, rows := readInvitation(c.Request().PostForm)
	user, code, err := s.svc.InviteUser(c.Request().Context(), actor(c), n)
	if known, ok := errors.AsType[*console.Error](err); ok && len(known.Fields) > 0 {
		return s.showInvite(c, answers[known.Code].status, n, rows, known.Fields)
	}
	if err != nil {
		return err
	}
	c.Response().Header().Set(echo.HeaderLocation, views.PersonPath(user.GUID))
	return s.showLink(c, http.StatusCreated, user, code)
}

func (s *Server) showLink(c echo.Context, status int, user console.User, code string) error {
	reader := s.reader(c)
	end, err := s.svc.InvitationEnd(c.Request().Context(), actor(c), user.GUID)
	if err != nil {
		end = reader.Now // the link is in hand, and must not be lost
	}
	p := views.LinkProps{User: user, Link: s.reached(c) + views.InvitationPath(code), End: reader.Moment(end)}
	name, _ := hostName(c.Request().Host)
	p.OnlyHere = s.o.PublicURL == nil && console.IsThisMachine(name)
	page := p
	page.Page = true
	link := views.Link(p)
	if current := currentURL(c.Request()); wantsRegion(c.Request()) && current.Path == views.PeoplePath() {
		if list, err := s.peopleList(c, current.Query()); err == nil {
			link = views.PersonInvited(p, list.props())
		}
	}
	return s.show(c, status, views.LinkPage(page), link)
}

// askLink answers GET /people/:guid/link.
func (s *Server) askLink(c echo.Context) error {
	user, err := s.personToChange(c)
	if err != nil {
		return err
	}
	p := views.NewLinkProps{User: user}
	page := p
	page.Page = true
	return s.show(c, http.StatusOK, views.NewLinkPage(page), views.NewLink(p))
}

// createLink answers POST /people/:guid/link.
func (s *Server) createLink(c echo.Context) error {
	user, err := s.personToChange(c)
	if err != nil {
		return err
	}
	user, code, err := s.svc.CreateUserLink(c.Request().Context(), actor(c), user.GUID)
	if err != nil {
		return err
	}
	return s.showLink(c, http.StatusCreated, user, code)
}

// dialog shows a dialog, or its page; the region alone comes back when the
// form in it was refused.
func (s *Server) dialog(c echo.Context, status int, page, dialog, form templ.Component) error {
	if status == http.StatusOK {
		return s.show(c, status, page, dialog)
	}
	return s.show(c, status, page, form)
}
