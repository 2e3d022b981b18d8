-- +goose Up
-- Each token has a row, with used_at 0 until its first use, and with its phase and its
-- GUID, so that lists of a status are walked in the order of the last use, too.
CREATE TABLE token_uses_of_all (
    token_id INTEGER PRIMARY KEY REFERENCES tokens (id) ON DELETE CASCADE,
    guid     TEXT NOT NULL,
    phase    INTEGER NOT NULL,
    used_at  INTEGER NOT NULL,
    address  TEXT NOT NULL,
    agent    TEXT NOT NULL
) STRICT;
INSERT INTO token_uses_of_all (token_id, guid, phase, used_at, address, agent)
SELECT t.id, t.guid, t.phase, COALESCE(u.used_at, 0), COALESCE(u.address, ''), COALESCE(u.agent, '')
FROM tokens t LEFT JOIN token_uses u ON u.token_id = t.id;
DROP TABLE token_uses;
ALTER TABLE token_uses_of_all RENAME TO token_uses;
-- Each flush of uses moves the entries of what was used since.
CREATE INDEX token_uses_by_time ON token_uses (used_at, guid);
CREATE INDEX token_uses_by_phase ON token_uses (phase, used_at, guid);

-- +goose StatementBegin
CREATE TRIGGER tokens_uses_insert AFTER INSERT ON tokens BEGIN
    INSERT INTO token_uses (token_id, guid, phase, used_at, address, agent) VALUES (new.id, new.guid, new.phase, 0, '', '');
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER tokens_uses_update AFTER UPDATE OF phase ON tokens WHEN new.phase <> old.phase BEGIN
    UPDATE token_uses SET phase = new.phase WHERE token_id = new.id;
END;
-- +goose StatementEnd
