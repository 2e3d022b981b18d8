package console

import (
	"errors"
	"maps"
	"slices"
	"strings"
	"time"
)

// Code says what kind of answer an error is. Every surface maps the codes in
// one table of its own.
type Code string

// The codes, in the order in which a surface lists them.
const (
	CodeInvalid         Code = "invalid"
	CodeUnauthenticated Code = "unauthenticated"
	// CodeUnproved is for what is allowed to who asks, once they prove again
	// who they are.
	CodeUnproved    Code = "unproved"
	CodeForbidden   Code = "forbidden"
	CodeNotFound    Code = "not_found"
	CodeConflict    Code = "conflict"
	CodeLimited     Code = "limited"
	CodeUnavailable Code = "unavailable"
	CodeInternal    Code = "internal"
)

// Codes are all codes, for tables that must not miss one.
var Codes = []Code{
	CodeInvalid, CodeUnauthenticated, CodeUnproved, CodeForbidden, CodeNotFound,
	CodeConflict, CodeLimited, CodeUnavailable, CodeInternal,
}

// Error is an error that may be shown to the person who caused it. Any other
// error is internal: its text is for the log.
type Error struct {
	Code    Code
	Message string
	// Fields has one sentence for each unsound field, by the field's name.
	Fields map[string]string
	// RetryAfter is how long to wait, for limited and unavailable.
	RetryAfter time.Duration
	// Denied is what the policy refused, for the audit log; nil if it was not
	// the policy.
	Denied *Denial
	// Stale is what was changed since what was asked for is based on it; nil if
	// nothing was.
	Stale *Target
	// Cause is for the log and never shown.
	Cause error
}

// A Denial is what somebody wanted and may not do.
type Denial struct {
	Wanted Permission
	Target Target
	// Recorded is whether the audit log has it already.
	Recorded bool
}

func (e *Error) Error() string {
	text := e.Message
	for _, field := range slices.Sorted(maps.Keys(e.Fields)) {
		text += " " + field + ": " + e.Fields[field]
	}
	if e.Cause != nil {
		text += " (" + e.Cause.Error() + ")"
	}
	return strings.TrimSpace(text)
}

func (e *Error) Unwrap() error { return e.Cause }

// CodeOf reports the code of err, which is CodeInternal for any error that is
// not an *Error, and empty for nil.
func CodeOf(err error) Code {
	if err == nil {
		return ""
	}
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Code
	}
	return CodeInternal
}

// NotFound is the one answer for what is absent and for what is not the
// asker's to see, so that guessing teaches nothing.
func NotFound() error {
	return &Error{Code: CodeNotFound, Message: "There is nothing here, or it is not yours to see."}
}

// Forbidden says that what was asked is known and not allowed.
func Forbidden(message string) error { return &Error{Code: CodeForbidden, Message: message} }

// Deny marks err as a refusal of the policy, to do perm to target. Who gets
// not_found has been told of nothing that they could be denied.
func Deny(err error, perm Permission, target Target) error {
	e, ok := errors.AsType[*Error](err)
	if ok && (e.Code == CodeForbidden || e.Code == CodeInvalid) && e.Denied == nil {
		e.Denied = &Denial{Wanted: perm, Target: target}
	}
	return err
}

// Unauthenticated says that we do not know who asks.
func Unauthenticated() error {
	return &Error{Code: CodeUnauthenticated, Message: "Sign in to continue."}
}

// Unproved says that what was asked needs a fresh proof of who asks.
func Unproved() error {
	return &Error{Code: CodeUnproved, Message: "Confirm that it’s you, then this can be done."}
}

// Conflict says that the request was sound but the world has changed or is in
// the way. Field, when given, is where a form shows it.
func Conflict(field, message string) error {
	e := &Error{Code: CodeConflict, Message: message}
	if field != "" {
		e.Fields = map[string]string{field: message}
	}
	return e
}

// Limited says that something was asked too often.
func Limited(message string, retryAfter time.Duration) error {
	return &Error{Code: CodeLimited, Message: message, RetryAfter: retryAfter}
}

// Unavailable says that the database or another part is away for now.
func Unavailable(cause error) error {
	return &Error{
		Code: CodeUnavailable, Message: "Latchkey cannot reach its database right now. Try again in a moment.",
		RetryAfter: 2 * time.Second, Cause: cause,
	}
}

// Problems collects what is wrong with an input, one sentence a field, the
// first problem of a field winning.
type Problems map[string]string

// Check notes the sentence under field unless ok.
func (p Problems) Check(ok bool, field, sentence string) {
	if _, noted := p[field]; !ok && !noted {
		p[field] = sentence
	}
}

// Err is nil when nothing was noted, else an invalid Error with all fields.
func (p Problems) Err() error {
	if len(p) == 0 {
		return nil
	}
	return &Error{Code: CodeInvalid, Message: "Some fields need another look.", Fields: p}
}

// Sentence is what an error says to the person who caused it: its first field's
// sentence, else its message; for internal ones only that something is wrong.
func Sentence(err error) string {
	e, ok := errors.AsType[*Error](err)
	if !ok {
		return "Something went wrong."
	}
	for _, field := range slices.Sorted(maps.Keys(e.Fields)) {
		return e.Fields[field]
	}
	return e.Message
}
