package cli

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/alecthomas/kong"

	"latchkey/internal/console"
)

// exitCodes is how this surface answers each kind of error.
var exitCodes = map[console.Code]int{
	console.CodeInvalid:         exitMisuse,
	console.CodeUnauthenticated: 4,
	console.CodeUnproved:        4,
	console.CodeForbidden:       4,
	console.CodeNotFound:        3,
	console.CodeConflict:        6,
	console.CodeLimited:         5,
	console.CodeUnavailable:     5,
	console.CodeInternal:        1,
}

const (
	// exitMisuse is for what cannot be done as it was asked for.
	exitMisuse = 2
	// exitInterrupted is what a shell reports of a program that was interrupted.
	exitInterrupted = 130
)

// flags are what people call the fields of errors on the command line, where
// that is not the field's own name.
var flags = map[string]string{
	"action":           "--action",
	"as":               "--repository-role",
	"confirm":          "--confirm",
	"connections":      "--view-of",
	"description":      "--description",
	"email":            "--email",
	"end_oldest":       "--end-oldest",
	"group":            "--group",
	"guid":             "GUID",
	"handover":         "--transfer-to, --revoke or --keep",
	"ip_filter":        "--ip-filter",
	"label":            "--label",
	"memberships":      "--repository",
	"organization":     "--name",
	"overlap":          "--overlap",
	"owner":            "--owner",
	"reason":           "--reason",
	"remove_scope":     "--remove-scope",
	"repository":       "--repository",
	"retention":        "--keep",
	"retention_window": "--window",
	"risk":             "--risk",
	"role":             "--role",
	"rules":            "--rule",
	"scopes":           "--scope",
	"session_absolute": "--absolute",
	"session_idle":     "--idle",
	"since":            "--since",
	"status":           "--status",
	"to":               "--transfer-to",
	"tokens":           "--tokens",
	"type":             "--type",
	"types":            "--type",
	"until":            "--until",
	"valid_from":       "--valid-from",
	"valid_to":         "--valid-to",
	"maximum":          "--maximum-lifetime",
}

// told is an error that the person has been told of already.
type told struct{ code console.Code }

func (t told) Error() string { return string(t.code) }

// worse is the code that stands later in the list of codes.
func worse(a, b console.Code) console.Code {
	if slices.Index(console.Codes, b) > slices.Index(console.Codes, a) {
		return b
	}
	return a
}

// fail tells a person everything that went wrong and returns the exit code.
func (p *program) fail(err error) int {
	if errors.Is(err, context.Canceled) {
		p.complain("latchkey: interrupted\n")
		return exitInterrupted
	}
	if t, ok := errors.AsType[told](err); ok {
		return exitCodes[t.code]
	}
	e, ok := errors.AsType[*console.Error](err)
	if !ok {
		p.complain("latchkey: %v\n", err)
		return exitCodes[console.CodeInternal]
	}
	p.complain("latchkey: %s\n", e.Message)
	for _, field := range slices.Sorted(maps.Keys(e.Fields)) {
		name := p.nameOf(field)
		if e.Fields[field] != e.Message {
			p.complain("  %s: %s\n", name, e.Fields[field])
		}
	}
	if e.RetryAfter > 0 && e.Code == console.CodeLimited {
		p.complain("  Try again in %v.\n", e.RetryAfter)
	}
	if e.Cause != nil {
		p.complain("  The reason: %s\n", strings.Join(strings.Fields(e.Cause.Error()), " "))
	}
	return exitCodes[e.Code]
}

// nameOf is what people call a field of an error on the command line: the flag or
// the argument of the command that they gave, as far as it has one.
func (p *program) nameOf(field string) string {
	flag := strings.ReplaceAll(field, "_", "-")
	known := map[string]bool{}
	if p.command != nil && p.command.Selected() != nil {
		for _, f := range p.command.Selected().Flags {
			known[f.Name] = true
		}
	}
	switch {
	case field == "name" && known["rename"]:
		return "--rename"
	case field == "guid" && known["guid"]:
		return "--guid"
	case field == "owner" && known["to"]:
		return "--to"
	case field == "rules" && p.gave("file"):
		return "--file"
	case flags[field] != "":
		return flags[field]
	case known[flag]:
		return "--" + flag
	case field == "name" && p.command != nil:
		return "NAME"
	}
	return field
}

// gave reports whether the command line has the flag.
func (p *program) gave(flag string) bool {
	return p.command != nil && slices.ContainsFunc(p.command.Path, func(part *kong.Path) bool { return part.Flag != nil && part.Flag.Name == flag })
}

// complain writes to stderr. If that fails there is nobody left to tell.
func (p *program) complain(format string, args ...any) {
	_, _ = fmt.Fprintf(p.stderr, format, args...)
}
