-- +goose Up
-- Which IP filter a policy asks for; any, if it names none.
ALTER TABLE policies ADD COLUMN ip_filter_guid TEXT REFERENCES ip_filters (guid);
