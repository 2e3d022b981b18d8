-- +goose Up
-- Rules about the addresses from which tokens can be used, as they were typed.
CREATE TABLE ip_filters (
    guid        TEXT PRIMARY KEY,
    name        TEXT NOT NULL,
    name_folded TEXT NOT NULL CONSTRAINT ip_filters_name_key UNIQUE,
    rules       TEXT NOT NULL,
    created_at  INTEGER NOT NULL,
    updated_at  INTEGER NOT NULL,
    version     INTEGER NOT NULL
) STRICT;

ALTER TABLE tokens ADD COLUMN ip_filter_guid TEXT REFERENCES ip_filters (guid);
CREATE INDEX tokens_by_ip_filter ON tokens (ip_filter_guid, name_folded, guid) WHERE ip_filter_guid IS NOT NULL;
