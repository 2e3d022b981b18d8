package store

import (
	"context"
	"time"

	"latchkey/internal/console"
)

type identityRow struct {
	Issuer     string
	Subject    string
	UserGUID   string `gorm:"column:user_guid"`
	CreatedAt  int64
	LastUsedAt int64
}

func (r identityRow) identity() console.Identity {
	return console.Identity{
		Issuer: r.Issuer, Subject: r.Subject, User: console.GUID(r.UserGUID),
		CreatedAt: fromMillis(r.CreatedAt), LastUsedAt: fromMillis(r.LastUsedAt),
	}
}

// InsertIdentity notes whom a provider means by a subject.
func (s *Store) InsertIdentity(ctx context.Context, i console.Identity) error {
	return s.writer(ctx).Exec(`INSERT INTO identities (issuer, subject, user_guid, created_at, last_used_at) VALUES (?, ?, ?, ?, ?)`,
		i.Issuer, i.Subject, string(i.User), millis(i.CreatedAt), millis(i.LastUsedAt)).Error
}

// FindIdentity returns whom a provider means by a subject.
func (s *Store) FindIdentity(ctx context.Context, issuer, subject string) (console.Identity, error) {
	var row identityRow
	done := s.reader(ctx).Raw(`SELECT * FROM identities WHERE issuer = ? AND subject = ?`, issuer, subject).Scan(&row)
	if done.Error == nil && row.UserGUID == "" {
		return console.Identity{}, console.NotFound()
	}
	return row.identity(), done.Error
}

// ListIdentities returns who somebody is at providers, the oldest first.
func (s *Store) ListIdentities(ctx context.Context, user console.GUID) ([]console.Identity, error) {
	var rows []identityRow
	err := s.reader(ctx).Raw(`SELECT * FROM identities WHERE user_guid = ? ORDER BY created_at, issuer, subject`, string(user)).Scan(&rows).Error
	identities := make([]console.Identity, len(rows))
	for i, row := range rows {
		identities[i] = row.identity()
	}
	return identities, err
}

// UpdateIdentity notes when an identity was last used.
func (s *Store) UpdateIdentity(ctx context.Context, i console.Identity) error {
	return s.writer(ctx).Exec(`UPDATE identities SET last_used_at = ? WHERE issuer = ? AND subject = ?`,
		millis(i.LastUsedAt), i.Issuer, i.Subject).Error
}

// DeleteIdentity forgets an identity.
func (s *Store) DeleteIdentity(ctx context.Context, i console.Identity) error {
	return s.writer(ctx).Exec(`DELETE FROM identities WHERE issuer = ? AND subject = ?`, i.Issuer, i.Subject).Error
}

// InsertSignInFlow notes that a way to a provider came back, and reports
// whether it did so for the first time.
func (s *Store) InsertSignInFlow(ctx context.Context, hash string, expires time.Time) (bool, error) {
	done := s.writer(ctx).Exec(`INSERT INTO sign_in_flows (hash, expires_at) VALUES (?, ?) ON CONFLICT (hash) DO NOTHING`, hash, millis(expires))
	return done.RowsAffected == 1, done.Error
}

// DeleteSignInFlows forgets the ways that expired before now.
func (s *Store) DeleteSignInFlows(ctx context.Context, now time.Time) error {
	return s.writer(ctx).Exec(`DELETE FROM sign_in_flows WHERE expires_at < ?`, millis(now)).Error
}
