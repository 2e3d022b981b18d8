package web

import (
	"net/http"
	"slices"
	"strconv"

	"github.com/labstack/echo/v4"

	"latchkey/internal/console"
	"latchkey/views"
)

// person is the one that the path names.
func (s *Server) person(c echo.Context) (console.User, error) {
	user, _, err := s.personOf(c)
	return user, err
}

func (s *Server) personOf(c echo.Context) (console.User, []console.MemberOf, error) {
	if err := actor(c).Need(console.UserRead); err != nil {
		return console.User{}, nil, err
	}
	guid, err := guidParam(c)
	if err != nil {
		return console.User{}, nil, err
	}
	return s.svc.GetUser(c.Request().Context(), actor(c), guid)
}

// personToChange is person for those who may change people.
func (s *Server) personToChange(c echo.Context) (console.User, error) {
	user, err := s.person(c)
	if err == nil {
		err = actor(c).Need(console.UserWrite)
	}
	if err != nil {
		return console.User{}, err
	}
	return user, nil
}

// showPerson answers GET /people/:guid.
func (s *Server) showPerson(c echo.Context) error {
	p, err := s.personProps(c)
	if err != nil {
		return err
	}
	return s.showPage(c, http.StatusOK, views.Person(p))
}

func (s *Server) personProps(c echo.Context) (views.PersonProps, error) {
	ctx, who := c.Request().Context(), actor(c)
	user, memberships, err := s.personOf(c)
	if err != nil {
		return views.PersonProps{}, err
	}
	p := views.PersonProps{
		User: user, Version: user.Version, Reader: s.reader(c), Self: user.GUID == who.GUID, Errors: map[string]string{},
		CanWrite: who.May(console.UserWrite), CanAccess: who.May(console.AccessWrite), CanAudit: who.May(console.AuditRead),
	}
	if err := s.addTokens(c, &p); err != nil {
		return p, err
	}
	end, err := s.svc.InvitationEnd(ctx, who, user.GUID)
	if err != nil {
		return p, err
	}
	if !end.IsZero() {
		p.LinkEnd = p.Reader.Moment(end)
	}
	if p.Account, err = s.svc.GetAccountOf(ctx, who, user.GUID); err != nil {
		return p, err
	}
	if p.SignedInAt, err = s.svc.GetLastSignIn(ctx, who, user.GUID); err != nil {
		return p, err
	}
	catalogue, err := s.svc.Catalogue(ctx)
	if err != nil {
		return p, err
	}
	if user.Role != console.RoleMember {
		p.Held = console.Grouped(slices.DeleteFunc(catalogue.All(), func(scope console.Scope) bool {
			return !console.Principal{}.As(user).MayGrant(scope)
		}))
		return p, nil
	}
	for _, m := range memberships {
		p.Memberships = append(p.Memberships, views.MembershipRow{
			Action: views.MembershipsPath(user.GUID), Field: "repository", Value: string(m.Repository.GUID),
			Name: m.Repository.Name, Href: views.RepositoryPath(m.Repository.Name), Of: user.Name + " in " + m.Repository.Name,
			Role: m.Role, Off: !user.Enabled(), CanEdit: p.CanAccess,
		})
	}
	p.Scopes = views.MemberScopes(catalogue.Groups(), user.Scopes, user.Scopes)
	p.Repositories, err = s.otherRepositories(c, user)
	return p, err
}

// addTokens counts the tokens that the person owns and made.
func (s *Server) addTokens(c echo.Context, p *views.PersonProps) error {
	for _, place := range []struct {
		filter  console.TokenFilter
		href    string
		figures *[]views.Stat
	}{
		{console.TokenFilter{Owners: []console.GUID{p.User.GUID}}, views.OwnedTokensPath(p.User.GUID), &p.Owned},
		{console.TokenFilter{Creators: []console.GUID{p.User.GUID}}, views.MadeTokensPath(p.User.GUID), &p.Made},
	} {
		counts, err := s.svc.CountTokens(c.Request().Context(), actor(c), place.filter)
		if err != nil {
			return err
		}
		label := "tokens"
		if counts[console.FilterAll] == 1 {
			label = "token"
		}
		*place.figures = []views.Stat{
			{Label: label, Value: views.Count(counts[console.FilterAll]), Href: place.href},
			{Label: "active", Value: views.Count(counts[console.FilterActive]), Href: place.href + "&status=active"},
		}
	}
	return nil
}

// otherRepositories are those that somebody does not belong to yet.
func (s *Server) otherRepositories(c echo.Context, user console.User) ([]views.Option, error) {
	names, err := s.svc.RepositoryNames(c.Request().Context(), actor(c), console.RepositoryRead, "")
	names = slices.DeleteFunc(names, func(r console.RepositoryRef) bool { return user.Memberships[r.GUID] != "" })
	return repositoryOptions(names), err
}

func repositoryOptions(names []console.RepositoryRef) []views.Option {
	options := []views.Option{{Value: "", Label: "Choose a repository"}}
	for _, r := range names {
		options = append(options, views.Option{Value: string(r.GUID), Label: r.Name})
	}
	return options
}

// changeScopes answers POST /people/:guid/scopes. A form that is based on an
// older state comes back as ticked, with what is stored beside it.
func (s *Server) changeScopes(c echo.Context) error {
	p, err := s.personProps(c)
	if err != nil {
		return err
	}
	form := c.Request().PostForm
	wanted := form["scopes"]
	version, _ := strconv.Atoi(form.Get("version"))
	change := console.AccessChange{User: p.User.GUID, Version: version}
	for _, scope := range wanted {
		if !slices.Contains(p.User.Scopes, scope) {
			change.Gain = append(change.Gain, scope)
		}
	}
	for _, scope := range p.User.Scopes {
		if !slices.Contains(wanted, scope) {
			change.Lose = append(change.Lose, scope)
		}
	}
	sentence := views.AccessSentence(p.User.Name, change.Gain, change.Lose)
	_, err = s.svc.ChangeAccess(c.Request().Context(), actor(c), []console.AccessChange{change})
	switch code := console.CodeOf(err); code {
	case "":
		if sentence == "" {
			sentence = "Nothing changed."
		}
		return s.leave(c, views.PersonPath(p.User.GUID), console.Notice{Title: "Scopes saved", Detail: sentence})
	case console.CodeConflict, console.CodeInvalid:
		return s.showScopesAgain(c, answers[code].status, wanted, err)
	}
	return err
}

func (s *Server) showScopesAgain(c echo.Context, status int, wanted []string, problem error) error {
	p, err := s.personProps(c)
	if err != nil {
		return err
	}
	catalogue, err := s.svc.Catalogue(c.Request().Context())
	if err != nil {
		return err
	}
	p.Scopes = views.MemberScopes(catalogue.Groups(), p.User.Scopes, wanted)
	if status == http.StatusConflict {
		p.Changed, p.Stored = console.Sentence(problem), views.Listing(p.User.Scopes)
		if p.Stored == "" {
			p.Stored = "no scope"
		}
	} else {
		p.Errors = fieldsOf(problem)
	}
	return s.showPage(c, status, views.Person(p))
}

// membershipInput reads the form of a membership: the role on which it is
// based and the one that shall be, which is empty for none.
func membershipInput(c echo.Context) (was, as console.MemberRole, added bool) {
	form := c.Request().PostForm
	was, as = console.MemberRole(form.Get("was")), console.MemberRole(form.Get("as"))
	switch form.Get("action") {
	case "end":
		as = ""
	case "add":
		return "", as, true
	}
	return was, as, false
}

// membershipNotice says what a change of a membership did.
func membershipNotice(name, repository string, was, as console.MemberRole) console.Notice {
	switch {
	case as == "":
		return console.Notice{Title: "Membership ended", Detail: name + " does not belong to " + repository + " any more."}
	case was == "":
		return console.Notice{Title: "Member added", Detail: name + " is a " + string(as) + " of " + repository + "."}
	}
	return console.Notice{Title: "Membership saved", Detail: name + " is a " + string(as) + " of " + repository + "."}
}

// changeMembership answers POST /people/:guid/memberships.
func (s *Server) changeMembership(c echo.Context) error {
	p, err := s.personProps(c)
	if err != nil {
		return err
	}
	was, as, added := membershipInput(c)
	repo, chosen := console.ParseGUID(c.Request().PostForm.Get("repository"))
	if !chosen || added && !as.Valid() {
		if err := actor(c).Need(console.AccessWrite); err != nil {
			return err
		}
		p.Errors = map[string]string{"repository": "Choose a repository."}
		return s.showPage(c, http.StatusUnprocessableEntity, views.Person(p))
	}
	if row, asks := membershipToEnd(c, p.Memberships, repo); asks {
		return s.askMembershipEnd(c, views.MembershipEndProps{Row: row, Person: p.User.Name, Repository: row.Name, Back: views.PersonPath(p.User.GUID)})
	}
	_, err = s.svc.UpdateMembership(c.Request().Context(), actor(c), p.User.GUID, repo, was, as)
	switch code := console.CodeOf(err); code {
	case "":
		name, err := s.repositoryName(c, repo)
		if err != nil {
			return err
		}
		return s.leave(c, views.PersonPath(p.User.GUID), membershipNotice(p.User.Name, name, was, as))
	case console.CodeConflict, console.CodeInvalid:
		if p, found := s.personProps(c); found == nil {
			p.Problem = console.Sentence(err)
			return s.showPage(c, answers[code].status, views.Person(p))
		}
	}
	return err
}

// repositoryName is the name of one that the reader has just chosen.
func (s *Server) repositoryName(c echo.Context, guid console.GUID) (string, error) {
	names, err := s.svc.RepositoryNames(c.Request().Context(), actor(c), console.RepositoryRead, "")
	for _, r := range names {
		if r.GUID == guid {
			return r.Name, err
		}
	}
	return "the repository", err
}
