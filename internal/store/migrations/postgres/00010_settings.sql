-- +goose Up
-- One row, from the first change on. Durations are milliseconds.
CREATE TABLE settings (
    id               INTEGER PRIMARY KEY CHECK (id = 1),
    organization     TEXT NOT NULL,
    session_idle     BIGINT NOT NULL,
    session_absolute BIGINT NOT NULL,
    retention        BIGINT NOT NULL,
    retention_window BIGINT NOT NULL,
    version          INTEGER NOT NULL
);
-- How a person wants to see the console; empty is as the browser says.
ALTER TABLE users ADD COLUMN theme TEXT NOT NULL DEFAULT '';
ALTER TABLE users ADD COLUMN zone TEXT NOT NULL DEFAULT '';
