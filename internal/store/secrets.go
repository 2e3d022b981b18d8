package store

import (
	"cmp"
	"context"
	"slices"
	"time"

	"latchkey/internal/console"
)

// SecretHash is the keyed hash of a secret and the key it was made with.
type SecretHash struct {
	Hash  []byte
	KeyID string
}

type secretRow struct {
	Hash      []byte `gorm:"primaryKey"`
	TokenID   int64
	KeyID     string
	CreatedAt int64 `gorm:"autoCreateTime:false"`
	EndsAt    *int64
	UntilUsed bool `gorm:"->"`
	UsedAt    *int64
	Rotation  *string
}

func (secretRow) TableName() string { return "secrets" }

func (r secretRow) kept() console.KeptSecret {
	return console.KeptSecret{
		CreatedAt: fromMillis(r.CreatedAt), EndsAt: fromOptional(r.EndsAt), UntilUsed: r.UntilUsed, UsedAt: fromOptional(r.UsedAt),
	}
}

// FoundSecret is a secret that was presented and the token that it belongs to.
type FoundSecret struct {
	// Token is without what nobody is told who presents it: its description, its
	// creator, and how it was changed.
	Token  console.Token
	Secret console.KeptSecret
	// IPFilter is the token's, as of the same moment.
	IPFilter console.IPFilter
	// Holder is whose personal token it is, as of the same moment; nil for other
	// types. Token has their repositories, and not yet their scopes.
	Holder *console.User
	// Current is the hash of the token's current secret, where the one that was
	// found ends with its first use.
	Current []byte
}

// foundColumns are what every token is read from that is presented.
const foundColumns = `t.guid, t.type, t.name, t.scopes, t.valid_from, t.valid_to, t.created_at, t.revoked_at, t.disabled_at, t.disabled_until,
	t.owner_guid, COALESCE(o.name, ''), t.ip_filter_guid, COALESCE(f.name, ''), COALESCE(f.rules, ''), COALESCE(f.version, 0),
	(SELECT string_agg(r.guid || r.name, '/') FROM token_repositories tr JOIN repositories r ON r.guid = tr.repository_guid WHERE tr.token_id = t.id),
	x.hash, x.created_at, x.ends_at, x.until_used = 1, x.used_at, CASE WHEN x.until_used = 1 THEN
		(SELECT n.hash FROM secrets n WHERE n.token_id = x.token_id AND n.ends_at IS NULL) END`

const secretTables = tokenTables + `JOIN secrets x ON x.token_id = t.id WHERE x.hash `

const findSecrets = `SELECT ` + foundColumns + secretTables

// scanFound reads foundColumns, and into more what is selected behind them.
func scanFound(row scanner, more ...any) (hash []byte, found FoundSecret, err error) {
	var t tokenRow
	var x secretRow
	var filter console.IPFilter
	err = row.Scan(append([]any{
		&t.GUID, &t.Type, &t.Name, &t.Scopes, &t.ValidFrom, &t.ValidTo, &t.CreatedAt, &t.RevokedAt, &t.DisabledAt, &t.DisabledUntil,
		&t.OwnerGUID, &t.OwnerName, &t.IPFilterGUID, &t.IPFilterName, &filter.Text, &filter.Version, &t.Repositories,
		&x.Hash, &x.CreatedAt, &x.EndsAt, &x.UntilUsed, &x.UsedAt, &found.Current,
	}, more...)...)
	if err != nil {
		return nil, FoundSecret{}, err
	}
	found.Token, found.Secret = t.token(), x.kept()
	found.Token.UpdatedAt = time.Time{}
	inOrder(found.Token.Repositories)
	filter.GUID, filter.Name = found.Token.IPFilter.GUID, found.Token.IPFilter.Name
	found.IPFilter = filter
	return x.Hash, found, nil
}

func inOrder(repositories []console.RepositoryRef) {
	if len(repositories) > 1 {
		slices.SortFunc(repositories, func(a, b console.RepositoryRef) int { return cmp.Compare(console.Fold(a.Name), console.Fold(b.Name)) })
	}
}

// FindSecret returns the secret with that hash, also one that has ended, without
// the holder of a personal token.
func (s *Store) FindSecret(ctx context.Context, hash []byte) (FoundSecret, error) {
	rows, err := s.reader(ctx).Raw(findSecrets+`= ?`, hash).Rows()
	if err != nil {
		return FoundSecret{}, err
	}
	found, exists := FoundSecret{}, false
	err = eachRow(rows, func() (err error) {
		exists = true
		_, found, err = scanFound(rows)
		return err
	})
	if err == nil && !exists {
		err = console.NotFound()
	}
	return found, err
}

// ListSecrets returns all secrets that a token has or had, the newest first.
func (s *Store) ListSecrets(ctx context.Context, token console.GUID) ([]console.KeptSecret, error) {
	var rows []secretRow
	err := s.reader(ctx).Raw(`SELECT x.* FROM secrets x JOIN tokens t ON t.id = x.token_id WHERE t.guid = ?
		ORDER BY x.ends_at IS NULL DESC, x.created_at DESC, x.ends_at DESC, x.hash`, string(token)).Scan(&rows).Error
	secrets := make([]console.KeptSecret, len(rows))
	for i, row := range rows {
		secrets[i] = row.kept()
	}
	return secrets, err
}

// LockSecrets keeps the secrets of a token, which is locked, as they are until
// the transaction ends. It takes them in the order in which uses are written.
func (s *Store) LockSecrets(ctx context.Context, token console.GUID) error {
	var hashes [][]byte
	return s.writer(ctx).Raw(`SELECT t.hash FROM secrets t WHERE t.token_id = (SELECT id FROM tokens WHERE guid = ?) ORDER BY t.hash`+
		s.dialect.locking(), string(token)).Scan(&hashes).Error
}

// FindRotation reports whether the token has a secret that was made with that
// one-time value.
func (s *Store) FindRotation(ctx context.Context, token, rotation console.GUID) (bool, error) {
	var n int
	err := s.reader(ctx).Raw(`SELECT COUNT(*) FROM secrets x JOIN tokens t ON t.id = x.token_id WHERE t.guid = ? AND x.rotation = ?`,
		string(token), string(rotation)).Scan(&n).Error
	return n > 0, err
}

const ofToken = `token_id = (SELECT id FROM tokens WHERE guid = ?)`

// ReplaceSecret makes a new secret the current one of a token. The one before
// it ends at that time, or, if untilUsed, with the first use of the new one. It
// leaves others alone.
func (s *Store) ReplaceSecret(ctx context.Context, token console.GUID, secret SecretHash, rotation console.GUID, end time.Time, untilUsed bool, now time.Time) error {
	until := 0
	if untilUsed {
		until = 1
	}
	err := s.writer(ctx).Exec(`UPDATE secrets SET ends_at = ?, until_used = ? WHERE ends_at IS NULL AND `+ofToken, millis(end), until, string(token)).Error
	if err != nil {
		return err
	}
	return s.writer(ctx).Exec(`INSERT INTO secrets (hash, token_id, key_id, created_at, rotation) SELECT ?, id, ?, ?, ? FROM tokens WHERE guid = ?`,
		secret.Hash, secret.KeyID, millis(now), string(rotation), string(token)).Error
}

// EndOldSecrets ends, at that time, all secrets of a token that work beside the
// current one.
func (s *Store) EndOldSecrets(ctx context.Context, token console.GUID, at time.Time) error {
	return s.writer(ctx).Exec(`UPDATE secrets SET ends_at = ?, until_used = 0 WHERE ends_at > ? AND `+ofToken, millis(at), millis(at), string(token)).Error
}

// FindAwaiting returns the token of which the secret with that hash is the
// current one while another one, live at that time, ends with its first use;
// empty if that is not so.
func (s *Store) FindAwaiting(ctx context.Context, hash []byte, at time.Time) (console.GUID, error) {
	var guid string
	err := s.reader(ctx).Raw(`SELECT t.guid FROM secrets x JOIN tokens t ON t.id = x.token_id WHERE x.hash = ? AND x.ends_at IS NULL
		AND EXISTS (SELECT 1 FROM secrets o WHERE o.token_id = x.token_id AND o.until_used = 1 AND o.ends_at > ?)`, hash, millis(at)).Scan(&guid).Error
	return console.GUID(guid), err
}

// TouchToken notes that something that belongs to a token changed, which was at
// that version; it is a conflict if it no longer is.
func (s *Store) TouchToken(ctx context.Context, guid console.GUID, version int, now time.Time) error {
	return s.changeToken(ctx, guid, version, map[string]any{"updated_at": millis(now)})
}
