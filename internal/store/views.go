package store

import (
	"context"

	"latchkey/internal/console"
)

type viewRow struct {
	GUID       string `gorm:"column:guid;primaryKey"`
	UserGUID   string `gorm:"column:user_guid"`
	UserName   string `gorm:"->"`
	Place      string
	Name       string
	NameFolded string
	Shared     int
	Query      string
	IsDefault  int `gorm:"->"`
}

func (viewRow) TableName() string { return "token_views" }

func (r viewRow) view() console.View {
	return console.View{
		GUID: console.GUID(r.GUID), Owner: console.PersonRef{GUID: console.GUID(r.UserGUID), Name: r.UserName},
		Place: console.ViewPlace(r.Place), Name: r.Name, Shared: r.Shared == 1, Query: r.Query, Default: r.IsDefault == 1,
	}
}

func viewRowOf(v console.View) viewRow {
	row := viewRow{GUID: string(v.GUID), UserGUID: string(v.Owner.GUID), Place: string(v.Place), Name: v.Name, NameFolded: console.Fold(v.Name), Query: v.Query}
	if v.Shared {
		row.Shared = 1
	}
	return row
}

// InsertView adds a view.
func (s *Store) InsertView(ctx context.Context, v console.View) error {
	row := viewRowOf(v)
	return s.writer(ctx).Create(&row).Error
}

// UpdateView changes the name of a view, whether it is shared, and its state.
func (s *Store) UpdateView(ctx context.Context, v console.View) error {
	row := viewRowOf(v)
	return s.writer(ctx).Exec(`UPDATE token_views SET name = ?, name_folded = ?, shared = ?, query = ? WHERE guid = ?`,
		row.Name, row.NameFolded, row.Shared, row.Query, row.GUID).Error
}

// DeleteView removes a view; places that opened with it open without one.
func (s *Store) DeleteView(ctx context.Context, guid console.GUID) error {
	return s.writer(ctx).Exec(`DELETE FROM token_views WHERE guid = ?`, string(guid)).Error
}

// ListViews returns the views of a place that somebody can choose from, theirs
// and those that others share, by name.
func (s *Store) ListViews(ctx context.Context, user console.GUID, place console.ViewPlace) ([]console.View, error) {
	var rows []viewRow
	err := s.reader(ctx).Raw(`SELECT v.guid, v.user_guid, u.name AS user_name, v.place, v.name, v.shared, v.query,
			CASE WHEN d.view_guid IS NULL THEN 0 ELSE 1 END AS is_default
		FROM token_views v JOIN users u ON u.guid = v.user_guid
		LEFT JOIN token_view_defaults d ON d.view_guid = v.guid AND d.user_guid = ?
		WHERE v.place = ? AND (v.user_guid = ? OR v.shared = 1) ORDER BY v.name_folded, v.guid LIMIT 1000`,
		string(user), string(place), string(user)).Scan(&rows).Error
	views := make([]console.View, len(rows))
	for i, row := range rows {
		views[i] = row.view()
	}
	return views, err
}

// SetDefaultView has a place open with a view for somebody; with none if there
// is no guid.
func (s *Store) SetDefaultView(ctx context.Context, user console.GUID, place console.ViewPlace, guid console.GUID) error {
	if guid == "" {
		return s.writer(ctx).Exec(`DELETE FROM token_view_defaults WHERE user_guid = ? AND place = ?`, string(user), string(place)).Error
	}
	return s.writer(ctx).Exec(`INSERT INTO token_view_defaults (user_guid, place, view_guid) VALUES (?, ?, ?)
		ON CONFLICT (user_guid, place) DO UPDATE SET view_guid = excluded.view_guid`, string(user), string(place), string(guid)).Error
}
