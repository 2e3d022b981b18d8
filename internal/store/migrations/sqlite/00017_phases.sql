-- +goose Up
-- The status of a token when somebody last looked, by its place in the order of
-- statuses: 0 revoked, 1 expired, 2 disabled, 3 scheduled, 4 active. Time changes
-- a status and writes nothing, so this is where to look first and never the
-- truth. What time has moved on is found by a few short ranges.
ALTER TABLE tokens ADD COLUMN phase INTEGER NOT NULL DEFAULT 4;
UPDATE tokens SET phase = CASE
    WHEN revoked_at IS NOT NULL THEN 0
    WHEN ends_at <= unixepoch() * 1000 THEN 1
    WHEN disabled_to > unixepoch() * 1000 THEN 2
    WHEN starts_at > unixepoch() * 1000 THEN 3
    ELSE 4 END;
CREATE INDEX tokens_phase_name ON tokens (phase, name_folded, guid);
CREATE INDEX tokens_phase_end ON tokens (phase, ends_at, guid);
CREATE INDEX tokens_phase_start ON tokens (phase, starts_at, guid);
CREATE INDEX tokens_phase_creation ON tokens (phase, created_at, guid);
-- Both are as good as empty.
CREATE INDEX tokens_paused ON tokens (phase, disabled_to) WHERE disabled_to > 0 OR phase = 2;
CREATE INDEX tokens_unsettled ON tokens (phase) WHERE (phase = 0) <> (revoked_at IS NOT NULL);
CREATE INDEX tokens_by_type ON tokens (type);
DROP INDEX tokens_by_begin;
