package web

import (
	"context"
	"errors"
	"io"
	"net/http"
	"path"
	"strings"

	"github.com/labstack/echo/v4"

	"latchkey/internal/console"
	"latchkey/views"
)

// newImport answers GET /tokens/import.
func (s *Server) newImport(c echo.Context) error { return s.showImportForm(c, http.StatusOK, "") }

func (s *Server) showImportForm(c echo.Context, status int, problem string) error {
	kept, err := s.svc.ListImports(c.Request().Context(), actor(c))
	if err != nil {
		return err
	}
	page := views.TokenImportForm(views.TokenImportFormProps{Problem: problem, Kept: kept, Reader: s.reader(c)})
	return s.show(c, status, page, page)
}

// createImport answers POST /tokens/import: it keeps the file, and makes nothing.
func (s *Server) createImport(c echo.Context) error {
	if err := actor(c).NeedSomewhere(console.TokenWrite); err != nil {
		return err
	}
	sent, header, err := c.Request().FormFile("file")
	if errors.Is(err, http.ErrMissingFile) || errors.Is(err, http.ErrNotMultipart) {
		return s.showImportForm(c, http.StatusUnprocessableEntity, "Choose a file.")
	}
	if err != nil {
		return errBadForm
	}
	defer func() { _ = sent.Close() }()
	content, err := io.ReadAll(sent)
	if err != nil {
		return errBadForm
	}
	name := path.Base(strings.ReplaceAll(header.Filename, `\`, "/"))
	made, err := s.svc.CreateImport(c.Request().Context(), actor(c), console.Import{File: name, Content: content})
	if problem := fieldsOf(err)["file"]; problem != "" {
		return s.showImportForm(c, http.StatusUnprocessableEntity, problem)
	}
	if err != nil {
		return err
	}
	return c.Redirect(http.StatusSeeOther, views.ImportPath(made.GUID))
}

// imported is the import that the path names.
func (s *Server) imported(c echo.Context) (console.Import, error) {
	return s.svc.GetImport(c.Request().Context(), actor(c), console.GUID(param(c, "import")))
}

// showImport answers GET /tokens/import/:import: what its rows would make, or
// made.
func (s *Server) showImport(c echo.Context) error {
	i, err := s.imported(c)
	if err != nil {
		return err
	}
	lines, err := s.svc.PreviewImport(c.Request().Context(), actor(c), i)
	if err != nil {
		return err
	}
	sheet, err := i.Rows()
	if err != nil {
		return err
	}
	p := views.TokenImportProps{Import: i, Lines: lines, Ignored: sheet.Ignored, Reader: s.reader(c)}
	return s.show(c, http.StatusOK, views.TokenImport(p), views.TokenImportState(p))
}

// runImport answers POST .../secrets.csv: it makes the tokens, and its answer is
// the one place where their secrets are.
func (s *Server) runImport(c echo.Context) error {
	leaveOut := c.Request().PostForm.Get("leave_out") == "yes"
	return s.handSecrets(c, func(ctx context.Context, i console.Import, visit importVisit) error {
		return s.svc.RunImport(ctx, actor(c), i, leaveOut, visit)
	})
}

// rotateImported answers POST .../rotation.csv.
func (s *Server) rotateImported(c echo.Context) error {
	return s.handSecrets(c, func(ctx context.Context, i console.Import, visit importVisit) error {
		return s.svc.RotateImported(ctx, actor(c), i, visit)
	})
}

type importVisit = func(console.ImportLine, console.Secret) error

// handSecrets answers with what is made of the import that the path names, line
// by line.
func (s *Server) handSecrets(c echo.Context, make func(context.Context, console.Import, importVisit) error) error {
	i, err := s.imported(c)
	if err != nil {
		return err
	}
	type made struct {
		line   console.ImportLine
		secret console.Secret
	}
	text := func(m made) ([]byte, error) { return m.line.Secret(m.secret) }
	f := file{name: "token-secrets", format: console.ExportCSV, head: console.ImportHead(), kept: true}
	return export(s, c, f, text, func(ctx context.Context, visit func(made) error) error {
		return make(ctx, i, func(l console.ImportLine, secret console.Secret) error { return visit(made{l, secret}) })
	})
}
