-- +goose Up
-- When somebody was invited who has not accepted yet.
ALTER TABLE users ADD COLUMN invited_at BIGINT;
CREATE INDEX users_by_role ON users (role, name_folded, guid);

-- The one-time link with which somebody sets a password, at most one a person.
CREATE TABLE invitations (
    user_guid  TEXT PRIMARY KEY REFERENCES users (guid) ON DELETE CASCADE,
    hash       TEXT NOT NULL CONSTRAINT invitations_hash_key UNIQUE,
    expires_at BIGINT NOT NULL
);
CREATE INDEX invitations_by_expiry ON invitations (expires_at);
