-- +goose Up
-- Times are UTC milliseconds since 1970. 253402300799999 stands for "never".

CREATE TABLE keys (
    id         TEXT PRIMARY KEY,
    created_at INTEGER NOT NULL
) STRICT;

CREATE TABLE users (
    guid          TEXT PRIMARY KEY,
    email         TEXT NOT NULL,
    email_folded  TEXT NOT NULL CONSTRAINT users_email_key UNIQUE,
    name          TEXT NOT NULL,
    name_folded   TEXT NOT NULL,
    role          TEXT NOT NULL,
    password_hash TEXT NOT NULL,
    disabled_at   INTEGER,
    created_at    INTEGER NOT NULL
) STRICT;
CREATE INDEX users_by_name ON users (name_folded, guid);

CREATE TABLE setup_codes (
    hash       TEXT PRIMARY KEY,
    expires_at INTEGER NOT NULL
) STRICT;

CREATE TABLE sessions (
    hash       TEXT PRIMARY KEY,
    user_guid  TEXT NOT NULL REFERENCES users (guid) ON DELETE CASCADE,
    created_at INTEGER NOT NULL,
    seen_at    INTEGER NOT NULL,
    address    TEXT NOT NULL,
    agent      TEXT NOT NULL,
    notices    TEXT NOT NULL DEFAULT '[]'
) STRICT;
CREATE INDEX sessions_by_user ON sessions (user_guid);
CREATE INDEX sessions_by_seen ON sessions (seen_at);

CREATE TABLE throttles (
    name          TEXT PRIMARY KEY,
    failures      INTEGER NOT NULL,
    failed_at     INTEGER NOT NULL,
    blocked_until INTEGER NOT NULL
) STRICT;
CREATE INDEX throttles_by_failure ON throttles (failed_at);

-- Scopes of the organization's own, and marks on those of the catalogue.
CREATE TABLE scopes (
    name       TEXT PRIMARY KEY,
    own        INTEGER NOT NULL,
    label      TEXT NOT NULL,
    grouping   TEXT NOT NULL,
    risk       TEXT NOT NULL,
    types      TEXT NOT NULL,
    retired_at INTEGER,
    created_at INTEGER NOT NULL,
    version    INTEGER NOT NULL
) STRICT;

CREATE TABLE repositories (
    guid        TEXT PRIMARY KEY,
    name        TEXT NOT NULL,
    name_folded TEXT NOT NULL CONSTRAINT repositories_name_key UNIQUE,
    kind        TEXT NOT NULL,
    description TEXT NOT NULL,
    created_at  INTEGER NOT NULL,
    updated_at  INTEGER NOT NULL,
    version     INTEGER NOT NULL
) STRICT;

CREATE TABLE connections (
    view_guid       TEXT NOT NULL REFERENCES repositories (guid) ON DELETE CASCADE,
    repository_guid TEXT NOT NULL REFERENCES repositories (guid),
    filter          TEXT NOT NULL,
    PRIMARY KEY (view_guid, repository_guid)
) STRICT, WITHOUT ROWID;
CREATE INDEX connections_by_repository ON connections (repository_guid);

CREATE TABLE tokens (
    id             INTEGER PRIMARY KEY,
    guid           TEXT NOT NULL CONSTRAINT tokens_guid_key UNIQUE,
    guid_digits    TEXT NOT NULL,
    type           TEXT NOT NULL,
    name           TEXT NOT NULL,
    name_folded    TEXT NOT NULL,
    description    TEXT NOT NULL,
    scopes         TEXT NOT NULL,
    valid_from     INTEGER,
    valid_to       INTEGER,
    created_at     INTEGER NOT NULL,
    creator_guid   TEXT NOT NULL,
    creator_name   TEXT NOT NULL,
    owner_guid     TEXT REFERENCES users (guid),
    updated_at     INTEGER NOT NULL,
    version        INTEGER NOT NULL,
    revoked_at     INTEGER,
    revoke_reason  TEXT NOT NULL DEFAULT '',
    disabled_at    INTEGER,
    disabled_until INTEGER,
    starts_at      INTEGER NOT NULL GENERATED ALWAYS AS (COALESCE(valid_from, created_at)) STORED,
    ends_at        INTEGER NOT NULL GENERATED ALWAYS AS (COALESCE(valid_to, 253402300799999)) STORED,
    disabled_to    INTEGER NOT NULL GENERATED ALWAYS AS
        (CASE WHEN disabled_at IS NULL THEN 0 ELSE COALESCE(disabled_until, 253402300799999) END) STORED
) STRICT;
CREATE INDEX tokens_by_name ON tokens (name_folded, guid);
CREATE INDEX tokens_by_end ON tokens (ends_at, guid);
CREATE INDEX tokens_by_start ON tokens (starts_at, guid);
CREATE INDEX tokens_by_creation ON tokens (created_at, guid);
-- What a status is at an instant, as ranges of one index each, counted without the table.
CREATE INDEX tokens_revoked ON tokens (revoked_at, guid) WHERE revoked_at IS NOT NULL;
CREATE INDEX tokens_by_life ON tokens (ends_at, guid, starts_at, disabled_to) WHERE revoked_at IS NULL;
CREATE INDEX tokens_by_begin ON tokens (starts_at, guid, ends_at, disabled_to) WHERE revoked_at IS NULL;
CREATE INDEX tokens_disabled ON tokens (ends_at, guid, disabled_to) WHERE revoked_at IS NULL AND disabled_at IS NOT NULL;
CREATE INDEX tokens_by_owner ON tokens (owner_guid);
CREATE INDEX tokens_by_creator ON tokens (creator_guid);

CREATE TABLE token_scopes (
    scope    TEXT NOT NULL,
    token_id INTEGER NOT NULL REFERENCES tokens (id) ON DELETE CASCADE,
    PRIMARY KEY (scope, token_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX token_scopes_by_token ON token_scopes (token_id, scope);

CREATE TABLE token_repositories (
    repository_guid TEXT NOT NULL REFERENCES repositories (guid),
    token_id        INTEGER NOT NULL REFERENCES tokens (id) ON DELETE CASCADE,
    PRIMARY KEY (repository_guid, token_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX token_repositories_by_token ON token_repositories (token_id, repository_guid);

CREATE TABLE secrets (
    hash       BLOB PRIMARY KEY,
    token_id   INTEGER NOT NULL REFERENCES tokens (id) ON DELETE CASCADE,
    key_id     TEXT NOT NULL REFERENCES keys (id),
    created_at INTEGER NOT NULL,
    ends_at    INTEGER
) STRICT, WITHOUT ROWID;
CREATE INDEX secrets_by_token ON secrets (token_id);

-- Substrings of names and GUIDs, by trigrams of what is already folded.
CREATE VIRTUAL TABLE tokens_search USING fts5 (
    name_folded, guid_digits,
    content = 'tokens', content_rowid = 'id', columnsize = 0,
    tokenize = 'trigram case_sensitive 1'
);
-- +goose StatementBegin
CREATE TRIGGER tokens_search_insert AFTER INSERT ON tokens BEGIN
    INSERT INTO tokens_search (rowid, name_folded, guid_digits)
    VALUES (new.id, new.name_folded, new.guid_digits);
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER tokens_search_delete AFTER DELETE ON tokens BEGIN
    INSERT INTO tokens_search (tokens_search, rowid, name_folded, guid_digits)
    VALUES ('delete', old.id, old.name_folded, old.guid_digits);
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER tokens_search_update AFTER UPDATE OF name_folded ON tokens
WHEN old.name_folded <> new.name_folded BEGIN
    INSERT INTO tokens_search (tokens_search, rowid, name_folded, guid_digits)
    VALUES ('delete', old.id, old.name_folded, old.guid_digits);
    INSERT INTO tokens_search (rowid, name_folded, guid_digits)
    VALUES (new.id, new.name_folded, new.guid_digits);
END;
-- +goose StatementEnd

-- No foreign keys: a record outlives what it tells about. The folded names and
-- the GUIDs of who did what to what are for searching. Each hash is a keyed one
-- over the row and the hash before it.
CREATE TABLE audit_events (
    id           INTEGER PRIMARY KEY AUTOINCREMENT,
    at           INTEGER NOT NULL,
    action       TEXT NOT NULL,
    actor_kind   TEXT NOT NULL,
    actor_guid   TEXT NOT NULL,
    actor_name   TEXT NOT NULL,
    target_kind  TEXT NOT NULL,
    target_guid  TEXT NOT NULL,
    target_name  TEXT NOT NULL,
    repositories TEXT NOT NULL,
    reason       TEXT NOT NULL,
    address      TEXT NOT NULL,
    agent        TEXT NOT NULL,
    request_id   TEXT NOT NULL,
    changes      TEXT NOT NULL,
    search       TEXT NOT NULL,
    previous     BLOB NOT NULL,
    hash         BLOB NOT NULL
) STRICT;
CREATE INDEX audit_events_by_target ON audit_events (target_guid, id);
CREATE INDEX audit_events_by_actor ON audit_events (actor_guid, id);
