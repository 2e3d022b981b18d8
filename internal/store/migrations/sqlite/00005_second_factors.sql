-- +goose Up
-- Sessions get a name that can be shown, which opens nothing, and remember when
-- their person last proved who they are.
ALTER TABLE sessions ADD COLUMN guid TEXT NOT NULL DEFAULT '';
ALTER TABLE sessions ADD COLUMN proved_at INTEGER NOT NULL DEFAULT 0;
UPDATE sessions SET guid = lower(hex(randomblob(4)) || '-' || hex(randomblob(2)) || '-4' || substr(hex(randomblob(2)), 2) || '-' ||
    substr('89ab', 1 + (abs(random()) % 4), 1) || substr(hex(randomblob(2)), 2) || '-' || hex(randomblob(6)));
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
    material   BLOB NOT NULL,
    -- The time step of the last code that was accepted.
    last_step  INTEGER NOT NULL DEFAULT 0,
    created_at INTEGER NOT NULL,
    used_at    INTEGER
) STRICT;
CREATE UNIQUE INDEX factors_handle_key ON factors (handle);
CREATE INDEX factors_by_user ON factors (user_guid);

CREATE TABLE recovery_codes (
    user_guid TEXT NOT NULL REFERENCES users (guid) ON DELETE CASCADE,
    hash      TEXT NOT NULL,
    PRIMARY KEY (user_guid, hash)
) STRICT, WITHOUT ROWID;

-- What was asked of somebody and is not answered yet, one question a purpose
-- and holder: a session or a sign-in under way.
CREATE TABLE challenges (
    holder     TEXT NOT NULL,
    purpose    TEXT NOT NULL,
    user_guid  TEXT NOT NULL REFERENCES users (guid) ON DELETE CASCADE,
    material   BLOB NOT NULL,
    expires_at INTEGER NOT NULL,
    PRIMARY KEY (holder, purpose)
) STRICT, WITHOUT ROWID;
CREATE INDEX challenges_by_user ON challenges (user_guid);
CREATE INDEX challenges_by_end ON challenges (expires_at);
