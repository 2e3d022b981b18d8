-- +goose Up
-- The GUIDs of a token's repositories, in no order and joined by slashes, so that lists
-- look for them in no other table; NULL where that was not noted, or is so no longer.
ALTER TABLE tokens ADD COLUMN repositories TEXT;

-- +goose StatementBegin
CREATE TRIGGER token_repositories_along_insert AFTER INSERT ON token_repositories BEGIN
    UPDATE tokens SET repositories = NULL WHERE id = new.token_id AND instr(repositories, new.repository_guid) = 0;
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER token_repositories_along_delete AFTER DELETE ON token_repositories BEGIN
    UPDATE tokens SET repositories = NULL WHERE id = old.token_id AND repositories IS NOT NULL;
END;
-- +goose StatementEnd
