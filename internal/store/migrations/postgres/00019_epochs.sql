-- +goose Up
-- Grows whenever everything that a person signed in to is ended, so that a
-- sign-in that was checked before starts no session afterwards.
ALTER TABLE users ADD COLUMN epoch INTEGER NOT NULL DEFAULT 0;
