-- +goose Up
-- Which two neighbouring characters names have, by the two that they begin with: a walk
-- along the names for a word passes over those that cannot have it. What was here once
-- stays, also without a token that has it.
CREATE TABLE name_pairs (
    pair   TEXT NOT NULL,
    prefix TEXT NOT NULL,
    PRIMARY KEY (pair, prefix)
) STRICT, WITHOUT ROWID;

-- +goose StatementBegin
CREATE TRIGGER tokens_pairs_insert AFTER INSERT ON tokens BEGIN
    INSERT OR IGNORE INTO name_pairs (pair, prefix)
    SELECT substr(new.name_folded, value, 2), substr(new.name_folded, 1, 2) FROM generate_series(1, length(new.name_folded) - 1);
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER tokens_pairs_update AFTER UPDATE OF name_folded ON tokens WHEN new.name_folded <> old.name_folded BEGIN
    INSERT OR IGNORE INTO name_pairs (pair, prefix)
    SELECT substr(new.name_folded, value, 2), substr(new.name_folded, 1, 2) FROM generate_series(1, length(new.name_folded) - 1);
END;
-- +goose StatementEnd

INSERT OR IGNORE INTO name_pairs (pair, prefix)
SELECT substr(name_folded, value, 2), substr(name_folded, 1, 2) FROM tokens, generate_series(1, length(name_folded) - 1);
