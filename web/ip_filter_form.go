package web

import (
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"latchkey/internal/console"
	"latchkey/views"
)

// ipFilterInput is what the form of an IP filter may send.
type ipFilterInput struct {
	console.NewIPFilter
	version int
	// filter is the one that a form of a change is about, when it is checked.
	filter console.GUID
	// try is an address to try.
	try string
	// warned is whether the form said that nothing can pass, and confirmed
	// whether it was confirmed that active tokens then open nothing.
	warned, confirmed bool
}

// readIPFilterInput reads a form. Browsers send every line end as two
// characters; that is no part of what was typed.
func readIPFilterInput(form url.Values) ipFilterInput {
	in := ipFilterInput{
		NewIPFilter: console.NewIPFilter{Name: form.Get("name"), Text: strings.ReplaceAll(form.Get("rules"), "\r\n", "\n")},
		try:         searchText(form.Get("try")), warned: form.Get("warned") == "nothing",
		confirmed: form.Get("confirm") == "cut-off",
	}
	in.version, _ = strconv.Atoi(form.Get("version"))
	in.filter, _ = console.ParseGUID(form.Get("filter"))
	return in
}

// newIPFilter answers GET /ip-filters/new.
func (s *Server) newIPFilter(c echo.Context) error {
	if err := actor(c).Need(console.IPFilterWrite); err != nil {
		return err
	}
	return s.showIPFilterForm(c, http.StatusOK, ipFilterInput{}, views.IPFilterFormProps{})
}

// editIPFilter answers GET /ip-filters/:filter/edit.
func (s *Server) editIPFilter(c echo.Context) error {
	filter, err := s.ipFilter(c, console.IPFilterWrite)
	if err != nil {
		return err
	}
	in := ipFilterInput{version: filter.Version, NewIPFilter: console.NewIPFilter{Name: filter.Name, Text: filter.Text}}
	return s.showIPFilterForm(c, http.StatusOK, in, views.IPFilterFormProps{Filter: &filter})
}

// fillIPFilterForm puts what was typed into the form, and what is to be said of it.
func (s *Server) fillIPFilterForm(c echo.Context, in ipFilterInput, p views.IPFilterFormProps) (views.IPFilterFormProps, error) {
	p.Name, p.Text, p.Version, p.Try, p.Own = in.Name, in.Text, in.version, in.try, s.client(c.Request())
	p.Check = views.CheckIPRules(in.Text, in.try, p.Own)
	if p.Filter == nil {
		return p, nil
	}
	var err error
	p.Check.Confirmed, p.Check.Unconfirmed = in.confirmed, p.Errors["confirm"]
	p.Check.CutOff, err = s.svc.CountCutOff(c.Request().Context(), actor(c), p.Filter.IPFilter, in.Text)
	return p, err
}

// showIPFilterForm shows the form as typed; p says what it is the form of, and
// what is wrong.
func (s *Server) showIPFilterForm(c echo.Context, status int, in ipFilterInput, p views.IPFilterFormProps) error {
	p, err := s.fillIPFilterForm(c, in, p)
	if err != nil {
		return err
	}
	page := p
	page.Page = true
	if status == http.StatusOK {
		return s.show(c, status, views.IPFilterFormPage(page), views.IPFilterForm(p))
	}
	return s.show(c, status, views.IPFilterFormPage(page), views.IPFilterFormFields(p))
}

// checkIPFilter answers POST /ip-filters/check: what is to be said of the rules
// as typed, with the reader's own address added if they ask for that. It saves
// nothing.
func (s *Server) checkIPFilter(c echo.Context) error {
	if err := actor(c).Need(console.IPFilterWrite); err != nil {
		return err
	}
	in := readIPFilterInput(c.Request().PostForm)
	adds := c.QueryParam("action") == views.AddAction || c.Request().PostForm.Get("action") == views.AddAction && !wantsRegion(c.Request())
	if own := s.client(c.Request()); adds && own.IsValid() {
		in.Text = withRule(in.Text, "allow "+own.String())
	}
	var p views.IPFilterFormProps
	if in.filter != "" {
		filter, err := s.svc.GetIPFilter(c.Request().Context(), actor(c), in.filter)
		if err != nil {
			return err
		}
		p.Filter = &filter
	}
	p, err := s.fillIPFilterForm(c, in, p)
	if err != nil {
		return err
	}
	page := p
	page.Page = true
	if adds {
		return s.show(c, http.StatusOK, views.IPFilterFormPage(page), views.IPRulesSwap(p))
	}
	return s.show(c, http.StatusOK, views.IPFilterFormPage(page), views.IPCheckSwap(p.Check))
}

// withRule is text with one line more, unless it has that line.
func withRule(text, rule string) string {
	for _, line := range console.ReadIPLines(text) {
		if line.Rule == rule {
			return text
		}
	}
	if text != "" && !strings.HasSuffix(text, "\n") {
		text += "\n"
	}
	return text + rule
}

// unwarned says that nothing can pass, to whoever sends rules of that kind
// without having been told.
func unwarned(in ipFilterInput) map[string]string {
	if in.warned || in.Clean().Validate() != nil || !console.NewIPRules(console.ReadIPLines(in.Text)).NothingPasses() {
		return nil
	}
	return map[string]string{"": "Nothing is saved yet. These rules refuse every address. Save again if that is what you want."}
}

// createIPFilter answers POST /ip-filters.
func (s *Server) createIPFilter(c echo.Context) error {
	if err := actor(c).Need(console.IPFilterWrite); err != nil {
		return err
	}
	in := readIPFilterInput(c.Request().PostForm)
	if warning := unwarned(in); warning != nil {
		return s.showIPFilterForm(c, http.StatusUnprocessableEntity, in, views.IPFilterFormProps{Errors: warning})
	}
	filter, err := s.svc.CreateIPFilter(c.Request().Context(), actor(c), in.NewIPFilter)
	if known, ok := errors.AsType[*console.Error](err); ok && len(known.Fields) > 0 {
		return s.showIPFilterForm(c, answers[known.Code].status, in, views.IPFilterFormProps{Errors: known.Fields})
	}
	if err != nil {
		return err
	}
	return s.ipFilterChanged(c, filter.GUID, console.Notice{Title: filter.Name + " added", Detail: "Choose it in the form of a token."})
}

// updateIPFilter answers POST /ip-filters/:filter. A form that is based on an
// older state comes back with what is stored beside what was typed.
func (s *Server) updateIPFilter(c echo.Context) error {
	filter, err := s.ipFilter(c, console.IPFilterWrite)
	if err != nil {
		return err
	}
	in := readIPFilterInput(c.Request().PostForm)
	if warning := unwarned(in); warning != nil && in.Text != filter.Text && in.version == filter.Version {
		return s.showIPFilterForm(c, http.StatusUnprocessableEntity, in, views.IPFilterFormProps{Filter: &filter, Errors: warning})
	}
	saved, err := s.svc.UpdateIPFilter(c.Request().Context(), actor(c), filter.GUID, in.version, in.NewIPFilter, in.confirmed)
	known, ok := errors.AsType[*console.Error](err)
	switch {
	case ok && len(known.Fields) > 0:
		return s.showIPFilterForm(c, answers[known.Code].status, in, views.IPFilterFormProps{Filter: &filter, Errors: known.Fields})
	case ok && known.Code == console.CodeConflict:
		if filter, err = s.ipFilter(c, console.IPFilterWrite); err != nil {
			return err
		}
		in.version = filter.Version
		return s.showIPFilterForm(c, http.StatusConflict, in, views.IPFilterFormProps{Filter: &filter, Changed: known.Message})
	case err != nil:
		return err
	}
	notice := console.Notice{Title: saved.Name + " saved"}
	if filter.Tokens > 0 && saved.Version != filter.Version {
		notice.Detail = console.Count(filter.Tokens, "token") + " go by its new rules now."
		if filter.Tokens == 1 {
			notice.Detail = "1 token goes by its new rules now."
		}
	}
	return s.ipFilterChanged(c, saved.GUID, notice)
}
