-- +goose Up
-- Times are UTC milliseconds since 1970. 253402300799999 stands for "never".

CREATE TABLE keys (
    id         TEXT PRIMARY KEY,
    created_at BIGINT NOT NULL
);

CREATE TABLE users (
    guid          TEXT COLLATE "C" PRIMARY KEY,
    email         TEXT NOT NULL,
    email_folded  TEXT COLLATE "C" NOT NULL CONSTRAINT users_email_key UNIQUE,
    name          TEXT NOT NULL,
    name_folded   TEXT COLLATE "C" NOT NULL,
    role          TEXT NOT NULL,
    password_hash TEXT NOT NULL,
    disabled_at   BIGINT,
    created_at    BIGINT NOT NULL
);
CREATE INDEX users_by_name ON users (name_folded, guid);

CREATE TABLE setup_codes (
    hash       TEXT PRIMARY KEY,
    expires_at BIGINT NOT NULL
);

CREATE TABLE sessions (
    hash       TEXT PRIMARY KEY,
    user_guid  TEXT NOT NULL REFERENCES users (guid) ON DELETE CASCADE,
    created_at BIGINT NOT NULL,
    seen_at    BIGINT NOT NULL,
    address    TEXT NOT NULL,
    agent      TEXT NOT NULL,
    notices    TEXT NOT NULL DEFAULT '[]'
);
CREATE INDEX sessions_by_user ON sessions (user_guid);
CREATE INDEX sessions_by_seen ON sessions (seen_at);

CREATE TABLE throttles (
    name          TEXT PRIMARY KEY,
    failures      INT NOT NULL,
    failed_at     BIGINT NOT NULL,
    blocked_until BIGINT NOT NULL
);
CREATE INDEX throttles_by_failure ON throttles (failed_at);

-- Scopes of the organization's own, and marks on those of the catalogue.
CREATE TABLE scopes (
    name       TEXT COLLATE "C" PRIMARY KEY,
    own        INT NOT NULL,
    label      TEXT NOT NULL,
    grouping   TEXT NOT NULL,
    risk       TEXT NOT NULL,
    types      TEXT NOT NULL,
    retired_at BIGINT,
    created_at BIGINT NOT NULL,
    version    INT NOT NULL
);

CREATE TABLE repositories (
    guid        TEXT COLLATE "C" PRIMARY KEY,
    name        TEXT NOT NULL,
    name_folded TEXT COLLATE "C" NOT NULL CONSTRAINT repositories_name_key UNIQUE,
    kind        TEXT NOT NULL,
    description TEXT NOT NULL,
    created_at  BIGINT NOT NULL,
    updated_at  BIGINT NOT NULL,
    version     INT NOT NULL
);

CREATE TABLE connections (
    view_guid       TEXT NOT NULL REFERENCES repositories (guid) ON DELETE CASCADE,
    repository_guid TEXT NOT NULL REFERENCES repositories (guid),
    filter          TEXT NOT NULL,
    PRIMARY KEY (view_guid, repository_guid)
);
CREATE INDEX connections_by_repository ON connections (repository_guid);

CREATE TABLE tokens (
    id             BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    guid           TEXT COLLATE "C" NOT NULL CONSTRAINT tokens_guid_key UNIQUE,
    guid_digits    TEXT COLLATE "C" NOT NULL,
    type           TEXT NOT NULL,
    name           TEXT NOT NULL,
    name_folded    TEXT COLLATE "C" NOT NULL,
    description    TEXT NOT NULL,
    scopes         TEXT NOT NULL,
    valid_from     BIGINT,
    valid_to       BIGINT,
    created_at     BIGINT NOT NULL,
    creator_guid   TEXT NOT NULL,
    creator_name   TEXT NOT NULL,
    owner_guid     TEXT REFERENCES users (guid),
    updated_at     BIGINT NOT NULL,
    version        INT NOT NULL,
    revoked_at     BIGINT,
    revoke_reason  TEXT NOT NULL DEFAULT '',
    disabled_at    BIGINT,
    disabled_until BIGINT,
    starts_at      BIGINT NOT NULL GENERATED ALWAYS AS (COALESCE(valid_from, created_at)) STORED,
    ends_at        BIGINT NOT NULL GENERATED ALWAYS AS (COALESCE(valid_to, 253402300799999)) STORED,
    disabled_to    BIGINT NOT NULL GENERATED ALWAYS AS
        (CASE WHEN disabled_at IS NULL THEN 0 ELSE COALESCE(disabled_until, 253402300799999) END) STORED
);
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
    token_id BIGINT NOT NULL REFERENCES tokens (id) ON DELETE CASCADE,
    PRIMARY KEY (scope, token_id)
);
CREATE INDEX token_scopes_by_token ON token_scopes (token_id, scope);

CREATE TABLE token_repositories (
    repository_guid TEXT NOT NULL REFERENCES repositories (guid),
    token_id        BIGINT NOT NULL REFERENCES tokens (id) ON DELETE CASCADE,
    PRIMARY KEY (repository_guid, token_id)
);
CREATE INDEX token_repositories_by_token ON token_repositories (token_id, repository_guid);

CREATE TABLE secrets (
    hash       BYTEA PRIMARY KEY,
    token_id   BIGINT NOT NULL REFERENCES tokens (id) ON DELETE CASCADE,
    key_id     TEXT NOT NULL REFERENCES keys (id),
    created_at BIGINT NOT NULL,
    ends_at    BIGINT
);
CREATE INDEX secrets_by_token ON secrets (token_id);

-- Substrings of names and GUIDs, by trigrams of what is already folded.
CREATE EXTENSION IF NOT EXISTS pg_trgm;
CREATE INDEX tokens_name_search ON tokens USING gin (name_folded gin_trgm_ops);
CREATE INDEX tokens_guid_search ON tokens USING gin (guid_digits gin_trgm_ops);

-- No foreign keys: a record outlives what it tells about. The folded names and
-- the GUIDs of who did what to what are for searching. Each hash is a keyed one
-- over the row and the hash before it.
CREATE TABLE audit_events (
    id           BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at           BIGINT NOT NULL,
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
    previous     BYTEA NOT NULL,
    hash         BYTEA NOT NULL
);
CREATE INDEX audit_events_by_target ON audit_events (target_guid, id);
CREATE INDEX audit_events_by_actor ON audit_events (actor_guid, id);
