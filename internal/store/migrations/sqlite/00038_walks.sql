-- +goose Up
-- Here each entry of an index has the id.
SELECT 1;
