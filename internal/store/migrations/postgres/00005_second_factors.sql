-- +goose Up
-- Sessions get a name that can be shown, which opens nothing, and remember when
-- their person last proved who they are.
ALTER TABLE sessions ADD COLUMN guid TEXT NOT NULL DEFAULT '';
ALTER TABLE sessions ADD COLUMN proved_at BIGINT NOT NULL DEFAULT 0;
UPDATE sessions SET guid = gen_random_uuid()::text;
CREATE UNIQUE INDEX sessions_guid_key ON sessions (guid) WHERE guid <> '';

-- What people prove who they are with, beside a password.
CREATE TABLE factors (
    guid       TEXT PRIMARY KEY,
    user_guid  TEXT NOT NULL REFERENCES users (guid) ON DELETE CASCADE,
    kind       TEXT NOT NULL,
    name       TEXT NOT NULL,
    -- A passkey's credential id; of one-time codes, of which people have one
    -- generator, the person's GUID.
    handle     TEXT NOT NULL,
    -- The sealed seed of one-time codes; a passkey's public key and counters.
    material   BYTEA NOT NULL,
    -- The time step of the last code that was accepted.
    last_step  BIGINT NOT NULL DEFAULT 0,
    created_at BIGINT NOT NULL,
    used_at    BIGINT
);
CREATE UNIQUE INDEX factors_handle_key ON factors (handle);
CREATE INDEX factors_by_user ON factors (user_guid);

CREATE TABLE recovery_codes (
    user_guid TEXT NOT NULL REFERENCES users (guid) ON DELETE CASCADE,
    hash      TEXT NOT NULL,
    PRIMARY KEY (user_guid, hash)
);

-- What was asked of somebody and is not answered yet, one question a purpose
-- and holder: a session or a sign-in under way.
CREATE TABLE challenges (
    holder     TEXT NOT NULL,
    purpose    TEXT NOT NULL,
    user_guid  TEXT NOT NULL REFERENCES users (guid) ON DELETE CASCADE,
    material   BYTEA NOT NULL,
    expires_at BIGINT NOT NULL,
    PRIMARY KEY (holder, purpose)
);
CREATE INDEX challenges_by_user ON challenges (user_guid);
CREATE INDEX challenges_by_end ON challenges (expires_at);
