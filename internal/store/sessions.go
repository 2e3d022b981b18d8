package store

import (
	"context"
	"encoding/json"
	"time"

	"latchkey/internal/console"
)

// InsertSession keeps a session of session.User.
func (s *Store) InsertSession(ctx context.Context, session console.Session) error {
	return s.writer(ctx).Exec(`INSERT INTO sessions (hash, guid, user_guid, created_at, seen_at, proved_at, address, agent) VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
		session.Hash, string(session.GUID), string(session.User.GUID), millis(session.CreatedAt), millis(session.SeenAt), millis(session.ProvedAt),
		session.Address, session.Agent).Error
}

// FindSession returns the session with its person, who may have been disabled, and
// with how far the audit log has come, so that a page need not ask for that by itself.
func (s *Store) FindSession(ctx context.Context, hash string) (console.Session, error) {
	statement := `SELECT s.hash, s.guid, s.user_guid, s.created_at, s.seen_at, s.proved_at, s.address, s.agent, s.notices,
		u.email, u.name, u.role, u.scopes, u.version, u.epoch, u.theme, u.zone, u.token_columns, u.disabled_at, u.created_at,
		(SELECT count(*) FROM factors f WHERE f.user_guid = u.guid), COALESCE(m.repository_guid, ''), COALESCE(m.role, ''),
		COALESCE((SELECT d.view_guid FROM token_view_defaults d WHERE d.user_guid = u.guid AND d.place = 'tokens'), ''),
		COALESCE((SELECT d.view_guid FROM token_view_defaults d WHERE d.user_guid = u.guid AND d.place = 'repository'), ''),
		COALESCE(a.id, 0), a.hash
		FROM sessions s JOIN users u ON u.guid = s.user_guid LEFT JOIN memberships m ON m.user_guid = u.guid AND u.role = ?
		LEFT JOIN audit_events a` + s.dialect.byKey() + ` ON a.id = (` + s.newestRecorded() + `)
		WHERE s.hash = ?`
	var session console.Session
	user := &session.User
	var created, seen, proved, joined int64
	var disabled *int64
	var notices, newest []byte
	var scopes, theme, zone, columns string
	var factors int
	// repository is one of which a member is a member, in the part that place says.
	var repository console.GUID
	var place console.MemberRole
	// The views with which places open.
	var ofAll, ofRepository console.GUID
	err := s.each(ctx, func(row scanner) error {
		err := row.Scan(&session.Hash, &session.GUID, &user.GUID, &created, &seen, &proved, &session.Address, &session.Agent, &notices,
			&user.Email, &user.Name, &user.Role, &scopes, &user.Version, &user.Epoch, &theme, &zone, &columns, &disabled, &joined,
			&factors, &repository, &place, &ofAll, &ofRepository, &session.Recorded.ID, &newest)
		if user.Role == console.RoleMember && user.Memberships == nil {
			user.Memberships = map[console.GUID]console.MemberRole{}
		}
		if repository != "" {
			user.Memberships[repository] = place
		}
		return err
	}, statement, string(console.RoleMember), hash)
	if err != nil {
		return console.Session{}, err
	}
	if session.Hash == "" {
		return console.Session{}, console.NotFound()
	}
	session.Recorded.Hash = string(newest)
	session.CreatedAt, session.SeenAt, session.ProvedAt = fromMillis(created), fromMillis(seen), fromMillis(proved)
	user.Scopes, user.Preferences = words(scopes), preferencesOf(theme, zone, columns)
	user.DisabledAt, user.CreatedAt, user.SecondFactor = fromOptional(disabled), fromMillis(joined), factors > 0
	if ofAll != "" || ofRepository != "" {
		session.Opens = map[console.ViewPlace]console.GUID{console.ViewOfAll: ofAll, console.ViewOfRepository: ofRepository}
	}
	return session, json.Unmarshal(notices, &session.Notices)
}

// TouchSession notes that the session was seen at now.
func (s *Store) TouchSession(ctx context.Context, hash string, now time.Time) error {
	return s.writer(ctx).Exec(`UPDATE sessions SET seen_at = ? WHERE hash = ? AND seen_at < ?`, millis(now), hash, millis(now)).Error
}

// ProveSession notes that the session's person proved at now who they are. From
// then on it lives, with the questions put to it, under the hash renewed only. One
// that ended, or was renewed meanwhile, is unauthenticated.
func (s *Store) ProveSession(ctx context.Context, hash, renewed string, now time.Time) error {
	done := s.writer(ctx).Exec(`UPDATE sessions SET proved_at = ?, hash = ? WHERE hash = ?`, millis(now), renewed, hash)
	if done.Error == nil && done.RowsAffected == 0 {
		return console.Unauthenticated()
	}
	if done.Error != nil || renewed == hash {
		return done.Error
	}
	return s.writer(ctx).Exec(`UPDATE challenges SET holder = ? WHERE holder = ?`, renewed, hash).Error
}

// ListSessions returns a person's sessions without what they are to see next,
// those seen last first.
func (s *Store) ListSessions(ctx context.Context, user console.GUID) ([]console.Session, error) {
	var rows []struct {
		Hash      string
		GUID      string `gorm:"column:guid"`
		CreatedAt int64
		SeenAt    int64
		ProvedAt  int64
		Address   string
		Agent     string
	}
	err := s.reader(ctx).Raw(`SELECT hash, guid, created_at, seen_at, proved_at, address, agent FROM sessions
		WHERE user_guid = ? ORDER BY seen_at DESC, created_at DESC, guid`, string(user)).Scan(&rows).Error
	sessions := make([]console.Session, len(rows))
	for i, row := range rows {
		sessions[i] = console.Session{
			Hash: row.Hash, GUID: console.GUID(row.GUID), User: console.User{GUID: user},
			CreatedAt: fromMillis(row.CreatedAt), SeenAt: fromMillis(row.SeenAt), ProvedAt: fromMillis(row.ProvedAt),
			Address: row.Address, Agent: row.Agent,
		}
	}
	return sessions, err
}

// DeleteSessionsOf ends all sessions of a person but the one with the hash
// except, if any.
func (s *Store) DeleteSessionsOf(ctx context.Context, user console.GUID, except string) error {
	return s.writer(ctx).Exec(`DELETE FROM sessions WHERE user_guid = ? AND hash <> ?`, string(user), except).Error
}

// UpdateNotices keeps what the session's next page has to say.
func (s *Store) UpdateNotices(ctx context.Context, hash string, notices []console.Notice) error {
	text, err := json.Marshal(append([]console.Notice{}, notices...))
	if err != nil {
		return err
	}
	return s.writer(ctx).Exec(`UPDATE sessions SET notices = ? WHERE hash = ?`, string(text), hash).Error
}

// DeleteSession ends a session and reports whether there was one.
func (s *Store) DeleteSession(ctx context.Context, hash string) (bool, error) {
	done := s.writer(ctx).Exec(`DELETE FROM sessions WHERE hash = ?`, hash)
	return done.RowsAffected > 0, done.Error
}

// DeleteSessions removes the sessions that ended by the limits before now.
func (s *Store) DeleteSessions(ctx context.Context, limits console.SessionLimits, now time.Time) error {
	return s.writer(ctx).Exec(`DELETE FROM sessions WHERE seen_at <= ? OR created_at <= ?`,
		millis(now.Add(-limits.Idle)), millis(now.Add(-limits.Absolute))).Error
}
