package web_test

import (
	"context"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"latchkey/internal/console"
	"latchkey/internal/store"
	"latchkey/internal/store/storetest"
	"latchkey/views"
	"latchkey/web"
	"latchkey/web/graph"
)

// TestExamplesRun runs the examples of the API page as they are shown, Windows'
// own aside. How they differ from what LogScale prints stands in the test of
// package graph.
func TestExamplesRun(t *testing.T) {
	programs := map[string][]string{
		"curl.sh": {"bash"}, "oneline.sh": {"bash"}, "tokens.pl": {"perl"}, "tokens.py": {"python3"}, "tokens.js": {"node"},
	}
	storetest.Each(t, func(t *testing.T, st *store.Store) {
		w := newWorld(t, st)
		w.Serve(web.New(w.Service, web.Options{Listen: strings.TrimPrefix(w.URL, "http://"), Graph: graph.Mount(w.Service, graph.Options{})}))
		_, caller := w.Token(w.logs, w.owner, "example", func(n *console.NewToken) { n.Scopes = []string{"ChangeViewOrRepositoryPermissions", "ReadAccess"} })
		examples, err := views.APIExamples(w.URL)
		if err != nil {
			t.Fatal(err)
		}
		for _, example := range examples {
			program, runs := programs[example.Name]
			if !runs {
				continue
			}
			t.Run(example.Name, func(t *testing.T) {
				printed := runExample(t, append(program, filepath.Join(t.TempDir(), example.Name)), example.Text, caller.Reveal())
				if program[0] == "node" {
					printed = strings.Join(strings.Fields(printed), " ")
					if !strings.Contains(printed, "statusCode: 200 { tokens: { totalResults: 2, results: [ ") {
						t.Errorf("it prints %s", printed)
					}
					return
				}
				const want = `{"data":{"tokens":{"totalResults":2,"results":[{"name":"example","expireAt":null},{"name":"grafana-readonly","expireAt":null}]}}}`
				if !json.Valid([]byte(printed)) || strings.TrimSpace(printed) != want {
					t.Errorf("it prints %s", printed)
				}
			})
		}
	})
}

// runExample runs a text as a program and returns what it prints. Without the
// program the test is skipped, but not where everything has to be tested.
func runExample(t *testing.T, command []string, text, token string) string {
	t.Helper()
	if _, err := exec.LookPath(command[0]); err != nil {
		if os.Getenv("CI") != "true" && os.Getenv("LATCHKEY_TEST_REQUIRE") != "1" {
			t.Skip(err)
		}
		t.Fatal(err)
	}
	if err := os.WriteFile(command[len(command)-1], []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, command[0], command[1:]...)
	cmd.Env = append(os.Environ(), "TOKEN="+token)
	var said strings.Builder
	cmd.Stderr = &said
	printed, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v: %s", err, said.String())
	}
	return string(printed)
}
