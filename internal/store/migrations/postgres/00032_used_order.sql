-- +goose Up
-- Lists are sorted by it. Each flush of uses moves the entries of what was used since.
CREATE INDEX token_uses_by_time ON token_uses (used_at);
