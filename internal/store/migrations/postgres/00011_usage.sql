-- +goose Up
-- When a token worked last, from where and by what: a row from the first use on.
-- It changes often, so it is no part of tokens, and nothing but its key is indexed.
CREATE TABLE token_uses (
    token_id BIGINT PRIMARY KEY REFERENCES tokens (id) ON DELETE CASCADE,
    used_at  BIGINT NOT NULL,
    address  TEXT NOT NULL,
    agent    TEXT NOT NULL
) WITH (fillfactor = 70);
-- How often it was allowed (reason '') and refused. Days are counted from 1970, in UTC.
CREATE TABLE token_days (
    token_id BIGINT NOT NULL REFERENCES tokens (id) ON DELETE CASCADE,
    day      INTEGER NOT NULL,
    reason   TEXT NOT NULL,
    n        BIGINT NOT NULL,
    PRIMARY KEY (token_id, day, reason)
) WITH (fillfactor = 70);
CREATE INDEX token_days_by_day ON token_days (day);
INSERT INTO token_uses (token_id, used_at, address, agent)
SELECT token_id, MAX(used_at), '', '' FROM secrets WHERE used_at IS NOT NULL GROUP BY token_id;
