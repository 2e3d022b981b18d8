package web

import (
	"errors"
	"net/http"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"latchkey/internal/console"
	"latchkey/views"
)

// dashboard is the one that the path names, of which the reader may change the links.
func (s *Server) dashboard(c echo.Context) (console.Repository, console.Asset, error) {
	repository, asset, err := s.asset(c, console.RepositoryRead)
	if err == nil && asset.Type != console.AssetDashboard {
		err = console.NotFound()
	}
	if err == nil {
		err = actor(c).NeedSharing(repository.GUID)
	}
	return repository, asset, err
}

// newDashboardLink answers GET .../assets/:asset/links/new.
func (s *Server) newDashboardLink(c echo.Context) error {
	repository, asset, err := s.dashboard(c)
	if err != nil {
		return err
	}
	fields, err := s.newSecret(c, console.TypeDashboardLink)
	if err != nil {
		return err
	}
	return s.showLinkForm(c, http.StatusOK, views.DashboardLinkFormProps{Repository: repository, Asset: asset, New: fields.props})
}

func (s *Server) showLinkForm(c echo.Context, status int, p views.DashboardLinkFormProps) error {
	return s.showForm(c, status, views.DashboardLinkFormPage(p), views.DashboardLinkForm(p), views.DashboardLinkFormFields(p))
}

// createDashboardLink answers POST .../assets/:asset/links. The answer to success
// is the only place where the whole link ever appears.
func (s *Server) createDashboardLink(c echo.Context) error {
	repository, asset, err := s.dashboard(c)
	if err != nil {
		return err
	}
	fields, err := s.newSecret(c, console.TypeDashboardLink)
	if err != nil {
		return err
	}
	form := c.Request().PostForm
	p := views.DashboardLinkFormProps{Repository: repository, Asset: asset, Name: form.Get("name"), Ownership: form.Get("ownership")}
	var link console.DashboardLink
	var secret console.Secret
	if fields.sound() {
		link, secret, err = s.svc.CreateDashboardLink(c.Request().Context(), actor(c), console.NewDashboardLink{
			GUID: fields.guid, Dashboard: asset.GUID, Name: p.Name, ValidTo: fields.validTo, IPFilter: fields.ipFilter, Ownership: console.QueryOwnership(p.Ownership),
		})
	}
	if problem := s.unsound(c, &fields, err); problem != 0 {
		p.New = fields.props
		return s.showLinkForm(c, problem, p)
	}
	if err != nil {
		return err
	}
	shown := views.TokenSecretProps{
		Token: link.Token, Secret: secret.Reveal(), BaseURL: s.baseURL(), Reader: s.reader(c), Dashboard: &link.Dashboard, Leave: views.AssetPath(asset),
	}
	behind, err := s.assetShow(c, repository, asset)
	if err != nil {
		behind.Links = nil // the secret is in hand: what can't be read now must not cost it
	}
	return s.showNewSecret(c, shown, views.DashboardLinkMade(shown, behind))
}

// dashboardLink is the one that the path names, which the reader may change and end.
func (s *Server) dashboardLink(c echo.Context) (console.Repository, console.DashboardLink, error) {
	repository, asset, err := s.dashboard(c)
	if err != nil {
		return repository, console.DashboardLink{}, err
	}
	links, err := s.svc.ListDashboardLinks(c.Request().Context(), actor(c), asset.GUID)
	for _, link := range links {
		if strings.EqualFold(string(link.GUID), param(c, "link")) {
			return repository, link, nil
		}
	}
	if err == nil {
		err = console.NotFound()
	}
	return repository, console.DashboardLink{}, err
}

// editDashboardLink answers GET .../assets/:asset/links/:link/edit.
func (s *Server) editDashboardLink(c echo.Context) error {
	repository, link, err := s.dashboardLink(c)
	if err != nil {
		return err
	}
	return s.showLinkEdit(c, http.StatusOK, views.DashboardLinkEditProps{
		Repository: repository, Link: link, Ownership: string(link.Ownership), IPFilter: string(link.IPFilter.GUID), Version: link.Version,
	})
}

func (s *Server) showLinkEdit(c echo.Context, status int, p views.DashboardLinkEditProps) error {
	ctx := c.Request().Context()
	policies, err := s.svc.Policies(ctx)
	if err != nil {
		return err
	}
	filters, err := s.svc.IPFilterNames(ctx, actor(c))
	if err != nil {
		return err
	}
	choices := tokenForm{ipFilters: filters, policies: policies, in: tokenInput{kind: console.TypeDashboardLink}, token: &p.Link.Token}
	p.IPFilters, p.FilterRequired = choices.ipFilterChoices(), choices.needsIPFilter()
	return s.showForm(c, status, views.DashboardLinkEditPage(p), views.DashboardLinkEdit(p), views.DashboardLinkEditFields(p))
}

// updateDashboardLink answers POST .../assets/:asset/links/:link. A form that is
// based on an older state comes back; saving it again is on purpose.
func (s *Server) updateDashboardLink(c echo.Context) error {
	repository, link, err := s.dashboardLink(c)
	if err != nil {
		return err
	}
	form := c.Request().PostForm
	p := views.DashboardLinkEditProps{Repository: repository, Link: link, Ownership: form.Get("ownership"), IPFilter: form.Get("ip_filter")}
	p.Version, _ = strconv.Atoi(form.Get("version"))
	ownership, filter := console.QueryOwnership(p.Ownership), console.GUID(p.IPFilter)
	link, err = s.svc.UpdateDashboardLink(c.Request().Context(), actor(c), link.Dashboard.GUID, link.GUID, p.Version, console.DashboardLinkPatch{Ownership: &ownership, IPFilter: &filter})
	known, ok := errors.AsType[*console.Error](err)
	switch {
	case ok && len(known.Fields) > 0:
		p.Errors = known.Fields
		return s.showLinkEdit(c, answers[known.Code].status, p)
	case ok && known.Code == console.CodeConflict && !p.Link.Status(s.svc.Now()).Final():
		p.Version, p.Changed = p.Link.Version, known.Message+" "+views.LinkState(p.Link)
		return s.showLinkEdit(c, http.StatusConflict, p)
	case err != nil:
		return err
	}
	return s.leave(c, views.AssetPath(p.Link.Dashboard), console.Notice{Title: link.Name + " saved"})
}

// askDashboardLinkDeletion answers GET .../assets/:asset/links/:link/deletion.
func (s *Server) askDashboardLinkDeletion(c echo.Context) error {
	_, link, err := s.dashboardLink(c)
	if err != nil {
		return err
	}
	p := views.DashboardLinkDeletionProps{Link: link, Reader: s.reader(c)}
	return s.show(c, http.StatusOK, views.DashboardLinkDeletionPage(p), views.DashboardLinkDeletion(p))
}

// deleteDashboardLink answers POST .../assets/:asset/links/:link/deletion.
func (s *Server) deleteDashboardLink(c echo.Context) error {
	_, link, err := s.dashboardLink(c)
	if err == nil {
		link, err = s.svc.DeleteDashboardLink(c.Request().Context(), actor(c), link.Dashboard.GUID, link.GUID)
	}
	if err != nil {
		return err
	}
	return s.leave(c, views.AssetPath(link.Dashboard), console.Notice{Title: link.Name + " deleted", Detail: "Its audit entries stay."})
}
