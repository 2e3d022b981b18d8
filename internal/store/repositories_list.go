package store

import (
	"context"
	"slices"
	"time"

	"latchkey/internal/console"
)

// ListRepositories returns a page of the repositories and views that pass f,
// by name, with their figures at now.
func (s *Store) ListRepositories(ctx context.Context, f console.RepositoryFilter, request console.PageRequest, now time.Time) (console.Page[console.RepositorySummary], error) {
	var where conditions
	for _, word := range console.Words(f.Name) {
		sql, args := likeCondition("name_folded", word)
		where.add(sql, args...)
	}
	if f.Kind != "" {
		where.add("t.kind = ?", string(f.Kind))
	}
	if f.Visible.Limited && !f.Visible.EveryRepository {
		where.add("t.guid IN ?", listed(f.Visible.Repositories))
	}
	var total int
	if err := s.reader(ctx).Raw(`SELECT COUNT(*) FROM repositories t`+where.where(), where.args...).Scan(&total).Error; err != nil {
		return console.Page[console.RepositorySummary]{}, err
	}
	w := newWalk("repositories", false, request)
	if w.from != nil {
		where.add("t.name_folded "+w.comparison()+" ?", w.from.Text)
	}
	var rows []repositoryRow
	err := s.reader(ctx).Raw(`SELECT t.* FROM repositories t`+where.where()+` ORDER BY t.name_folded `+w.direction()+` LIMIT ?`,
		append(where.args, w.rows)...).Scan(&rows).Error
	if err != nil {
		return console.Page[console.RepositorySummary]{}, err
	}
	rows, page := pageOf[console.RepositorySummary](w, rows, func(r repositoryRow) position { return position{Text: r.NameFolded, GUID: r.GUID} }, total)
	if len(rows) == 0 {
		return page, nil
	}
	page.Items, err = s.summaries(ctx, rows, f.Visible, now)
	return page, err
}

// summaries adds the figures of rows, of what is visible in them, in two
// statements for all of them.
func (s *Store) summaries(ctx context.Context, rows []repositoryRow, v console.Visibility, now time.Time) ([]console.RepositorySummary, error) {
	guids := make([]string, len(rows))
	for i, row := range rows {
		guids[i] = row.GUID
	}
	active, activeArgs := statusIs(console.StatusActive, now)
	expiring, expiringArgs := statusPasses(console.FilterExpiring, 0, now)
	var figures []struct {
		GUID                     string
		Tokens, Active, Expiring int
	}
	where := conditions{sql: []string{"tr.repository_guid IN ?"}, args: []any{guids}}
	sql, args := within(v)
	where = where.and(sql, args...)
	args = slices.Concat(activeArgs, expiringArgs, where.args)
	err := s.reader(ctx).Raw(`SELECT tr.repository_guid AS guid, COUNT(*) AS tokens,
			SUM(CASE WHEN `+active+` THEN 1 ELSE 0 END) AS active, SUM(CASE WHEN `+expiring+` THEN 1 ELSE 0 END) AS expiring
		FROM token_repositories tr JOIN tokens t ON t.id = tr.token_id`+
		where.where()+` GROUP BY tr.repository_guid`, args...).Scan(&figures).Error
	if err != nil {
		return nil, err
	}
	var views []struct {
		GUID  string
		Views int
	}
	err = s.reader(ctx).Raw(`SELECT repository_guid AS guid, COUNT(*) AS views FROM connections
		WHERE repository_guid IN ? GROUP BY repository_guid`, guids).Scan(&views).Error
	if err != nil {
		return nil, err
	}
	summaries := make([]console.RepositorySummary, len(rows))
	place := map[string]*console.RepositorySummary{}
	for i, row := range rows {
		summaries[i].Repository = row.repository()
		place[row.GUID] = &summaries[i]
	}
	for _, f := range figures {
		place[f.GUID].Tokens, place[f.GUID].Active, place[f.GUID].Expiring = f.Tokens, f.Active, f.Expiring
	}
	for _, v := range views {
		place[v.GUID].Views = v.Views
	}
	return summaries, nil
}

// ListRepositoryNames returns at most limit of the visible repositories of that
// kind, or of any if it is empty, by name.
func (s *Store) ListRepositoryNames(ctx context.Context, kind console.RepositoryKind, v console.Visibility, limit int) ([]console.RepositoryRef, error) {
	var where conditions
	if kind != "" {
		where.add("kind = ?", string(kind))
	}
	if v.Limited && !v.EveryRepository {
		where.add("guid IN ?", listed(v.Repositories))
	}
	return s.refs(ctx, `SELECT guid, name FROM repositories`+where.where()+` ORDER BY name_folded LIMIT ?`, append(where.args, limit)...)
}

// listed is guids for IN, which takes at least one.
func listed(guids []console.GUID) []console.GUID {
	if len(guids) == 0 {
		return []console.GUID{""}
	}
	return guids
}

// ListViewsOf returns the views that read from a repository, by name.
func (s *Store) ListViewsOf(ctx context.Context, guid console.GUID) ([]console.Repository, error) {
	var rows []repositoryRow
	err := s.reader(ctx).Raw(`SELECT r.* FROM connections c JOIN repositories r ON r.guid = c.view_guid
		WHERE c.repository_guid = ? ORDER BY r.name_folded`, string(guid)).Scan(&rows).Error
	views := make([]console.Repository, len(rows))
	for i, row := range rows {
		views[i] = row.repository()
	}
	return views, err
}

// FindRepositoryRefs returns those of the named repositories that exist, by name.
func (s *Store) FindRepositoryRefs(ctx context.Context, names []string) ([]console.RepositoryRef, error) {
	folded := make([]string, len(names))
	for i, name := range names {
		folded[i] = console.Fold(name)
	}
	return s.refs(ctx, `SELECT guid, name FROM repositories WHERE name_folded IN ? AND kind = ? ORDER BY name_folded`,
		folded, string(console.KindRepository))
}

func (s *Store) refs(ctx context.Context, query string, args ...any) ([]console.RepositoryRef, error) {
	var rows []struct{ GUID, Name string }
	err := s.reader(ctx).Raw(query, args...).Scan(&rows).Error
	refs := make([]console.RepositoryRef, len(rows))
	for i, row := range rows {
		refs[i] = console.RepositoryRef{GUID: console.GUID(row.GUID), Name: row.Name}
	}
	return refs, err
}
