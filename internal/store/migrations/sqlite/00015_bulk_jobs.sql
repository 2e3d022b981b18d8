-- +goose Up
-- A bulk request that is worked off bit by bit: whoever has the lease goes on
-- from place, which is the id of the last token that has an outcome. The filter
-- is kept as it was at that instant.
CREATE TABLE bulk_jobs (
    id          INTEGER PRIMARY KEY,
    guid        TEXT NOT NULL UNIQUE,
    at          INTEGER NOT NULL,
    request     TEXT NOT NULL,
    filter      TEXT NOT NULL,
    words       TEXT NOT NULL,
    actor_kind  TEXT NOT NULL,
    actor_guid  TEXT NOT NULL,
    actor_name  TEXT NOT NULL,
    address     TEXT NOT NULL,
    agent       TEXT NOT NULL,
    request_id  TEXT NOT NULL,
    gathered    INTEGER NOT NULL DEFAULT 0,
    total       INTEGER NOT NULL DEFAULT 0,
    place       INTEGER NOT NULL DEFAULT 0,
    changed     INTEGER NOT NULL DEFAULT 0,
    same        INTEGER NOT NULL DEFAULT 0,
    refused     INTEGER NOT NULL DEFAULT 0,
    finished_at INTEGER,
    ending      TEXT NOT NULL DEFAULT '',
    why         TEXT NOT NULL DEFAULT '',
    worker      TEXT NOT NULL DEFAULT '',
    lease_until INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX bulk_jobs_by_actor ON bulk_jobs (actor_guid, id);
CREATE INDEX bulk_jobs_open ON bulk_jobs (lease_until) WHERE finished_at IS NULL;

-- The tokens that matched, by their ids at that time, and what became of each:
-- an empty effect is still to come. They outlive the tokens.
CREATE TABLE bulk_outcomes (
    job_id     INTEGER NOT NULL REFERENCES bulk_jobs (id) ON DELETE CASCADE,
    place      INTEGER NOT NULL,
    token_guid TEXT NOT NULL,
    token_name TEXT NOT NULL,
    effect     TEXT NOT NULL DEFAULT '',
    why        TEXT NOT NULL DEFAULT '',
    PRIMARY KEY (job_id, place)
) STRICT, WITHOUT ROWID;

-- The job that an event is a part of.
ALTER TABLE audit_events ADD COLUMN parent TEXT NOT NULL DEFAULT '';
CREATE INDEX audit_events_by_parent ON audit_events (parent, id) WHERE parent <> '';
