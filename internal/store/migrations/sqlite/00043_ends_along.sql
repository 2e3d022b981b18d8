-- +goose Up
-- What ends soon is asked of each entry of an order of one status: each has when its
-- token ends, so that no row is read for it.
DROP INDEX tokens_phase_name;
DROP INDEX tokens_phase_start;
DROP INDEX tokens_phase_creation;
CREATE INDEX tokens_phase_name ON tokens (phase, name_folded, guid, ends_at);
CREATE INDEX tokens_phase_start ON tokens (phase, starts_at, guid, ends_at);
CREATE INDEX tokens_phase_creation ON tokens (phase, created_at, guid, ends_at);
