-- +goose Up
-- What a repository holds that tokens are given rights on, one by one.
CREATE TABLE assets (
    guid            TEXT PRIMARY KEY,
    repository_guid TEXT NOT NULL REFERENCES repositories (guid) ON DELETE CASCADE,
    type            TEXT NOT NULL,
    name            TEXT NOT NULL,
    name_folded     TEXT NOT NULL,
    -- What others call it, by which tokens are given rights.
    resource        TEXT NOT NULL CONSTRAINT assets_resource_key UNIQUE,
    created_at      BIGINT NOT NULL,
    updated_at      BIGINT NOT NULL,
    version         INTEGER NOT NULL,
    CONSTRAINT assets_name_key UNIQUE (repository_guid, type, name_folded)
);
CREATE INDEX assets_by_name ON assets (repository_guid, name_folded, guid);

-- What a token may do to an asset, separated by spaces.
CREATE TABLE token_assets (
    token_id    BIGINT NOT NULL REFERENCES tokens (id) ON DELETE CASCADE,
    asset_guid  TEXT NOT NULL REFERENCES assets (guid) ON DELETE CASCADE,
    permissions TEXT NOT NULL,
    PRIMARY KEY (token_id, asset_guid)
);
CREATE INDEX token_assets_by_asset ON token_assets (asset_guid, token_id);

-- Which dashboard a token opens, of the type for that.
CREATE TABLE dashboard_links (
    token_id   BIGINT PRIMARY KEY REFERENCES tokens (id) ON DELETE CASCADE,
    asset_guid TEXT NOT NULL REFERENCES assets (guid) ON DELETE CASCADE,
    ownership  TEXT NOT NULL
);
CREATE INDEX dashboard_links_by_asset ON dashboard_links (asset_guid, token_id);
