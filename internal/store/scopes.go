package store

import (
	"context"
	"strings"
	"time"

	"latchkey/internal/console"
)

type scopeRow struct {
	Name      string `gorm:"primaryKey"`
	Own       int
	Label     string
	Grouping  string
	Risk      string
	Types     string
	RetiredAt *int64
	CreatedAt int64 `gorm:"autoCreateTime:false"`
	Version   int
}

func (scopeRow) TableName() string { return "scopes" }

// ListScopes returns the organization's own scopes and the marks on those of
// the catalogue, by name.
func (s *Store) ListScopes(ctx context.Context) ([]console.Scope, error) {
	var rows []scopeRow
	if err := s.reader(ctx).Order("name").Find(&rows).Error; err != nil {
		return nil, err
	}
	scopes := make([]console.Scope, len(rows))
	for i, row := range rows {
		scopes[i] = console.Scope{
			Name: row.Name, Label: row.Label, Group: row.Grouping, Risk: console.Risk(row.Risk),
			Own: row.Own == 1, Retired: row.RetiredAt != nil, Version: row.Version,
		}
		for _, t := range strings.Fields(row.Types) {
			scopes[i].Types = append(scopes[i].Types, console.Type(t))
		}
	}
	return scopes, nil
}

// InsertScope adds a scope of the organization's own, or a mark on one of the
// catalogue.
func (s *Store) InsertScope(ctx context.Context, scope console.Scope, now time.Time) error {
	row := newScopeRow(scope, now)
	row.Version = 1
	return s.writer(ctx).Create(&row).Error
}

// UpdateScope writes a scope that is still at version.
func (s *Store) UpdateScope(ctx context.Context, scope console.Scope, version int, now time.Time) error {
	row := newScopeRow(scope, now)
	done := s.writer(ctx).Model(&scopeRow{}).Where("name = ? AND version = ?", scope.Name, version).Updates(map[string]any{
		"label": row.Label, "grouping": row.Grouping, "risk": row.Risk, "types": row.Types,
		"retired_at": row.RetiredAt, "version": version + 1,
	})
	if done.Error == nil && done.RowsAffected != 1 {
		return console.Stale(scope.AsTarget())
	}
	return done.Error
}

func newScopeRow(scope console.Scope, now time.Time) scopeRow {
	types := make([]string, len(scope.Types))
	for i, t := range scope.Types {
		types[i] = string(t)
	}
	row := scopeRow{
		Name: scope.Name, Label: scope.Label, Grouping: scope.Group, Risk: string(scope.Risk),
		Types: strings.Join(types, " "), CreatedAt: millis(now),
	}
	if scope.Own {
		row.Own = 1
	}
	if scope.Retired {
		row.RetiredAt = &row.CreatedAt
	}
	return row
}

// CountScopeUse returns how many tokens have each scope that any token has.
func (s *Store) CountScopeUse(ctx context.Context) (map[string]int, error) {
	var rows []struct {
		Scope  string
		Tokens int
	}
	if err := s.reader(ctx).Raw(`SELECT scope, COUNT(*) AS tokens FROM token_scopes GROUP BY scope`).Scan(&rows).Error; err != nil {
		return nil, err
	}
	use := make(map[string]int, len(rows))
	for _, row := range rows {
		use[row.Scope] = row.Tokens
	}
	return use, nil
}
