-- +goose Up
-- Who somebody is at a provider of OpenID Connect.
CREATE TABLE identities (
    issuer       TEXT NOT NULL,
    subject      TEXT NOT NULL,
    user_guid    TEXT NOT NULL REFERENCES users (guid) ON DELETE CASCADE,
    created_at   BIGINT NOT NULL,
    last_used_at BIGINT NOT NULL,
    PRIMARY KEY (issuer, subject)
);
CREATE INDEX identities_by_user ON identities (user_guid);

-- Ways to a provider that came back, so that each does so once.
CREATE TABLE sign_in_flows (
    hash       TEXT PRIMARY KEY,
    expires_at BIGINT NOT NULL
);
CREATE INDEX sign_in_flows_by_end ON sign_in_flows (expires_at);
