-- +goose Up
-- PostgreSQL knows what an index's condition says; SQLite has to be told.
SELECT 1;
