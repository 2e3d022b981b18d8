-- +goose Up
-- until_used is 1 for a secret that ends with the first use of the one that
-- replaced it; rotation is the one-time value with which it was made.
ALTER TABLE secrets ADD COLUMN until_used INTEGER NOT NULL DEFAULT 0;
ALTER TABLE secrets ADD COLUMN used_at INTEGER;
ALTER TABLE secrets ADD COLUMN rotation TEXT;
CREATE UNIQUE INDEX secrets_by_rotation ON secrets (rotation) WHERE rotation IS NOT NULL;
