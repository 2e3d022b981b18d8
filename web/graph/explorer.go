package graph

import (
	"bytes"
	"context"
	"encoding/json"
	"strings"

	"latchkey/internal/console"
	"latchkey/internal/service"
)

// Explorer lets people who are signed in ask as programs do, with rights of
// their own.
type Explorer struct{ graph *graph }

// NewExplorer returns an explorer of what Mount answers.
func NewExplorer(svc *service.Service, o Options) *Explorer { return &Explorer{newGraph(svc, o)} }

// Schema is the whole schema, as text.
func (*Explorer) Schema() string { return schema }

// Answer runs a document for somebody, with variables that are a JSON object or
// nothing, and returns the answer, indented. What is wrong with the document
// stands in the answer; what is wrong with the variables is invalid. It is
// unproved if somebody has to confirm who they are first, and nothing of the
// document was done then beyond what came before that.
func (e *Explorer) Answer(ctx context.Context, actor console.Principal, user console.User, document, variables string) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	asked, err := readExplored(document, variables)
	if err != nil {
		return "", err
	}
	leave, err := e.graph.enter(ctx)
	if err != nil {
		return "", err
	}
	defer leave()
	a := &asking{Caller: service.Caller{Principal: actor, User: user}, id: actor.RequestID}
	response, err := e.graph.run(ctx, a, asked)
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

// readExplored reads what somebody typed.
func readExplored(document, variables string) (request, error) {
	p := console.Problems{}
	p.Check(strings.TrimSpace(document) != "", "document", "Write a query or a mutation to run.")
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
