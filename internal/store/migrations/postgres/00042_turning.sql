-- +goose Up
-- Whose turn is today is counted from the index alone, on a day on which thousands of
-- tokens end, too: pages count it again and again while a bulk change goes on.
CREATE INDEX tokens_by_life_id ON tokens (ends_at, guid, starts_at, disabled_to) INCLUDE (id, valid_from, ip_filter_guid) WHERE revoked_at IS NULL;
-- This one serves for nothing but the time at which pauses end. Where many rows had
-- changed, each page read all paused tokens by it to find those that had expired.
CREATE INDEX tokens_resumed_since ON tokens (disabled_to) WHERE phase = 2 AND disabled_to >= 0;
DROP INDEX tokens_by_life, tokens_resumed;
ALTER INDEX tokens_by_life_id RENAME TO tokens_by_life;
ALTER INDEX tokens_resumed_since RENAME TO tokens_resumed;
