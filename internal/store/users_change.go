package store

import (
	"context"
	"strings"
	"time"

	"latchkey/internal/console"
)

// UpdateUser writes what can change of u, who was at version when they were
// read; it is a conflict if they no longer are. Who is no member has no
// memberships.
func (s *Store) UpdateUser(ctx context.Context, u console.User, version int) error {
	done := s.writer(ctx).Model(&userRow{}).Where("guid = ? AND version = ?", string(u.GUID), version).Updates(map[string]any{
		"email": u.Email, "email_folded": console.Fold(u.Email), "name": u.Name, "name_folded": console.Fold(u.Name),
		"role": string(u.Role), "scopes": strings.Join(u.Scopes, " "), "disabled_at": optional(u.DisabledAt), "version": version + 1,
	})
	if done.Error == nil && done.RowsAffected != 1 {
		return console.Stale(u.AsTarget())
	}
	if done.Error != nil || u.Role == console.RoleMember {
		return done.Error
	}
	return s.writer(ctx).Exec(`DELETE FROM memberships WHERE user_guid = ?`, string(u.GUID)).Error
}

// UpdateCredentials keeps the hash of a new password and the name that its owner
// goes by. Whoever was invited has accepted with it. An empty hash ends the
// password.
func (s *Store) UpdateCredentials(ctx context.Context, u console.User, passwordHash string) error {
	return s.writer(ctx).Exec(`UPDATE users SET password_hash = ?, name = ?, name_folded = ?, invited_at = ?, version = version + 1 WHERE guid = ?`,
		passwordHash, u.Name, console.Fold(u.Name), optional(u.InvitedAt), string(u.GUID)).Error
}

// DeleteUser removes a person with their sessions and memberships. Tokens that
// they owned have no owner afterwards.
func (s *Store) DeleteUser(ctx context.Context, guid console.GUID) error {
	if err := s.writer(ctx).Exec(`UPDATE tokens SET owner_guid = NULL WHERE owner_guid = ?`, string(guid)).Error; err != nil {
		return err
	}
	return s.writer(ctx).Exec(`DELETE FROM users WHERE guid = ?`, string(guid)).Error
}

// CountOtherOwners counts the owners who can use the console, without the one given.
func (s *Store) CountOtherOwners(ctx context.Context, guid console.GUID) (int, error) {
	var n int
	err := s.reader(ctx).Raw(`SELECT COUNT(*) FROM users WHERE role = ? AND disabled_at IS NULL AND invited_at IS NULL AND guid <> ?`,
		string(console.RoleOwner), string(guid)).Scan(&n).Error
	return n, err
}

// theirs is the condition that a token t is live and somebody owns it or, with
// made, owns or made it. Personal tokens end with their person.
func theirs(user console.GUID, made bool, now time.Time) conditions {
	var c conditions
	c.add("t.revoked_at IS NULL AND t.ends_at > ? AND NOT ("+isPersonal+")", millis(now))
	if made {
		c.add("(t.owner_guid = ? OR t.creator_guid = ?)", string(user), string(user))
	} else {
		c.add("t.owner_guid = ?", string(user))
	}
	return c
}

// CountTokensOf counts the tokens that somebody owns or, with made, owns or
// made, and that have not ended at now.
func (s *Store) CountTokensOf(ctx context.Context, user console.GUID, made bool, now time.Time) (int, error) {
	where := theirs(user, made, now)
	var n int
	err := s.reader(ctx).Raw(`SELECT COUNT(*) FROM tokens t`+where.where(), where.args...).Scan(&n).Error
	return n, err
}

// ListTokensOf returns at most limit of these tokens by name.
func (s *Store) ListTokensOf(ctx context.Context, user console.GUID, made bool, now time.Time, limit int) ([]console.Token, error) {
	return s.tokensOf(ctx, user, made, now, limit, "")
}

// LockTokensOf is ListTokensOf for a transaction that will change them.
func (s *Store) LockTokensOf(ctx context.Context, user console.GUID, made bool, now time.Time, limit int) ([]console.Token, error) {
	return s.tokensOf(ctx, user, made, now, limit, s.dialect.locking())
}

func (s *Store) tokensOf(ctx context.Context, user console.GUID, made bool, now time.Time, limit int, locking string) ([]console.Token, error) {
	where := theirs(user, made, now)
	var rows []tokenRow
	err := s.reader(ctx).Raw(`SELECT `+listedColumns+tokenTables+where.where()+` ORDER BY t.name_folded, t.guid LIMIT ?`+locking,
		append(where.args, limit)...).Scan(&rows).Error
	return tokensOf(rows), err
}

// TransferToken gives a token another owner.
func (s *Store) TransferToken(ctx context.Context, guid, owner console.GUID, now time.Time) error {
	return s.writer(ctx).Exec(`UPDATE tokens SET owner_guid = ?, updated_at = ?, version = version + 1 WHERE guid = ?`,
		string(owner), millis(now), string(guid)).Error
}
