package web

import (
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"latchkey/internal/console"
	"latchkey/views"
)

// listPolicies answers GET /settings/policies.
func (s *Server) listPolicies(c echo.Context) error {
	who := actor(c)
	policies, err := s.svc.ListPolicies(c.Request().Context(), who)
	if err != nil {
		return err
	}
	return s.showPage(c, http.StatusOK, views.PolicyList(views.PolicyListProps{Policies: policies, CanWrite: who.May(console.PolicyWrite)}))
}

// policy is the one for the type that the path names.
func (s *Server) policy(c echo.Context) (console.Policy, error) {
	if err := actor(c).Need(console.PolicyWrite); err != nil {
		return console.Policy{}, err
	}
	t := console.Type(param(c, "type"))
	if !t.Valid() {
		return console.Policy{}, console.NotFound()
	}
	policies, err := s.svc.Policies(c.Request().Context())
	return policies.Of(t), err
}

// readPolicy reads the form of a change to the stored policy.
func readPolicy(form url.Values, stored console.Policy) views.PolicyFormProps {
	p := views.PolicyFormProps{Stored: stored, Maximum: strings.TrimSpace(form.Get("maximum")), Errors: map[string]string{}}
	p.Version, _ = strconv.Atoi(form.Get("version"))
	p.Policy = console.Policy{
		Type: stored.Type, Allowed: form.Get("allowed") == "yes",
		IPFilterRequired: form.Get("ip_filter") != "", PermissionsFixed: form.Get("permissions_fixed") == "yes",
	}
	if filter := form.Get("ip_filter"); filter != views.AnyIPFilter {
		p.Policy.IPFilter.GUID = console.GUID(filter)
	}
	var err error
	if p.Maximum != "" {
		p.Policy.MaximumDays, err = strconv.Atoi(p.Maximum)
	}
	if err != nil || p.Maximum != "" && p.Policy.MaximumDays <= 0 {
		p.Policy.MaximumDays = stored.MaximumDays
		p.Errors["maximum"] = "Enter a whole number of days, or nothing for no limit."
	}
	p.Confirmed = form.Get("confirm") == views.PolicySeen(p.Policy)
	return p
}

// editPolicy answers GET /settings/policies/:type/edit.
func (s *Server) editPolicy(c echo.Context) error {
	stored, err := s.policy(c)
	if err != nil {
		return err
	}
	p := views.PolicyFormProps{Stored: stored, Policy: stored, Version: stored.Version}
	if stored.MaximumDays > 0 {
		p.Maximum = strconv.Itoa(stored.MaximumDays)
	}
	return s.showPolicyForm(c, http.StatusOK, p)
}

// showPolicyForm shows the form with what the policy as typed finds.
func (s *Server) showPolicyForm(c echo.Context, status int, p views.PolicyFormProps) error {
	filters, err := s.svc.IPFilterNames(c.Request().Context(), actor(c))
	if err != nil {
		return err
	}
	p.IPFilters = filters
	if i := slices.IndexFunc(filters, func(f console.IPFilterRef) bool { return f.GUID == p.Policy.IPFilter.GUID }); i >= 0 {
		p.Policy.IPFilter = filters[i]
	}
	if len(p.Errors) == 0 || p.Errors["confirm"] != "" {
		preview, err := s.svc.PreviewPolicy(c.Request().Context(), actor(c), p.Policy)
		if known, ok := errors.AsType[*console.Error](err); ok && len(known.Fields) > 0 {
			p.Errors = known.Fields
		} else if err != nil {
			return err
		}
		p.Preview = preview
	}
	page := p
	page.Page = true
	switch {
	case isTarget(c.Request(), views.PolicyPreviewID):
		return s.show(c, status, views.PolicyFormPage(page), views.PolicyPreview(p))
	case status == http.StatusOK:
		return s.show(c, status, views.PolicyFormPage(page), views.PolicyForm(p))
	}
	return s.show(c, status, views.PolicyFormPage(page), views.PolicyFormFields(p))
}

// previewPolicy answers POST /settings/policies/:type/preview: which tokens
// don't fit the policy as typed. It changes nothing.
func (s *Server) previewPolicy(c echo.Context) error {
	stored, err := s.policy(c)
	if err != nil {
		return err
	}
	p := readPolicy(c.Request().PostForm, stored)
	p.Confirmed = false
	return s.showPolicyForm(c, http.StatusOK, p)
}

// updatePolicy answers POST /settings/policies/:type. Where living tokens don't
// fit, the form comes back and asks to confirm that they stay; a form that is
// based on an older state comes back with what is stored beside what was typed.
func (s *Server) updatePolicy(c echo.Context) error {
	stored, err := s.policy(c)
	if err != nil {
		return err
	}
	p := readPolicy(c.Request().PostForm, stored)
	if len(p.Errors) > 0 {
		return s.showPolicyForm(c, http.StatusUnprocessableEntity, p)
	}
	saved, err := s.svc.UpdatePolicy(c.Request().Context(), actor(c), p.Version, p.Policy, p.Confirmed)
	known, ok := errors.AsType[*console.Error](err)
	switch {
	case ok && len(known.Fields) > 0:
		p.Errors = known.Fields
		return s.showPolicyForm(c, answers[known.Code].status, p)
	case ok && known.Code == console.CodeConflict:
		if p.Stored, err = s.policy(c); err != nil {
			return err
		}
		p.Version, p.Changed, p.Confirmed = p.Stored.Version, known.Message, false
		return s.showPolicyForm(c, http.StatusConflict, p)
	case err != nil:
		return err
	}
	notice := console.Notice{Title: "Policy saved", Detail: "It holds for " + strings.ToLower(saved.Type.Label()) + " tokens from now on."}
	if !wantsRegion(c.Request()) || currentURL(c.Request()).Path != views.PoliciesPath() {
		return s.leave(c, views.PoliciesPath(), notice)
	}
	swap := views.PolicyChanged(notice, saved)
	return s.show(c, http.StatusOK, swap, swap)
}
