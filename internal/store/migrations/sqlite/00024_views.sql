-- +goose Up
-- Named states of lists of tokens, as addresses have them. The place is "tokens"
-- for the page of all and "repository" for those of repositories.
CREATE TABLE token_views (
    guid        TEXT NOT NULL PRIMARY KEY,
    user_guid   TEXT NOT NULL REFERENCES users (guid) ON DELETE CASCADE,
    place       TEXT NOT NULL,
    name        TEXT NOT NULL,
    name_folded TEXT NOT NULL,
    shared      INTEGER NOT NULL,
    query       TEXT NOT NULL,
    UNIQUE (user_guid, place, name_folded)
) STRICT;
CREATE INDEX token_views_place ON token_views (place, shared);
-- The view with which a place opens for a person.
CREATE TABLE token_view_defaults (
    user_guid TEXT NOT NULL REFERENCES users (guid) ON DELETE CASCADE,
    place     TEXT NOT NULL,
    view_guid TEXT NOT NULL REFERENCES token_views (guid) ON DELETE CASCADE,
    PRIMARY KEY (user_guid, place)
) STRICT;
CREATE INDEX token_view_defaults_view ON token_view_defaults (view_guid);
