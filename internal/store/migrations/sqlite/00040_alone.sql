-- +goose Up
-- A bulk change leaves an event for each token: what is no part of one is found without
-- reading them all.
CREATE INDEX audit_events_alone ON audit_events (id) WHERE parent = '';
