package graph

import (
	"encoding/json"
	"slices"
	"strings"

	"github.com/graph-gophers/graphql-go/ast"
)

// Operation is a field of Query or of Mutation.
type Operation struct {
	// Kind is "query" or "mutation".
	Kind string
	Name string
	// Signature is its arguments and the type of its answer.
	Signature string
}

// Operations are all that can be asked for, queries first, each kind by name.
func (e *Explorer) Operations() []Operation {
	var all []Operation
	for _, kind := range kinds {
		fields := e.fields(kind)
		slices.SortFunc(fields, func(a, b *ast.FieldDefinition) int { return strings.Compare(a.Name, b.Name) })
		for _, field := range fields {
			all = append(all, Operation{Kind: kind, Name: field.Name, Signature: signature(field)})
		}
	}
	return all
}

var kinds = []string{"query", "mutation"}

func (e *Explorer) fields(kind string) []*ast.FieldDefinition {
	root, _ := e.graph.schema.AST().RootOperationTypes[kind].(*ast.ObjectTypeDefinition)
	return slices.Clone([]*ast.FieldDefinition(root.Fields))
}

func signature(field *ast.FieldDefinition) string {
	arguments := make([]string, len(field.Arguments))
	for i, argument := range field.Arguments {
		arguments[i] = argument.Name.Name + ": " + argument.Type.String()
	}
	if len(arguments) == 0 {
		return field.Type.String()
	}
	return "(" + strings.Join(arguments, ", ") + "): " + field.Type.String()
}

// Example returns a document that asks for the operation of that name, with the
// variables that it takes, or nothing if there is none.
func (e *Explorer) Example(name string) (document, variables string) {
	for _, kind := range kinds {
		for _, field := range e.fields(kind) {
			if field.Name == name {
				return example(kind, field)
			}
		}
	}
	return "", ""
}

func example(kind string, field *ast.FieldDefinition) (document, variables string) {
	var declared, given []string
	values := map[string]any{}
	for _, argument := range field.Arguments {
		if required(argument) {
			name := argument.Name.Name
			declared = append(declared, "$"+name+": "+argument.Type.String())
			given = append(given, name+": $"+name)
			values[name] = sampleOf(argument.Type)
		}
	}
	var text strings.Builder
	text.WriteString(kind + " " + field.Name)
	if len(declared) > 0 {
		text.WriteString("(" + strings.Join(declared, ", ") + ")")
	}
	text.WriteString(" {\n  " + field.Name)
	if len(given) > 0 {
		text.WriteString("(" + strings.Join(given, ", ") + ")")
	}
	writeSelection(&text, field.Type, "  ", exampleDepth)
	text.WriteString("\n}")
	if len(values) > 0 {
		indented, _ := json.MarshalIndent(values, "", "  ") // of such values it never fails
		variables = string(indented)
	}
	return text.String(), variables
}

// exampleDepth is how deep examples look into answers.
const exampleDepth = 3

// writeSelection writes the fields of a type that can be had without arguments,
// and those of theirs.
func writeSelection(text *strings.Builder, t ast.Type, indent string, depth int) {
	fields := fieldsOf(bare(t))
	if len(fields) == 0 && !abstract(bare(t)) {
		return
	}
	text.WriteString(" {")
	if abstract(bare(t)) {
		text.WriteString("\n" + indent + "  __typename")
	}
	for _, field := range fields {
		inner := fieldsOf(bare(field.Type))
		if slices.ContainsFunc(field.Arguments, required) || len(inner) > 0 && (depth == 1 || onlyDeeper(inner)) {
			continue
		}
		text.WriteString("\n" + indent + "  " + field.Name)
		writeSelection(text, field.Type, indent+"  ", depth-1)
	}
	text.WriteString("\n" + indent + "}")
}

// onlyDeeper reports whether none of the fields is a plain value: there would be
// nothing to select at the end.
func onlyDeeper(fields []*ast.FieldDefinition) bool {
	return !slices.ContainsFunc(fields, func(field *ast.FieldDefinition) bool {
		return len(fieldsOf(bare(field.Type))) == 0 && !slices.ContainsFunc(field.Arguments, required)
	})
}

func required(argument *ast.InputValueDefinition) bool {
	_, required := argument.Type.(*ast.NonNull)
	return required && argument.Default == nil
}

// bare is a type without its wrappings.
func bare(t ast.Type) ast.Type {
	switch t := t.(type) {
	case *ast.NonNull:
		return bare(t.OfType)
	case *ast.List:
		return bare(t.OfType)
	}
	return t
}

func abstract(t ast.Type) bool {
	_, isInterface := t.(*ast.InterfaceTypeDefinition)
	_, isUnion := t.(*ast.Union)
	return isInterface || isUnion
}

func fieldsOf(t ast.Type) []*ast.FieldDefinition {
	switch t := t.(type) {
	case *ast.ObjectTypeDefinition:
		return t.Fields
	case *ast.InterfaceTypeDefinition:
		return t.Fields
	}
	return nil
}

// sampleOf is a value of the type to begin with.
func sampleOf(t ast.Type) any {
	switch t := t.(type) {
	case *ast.NonNull:
		return sampleOf(t.OfType)
	case *ast.List:
		return []any{sampleOf(t.OfType)}
	case *ast.EnumTypeDefinition:
		return t.EnumValuesDefinition[0].EnumValue
	case *ast.InputObject:
		object := map[string]any{}
		for _, field := range t.Values {
			if required(field) {
				object[field.Name.Name] = sampleOf(field.Type)
			}
		}
		return object
	case *ast.ScalarTypeDefinition:
		switch t.Name {
		case "Boolean":
			return false
		case "Int", "Long":
			return 0
		}
		return ""
	}
	return nil
}
