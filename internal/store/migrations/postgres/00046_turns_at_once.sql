-- +goose Up
-- A statement that changes many tokens counts their turns at once and not token by
-- token, on which a bulk change spent two fifths of its time. What the turns of one are
-- is said in one place.

-- +goose StatementBegin
CREATE FUNCTION turns_of(valid_from BIGINT, valid_to BIGINT, ends_at BIGINT, revoked_at BIGINT, disabled_to BIGINT)
RETURNS TABLE (day BIGINT, was TEXT, becomes TEXT) LANGUAGE sql IMMUTABLE AS $$
    SELECT t.day, t.was, t.becomes FROM (VALUES
        (revoked_at IS NOT NULL, revoked_at / 86400000, '', 'revoked'),
        (revoked_at IS NULL, -1, '', CASE WHEN disabled_to > 0 THEN 'disabled' WHEN valid_from IS NOT NULL THEN 'scheduled' ELSE 'active' END),
        (revoked_at IS NULL AND disabled_to > 0 AND disabled_to < ends_at, disabled_to / 86400000, 'disabled',
            CASE WHEN valid_from > disabled_to THEN 'scheduled' ELSE 'active' END),
        (revoked_at IS NULL AND valid_from > disabled_to AND valid_from < ends_at, valid_from / 86400000, 'scheduled', 'active'),
        (revoked_at IS NULL AND valid_to IS NOT NULL, ends_at / 86400000,
            CASE WHEN disabled_to >= ends_at THEN 'disabled' WHEN valid_from >= ends_at THEN 'scheduled' ELSE 'active' END, 'expired')
    ) AS t (holds, day, was, becomes) WHERE t.holds
$$;
-- +goose StatementEnd
CREATE OR REPLACE VIEW turns_of_tokens AS
SELECT t.id AS token_id, t.ip_filter_guid, t.valid_to, t.scopes, turns.day, turns.was, turns.becomes
FROM tokens t, turns_of(t.valid_from, t.valid_to, t.ends_at, t.revoked_at, t.disabled_to) AS turns;

-- What other tokens are related to is looked up by the token, however few there were
-- when that was planned.
-- +goose StatementBegin
CREATE FUNCTION turn_tokens() RETURNS trigger LANGUAGE plpgsql SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off AS $$
BEGIN
    INSERT INTO turn_counts_fresh (facet, day, was, becomes, n)
    SELECT facets.facet, turns.day, turns.was, turns.becomes, SUM(changed.sign)
    FROM (
        SELECT -1 AS sign, left_off.* FROM (
            SELECT id, valid_from, valid_to, ends_at, revoked_at, disabled_to, ip_filter_guid, scopes FROM before_it
            EXCEPT SELECT id, valid_from, valid_to, ends_at, revoked_at, disabled_to, ip_filter_guid, scopes FROM after_it) AS left_off
        UNION ALL SELECT 1, taken_on.* FROM (
            SELECT id, valid_from, valid_to, ends_at, revoked_at, disabled_to, ip_filter_guid, scopes FROM after_it
            EXCEPT SELECT id, valid_from, valid_to, ends_at, revoked_at, disabled_to, ip_filter_guid, scopes FROM before_it) AS taken_on
    ) AS changed, LATERAL (
        SELECT '' AS facet
        UNION ALL SELECT 'open' WHERE changed.ip_filter_guid IS NULL
        UNION ALL SELECT 'endless ' || changed.scopes WHERE changed.valid_to IS NULL
        UNION ALL SELECT repository_guid FROM token_repositories WHERE token_id = changed.id
    ) AS facets, turns_of(changed.valid_from, changed.valid_to, changed.ends_at, changed.revoked_at, changed.disabled_to) AS turns
    GROUP BY 1, 2, 3, 4 HAVING SUM(changed.sign) <> 0;
    RETURN NULL;
END $$;
-- +goose StatementEnd
DROP TRIGGER tokens_turns_before_update ON tokens;
DROP TRIGGER tokens_turns_after_update ON tokens;
CREATE TRIGGER tokens_turns_update AFTER UPDATE ON tokens REFERENCING OLD TABLE AS before_it NEW TABLE AS after_it
FOR EACH STATEMENT EXECUTE FUNCTION turn_tokens();

-- +goose StatementBegin
CREATE FUNCTION use_tokens() RETURNS trigger LANGUAGE plpgsql SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off AS $$
BEGIN
    UPDATE token_uses u SET phase = t.phase FROM after_it t WHERE u.token_id = t.id AND u.phase <> t.phase;
    RETURN NULL;
END $$;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE OR REPLACE FUNCTION use_token() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO token_uses (token_id, guid, phase, used_at, address, agent) VALUES (NEW.id, NEW.guid, NEW.phase, 0, '', '');
    RETURN NULL;
END $$;
-- +goose StatementEnd
DROP TRIGGER tokens_uses_update ON tokens;
CREATE TRIGGER tokens_uses_update AFTER UPDATE ON tokens REFERENCING NEW TABLE AS after_it
FOR EACH STATEMENT EXECUTE FUNCTION use_tokens();
