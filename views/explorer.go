package views

import (
	"latchkey/views/ui"
)

// ExplorerProps is the page on which GraphQL is tried out.
type ExplorerProps struct {
	Document  string
	Variables string
	// DocumentError and VariablesError say what is wrong with them.
	DocumentError, VariablesError string
	// Answer is the answer to the document; empty if it was not run.
	Answer string
	Kinds  []ExplorerKind
	Schema string
}

// ExplorerKind is one kind of operations: queries, or mutations.
type ExplorerKind struct {
	Label      string
	Operations []ExplorerOperation
}

// ExplorerOperation is what can be asked for by one field of a kind.
type ExplorerOperation struct {
	Name string
	// Signature is its arguments and the type of its answer.
	Signature string
}

const (
	// ExplorerFormID is the form.
	ExplorerFormID = "explorer-form"
	// ExplorerAnswerID is the element that holds an ExplorerAnswer.
	ExplorerAnswerID = "explorer-answer"
)

func (p ExplorerProps) documentField() ui.FieldProps {
	return ui.FieldProps{ID: "f-document", Label: "Query or mutation", Error: p.DocumentError}
}

func (p ExplorerProps) variablesField() ui.FieldProps {
	return ui.FieldProps{ID: "f-variables", Label: "Variables", Optional: true, Hint: "A JSON object.", Error: p.VariablesError}
}
