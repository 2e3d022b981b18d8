-- +goose Up
-- The columns of lists of tokens that a person wants to see; empty is all.
ALTER TABLE users ADD COLUMN token_columns TEXT NOT NULL DEFAULT '';
