package store

import (
	"context"
	"strings"

	"latchkey/internal/console"
)

type userRow struct {
	GUID         string `gorm:"column:guid;primaryKey"`
	Email        string
	EmailFolded  string
	Name         string
	NameFolded   string
	Role         string
	PasswordHash string
	Scopes       string
	Version      int
	Epoch        int
	Theme        string
	TokenColumns string
	Zone         string
	DisabledAt   *int64
	InvitedAt    *int64
	CreatedAt    int64 `gorm:"autoCreateTime:false"`
}

func (userRow) TableName() string { return "users" }

func (r userRow) user() console.User {
	return console.User{
		GUID: console.GUID(r.GUID), Email: r.Email, Name: r.Name, Role: console.Role(r.Role),
		Scopes: words(r.Scopes), Version: r.Version, Epoch: r.Epoch,
		Preferences: preferencesOf(r.Theme, r.Zone, r.TokenColumns), DisabledAt: fromOptional(r.DisabledAt), InvitedAt: fromOptional(r.InvitedAt), CreatedAt: fromMillis(r.CreatedAt),
	}
}

func preferencesOf(theme, zone, columns string) console.Preferences {
	return console.Preferences{Theme: theme, Zone: zone, Columns: console.ChosenColumns(words(columns))}
}

// words are the words of text; nil if there are none.
func words(text string) []string {
	if text == "" {
		return nil
	}
	return strings.Fields(text)
}

// InsertUser adds u, who signs in with a password of that hash; with an empty
// one, no password does.
func (s *Store) InsertUser(ctx context.Context, u console.User, passwordHash string) error {
	return s.writer(ctx).Create(&userRow{
		GUID: string(u.GUID), Email: u.Email, EmailFolded: console.Fold(u.Email),
		Name: u.Name, NameFolded: console.Fold(u.Name), Role: string(u.Role),
		PasswordHash: passwordHash, Scopes: strings.Join(u.Scopes, " "), Version: 1, DisabledAt: optional(u.DisabledAt), InvitedAt: optional(u.InvitedAt), CreatedAt: millis(u.CreatedAt),
	}).Error
}

// UpdatePreferences keeps what patch sets for a person.
func (s *Store) UpdatePreferences(ctx context.Context, guid console.GUID, patch console.PreferencesPatch) error {
	var columns *string
	if patch.Columns != nil {
		text := ""
		for _, column := range patch.Columns {
			text += string(column) + " "
		}
		columns = &text
	}
	return s.writer(ctx).Exec(`UPDATE users SET theme = COALESCE(?, theme), zone = COALESCE(?, zone), token_columns = COALESCE(?, token_columns) WHERE guid = ?`,
		patch.Theme, patch.Zone, columns, string(guid)).Error
}

// FindUser returns the person with that GUID.
func (s *Store) FindUser(ctx context.Context, guid console.GUID) (console.User, error) {
	var row userRow
	if err := s.reader(ctx).Where("guid = ?", string(guid)).Take(&row).Error; err != nil {
		return console.User{}, err
	}
	user := row.user()
	return user, s.addMemberships(ctx, &user)
}

// KeepUser is FindUser for a transaction that acts for that person, or gives them
// something: nobody changes what they may do until it ends.
func (s *Store) KeepUser(ctx context.Context, guid console.GUID) (console.User, error) {
	var kept string
	err := s.writer(ctx).Raw(`SELECT t.guid FROM users t WHERE t.guid = ?`+s.dialect.sharing(), string(guid)).Scan(&kept).Error
	if err != nil {
		return console.User{}, err
	}
	return s.FindUser(ctx, guid)
}

// LockUser is FindUser for a transaction that will change the person.
func (s *Store) LockUser(ctx context.Context, guid console.GUID) (console.User, error) {
	var locked string
	err := s.writer(ctx).Raw(`SELECT t.guid FROM users t WHERE t.guid = ?`+s.dialect.changing(), string(guid)).Scan(&locked).Error
	if err != nil {
		return console.User{}, err
	}
	return s.FindUser(ctx, guid)
}

// FindSignIn returns the person with that address, in any case, and the hash
// of their password.
func (s *Store) FindSignIn(ctx context.Context, email string) (console.User, string, error) {
	var row userRow
	err := s.reader(ctx).Where("email_folded = ?", console.Fold(email)).Take(&row).Error
	user := row.user()
	if err == nil {
		user.SecondFactor, err = s.HasFactor(ctx, user.GUID)
	}
	return user, row.PasswordHash, err
}

// FindPassword returns the hash of a person's password; empty without one.
func (s *Store) FindPassword(ctx context.Context, user console.GUID) (string, error) {
	var hash string
	err := s.reader(ctx).Raw(`SELECT password_hash FROM users WHERE guid = ?`, string(user)).Scan(&hash).Error
	return hash, err
}

// UpdatePassword keeps the hash of a person's new password.
func (s *Store) UpdatePassword(ctx context.Context, user console.GUID, hash string) error {
	return s.writer(ctx).Exec(`UPDATE users SET password_hash = ? WHERE guid = ?`, hash, string(user)).Error
}

// BeginEpoch ends what a person began before by signing in and that goes on
// without a session.
func (s *Store) BeginEpoch(ctx context.Context, user console.GUID) error {
	return s.writer(ctx).Exec(`UPDATE users SET epoch = epoch + 1 WHERE guid = ?`, string(user)).Error
}

// EndSignIns ends everything that a person signed in to or is about to, but the
// session with the hash except, if any.
func (s *Store) EndSignIns(ctx context.Context, user console.GUID, except string) error {
	// Before the rest: a session that starts meanwhile is there to be ended, or
	// finds another epoch.
	if err := s.BeginEpoch(ctx, user); err != nil {
		return err
	}
	if err := s.writer(ctx).Exec(`DELETE FROM challenges WHERE user_guid = ?`, string(user)).Error; err != nil {
		return err
	}
	return s.DeleteSessionsOf(ctx, user, except)
}

// ListUsers returns at most limit people by name.
func (s *Store) ListUsers(ctx context.Context, limit int) ([]console.User, error) {
	var rows []userRow
	err := s.reader(ctx).Omit("password_hash").Order("name_folded, guid").Limit(limit).Find(&rows).Error
	if err != nil {
		return nil, err
	}
	return s.usersOf(ctx, rows)
}

// usersOf makes people of rows.
func (s *Store) usersOf(ctx context.Context, rows []userRow) ([]console.User, error) {
	users, places := make([]console.User, len(rows)), make([]*console.User, len(rows))
	for i, row := range rows {
		users[i] = row.user()
		places[i] = &users[i]
	}
	return users, s.addMemberships(ctx, places...)
}

// AnyUser reports whether there is an account.
func (s *Store) AnyUser(ctx context.Context) (bool, error) {
	var guid string
	err := s.reader(ctx).Raw(`SELECT guid FROM users LIMIT 1`).Scan(&guid).Error
	return guid != "", err
}
