package web

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"latchkey/internal/console"
	"latchkey/views"
)

// extendBy is the new end that is offered first.
const extendBy = 90 * 24 * time.Hour

// bulkInput is what the forms that change several tokens may send.
type bulkInput struct {
	guids []console.GUID
	// all is whether it is about everything that filter keeps, as the list with
	// the state query does; words say so.
	all     bool
	query   string
	filter  console.TokenFilter
	words   []views.FilterChip
	request console.BulkRequest
	// until and validTo are as typed.
	until, validTo string
	confirm        string
	reader         views.Reader
	errors         map[string]string
}

// readBulk reads such a form. Without a new end it takes the usual one, so that
// there is something to foresee.
func (s *Server) readBulk(c echo.Context, at place) (bulkInput, error) {
	form := c.Request().PostForm
	in := bulkInput{
		reader: s.formReader(c), until: form.Get("until"), validTo: form.Get("valid_to"),
		confirm: strings.TrimSpace(form.Get("confirm")), errors: map[string]string{},
		request: console.BulkRequest{Verb: console.BulkVerb(form.Get("verb")), Reason: console.Clean(form.Get("reason")), Scope: form.Get("scope")},
		all:     form.Has("all"),
	}
	in.request.Owner, _ = console.ParseGUID(form.Get("owner"))
	if !form.Has("owner") {
		in.request.Owner = actor(c).GUID
	}
	in.guids = guidsOf(form["guid"])
	if !in.request.Verb.Valid() {
		return in, &console.Error{Code: console.CodeInvalid, Message: "There is no such action for several tokens."}
	}
	if err := s.readMatching(c, at, &in); err != nil {
		return in, err
	}
	if in.request.Verb == console.BulkExtend && !form.Has("valid_to") {
		in.validTo = in.reader.Wall(in.reader.Now.Add(extendBy))
	}
	in.request.Until = in.time("until", in.until)
	in.request.ValidTo = in.time("valid_to", in.validTo)
	return in, nil
}

// readMatching reads which tokens the form is about: the ticked ones, or all that
// its filter keeps.
func (s *Server) readMatching(c echo.Context, at place, in *bulkInput) error {
	if !in.all {
		if len(in.guids) == 0 {
			return errNoneTicked
		}
		return nil
	}
	in.query = c.Request().PostForm.Get("query")
	values, err := url.ParseQuery(strings.TrimPrefix(in.query, "?"))
	if err != nil {
		return errBadForm
	}
	list, err := s.askedTokens(c, at, values)
	if err != nil {
		return err
	}
	if err := list.nameNothing(); err != nil {
		return err
	}
	in.filter, in.words = list.filter(), list.chips()
	if at.repository != nil {
		in.words = append([]views.FilterChip{{Label: "Repository", Value: at.name()}}, in.words...)
	}
	in.query = list.query.first().on("")
	return nil
}

var errNoneTicked = &console.Error{Code: console.CodeInvalid, Message: "Tick at least one token first."}

// guidsOf are the GUIDs among texts.
func guidsOf(texts []string) (guids []console.GUID) {
	for _, text := range texts {
		if guid, ok := console.ParseGUID(text); ok {
			guids = append(guids, guid)
		}
	}
	return guids
}

// time reads a typed time, and notes what is wrong with it.
func (in bulkInput) time(field, text string) time.Time {
	at, problem := wallTime(text, in.reader.Zone)
	if problem != "" {
		in.errors[field] = problem
	}
	return at
}

// bulk reads the form and foresees what it would do.
func (s *Server) bulk(c echo.Context) (place, bulkInput, views.TokenBulkProps, error) {
	at, err := s.place(c)
	if err != nil {
		return at, bulkInput{}, views.TokenBulkProps{}, err
	}
	if err := at.need(actor(c), console.TokenWrite); err != nil {
		return at, bulkInput{}, views.TokenBulkProps{}, err
	}
	in, err := s.readBulk(c, at)
	if err != nil {
		return at, in, views.TokenBulkProps{}, err
	}
	p := views.TokenBulkProps{
		Repository: at.name(), Reader: in.reader, Verb: in.request.Verb, Reason: in.request.Reason,
		Confirmed: in.confirm, Until: in.until, ValidTo: in.validTo, Errors: in.errors, All: in.all, Query: in.query, Words: in.words,
		Emergency: in.all && c.Request().PostForm.Has("emergency"),
	}
	if err := s.offerBulk(c, in, &p); err != nil {
		return at, in, p, err
	}
	if err := s.foreseeBulk(c, at, in, &p); err != nil {
		return at, in, p, err
	}
	if in.request.Verb == console.BulkRemoveScope {
		offerUsed(actor(c), in, &p)
	}
	return at, in, p, nil
}

// foreseeBulk adds what would happen to the tokens.
func (s *Server) foreseeBulk(c echo.Context, at place, in bulkInput, p *views.TokenBulkProps) (err error) {
	ctx := c.Request().Context()
	if in.all {
		p.Preview, err = s.svc.PreviewBulkJob(ctx, actor(c), in.filter, in.request)
		p.Confirm = p.Preview.Confirm
		return err
	}
	p.Outcomes, err = s.svc.PreviewBulk(ctx, actor(c), at.guid(), in.guids, in.request)
	p.Confirm = in.request.Confirmation(p.Outcomes, in.reader.Now)
	return err
}

// offerUsed adds the scopes that the tokens have.
func offerUsed(who console.Principal, in bulkInput, p *views.TokenBulkProps) {
	uses := p.Preview.Scopes
	if !in.all {
		groups := make([]console.TokenGroup, len(p.Outcomes))
		for i, outcome := range p.Outcomes {
			groups[i] = console.TokenGroup{Token: outcome.Token, N: 1}
		}
		uses = console.ScopesOf(groups)
	}
	for _, use := range uses {
		if who.Holds(use.Scope) {
			p.Choices = append(p.Choices, views.Option{Value: use.Scope, Label: views.ScopeUse(use)})
		}
	}
	p.Choices, p.Choice = toChoose(p.Choices), in.request.Scope
}

// toChoose are scopes of which none is chosen before somebody does.
func toChoose(scopes []views.Option) []views.Option {
	if len(scopes) == 0 {
		return nil
	}
	return slices.Insert(scopes, 0, views.Option{Label: "Choose a scope"})
}

// offerBulk adds what can be chosen for the verb, whatever the tokens.
func (s *Server) offerBulk(c echo.Context, in bulkInput, p *views.TokenBulkProps) error {
	ctx, who := c.Request().Context(), actor(c)
	switch in.request.Verb {
	case console.BulkTransfer:
		people, err := s.svc.ListUsers(ctx, who)
		if err != nil {
			return err
		}
		for _, person := range people {
			if person.Enabled() {
				p.Choices = append(p.Choices, views.Option{Value: string(person.GUID), Label: person.Name})
			}
		}
		p.Choice = string(in.request.Owner)
	case console.BulkAddScope:
		catalogue, err := s.svc.Catalogue(ctx)
		if err != nil {
			return err
		}
		for _, scope := range catalogue.All() {
			if who.Holds(scope.Name) && !scope.Retired {
				p.Choices = append(p.Choices, views.Option{Value: scope.Name, Label: scope.Name})
			}
		}
		p.Choices, p.Choice = toChoose(p.Choices), in.request.Scope
	}
	return nil
}

// askBulk answers POST .../tokens/bulk: what the action would do to each token.
func (s *Server) askBulk(c echo.Context) error {
	_, _, p, err := s.bulk(c)
	if err != nil {
		return err
	}
	page := p
	page.Page = true
	if isTarget(c.Request(), views.BulkForeseenID) {
		return s.show(c, http.StatusOK, views.TokenBulkPage(page), views.TokenBulkAgain(p))
	}
	return s.show(c, http.StatusOK, views.TokenBulkPage(page), views.TokenBulk(p))
}

// applyBulk answers POST .../tokens/bulk/execution: it does what was foreseen
// and tells what became of each token.
func (s *Server) applyBulk(c echo.Context) error {
	at, in, p, err := s.bulk(c)
	if err != nil {
		return err
	}
	for field, problem := range fieldsOf(in.request.Validate(in.reader.Now)) {
		if in.errors[field] == "" {
			in.errors[field] = problem
		}
	}
	if p.Confirm != "" && in.confirm != p.Confirm {
		in.errors["confirm"] = "Type " + p.Confirm + " to confirm."
	}
	page := p
	page.Page = true
	if len(in.errors) > 0 {
		return s.show(c, http.StatusUnprocessableEntity, views.TokenBulkPage(page), views.TokenBulkForm(p))
	}
	if in.all {
		job, err := s.svc.StartBulkJob(c.Request().Context(), actor(c), in.filter, in.request)
		if err != nil {
			return err
		}
		return s.leave(c, views.BulkJobPath(job.GUID))
	}
	outcomes, err := s.svc.ApplyBulk(c.Request().Context(), actor(c), at.guid(), in.guids, in.request)
	if err != nil && len(outcomes) == 0 {
		return err
	}
	if err != nil {
		p.Stopped = s.note(c, err)
	}
	p.Outcomes = outcomes
	page = p
	page.Page = true
	var list *views.TokenListProps
	if wantsRegion(c.Request()) {
		// What is done must be told, even if the list can't be read now.
		if list, err = s.onScreen(c, at); err != nil {
			list = nil
		}
	}
	return s.show(c, http.StatusOK, views.TokenBulkDonePage(page), views.TokenBulkDoneSwap(p, list))
}
