package store

import (
	"context"
	"strings"

	"latchkey/internal/console"
)

type assetRow struct {
	GUID           string `gorm:"column:guid;primaryKey"`
	RepositoryGUID string `gorm:"column:repository_guid"`
	RepositoryName string `gorm:"->;-:migration"`
	Type           string
	Name           string
	NameFolded     string
	Resource       string
	CreatedAt      int64 `gorm:"autoCreateTime:false"`
	UpdatedAt      int64 `gorm:"autoUpdateTime:false"`
	Version        int
	// Tokens and Links are how many tokens have rights on it and open it, and
	// Permissions what one token may, where that is asked for.
	Tokens      int    `gorm:"->;-:migration"`
	Links       int    `gorm:"->;-:migration"`
	Permissions string `gorm:"->;-:migration"`
}

func (assetRow) TableName() string { return "assets" }

func (r assetRow) asset() console.Asset {
	return console.Asset{
		GUID: console.GUID(r.GUID), Repository: console.RepositoryRef{GUID: console.GUID(r.RepositoryGUID), Name: r.RepositoryName},
		Type: console.AssetType(r.Type), Name: r.Name, Resource: r.Resource,
		CreatedAt: fromMillis(r.CreatedAt), UpdatedAt: fromMillis(r.UpdatedAt), Version: r.Version,
	}
}

func (r assetRow) permissions() []console.AssetPermission {
	var permissions []console.AssetPermission
	for _, name := range strings.Fields(r.Permissions) {
		permissions = append(permissions, console.AssetPermission(name))
	}
	return permissions
}

// assetColumns are what an asset is read from, with assets as t and its
// repository as r.
const (
	assetColumns = `t.guid, t.repository_guid, r.name AS repository_name, t.type, t.name, t.name_folded, t.resource, t.created_at, t.updated_at, t.version`
	assetTables  = ` FROM assets t JOIN repositories r ON r.guid = t.repository_guid`
)

// InsertAsset adds a. A name or an identifier that is taken is a conflict.
func (s *Store) InsertAsset(ctx context.Context, a console.Asset) error {
	return s.writer(ctx).Create(&assetRow{
		GUID: string(a.GUID), RepositoryGUID: string(a.Repository.GUID), Type: string(a.Type), Name: a.Name, NameFolded: console.Fold(a.Name),
		Resource: a.Resource, CreatedAt: millis(a.CreatedAt), UpdatedAt: millis(a.UpdatedAt), Version: a.Version,
	}).Error
}

// UpdateAsset writes what can change of a, which was at version when it was
// read; it is a conflict if it no longer is.
func (s *Store) UpdateAsset(ctx context.Context, a console.Asset, version int) error {
	done := s.writer(ctx).Model(&assetRow{}).Where("guid = ? AND version = ?", string(a.GUID), version).Updates(map[string]any{
		"name": a.Name, "name_folded": console.Fold(a.Name), "resource": a.Resource, "updated_at": millis(a.UpdatedAt), "version": version + 1,
	})
	if done.Error == nil && done.RowsAffected != 1 {
		return console.Stale(a.AsTarget())
	}
	return done.Error
}

// DeleteAsset removes an asset, and with it what tokens may do to it.
func (s *Store) DeleteAsset(ctx context.Context, guid console.GUID) error {
	return s.writer(ctx).Exec(`DELETE FROM assets WHERE guid = ?`, string(guid)).Error
}

// FindAsset returns the asset with that GUID.
func (s *Store) FindAsset(ctx context.Context, guid console.GUID) (console.Asset, error) {
	return s.oneAsset(ctx, guid, "")
}

// LockAsset is FindAsset for a transaction that will change or delete it.
func (s *Store) LockAsset(ctx context.Context, guid console.GUID) (console.Asset, error) {
	return s.oneAsset(ctx, guid, s.dialect.locking())
}

// KeepAsset is FindAsset for a transaction that will refer to it: nobody deletes
// it until that ends.
func (s *Store) KeepAsset(ctx context.Context, guid console.GUID) (console.Asset, error) {
	return s.oneAsset(ctx, guid, s.dialect.keeping())
}

func (s *Store) oneAsset(ctx context.Context, guid console.GUID, locking string) (console.Asset, error) {
	rows, err := s.assets(ctx, `SELECT `+assetColumns+assetTables+` WHERE t.guid = ?`+locking, string(guid))
	if err == nil && len(rows) == 0 {
		err = console.NotFound()
	}
	if err != nil {
		return console.Asset{}, err
	}
	return rows[0].asset(), nil
}

func (s *Store) assets(ctx context.Context, query string, args ...any) ([]assetRow, error) {
	var rows []assetRow
	err := s.reader(ctx).Raw(query, args...).Scan(&rows).Error
	return rows, err
}

// KeepAssets finds the assets with these identifiers, and holds those that exist
// until the transaction ends.
func (s *Store) KeepAssets(ctx context.Context, resources []string) ([]console.Asset, error) {
	rows, err := s.assets(ctx, `SELECT `+assetColumns+assetTables+` WHERE t.resource IN ? ORDER BY t.guid`+s.dialect.keeping(), resources)
	return assetsOf(rows), err
}

// ListAssetNames returns at most limit assets of these repositories, by name, to
// choose from.
func (s *Store) ListAssetNames(ctx context.Context, repositories []console.GUID, limit int) ([]console.Asset, error) {
	rows, err := s.assets(ctx, `SELECT `+assetColumns+assetTables+` WHERE t.repository_guid IN ? ORDER BY t.name_folded, t.guid LIMIT ?`,
		listed(repositories), limit)
	return assetsOf(rows), err
}

func assetsOf(rows []assetRow) []console.Asset {
	assets := make([]console.Asset, len(rows))
	for i, row := range rows {
		assets[i] = row.asset()
	}
	return assets
}

// ListAssets returns a page of a repository's assets that pass f, by name, with
// how many tokens have rights on each and open it.
func (s *Store) ListAssets(ctx context.Context, repository console.GUID, f console.AssetFilter, request console.PageRequest) (console.Page[console.AssetSummary], error) {
	var where conditions
	where.add("t.repository_guid = ?", string(repository))
	for _, word := range console.Words(f.Name) {
		sql, args := likeCondition("name_folded", word)
		where.add(sql, args...)
	}
	if len(f.Types) > 0 {
		where.add("t.type IN ?", f.Types)
	}
	var total int
	if err := s.reader(ctx).Raw(`SELECT COUNT(*) FROM assets t`+where.where(), where.args...).Scan(&total).Error; err != nil {
		return console.Page[console.AssetSummary]{}, err
	}
	w := newWalk("assets", false, request)
	if w.from != nil {
		where.add("(t.name_folded, t.guid) "+w.comparison()+" (?, ?)", w.from.Text, w.from.GUID)
	}
	rows, err := s.assets(ctx, `SELECT `+assetColumns+`,
			(SELECT COUNT(*) FROM token_assets x WHERE x.asset_guid = t.guid) AS tokens,
			(SELECT COUNT(*) FROM dashboard_links x WHERE x.asset_guid = t.guid) AS links`+assetTables+where.where()+
		` ORDER BY t.name_folded `+w.direction()+`, t.guid `+w.direction()+` LIMIT ?`, append(where.args, w.rows)...)
	if err != nil {
		return console.Page[console.AssetSummary]{}, err
	}
	rows, page := pageOf[console.AssetSummary](w, rows, func(r assetRow) position { return position{Text: r.NameFolded, GUID: r.GUID} }, total)
	for _, row := range rows {
		page.Items = append(page.Items, console.AssetSummary{Asset: row.asset(), Tokens: row.Tokens, Links: row.Links})
	}
	return page, nil
}

// ListGrantedAssets returns the assets on which a token has rights, by name.
func (s *Store) ListGrantedAssets(ctx context.Context, token console.GUID) ([]console.GrantedAsset, error) {
	rows, err := s.assets(ctx, `SELECT `+assetColumns+`, x.permissions`+assetTables+` JOIN token_assets x ON x.asset_guid = t.guid
		JOIN tokens k ON k.id = x.token_id WHERE k.guid = ? ORDER BY t.name_folded, t.guid`, string(token))
	granted := make([]console.GrantedAsset, len(rows))
	for i, row := range rows {
		granted[i] = console.GrantedAsset{Asset: row.asset(), Permissions: row.permissions()}
	}
	return granted, err
}

// grants are what a token may do to single assets.
func (s *Store) grants(ctx context.Context, token int64) ([]console.AssetGrant, error) {
	rows, err := s.assets(ctx, `SELECT t.resource, x.permissions FROM token_assets x JOIN assets t ON t.guid = x.asset_guid WHERE x.token_id = ?`, token)
	var grants []console.AssetGrant
	for _, row := range rows {
		grants = append(grants, console.AssetGrant{Resource: row.Resource, Permissions: row.permissions()})
	}
	return console.CleanGrants(grants), err
}

// insertGrants gives a token its rights on single assets.
func (s *Store) insertGrants(ctx context.Context, t console.Token) error {
	for _, g := range t.Assets {
		names := make([]string, len(g.Permissions))
		for i, permission := range g.Permissions {
			names[i] = string(permission)
		}
		err := s.writer(ctx).Exec(`INSERT INTO token_assets (token_id, asset_guid, permissions)
			SELECT k.id, a.guid, ? FROM tokens k, assets a WHERE k.guid = ? AND a.resource = ?`,
			strings.Join(names, " "), string(t.GUID), g.Resource).Error
		if err != nil {
			return err
		}
	}
	return nil
}

// ReplaceGrants makes the rights of a token on single assets those of t.
func (s *Store) ReplaceGrants(ctx context.Context, t console.Token) error {
	if err := s.writer(ctx).Exec(`DELETE FROM token_assets WHERE `+ofToken, string(t.GUID)).Error; err != nil {
		return err
	}
	return s.insertGrants(ctx, t)
}
