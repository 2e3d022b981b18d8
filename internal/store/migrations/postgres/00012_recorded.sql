-- +goose Up
-- Whoever keeps facts in memory hears that something was recorded.

-- +goose StatementBegin
CREATE FUNCTION tell_recorded() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify('latchkey_recorded', '');
    RETURN NULL;
END
$$;
-- +goose StatementEnd
CREATE TRIGGER audit_events_told AFTER INSERT ON audit_events FOR EACH STATEMENT EXECUTE FUNCTION tell_recorded();
