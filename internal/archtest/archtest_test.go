// Package archtest holds the rules of the house that a compiler does not know:
// who may import whom, how long a file may be, which words are not ours. A rule
// is changed here, on purpose, or not at all.
package archtest

import (
	"bytes"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const (
	root   = "../.."
	module = "latchkey"
)

// arrows is what a package may import besides the standard library: of ours,
// and of others by the beginning of the path.
type arrows struct{ ours, others []string }

var everything = []string{"*"}

// table is the map of the house. A package that is not on it fails the test.
var table = map[string]arrows{
	"cmd/latchkey":      {ours: []string{"internal/cli"}},
	"internal/cli":      {ours: everything, others: []string{"github.com/alecthomas/kong", "golang.org/x/net", "github.com/labstack/echo"}},
	"internal/config":   {ours: []string{"internal/console"}, others: []string{"github.com/alecthomas/kong"}},
	"internal/console":  {others: []string{"golang.org/x/text"}},
	"internal/cores":    {},
	"internal/factor":   {ours: []string{"internal/console"}, others: []string{"github.com/pquerna/otp", "github.com/go-webauthn/webauthn"}},
	"internal/gate":     {ours: []string{"internal/console"}, others: []string{"github.com/maypok86/otter"}},
	"internal/metrics":  {ours: []string{"internal/console"}, others: []string{"github.com/prometheus/client_golang"}},
	"internal/notify":   {ours: []string{"internal/console"}, others: []string{"github.com/wneessen/go-mail"}},
	"internal/oidc":     {ours: []string{"internal/console"}, others: []string{"github.com/coreos/go-oidc", "golang.org/x/oauth2"}},
	"internal/password": {ours: []string{"internal/console", "internal/cores"}, others: []string{"golang.org/x/crypto", "golang.org/x/text", "github.com/trustelem/zxcvbn"}},
	"internal/service":  {ours: []string{"internal/console", "internal/store", "internal/gate", "internal/password", "internal/factor"}},
	"internal/store": {ours: []string{"internal/console"}, others: []string{"gorm.io", "github.com/ncruces/go-sqlite3",
		"github.com/jackc/pgx", "github.com/pressly/goose", "github.com/gofrs/flock"}},
	"internal/tracing": {ours: []string{"internal/console"}, others: []string{"go.opentelemetry.io/otel"}},

	"static":   {},
	"views":    {ours: []string{"internal/console", "views/ui", "static"}, others: []string{"github.com/a-h/templ"}},
	"views/ui": {ours: []string{"static"}, others: []string{"github.com/a-h/templ"}},
	"web": {ours: []string{"internal/console", "internal/cores", "internal/service", "views", "static", "web/graph", "web/gate"},
		others: []string{"github.com/labstack/echo", "github.com/gorilla/sessions", "github.com/a-h/templ"}},
	"web/gate":  {ours: []string{"internal/console", "internal/service"}, others: []string{"github.com/labstack/echo"}},
	"web/graph": {ours: []string{"internal/console", "internal/cores", "internal/service"}, others: []string{"github.com/labstack/echo", "github.com/graph-gophers/graphql-go"}},

	// Programs that build and test this one stand alone.
	"internal/archtest": {},
	"internal/assets":   {others: []string{"github.com/evanw/esbuild"}},
	"internal/testall":  {},

	"internal/pgtest":            {others: []string{"github.com/jackc/pgx"}},
	"internal/factor/factortest": {others: []string{"github.com/go-webauthn/webauthn"}},
	"internal/oidc/oidctest":     {ours: []string{"internal/console"}, others: []string{"github.com/zitadel/oidc"}},
	"internal/store/storetest":   {ours: everything},
	"web/webtest":                {ours: everything, others: []string{"github.com/andybalholm/cascadia", "golang.org/x/net/html"}},
	"web/e2e":                    {ours: everything, others: []string{"github.com/chromedp"}},
}

// testOnly are the packages that only tests, and each other, may import.
var testOnly = []string{"internal/pgtest", "internal/factor/factortest", "internal/oidc/oidctest", "internal/store/storetest", "web/webtest", "web/e2e"}

var forbiddenNames = []string{"helpers", "common", "util", "utils", "shared", "models", "types", "base"}

func TestImports(t *testing.T) {
	for _, file := range goFiles(t) {
		tree := parse(t, file, parser.ImportsOnly)
		allowed, ok := table[file.folder]
		if !ok {
			t.Errorf("%s: package %s is not in archtest's table", file.path, file.folder)
			continue
		}
		for _, spec := range tree.Imports {
			imported, err := strconv.Unquote(spec.Path.Value)
			if err != nil {
				t.Fatal(err)
			}
			if why := refused(file, allowed, imported); why != "" {
				t.Errorf("%s imports %s: %s", file.path, imported, why)
			}
		}
	}
}

func refused(file source, allowed arrows, imported string) string {
	standard := !strings.Contains(strings.Split(imported, "/")[0], ".")
	ours, isOurs := strings.CutPrefix(imported, module+"/")
	support := file.test || slices.Contains(testOnly, file.folder)
	switch {
	case strings.HasPrefix(imported, "github.com/stretchr/testify"), strings.Contains(imported, "sqlmock"), strings.Contains(imported, "gomock"):
		return "tests use the standard library and go-cmp"
	case file.test:
		return "" // tests may look at anything
	case isOurs && slices.Contains(testOnly, ours):
		if !support {
			return "it is for tests only"
		}
	case isOurs:
		if !slices.Contains(allowed.ours, ours) && !slices.Contains(allowed.ours, "*") {
			return "not an arrow of archtest's table"
		}
	case standard:
		if (imported == "testing" || strings.HasPrefix(imported, "testing/") || imported == "net/http/httptest") && !support {
			return "it is for tests only"
		}
	case !slices.ContainsFunc(allowed.others, func(library string) bool { return within(imported, library) }):
		return "this library has another home"
	}
	return ""
}

// within reports whether a path is that of a library or inside it.
func within(imported, library string) bool {
	return imported == library || strings.HasPrefix(imported, library+"/")
}

func TestPackageNames(t *testing.T) {
	for _, file := range goFiles(t) {
		name := parse(t, file, parser.PackageClauseOnly).Name.Name
		for _, name := range []string{strings.TrimSuffix(name, "_test"), path.Base(file.folder)} {
			if slices.Contains(forbiddenNames, name) {
				t.Errorf("%s: %q says nothing; put it next to its only caller", file.path, name)
			}
		}
	}
}

func TestSizes(t *testing.T) {
	const goLines, templLines, functionLines = 400, 250, 70
	for _, file := range templFiles(t) {
		if n := file.lines(); n > templLines {
			t.Errorf("%s has %d lines, more than %d", file.path, n, templLines)
		}
	}
	for _, file := range goFiles(t) {
		if file.test || file.generated {
			continue
		}
		if n := file.lines(); n > goLines {
			t.Errorf("%s has %d lines, more than %d", file.path, n, goLines)
		}
		set := token.NewFileSet()
		tree, err := parser.ParseFile(set, file.path, file.text, parser.SkipObjectResolution)
		if err != nil {
			t.Error(err)
			continue
		}
		for _, declared := range tree.Decls {
			function, ok := declared.(*ast.FuncDecl)
			if !ok {
				continue
			}
			if n := set.Position(function.End()).Line - set.Position(function.Pos()).Line + 1; n > functionLines {
				t.Errorf("%s: func %s has %d lines, more than %d", file.path, function.Name.Name, n, functionLines)
			}
		}
	}
}

// TestClockAndChance: the time is given to whoever needs it, so that tests can
// give it as well, chance comes from crypto/rand, and passwords are kept as
// hashes that are dear to guess.
func TestClockAndChance(t *testing.T) {
	for _, file := range goFiles(t) {
		if file.test || slices.Contains(testOnly, file.folder) {
			continue
		}
		tree := parse(t, file, parser.SkipObjectResolution)
		for _, spec := range tree.Imports {
			if strings.HasPrefix(spec.Path.Value, `"math/rand`) {
				t.Errorf("%s imports math/rand; secrets are made by crypto/rand, and nothing else needs chance", file.path)
			}
		}
		composes := within(file.folder, "cmd") || file.folder == "internal/cli"
		ast.Inspect(tree, func(node ast.Node) bool {
			selector, ok := node.(*ast.SelectorExpr)
			if !ok {
				return true
			}
			if selector.Sel.Name == "NewWeak" {
				t.Errorf("%s uses %s; weak hashes are for tests", file.path, selector.Sel.Name)
			}
			if from, ok := selector.X.(*ast.Ident); ok && !composes && from.Name == "time" && selector.Sel.Name == "Now" {
				t.Errorf("%s uses time.Now; only the composition root knows the time", file.path)
			}
			return true
		})
	}
}

// TestViews: what a view prints is escaped for its place, and the content
// security policy allows neither inline styles nor inline scripts.
func TestViews(t *testing.T) {
	escapes := regexp.MustCompile(`templ\.(Raw|SafeURL|JSFuncCall|JSUnsafeFuncCall)\b`)
	inline := regexp.MustCompile(`\s(style|on[a-z]+)\??=|hx-on|<script[\s>][^>]*>[^<]`)
	for _, file := range templFiles(t) {
		report(t, file, escapes)
		report(t, file, inline)
	}
	for _, file := range goFiles(t) {
		if !file.generated && file.folder != "internal/archtest" {
			report(t, file, escapes)
		}
	}
}

func report(t *testing.T, file source, forbidden *regexp.Regexp) {
	t.Helper()
	for n, line := range bytes.Split(file.text, []byte("\n")) {
		for _, found := range forbidden.FindAll(line, -1) {
			t.Errorf("%s:%d: %s", file.path, n+1, bytes.TrimSpace(found))
		}
	}
}

// TestGeneratedCode: every view has its code and the other way round.
func TestGeneratedCode(t *testing.T) {
	code := map[string]bool{}
	for _, file := range goFiles(t) {
		if strings.HasSuffix(file.path, "_templ.go") {
			code[file.path] = true
		}
	}
	for _, file := range templFiles(t) {
		name := strings.TrimSuffix(file.path, ".templ") + "_templ.go"
		if !code[name] {
			t.Errorf("%s has no generated code", file.path)
		}
		delete(code, name)
	}
	for name := range code {
		t.Errorf("%s is left over from a view that is gone", name)
	}
}

// TestVersionsAreNamed: what is newest differs from day to day.
func TestVersionsAreNamed(t *testing.T) {
	newest := regexp.MustCompile("@" + "latest")
	for _, file := range sources(t, ".go", ".templ", ".mod", ".yml", ".yaml", ".md", ".json", "run") {
		report(t, file, newest)
	}
}

func TestTopLevel(t *testing.T) {
	allowed := []string{"cmd", "web", "views", "static", "internal", "go.mod", "go.sum", "Taskfile.yml", "README.md", "LICENSE"}
	ignored, err := os.ReadFile(filepath.Join(root, ".gitignore"))
	if err != nil {
		t.Fatal(err)
	}
	for pattern := range strings.FieldsSeq(string(ignored)) {
		allowed = append(allowed, strings.Trim(pattern, "/"))
	}
	entries, err := os.ReadDir(root)
	if err != nil {
		t.Fatal(err)
	}
	for _, entry := range entries {
		known := slices.ContainsFunc(allowed, func(pattern string) bool {
			matches, _ := path.Match(pattern, entry.Name())
			return matches
		})
		if !known && !strings.HasPrefix(entry.Name(), ".") {
			t.Errorf("%s does not belong at the top level", entry.Name())
		}
	}
}

// source is a file of this module.
type source struct {
	path, folder    string // below the root
	text            []byte
	test, generated bool
}

func (s source) lines() int { return bytes.Count(s.text, []byte("\n")) }

func goFiles(t *testing.T) []source    { return sources(t, ".go") }
func templFiles(t *testing.T) []source { return sources(t, ".templ") }

// sources reads the module's files with these endings, in order.
func sources(t *testing.T, endings ...string) []source {
	t.Helper()
	var found []source
	err := fs.WalkDir(os.DirFS(root), ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() {
			if entry.Name() == ".git" || entry.Name() == "testdata" || entry.Name() == "node_modules" || name == "web/e2e/out" {
				return fs.SkipDir
			}
			return nil
		}
		if !slices.ContainsFunc(endings, func(ending string) bool { return strings.HasSuffix(name, ending) }) {
			return nil
		}
		text, err := os.ReadFile(filepath.Join(root, name))
		found = append(found, source{
			path:      name,
			folder:    path.Dir(name),
			text:      text,
			test:      strings.HasSuffix(name, "_test.go"),
			generated: bytes.HasPrefix(text, []byte("// Code generated ")),
		})
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

func parse(t *testing.T, file source, mode parser.Mode) *ast.File {
	t.Helper()
	tree, err := parser.ParseFile(token.NewFileSet(), file.path, file.text, mode)
	if err != nil {
		t.Fatal(err)
	}
	return tree
}
