package store

import (
	"context"
	"strings"
	"time"

	"latchkey/internal/console"
)

type policyRow struct {
	Type             string `gorm:"primaryKey"`
	Allowed          int
	MaximumDays      int
	IPFilterRequired int     `gorm:"column:ip_filter_required"`
	IPFilterGUID     *string `gorm:"column:ip_filter_guid"`
	IPFilterName     string  `gorm:"->;column:ip_filter_name"`
	PermissionsFixed int     `gorm:"column:permissions_fixed"`
	UpdatedAt        int64   `gorm:"autoUpdateTime:false"`
	Version          int
}

func (policyRow) TableName() string { return "policies" }

func bit(set bool) int {
	if set {
		return 1
	}
	return 0
}

// ListPolicies returns the policies that somebody set.
func (s *Store) ListPolicies(ctx context.Context) (console.Policies, error) {
	var rows []policyRow
	err := s.reader(ctx).Raw(`SELECT t.*, COALESCE(f.name, '') AS ip_filter_name FROM policies t LEFT JOIN ip_filters f ON f.guid = t.ip_filter_guid`).Scan(&rows).Error
	if err != nil {
		return nil, err
	}
	policies := console.Policies{}
	for _, row := range rows {
		t := console.Type(row.Type)
		policy := console.Policy{
			Type: t, Allowed: row.Allowed == 1, MaximumDays: row.MaximumDays,
			IPFilterRequired: row.IPFilterRequired == 1, PermissionsFixed: row.PermissionsFixed == 1, Version: row.Version,
		}
		if row.IPFilterGUID != nil {
			policy.IPFilter = console.IPFilterRef{GUID: console.GUID(*row.IPFilterGUID), Name: row.IPFilterName}
		}
		policies[t] = policy
	}
	return policies, nil
}

// UpdatePolicy writes p, which was at version when it was read; it is a
// conflict if it no longer is.
func (s *Store) UpdatePolicy(ctx context.Context, p console.Policy, version int, now time.Time) error {
	row := policyRow{
		Type: string(p.Type), Allowed: bit(p.Allowed), MaximumDays: p.MaximumDays, IPFilterRequired: bit(p.IPFilterRequired),
		IPFilterGUID:     reference(p.IPFilter.GUID),
		PermissionsFixed: bit(p.PermissionsFixed), UpdatedAt: millis(now), Version: version + 1,
	}
	if version == 0 {
		return s.writer(ctx).Create(&row).Error
	}
	done := s.writer(ctx).Model(&policyRow{}).Where("type = ? AND version = ?", row.Type, version).Updates(map[string]any{
		"allowed": row.Allowed, "maximum_days": row.MaximumDays, "ip_filter_required": row.IPFilterRequired, "ip_filter_guid": row.IPFilterGUID,
		"permissions_fixed": row.PermissionsFixed, "updated_at": row.UpdatedAt, "version": row.Version,
	})
	if done.Error == nil && done.RowsAffected != 1 {
		return console.Stale(p.AsTarget())
	}
	return done.Error
}

// unfiltered is the condition that a token t has no IP filter.
const unfiltered = "t.ip_filter_guid IS NULL"

// misfits is the condition that a token t does not fit a rule of p at now.
func misfits(p console.Policy, rule console.PolicyRule, now time.Time) (string, []any) {
	switch rule {
	case console.RuleMaximum:
		return "t.ends_at > ?", []any{millis(p.Latest(now))}
	case console.RuleIPFilter:
		if p.IPFilter.GUID != "" {
			return "(" + unfiltered + " OR t.ip_filter_guid <> ?)", []any{string(p.IPFilter.GUID)}
		}
		return unfiltered, nil
	case console.RuleAllowed:
		return "1 = 1", nil
	}
	return "1 = 0", nil
}

// FindMisfits returns how many tokens of p's type that are active, scheduled or
// disabled at now don't fit each of the rules, and the first of them by name.
func (s *Store) FindMisfits(ctx context.Context, p console.Policy, rules []console.PolicyRule, now time.Time) (console.PolicyPreview, error) {
	var preview console.PolicyPreview
	if len(rules) == 0 {
		return preview, nil
	}
	var live conditions
	live.add("t.type = ? AND t.revoked_at IS NULL AND t.ends_at > ?", string(p.Type), millis(now))
	count := func(c conditions) (n int, err error) {
		err = s.reader(ctx).Raw(`SELECT COUNT(*) FROM tokens t`+c.where(), c.args...).Scan(&n).Error
		return n, err
	}
	var either []string
	var args []any
	for _, rule := range rules {
		sql, of := misfits(p, rule, now)
		either, args = append(either, sql), append(args, of...)
		n, err := count(live.and(sql, of...))
		if err != nil {
			return preview, err
		}
		if n > 0 {
			preview.Misfits = append(preview.Misfits, console.Misfit{Rule: rule, Tokens: n})
		}
	}
	by := live.and("("+strings.Join(either, " OR ")+")", args...)
	var err error
	if preview.Tokens, err = count(by); err != nil || preview.Tokens == 0 {
		return preview, err
	}
	var rows []tokenRow
	err = s.reader(ctx).Raw(`SELECT `+listedColumns+tokenTables+by.where()+` ORDER BY t.name_folded, t.guid LIMIT ?`,
		append(by.args, console.MisfitLimit)...).Scan(&rows).Error
	preview.Named = tokensOf(rows)
	return preview, err
}
