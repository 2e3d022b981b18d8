package store

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"latchkey/internal/console"
)

// tokenRow is a row of tokens without its generated columns, and with what a
// list joins to it.
type tokenRow struct {
	ID            int64  `gorm:"primaryKey"`
	GUID          string `gorm:"column:guid"`
	GUIDDigits    string `gorm:"column:guid_digits"`
	Type          string
	Name          string
	NameFolded    string
	Description   string
	Scopes        string
	ValidFrom     *int64
	ValidTo       *int64
	CreatedAt     int64  `gorm:"autoCreateTime:false"`
	CreatorGUID   string `gorm:"column:creator_guid"`
	CreatorName   string
	OwnerGUID     *string `gorm:"column:owner_guid"`
	OwnerName     string  `gorm:"->"`
	IPFilterGUID  *string `gorm:"column:ip_filter_guid"`
	IPFilterName  string  `gorm:"->;column:ip_filter_name"`
	UpdatedAt     int64   `gorm:"autoUpdateTime:false"`
	Version       int
	RevokedAt     *int64
	RevokeReason  string
	DisabledAt    *int64
	DisabledUntil *int64
	// Repositories are GUIDs, each with its name behind it or without, in no order,
	// joined by slashes, which no name has.
	Repositories *string
	Ownership    string `gorm:"->"`
	UsedAt       *int64 `gorm:"->"`
	Phase        int
	// The place in the order that a list was read in.
	SortRank int    `gorm:"->"`
	SortText string `gorm:"->"`
	SortTime int64  `gorm:"->"`
}

func (tokenRow) TableName() string { return "tokens" }

// ownColumns are what stands in a token's own row, with tokens as t.
const ownColumns = `t.id, t.guid, t.type, t.name, t.description, t.scopes, t.valid_from, t.valid_to,
	t.created_at, t.creator_guid, t.creator_name, t.owner_guid, t.ip_filter_guid,
	t.updated_at, t.version, t.revoked_at, t.revoke_reason, t.disabled_at, t.disabled_until`

// tokenColumns are what a token is read from, with its owner as o and its IP filter as
// f. To join repositories, PostgreSQL reads all of them for each token.
const tokenColumns = ownColumns + `, COALESCE(o.name, '') AS owner_name, COALESCE(f.name, '') AS ip_filter_name,
	(SELECT string_agg((SELECT r.guid || r.name FROM repositories r WHERE r.guid = tr.repository_guid), '/')
		FROM token_repositories tr WHERE tr.token_id = t.id) AS repositories`

// listedColumns are tokenColumns and what people see beside them.
const listedColumns = tokenColumns + lastUse

const lastUse = `, NULLIF(` + usedAt + `, 0) AS used_at`

// bareColumns are listedColumns without the names of what tokens belong to.
const bareColumns = ownColumns + `, COALESCE(t.repositories,
	(SELECT string_agg(tr.repository_guid, '/') FROM token_repositories tr WHERE tr.token_id = t.id)) AS repositories` + lastUse

// bare is where bareColumns go, in their order.
func (r *tokenRow) bare() []any {
	return []any{
		&r.ID, &r.GUID, &r.Type, &r.Name, &r.Description, &r.Scopes, &r.ValidFrom, &r.ValidTo,
		&r.CreatedAt, &r.CreatorGUID, &r.CreatorName, &r.OwnerGUID, &r.IPFilterGUID,
		&r.UpdatedAt, &r.Version, &r.RevokedAt, &r.RevokeReason, &r.DisabledAt, &r.DisabledUntil, &r.Repositories, &r.UsedAt,
	}
}

const tokenTables = ` FROM tokens t LEFT JOIN users o ON o.guid = t.owner_guid LEFT JOIN ip_filters f ON f.guid = t.ip_filter_guid `

func (r tokenRow) token() console.Token {
	t := console.Token{
		GUID: console.GUID(r.GUID), Type: console.Type(r.Type), Name: r.Name, Description: r.Description,
		Scopes: strings.Fields(r.Scopes), Repositories: r.repositories(),
		ValidFrom: fromOptional(r.ValidFrom), ValidTo: fromOptional(r.ValidTo),
		CreatedAt: fromMillis(r.CreatedAt), UpdatedAt: fromMillis(r.UpdatedAt), Version: r.Version,
		Creator:   console.PersonRef{GUID: console.GUID(r.CreatorGUID), Name: r.CreatorName},
		RevokedAt: fromOptional(r.RevokedAt), RevokeReason: r.RevokeReason,
		DisabledAt: fromOptional(r.DisabledAt), DisabledUntil: fromOptional(r.DisabledUntil),
		UsedAt: fromOptional(r.UsedAt),
	}
	sortRepositories(t.Repositories)
	if r.OwnerGUID != nil {
		t.Owner = console.PersonRef{GUID: console.GUID(*r.OwnerGUID), Name: r.OwnerName}
	}
	if r.IPFilterGUID != nil {
		t.IPFilter = console.IPFilterRef{GUID: console.GUID(*r.IPFilterGUID), Name: r.IPFilterName}
	}
	return t
}

func (r tokenRow) repositories() []console.RepositoryRef {
	if r.Repositories == nil || *r.Repositories == "" {
		return nil
	}
	var refs []console.RepositoryRef
	for text := range strings.SplitSeq(*r.Repositories, "/") {
		refs = append(refs, console.RepositoryRef{GUID: console.GUID(text[:console.GUIDLength]), Name: text[console.GUIDLength:]})
	}
	return refs
}

// repositoriesAlong is what stands of the repositories in their token's row.
func repositoriesAlong(repositories []console.RepositoryRef) *string {
	guids := make([]string, len(repositories))
	for i, r := range repositories {
		guids[i] = string(r.GUID)
	}
	along := strings.Join(guids, "/")
	return &along
}

// InsertToken adds t with its secret's hash. A GUID that is taken is a conflict.
func (s *Store) InsertToken(ctx context.Context, t console.Token, secret SecretHash) error {
	row := tokenRow{
		GUID: string(t.GUID), GUIDDigits: t.GUID.Digits(), Type: string(t.Type),
		Name: t.Name, NameFolded: console.Fold(t.Name), Description: t.Description,
		Scopes: strings.Join(t.Scopes, " "), ValidFrom: optional(t.ValidFrom), ValidTo: optional(t.ValidTo),
		CreatedAt: millis(t.CreatedAt), CreatorGUID: string(t.Creator.GUID), CreatorName: t.Creator.Name,
		UpdatedAt: millis(t.UpdatedAt), Version: t.Version,
		DisabledAt: optional(t.DisabledAt), DisabledUntil: optional(t.DisabledUntil), Phase: phaseOf(t, t.CreatedAt),
		Repositories: repositoriesAlong(t.Repositories),
	}
	row.OwnerGUID, row.IPFilterGUID = reference(t.Owner.GUID), reference(t.IPFilter.GUID)
	if err := s.writer(ctx).Create(&row).Error; err != nil {
		return err
	}
	for _, scope := range t.Scopes {
		err := s.writer(ctx).Exec(`INSERT INTO token_scopes (scope, token_id) VALUES (?, ?)`, scope, row.ID).Error
		if err != nil {
			return err
		}
	}
	for _, r := range t.Repositories {
		err := s.writer(ctx).Exec(`INSERT INTO token_repositories (repository_guid, token_id) VALUES (?, ?)`, string(r.GUID), row.ID).Error
		if err != nil {
			return err
		}
	}
	if err := s.insertGrants(ctx, t); err != nil {
		return err
	}
	return s.writer(ctx).Create(&secretRow{Hash: secret.Hash, TokenID: row.ID, KeyID: secret.KeyID, CreatedAt: row.CreatedAt}).Error
}

// FindToken returns the token with that GUID; with a repository, only if it
// belongs to it.
func (s *Store) FindToken(ctx context.Context, repository, guid console.GUID) (console.Token, error) {
	return s.findToken(ctx, repository, guid, "")
}

// LockToken is FindToken for a transaction that will change the token.
func (s *Store) LockToken(ctx context.Context, repository, guid console.GUID) (console.Token, error) {
	return s.findToken(ctx, repository, guid, s.dialect.locking())
}

// KeepToken is FindToken for a transaction of whoever asks with that token: nobody
// changes it until that ends.
func (s *Store) KeepToken(ctx context.Context, guid console.GUID) (console.Token, error) {
	var kept string
	err := s.writer(ctx).Raw(`SELECT t.guid FROM tokens t WHERE t.guid = ?`+s.dialect.sharing(), string(guid)).Scan(&kept).Error
	if err != nil {
		return console.Token{}, err
	}
	return s.FindToken(ctx, "", guid)
}

func (s *Store) findToken(ctx context.Context, repository, guid console.GUID, locking string) (console.Token, error) {
	query, args := `SELECT `+listedColumns+tokenTables+`WHERE t.guid = ?`, []any{string(guid)}
	if repository != "" {
		query += ` AND ` + inRepository
		args = append(args, string(repository))
	}
	row, err := s.oneToken(ctx, query+locking, args...)
	if err != nil {
		return console.Token{}, err
	}
	token := row.token()
	token.Assets, err = s.grants(ctx, row.ID)
	return token, err
}

func (s *Store) oneToken(ctx context.Context, query string, args ...any) (tokenRow, error) {
	var rows []tokenRow
	if err := s.reader(ctx).Raw(query, args...).Scan(&rows).Error; err != nil {
		return tokenRow{}, err
	}
	if len(rows) == 0 {
		return tokenRow{}, console.NotFound()
	}
	return rows[0], nil
}

// FindNameClash returns the GUID of a token that has the name at now and can
// still be active, in one of the repositories or, without any, among the
// tokens of the type. It is empty when the name is free.
func (s *Store) FindNameClash(ctx context.Context, t console.Type, repositories []console.GUID, name string, now time.Time) (console.GUID, error) {
	query := `SELECT t.guid FROM tokens t WHERE t.name_folded = ? AND t.revoked_at IS NULL AND t.ends_at > ? AND t.type = ?`
	args := []any{console.Fold(name), millis(now), string(t)}
	if len(repositories) > 0 {
		query += ` AND EXISTS (SELECT 1 FROM token_repositories tr WHERE tr.token_id = t.id AND tr.repository_guid IN ?)`
		args = append(args, repositories)
	}
	var guid string
	err := s.reader(ctx).Raw(query+` LIMIT 1`, args...).Scan(&guid).Error
	return console.GUID(guid), err
}

// RevokeToken ends a token at now: its validity ends there, for good.
func (s *Store) RevokeToken(ctx context.Context, guid console.GUID, reason string, now time.Time) error {
	done := s.writer(ctx).Exec(`UPDATE tokens SET revoked_at = ?, valid_to = ?, revoke_reason = ?, phase = 0,
		updated_at = ?, version = version + 1 WHERE guid = ? AND revoked_at IS NULL`,
		millis(now), millis(now), reason, millis(now), string(guid))
	if done.Error == nil && done.RowsAffected != 1 {
		return console.Stale(console.Token{GUID: guid}.AsTarget())
	}
	return done.Error
}

// FindTokens returns those of the tokens that exist, in the order given; with
// a repository, only those that belong to it.
func (s *Store) FindTokens(ctx context.Context, repository console.GUID, guids []console.GUID) ([]console.Token, error) {
	where := conditions{}
	where.add("t.guid IN ?", guids)
	if repository != "" {
		where.add(inRepository, string(repository))
	}
	var rows []tokenRow
	if err := s.reader(ctx).Raw(`SELECT `+listedColumns+tokenTables+where.where(), where.args...).Scan(&rows).Error; err != nil {
		return nil, err
	}
	place := map[string]int{}
	for i, guid := range guids {
		place[string(guid)] = i
	}
	slices.SortFunc(rows, func(a, b tokenRow) int { return cmp.Compare(place[a.GUID], place[b.GUID]) })
	return tokensOf(rows), nil
}

func tokensOf(rows []tokenRow) []console.Token {
	tokens := make([]console.Token, len(rows))
	for i, row := range rows {
		tokens[i] = row.token()
	}
	return tokens
}
