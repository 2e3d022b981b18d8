package store

import (
	"context"
	"time"

	"latchkey/internal/console"
)

// linkTables are tokenTables with what a dashboard link opens as l.
const linkTables = tokenTables + `JOIN dashboard_links l ON l.token_id = t.id `

// InsertDashboardLink says which dashboard a token opens, which is there already.
func (s *Store) InsertDashboardLink(ctx context.Context, token, dashboard console.GUID, ownership console.QueryOwnership) error {
	return s.writer(ctx).Exec(`INSERT INTO dashboard_links (token_id, asset_guid, ownership) SELECT id, ?, ? FROM tokens WHERE guid = ?`,
		string(dashboard), string(ownership), string(token)).Error
}

// UpdateDashboardLink says as whom the queries of a link run.
func (s *Store) UpdateDashboardLink(ctx context.Context, token console.GUID, ownership console.QueryOwnership) error {
	return s.writer(ctx).Exec(`UPDATE dashboard_links SET ownership = ? WHERE `+ofToken, string(ownership), string(token)).Error
}

// FindOpened returns the dashboard that a token opens; empty for none.
func (s *Store) FindOpened(ctx context.Context, token console.GUID) (console.GUID, error) {
	var guid string
	err := s.reader(ctx).Raw(`SELECT asset_guid FROM dashboard_links WHERE `+ofToken, string(token)).Scan(&guid).Error
	return console.GUID(guid), err
}

// ListDashboardLinks returns at most limit links to a dashboard by name, also
// those that ended.
func (s *Store) ListDashboardLinks(ctx context.Context, dashboard console.Asset, limit int) ([]console.DashboardLink, error) {
	return s.links(ctx, dashboard, `l.asset_guid = ? ORDER BY t.name_folded, t.guid LIMIT ?`, string(dashboard.GUID), limit)
}

// LockDashboardLinks is ListDashboardLinks of those that have not ended at now, for
// a transaction that will end them.
func (s *Store) LockDashboardLinks(ctx context.Context, dashboard console.Asset, now time.Time) ([]console.DashboardLink, error) {
	return s.links(ctx, dashboard, `l.asset_guid = ? AND t.revoked_at IS NULL AND t.ends_at > ? ORDER BY t.guid`+s.dialect.locking(),
		string(dashboard.GUID), millis(now))
}

// LockDashboardLink returns one link to a dashboard, for a transaction that will
// change it.
func (s *Store) LockDashboardLink(ctx context.Context, dashboard console.Asset, guid console.GUID) (console.DashboardLink, error) {
	links, err := s.links(ctx, dashboard, `l.asset_guid = ? AND t.guid = ?`+s.dialect.locking(), string(dashboard.GUID), string(guid))
	if err == nil && len(links) == 0 {
		err = console.NotFound()
	}
	if err != nil {
		return console.DashboardLink{}, err
	}
	return links[0], nil
}

func (s *Store) links(ctx context.Context, dashboard console.Asset, where string, args ...any) ([]console.DashboardLink, error) {
	var rows []tokenRow
	err := s.reader(ctx).Raw(`SELECT `+listedColumns+`, l.ownership`+linkTables+`WHERE `+where, args...).Scan(&rows).Error
	links := make([]console.DashboardLink, len(rows))
	for i, row := range rows {
		links[i] = console.DashboardLink{Token: row.token(), Dashboard: dashboard, Ownership: console.QueryOwnership(row.Ownership)}
	}
	return links, err
}

// FindLinkClash returns the GUID of a link to the dashboard that has the name at
// now and can still be active; empty when the name is free.
func (s *Store) FindLinkClash(ctx context.Context, dashboard console.GUID, name string, now time.Time) (console.GUID, error) {
	var guid string
	err := s.reader(ctx).Raw(`SELECT t.guid FROM tokens t JOIN dashboard_links l ON l.token_id = t.id
		WHERE l.asset_guid = ? AND t.name_folded = ? AND t.revoked_at IS NULL AND t.ends_at > ? LIMIT 1`,
		string(dashboard), console.Fold(name), millis(now)).Scan(&guid).Error
	return console.GUID(guid), err
}
