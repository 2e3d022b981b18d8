-- +goose Up
-- A walk asks for what tokens are related to by their ids: each entry of its index has
-- the id, so that no row is read for it. While the indexes are made, programs that run
-- already still read tokens; while one takes another's place, nobody does.
CREATE INDEX tokens_by_creation_id ON tokens (created_at, guid) INCLUDE (id);
CREATE INDEX tokens_by_start_id ON tokens (starts_at, guid) INCLUDE (id);
CREATE INDEX tokens_by_end_id ON tokens (ends_at, guid) INCLUDE (id);
CREATE INDEX tokens_revoked_id ON tokens (revoked_at, guid) INCLUDE (id) WHERE revoked_at IS NOT NULL;
DROP INDEX tokens_by_creation, tokens_by_start, tokens_by_end, tokens_revoked;
ALTER INDEX tokens_by_creation_id RENAME TO tokens_by_creation;
ALTER INDEX tokens_by_start_id RENAME TO tokens_by_start;
ALTER INDEX tokens_by_end_id RENAME TO tokens_by_end;
ALTER INDEX tokens_revoked_id RENAME TO tokens_revoked;
