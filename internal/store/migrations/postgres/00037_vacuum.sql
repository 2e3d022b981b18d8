-- +goose Up
-- A fifth of a million tokens can be revoked at once. Lists that read indexes alone look
-- every such token up until it was vacuumed, so that is not left to wait for a fifth.
ALTER TABLE tokens SET (autovacuum_vacuum_scale_factor = 0.02, autovacuum_analyze_scale_factor = 0.02);
ALTER TABLE token_uses SET (autovacuum_vacuum_scale_factor = 0.02);
