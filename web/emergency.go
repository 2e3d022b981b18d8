package web

import (
	"net/http"
	"net/url"

	"github.com/labstack/echo/v4"

	"latchkey/internal/console"
	"latchkey/views"
)

// emergency is the form that asks what leaked.
func (s *Server) emergency(c echo.Context, values url.Values) (tokenList, views.EmergencyProps, error) {
	if err := actor(c).NeedSomewhere(console.TokenWrite); err != nil {
		return tokenList{}, views.EmergencyProps{}, s.svc.RecordDenial(c.Request().Context(), actor(c), err, console.Target{})
	}
	list, err := s.askedTokens(c, place{}, values)
	if err != nil {
		return list, views.EmergencyProps{}, err
	}
	scopes := []views.Option{{Value: "", Label: "Any"}}
	for _, scope := range list.catalogue.All() {
		if list.who.MayFilterBy(scope.Name) {
			scopes = append(scopes, views.Option{Value: scope.Name, Label: scope.Name})
		}
	}
	p := views.EmergencyProps{
		Scopes: scopes, Scope: values.Get("scope"), From: list.query.createdFrom, To: list.query.createdTo, Zone: list.reader.ZoneName(), Errors: map[string]string{},
	}
	for _, filter := range list.selects() {
		if filter.Name != "expires" {
			p.Selects = append(p.Selects, filter)
		}
	}
	return list, p, nil
}

// askEmergency answers GET /emergency.
func (s *Server) askEmergency(c echo.Context) error {
	_, p, err := s.emergency(c, c.QueryParams())
	if err != nil {
		return err
	}
	return s.showPage(c, http.StatusOK, views.Emergency(p))
}

// planEmergency answers POST /emergency: what would be revoked, to be confirmed.
func (s *Server) planEmergency(c echo.Context) error {
	form := c.Request().PostForm
	values := url.Values{}
	for _, name := range []string{"owner", "creator", "repository", "scope", "ip_filter", "created_from", "created_to"} {
		if value := form.Get(name); value != "" {
			values.Set(name, value)
		}
	}
	list, p, err := s.emergency(c, values)
	if err != nil {
		return err
	}
	if len(values) == 0 || len(list.unknown) > 0 {
		if len(values) == 0 {
			p.Errors["repository"] = "Say what leaked: choose at least one."
		}
		for _, unknown := range list.unknown {
			if unknown == turnedDays {
				p.Errors["created_to"] = unknown
			} else {
				p.Problem = unknown
			}
		}
		return s.showPage(c, http.StatusUnprocessableEntity, views.Emergency(p))
	}
	b := console.BulkRequest{Verb: console.BulkRevoke}
	preview, err := s.svc.PreviewBulkJob(c.Request().Context(), actor(c), list.filter(), b)
	if err != nil {
		return err
	}
	return s.showPage(c, http.StatusOK, views.TokenBulkPage(views.TokenBulkProps{
		Page: true, Emergency: true, Reader: s.formReader(c), Verb: b.Verb, All: true, Query: list.query.first().on(""), Words: list.chips(), Preview: preview, Confirm: preview.Confirm,
		Errors: map[string]string{},
	}))
}
