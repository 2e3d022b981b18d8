package web

import (
	"cmp"
	"net/http"
	"net/url"
	"slices"

	"github.com/labstack/echo/v4"

	"latchkey/internal/console"
	"latchkey/views"
)

// listIPFilters answers GET /ip-filters.
func (s *Server) listIPFilters(c echo.Context) error {
	p, err := s.ipFilterList(c, c.QueryParams())
	if err != nil {
		return err
	}
	v := url.Values{}
	set(v, "q", p.Name)
	return s.showList(c, withQuery(views.IPFiltersPath(), v), views.IPFilterList(p), views.IPFilterListSwap(p))
}

// ipFilterList is the list for an address.
func (s *Server) ipFilterList(c echo.Context, values url.Values) (views.IPFilterListProps, error) {
	who := actor(c)
	p := views.IPFilterListProps{
		Name: searchText(values.Get("q")), CanWrite: who.May(console.IPFilterWrite),
		Address: s.client(c.Request()), Reader: s.reader(c),
	}
	filters, err := s.svc.ListIPFilters(c.Request().Context(), who)
	p.Any = len(filters) > 0
	p.Filters = slices.DeleteFunc(filters, func(f console.IPFilterSummary) bool {
		return !console.HasWords(f.Name+" "+f.Text, p.Name)
	})
	if p.Matches = views.Number(len(p.Filters)) + " IP filters"; len(p.Filters) == 1 {
		p.Matches = "1 IP filter"
	}
	return p, err
}

// repositoryIPFilters answers GET /repositories/:repo/settings/ip-filters.
func (s *Server) repositoryIPFilters(c echo.Context) error {
	repository, err := s.repository(c)
	if err != nil {
		return err
	}
	filters, err := s.svc.ListRepositoryIPFilters(c.Request().Context(), actor(c), repository.GUID)
	if err != nil {
		return err
	}
	return s.showPage(c, http.StatusOK, views.RepositoryIPFilters(views.RepositoryIPFiltersProps{
		Repository: repository, Filters: filters, CanRead: actor(c).May(console.IPFilterRead),
	}))
}

// ipFilter is the one that the path names, if the reader has perm.
func (s *Server) ipFilter(c echo.Context, perm console.Permission) (console.IPFilterSummary, error) {
	guid, ok := console.ParseGUID(param(c, "filter"))
	if !ok {
		return console.IPFilterSummary{}, console.NotFound()
	}
	filter, err := s.svc.GetIPFilter(c.Request().Context(), actor(c), guid)
	return filter, cmp.Or(err, actor(c).Need(perm))
}

// ipFilterTokens is how many tokens the page of an IP filter names.
const ipFilterTokens = 10

// showIPFilter answers GET /ip-filters/:filter.
func (s *Server) showIPFilter(c echo.Context) error {
	filter, err := s.ipFilter(c, console.IPFilterRead)
	if err != nil {
		return err
	}
	who, try := actor(c), searchText(c.QueryParam("try"))
	p := views.IPFilterShowProps{
		Filter: filter, CanWrite: who.May(console.IPFilterWrite), CanAudit: who.May(console.AuditRead), Reader: s.reader(c),
		Try: try, Check: views.CheckIPRules(filter.Text, try, s.client(c.Request())),
	}
	if isTarget(c.Request(), "ip-test") {
		return s.showPage(c, http.StatusOK, views.IPFilterTest(p))
	}
	page, err := s.svc.ListTokens(c.Request().Context(), who, console.TokenFilter{IPFilter: filter.GUID},
		console.TokenSort{Key: console.SortName}, console.PageRequest{Size: ipFilterTokens})
	if err != nil {
		return err
	}
	p.Tokens = page.Items
	return s.showPage(c, http.StatusOK, views.IPFilterShow(p))
}

// askIPFilterDeletion answers GET /ip-filters/:filter/deletion.
func (s *Server) askIPFilterDeletion(c echo.Context) error {
	filter, err := s.ipFilter(c, console.IPFilterWrite)
	if err != nil {
		return err
	}
	return s.showIPFilterDeletion(c, http.StatusOK, views.IPFilterDeletionProps{Filter: filter})
}

func (s *Server) showIPFilterDeletion(c echo.Context, status int, p views.IPFilterDeletionProps) error {
	page := p
	page.Page = true
	if status == http.StatusOK {
		return s.show(c, status, views.IPFilterDeletionPage(page), views.IPFilterDeletion(p))
	}
	return s.show(c, status, views.IPFilterDeletionPage(page), views.IPFilterDeletionForm(p))
}

// deleteIPFilter answers POST /ip-filters/:filter/deletion.
func (s *Server) deleteIPFilter(c echo.Context) error {
	filter, err := s.ipFilter(c, console.IPFilterWrite)
	if err != nil {
		return err
	}
	_, err = s.svc.DeleteIPFilter(c.Request().Context(), actor(c), filter.GUID)
	if console.CodeOf(err) == console.CodeConflict {
		if filter, err := s.ipFilter(c, console.IPFilterWrite); err == nil { // somebody chose it meanwhile
			return s.showIPFilterDeletion(c, http.StatusConflict, views.IPFilterDeletionProps{Filter: filter, Problem: "It was not deleted: it is in use."})
		}
	}
	if err != nil {
		return err
	}
	return s.ipFilterChanged(c, filter.GUID, console.Notice{Title: filter.Name + " deleted", Detail: "Its audit entries stay."})
}

// ipFilterChanged brings the list on the screen into step, or leaves for the
// page of the filter or, if it is gone, for the list.
func (s *Server) ipFilterChanged(c echo.Context, guid console.GUID, notice console.Notice) error {
	current := currentURL(c.Request())
	if wantsRegion(c.Request()) && current.Path == views.IPFiltersPath() {
		list, err := s.ipFilterList(c, current.Query())
		if err != nil {
			return err
		}
		return s.showPage(c, http.StatusOK, views.IPFilterChanged(notice, list))
	}
	target := views.IPFiltersPath()
	if _, err := s.svc.GetIPFilter(c.Request().Context(), actor(c), guid); err == nil && current.Path != target {
		target = views.IPFilterPath(guid)
	}
	return s.leave(c, target, notice)
}
