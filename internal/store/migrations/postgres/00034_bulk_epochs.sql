-- +goose Up
-- The epoch of whoever started a job: it stops when everything that they were
-- signed in to was ended since.
ALTER TABLE bulk_jobs ADD COLUMN actor_epoch INTEGER NOT NULL DEFAULT 0;
UPDATE bulk_jobs SET actor_epoch = (SELECT epoch FROM users WHERE guid = actor_guid)
WHERE finished_at IS NULL AND EXISTS (SELECT 1 FROM users WHERE guid = actor_guid);
