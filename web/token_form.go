package web

import (
	"errors"
	"maps"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"latchkey/internal/console"
	"latchkey/views"
)

// tokenInput is what the form that makes or changes a token may send. Anything
// else that is sent has no effect.
type tokenInput struct {
	name, description string
	kind              console.Type
	repositories      []string
	scopes            []string
	// assets are rights on single assets, each with the asset's identifier behind
	// it, if the form asked for them.
	assets             []string
	asksForAssets      bool
	guid               console.GUID
	seal               string
	validFrom, validTo string
	zone               string
	owner              string
	// ipFilter is the GUID of the chosen one, if the form asked for one.
	ipFilter      string
	asksForFilter bool
	// version is the one that a form of a change is based on.
	version int
}

func readTokenInput(form url.Values) tokenInput {
	guid, _ := console.ParseGUID(form.Get("guid"))
	version, _ := strconv.Atoi(form.Get("version"))
	return tokenInput{version: version,
		name: form.Get("name"), description: form.Get("description"), kind: console.Type(form.Get("type")),
		repositories: form["repository"], scopes: form["scopes"], assets: form["assets"], asksForAssets: form.Has("assets"), guid: guid, seal: form.Get("guid_seal"),
		validFrom: form.Get("valid_from"), validTo: form.Get("valid_to"), zone: form.Get("zone"), owner: form.Get("owner"), ipFilter: form.Get("ip_filter"), asksForFilter: form.Has("ip_filter"),
	}
}

// prefill is a form as a link fills it.
func prefill(query url.Values) tokenInput {
	in := tokenInput{name: searchText(query.Get("name"))}
	for _, list := range query["scopes"] {
		in.scopes = append(in.scopes, strings.Split(list, ",")...)
	}
	in.validTo = prefillWall(query.Get("valid_to"))
	return in
}

// prefillWall is a wall time, or the last minute of a day; empty for anything else.
func prefillWall(text string) string {
	if day := readDay(text); day != "" {
		return day + "T23:59"
	}
	if at, err := time.Parse(views.WallLayout, text); err == nil {
		return at.Format(views.WallLayout)
	}
	return ""
}

// A tokenForm is the form for one reader at one place.
type tokenForm struct {
	at     place
	in     tokenInput
	who    console.Principal
	reader views.Reader
	errors map[string]string
	people []console.User
	// ipFilters are those to choose from.
	ipFilters []console.IPFilterRef
	// catalogue has the scopes to choose from.
	catalogue console.Catalogue
	// policies are what is asked of tokens.
	policies console.Policies
	// repositories are those to choose from where the place has none.
	repositories []console.RepositoryRef
	// assets are those of the repositories that are chosen.
	assets []console.Asset
	// token is the one to change, as it is stored now; nil for a new one.
	token *console.Token
	// stale says that somebody else changed the token while this was typed.
	stale string
	// grantors are whom the reader can ask for scopes that they don't hold.
	grantors []console.PersonRef
	// left are scopes of a token to be like that can't be given any more.
	left []string
}

// tokenForm prepares the form for who has perm at its place. The zone that the form was shown in stays the
// one that its dates are read in.
func (s *Server) tokenForm(c echo.Context, in tokenInput, perm console.Permission) (*tokenForm, error) {
	at, err := s.place(c)
	if err != nil {
		return nil, err
	}
	if err := at.need(actor(c), perm); err != nil {
		return nil, err
	}
	ctx := c.Request().Context()
	f := &tokenForm{at: at, in: in, who: actor(c), reader: s.reader(c), errors: map[string]string{}}
	if zone, ok := s.zone(in.zone); ok {
		f.reader.Zone = zone
	}
	if at.repository == nil {
		if f.repositories, err = s.repositoryChoices(c, console.TokenWrite, in.repositories...); err != nil {
			return nil, err
		}
	}
	if f.in.owner == "" {
		f.in.owner = string(f.who.GUID)
	}
	if f.catalogue, err = s.svc.Catalogue(ctx); err != nil {
		return nil, err
	}
	if f.grantors, err = s.svc.ListGrantors(ctx, f.who); err != nil {
		return nil, err
	}
	if f.ipFilters, err = s.svc.IPFilterNames(ctx, f.who); err != nil {
		return nil, err
	}
	if f.policies, err = s.svc.Policies(ctx); err != nil {
		return nil, err
	}
	f.chooseType()
	if err := s.findAssets(c, f); err != nil {
		return nil, err
	}
	f.people, err = s.svc.ListUsers(ctx, f.who)
	return f, err
}

// repositoryChoices are those that a form offers to who has perm in them, with
// the chosen ones, which may stand behind as many as are offered.
func (s *Server) repositoryChoices(c echo.Context, perm console.Permission, chosen ...string) ([]console.RepositoryRef, error) {
	ctx, who := c.Request().Context(), actor(c)
	offered, err := s.svc.RepositoryNames(ctx, who, perm, "")
	for _, name := range chosen {
		if err != nil || name == "" || slices.ContainsFunc(offered, func(r console.RepositoryRef) bool { return r.Name == name }) {
			continue
		}
		var found console.Repository
		switch found, err = s.svc.GetRepository(ctx, who, name); console.CodeOf(err) {
		case "":
			offered = append(offered, found.Ref())
		case console.CodeNotFound:
			err = nil
		}
	}
	return offered, err
}

// newToken answers GET .../tokens/new.
func (s *Server) newToken(c echo.Context) error {
	f, err := s.tokenForm(c, prefill(c.QueryParams()), console.TokenWrite)
	if err != nil {
		return err
	}
	if like := c.QueryParam("copy"); like != "" {
		if err := s.fillLike(c, f, like); err != nil {
			return err
		}
	}
	f.chooseIPFilter(searchText(c.QueryParam("ip_filter")))
	if !f.policies.Of(f.in.kind).Allowed {
		return s.showNotAllowed(c, f)
	}
	s.offerGUID(c, f)
	return s.showTokenForm(c, http.StatusOK, f)
}

// reviseNewToken answers POST .../tokens/new: the form as typed, with another
// GUID or with the choices of another type.
func (s *Server) reviseNewToken(c echo.Context) error {
	form := c.Request().PostForm
	f, err := s.tokenForm(c, readTokenInput(form), console.TokenWrite)
	if err != nil {
		return err
	}
	field := c.QueryParam("field")
	if field == "guid" || form.Get("action") == "regenerate" || !s.handedOut(c, f.in) {
		s.offerGUID(c, f)
	}
	page := views.NewToken(f.props(true))
	switch p := f.props(false); field {
	case "guid":
		p.AnnounceNewGUID = true
		return s.show(c, http.StatusOK, page, views.TokenGUIDSwap(p))
	case "scopes":
		return s.show(c, http.StatusOK, page, views.TokenWhatSwap(p))
	case "assets":
		return s.show(c, http.StatusOK, page, views.TokenAssets(p))
	default:
		return s.show(c, http.StatusOK, page, views.TokenForm(p))
	}
}

func (s *Server) showTokenForm(c echo.Context, status int, f *tokenForm) error {
	page, p := views.NewToken(f.props(true)), f.props(false)
	if f.token != nil {
		page = views.EditToken(f.props(true))
	}
	switch status {
	case http.StatusOK:
		return s.show(c, status, page, views.TokenForm(p))
	case http.StatusConflict:
		return s.show(c, status, page, views.TokenFormConflict(p))
	}
	return s.show(c, status, page, views.TokenFormFields(p))
}

// offerGUID puts a fresh GUID into the form, with the proof that it came from
// here and went to this session.
func (s *Server) offerGUID(c echo.Context, f *tokenForm) {
	f.in.guid = console.NewGUID()
	f.in.seal = s.svc.Seal("guid", formHolder(c), string(f.in.guid))
}

func (s *Server) handedOut(c echo.Context, in tokenInput) bool {
	return in.guid != "" && s.svc.Sealed(in.seal, "guid", formHolder(c), string(in.guid))
}

// createToken answers POST .../tokens. The answer to success is the only place
// where the secret ever appears.
func (s *Server) createToken(c echo.Context) error {
	f, err := s.tokenForm(c, readTokenInput(c.Request().PostForm), console.TokenWrite)
	if err != nil {
		return err
	}
	n := f.newToken()
	if !s.handedOut(c, f.in) {
		s.offerGUID(c, f)
		n.GUID = f.in.guid
		f.errors["guid"] = "That GUID was not handed out to you. Here is a fresh one."
	}
	if len(f.errors) > 0 {
		f.note(n.Clean().Validate(s.svc.Now(), f.catalogue))
		return s.showTokenForm(c, http.StatusUnprocessableEntity, f)
	}
	token, secret, err := s.svc.CreateToken(c.Request().Context(), f.who, n)
	switch code := console.CodeOf(err); code {
	case "":
		return s.showSecret(c, f, token, secret)
	case console.CodeInvalid, console.CodeConflict:
		f.note(err)
		if code == console.CodeConflict && f.errors["guid"] != "" {
			s.offerGUID(c, f)
		}
		return s.showTokenForm(c, answers[code].status, f)
	}
	return err
}

func (s *Server) showSecret(c echo.Context, f *tokenForm, token console.Token, secret console.Secret) error {
	p := views.TokenSecretProps{Token: token, Repository: f.at.name(), BaseURL: s.baseURL(), Reader: s.reader(c)}
	page := p
	page.Page = true
	if secret.IsZero() {
		return s.show(c, http.StatusOK, views.TokenAlreadyCreatedPage(page), views.TokenAlreadyCreated(p))
	}
	p.Secret, page.Secret = secret.Reveal(), secret.Reveal()
	c.Response().Header().Set(echo.HeaderLocation, views.TokenPath(f.at.name(), token.GUID))
	if !wantsRegion(c.Request()) {
		return s.showPage(c, http.StatusCreated, views.TokenSecretPage(page))
	}
	// The token is made and its secret in hand: a list that can't be read now
	// must not cost it.
	list, err := s.onScreen(c, f.at)
	if err != nil {
		list = nil
	}
	return s.showPage(c, http.StatusCreated, views.TokenCreated(p, list))
}

// baseURL is where services reach the console.
func (s *Server) baseURL() string {
	if s.o.PublicURL != nil {
		return strings.TrimSuffix(s.o.PublicURL.String(), "/")
	}
	host, port, err := net.SplitHostPort(s.o.Listen)
	if err != nil {
		return "http://" + s.o.Listen
	}
	if ip := net.ParseIP(host); host == "" || ip != nil && ip.IsUnspecified() {
		host = "127.0.0.1"
	}
	return "http://" + net.JoinHostPort(host, port)
}

// newToken is what the form asks for. What can't be read of it is noted.
func (f *tokenForm) newToken() console.NewToken {
	n := console.NewToken{
		GUID: f.in.guid, Type: f.in.kind, Name: f.in.name, Description: f.in.description,
		Scopes: f.in.scopes, Assets: f.in.grants(), Owner: console.GUID(f.in.owner), IPFilter: console.GUID(f.in.ipFilter),
	}
	if f.in.kind == console.TypeRepository {
		n.Repositories = f.where()
		if f.at.repository == nil && len(n.Repositories) < len(f.in.repositories) {
			f.errors["repository"] = "There is no such repository."
		}
	} else {
		n.Assets = nil // of the type that was chosen before
	}
	var problem string
	if n.ValidFrom, problem = wallTime(f.in.validFrom, f.reader.Zone); problem != "" {
		f.errors["valid_from"] = problem
	}
	if n.ValidTo, problem = wallTime(f.in.validTo, f.reader.Zone); problem != "" {
		f.errors["valid_to"] = problem
	}
	return n
}

// note keeps the problems of err beside their fields; the first one stays.
func (f *tokenForm) note(err error) {
	for field, problem := range fieldsOf(err) {
		if f.errors[field] == "" {
			f.errors[field] = problem
		}
	}
	if known, ok := errors.AsType[*console.Error](err); ok && len(known.Fields) == 0 {
		f.errors[""] = known.Message
	}
}

// fieldsOf are the problems of err by field.
func fieldsOf(err error) map[string]string {
	if known, ok := errors.AsType[*console.Error](err); ok {
		return maps.Clone(known.Fields)
	}
	return nil
}

func (f *tokenForm) props(page bool) views.TokenFormProps {
	p := views.TokenFormProps{
		Token: f.token, Version: f.in.version, Changed: f.stale, Left: f.left,
		Repository: f.at.repository, Page: page, Type: f.in.kind,
		Name: f.in.name, Description: f.in.description, Scopes: f.scopes(), GUID: f.in.guid, GUIDSeal: f.in.seal, Assets: f.assetGroups(),
		ValidFrom: f.in.validFrom, ValidTo: f.in.validTo, Owner: f.in.owner, Owners: f.owners(),
		IPFilter: f.in.ipFilter, IPFilters: f.ipFilterChoices(), FilterRequired: f.needsIPFilter(),
		Errors: f.errors, Problem: f.errors[""], Reader: f.reader, Policy: f.policies.Of(f.in.kind),
	}
	for _, person := range f.grantors {
		p.Grantors = append(p.Grantors, person.Name)
	}
	for _, preset := range f.catalogue.Presets(f.in.kind, f.who) {
		p.Presets = append(p.Presets, views.ScopePreset{Label: preset.Name, Scopes: preset.Scopes})
	}
	if f.at.repository != nil || f.token != nil {
		return p
	}
	p.Types, p.NotAllowed = f.types()
	if f.in.kind == console.TypeRepository {
		p.Repositories = f.repositoryGroup()
	}
	return p
}
