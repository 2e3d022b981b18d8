-- +goose Up
-- What a member may see and grant, separated by spaces.
ALTER TABLE users ADD COLUMN scopes TEXT NOT NULL DEFAULT '';
ALTER TABLE users ADD COLUMN version INTEGER NOT NULL DEFAULT 1;

CREATE TABLE memberships (
    user_guid       TEXT NOT NULL REFERENCES users (guid) ON DELETE CASCADE,
    repository_guid TEXT NOT NULL REFERENCES repositories (guid) ON DELETE CASCADE,
    role            TEXT NOT NULL,
    PRIMARY KEY (user_guid, repository_guid)
) STRICT, WITHOUT ROWID;
CREATE INDEX memberships_by_repository ON memberships (repository_guid, user_guid);
