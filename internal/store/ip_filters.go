package store

import (
	"context"
	"time"

	"latchkey/internal/console"
)

type ipFilterRow struct {
	GUID       string `gorm:"column:guid;primaryKey"`
	Name       string
	NameFolded string
	Rules      string
	CreatedAt  int64 `gorm:"autoCreateTime:false"`
	UpdatedAt  int64 `gorm:"autoUpdateTime:false"`
	Version    int
	// Tokens is how many use it, where that is asked for.
	Tokens int `gorm:"->;-:migration"`
}

func (ipFilterRow) TableName() string { return "ip_filters" }

func (r ipFilterRow) filter() console.IPFilter {
	return console.IPFilter{
		GUID: console.GUID(r.GUID), Name: r.Name, Text: r.Rules,
		CreatedAt: fromMillis(r.CreatedAt), UpdatedAt: fromMillis(r.UpdatedAt), Version: r.Version,
	}
}

const ipFilterColumns = `t.guid, t.name, t.rules, t.created_at, t.updated_at, t.version`

// InsertIPFilter adds f. A name that is taken is a conflict.
func (s *Store) InsertIPFilter(ctx context.Context, f console.IPFilter) error {
	return s.writer(ctx).Omit("Tokens").Create(&ipFilterRow{
		GUID: string(f.GUID), Name: f.Name, NameFolded: console.Fold(f.Name), Rules: f.Text,
		CreatedAt: millis(f.CreatedAt), UpdatedAt: millis(f.UpdatedAt), Version: f.Version,
	}).Error
}

// FindIPFilter returns the filter with that GUID.
func (s *Store) FindIPFilter(ctx context.Context, guid console.GUID) (console.IPFilter, error) {
	return s.oneIPFilter(ctx, `WHERE t.guid = ?`, string(guid))
}

// FindIPFilterByName returns the filter with that name, in any case.
func (s *Store) FindIPFilterByName(ctx context.Context, name string) (console.IPFilter, error) {
	return s.oneIPFilter(ctx, `WHERE t.name_folded = ?`, console.Fold(name))
}

// LockIPFilter is FindIPFilter for a transaction that will change the filter.
func (s *Store) LockIPFilter(ctx context.Context, guid console.GUID) (console.IPFilter, error) {
	return s.oneIPFilter(ctx, `WHERE t.guid = ?`+s.dialect.locking(), string(guid))
}

// KeepIPFilter is FindIPFilter for a transaction that will refer to the filter:
// nobody deletes it until that ends.
func (s *Store) KeepIPFilter(ctx context.Context, guid console.GUID) (console.IPFilter, error) {
	return s.oneIPFilter(ctx, `WHERE t.guid = ?`+s.dialect.keeping(), string(guid))
}

func (s *Store) oneIPFilter(ctx context.Context, where string, args ...any) (console.IPFilter, error) {
	var rows []ipFilterRow
	if err := s.reader(ctx).Raw(`SELECT `+ipFilterColumns+` FROM ip_filters t `+where, args...).Scan(&rows).Error; err != nil {
		return console.IPFilter{}, err
	}
	if len(rows) == 0 {
		return console.IPFilter{}, console.NotFound()
	}
	return rows[0].filter(), nil
}

// ListIPFilters returns at most limit filters by name, with how many tokens
// use each.
func (s *Store) ListIPFilters(ctx context.Context, limit int) ([]console.IPFilterSummary, error) {
	return s.listIPFilters(ctx, `SELECT `+ipFilterColumns+`, (SELECT COUNT(*) FROM tokens k WHERE k.ip_filter_guid = t.guid) AS tokens
		FROM ip_filters t ORDER BY t.name_folded LIMIT ?`, limit)
}

// ListIPFiltersOf returns at most limit filters that visible tokens of a
// repository use, by name, with how many of these use each.
func (s *Store) ListIPFiltersOf(ctx context.Context, repository console.GUID, visible console.Visibility, limit int) ([]console.IPFilterSummary, error) {
	var uses conditions
	uses.add(`t.ip_filter_guid IS NOT NULL`)
	uses.add(inRepository, string(repository))
	if sql, args := within(visible); sql != "" {
		uses.add(sql, args...)
	}
	return s.listIPFilters(ctx, `SELECT `+ipFilterColumns+`, u.tokens FROM ip_filters t
		JOIN (SELECT t.ip_filter_guid AS guid, COUNT(*) AS tokens FROM tokens t`+uses.where()+` GROUP BY t.ip_filter_guid) u ON u.guid = t.guid
		ORDER BY t.name_folded LIMIT ?`, append(uses.args, limit)...)
}

func (s *Store) listIPFilters(ctx context.Context, query string, args ...any) ([]console.IPFilterSummary, error) {
	var rows []ipFilterRow
	if err := s.reader(ctx).Raw(query, args...).Scan(&rows).Error; err != nil {
		return nil, err
	}
	filters := make([]console.IPFilterSummary, len(rows))
	for i, row := range rows {
		filters[i] = console.IPFilterSummary{IPFilter: row.filter(), Tokens: row.Tokens}
	}
	return filters, nil
}

// FindIPFilters returns those of the filters that exist, by name.
func (s *Store) FindIPFilters(ctx context.Context, guids []console.GUID) ([]console.IPFilter, error) {
	found, err := s.listIPFilters(ctx, `SELECT `+ipFilterColumns+` FROM ip_filters t WHERE t.guid IN ? ORDER BY t.name_folded`, listed(guids))
	filters := make([]console.IPFilter, len(found))
	for i, filter := range found {
		filters[i] = filter.IPFilter
	}
	return filters, err
}

// ListIPFilterNames returns at most limit filters by name, to choose from.
func (s *Store) ListIPFilterNames(ctx context.Context, limit int) ([]console.IPFilterRef, error) {
	var rows []ipFilterRow
	err := s.reader(ctx).Select("guid", "name").Order("name_folded").Limit(limit).Find(&rows).Error
	refs := make([]console.IPFilterRef, len(rows))
	for i, row := range rows {
		refs[i] = console.IPFilterRef{GUID: console.GUID(row.GUID), Name: row.Name}
	}
	return refs, err
}

// UpdateIPFilter writes what can change of f, which was at version when it was
// read; it is a conflict if it no longer is.
func (s *Store) UpdateIPFilter(ctx context.Context, f console.IPFilter, version int, now time.Time) error {
	done := s.writer(ctx).Model(&ipFilterRow{}).Where("guid = ? AND version = ?", string(f.GUID), version).Updates(map[string]any{
		"name": f.Name, "name_folded": console.Fold(f.Name), "rules": f.Text, "updated_at": millis(now), "version": version + 1,
	})
	if done.Error == nil && done.RowsAffected != 1 {
		return console.Stale(f.AsTarget())
	}
	return done.Error
}

// CountIPFilterUse returns how many tokens use the filter.
func (s *Store) CountIPFilterUse(ctx context.Context, guid console.GUID) (int, error) {
	var tokens int
	err := s.reader(ctx).Raw(`SELECT COUNT(*) FROM tokens WHERE ip_filter_guid = ?`, string(guid)).Scan(&tokens).Error
	return tokens, err
}

// CountActiveIPFilterUse returns how many tokens that are active at now use the
// filter.
func (s *Store) CountActiveIPFilterUse(ctx context.Context, guid console.GUID, now time.Time) (int, error) {
	var tokens int
	active, args := statusIs(console.StatusActive, now)
	err := s.reader(ctx).Raw(`SELECT COUNT(*) FROM tokens t WHERE t.ip_filter_guid = ? AND `+active, append([]any{string(guid)}, args...)...).Scan(&tokens).Error
	return tokens, err
}

// DeleteIPFilter removes a filter that no token uses.
func (s *Store) DeleteIPFilter(ctx context.Context, guid console.GUID) error {
	return s.writer(ctx).Exec(`DELETE FROM ip_filters WHERE guid = ?`, string(guid)).Error
}
