-- +goose Up
-- Which two neighbouring characters names have, by the two that they begin with: a walk
-- along the names for a word passes over those that cannot have it. What was here once
-- stays, also without a token that has it. Some may be here twice: no transaction waits
-- for another that writes the same.
CREATE TABLE name_pairs (
    pair   TEXT COLLATE "C" NOT NULL,
    prefix TEXT COLLATE "C" NOT NULL
);

-- +goose StatementBegin
CREATE FUNCTION pair_name() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO name_pairs (pair, prefix)
    SELECT substr(NEW.name_folded, i, 2), left(NEW.name_folded, 2) FROM generate_series(1, char_length(NEW.name_folded) - 1) AS i
    WHERE (SELECT 1 FROM name_pairs p WHERE p.pair = substr(NEW.name_folded, i, 2) AND p.prefix = left(NEW.name_folded, 2) LIMIT 1) IS NULL;
    RETURN NULL;
END $$;
-- +goose StatementEnd
CREATE TRIGGER tokens_pairs_insert AFTER INSERT ON tokens FOR EACH ROW EXECUTE FUNCTION pair_name();
CREATE TRIGGER tokens_pairs_update AFTER UPDATE OF name_folded ON tokens FOR EACH ROW WHEN (NEW.name_folded <> OLD.name_folded) EXECUTE FUNCTION pair_name();

-- There are few of them, whatever it is taken for.
SET LOCAL enable_sort = off;
INSERT INTO name_pairs (pair, prefix)
SELECT DISTINCT substr(name_folded, i, 2), left(name_folded, 2) FROM tokens, generate_series(1, char_length(name_folded) - 1) AS i;
SET LOCAL enable_sort = on;
CREATE INDEX name_pairs_by_pair ON name_pairs (pair, prefix);
