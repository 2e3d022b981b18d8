-- +goose Up
-- Each token has a row, with used_at 0 until its first use, and with its phase and its
-- GUID, so that lists of a status are walked in the order of the last use, too.
CREATE TABLE token_uses_of_all (
    token_id BIGINT PRIMARY KEY REFERENCES tokens (id) ON DELETE CASCADE,
    guid     TEXT COLLATE "C" NOT NULL,
    phase    SMALLINT NOT NULL,
    used_at  BIGINT NOT NULL,
    address  TEXT NOT NULL,
    agent    TEXT NOT NULL
) WITH (fillfactor = 70);
INSERT INTO token_uses_of_all (token_id, guid, phase, used_at, address, agent)
SELECT t.id, t.guid, t.phase, COALESCE(u.used_at, 0), COALESCE(u.address, ''), COALESCE(u.agent, '')
FROM tokens t LEFT JOIN token_uses u ON u.token_id = t.id;
DROP TABLE token_uses;
ALTER TABLE token_uses_of_all RENAME TO token_uses;
-- Each flush of uses moves the entries of what was used since.
CREATE INDEX token_uses_by_time ON token_uses (used_at, guid) INCLUDE (token_id);
CREATE INDEX token_uses_by_phase ON token_uses (phase, used_at, guid) INCLUDE (token_id);

-- +goose StatementBegin
CREATE FUNCTION use_token() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        INSERT INTO token_uses (token_id, guid, phase, used_at, address, agent) VALUES (NEW.id, NEW.guid, NEW.phase, 0, '', '');
    ELSE
        UPDATE token_uses SET phase = NEW.phase WHERE token_id = NEW.id;
    END IF;
    RETURN NULL;
END $$;
-- +goose StatementEnd
CREATE TRIGGER tokens_uses_insert AFTER INSERT ON tokens FOR EACH ROW EXECUTE FUNCTION use_token();
CREATE TRIGGER tokens_uses_update AFTER UPDATE OF phase ON tokens FOR EACH ROW WHEN (NEW.phase <> OLD.phase) EXECUTE FUNCTION use_token();
