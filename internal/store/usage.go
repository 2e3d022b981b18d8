package store

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"latchkey/internal/console"
)

// A SecretUse is when a secret was last used, by its hash.
type SecretUse struct {
	Hash []byte
	At   time.Time
}

// A TokenUse is what became of a token since that was written last.
type TokenUse struct {
	Token console.GUID
	// At is when it worked last, zero if it did not, and Address and Agent are
	// from where and by what.
	At      time.Time
	Address string
	Agent   string
	Counts  []console.DayCount
}

// usageRows is how many rows one statement writes.
const usageRows = 500

// NoteSecretUses keeps when secrets were last used, which come in the order of
// their hashes, each once. Of those that are gone it keeps nothing.
func (s *Store) NoteSecretUses(ctx context.Context, uses []SecretUse) error {
	for some := range slices.Chunk(uses, usageRows) {
		hashes := make([][]byte, len(some))
		var rows values
		for i, use := range some {
			hashes[i] = use.Hash
			rows.add("(CAST(? AS BIGINT), "+s.dialect.blob()+")", millis(use.At), use.Hash)
		}
		// Secrets are locked in the order of their hashes, whatever the update's is.
		var locked [][]byte
		err := s.writer(ctx).Raw(`SELECT t.hash FROM secrets t WHERE t.hash IN ? ORDER BY t.hash`+s.dialect.changing(), hashes).Scan(&locked).Error
		if err != nil {
			return err
		}
		err = rows.each(func(list string, args []any) error {
			// COALESCE leaves SQLite no index to make on many values, by which it would look
			// at every secret that there is.
			return s.writer(ctx).Exec(`UPDATE secrets SET used_at = v.column1 FROM (VALUES `+list+`) AS v
				WHERE secrets.hash = COALESCE(v.column2, NULL) AND COALESCE(secrets.used_at, 0) < v.column1`, args...).Error
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// values are the rows of a VALUES list.
type values struct {
	sql  []string
	args []any
	// width is how many arguments a row has.
	width int
}

func (v *values) add(row string, args ...any) {
	v.sql = append(v.sql, row)
	v.args = append(v.args, args...)
	v.width = len(args)
}

// each calls write with the list, or with its parts if it is a long one.
func (v *values) each(write func(list string, args []any) error) error {
	for first := 0; first < len(v.sql); first += usageRows {
		end := min(first+usageRows, len(v.sql))
		if err := write(strings.Join(v.sql[first:end], ", "), v.args[first*v.width:end*v.width]); err != nil {
			return err
		}
	}
	return nil
}

// AddTokenUses keeps what became of tokens, in the transaction that s is. It
// waits for nobody who is changing a token, but returns such tokens as busy;
// of those that are gone it keeps nothing.
func (s *Store) AddTokenUses(ctx context.Context, uses []TokenUse) (busy []console.GUID, err error) {
	ids := map[console.GUID]int64{}
	for some := range slices.Chunk(uses, usageRows) {
		kept, away, err := s.keepTokens(ctx, some)
		if err != nil {
			return nil, err
		}
		maps.Copy(ids, kept)
		busy = append(busy, away...)
	}
	uses = slices.DeleteFunc(slices.Clone(uses), func(use TokenUse) bool { return ids[use.Token] == 0 })
	// Two servers that write at once do so in the same order.
	slices.SortFunc(uses, func(a, b TokenUse) int { return cmp.Compare(ids[a.Token], ids[b.Token]) })
	var last, days values
	for _, use := range uses {
		if !use.At.IsZero() {
			last.add("(?, '', 0, ?, ?, ?)", ids[use.Token], millis(use.At), use.Address, use.Agent)
		}
		slices.SortFunc(use.Counts, console.DayCount.Compare)
		for _, count := range use.Counts {
			days.add("(CAST(? AS BIGINT), CAST(? AS INTEGER), ?, CAST(? AS BIGINT))", ids[use.Token], int(count.Day), string(count.Reason), count.N)
		}
	}
	if err := s.upsertUses(ctx, last, days); err != nil {
		return nil, err
	}
	return busy, s.addRepositoryDays(ctx, days)
}

// addRepositoryDays adds counts of tokens on days to those of their repositories,
// whose rows everybody writes. Servers take turns from here on, so it comes last.
func (s *Store) addRepositoryDays(ctx context.Context, days values) error {
	if len(days.sql) == 0 {
		return nil
	}
	if err := s.Exclusive(ctx, "repository days"); err != nil {
		return err
	}
	return days.each(func(list string, args []any) error {
		return s.writer(ctx).Exec(`INSERT INTO repository_days (repository_guid, day, allowed, refused)
			SELECT COALESCE((SELECT CASE COUNT(*) WHEN 1 THEN MIN(r.repository_guid) WHEN 0 THEN '' ELSE '`+SeveralRepositories+`' END
					FROM token_repositories r WHERE r.token_id = v.column1), '') AS guid,
				v.column2, SUM(CASE WHEN v.column3 = '' THEN v.column4 ELSE 0 END), SUM(CASE WHEN v.column3 = '' THEN 0 ELSE v.column4 END)
			FROM (VALUES `+list+`) AS v WHERE true GROUP BY guid, v.column2
			ON CONFLICT (day, repository_guid) DO UPDATE SET allowed = repository_days.allowed + excluded.allowed, refused = repository_days.refused + excluded.refused`,
			args...).Error
	})
}

// keepTokens keeps tokens from going until the transaction ends, apart from
// those that somebody else has locked, and returns their ids.
func (s *Store) keepTokens(ctx context.Context, uses []TokenUse) (ids map[console.GUID]int64, busy []console.GUID, err error) {
	guids := make([]string, len(uses))
	for i, use := range uses {
		guids[i] = string(use.Token)
	}
	var rows []struct {
		ID   int64
		GUID string
	}
	err = s.writer(ctx).Raw(`SELECT t.id, t.guid FROM tokens t WHERE t.guid IN ?`+s.dialect.keepingFree(), guids).Scan(&rows).Error
	if err != nil {
		return nil, nil, err
	}
	ids = map[console.GUID]int64{}
	for _, row := range rows {
		ids[console.GUID(row.GUID)] = row.ID
	}
	if len(ids) == len(uses) {
		return ids, nil, nil
	}
	guids = slices.DeleteFunc(guids, func(guid string) bool { return ids[console.GUID(guid)] != 0 })
	err = s.writer(ctx).Raw(`SELECT guid FROM tokens WHERE guid IN ?`, guids).Scan(&busy).Error
	return ids, busy, err
}

// upsertUses writes to rows that there are of every token, in the order of the
// values, which an UPDATE would not promise.
func (s *Store) upsertUses(ctx context.Context, last, days values) error {
	err := last.each(func(list string, args []any) error {
		return s.writer(ctx).Exec(`INSERT INTO token_uses (token_id, guid, phase, used_at, address, agent) VALUES `+list+`
			ON CONFLICT (token_id) DO UPDATE SET used_at = excluded.used_at, address = excluded.address, agent = excluded.agent
			WHERE excluded.used_at > token_uses.used_at`, args...).Error
	})
	if err != nil {
		return err
	}
	return days.each(func(list string, args []any) error {
		return s.writer(ctx).Exec(`INSERT INTO token_days (token_id, day, reason, n) VALUES `+list+`
			ON CONFLICT (token_id, day, reason) DO UPDATE SET n = token_days.n + excluded.n`, args...).Error
	})
}

// FindUsage returns how a token was used: last, and on the days from since to today.
func (s *Store) FindUsage(ctx context.Context, token console.GUID, since, today console.Day) (console.Usage, error) {
	usage := console.Usage{Since: since, Today: today}
	var rows []struct {
		UsedAt         *int64
		Address, Agent string
		Day            *int
		Reason         string
		N              int
	}
	err := s.reader(ctx).Raw(`SELECT NULLIF(u.used_at, 0) AS used_at, COALESCE(u.address, '') AS address, COALESCE(u.agent, '') AS agent, d.day, COALESCE(d.reason, '') AS reason, d.n
		FROM tokens t LEFT JOIN token_uses u ON u.token_id = t.id
			LEFT JOIN token_days d ON d.token_id = t.id AND d.day >= ? AND d.day <= ?
		WHERE t.guid = ? ORDER BY d.day, d.reason`, int(since), int(today), string(token)).Scan(&rows).Error
	for _, row := range rows {
		usage.UsedAt, usage.Address, usage.Agent = fromOptional(row.UsedAt), row.Address, row.Agent
		if row.Day != nil {
			usage.Counts = append(usage.Counts, console.DayCount{Day: console.Day(*row.Day), Reason: console.Reason(row.Reason), N: row.N})
		}
	}
	return usage, err
}

// DeleteOldUsage removes at most limit counts of days before that one, and
// answers how many.
func (s *Store) DeleteOldUsage(ctx context.Context, before console.Day, limit int) (int, error) {
	done := s.writer(ctx).Exec(fmt.Sprintf(`DELETE FROM token_days WHERE (token_id, day, reason) IN
		(SELECT token_id, day, reason FROM token_days WHERE day < ? ORDER BY day LIMIT %d)`, limit), int(before))
	return int(done.RowsAffected), done.Error
}

// usedAt is when a token t was last used, 0 if it never was. It is looked up
// for each row on its own, so that a list is still walked along its index.
const usedAt = `(SELECT u.used_at FROM token_uses u WHERE u.token_id = t.id)`

// unused is the narrowing by what was not used since then. To be counted, no order is
// kept.
func (s *Store) unused(since int64, counted bool) narrowing {
	const ids = `SELECT u.token_id AS id FROM token_uses u WHERE u.used_at <= ?`
	n := narrowing{
		along: usedColumn, within: "t.used_at <= ?",
		few: s.dialect.among(ids), set: s.dialect.in(ids), many: usedAt + ` <= ?`,
		args: []any{since}, manyArgs: []any{since}, related: true,
		keeps: func(t *sampled) bool { return t.usedAt() <= since },
	}
	if counted {
		n.many = `EXISTS (SELECT 1 FROM token_uses u WHERE u.token_id = t.id AND u.used_at <= ?)`
	}
	return n
}
