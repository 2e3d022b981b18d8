-- +goose Up
-- The personal token through which somebody did what an event says; empty in the
-- console.
ALTER TABLE audit_events ADD COLUMN through TEXT COLLATE "C" NOT NULL DEFAULT '';
CREATE INDEX audit_events_by_through ON audit_events (through, id) WHERE through <> '';
