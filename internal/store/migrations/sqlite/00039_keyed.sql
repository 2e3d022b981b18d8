-- +goose NO TRANSACTION
-- +goose Up
-- What tokens refer to is looked up by its GUID all the time: a row stands at its key,
-- so that it is looked for once and not twice. Others refer to these tables, so that
-- references are not looked after while one takes the other's place.
PRAGMA foreign_keys = off;
BEGIN;

CREATE TABLE users_keyed (
    guid          TEXT PRIMARY KEY,
    email         TEXT NOT NULL,
    email_folded  TEXT NOT NULL CONSTRAINT users_email_key UNIQUE,
    name          TEXT NOT NULL,
    name_folded   TEXT NOT NULL,
    role          TEXT NOT NULL,
    password_hash TEXT NOT NULL,
    disabled_at   INTEGER,
    created_at    INTEGER NOT NULL,
    scopes        TEXT NOT NULL DEFAULT '',
    version       INTEGER NOT NULL DEFAULT 1,
    invited_at    INTEGER,
    theme         TEXT NOT NULL DEFAULT '',
    zone          TEXT NOT NULL DEFAULT '',
    epoch         INTEGER NOT NULL DEFAULT 0,
    token_columns TEXT NOT NULL DEFAULT ''
) STRICT, WITHOUT ROWID;
INSERT INTO users_keyed (guid, email, email_folded, name, name_folded, role, password_hash, disabled_at, created_at,
    scopes, version, invited_at, theme, zone, epoch, token_columns)
SELECT guid, email, email_folded, name, name_folded, role, password_hash, disabled_at, created_at,
    scopes, version, invited_at, theme, zone, epoch, token_columns FROM users;
DROP TABLE users;
ALTER TABLE users_keyed RENAME TO users;
CREATE INDEX users_by_name ON users (name_folded, guid);
CREATE INDEX users_by_role ON users (role, name_folded, guid);

CREATE TABLE repositories_keyed (
    guid        TEXT PRIMARY KEY,
    name        TEXT NOT NULL,
    name_folded TEXT NOT NULL CONSTRAINT repositories_name_key UNIQUE,
    kind        TEXT NOT NULL,
    description TEXT NOT NULL,
    created_at  INTEGER NOT NULL,
    updated_at  INTEGER NOT NULL,
    version     INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO repositories_keyed (guid, name, name_folded, kind, description, created_at, updated_at, version)
SELECT guid, name, name_folded, kind, description, created_at, updated_at, version FROM repositories;
DROP TABLE repositories;
ALTER TABLE repositories_keyed RENAME TO repositories;

CREATE TABLE ip_filters_keyed (
    guid        TEXT PRIMARY KEY,
    name        TEXT NOT NULL,
    name_folded TEXT NOT NULL CONSTRAINT ip_filters_name_key UNIQUE,
    rules       TEXT NOT NULL,
    created_at  INTEGER NOT NULL,
    updated_at  INTEGER NOT NULL,
    version     INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO ip_filters_keyed (guid, name, name_folded, rules, created_at, updated_at, version)
SELECT guid, name, name_folded, rules, created_at, updated_at, version FROM ip_filters;
DROP TABLE ip_filters;
ALTER TABLE ip_filters_keyed RENAME TO ip_filters;

COMMIT;
PRAGMA foreign_keys = on;
