package web

import (
	"net/http"
	"slices"

	"github.com/labstack/echo/v4"

	"latchkey/internal/console"
	"latchkey/views"
)

// listMembers answers GET /repositories/:repo/settings/people.
func (s *Server) listMembers(c echo.Context) error {
	p, err := s.membersProps(c)
	if err != nil {
		return err
	}
	return s.showPage(c, http.StatusOK, views.Members(p))
}

func (s *Server) membersProps(c echo.Context) (views.MembersProps, error) {
	ctx, who := c.Request().Context(), actor(c)
	repository, err := s.repository(c)
	if err != nil {
		return views.MembersProps{}, err
	}
	p := views.MembersProps{Repository: repository, CanEdit: who.May(console.AccessWrite), Errors: map[string]string{}}
	members, err := s.svc.ListMembers(ctx, who, repository.GUID)
	if err != nil {
		return p, err
	}
	reader := s.reader(c)
	for _, user := range members {
		row := views.MembershipRow{
			Action: views.MembersPath(repository.Name), Field: "person", Value: string(user.GUID), Name: user.Name,
			Note: views.PersonNote(user, reader), Of: user.Name, Role: user.Memberships[repository.GUID], Off: !user.Enabled(), CanEdit: p.CanEdit,
		}
		if who.May(console.UserRead) {
			row.Href = views.PersonPath(user.GUID)
		}
		p.Members = append(p.Members, row)
	}
	if !p.CanEdit {
		return p, nil
	}
	p.People = []views.Option{{Value: "", Label: "Choose a person"}}
	people, err := s.svc.ListUsers(ctx, who)
	for _, user := range people {
		if user.Role == console.RoleMember && user.Enabled() && user.Memberships[repository.GUID] == "" {
			p.People = append(p.People, views.Option{Value: string(user.GUID), Label: user.Name + ", " + user.Email})
		}
	}
	return p, err
}

// changeMember answers POST /repositories/:repo/settings/people.
func (s *Server) changeMember(c echo.Context) error {
	p, err := s.membersProps(c)
	if err != nil {
		return err
	}
	if err := actor(c).NeedIn(console.AccessWrite, p.Repository.GUID); err != nil {
		return err
	}
	was, as, added := membershipInput(c)
	guid, chosen := console.ParseGUID(c.Request().PostForm.Get("person"))
	if !chosen || added && !as.Valid() {
		p.Errors["person"] = "Choose a person."
		return s.showPage(c, http.StatusUnprocessableEntity, views.Members(p))
	}
	if row, asks := membershipToEnd(c, p.Members, guid); asks {
		return s.askMembershipEnd(c, views.MembershipEndProps{Row: row, Person: row.Name, Repository: p.Repository.Name, Back: views.MembersPath(p.Repository.Name)})
	}
	user, err := s.svc.UpdateMembership(c.Request().Context(), actor(c), guid, p.Repository.GUID, was, as)
	switch code := console.CodeOf(err); code {
	case "":
		return s.leave(c, views.MembersPath(p.Repository.Name), membershipNotice(user.Name, p.Repository.Name, was, as))
	case console.CodeConflict, console.CodeInvalid:
		if p, found := s.membersProps(c); found == nil {
			p.Problem = console.Sentence(err)
			return s.showPage(c, answers[code].status, views.Members(p))
		}
	}
	return err
}

// membershipToEnd is the row, of whom or which guid is, whose membership a form
// would end without having asked; false if there is nothing to ask.
func membershipToEnd(c echo.Context, rows []views.MembershipRow, guid console.GUID) (views.MembershipRow, bool) {
	form := c.Request().PostForm
	at := slices.IndexFunc(rows, func(row views.MembershipRow) bool { return row.CanEdit && row.Value == string(guid) })
	if at < 0 || form.Get("action") != "end" || form.Get("confirmed") != "" {
		return views.MembershipRow{}, false
	}
	row := rows[at]
	row.Role = console.MemberRole(form.Get("was"))
	return row, true
}

func (s *Server) askMembershipEnd(c echo.Context, p views.MembershipEndProps) error {
	page := p
	page.Page = true
	return s.show(c, http.StatusOK, views.MembershipEndPage(page), views.MembershipEnd(p))
}
