package store

import (
	"context"
	"strings"
	"time"

	"latchkey/internal/console"
)

// isPersonal is the condition that a token t is a personal one.
const isPersonal = `t.type = '` + string(console.TypePersonal) + `'`

// FindPersonalToken returns the personal token of somebody that has not ended at
// now; not_found if they have none.
func (s *Store) FindPersonalToken(ctx context.Context, user console.GUID, now time.Time) (console.Token, error) {
	return s.personalToken(ctx, user, now, "")
}

// LockPersonalToken is FindPersonalToken for a transaction that will change it.
func (s *Store) LockPersonalToken(ctx context.Context, user console.GUID, now time.Time) (console.Token, error) {
	return s.personalToken(ctx, user, now, s.dialect.locking())
}

func (s *Store) personalToken(ctx context.Context, user console.GUID, now time.Time, locking string) (console.Token, error) {
	row, err := s.oneToken(ctx, `SELECT `+listedColumns+tokenTables+`WHERE `+isPersonal+` AND t.owner_guid = ?
		AND t.revoked_at IS NULL AND t.ends_at > ? ORDER BY t.id DESC LIMIT 1`+locking, string(user), millis(now))
	if err != nil {
		return console.Token{}, err
	}
	return row.token(), nil
}

// lentColumns are what a personal token t is worth beside what it is itself, which
// is what its person is, and which dashboard a link opens. Lists are GUIDs, each
// with a name or a role behind it, joined by slashes.
const lentColumns = `COALESCE(o.role, ''), COALESCE(o.scopes, ''), o.disabled_at, EXISTS (SELECT 1 FROM factors a WHERE a.user_guid = o.guid),
	(SELECT string_agg(r.guid || r.name, '/') FROM memberships m JOIN repositories r ON r.guid = m.repository_guid WHERE m.user_guid = o.guid),
	(SELECT string_agg(m.repository_guid || m.role, '/') FROM memberships m WHERE m.user_guid = o.guid),
	(SELECT l.asset_guid FROM dashboard_links l WHERE l.token_id = t.id)`

// scanLent reads foundColumns and lentColumns.
func scanLent(row scanner) (hash []byte, found FoundSecret, err error) {
	var person console.User
	var scopes string
	var disabledAt *int64
	var repositories, memberships, dashboard *string
	hash, found, err = scanFound(row, &person.Role, &scopes, &disabledAt, &person.SecondFactor, &repositories, &memberships, &dashboard)
	if err != nil {
		return nil, FoundSecret{}, err
	}
	if dashboard != nil {
		found.Token.Dashboard = console.GUID(*dashboard)
	}
	if found.Token.Type != console.TypePersonal {
		return hash, found, nil
	}
	found.Token.Repositories = tokenRow{Repositories: repositories}.repositories()
	inOrder(found.Token.Repositories)
	person.GUID, person.Name = found.Token.Owner.GUID, found.Token.Owner.Name
	person.Scopes, person.DisabledAt = words(scopes), fromOptional(disabledAt)
	if memberships != nil {
		person.Memberships = map[console.GUID]console.MemberRole{}
		for text := range strings.SplitSeq(*memberships, "/") {
			person.Memberships[console.GUID(text[:console.GUIDLength])] = console.MemberRole(text[console.GUIDLength:])
		}
	}
	found.Holder = &person
	return hash, found, nil
}

// findLent is FindSecrets for personal tokens and links to dashboards: all that
// they are worth, and the scopes that the organization added, as of one moment.
func (s *Store) findLent(ctx context.Context, hashes [][]byte, visit func(hash []byte, found FoundSecret, own []console.Scope)) error {
	tx, err := s.asks.db.BeginTx(ctx, s.dialect.snapshot())
	if err != nil {
		return translate(err)
	}
	defer func() { _ = tx.Rollback() }() // nothing was changed
	rows, err := tx.QueryContext(ctx, `SELECT name, grouping, own, CASE WHEN retired_at IS NULL THEN 0 ELSE 1 END FROM scopes`)
	if err != nil {
		return translate(err)
	}
	var own []console.Scope
	err = eachRow(rows, func() error {
		var scope console.Scope
		err := rows.Scan(&scope.Name, &scope.Group, &scope.Own, &scope.Retired)
		own = append(own, scope)
		return err
	})
	if err != nil {
		return err
	}
	among, args := s.dialect.hashes(hashes)
	if rows, err = tx.QueryContext(ctx, `SELECT `+foundColumns+`, `+lentColumns+secretTables+among, args...); err != nil {
		return translate(err)
	}
	return eachRow(rows, func() error {
		hash, found, err := scanLent(rows)
		if err == nil {
			visit(hash, found, own)
		}
		return err
	})
}
