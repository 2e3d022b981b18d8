-- +goose Up
-- What is asked of the tokens of a type, where somebody asked anything. No
-- maximum is 0.
CREATE TABLE policies (
    type               TEXT PRIMARY KEY,
    allowed            INTEGER NOT NULL,
    maximum_days       INTEGER NOT NULL,
    ip_filter_required INTEGER NOT NULL,
    permissions_fixed  INTEGER NOT NULL,
    updated_at         INTEGER NOT NULL,
    version            INTEGER NOT NULL
) STRICT;
