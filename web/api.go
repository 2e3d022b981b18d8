package web

import (
	"errors"
	"net/http"

	"github.com/labstack/echo/v4"

	"latchkey/internal/console"
	"latchkey/views"
)

// showAPI answers GET /api.
func (s *Server) showAPI(c echo.Context) error {
	examples, err := views.APIExamples(s.baseURL())
	if err != nil {
		return err
	}
	return s.showPage(c, http.StatusOK, views.API(views.APIProps{Endpoint: s.baseURL() + "/graphql", Examples: examples}))
}

// showExplorer answers GET /api/explorer: the page, with an example of the
// operation that the address names.
func (s *Server) showExplorer(c echo.Context) error {
	operation := c.QueryParam("operation")
	if operation == "" {
		operation = "tokens"
	}
	document, variables := s.explorer.Example(operation)
	if document == "" {
		return console.NotFound()
	}
	return s.showPage(c, http.StatusOK, views.Explorer(s.explorerProps(document, variables)))
}

// explore answers POST /api/explorer: it runs what was typed.
func (s *Server) explore(c echo.Context) error {
	p := s.explorerProps(c.FormValue("document"), c.FormValue("variables"))
	row, _ := rowOf(c)
	answer, err := s.explorer.Answer(c.Request().Context(), actor(c), row.User, p.Document, p.Variables)
	if known, ok := errors.AsType[*console.Error](err); ok && len(known.Fields) > 0 {
		p.DocumentError, p.VariablesError = known.Fields["document"], known.Fields["variables"]
		return s.show(c, http.StatusUnprocessableEntity, views.Explorer(p), views.ExplorerFaults(p))
	}
	if err != nil {
		return err
	}
	p.Answer = answer
	return s.show(c, http.StatusOK, views.Explorer(p), views.ExplorerSwap(p))
}

func (s *Server) explorerProps(document, variables string) views.ExplorerProps {
	p := views.ExplorerProps{
		Document: document, Variables: variables, Schema: s.explorer.Schema(),
		Kinds: []views.ExplorerKind{{Label: "Queries"}, {Label: "Mutations"}},
	}
	for _, operation := range s.explorer.Operations() {
		kind := &p.Kinds[0]
		if operation.Kind == "mutation" {
			kind = &p.Kinds[1]
		}
		kind.Operations = append(kind.Operations, views.ExplorerOperation{Name: operation.Name, Signature: operation.Signature})
	}
	return p
}
