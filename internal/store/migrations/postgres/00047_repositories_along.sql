-- +goose Up
-- The GUIDs of a token's repositories, in no order and joined by slashes, so that lists
-- look for them in no other table; NULL where that was not noted, or is so no longer.
ALTER TABLE tokens ADD COLUMN repositories TEXT;

-- Most often there is nothing to change, and what follows a change of tokens is spared.
-- +goose StatementBegin
CREATE FUNCTION forget_repositories() RETURNS trigger LANGUAGE plpgsql SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF EXISTS (SELECT 1 FROM changed c JOIN tokens t ON t.id = c.token_id WHERE strpos(t.repositories, c.repository_guid) = 0) THEN
            UPDATE tokens t SET repositories = NULL FROM changed c WHERE t.id = c.token_id AND strpos(t.repositories, c.repository_guid) = 0;
        END IF;
    ELSIF EXISTS (SELECT 1 FROM changed c JOIN tokens t ON t.id = c.token_id WHERE t.repositories IS NOT NULL) THEN
        UPDATE tokens t SET repositories = NULL FROM changed c WHERE t.id = c.token_id AND t.repositories IS NOT NULL;
    END IF;
    RETURN NULL;
END $$;
-- +goose StatementEnd
CREATE TRIGGER token_repositories_along_insert AFTER INSERT ON token_repositories REFERENCING NEW TABLE AS changed
FOR EACH STATEMENT EXECUTE FUNCTION forget_repositories();
CREATE TRIGGER token_repositories_along_delete AFTER DELETE ON token_repositories REFERENCING OLD TABLE AS changed
FOR EACH STATEMENT EXECUTE FUNCTION forget_repositories();
