-- +goose Up
-- Here nothing is left over by a change that lists would have to look at.
SELECT 1;
