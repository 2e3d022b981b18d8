package store

import (
	"context"
	"time"

	"latchkey/internal/console"
)

// InsertSetupCode keeps the hash of a setup code until it expires.
func (s *Store) InsertSetupCode(ctx context.Context, hash string, expires time.Time) error {
	return s.writer(ctx).Exec(`INSERT INTO setup_codes (hash, expires_at) VALUES (?, ?)`, hash, millis(expires)).Error
}

// FindSetupCode reports whether a setup code works at now.
func (s *Store) FindSetupCode(ctx context.Context, hash string, now time.Time) (bool, error) {
	var found string
	err := s.reader(ctx).Raw(`SELECT hash FROM setup_codes WHERE hash = ? AND expires_at > ?`, hash, millis(now)).Scan(&found).Error
	return found != "", err
}

// DeleteSetupCodes ends all setup codes.
func (s *Store) DeleteSetupCodes(ctx context.Context) error {
	return s.writer(ctx).Exec(`DELETE FROM setup_codes`).Error
}

// DeleteOldSetupCodes removes those that no longer work at now.
func (s *Store) DeleteOldSetupCodes(ctx context.Context, now time.Time) error {
	return s.writer(ctx).Exec(`DELETE FROM setup_codes WHERE expires_at <= ?`, millis(now)).Error
}

// PutInvitation keeps the hash of the code with which somebody sets a password,
// until it expires. It takes the place of the one before.
func (s *Store) PutInvitation(ctx context.Context, user console.GUID, hash string, expires time.Time) error {
	return s.writer(ctx).Exec(`INSERT INTO invitations (user_guid, hash, expires_at) VALUES (?, ?, ?)
		ON CONFLICT (user_guid) DO UPDATE SET hash = excluded.hash, expires_at = excluded.expires_at`,
		string(user), hash, millis(expires)).Error
}

// FindInvitation returns who sets a password with the code, if it works at
// now; it is empty if the code does not.
func (s *Store) FindInvitation(ctx context.Context, hash string, now time.Time) (console.GUID, error) {
	var guid string
	err := s.reader(ctx).Raw(`SELECT user_guid FROM invitations WHERE hash = ? AND expires_at > ?`, hash, millis(now)).Scan(&guid).Error
	return console.GUID(guid), err
}

// FindInvitationEnd returns until when somebody's code works; the zero time if
// they have none that does at now.
func (s *Store) FindInvitationEnd(ctx context.Context, user console.GUID, now time.Time) (time.Time, error) {
	var end *int64
	err := s.reader(ctx).Raw(`SELECT MAX(expires_at) FROM invitations WHERE user_guid = ? AND expires_at > ?`, string(user), millis(now)).Scan(&end).Error
	return fromOptional(end), err
}

// DeleteInvitation ends somebody's code.
func (s *Store) DeleteInvitation(ctx context.Context, user console.GUID) error {
	return s.writer(ctx).Exec(`DELETE FROM invitations WHERE user_guid = ?`, string(user)).Error
}

// DeleteOldInvitations removes the codes that no longer work at now.
func (s *Store) DeleteOldInvitations(ctx context.Context, now time.Time) error {
	return s.writer(ctx).Exec(`DELETE FROM invitations WHERE expires_at <= ?`, millis(now)).Error
}
