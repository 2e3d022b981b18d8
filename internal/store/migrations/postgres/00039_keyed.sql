-- +goose Up
-- PostgreSQL finds a row by its key in one go.
SELECT 1;
