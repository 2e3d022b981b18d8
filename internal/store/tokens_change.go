package store

import (
	"context"
	"strings"
	"time"

	"latchkey/internal/console"
)

// UpdateToken writes what can change of t, which was at version when it was
// read; it is a conflict if it no longer is.
func (s *Store) UpdateToken(ctx context.Context, t console.Token, version int) error {
	err := s.changeToken(ctx, t.GUID, version, map[string]any{
		"name": t.Name, "name_folded": console.Fold(t.Name), "description": t.Description,
		"scopes": strings.Join(t.Scopes, " "), "valid_from": optional(t.ValidFrom), "valid_to": optional(t.ValidTo),
		"owner_guid": reference(t.Owner.GUID), "ip_filter_guid": reference(t.IPFilter.GUID),
		"disabled_at": optional(t.DisabledAt), "disabled_until": optional(t.DisabledUntil),
		"updated_at": millis(t.UpdatedAt), "phase": phaseOf(t, t.UpdatedAt),
	})
	if err != nil {
		return err
	}
	return s.replaceScopes(ctx, t)
}

func (s *Store) changeToken(ctx context.Context, guid console.GUID, version int, values map[string]any) error {
	values["version"] = version + 1
	done := s.writer(ctx).Model(&tokenRow{}).Where("guid = ? AND version = ?", string(guid), version).Updates(values)
	if done.Error == nil && done.RowsAffected != 1 {
		return console.Stale(console.Token{GUID: guid}.AsTarget())
	}
	return done.Error
}

// replaceScopes makes the scopes by which tokens are found those of t.
func (s *Store) replaceScopes(ctx context.Context, t console.Token) error {
	const ofToken = `token_id = (SELECT id FROM tokens WHERE guid = ?)`
	if err := s.writer(ctx).Exec(`DELETE FROM token_scopes WHERE `+ofToken, string(t.GUID)).Error; err != nil {
		return err
	}
	for _, scope := range t.Scopes {
		err := s.writer(ctx).Exec(`INSERT INTO token_scopes (scope, token_id) SELECT ?, id FROM tokens WHERE guid = ?`, scope, string(t.GUID)).Error
		if err != nil {
			return err
		}
	}
	return nil
}

// DeleteToken removes the record; what the audit log tells of it stays.
func (s *Store) DeleteToken(ctx context.Context, guid console.GUID) error {
	return s.writer(ctx).Exec(`DELETE FROM tokens WHERE guid = ?`, string(guid)).Error
}

// DeleteEndedTokens removes at most limit tokens that expired or were revoked
// at or before that time, and returns them by GUID and name. It passes over tokens that
// somebody is changing.
func (s *Store) DeleteEndedTokens(ctx context.Context, before time.Time, limit int) ([]console.Target, error) {
	var rows []struct {
		ID         int64
		GUID, Name string
	}
	err := s.writer(ctx).Raw(`SELECT t.id, t.guid, t.name FROM tokens t WHERE t.ends_at <= ? ORDER BY t.ends_at, t.guid LIMIT ?`+s.dialect.lockingFree(),
		millis(before), limit).Scan(&rows).Error
	if err != nil || len(rows) == 0 {
		return nil, err
	}
	ids, targets := make([]int64, len(rows)), make([]console.Target, len(rows))
	for i, row := range rows {
		ids[i] = row.ID
		targets[i] = console.Target{Kind: console.TargetToken, GUID: console.GUID(row.GUID), Name: row.Name}
	}
	return targets, s.writer(ctx).Exec(`DELETE FROM tokens WHERE id IN ?`, ids).Error
}
