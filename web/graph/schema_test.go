package graph_test

import (
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/graph-gophers/graphql-go"
	"github.com/graph-gophers/graphql-go/ast"

	"latchkey/internal/console"
)

// exceptions are where our schema differs from the contract on purpose: what only
// one of them has, with the reason.
var exceptions = map[string]string{
	"Mutation.addIngestTokenV3":              "ingest tokens are outside of the product",
	"Mutation.assignParserToIngestTokenV2":   "ingest tokens are outside of the product",
	"Mutation.unassignIngestToken":           "ingest tokens are outside of the product",
	"Mutation.removeIngestToken":             "ingest tokens are outside of the product",
	"Repository.ingestTokens":                "ingest tokens are outside of the product",
	"input AddIngestTokenV3Input":            "ingest tokens are outside of the product",
	"input AssignParserToIngestTokenInputV2": "ingest tokens are outside of the product",
	"object IngestToken":                     "ingest tokens are outside of the product",
	"object Parser":                          "ingest tokens are outside of the product",
	"object UnassignIngestTokenMutation":     "ingest tokens are outside of the product",
	"input CreatePersonalUserTokenV2Input":   "newer versions call the same input so, and both names are accepted",
}

func TestTheSchemaIsTheContract(t *testing.T) {
	ours, theirs := parsed(t, "schema.graphqls"), parsed(t, "testdata/contract.graphql")
	used := map[string]bool{}
	differs := func(line, how string) {
		name, _, _ := strings.Cut(line, "(")
		name, _, _ = strings.Cut(name, ":")
		if parent, _, field := strings.Cut(name, "."); field && !strings.Contains(name, " ") {
			for _, kind := range []string{"object", "input"} {
				if exceptions[kind+" "+parent] != "" {
					return // the whole type is an exception
				}
			}
		}
		if exceptions[name] == "" {
			t.Errorf("%s: %s", how, line)
		}
		used[name] = true
	}
	for _, line := range theirs {
		if !slices.Contains(ours, line) {
			differs(line, "only in the contract")
		}
	}
	for _, line := range ours {
		if !slices.Contains(theirs, line) {
			differs(line, "only in our schema")
		}
	}
	for name := range exceptions {
		if !used[name] {
			t.Errorf("%s is no exception any more", name)
		}
	}
}

// parsed is a schema as lines: a line for each type, field, value and member.
func parsed(t *testing.T, file string) []string {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	schema, err := graphql.ParseSchema(string(text), nil, graphql.UseStringDescriptions())
	if err != nil {
		t.Fatalf("%s: %v", file, err)
	}
	var lines []string
	fields := func(of string, all ast.FieldsDefinition) {
		for _, field := range all {
			lines = append(lines, of+"."+field.Name+arguments(field.Arguments)+": "+field.Type.String())
		}
	}
	for name, kind := range schema.AST().Types {
		switch kind := kind.(type) {
		case *ast.ObjectTypeDefinition:
			interfaces := slices.Sorted(slices.Values(kind.InterfaceNames))
			lines = append(lines, strings.TrimSpace("object "+name+": "+strings.Join(interfaces, " ")))
			fields(name, kind.Fields)
		case *ast.InterfaceTypeDefinition:
			lines = append(lines, "interface "+name)
			fields(name, kind.Fields)
		case *ast.InputObject:
			lines = append(lines, "input "+name)
			for _, value := range kind.Values {
				lines = append(lines, name+"."+input(value))
			}
		case *ast.EnumTypeDefinition:
			for _, value := range kind.EnumValuesDefinition {
				lines = append(lines, "enum "+name+"."+value.EnumValue)
			}
		case *ast.Union:
			for _, member := range kind.UnionMemberTypes {
				lines = append(lines, "union "+name+"."+member.Name)
			}
		case *ast.ScalarTypeDefinition:
			lines = append(lines, "scalar "+name)
		}
	}
	slices.Sort(lines)
	return lines
}

func arguments(all ast.ArgumentsDefinition) string {
	texts := make([]string, len(all))
	for i, a := range all {
		texts[i] = input(a)
	}
	return "(" + strings.Join(texts, ", ") + ")"
}

// input is an argument or a field of an input, with what it is if nobody says so.
func input(value *ast.InputValueDefinition) string {
	text := value.Name.Name + ": " + value.Type.String()
	if value.Default != nil {
		text += " = " + value.Default.String()
	}
	return text
}

// TestPermissionsAreScopes: each value of the enums is a scope of that type, told
// in the same words, and the other way round.
func TestPermissionsAreScopes(t *testing.T) {
	for enum, of := range map[string]console.Type{
		"Permission": console.TypeRepository, "OrganizationPermission": console.TypeOrganization, "SystemPermission": console.TypeSystem,
	} {
		want := map[string]string{}
		for _, scope := range console.BuiltIn().Of(of) {
			if scope.Name != console.ScopeIntrospect { // which LogScale has not
				want[scope.Name] = scope.Label
			}
		}
		values := valuesOf(t, enum)
		for _, value := range values {
			if value.Desc != want[value.EnumValue] {
				t.Errorf("%s in %s is %q, the scope %q", value.EnumValue, enum, value.Desc, want[value.EnumValue])
			}
		}
		if len(values) != len(want) {
			t.Errorf("%s has %d values, there are %d scopes", enum, len(values), len(want))
		}
	}
}

// valuesOf are the values of an enum, in the order of our schema.
func valuesOf(t testing.TB, enum string) []*ast.EnumValueDefinition {
	t.Helper()
	text, err := os.ReadFile("schema.graphqls")
	if err != nil {
		t.Fatal(err)
	}
	schema := graphql.MustParseSchema(string(text), nil, graphql.UseStringDescriptions())
	return schema.AST().Types[enum].(*ast.EnumTypeDefinition).EnumValuesDefinition
}

// TestOnlyMutationsAnswerSecrets walks the schema (I5): the fields that can hold a
// token string are those of what mutations answer, and the public part of links.
func TestOnlyMutationsAnswerSecrets(t *testing.T) {
	for _, line := range parsed(t, "schema.graphqls") {
		name, _, _ := strings.Cut(line, ":")
		name, _, _ = strings.Cut(name, "(")
		parent, field, _ := strings.Cut(name, ".")
		if text := strings.ToLower(field); strings.Contains(text, "secret") || strings.Contains(text, "hash") {
			t.Errorf("%s sounds like a secret", line)
		}
		known := strings.HasSuffix(parent, "V2Output") || parent == "Mutation" || parent == "Query" || parent == "OrganizationConfigs" || parent == "Account" || parent == "DashboardLink"
		if field == "token" && !known {
			t.Errorf("%s could be a token string", line)
		}
	}
}
