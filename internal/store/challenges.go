package store

import (
	"context"
	"time"

	"latchkey/internal/console"
)

// Challenge is what was asked of somebody and is not answered yet.
type Challenge struct {
	// Holder is the hash of the session, or of the sign-in under way, that was
	// asked; there is one question a purpose.
	Holder    string
	Purpose   string
	User      console.GUID
	Material  []byte
	ExpiresAt time.Time
}

// PutChallenge keeps c in place of the one before it.
func (s *Store) PutChallenge(ctx context.Context, c Challenge) error {
	return s.writer(ctx).Exec(`INSERT INTO challenges (holder, purpose, user_guid, material, expires_at) VALUES (?, ?, ?, ?, ?)
		ON CONFLICT (holder, purpose) DO UPDATE SET user_guid = excluded.user_guid, material = excluded.material, expires_at = excluded.expires_at`,
		c.Holder, c.Purpose, string(c.User), c.Material, millis(c.ExpiresAt)).Error
}

// FindChallenge returns what is asked of a holder at now.
func (s *Store) FindChallenge(ctx context.Context, holder, purpose string, now time.Time) (Challenge, error) {
	var row struct {
		UserGUID  string `gorm:"column:user_guid"`
		Material  []byte
		ExpiresAt int64
	}
	done := s.reader(ctx).Raw(`SELECT user_guid, material, expires_at FROM challenges WHERE holder = ? AND purpose = ? AND expires_at > ?`,
		holder, purpose, millis(now)).Scan(&row)
	if done.Error == nil && row.UserGUID == "" {
		return Challenge{}, console.NotFound()
	}
	return Challenge{
		Holder: holder, Purpose: purpose, User: console.GUID(row.UserGUID), Material: row.Material, ExpiresAt: fromMillis(row.ExpiresAt),
	}, done.Error
}

// DeleteChallenge ends a question, and reports whether there was one: of many
// answers at once, one is the answer.
func (s *Store) DeleteChallenge(ctx context.Context, holder, purpose string) (bool, error) {
	done := s.writer(ctx).Exec(`DELETE FROM challenges WHERE holder = ? AND purpose = ?`, holder, purpose)
	return done.RowsAffected == 1, done.Error
}

// DeleteChallenges removes the questions that ended before now.
func (s *Store) DeleteChallenges(ctx context.Context, now time.Time) error {
	return s.writer(ctx).Exec(`DELETE FROM challenges WHERE expires_at <= ?`, millis(now)).Error
}
