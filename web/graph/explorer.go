package graph

import (
	"bytes"
	"context"
	"encoding/json"
	"strings"

	"github.com/graph-gophers/graphql-go"

	"latchkey/internal/console"
	"latchkey/internal/service"
)

// Explorer lets people who are signed in ask as programs do, with rights of
// their own.
type Explorer struct {
	graph *graph
	// changes are the names of all mutations.
	changes map[string]bool
}

// NewExplorer returns an explorer of what Mount answers.
func NewExplorer(svc *service.Service, o Options) *Explorer {
	e := &Explorer{graph: newGraph(svc, o), changes: map[string]bool{}}
	for _, field := range e.fields("mutation") {
		e.changes[field.Name] = true
	}
	return e
}

// Schema is the whole schema, as text.
func (*Explorer) Schema() string { return schema }

// Answer runs a document for somebody, with variables that are a JSON object or
// nothing, and returns the answer, indented. What is wrong with the document
// stands in the answer; what is wrong with the variables is invalid, and so is more
// than one mutation. It is unproved if somebody has to confirm who they are first,
// and nothing was done then: they may run the same document again.
func (e *Explorer) Answer(ctx context.Context, actor console.Principal, user console.User, document, variables string) (string, error) {
	own, forget, err := e.graph.places.admit(actor.GUID)
	if err != nil {
		return "", err
	}
	defer forget()
	a := &asking{Caller: service.Caller{Principal: actor, User: user}, id: actor.RequestID}
	var response *graphql.Response
	err = e.graph.inPlace(ctx, own, func() error {
		asked, err := e.read(document, variables)
		if err == nil {
			response, err = e.graph.run(ctx, a, asked)
		}
		return err
	})
	if err != nil {
		return "", err
	}
	for _, failure := range response.Errors {
		if err := failure.ResolverError; err != nil && replies[console.CodeOf(err)].within != 200 || console.CodeOf(err) == console.CodeUnproved {
			return "", err
		}
	}
	var text bytes.Buffer
	encoder := json.NewEncoder(&text)
	encoder.SetIndent("", "  ")
	encoder.SetEscapeHTML(false)
	err = encoder.Encode(e.graph.resultOf(actor.RequestID, response))
	return strings.TrimSuffix(text.String(), "\n"), err
}

// read reads what somebody typed.
func (e *Explorer) read(document, variables string) (request, error) {
	p := console.Problems{}
	p.Check(strings.TrimSpace(document) != "", "document", "Write a query or a mutation to run.")
	p.Check(e.mutations(document) <= 1, "document", "Run one mutation at a time.")
	if strings.TrimSpace(variables) == "" {
		variables = "{}"
	}
	var r request
	decoder := json.NewDecoder(strings.NewReader(variables))
	decoder.UseNumber()
	err := decoder.Decode(&r.Variables)
	p.Check(err == nil && !decoder.More(), "variables", "This is not one JSON object.")
	if err := p.Err(); err != nil {
		return r, err
	}
	r.Variables, _ = plain(r.Variables).(map[string]any)
	r.Query, err = measure(document)
	if console.CodeOf(err) == console.CodeInvalid {
		return r, console.Problems{"document": console.Sentence(err)}.Err()
	}
	return r, err
}

// mutations counts the places of a document where a mutation's name stands in
// braces. No fewer are run, however fragments bring them in: the same one from the
// same place is run once.
func (e *Explorer) mutations(document string) (n int) {
	depth := 0
	for piece := range pieces(document) {
		switch {
		case piece == "{":
			depth++
		case piece == "}":
			depth--
		case depth > 0 && e.changes[piece]:
			n++
		}
	}
	return n
}
