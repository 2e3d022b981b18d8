package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"latchkey/internal/console"
	"latchkey/internal/service"
)

type tokenImport struct {
	File     string `arg:"" name:"file" help:"CSV with a head; - is standard input. A file of “token export” can be used as it is."`
	DryRun   bool   `name:"dry-run" help:"Make nothing, and say of every row what it would make or why it can’t."`
	LeaveOut bool   `name:"leave-out" help:"Make the tokens of the other rows, if some can’t be imported."`
	Secrets  string `placeholder:"FILE" help:"New file for the secrets, which are nowhere else; - is standard output."`
}

// Run makes the tokens of a file, one after the other, and writes down the
// secret of each before it makes the next.
func (i tokenImport) Run(ctx context.Context, p *program) error {
	problems := console.Problems{}
	problems.Check(i.DryRun || i.Secrets != "", "--secrets", "Say where the secrets are to go: --secrets FILE. They are nowhere else.")
	if err := problems.Err(); err != nil {
		return err
	}
	content, err := i.read(p)
	if err != nil {
		return err
	}
	return p.withService(ctx, func(svc *service.Service, actor console.Principal) error {
		made := console.Import{GUID: console.NewGUID(), File: filepath.Base(i.File), Content: content}
		lines, err := svc.PreviewImport(ctx, actor, made)
		if err != nil {
			return err
		}
		unsound, err := i.report(p, lines)
		if err != nil || i.DryRun && unsound == nil {
			return err
		}
		if unsound != nil && (i.DryRun || !i.LeaveOut) {
			return unsound
		}
		return i.make(ctx, p, svc, actor, made)
	})
}

// read is what stands in the file, and a little more of one that is too long.
func (i tokenImport) read(p *program) ([]byte, error) {
	from := p.stdin
	if i.File != "-" {
		file, err := os.Open(i.File)
		if err != nil {
			return nil, err
		}
		defer func() { _ = file.Close() }()
		from = file
	}
	return io.ReadAll(io.LimitReader(from, console.ImportSize+1))
}

// report says of every row what it would make, or why it can't. The second
// error is about the rows that can't be imported.
func (i tokenImport) report(p *program, lines []console.ImportLine) (unsound, err error) {
	n := 0
	table := p.list("LINE", "NAME", "RESULT")
	for _, l := range lines {
		result := "ready"
		if !l.Sound() {
			n++
			result = strings.Join(l.Sentences(), " ")
		}
		if i.DryRun || !l.Sound() {
			err = errors.Join(err, table.row(strconv.Itoa(l.Line), l.New.Name, result))
		}
	}
	if n > 0 {
		unsound = &console.Error{Code: console.CodeInvalid, Message: console.Count(n, "row") + " can’t be imported."}
	}
	if i.DryRun || n > 0 {
		err = table.end(err)
	}
	return unsound, err
}

func (i tokenImport) make(ctx context.Context, p *program, svc *service.Service, actor console.Principal, made console.Import) error {
	to, done := p.exact, func() error { return nil }
	if i.Secrets != "-" {
		file, err := os.OpenFile(i.Secrets, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
		if err != nil {
			return err
		}
		defer func() { _ = file.Close() }()
		to, done = file, file.Sync
	}
	if _, err := to.Write(console.ImportHead()); err != nil {
		return err
	}
	n := 0
	err := svc.RunImport(ctx, actor, made, i.LeaveOut, func(l console.ImportLine, secret console.Secret) error {
		text, err := l.Secret(secret)
		if err == nil {
			_, err = to.Write(text)
		}
		if err = errors.Join(err, done()); err != nil && !secret.IsZero() {
			return fmt.Errorf("the token %s was created, but its secret could not be written and is lost; rotate it: %w", l.Made.GUID, err)
		}
		if !secret.IsZero() {
			n++
		}
		return err
	})
	p.complain("Created %s.\n", console.Count(n, "token"))
	return err
}
