-- +goose Up
-- Events are added to the audit log and stay as they are.
-- +goose StatementBegin
CREATE TRIGGER audit_events_no_update BEFORE UPDATE ON audit_events BEGIN
    SELECT RAISE(ABORT, 'the audit log is append-only: UPDATE is refused');
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER audit_events_no_delete BEFORE DELETE ON audit_events BEGIN
    SELECT RAISE(ABORT, 'the audit log is append-only: DELETE is refused');
END;
-- +goose StatementEnd
-- REPLACE deletes without asking the trigger before.
-- +goose StatementBegin
CREATE TRIGGER audit_events_no_replace BEFORE INSERT ON audit_events
WHEN EXISTS (SELECT 1 FROM audit_events WHERE id = new.id) BEGIN
    SELECT RAISE(ABORT, 'the audit log is append-only: REPLACE is refused');
END;
-- +goose StatementEnd
