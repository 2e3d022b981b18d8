package store

import (
	"context"
	"time"

	"latchkey/internal/console"
)

// FindSettings returns what somebody set, the defaults if nobody ever did.
func (s *Store) FindSettings(ctx context.Context) (console.Settings, error) {
	var row struct {
		Organization                                             string
		SessionIdle, SessionAbsolute, Retention, RetentionWindow int64
		Version                                                  int
	}
	done := s.reader(ctx).Raw(`SELECT organization, session_idle, session_absolute, retention, retention_window, version FROM settings`).Scan(&row)
	if done.Error != nil || row.Version == 0 {
		return console.DefaultSettings(), done.Error
	}
	duration := func(ms int64) time.Duration { return time.Duration(ms) * time.Millisecond }
	return console.Settings{
		Organization: row.Organization, Version: row.Version,
		Sessions:  console.SessionLimits{Idle: duration(row.SessionIdle), Absolute: duration(row.SessionAbsolute)},
		Retention: duration(row.Retention), RetentionWindow: duration(row.RetentionWindow),
	}, nil
}

// UpdateSettings writes settings, which were at version when they were read; it
// is a conflict if they no longer are.
func (s *Store) UpdateSettings(ctx context.Context, settings console.Settings, version int) error {
	values := []any{
		settings.Organization, settings.Sessions.Idle.Milliseconds(), settings.Sessions.Absolute.Milliseconds(),
		settings.Retention.Milliseconds(), settings.RetentionWindow.Milliseconds(), version + 1,
	}
	statement := `UPDATE settings SET organization = ?, session_idle = ?, session_absolute = ?, retention = ?, retention_window = ?, version = ?
		WHERE version = ?`
	if version == 0 {
		statement = `INSERT INTO settings (organization, session_idle, session_absolute, retention, retention_window, version, id)
			VALUES (?, ?, ?, ?, ?, ?, 1 + ?) ON CONFLICT DO NOTHING`
	}
	done := s.writer(ctx).Exec(statement, append(values, version)...)
	if done.Error != nil {
		return done.Error
	}
	if done.RowsAffected != 1 {
		return console.Stale(settings.AsTarget())
	}
	return nil
}
