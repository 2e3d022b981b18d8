-- +goose Up
-- A bulk request that is worked off bit by bit: whoever has the lease goes on
-- from place, which is the id of the last token that has an outcome. The filter
-- is kept as it was at that instant.
CREATE TABLE bulk_jobs (
    id          BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    guid        TEXT COLLATE "C" NOT NULL CONSTRAINT bulk_jobs_guid_key UNIQUE,
    at          BIGINT NOT NULL,
    request     TEXT NOT NULL,
    filter      TEXT NOT NULL,
    words       TEXT NOT NULL,
    actor_kind  TEXT NOT NULL,
    actor_guid  TEXT NOT NULL,
    actor_name  TEXT NOT NULL,
    address     TEXT NOT NULL,
    agent       TEXT NOT NULL,
    request_id  TEXT NOT NULL,
    gathered    INT NOT NULL DEFAULT 0,
    total       BIGINT NOT NULL DEFAULT 0,
    place       BIGINT NOT NULL DEFAULT 0,
    changed     BIGINT NOT NULL DEFAULT 0,
    same        BIGINT NOT NULL DEFAULT 0,
    refused     BIGINT NOT NULL DEFAULT 0,
    finished_at BIGINT,
    ending      TEXT NOT NULL DEFAULT '',
    why         TEXT NOT NULL DEFAULT '',
    worker      TEXT NOT NULL DEFAULT '',
    lease_until BIGINT NOT NULL DEFAULT 0
);
CREATE INDEX bulk_jobs_by_actor ON bulk_jobs (actor_guid, id);
CREATE INDEX bulk_jobs_open ON bulk_jobs (lease_until) WHERE finished_at IS NULL;

-- The tokens that matched, by their ids at that time, and what became of each:
-- an empty effect is still to come. They outlive the tokens.
CREATE TABLE bulk_outcomes (
    job_id     BIGINT NOT NULL REFERENCES bulk_jobs (id) ON DELETE CASCADE,
    place      BIGINT NOT NULL,
    token_guid TEXT COLLATE "C" NOT NULL,
    token_name TEXT NOT NULL,
    effect     TEXT NOT NULL DEFAULT '',
    why        TEXT NOT NULL DEFAULT '',
    PRIMARY KEY (job_id, place)
);

-- The job that an event is a part of.
ALTER TABLE audit_events ADD COLUMN parent TEXT COLLATE "C" NOT NULL DEFAULT '';
CREATE INDEX audit_events_by_parent ON audit_events (parent, id) WHERE parent <> '';
