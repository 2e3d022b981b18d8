-- +goose Up
-- How many tokens are what at an instant is the sum of their turns before it: a turn
-- is a token becoming something on a day. Turns are counted by facet, which is '' for
-- all tokens, 'open' for those without an IP filter, 'endless ' and their scopes for
-- those without an end, and a repository's GUID for those of it. Days are counted from
-- 1970, in UTC; what a token is from its beginning it becomes on day -1.
CREATE TABLE turn_counts (
    facet   TEXT COLLATE "C" NOT NULL,
    day     INTEGER NOT NULL,
    was     TEXT COLLATE "C" NOT NULL,
    becomes TEXT COLLATE "C" NOT NULL,
    n       BIGINT NOT NULL,
    PRIMARY KEY (facet, day, was, becomes)
);
-- Transactions add rows here, so that none waits for another that counts the same. A
-- server moves them over, every few seconds.
CREATE TABLE turn_counts_fresh (
    facet   TEXT COLLATE "C" NOT NULL,
    day     INTEGER NOT NULL,
    was     TEXT COLLATE "C" NOT NULL,
    becomes TEXT COLLATE "C" NOT NULL,
    n       BIGINT NOT NULL
);
CREATE VIEW token_turns AS SELECT * FROM turn_counts UNION ALL SELECT * FROM turn_counts_fresh;

-- The turns of each token. One without a valid_from is active from its creation, which
-- is never ahead.
CREATE VIEW turns_of_tokens AS
SELECT id AS token_id, ip_filter_guid, valid_to, scopes, revoked_at / 86400000 AS day, '' AS was, 'revoked' AS becomes FROM tokens WHERE revoked_at IS NOT NULL
UNION ALL
SELECT id, ip_filter_guid, valid_to, scopes, -1, '', CASE WHEN disabled_to > 0 THEN 'disabled' WHEN valid_from IS NOT NULL THEN 'scheduled' ELSE 'active' END
FROM tokens WHERE revoked_at IS NULL
UNION ALL
SELECT id, ip_filter_guid, valid_to, scopes, disabled_to / 86400000, 'disabled', CASE WHEN valid_from > disabled_to THEN 'scheduled' ELSE 'active' END
FROM tokens WHERE revoked_at IS NULL AND disabled_to > 0 AND disabled_to < ends_at
UNION ALL
SELECT id, ip_filter_guid, valid_to, scopes, valid_from / 86400000, 'scheduled', 'active'
FROM tokens WHERE revoked_at IS NULL AND valid_from > disabled_to AND valid_from < ends_at
UNION ALL
SELECT id, ip_filter_guid, valid_to, scopes, ends_at / 86400000,
    CASE WHEN disabled_to >= ends_at THEN 'disabled' WHEN valid_from >= ends_at THEN 'scheduled' ELSE 'active' END, 'expired'
FROM tokens WHERE revoked_at IS NULL AND valid_to IS NOT NULL;

CREATE VIEW facets_of_tokens AS
SELECT id AS token_id, '' AS facet FROM tokens
UNION ALL SELECT id, 'open' FROM tokens WHERE ip_filter_guid IS NULL
UNION ALL SELECT id, 'endless ' || scopes FROM tokens WHERE valid_to IS NULL
UNION ALL SELECT token_id, repository_guid FROM token_repositories;

-- +goose StatementBegin
CREATE FUNCTION turn_token() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    token BIGINT := CASE WHEN TG_OP = 'DELETE' THEN OLD.id ELSE NEW.id END;
    sign INTEGER := CASE TG_WHEN WHEN 'BEFORE' THEN -1 ELSE 1 END;
BEGIN
    INSERT INTO turn_counts_fresh (facet, day, was, becomes, n)
    SELECT f.facet, t.day, t.was, t.becomes, sign FROM facets_of_tokens f, turns_of_tokens t WHERE f.token_id = token AND t.token_id = token;
    IF TG_OP = 'DELETE' THEN
        RETURN OLD;
    END IF;
    RETURN NEW;
END $$;
-- +goose StatementEnd
CREATE TRIGGER tokens_turns_insert AFTER INSERT ON tokens FOR EACH ROW EXECUTE FUNCTION turn_token();
CREATE TRIGGER tokens_turns_before_update BEFORE UPDATE ON tokens FOR EACH ROW
WHEN ((OLD.valid_from, OLD.valid_to, OLD.revoked_at, OLD.disabled_at, OLD.disabled_until, OLD.ip_filter_guid, OLD.scopes)
    IS DISTINCT FROM (NEW.valid_from, NEW.valid_to, NEW.revoked_at, NEW.disabled_at, NEW.disabled_until, NEW.ip_filter_guid, NEW.scopes))
EXECUTE FUNCTION turn_token();
CREATE TRIGGER tokens_turns_after_update AFTER UPDATE ON tokens FOR EACH ROW
WHEN ((OLD.valid_from, OLD.valid_to, OLD.revoked_at, OLD.disabled_at, OLD.disabled_until, OLD.ip_filter_guid, OLD.scopes)
    IS DISTINCT FROM (NEW.valid_from, NEW.valid_to, NEW.revoked_at, NEW.disabled_at, NEW.disabled_until, NEW.ip_filter_guid, NEW.scopes))
EXECUTE FUNCTION turn_token();
CREATE TRIGGER tokens_turns_delete BEFORE DELETE ON tokens FOR EACH ROW EXECUTE FUNCTION turn_token();

-- What goes with its token was counted with it: the token is gone by then, with its turns.
-- +goose StatementBegin
CREATE FUNCTION turn_token_repository() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        INSERT INTO turn_counts_fresh (facet, day, was, becomes, n)
        SELECT NEW.repository_guid, t.day, t.was, t.becomes, 1 FROM turns_of_tokens t WHERE t.token_id = NEW.token_id;
        RETURN NEW;
    END IF;
    INSERT INTO turn_counts_fresh (facet, day, was, becomes, n)
    SELECT OLD.repository_guid, t.day, t.was, t.becomes, -1 FROM turns_of_tokens t WHERE t.token_id = OLD.token_id;
    RETURN OLD;
END $$;
-- +goose StatementEnd
CREATE TRIGGER token_repositories_turns_insert AFTER INSERT ON token_repositories FOR EACH ROW EXECUTE FUNCTION turn_token_repository();
CREATE TRIGGER token_repositories_turns_delete BEFORE DELETE ON token_repositories FOR EACH ROW EXECUTE FUNCTION turn_token_repository();

INSERT INTO turn_counts (facet, day, was, becomes, n)
SELECT '', day, was, becomes, COUNT(*) FROM turns_of_tokens GROUP BY day, was, becomes;
INSERT INTO turn_counts (facet, day, was, becomes, n)
SELECT 'open', day, was, becomes, COUNT(*) FROM turns_of_tokens WHERE ip_filter_guid IS NULL GROUP BY day, was, becomes;
INSERT INTO turn_counts (facet, day, was, becomes, n)
SELECT 'endless ' || scopes, day, was, becomes, COUNT(*) FROM turns_of_tokens WHERE valid_to IS NULL GROUP BY scopes, day, was, becomes;
INSERT INTO turn_counts (facet, day, was, becomes, n)
SELECT r.repository_guid, t.day, t.was, t.becomes, COUNT(*) FROM turns_of_tokens t JOIN token_repositories r ON r.token_id = t.token_id
GROUP BY r.repository_guid, t.day, t.was, t.becomes;

-- Whose turn is today, and which tokens of somebody can still be active.
CREATE INDEX tokens_by_valid_from ON tokens (valid_from, ends_at, disabled_to) WHERE revoked_at IS NULL AND valid_from IS NOT NULL;
CREATE INDEX tokens_by_pause ON tokens (disabled_to, ends_at, valid_from) WHERE revoked_at IS NULL AND disabled_until IS NOT NULL;
CREATE INDEX tokens_by_owner_life ON tokens (owner_guid, ends_at, starts_at, disabled_to) WHERE revoked_at IS NULL;

-- How often tokens of a repository were allowed and refused on a day. The repository is
-- '' for tokens of none, and 'several' for those of more than one, so that nothing is
-- counted twice.
CREATE TABLE repository_days (
    repository_guid TEXT COLLATE "C" NOT NULL,
    day             INTEGER NOT NULL,
    allowed         BIGINT NOT NULL,
    refused         BIGINT NOT NULL,
    PRIMARY KEY (day, repository_guid)
) WITH (fillfactor = 70);
INSERT INTO repository_days (repository_guid, day, allowed, refused)
SELECT COALESCE(r.repository_guid, ''), d.day, SUM(CASE WHEN d.reason = '' THEN d.n ELSE 0 END), SUM(CASE WHEN d.reason = '' THEN 0 ELSE d.n END)
FROM token_days d LEFT JOIN (
    SELECT token_id, CASE COUNT(*) WHEN 1 THEN MIN(repository_guid) ELSE 'several' END AS repository_guid
    FROM token_repositories GROUP BY token_id
) r ON r.token_id = d.token_id
GROUP BY 1, 2;
