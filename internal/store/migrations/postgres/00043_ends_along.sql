-- +goose Up
-- What ends soon is asked of each entry of an order of one status: each has when its
-- token ends, so that no row is read for it.
CREATE INDEX tokens_phase_name_ends ON tokens (phase, name_folded, guid) INCLUDE (id, ends_at);
CREATE INDEX tokens_phase_start_ends ON tokens (phase, starts_at, guid) INCLUDE (id, ends_at);
CREATE INDEX tokens_phase_creation_ends ON tokens (phase, created_at, guid) INCLUDE (id, ends_at);
DROP INDEX tokens_phase_name, tokens_phase_start, tokens_phase_creation;
ALTER INDEX tokens_phase_name_ends RENAME TO tokens_phase_name;
ALTER INDEX tokens_phase_start_ends RENAME TO tokens_phase_start;
ALTER INDEX tokens_phase_creation_ends RENAME TO tokens_phase_creation;
