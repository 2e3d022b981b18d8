-- +goose Up
-- What has another status than its phase says, as far as no order of a phase finds
-- it; each is as good as empty.
DROP INDEX tokens_paused;
DROP INDEX tokens_unsettled;
CREATE INDEX tokens_resumed ON tokens (disabled_to) WHERE phase = 2;
CREATE INDEX tokens_paused ON tokens (disabled_to) WHERE phase > 2 AND disabled_to > 0;
CREATE INDEX tokens_unsettled ON tokens (phase) WHERE phase > 0 AND revoked_at IS NOT NULL;
