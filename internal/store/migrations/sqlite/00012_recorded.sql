-- +goose Up
-- PostgreSQL tells here who listens; SQLite tells no other process.
SELECT 1;
