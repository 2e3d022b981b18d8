-- +goose Up
-- A walk asks for what tokens are related to by their ids: each entry of its index has
-- the id, so that no row is read for it.
DROP INDEX tokens_by_creation;
CREATE INDEX tokens_by_creation ON tokens (created_at, guid) INCLUDE (id);
DROP INDEX tokens_by_start;
CREATE INDEX tokens_by_start ON tokens (starts_at, guid) INCLUDE (id);
DROP INDEX tokens_by_end;
CREATE INDEX tokens_by_end ON tokens (ends_at, guid) INCLUDE (id);
DROP INDEX tokens_revoked;
CREATE INDEX tokens_revoked ON tokens (revoked_at, guid) INCLUDE (id) WHERE revoked_at IS NOT NULL;
