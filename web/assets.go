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

// listDashboards answers GET /repositories/:repo/settings/dashboards.
func (s *Server) listDashboards(c echo.Context) error {
	return s.assetList(c, views.AssetListProps{Dashboards: true}, console.AssetDashboard)
}

// listAssets answers GET /repositories/:repo/settings/assets.
func (s *Server) listAssets(c echo.Context) error { return s.assetList(c, views.AssetListProps{}) }

func (s *Server) assetList(c echo.Context, p views.AssetListProps, types ...console.AssetType) error {
	repository, err := s.repository(c)
	if err != nil {
		return err
	}
	values, request := c.QueryParams(), readPage(c.QueryParams())
	p.Repository, p.Name, p.CanWrite = repository, searchText(values.Get("q")), actor(c).MayIn(console.AssetWrite, repository.GUID)
	p.Page, err = s.svc.ListAssets(c.Request().Context(), actor(c), repository.GUID, console.AssetFilter{Name: p.Name, Types: types}, request)
	if err != nil {
		return err
	}
	p.Pager = pagerProps(p.Page.Offset, len(p.Page.Items), p.Page.Total, request)
	p.Pager.Action = p.Address()
	if p.Name != "" {
		p.Pager.Keep = params(url.Values{"q": {p.Name}})
	}
	link := func(next console.PageRequest) string {
		v := url.Values{}
		set(v, "q", p.Name)
		next.Size = request.Size
		writePage(v, next)
		return withQuery(p.Address(), v)
	}
	if p.Page.Previous != "" {
		p.Pager.First, p.Pager.Prev = link(console.PageRequest{}), link(console.PageRequest{Cursor: p.Page.Previous})
	}
	if p.Page.Next != "" {
		p.Pager.Next, p.Pager.Last = link(console.PageRequest{Cursor: p.Page.Next}), link(console.PageRequest{Last: true})
	}
	return s.showPage(c, http.StatusOK, views.AssetList(p))
}

// asset is the one that the path names, in its repository, if the reader has perm
// there.
func (s *Server) asset(c echo.Context, perm console.Permission) (console.Repository, console.Asset, error) {
	repository, err := s.repository(c)
	if err != nil {
		return repository, console.Asset{}, err
	}
	guid, ok := console.ParseGUID(param(c, "asset"))
	if !ok {
		return repository, console.Asset{}, console.NotFound()
	}
	asset, err := s.svc.GetAsset(c.Request().Context(), actor(c), guid)
	if err == nil && asset.Repository.GUID != repository.GUID {
		err = console.NotFound()
	}
	if err == nil {
		err = actor(c).NeedIn(perm, repository.GUID)
	}
	return repository, asset, err
}

// showAsset answers GET /repositories/:repo/settings/assets/:asset.
func (s *Server) showAsset(c echo.Context) error {
	repository, asset, err := s.asset(c, console.RepositoryRead)
	if err != nil {
		return err
	}
	p, err := s.assetShow(c, repository, asset)
	if err != nil {
		return err
	}
	return s.showPage(c, http.StatusOK, views.AssetShow(p))
}

// assetShow is what the page of an asset is given.
func (s *Server) assetShow(c echo.Context, repository console.Repository, asset console.Asset) (p views.AssetShowProps, err error) {
	who := actor(c)
	p = views.AssetShowProps{
		Asset: asset, Repository: repository, Reader: s.reader(c),
		CanWrite: who.MayIn(console.AssetWrite, repository.GUID), CanShare: who.NeedSharing(repository.GUID) == nil,
	}
	if asset.Type == console.AssetDashboard && who.MayIn(console.TokenRead, repository.GUID) {
		p.Links, err = s.svc.ListDashboardLinks(c.Request().Context(), who, asset.GUID)
	}
	return p, err
}

// newAsset answers GET /repositories/:repo/settings/assets/new.
func (s *Server) newAsset(c echo.Context) error {
	repository, err := s.repository(c)
	if err == nil {
		err = actor(c).NeedIn(console.AssetWrite, repository.GUID)
	}
	if err != nil {
		return err
	}
	return s.showAssetForm(c, http.StatusOK, views.AssetFormProps{Repository: repository, Type: searchText(c.QueryParam("type"))})
}

func (s *Server) showAssetForm(c echo.Context, status int, p views.AssetFormProps) error {
	return s.showForm(c, status, views.AssetFormPage(p), views.AssetForm(p), views.AssetFormFields(p))
}

// assetForm is the form as it was typed.
func assetForm(c echo.Context, repository console.Repository) (views.AssetFormProps, console.NewAsset) {
	form := c.Request().PostForm
	p := views.AssetFormProps{Repository: repository, Type: form.Get("type"), Name: form.Get("name"), Resource: form.Get("resource")}
	p.Version, _ = strconv.Atoi(form.Get("version"))
	return p, console.NewAsset{Repository: repository.GUID, Type: console.AssetType(p.Type), Name: p.Name, Resource: p.Resource}
}

// createAsset answers POST /repositories/:repo/settings/assets.
func (s *Server) createAsset(c echo.Context) error {
	repository, err := s.repository(c)
	if err != nil {
		return err
	}
	p, n := assetForm(c, repository)
	asset, err := s.svc.CreateAsset(c.Request().Context(), actor(c), n)
	if known, ok := errors.AsType[*console.Error](err); ok && len(known.Fields) > 0 {
		p.Errors = known.Fields
		return s.showAssetForm(c, answers[known.Code].status, p)
	}
	if err != nil {
		return err
	}
	return s.leave(c, views.AssetPath(asset), console.Notice{Title: asset.Name + " registered"})
}

// editAsset answers GET /repositories/:repo/settings/assets/:asset/edit.
func (s *Server) editAsset(c echo.Context) error {
	repository, asset, err := s.asset(c, console.AssetWrite)
	if err != nil {
		return err
	}
	return s.showAssetForm(c, http.StatusOK, views.AssetFormProps{
		Repository: repository, Asset: &asset, Type: string(asset.Type), Name: asset.Name, Resource: asset.Resource, Version: asset.Version,
	})
}

// updateAsset answers POST /repositories/:repo/settings/assets/:asset. A form that
// is based on an older state comes back; saving it again is on purpose.
func (s *Server) updateAsset(c echo.Context) error {
	repository, asset, err := s.asset(c, console.AssetWrite)
	if err != nil {
		return err
	}
	p, n := assetForm(c, repository)
	p.Asset, p.Type = &asset, string(asset.Type)
	saved, err := s.svc.UpdateAsset(c.Request().Context(), actor(c), asset.GUID, p.Version, n)
	known, ok := errors.AsType[*console.Error](err)
	switch {
	case ok && len(known.Fields) > 0:
		p.Errors = known.Fields
		return s.showAssetForm(c, answers[known.Code].status, p)
	case ok && known.Code == console.CodeConflict:
		p.Version, p.Changed = asset.Version, known.Message+" It is now called "+asset.Name+", with the identifier "+asset.Resource+"."
		return s.showAssetForm(c, http.StatusConflict, p)
	case err != nil:
		return err
	}
	return s.leave(c, views.AssetPath(saved), console.Notice{Title: saved.Name + " saved"})
}

// askAssetDeletion answers GET /repositories/:repo/settings/assets/:asset/deletion.
func (s *Server) askAssetDeletion(c echo.Context) error {
	_, asset, err := s.asset(c, console.AssetWrite)
	if err != nil {
		return err
	}
	p, now := views.AssetDeletionProps{Asset: asset}, s.svc.Now()
	if asset.Type == console.AssetDashboard {
		links, err := s.svc.ListDashboardLinks(c.Request().Context(), actor(c), asset.GUID)
		if err != nil {
			return err
		}
		for _, link := range links {
			if !link.Status(now).Final() {
				p.Links++
			}
		}
	}
	return s.show(c, http.StatusOK, views.AssetDeletionPage(p), views.AssetDeletion(p))
}

// deleteAsset answers POST /repositories/:repo/settings/assets/:asset/deletion.
func (s *Server) deleteAsset(c echo.Context) error {
	repository, asset, err := s.asset(c, console.AssetWrite)
	if err != nil {
		return err
	}
	if err := s.svc.DeleteAsset(c.Request().Context(), actor(c), asset.GUID); err != nil {
		return err
	}
	list := views.AssetsPath(repository.Name)
	if asset.Type == console.AssetDashboard {
		list = views.DashboardsPath(repository.Name)
	}
	return s.leave(c, list, console.Notice{Title: asset.Name + " deleted", Detail: "Its audit entries stay."})
}
