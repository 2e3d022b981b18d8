package web

import (
	"context"
	"net/http"
	"slices"

	"github.com/labstack/echo/v4"

	"latchkey/internal/console"
	"latchkey/views"
)

// exchangeRoutes are those of tokens as files.
func exchangeRoutes() []route {
	return []route{
		{http.MethodGet, "/tokens.csv", false, (*Server).exportTokens},
		{http.MethodGet, "/tokens.jsonl", false, (*Server).exportTokens},
		{http.MethodPost, "/tokens/export", false, (*Server).exportChosen},
		{http.MethodGet, "/tokens/import", false, (*Server).newImport},
		{http.MethodPost, "/tokens/import", false, (*Server).createImport},
		{http.MethodGet, "/tokens/import/:import", false, (*Server).showImport},
		{http.MethodPost, "/tokens/import/:import/secrets.csv", false, (*Server).runImport},
		{http.MethodPost, "/tokens/import/:import/rotation.csv", false, (*Server).rotateImported},
		{http.MethodGet, "/repositories/:repo/settings/tokens.csv", false, (*Server).exportTokens},
		{http.MethodGet, "/repositories/:repo/settings/tokens.jsonl", false, (*Server).exportTokens},
		{http.MethodPost, "/repositories/:repo/settings/tokens/export", false, (*Server).exportChosen},
	}
}

// exportTokens answers GET /tokens.csv and its like: all that the filters of the
// list let through, in its order.
func (s *Server) exportTokens(c echo.Context) error {
	at, err := s.place(c)
	if err != nil {
		return err
	}
	list, err := s.askedTokens(c, at, c.QueryParams())
	if err != nil {
		return err
	}
	if err := list.nameNothing(); err != nil {
		return err
	}
	return s.sendTokens(c, console.TokenExport{Filter: list.filter(), Sort: list.query.sort, Format: exportFormat(c)})
}

// exportChosen answers POST .../tokens/export: the ticked tokens.
func (s *Server) exportChosen(c echo.Context) error {
	at, err := s.place(c)
	if err != nil {
		return err
	}
	if err := at.need(actor(c), console.TokenRead); err != nil {
		return err
	}
	form := c.Request().PostForm
	x := console.TokenExport{Filter: console.TokenFilter{Repository: at.guid()}, Format: console.ExportFormat(form.Get("format")), Only: guidsOf(form["guid"])}
	if len(x.Only) == 0 {
		return errNoneTicked
	}
	if !slices.Contains(console.ExportFormats, x.Format) {
		x.Format = console.ExportCSV
	}
	return s.sendTokens(c, x)
}

func (s *Server) sendTokens(c echo.Context, x console.TokenExport) error {
	return export(s, c, file{name: "tokens", format: x.Format, head: x.Format.TokenHead()}, x.Format.Token, func(ctx context.Context, visit func(console.TokenLine) error) error {
		return s.svc.ExportTokens(ctx, actor(c), x, visit)
	})
}

// exports are the list's addresses as files: what passes its filters, in its
// order.
func (l tokenList) exports() map[console.ExportFormat]string {
	all := map[console.ExportFormat]string{}
	q := l.query
	q.page = console.PageRequest{}
	state := q.on("")
	for _, format := range console.ExportFormats {
		all[format] = views.TokensExportPath(l.at.name(), format) + state
	}
	return all
}
