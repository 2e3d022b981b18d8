package console_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"latchkey/internal/console"
)

func TestCodeOf(t *testing.T) {
	notFound, conflict := console.NotFound(), console.Conflict("name", "Taken.")
	for _, test := range []struct {
		name string
		err  error
		want console.Code
	}{
		{"nothing", nil, ""},
		{"somebody else's", errors.New("no"), console.CodeInternal},
		{"a cancelled request", context.Canceled, console.CodeInternal},
		{"ours", notFound, console.CodeNotFound},
		{"ours, wrapped", fmt.Errorf("reading: %w", notFound), console.CodeNotFound},
		{"ours, wrapped twice", fmt.Errorf("a: %w", fmt.Errorf("b: %w", notFound)), console.CodeNotFound},
		{"ours, quoted but not wrapped", fmt.Errorf("reading: %v", notFound), console.CodeInternal},
		{"ours, joined with nothing", errors.Join(nil, notFound, nil), console.CodeNotFound},
		{"ours, joined behind another", errors.Join(errors.New("no"), notFound), console.CodeNotFound},
		{"two of ours, joined", errors.Join(conflict, notFound), console.CodeConflict},
		{"two of ours, wrapped at once", fmt.Errorf("%w, %w", notFound, conflict), console.CodeNotFound},
		{"ours with a cause", console.Unavailable(notFound), console.CodeUnavailable},
		{"nothing joined", errors.Join(nil, nil), ""},
	} {
		if got := console.CodeOf(test.err); got != test.want {
			t.Errorf("%s: %q, want %q", test.name, got, test.want)
		}
	}
}

func TestErrorsOfEveryCode(t *testing.T) {
	p := console.Problems{}
	p.Check(false, "name", "Give it a name.")
	made := map[console.Code]error{
		console.CodeInvalid: p.Err(), console.CodeUnauthenticated: console.Unauthenticated(), console.CodeForbidden: console.Forbidden("Not you."),
		console.CodeUnproved: console.Unproved(),
		console.CodeNotFound: console.NotFound(), console.CodeConflict: console.Conflict("", "Taken."),
		console.CodeLimited: console.Limited("Wait.", time.Minute), console.CodeUnavailable: console.Unavailable(errors.New("refused")),
		console.CodeInternal: errors.New("ours"),
	}
	if len(made) != len(console.Codes) {
		t.Errorf("%d codes are tested, there are %d", len(made), len(console.Codes))
	}
	for _, code := range console.Codes {
		if got := console.CodeOf(made[code]); got != code {
			t.Errorf("%v has the code %q, want %q", made[code], got, code)
		}
		if text := made[code].Error(); text == "" || strings.TrimSpace(text) != text {
			t.Errorf("%s says %q", code, text)
		}
	}
	waiting, _ := errors.AsType[*console.Error](made[console.CodeLimited])
	if waiting.RetryAfter != time.Minute {
		t.Errorf("limited says to wait %v", waiting.RetryAfter)
	}
	away, _ := errors.AsType[*console.Error](made[console.CodeUnavailable])
	if away.RetryAfter <= 0 || errors.Unwrap(away) == nil || strings.Contains(away.Message, "refused") {
		t.Errorf("unavailable says to wait %v and shows %q", away.RetryAfter, away.Message)
	}
}

func TestErrorText(t *testing.T) {
	e := &console.Error{
		Code: console.CodeInvalid, Message: "Look again.", Cause: errors.New("cause"),
		Fields: map[string]string{"scopes": "None.", "name": "Taken."},
	}
	if got, want := e.Error(), "Look again. name: Taken. scopes: None. (cause)"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
	for field, want := range map[string]int{"": 0, "name": 1} {
		e, _ := errors.AsType[*console.Error](console.Conflict(field, "Taken."))
		if len(e.Fields) != want || e.Message != "Taken." || want == 1 && e.Fields[field] != "Taken." {
			t.Errorf("a conflict about %q has the fields %v", field, e.Fields)
		}
	}
}

func TestFirstProblemOfAFieldWins(t *testing.T) {
	p := console.Problems{}
	if err := p.Err(); err != nil {
		t.Errorf("nothing is wrong: %v", err)
	}
	p.Check(true, "name", "zeroth")
	p.Check(false, "name", "first")
	p.Check(false, "name", "second")
	p.Check(true, "name", "third")
	p.Check(false, "scopes", "other")
	e, ok := errors.AsType[*console.Error](p.Err())
	if !ok || e.Code != console.CodeInvalid || len(e.Fields) != 2 || e.Fields["name"] != "first" || e.Fields["scopes"] != "other" {
		t.Errorf("%v", p.Err())
	}
}

func TestSentence(t *testing.T) {
	p := console.Problems{}
	p.Check(false, "b", "Second.")
	p.Check(false, "a", "First.")
	for _, test := range []struct {
		err  error
		want string
	}{
		{errors.New("pq: secret detail"), "Something went wrong."},
		{fmt.Errorf("wrapped: %w", p.Err()), "First."},
		{console.Conflict("", "Taken."), "Taken."},
		{console.Unavailable(errors.New("dial tcp")), "Latchkey cannot reach its database right now. Try again in a moment."},
	} {
		if got := console.Sentence(test.err); got != test.want {
			t.Errorf("%v: %q, want %q", test.err, got, test.want)
		}
	}
}
