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

// holder is whose personal token was presented, as of the same moment.
type holder struct {
	Role, Scopes string
	DisabledAt   *int64
	// Memberships are the repositories' GUIDs, each with the role there behind
	// it, joined by slashes.
	Memberships *string
}

// heldRepositories are what a token t belongs to, or the person of a personal one.
const heldRepositories = `CASE WHEN ` + isPersonal + `
	THEN (SELECT string_agg(r.guid || r.name, '/') FROM memberships m JOIN repositories r ON r.guid = m.repository_guid WHERE m.user_guid = t.owner_guid)
	ELSE (SELECT string_agg(r.guid || r.name, '/') FROM token_repositories tr JOIN repositories r ON r.guid = tr.repository_guid WHERE tr.token_id = t.id) END`

// holderColumns are what the person of a personal token t is read from.
const holderColumns = `COALESCE(o.role, ''), COALESCE(o.scopes, ''), o.disabled_at, CASE WHEN ` + isPersonal + `
	THEN (SELECT string_agg(m.repository_guid || m.role, '/') FROM memberships m WHERE m.user_guid = t.owner_guid) END`

// person is the holder of t.
func (h holder) person(t console.Token) console.User {
	u := console.User{
		GUID: t.Owner.GUID, Name: t.Owner.Name, Role: console.Role(h.Role), Scopes: words(h.Scopes), DisabledAt: fromOptional(h.DisabledAt),
	}
	if h.Memberships != nil {
		u.Memberships = map[console.GUID]console.MemberRole{}
		for text := range strings.SplitSeq(*h.Memberships, "/") {
			u.Memberships[console.GUID(text[:console.GUIDLength])] = console.MemberRole(text[console.GUIDLength:])
		}
	}
	return u
}

// ListScopesForAsking is ListScopes over the connections of verification.
func (s *Store) ListScopesForAsking(ctx context.Context) (scopes []console.Scope, err error) {
	rows, err := s.asks.db.QueryContext(ctx, `SELECT name, grouping, own, CASE WHEN retired_at IS NULL THEN 0 ELSE 1 END FROM scopes`)
	if err != nil {
		return nil, translate(err)
	}
	err = eachRow(rows, func() error {
		var scope console.Scope
		err := rows.Scan(&scope.Name, &scope.Group, &scope.Own, &scope.Retired)
		scopes = append(scopes, scope)
		return err
	})
	return scopes, err
}
