package store

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"latchkey/internal/console"
)

// A token's phase is the status that it had when somebody last looked, as its
// place in console.Statuses. Along it the lists of a status are walked in any
// order. It is never believed: what has another status by now is unsettled. It is
// passed over along its phase, and found for its status by its dates.

// phaseOf is the phase of a token that is looked at now.
func phaseOf(t console.Token, now time.Time) int {
	return slices.Index(console.Statuses, t.Status(now))
}

// unsettled selects the ids of the tokens that have another status at now than
// their phase says, each by an index, some twice. What was revoked stays so.
func unsettled(d dialect, now time.Time) (string, []any) {
	var c conditions
	at := millis(now)
	c.add(`phase = 4 AND ends_at <= ?`, at)
	c.add(`phase = 4 AND starts_at > ?`, at)
	c.add(`phase = 3 AND ends_at <= ?`, at)
	c.add(`phase = 3 AND starts_at <= ?`, at)
	c.add(`phase = 2 AND ends_at <= ?`, at)
	c.add(`phase = 1 AND ends_at > ?`, at)
	parts := make([]string, len(c.sql))
	for i, condition := range c.sql {
		parts[i] = `SELECT id FROM tokens WHERE ` + condition
	}
	parts = append(parts,
		`SELECT id FROM tokens`+d.by("tokens_resumed")+` WHERE phase = 2 AND disabled_to >= 0 AND disabled_to <= ?`,
		`SELECT id FROM tokens`+d.by("tokens_paused")+` WHERE phase > 2 AND disabled_to > 0 AND disabled_to > ?`,
		`SELECT id FROM tokens`+d.by("tokens_unsettled")+` WHERE phase > 0 AND revoked_at IS NOT NULL`)
	return strings.Join(parts, ` UNION ALL `), append(c.args, at, at)
}

// rankCase is the place in console.Statuses of the status of a token t at now.
func rankCase(now time.Time) (string, []any) {
	var cases []string
	var args []any
	for rank, status := range console.Statuses {
		sql, sqlArgs := statusIs(status, now)
		cases = append(cases, fmt.Sprintf("WHEN %s THEN %d", sql, rank))
		args = append(args, sqlArgs...)
	}
	return "CASE " + strings.Join(cases, " ") + " END", args
}

// timeCase is what a token t stands by among those of its status at now; its
// arguments follow args.
func timeCase(now time.Time, args []any) (string, []any) {
	var cases []string
	for _, status := range []console.Status{console.StatusRevoked, console.StatusScheduled} {
		sql, sqlArgs := statusIs(status, now)
		cases = append(cases, "WHEN "+sql+" THEN t."+rankColumns[status])
		args = append(args, sqlArgs...)
	}
	return "CASE " + strings.Join(cases, " ") + " ELSE t.ends_at END", args
}

// SettleTokens brings the phases of at most limit tokens up to now, and answers
// how many, in the transaction that s is. Lists are right without it, and slow
// when there is much to settle. It passes over tokens whose uses are being written.
func (s *Store) SettleTokens(ctx context.Context, now time.Time, limit int) (int, error) {
	found, args := unsettled(s.dialect, now)
	var ids []int64
	err := s.writer(ctx).Raw(fmt.Sprintf(`SELECT t.id FROM tokens t WHERE t.id IN (%s) ORDER BY t.id LIMIT %d%s`, found, limit, s.dialect.lockingFree()), args...).Scan(&ids).Error
	if err != nil || len(ids) == 0 {
		return 0, err
	}
	rank, args := rankCase(now)
	return len(ids), s.writer(ctx).Exec(`UPDATE tokens AS t SET phase = `+rank+` WHERE t.id IN ?`, append(args, ids)...).Error
}
