package store

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"latchkey/internal/console"
)

// conditions are joined by AND.
type conditions struct {
	sql  []string
	args []any
}

func (c *conditions) add(sql string, args ...any) {
	c.sql = append(c.sql, sql)
	c.args = append(c.args, args...)
}

func (c conditions) where() string {
	if len(c.sql) == 0 {
		return ""
	}
	return " WHERE " + strings.Join(c.sql, " AND ")
}

// passes is 1 where all conditions hold, asked one after the other, and NULL elsewhere.
func (c conditions) passes() string {
	return "CASE WHEN " + strings.Join(c.sql, " AND ") + " THEN 1 END"
}

// and returns c with one more condition, leaving c as it is.
func (c conditions) and(sql string, args ...any) conditions {
	joined := conditions{sql: append([]string(nil), c.sql...), args: append([]any(nil), c.args...)}
	if sql != "" {
		joined.add(sql, args...)
	}
	return joined
}

// with returns c with the conditions of other, leaving both as they are.
func (c conditions) with(other conditions) conditions {
	return conditions{sql: slices.Concat(c.sql, other.sql), args: slices.Concat(c.args, other.args)}
}

const inRepository = `EXISTS (SELECT 1 FROM token_repositories tr WHERE tr.token_id = t.id AND tr.repository_guid = ?)`

// filterTokens is f apart from its status, for a list or, without one, for counting.
func (s *Store) filterTokens(ctx context.Context, f console.TokenFilter, list *tokenList, now time.Time) (narrowed, error) {
	var n narrowed
	var others []func(*sampled) bool
	if f.Status == console.FilterExpiring {
		others = append(others, func(t *sampled) bool { return t.Expiring(now, console.NoticeWindow) })
	}
	if sql, args := within(f.Visible); f.Visible.NoTokens() || len(f.Visible.Types) > 0 {
		n.where.add(sql, args...)
	}
	for _, word := range console.Words(f.Name) {
		if _, indexed := s.search(nameColumn, word); !indexed {
			sql, args := s.dialect.contains(nameColumn, word)
			n.named.add(sql, args...)
			others = append(others, func(t *sampled) bool { return strings.Contains(t.name, word) })
		}
	}
	digits, ok := console.GUIDDigits(f.GUID)
	if _, indexed := s.searchGUID(digits); !ok {
		n.where.add("1 = 0")
	} else if digits != "" && !indexed {
		sql, args := s.dialect.contains(digitsColumn, digits)
		n.where.add(sql, args...)
		others = append(others, func(t *sampled) bool { return strings.Contains(t.digits, digits) })
	}
	if sql, args, indexed := s.either(f.Search); sql != "" && !indexed {
		n.where.add(sql, args...)
		others = append(others, func(t *sampled) bool { return found(f.Search, t) })
	}
	n.where.traits(f.Traits)
	if f.ExpiresWithin > 0 {
		n.where.add("t.revoked_at IS NULL")
	}
	return s.narrow(ctx, n, s.narrowings(f, list == nil, now), others, console.Words(f.Name), list, now)
}

// traits are the conditions of traits, apart from that of TraitRisky.
func (c *conditions) traits(traits []console.Trait) {
	for _, trait := range traits {
		switch trait {
		case console.TraitEndless:
			c.add("t.ends_at = ?", never)
		case console.TraitOrphaned:
			c.add("t.owner_guid IN (SELECT guid FROM users WHERE disabled_at IS NOT NULL)")
		case console.TraitOpen:
			c.add("t.ip_filter_guid IS NULL")
		}
	}
}

// statusIs is the condition that a token has the status at now. It says in SQL
// what console.Token.Status says in Go, in ranges that an index can serve.
func statusIs(status console.Status, now time.Time) (string, []any) {
	at := millis(now)
	switch status {
	case console.StatusRevoked:
		return "t.revoked_at IS NOT NULL", nil
	case console.StatusExpired:
		return "t.revoked_at IS NULL AND t.ends_at <= ?", []any{at}
	case console.StatusDisabled:
		return "t.revoked_at IS NULL AND t.disabled_at IS NOT NULL AND t.ends_at > ? AND t.disabled_to > ?", []any{at, at}
	case console.StatusScheduled:
		return "t.revoked_at IS NULL AND t.ends_at > ? AND t.disabled_to <= ? AND t.starts_at > ?", []any{at, at, at}
	case console.StatusActive:
		return "t.revoked_at IS NULL AND t.ends_at > ? AND t.disabled_to <= ? AND t.starts_at <= ?", []any{at, at, at}
	}
	return "1 = 0", nil
}

// statusPasses is the condition that a token passes the status filter at now,
// as console.StatusFilter.Keeps says in Go; empty for all.
func statusPasses(f console.StatusFilter, retention time.Duration, now time.Time) (string, []any) {
	at := millis(now)
	switch f {
	case console.FilterAll, "":
		return "", nil
	case console.FilterCurrent:
		return "t.revoked_at IS NULL AND t.ends_at > ? AND (t.ends_at <= ? OR t.disabled_to <= ?)",
			[]any{currentSince(retention, now), at, at}
	case console.FilterInactive:
		return "(t.revoked_at IS NOT NULL OR t.ends_at <= ? OR t.disabled_to > ? OR t.starts_at > ?)", []any{at, at, at}
	case console.FilterExpiring:
		sql, args := statusIs(console.StatusActive, now)
		return sql + " AND t.ends_at <= ?", append(args, millis(now.Add(console.NoticeWindow)))
	}
	return statusIs(console.Status(f), now)
}

// currentSince is after when a token must have ended to be current.
func currentSince(retention time.Duration, now time.Time) int64 {
	return millis(now.Add(-cmp.Or(retention, console.RetentionWindow)))
}
