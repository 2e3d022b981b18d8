-- +goose Up
-- Whose turn is today is counted from the index alone, on a day on which thousands of
-- tokens end, too: pages count it again and again while a bulk change goes on.
DROP INDEX IF EXISTS tokens_by_life;
CREATE INDEX tokens_by_life ON tokens (ends_at, guid, starts_at, disabled_to, revoked_at, valid_from, ip_filter_guid) WHERE revoked_at IS NULL;
