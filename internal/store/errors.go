package store

import (
	"context"
	"errors"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/ncruces/go-sqlite3"
	"gorm.io/gorm"

	"latchkey/internal/console"
)

// translated is a GORM dialector that makes every error the database gives into
// what the console says, in one place.
type translated struct{ gorm.Dialector }

// Translate implements gorm.ErrorTranslator.
func (translated) Translate(err error) error { return translate(err) }

// uniques says what a violated unique constraint means, by its name in
// PostgreSQL and its columns in SQLite.
var uniques = []struct {
	postgres, sqlite string
	err              error
}{
	{"tokens_guid_key", "tokens.guid", console.Conflict("guid", "A token with this GUID exists already.")},
	{"secrets_by_rotation", "secrets.rotation", console.Conflict("rotation", "This rotation was made before.")},
	{"repositories_name_key", "repositories.name_folded", console.Conflict("name", "There is already a repository or view with that name.")},
	{"ip_filters_name_key", "ip_filters.name_folded", console.Conflict("name", "There is already an IP filter with that name.")},
	{"assets_resource_key", "assets.resource", console.Conflict("resource", "There is already something registered with that identifier.")},
	{"assets_name_key", "assets.name_folded", console.Conflict("name", "This repository already has one of that type with that name.")},
	{"users_email_key", "users.email_folded", console.Conflict("email", "There is already an account with that address.")},
	{"factors_handle_key", "factors.handle", console.Conflict("", "You have that second factor already.")},
}

func translate(err error) error {
	var known *console.Error
	switch {
	case err == nil, errors.As(err, &known), errors.Is(err, context.Canceled):
		return err
	case errors.Is(err, gorm.ErrRecordNotFound):
		return console.NotFound()
	}
	if e, ok := errors.AsType[*pgconn.PgError](err); ok {
		return translatePostgres(e)
	}
	if e, ok := errors.AsType[*sqlite3.Error](err); ok {
		return translateSQLite(e)
	}
	if isGORM(err) {
		return err
	}
	// What is left comes from the way to the database: refused, closed, timed out.
	return console.Unavailable(err)
}

func translatePostgres(e *pgconn.PgError) error {
	if e.Code == "23505" {
		for _, u := range uniques {
			if u.postgres == e.ConstraintName {
				return u.err
			}
		}
		return e
	}
	switch e.Code[:2] {
	case "08", "25", "40", "53", "55", "57", "58": // connection, read-only, rollback, resources, locks, intervention, system
		return console.Unavailable(e)
	}
	return e
}

func translateSQLite(e *sqlite3.Error) error {
	switch e.ExtendedCode() {
	case sqlite3.CONSTRAINT_UNIQUE, sqlite3.CONSTRAINT_PRIMARYKEY:
		for _, u := range uniques {
			if strings.Contains(e.Error(), u.sqlite) {
				return u.err
			}
		}
		return e
	}
	switch e.Code() {
	case sqlite3.BUSY, sqlite3.LOCKED, sqlite3.IOERR, sqlite3.FULL, sqlite3.CANTOPEN,
		sqlite3.READONLY, sqlite3.CORRUPT, sqlite3.NOTADB, sqlite3.PROTOCOL:
		return console.Unavailable(e)
	case sqlite3.INTERRUPT:
		return context.Canceled
	}
	return e
}

// isGORM reports a mistake in how GORM is used, which is ours and no outage.
func isGORM(err error) bool {
	for _, mistake := range []error{
		gorm.ErrInvalidTransaction, gorm.ErrMissingWhereClause, gorm.ErrUnsupportedRelation,
		gorm.ErrPrimaryKeyRequired, gorm.ErrModelValueRequired, gorm.ErrInvalidData,
		gorm.ErrInvalidField, gorm.ErrEmptySlice, gorm.ErrInvalidValue, gorm.ErrInvalidValueOfLength,
	} {
		if errors.Is(err, mistake) {
			return true
		}
	}
	return false
}
