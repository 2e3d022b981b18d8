package store

import (
	"cmp"
	"context"
	"database/sql"
	"maps"
	"slices"
	"strings"

	"gorm.io/gorm"

	"latchkey/internal/console"
)

// representatives are the tokens with these ids, each with the size of its group.
func (s *Store) representatives(ctx context.Context, ids []int64, sizes map[int64]int) ([]console.TokenGroup, error) {
	var groups []console.TokenGroup
	for some := range slices.Chunk(ids, usageRows) {
		var rows []tokenRow
		if err := s.reader(ctx).Raw(`SELECT `+tokenColumns+tokenTables+`WHERE t.id IN ?`, some).Scan(&rows).Error; err != nil {
			return nil, err
		}
		for _, row := range rows {
			groups = append(groups, console.TokenGroup{Token: row.token(), N: sizes[row.ID]})
		}
	}
	return groups, nil
}

// InsertBulkOutcomes notes that the tokens with these ids are part of a job, and
// answers how many of them there still are.
func (s *Store) InsertBulkOutcomes(ctx context.Context, job int64, ids []int64) (int, error) {
	done := s.writer(ctx).Exec(`INSERT INTO bulk_outcomes (job_id, place, token_guid, token_name)
		SELECT ?, t.id, t.guid, t.name FROM tokens t WHERE t.id IN ?`, job, ids)
	return int(done.RowsAffected), done.Error
}

// A BulkItem is a token of a job by its place in it.
type BulkItem struct {
	Place     int64
	TokenGUID console.GUID `gorm:"column:token_guid"`
}

// ListBulkItems returns the next tokens of a job, at most limit.
func (s *Store) ListBulkItems(ctx context.Context, job, after int64, limit int) ([]BulkItem, error) {
	var items []BulkItem
	err := s.reader(ctx).Raw(`SELECT place, token_guid FROM bulk_outcomes WHERE job_id = ? AND place > ? ORDER BY place LIMIT ?`, job, after, limit).Scan(&items).Error
	return items, err
}

// LockTokens locks those of the tokens that exist, in one order for everybody.
func (s *Store) LockTokens(ctx context.Context, guids []console.GUID) ([]console.Token, error) {
	var rows []tokenRow
	err := s.reader(ctx).Raw(`SELECT `+tokenColumns+tokenTables+`WHERE t.guid IN ? ORDER BY t.id`+s.dialect.locking(), guids).Scan(&rows).Error
	return tokensOf(rows), err
}

// NoteBulkOutcomes keeps that the tokens at these places, in their order, had this
// outcome. It looks at no others of the job: without the range PostgreSQL would.
func (s *Store) NoteBulkOutcomes(ctx context.Context, job int64, effect console.Effect, why string, places []int64) error {
	return s.writer(ctx).Exec(`UPDATE bulk_outcomes SET effect = ?, why = ? WHERE job_id = ? AND place BETWEEN ? AND ? AND place IN ?`,
		string(effect), why, job, places[0], places[len(places)-1], places).Error
}

// EachBulkOutcome calls visit with the outcomes of a job until it fails, in
// constant memory and without a transaction that stays open.
func (s *Store) EachBulkOutcome(ctx context.Context, job int64, visit func(console.BulkOutcome) error) error {
	type outcomeRow struct {
		Place                int64
		TokenGUID, TokenName string
		Effect, Why          string
	}
	for last := int64(0); ; {
		var rows []outcomeRow
		err := s.reader(ctx).Raw(`SELECT place, token_guid AS token_guid, token_name, effect, why FROM bulk_outcomes
			WHERE job_id = ? AND place > ? ORDER BY place LIMIT ?`, job, last, auditBatch).Scan(&rows).Error
		if err != nil || len(rows) == 0 {
			return err
		}
		for _, row := range rows {
			err := visit(console.BulkOutcome{GUID: console.GUID(row.TokenGUID), Name: row.TokenName, Effect: console.Effect(row.Effect), Why: row.Why})
			if err != nil {
				return err
			}
			last = row.Place
		}
	}
}

// A tokensPart is what a bulk request makes of a part of its tokens. All else that it
// changes is alike in all of them.
type tokensPart struct {
	phase  int
	scopes string
}

// ChangeTokens writes to locked tokens what a bulk request made of them.
func (s *Store) ChangeTokens(ctx context.Context, b console.BulkRequest, after []console.Token) error {
	parts, guids := map[tokensPart][]string{}, make([]string, len(after))
	for i, t := range after {
		guids[i] = string(t.GUID)
		part := tokensPart{phase: phaseOf(t, t.UpdatedAt)}
		if b.Verb == console.BulkAddScope || b.Verb == console.BulkRemoveScope {
			part.scopes = strings.Join(t.Scopes, " ")
		}
		parts[part] = append(parts[part], guids[i])
	}
	order := func(a, b tokensPart) int {
		return cmp.Or(cmp.Compare(a.phase, b.phase), cmp.Compare(a.scopes, b.scopes))
	}
	for _, part := range slices.SortedFunc(maps.Keys(parts), order) {
		if err := s.changeTokens(ctx, b.Verb, after[0], part, parts[part]); err != nil {
			return err
		}
	}
	return s.changeScope(ctx, b, guids)
}

func (s *Store) changeTokens(ctx context.Context, verb console.BulkVerb, t console.Token, part tokensPart, guids []string) error {
	if verb == console.BulkDelete {
		return s.writer(ctx).Exec(`DELETE FROM tokens WHERE guid IN ?`, guids).Error
	}
	values := map[string]any{"phase": part.phase, "updated_at": millis(t.UpdatedAt), "version": gorm.Expr("version + 1")}
	switch verb {
	case console.BulkRevoke:
		values["revoked_at"], values["valid_to"], values["revoke_reason"] = optional(t.RevokedAt), optional(t.ValidTo), t.RevokeReason
	case console.BulkDisable, console.BulkEnable:
		values["disabled_at"], values["disabled_until"] = optional(t.DisabledAt), optional(t.DisabledUntil)
	case console.BulkExtend:
		values["valid_to"] = optional(t.ValidTo)
	case console.BulkTransfer:
		values["owner_guid"] = reference(t.Owner.GUID)
	case console.BulkAddScope, console.BulkRemoveScope:
		values["scopes"] = part.scopes
	}
	done := s.writer(ctx).Model(&tokenRow{}).Where("guid IN ?", guids).Updates(values)
	if done.Error == nil && int(done.RowsAffected) != len(guids) {
		return sql.ErrNoRows // they are locked
	}
	return done.Error
}

// changeScope has the tokens be found by the scope that a bulk request gave them, or
// not be found by the one that it took.
func (s *Store) changeScope(ctx context.Context, b console.BulkRequest, guids []string) error {
	switch {
	case len(guids) == 0:
		return nil
	case b.Verb == console.BulkAddScope:
		return s.writer(ctx).Exec(`INSERT INTO token_scopes (scope, token_id) SELECT ?, id FROM tokens WHERE guid IN ?
			ON CONFLICT DO NOTHING`, b.Scope, guids).Error
	case b.Verb == console.BulkRemoveScope:
		return s.writer(ctx).Exec(`DELETE FROM token_scopes WHERE scope = ? AND token_id IN (SELECT id FROM tokens WHERE guid IN ?)`, b.Scope, guids).Error
	}
	return nil
}
