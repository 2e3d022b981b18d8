-- +goose Up
-- Files of tokens to be made, until they are forgotten. They hold no secrets.
CREATE TABLE token_imports (
    guid       TEXT NOT NULL PRIMARY KEY,
    user_guid  TEXT NOT NULL REFERENCES users (guid) ON DELETE CASCADE,
    file       TEXT NOT NULL,
    content    BYTEA NOT NULL,
    created_at BIGINT NOT NULL
);
CREATE INDEX token_imports_user ON token_imports (user_guid, created_at);
CREATE INDEX token_imports_created ON token_imports (created_at);
