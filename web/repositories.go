package web

import (
	"net/http"
	"net/url"

	"github.com/labstack/echo/v4"

	"latchkey/internal/console"
	"latchkey/views"
)

// listRepositories answers GET /repositories.
func (s *Server) listRepositories(c echo.Context) error {
	ctx, who, values := c.Request().Context(), actor(c), c.QueryParams()
	name, request := searchText(values.Get("q")), readPage(values)
	page, err := s.svc.ListRepositories(ctx, who, console.RepositoryFilter{Name: name}, request)
	if err == nil && len(page.Items) == 0 && (request.Cursor != "" || request.Last) {
		request = console.PageRequest{Size: request.Size}
		page, err = s.svc.ListRepositories(ctx, who, console.RepositoryFilter{Name: name}, request)
	}
	if err != nil {
		return err
	}
	if wantsRegion(c.Request()) {
		s.pushURL(c, repositoriesAddress(name, request))
	}
	p := views.RepositoryListProps{
		Name: name, Repositories: page.Items, Matches: repositoriesText(page.Total), CanWrite: who.May(console.RepositoryWrite),
		Pager: pagerProps(page.Offset, len(page.Items), page.Total, request),
	}
	p.Empty = unassigned(who)
	p.Pager.Action, p.Pager.Attrs = views.RepositoriesPath(), views.IntoRepositoryList()
	if name != "" {
		p.Pager.Keep = params(url.Values{"q": {name}})
	}
	link := func(next console.PageRequest) string {
		next.Size = request.Size
		return repositoriesAddress(name, next)
	}
	if page.Previous != "" {
		p.Pager.First, p.Pager.Prev = link(console.PageRequest{}), link(console.PageRequest{Cursor: page.Previous})
	}
	if page.Next != "" {
		p.Pager.Next, p.Pager.Last = link(console.PageRequest{Cursor: page.Next}), link(console.PageRequest{Last: true})
	}
	return s.show(c, http.StatusOK, views.RepositoryList(p), views.RepositoryListSwap(p))
}

// unassigned says why a member sees nothing, and whom to ask; empty to whoever
// has a repository and a scope, or needs none.
func unassigned(who console.Principal) views.ListEmpty {
	switch {
	case who.Role != console.RoleMember:
	case len(who.Memberships) == 0:
		return views.ListEmpty{
			Title: "You belong to no repository yet",
			Text:  "Members see the tokens of their repositories. Ask an owner or an administrator of this console to add you to one.",
		}
	case len(who.Scopes) == 0:
		return views.ListEmpty{
			Title: "You hold no scope yet",
			Text:  "Members see the tokens that have a scope of theirs. Ask an owner or an administrator of this console for scopes.",
		}
	}
	return views.ListEmpty{}
}

func repositoriesAddress(name string, page console.PageRequest) string {
	v := url.Values{}
	set(v, "q", name)
	writePage(v, page)
	return withQuery(views.RepositoriesPath(), v)
}

func repositoriesText(total int) string {
	if total == 1 {
		return "1 repository"
	}
	return views.Count(total) + " repositories"
}

// repository is the one that the path names.
func (s *Server) repository(c echo.Context) (console.Repository, error) {
	return s.svc.GetRepository(c.Request().Context(), actor(c), param(c, "repo"))
}

// showRepository answers GET /repositories/:repo.
func (s *Server) showRepository(c echo.Context) error {
	repository, err := s.repository(c)
	if err != nil {
		return err
	}
	p := views.RepositoryShowProps{Repository: repository}
	if p.Stats, err = s.repositoryStats(c, repository); err != nil {
		return err
	}
	if repository.Kind == console.KindRepository {
		if p.Views, err = s.svc.ViewsOf(c.Request().Context(), actor(c), repository.GUID); err != nil {
			return err
		}
	}
	return s.showPage(c, http.StatusOK, views.RepositoryShow(p))
}

// repositoryStats are figures that each lead to the list behind them.
func (s *Server) repositoryStats(c echo.Context, repository console.Repository) ([]views.Stat, error) {
	ctx, filter := c.Request().Context(), console.TokenFilter{Repository: repository.GUID}
	counts, err := s.svc.CountTokens(ctx, actor(c), filter)
	if err != nil {
		return nil, err
	}
	for _, status := range []console.StatusFilter{console.FilterExpiring, console.FilterScheduled} {
		filter.Status = status
		page, err := s.svc.ListTokens(ctx, actor(c), filter, console.TokenSort{Key: console.SortName}, console.PageRequest{Size: 1})
		if err != nil {
			return nil, err
		}
		counts[status] = page.Total
	}
	stat := func(icon, class, label, note string, status console.StatusFilter) views.Stat {
		q := tokenQuery{status: status, usual: console.FilterCurrent, sort: console.TokenSort{Key: console.SortName}}
		return views.Stat{Icon: icon, Class: class, Label: label, Note: note, Value: views.Count(counts[status]), Href: q.on(views.TokensPath(repository.Name))}
	}
	return []views.Stat{
		stat("key-round", "", "Tokens", "of every status", console.FilterAll),
		stat("st-active", "i-ok", "Active", "open something now", console.FilterActive),
		stat("st-expiring", "i-warn", "Expiring", "end within 14 days", console.FilterExpiring),
		stat("st-scheduled", "i-info", "Scheduled", "start later", console.FilterScheduled),
		stat("st-expired", "i-mute", "Inactive", "open nothing now", console.FilterInactive),
	}, nil
}

// repositorySettings answers GET /repositories/:repo/settings.
func (s *Server) repositorySettings(c echo.Context) error {
	repository, err := s.repository(c)
	if err != nil {
		return err
	}
	return c.Redirect(http.StatusSeeOther, views.RepositoryGeneralPath(repository.Name))
}

// askRepositoryDeletion answers GET /repositories/:repo/deletion.
func (s *Server) askRepositoryDeletion(c echo.Context) error {
	repository, err := s.repository(c)
	if err != nil {
		return err
	}
	problem, err := s.svc.PreviewRepositoryDeletion(c.Request().Context(), actor(c), repository.GUID)
	if err != nil {
		return err
	}
	return s.showDeletion(c, http.StatusOK, views.RepositoryDeletionProps{Repository: repository, Problem: problem})
}

func (s *Server) showDeletion(c echo.Context, status int, p views.RepositoryDeletionProps) error {
	page := p
	page.Page = true
	if status == http.StatusOK {
		return s.show(c, status, views.RepositoryDeletionPage(page), views.RepositoryDeletion(p))
	}
	return s.show(c, status, views.RepositoryDeletionPage(page), views.RepositoryDeletionRefused(p))
}

// deleteRepository answers POST /repositories/:repo/deletion.
func (s *Server) deleteRepository(c echo.Context) error {
	repository, err := s.repository(c)
	if err != nil {
		return err
	}
	err = s.svc.DeleteRepository(c.Request().Context(), actor(c), repository.GUID)
	if console.CodeOf(err) == console.CodeConflict {
		_, p := s.describe(err, c)
		return s.showDeletion(c, http.StatusConflict, views.RepositoryDeletionProps{Repository: repository, Problem: p.Message})
	}
	if err != nil {
		return err
	}
	return s.leave(c, views.RepositoriesPath(), console.Notice{Title: repository.Name + " deleted"})
}
