package graph_test

import (
	"bytes"
	"context"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"latchkey/internal/console"
)

// A repair is what an example needs beside the address: its own text contradicts
// itself or is no valid program.
type repair struct{ why, from, to string }

// examples are those of LogScale's page about tokens(), as printed, in testdata.
// The two for Windows send the same body: line ends in a text, which curl takes away
// with -d @- and which the shells there do not.
var examples = []struct {
	file    string
	command []string
	needs   []string // a command that fails where something is missing
	repairs []repair
}{
	{"curl.sh", []string{"sh"}, []string{"curl", "--version"}, nil},
	{"curl-one-line.sh", []string{"sh"}, []string{"curl", "--version"}, nil},
	{"perl.pl", []string{"perl"}, []string{"perl", "-MLWP", "-e", "1"}, []repair{
		{"the word stands for a token", `"TOKEN"`, `"$ENV{TOKEN}"`},
	}},
	{"python.py", []string{"python3"}, []string{"python3", "-c", "import requests"}, []repair{
		{"nothing replaces the variable in the text", `"Bearer $TOKEN"`, `"Bearer " + __import__("os").environ["TOKEN"]`},
		{"a text in JSON has no line ends", "data = mydata", `data = mydata.replace("\n", " ")`},
	}},
	{"node.js", []string{"node"}, []string{"node", "--version"}, []repair{
		{"a text in JavaScript ends with its line", `"query {`, "`query {"},
		{"a text in JavaScript ends with its line", "}\"\n}", "}`\n}"},
		{"a path begins with a slash", "path: 'graphql'", "path: '/graphql'"},
		{"the test's server has no certificate", "require('https')", "require('http')"},
		{"the port is part of the address", "port: 443", "port: PORT"},
	}},
}

// TestTheDocumentedExamples runs each with its own program against a server.
func TestTheDocumentedExamples(t *testing.T) {
	s := newSQLiteSite(t)
	secret, _ := s.boss()
	s.create(console.NewToken{GUID: console.NewGUID(), Type: console.TypeSystem, Name: "Tester", Scopes: []string{"ChangeSystemPermissions"}, ValidTo: start.Add(time.Hour)})
	address, err := url.Parse(s.url)
	s.must(err)
	for _, example := range examples {
		t.Run(example.file, func(t *testing.T) {
			if err := exec.Command(example.needs[0], example.needs[1:]...).Run(); err != nil {
				if os.Getenv("CI") == "true" || os.Getenv("LATCHKEY_TEST_REQUIRE") == "1" {
					t.Fatalf("%s: %v", strings.Join(example.needs, " "), err)
				}
				t.Skipf("%s: %v", strings.Join(example.needs, " "), err)
			}
			text, err := os.ReadFile(filepath.Join("testdata", "examples", example.file))
			if err != nil {
				t.Fatal(err)
			}
			program := string(text)
			for _, r := range example.repairs {
				if !strings.Contains(program, r.from) {
					t.Errorf("nothing to repair, %s: %s", r.why, r.from)
				}
				program = strings.ReplaceAll(program, r.from, r.to)
			}
			if example.file == "node.js" {
				program = strings.NewReplacer("$YOUR_LOGSCALE_URL", address.Hostname(), "PORT", address.Port()).Replace(program)
			} else if example.command[0] != "sh" {
				program = strings.ReplaceAll(program, "$YOUR_LOGSCALE_URL", s.url)
			}
			file := filepath.Join(t.TempDir(), example.file)
			if err := os.WriteFile(file, []byte(program), 0o600); err != nil {
				t.Fatal(err)
			}
			ctx, stop := context.WithTimeout(t.Context(), time.Minute)
			defer stop()
			command := exec.CommandContext(ctx, example.command[0], file)
			command.Env = append(os.Environ(), "YOUR_LOGSCALE_URL="+s.url, "TOKEN="+secret, "no_proxy=*")
			var stderr bytes.Buffer
			command.Stderr = &stderr
			said, err := command.Output()
			if err != nil {
				t.Fatalf("%v: %s %s", err, said, &stderr)
			}
			want := `{"data":{"tokens":{"totalResults":2,"results":[{"name":"boss","expireAt":null},{"name":"Tester","expireAt":1795266000000}]}}}`
			got := strings.TrimSpace(string(said))
			if example.file == "node.js" { // which prints what it read in its own way
				for _, part := range []string{"statusCode: 200", "totalResults: 2", "results: [ [Object], [Object] ]"} {
					if !strings.Contains(got, part) {
						t.Errorf("no %s in %s", part, got)
					}
				}
			} else if got != want {
				t.Errorf("it prints %s", got)
			}
		})
	}
}
