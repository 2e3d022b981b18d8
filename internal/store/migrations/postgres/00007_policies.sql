-- +goose Up
-- What is asked of the tokens of a type, where somebody asked anything. No
-- maximum is 0.
CREATE TABLE policies (
    type               TEXT PRIMARY KEY,
    allowed            INT NOT NULL,
    maximum_days       INT NOT NULL,
    ip_filter_required INT NOT NULL,
    permissions_fixed  INT NOT NULL,
    updated_at         BIGINT NOT NULL,
    version            INT NOT NULL
);
